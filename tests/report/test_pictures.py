"""Pictures get the numbers of the runs, and a folder knows which pictures it has."""

import numpy as np
import pytest

from initbench.report.pictures import draw_pictures, is_ours, picture_names
from initbench.results import Cell, RunId

ALL = ("loss_curves", "decision_boundaries", "final_scores")


def named(*kinds):
    """Return the names of pictures of these kinds, both formats."""
    return [f"plots/{kind}.{form}" for kind in kinds for form in ("png", "svg")]


def test_every_picture_that_is_named_is_drawn(make_results, plots):
    """Names are known without drawing, and drawing makes just those."""
    results = make_results({"zeros": [0.5, 0.5], "he": [0.9, 0.8]})
    assert list(picture_names(results)) == named(*ALL)
    drawn = dict(draw_pictures(results))
    assert list(drawn) == named(*ALL)
    assert drawn["plots/loss_curves.svg"] == b"loss_curves as svg"
    assert set(plots) == set(ALL)


def test_a_boundary_needs_a_plane(make_results):
    """Where the data have more than two features there is none."""
    results = make_results({"he": [0.9]}, planar=False)
    assert list(picture_names(results)) == named("loss_curves", "final_scores")


def test_plots_get_every_seed_and_the_intervals_of_the_metrics(make_results, plots):
    """Curves are (S, E + 1) a scheme, in the order of the config; one value has no interval."""
    results = make_results({"zeros": [0.5, 0.5, 0.5], "he": [0.9, 0.8, np.nan], "one": [0.7]})
    list(draw_pictures(results))
    train, test, epochs = plots["loss_curves"].arguments
    assert list(train) == list(test) == ["zeros", "he", "one"]
    assert train["he"].shape == (3, 5)
    np.testing.assert_array_equal(test["he"], results.curves("he", "test_loss"))
    assert epochs.tolist() == [0, 1, 2, 3, 4]
    assert plots["loss_curves"].unit == "nats"
    values, intervals = plots["final_scores"].arguments
    np.testing.assert_allclose(values["he"], [0.9, 0.8, np.nan])
    assert intervals["zeros"] == (0.5, 0.5)
    assert intervals["one"] is None
    assert plots["final_scores"].chance == 0.5
    assert plots["final_scores"].chance_name == "chance"


def test_a_regression_is_drawn_by_r2(make_results, make_setup, plots):
    """Its loss has no unit, its score is R², and the mean as answer stands where chance does."""
    setup = make_setup(classes=None, score="r2")
    results = make_results(
        {"he": [0.9, -0.2]}, setup=setup, planar=False, epochs=(0, 0.5, 1, 1.5, 2)
    )
    assert [name for name, _ in draw_pictures(results)] == named("loss_curves", "final_scores")
    assert plots["loss_curves"].unit == ""
    assert plots["loss_curves"].arguments[2].tolist() == [0, 0.5, 1, 1.5, 2]
    scores = plots["final_scores"]
    np.testing.assert_allclose(scores.arguments[0]["he"], [0.9, -0.2])
    assert (scores.score, scores.title) == ("Test R²", "Test R² after training: moons")
    assert (scores.chance, scores.chance_name) == (0, "the mean as answer")


def test_boundaries_show_the_median_seed(make_results, plots):
    """Each panel is the run in the middle, with its accuracy."""
    list(draw_pictures(make_results({"zeros": [0.5, 0.5, 0.5], "he": [0.9, 0.7, 0.8]})))
    panels, grid_x, _, points, labels = plots["decision_boundaries"].arguments
    zeros, he = panels
    assert (he.label, he.seed, he.accuracy) == ("he", 2, pytest.approx(0.8))
    assert he.probabilities.shape == (1, len(grid_x), len(grid_x))
    assert len(points) == len(labels)
    assert zeros.accuracy == 0.5
    assert plots["decision_boundaries"].scaling == "standard"


def test_a_scheme_without_runs_is_not_drawn(make_results, plots):
    """What is not trained yet has no curve, and a folder without runs no picture."""
    list(draw_pictures(make_results({"zeros": [0.5], "he": []})))
    assert list(plots["loss_curves"].arguments[0]) == ["zeros"]


def test_each_point_of_a_sweep_has_its_pictures(make_results, make_setup, plots):
    """Names are numbered and titles say the settings; a cell without runs has none."""
    keys = {0.1: "he-0", 1.0: "he-0", 10.0: "nowhere"}
    cells = tuple(
        Cell({"rate": rate}, make_setup(), {"he": (RunId(0, key),)}) for rate, key in keys.items()
    )
    results = make_results({"he": [0.9]}, cells=cells, planar=False)
    names = [name for name, _ in draw_pictures(results)]
    assert names == named("loss_curves_0", "final_scores_0", "loss_curves_1", "final_scores_1")
    assert plots["loss_curves"].title == "Loss: moons (rate = 1.0)"


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("loss_curves.png", True),
        ("final_scores_12.svg", True),
        ("loss_curves_mine.png", False),
        ("loss_curves.pdf", False),
        ("notes.txt", False),
    ],
)
def test_other_peoples_files_are_told_from_ours(name, ours):
    """What somebody else puts beside the pictures is not ours to remove."""
    assert is_ours(name) is ours
