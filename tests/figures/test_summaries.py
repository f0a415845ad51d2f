"""A folder of several cells has pictures that show them together."""

import numpy as np
import pytest

from initbench.report.pictures import (
    MOST_CELLS,
    Pictures,
    draw_pictures,
    is_ours,
    picture_names,
)
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


def test_two_keys_make_a_map_of_scores_and_one_of_times(make_sweep, plots):
    """A panel for each scheme and combination of other keys; diverged runs count as the worst."""
    settings = [
        {"a": a, "network.depth": depth, "kind": kind}
        for a in (1, 2, 3)
        for depth in (2, 4)
        for kind in ("x", "y")
    ]
    list(draw_pictures(make_sweep(settings, {"he": [0.9, 0.95, 1.0], "zeros": [0.5, 0.5, np.nan]})))
    [panels, axes, scale] = plots["trainability_map"].arguments  # of times, which is drawn last
    assert [panel.title for panel in panels] == [
        "he, kind = x",
        "zeros, kind = x",
        "he, kind = y",
        "zeros, kind = y",
    ]
    assert (axes.x_name, axes.y_name) == ("a", "depth")
    assert panels[0].values.tolist() == [[4.0] * 3] * 2
    assert np.isnan(panels[1].values).all()
    assert scale.lower_is_better
    assert not any(panel.missing.any() or panel.diverged.any() for panel in panels)


def test_what_nobody_reaches_has_no_map_of_times(make_sweep):
    """The map of scores remains."""
    settings = [{"a": a, "b": b} for a in (1, 2, 3) for b in (1, 2)]
    never = {"he": [0.6, 0.7, 0.5], "zeros": [0.5, 0.5, np.nan]}
    assert "trainability" in kinds(make_sweep(settings, never))
    assert "time_to_target" not in kinds(make_sweep(settings, never))


def test_one_scheme_alone_has_a_map_and_a_sweep_of_one_key_has_none(make_sweep):
    """There are no ranks of one."""
    alone = make_sweep([{"a": a, "b": b} for a in (1, 2, 3) for b in (1, 2)], {"he": [0.9, 0.8]})
    assert kinds(alone)[:1] == ["trainability"]
    assert "trainability" not in kinds(make_sweep([{"a": a} for a in range(9)]))


@pytest.mark.usefixtures("plots")
def test_summaries_come_in_every_size_with_a_caption(make_sweep):
    """It says what is shown, over which keys, and of how many runs; a hostile key is text."""
    settings = [{"a\u202e": a, "network.depth": b} for a in (1, 2, 3) for b in (1, 2, 3)]
    results = make_sweep(settings, {"he": [0.9, 0.95, 1.0], "zeros": [0.5, 0.5, np.nan]})
    drawn = dict(draw_pictures(results, Pictures(("pdf",), ("column", "slide"))))
    for kind in (*SUMMARIES, "trainability", "time_to_target"):
        assert drawn[f"plots/{kind}-column.pdf"].endswith(b"as pdf at 300")
        text = drawn[f"plots/{kind}.txt"].decode()
        assert "Experiment moons: 9 cells over a\ufffd and network.depth, 54 runs." in text
        assert "Schemes: he and zeros." in text
        assert text.count("\n") == 1
    assert "six times the depth scale" not in drawn["plots/trainability.txt"].decode()
    assert "to a test accuracy of 0.9" in drawn["plots/time_to_target.txt"].decode()


@pytest.mark.parametrize(
    "name", ["sweep.png", "mean_ranks-slide.svg", "trainability.txt", "time_to_target-column.pdf"]
)
def test_summaries_are_ours_to_remove(name):
    """When a sweep is gone, they go."""
    assert is_ours(name)
