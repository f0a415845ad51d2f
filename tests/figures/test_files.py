"""Pictures get the numbers of the runs, and a folder knows which pictures it has."""

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.report.pictures import EVERY, Pictures, draw_pictures, is_ours, picture_names
from initbench.results import Cell, RunId, RunStore, load_results

OWN = (
    "train_accuracy",
    "test_accuracy",
    "train_loss",
    "test_loss",
    "distinct_units",
    "stopped_at",
)
ALL = ("loss_curves", "decision_boundaries", "final_scores")


def named(*kinds):
    """Return the names of pictures of these kinds, both formats and the caption."""
    return [f"plots/{kind}.{form}" for kind in kinds for form in ("png", "svg", "txt")]


def test_every_picture_that_is_named_is_drawn(make_results, plots):
    """Names are known without drawing, and drawing makes just those."""
    results = make_results({"zeros": [0.5, 0.5], "he": [0.9, 0.8]})
    assert list(picture_names(results)) == [*named(*ALL), "plots/boundary.gif"]
    drawn = dict(draw_pictures(results))
    assert list(drawn) == list(picture_names(results))
    assert drawn["plots/loss_curves.svg"] == b"loss_curves as svg at 150"
    assert set(plots) == {*ALL, "boundary_film"}


def test_formats_and_sizes_can_be_chosen(make_results, plots):
    """Each size is another figure with a name of its own; the caption is one."""
    results = make_results({"he": [0.9, 0.8]}, planar=False)
    pictures = Pictures(("pdf",), ("column", "slide"))
    drawn = dict(draw_pictures(results, pictures))
    assert tuple(drawn) == picture_names(results, pictures)
    assert list(drawn)[:3] == [
        "plots/loss_curves-column.pdf",
        "plots/loss_curves-slide.pdf",
        "plots/loss_curves.txt",
    ]
    assert drawn["plots/loss_curves-slide.pdf"] == b"loss_curves as pdf at 300"
    assert plots["loss_curves"].width == 6.4


def test_maps_of_layers_come_in_every_size_with_a_caption(make_results, plots):
    """As all other figures."""
    results = make_results({"he": [0.9, 0.8]}, planar=False)
    keys = [run.key for run in results.outline.cells[0].runs["he"]]
    arrays = {name: np.stack([results.runs[key][name] for key in keys]) for name in OWN}
    arrays["layer_gradient_rms"] = np.ones((2, 5, 3), np.float32)
    RunStore(results.folder).write_unit(keys, arrays, {"epochs": np.arange(5.0)})
    layered = load_results(results.folder)
    pictures = Pictures(("pdf",), ("column", "slide"))
    drawn = dict(draw_pictures(layered, pictures))
    assert tuple(drawn) == picture_names(layered, pictures)
    assert drawn["plots/layer_gradient_rms-column.pdf"] == b"layer_map as pdf at 300"
    assert plots["layer_map"].width == 6.4
    text = drawn["plots/layer_gradient_rms.txt"].decode()
    assert text.startswith("The gradient RMS of each layer, the first on top")
    assert "Schemes: he (2 runs)." in text


@pytest.mark.parametrize(
    ("formats", "sizes", "message"),
    [
        (("gif",), ("page",), r"no format of pictures is 'gif'\. Known: png, svg, pdf"),
        (("png", ""), ("page",), "no format of pictures is ''"),
        (("png",), ("poster",), r"'poster'\. Known: page, column, slide"),
        ((), ("page",), "is nothing"),
    ],
)
def test_an_unknown_format_or_size_is_refused(formats, sizes, message):
    """The message says which there are."""
    with pytest.raises(UsageError, match=message):
        Pictures(formats, sizes)


@pytest.mark.usefixtures("plots")
def test_a_caption_says_what_a_figure_shows_and_of_what(make_results, make_setup):
    """Schemes with their runs, those that diverged, data and training; a hostile label is text."""
    results = make_results(
        {"he\u202e": [0.9, np.nan]}, planar=False, setup=make_setup(dataset="m\noons"), name="moons"
    )
    captions = {
        name: data.decode()
        for name, data in draw_pictures(results, Pictures(("png",)))
        if name.endswith(".txt")
    }
    for text in captions.values():
        assert "Experiment moons. Schemes: he\ufffd (2 runs, 1 diverged)." in text
        assert text.count("\n") == 1
    assert "the band" not in captions["plots/final_scores.txt"]
    assert captions["plots/loss_curves.txt"].startswith("Mean loss per epoch")


def test_a_film_turns_through_the_frames_of_the_median_seeds(make_results, plots):
    """Each frame has a panel a scheme, with the accuracy of then."""
    list(draw_pictures(make_results({"zeros": [0.5] * 3, "he": [0.9, 0.7, 0.8]})))
    film = plots["boundary_film"]
    frames, grid_x = film.arguments[:2]
    assert film.epochs == [0, 1, 3, 4]
    assert [len(panels) for panels in frames] == [2, 2, 2, 2]
    assert [panels[1].accuracy for panels in frames] == pytest.approx([0.5, 0.575, 0.725, 0.8])
    assert {panels[1].seed for panels in frames} == {2}
    assert frames[0][0].probabilities.shape[-1] == len(grid_x)


def test_many_schemes_have_no_film(make_results):
    """Thirteen panels are too many for a slide."""
    results = make_results({f"he {number}": [0.9] for number in range(13)})
    assert "plots/boundary.gif" not in picture_names(results)


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
        ("loss_curves.pdf", True),
        ("loss_curves_3-slide.pdf", True),
        ("loss_curves.txt", True),
        ("loss_curves-slide.txt", False),
        ("loss_curves-poster.png", False),
        ("boundary.gif", True),
        ("boundary_2.gif", True),
        ("boundary.png", False),
        ("notes.txt", False),
    ],
)
def test_other_peoples_files_are_told_from_ours(name, ours):
    """What somebody else puts beside the pictures is not ours to remove."""
    assert is_ours(name) is ours


def test_every_name_is_known_as_ours(make_results, make_setup):
    """In every format and size, with and without a sweep."""
    for cells in (1, 2):
        runs = {"he": (RunId(0, "he-0"),)}
        swept = {"cells": (Cell({"rate": 1}, make_setup(), runs),) * 2} if cells == 2 else {}
        results = make_results({"he": [0.9]}, **swept)
        names = picture_names(results, EVERY)
        assert len(names) == cells * (3 * 10 + 1)
        assert all(is_ours(name.removeprefix("plots/")) for name in names)
