"""A folder of several cells has pictures that show them together."""

import numpy as np
import pytest

from initbench.report.pictures import MOST_CELLS, draw_pictures, is_ours, picture_names
from initbench.report.summaries import swept_key
from initbench.results import Cell, RunId

SUMMARIES = ["sweep", "mean_ranks", "performance_profile"]


def kinds(results):
    """Return the names of pictures without folder and format, in their order."""
    names = [name.removeprefix("plots/").partition(".")[0] for name in picture_names(results)]
    return list(dict.fromkeys(names))


@pytest.fixture
def make_sweep(make_results, make_setup):
    """Return a maker of results whose cells have these settings, all with the same runs."""

    def make(settings, scores=None):
        scores = scores or {"he": [0.9, 0.8, 0.7], "zeros": [0.5, 0.5, np.nan]}
        runs = {
            label: tuple(RunId(seed, f"{label}-{seed}") for seed in range(3)) for label in scores
        }
        cells = tuple(Cell(each, make_setup(), runs) for each in settings)
        return make_results(scores, cells=cells, planar=False)

    return make


def test_few_cells_have_pictures_of_their_own_and_many_have_not(make_sweep):
    """Summaries are there for both."""
    few = make_sweep([{"rate": float(rate)} for rate in range(2)])
    assert kinds(few) == [
        *SUMMARIES,
        "loss_curves_0",
        "final_scores_0",
        "loss_curves_1",
        "final_scores_1",
    ]
    many = make_sweep([{"rate": float(rate)} for rate in range(MOST_CELLS + 1)])
    assert kinds(many) == SUMMARIES


def test_one_cell_has_no_summary(make_results):
    """There is nothing to put together."""
    assert kinds(make_results({"he": [0.9], "zeros": [0.5]}, planar=False)) == [
        "loss_curves",
        "final_scores",
    ]


def test_a_sweep_through_names_has_no_picture_along_them(make_sweep):
    """Ranks and factors remain."""
    results = make_sweep([{"network.activation": name} for name in ("relu", "tanh")])
    assert swept_key(results) == ""
    assert kinds(results)[:2] == ["mean_ranks", "performance_profile"]


def test_every_summary_is_drawn_from_the_metrics(make_sweep, plots):
    """Names and pictures are the same, and schemes are in the order of the config."""
    results = make_sweep([{"rate": float(rate)} for rate in range(MOST_CELLS + 1)])
    assert [name for name, _ in draw_pictures(results)] == list(picture_names(results))
    across = results.metrics["across"]
    [ranks, difference] = plots["mean_ranks"].arguments
    assert list(ranks) == ["he", "zeros"]
    assert difference == across["critical_difference"]
    assert plots["mean_ranks"].cells == MOST_CELLS + 1
    [factors] = plots["performance_profile"].arguments
    assert factors["zeros"] == across["inits"]["zeros"]["factors"]


def test_scores_stand_along_the_key_with_what_diverged_as_the_worst(make_sweep, plots):
    """In order of the key, whatever the order of cells."""
    results = make_sweep([{"rate": rate} for rate in (1.0, 0.01, 0.1, 10.0, 0.5, 2.0, 3.0)])
    list(draw_pictures(results))
    [[panel]] = plots["sweep_scores"].arguments
    assert panel.values.tolist() == [0.01, 0.1, 0.5, 1.0, 2.0, 3.0, 10.0]
    assert panel.means["zeros"] == pytest.approx([1 / 3] * 7)
    assert panel.intervals["he"].shape == (7, 2)
    assert plots["sweep_scores"].key == "rate"
    assert panel.title == ""


def test_the_other_keys_make_panels(make_sweep, plots):
    """One for each of their combinations; a key that moves in step makes none."""
    settings = [
        {
            "training.rate": float(rate),
            "z.in.step": 2 * rate,
            "network.depth": depth,
            "a.kind": kind,
        }
        for rate in range(4)
        for depth in (1, 2)
        for kind in ("x", "y")
    ]
    list(draw_pictures(make_sweep(settings)))
    [panels] = plots["sweep_scores"].arguments
    assert [panel.title for panel in panels] == [
        "kind = x, depth = 1",
        "kind = y, depth = 1",
        "kind = x, depth = 2",
        "kind = y, depth = 2",
    ]
    assert plots["sweep_scores"].key == "training.rate"


@pytest.mark.parametrize("name", ["sweep.png", "mean_ranks.svg", "performance_profile.png"])
def test_summaries_are_ours_to_remove(name):
    """When a sweep is gone, they go."""
    assert is_ours(name)
