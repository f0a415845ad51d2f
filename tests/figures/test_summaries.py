"""A folder of several cells has figures that show them together."""

import numpy as np
import pytest

import initbench
from initbench.figures.catalogue import MOST_CELLS, drawings
from initbench.figures.records import Line, Map, Rule, Span
from initbench.figures.summaries import FEWEST_CELLS, swept_key
from initbench.results import Cell, RunId

SUMMARIES = ["sweep", "mean_ranks", "performance_profile"]


def names_of(results):
    """Return the names of the figures of a folder, in their order."""
    return [each.name for each in drawings(results)]


def build(results, name):
    """Return a figure of a folder."""
    [found] = [each for each in drawings(results) if each.name == name]
    return found.build()


def lines_of(panel):
    """Return the lines of a panel, by series."""
    return {mark.series: mark for mark in panel.marks if isinstance(mark, Line)}


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


def test_few_cells_have_figures_of_their_own_and_many_have_not(make_sweep):
    """Summaries are there for both; a profile needs eight cells."""
    few = make_sweep([{"training.rate": rate} for rate in (0.1, 1.0)])
    assert names_of(few) == [
        "sweep",
        "mean_ranks",
        "loss_curves-rate0.1",
        "final_scores-rate0.1",
        "loss_curves-rate1.0",
        "final_scores-rate1.0",
    ]
    many = make_sweep([{"rate": float(rate)} for rate in range(MOST_CELLS + 1)])
    assert names_of(many) == ["sweep", "mean_ranks"]
    enough = make_sweep([{"rate": float(rate)} for rate in range(FEWEST_CELLS)])
    assert names_of(enough) == SUMMARIES


def test_one_cell_has_no_summary(make_results):
    """There is nothing to put together."""
    results = make_results({"he": [0.9], "zeros": [0.5]}, planar=False)
    assert names_of(results) == ["loss_curves", "final_scores"]


def test_a_sweep_through_names_has_no_figure_along_them(make_sweep):
    """Ranks remain."""
    results = make_sweep([{"network.activation": name} for name in ("relu", "tanh")])
    assert swept_key(results) == ""
    assert names_of(results)[:2] == ["mean_ranks", "loss_curves-activationrelu"]


def test_ranks_and_factors_are_those_of_the_metrics(make_sweep):
    """The axis of ranks ends at 1 and at the number of schemes."""
    results = make_sweep([{"rate": float(rate)} for rate in range(FEWEST_CELLS)])
    across = results.metrics["across"]
    [panel] = build(results, "mean_ranks").panels
    assert panel.x.limits == (1.0, 2.0)
    assert [mark.series for mark in panel.marks] == ["he", "zeros"]
    assert [mark.mean for mark in panel.marks] == [1.0, 2.0]
    assert all(1.0 <= end <= 2.0 for mark in panel.marks for end in mark.interval)
    [panel] = build(results, "performance_profile").panels
    assert across["inits"]["he"]["factors"] == [1.0] * FEWEST_CELLS
    assert lines_of(panel)["he"].y[-1] == 1.0
    assert lines_of(panel)["zeros"].y[0] == 0.0


def test_scores_are_along_the_key_with_a_diverged_run_as_the_worst(make_sweep):
    """In order of the key, whatever the order of cells; ticks are at the swept values."""
    results = make_sweep([{"rate": rate} for rate in (1.0, 0.01, 0.1, 10.0, 0.5, 2.0, 3.0)])
    [panel] = build(results, "sweep").panels
    swept = [0.01, 0.1, 0.5, 1.0, 2.0, 3.0, 10.0]
    zeros = lines_of(panel)["zeros"]
    assert zeros.x.tolist() == [value for value, _ in panel.x.ticks] == swept
    assert zeros.y == pytest.approx([(0.5 + 0.5 + 0.0) / 3] * 7)
    assert (panel.x.scale, panel.x.label, panel.title) == ("log", "rate", "")
    [chance] = [mark for mark in panel.marks if isinstance(mark, Rule)]
    assert (chance.label, chance.at) == ("majority class", 0.5)


def test_a_sweep_of_many_schemes_has_a_row_of_panels_for_each_ten(make_sweep):
    """Each setting of the other key has a column, and each panel at most ten schemes with bands."""
    settings = [{"rate": rate, "depth": depth} for rate in (0.1, 1.0, 10.0) for depth in (1, 2)]
    results = make_sweep(settings, {f"scheme {n}": [0.9, 0.8, 0.7] for n in range(12)})
    figure = build(results, "sweep")
    assert [panel.title for panel in figure.panels] == ["depth = 1", "depth = 2"] * 2
    assert figure.columns == 2
    assert [len(lines_of(panel)) for panel in figure.panels] == [10, 10, 2, 2]
    assert all(line.low is not None for panel in figure.panels for line in lines_of(panel).values())


