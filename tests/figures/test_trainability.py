"""Maps are made of the cells that form a rectangle over two keys."""

import numpy as np
import pytest

from initbench.figures.trainability import (
    DEPTH,
    RATE,
    WIDTH,
    best_rates,
    cell_maps,
    depth_scale_line,
    kept_rate,
    map_keys,
    mean_scores,
    trainability,
)
from initbench.results import Cell, RunId

NAN = float("nan")


@pytest.fixture
def make_grid(make_results, make_setup):
    """Return a maker of results from settings; runs of a label are those of a scheme `scores`."""

    def make(settings, scores=None, factors=None):
        scores = scores or {"he": [0.9, 0.8, 0.7], "zeros": [0.5, 0.5, NAN]}
        runs = {
            label: tuple(RunId(seed, f"{label}-{seed}") for seed in range(3)) for label in scores
        }
        cells = tuple(
            Cell(each, make_setup(), runs, correlation_factors=(factors or (lambda _: {}))(each))
            for each in settings
        )
        return make_results(scores, cells=cells, planar=False)

    return make


def grid(**axes):
    """Return settings of every combination, by keys in which two underscores are a dot."""
    settings = [{}]
    for name, values in axes.items():
        key = name.replace("__", ".")
        settings = [{**each, key: value} for each in settings for value in values]
    return settings


def test_two_keys_that_meet_make_a_map_with_the_depth_upwards(make_grid):
    """In order of their values, whatever the order of cells."""
    results = make_grid(grid(network__depth=[20, 5, 10], inits__he__std=[0.1, 0.01])[::-1])
    assert map_keys(results) == [("inits.he.std", DEPTH)]
    [found] = cell_maps(results, map_keys(results)[0])
    assert (found.x.tolist(), found.y.tolist()) == ([0.01, 0.1], [5, 10, 20])
    settings = [results.outline.cells[cell].settings[DEPTH] for cell in found.cells[:, 0]]
    assert settings == [5, 10, 20]


@pytest.mark.parametrize(
    "settings",
    [
        grid(a=[1, 2], b=[1, 2]),
        grid(a=[1, 2, 3]),
        grid(a=[1, 2, 3], b=["relu", "tanh"]),
        grid(a=[1, 2, 3], b=[True, False]),
        [{"a": value, "b": 2 * value} for value in range(4)],
        [{}],
    ],
    ids=str,
)
def test_other_sweeps_have_no_map(make_grid, settings):
    """Too few cells, one key, names and truths, keys that move together, no sweep at all."""
    assert map_keys(make_grid(settings)) == []


def test_before_the_first_run_there_is_no_map(make_grid):
    """There would be no colour on it."""
    assert map_keys(make_grid(grid(a=[1, 2, 3], b=[1, 2]), {"he": [], "zeros": [NAN] * 3})) != []
    assert map_keys(make_grid(grid(a=[1, 2, 3], b=[1, 2]), {"he": []})) == []


def test_further_keys_make_further_maps(make_grid):
    """One for each of their values; a key that moves in step with another makes none."""
    settings = [
        {**each, "step": each["a"] * 2}
        for each in grid(a=[1, 2, 3], b=[1, 2], network__activation=["relu", "tanh"])
    ]
    results = make_grid(settings)
    assert map_keys(results)[0] == ("a", "b")
    found = cell_maps(results, ("a", "b"))
    assert [each.settings for each in found] == [
        {"network.activation": "relu"},
        {"network.activation": "tanh"},
    ]
    assert sorted(np.concatenate([each.cells.ravel() for each in found])) == list(range(12))


def test_a_diverged_run_counts_as_the_worst_score(make_grid):
    """As where schemes are ranked; a scheme without runs has none."""
    results = make_grid(
        grid(a=[1, 2, 3], b=[1, 2]), {"he": [0.9, 0.6, NAN], "lost": [NAN] * 3, "none": []}
    )
    assert mean_scores(results, 0) == [pytest.approx(0.5), 0.0, pytest.approx(NAN, nan_ok=True)]
    maps = [panel.marks[0] for panel in trainability(results).panels]
    assert [each.missing.all() for each in maps] == [False, False, True]
    assert [each.crossed.all() for each in maps] == [False, True, False]
    assert [each.missing.any() for each in maps] == [False, False, True]


def factors_of(settings):
    """Return a factor for each variance: a depth scale of 1, of 10, and no end."""
    by_variance = {1.0: np.exp(-1.0), 2.0: np.exp(-0.1), 4.0: 1.0}
    return {"he": by_variance[settings["inits.he.std"]]}


def test_the_line_is_six_depth_scales_at_the_swept_values(make_grid):
    """Where there is no end it is far above the map; in between, 1 / ξ is interpolated."""
    results = make_grid(
        grid(network__depth=[5, 10], inits__he__std=[1.0, 2.0, 4.0]), factors=factors_of
    )
    [found] = cell_maps(results, map_keys(results)[0])
    line = depth_scale_line(results, found, "he")
    at = dict(line.round(9).tolist())
    assert at[1.0] == pytest.approx(6.0)
    assert at[2.0] == pytest.approx(60.0)
    assert at[4.0] == pytest.approx(1000.0)
    assert (np.diff(line[:, 1]) > 0).all()
    assert depth_scale_line(results, found, "zeros") is None


def test_there_is_no_line_where_theory_depends_on_the_depth_or_there_is_no_depth(make_grid):
    """A value has one depth scale, or none is drawn."""
    both = grid(network__depth=[5, 10], a=[1, 2, 3])
    moving = make_grid(both, factors=lambda each: {"he": 1 / each[DEPTH]})
    assert depth_scale_line(moving, cell_maps(moving, ("a", DEPTH))[0], "he") is None
    flat = make_grid(grid(b=[5, 10], a=[1, 2, 3]), factors=lambda _: {"he": 0.5})
    assert depth_scale_line(flat, cell_maps(flat, ("a", "b"))[0], "he") is None


def test_the_best_rate_of_each_width_is_marked_and_that_of_the_narrowest_is_kept(make_grid):
    """On a map of widths and learning rates, and on no other."""
    results = make_grid(
        [{RATE: rate, WIDTH: width} for rate in (0.01, 0.1, 1.0) for width in (32, 128)]
    )
    assert map_keys(results) == [(WIDTH, RATE)]
    [found] = cell_maps(results, (WIDTH, RATE))
    scores = np.array([[0.5, 0.9], [0.8, 0.7], [NAN, 0.1]])
    best = best_rates(found, scores)
    assert best.tolist() == [[32, 0.1], [128, 0.01]]
    assert kept_rate(found, best) == pytest.approx(np.array([[-16, 0.1], [176, 0.1]]))
    other = make_grid(grid(network__width=[32, 64], a=[1, 2, 3]))
    assert best_rates(cell_maps(other, map_keys(other)[0])[0], scores) is None