def test_the_other_keys_make_panels(make_sweep):
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
    figure = build(make_sweep(settings), "sweep")
    assert [panel.title for panel in figure.panels] == [
        "kind = x, depth = 1",
        "kind = y, depth = 1",
        "kind = x, depth = 2",
        "kind = y, depth = 2",
    ]
    assert figure.panels[0].x.label == "training.rate"


def test_two_keys_make_a_map_of_scores_and_one_of_times(make_sweep):
    """A panel for each scheme and combination of other keys."""
    settings = [
        {"a": a, "network.depth": depth, "kind": kind}
        for a in (1, 2, 3)
        for depth in (2, 4)
        for kind in ("x", "y")
    ]
    results = make_sweep(settings, {"he": [0.9, 0.95, 1.0], "zeros": [0.5, 0.5, np.nan]})
    figure = build(results, "time_to_target")
    assert [panel.title for panel in figure.panels] == [
        "he, kind = x",
        "zeros, kind = x",
        "he, kind = y",
        "zeros, kind = y",
    ]
    assert (figure.panels[0].x.label, figure.panels[0].y.label) == ("a", "depth")
    maps = [mark for panel in figure.panels for mark in panel.marks if isinstance(mark, Map)]
    assert maps[0].values.tolist() == [[4.0] * 3] * 2
    assert np.isnan(maps[1].values).all()
    assert figure.colours.is_reversed
    assert not any(each.missing.any() or each.crossed.any() for each in maps)


def test_a_target_that_no_scheme_reaches_has_no_map_of_times(make_sweep):
    """The map of scores remains."""
    settings = [{"a": a, "b": b} for a in (1, 2, 3) for b in (1, 2)]
    never = {"he": [0.6, 0.7, 0.5], "zeros": [0.5, 0.5, np.nan]}
    assert "trainability" in names_of(make_sweep(settings, never))
    assert "time_to_target" not in names_of(make_sweep(settings, never))


def test_one_scheme_alone_has_a_map_and_a_sweep_of_one_key_has_none(make_sweep):
    """There are no ranks of one."""
    alone = make_sweep([{"a": a, "b": b} for a in (1, 2, 3) for b in (1, 2)], {"he": [0.9, 0.8]})
    assert names_of(alone)[:1] == ["trainability"]
    assert "trainability" not in names_of(make_sweep([{"a": a} for a in range(9)]))


def test_captions_name_the_keys_and_count_the_runs(make_sweep):
    """A hostile key is text, and a caption is one paragraph."""
    settings = [{"a\u202e": a, "network.depth": b} for a in (1, 2, 3) for b in (1, 2, 3)]
    results = make_sweep(settings, {"he": [0.9, 0.95, 1.0], "zeros": [0.5, 0.5, np.nan]})
    captions = {each.name: each.build().caption for each in drawings(results)}
    assert set(captions) == {*SUMMARIES, "trainability", "time_to_target"}
    for text in captions.values():
        assert "Experiment moons: 9 cells over a\ufffd and network.depth, 54 runs." in text
        assert "Schemes: he and zeros." in text
        assert "\n" not in text
    assert "six times the depth scale" not in captions["trainability"]
    assert "to a test accuracy 0.9" in captions["time_to_target"]


def test_trials_are_in_no_figure_but_that_of_scores_against_rates(tmp_path):
    """Files say depth and role; each family of schemes has a figure of scores over rates."""
    key = "training.optimizer.learning_rate"
    results = initbench.run(
        {
            "name": "tuned",
            "dataset": {"name": "moons", "samples": 60, "validation_fraction": 0.2},
            "network": {"depth": 1, "width": 3},
            "training": {"epochs": 2},
            "inits": ["he", "he_uniform", {"name": "random", "label": "mine"}],
            "seeds": 1,
            "sweep": {"network.depth": [1, 2]},
            "tune": {"key": key, "values": [0.01, 0.1, 1.0], "seeds": 1},
        },
        results=tmp_path,
        plots=False,
    )
    names = names_of(results)
    roles = {cell.role for cell in results.outline.cells}
    assert {"trial", "tuned"} <= roles
    assert "final_scores-depth2-tuned" in names
    assert not any("trial" in name or "learning_rate" in name for name in names)
    assert [name for name in names if name.startswith("rates")] == ["rates-he", "rates-random"]
    figure = build(results, "rates-he")
    assert [panel.title for panel in figure.panels] == ["depth = 1", "depth = 2"]
    for panel, tuning in zip(figure.panels, results.metrics["tuning"]["he_uniform"], strict=True):
        assert set(lines_of(panel)) == {"he", "he_uniform"}
        line = lines_of(panel)["he_uniform"]
        assert line.x.tolist() == [value for value, _ in panel.x.ticks] == [0.01, 0.1, 1.0]
        assert line.y.tolist() == tuning["scores"]
        spans = [mark for mark in panel.marks if isinstance(mark, Span)]
        assert ("he_uniform" in {span.series for span in spans}) == tuning["learns"]
    of_trials = {place for place, cell in enumerate(results.outline.cells) if cell.role == "trial"}
    assert not of_trials & {each.cell for each in drawings(results)}
