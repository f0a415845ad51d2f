"""The page gets maps in shares of their axes, and each scheme's numbers cell by cell."""

import json

import numpy as np
import pytest

from initbench.report.html.trainability import trainability
from initbench.results import Cell, RunId

NAN = float("nan")


@pytest.fixture
def make_map(make_results, make_setup):
    """Return a maker of results over a rate and a depth, with the same runs everywhere."""

    def make(scores, factor=None):
        runs = {
            label: tuple(RunId(seed, f"{label}-{seed}") for seed in range(2)) for label in scores
        }
        factors = {} if factor is None else {"he": factor}
        cells = tuple(
            Cell(
                {"rate": rate, "network.depth": depth},
                make_setup(),
                runs,
                correlation_factors=factors,
            )
            for rate in (0.01, 0.1, 1.0)
            for depth in (5, 10)
        )
        return make_results(scores, cells=cells, planar=False)

    return make


def test_edges_are_shares_of_an_axis_that_may_be_logarithmic(make_map):
    """Three even factors are thirds."""
    found = trainability(make_map({"he": [0.9, 0.8], "zeros": [0.5, 0.5]}))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    [shown] = found["maps"]
    assert (shown["x_key"], shown["y_key"]) == ("rate", "network.depth")
    assert shown["edges_x"] == pytest.approx([0, 1 / 3, 2 / 3, 1], abs=1e-3)
    assert shown["edges_y"] == pytest.approx([0, 0.5, 1], abs=1e-3)
    assert shown["slices"][0]["cells"] == [[0, 2, 4], [1, 3, 5]]


def test_the_light_end_of_a_scale_is_the_better_one(make_map):
    """The most of scores, the least of times; what nobody reaches has no quantity."""
    scores, times = trainability(make_map({"he": [0.9, 1.0], "zeros": [0.5, NAN]}))["quantities"]
    assert (scores["low"], scores["high"]) == (0.25, 0.95)
    assert scores["values"][0] == [0.95, 0.25]
    assert times["values"][3] == [4.0, None]
    assert times["low"] >= times["high"]
    [alone] = trainability(make_map({"he": [0.6, 0.7], "zeros": [0.5, NAN]}))["quantities"]
    assert alone["name"] == "mean test accuracy"


def test_cells_without_runs_and_those_that_all_diverged_are_named(make_map):
    """They have no score, and the worst."""
    found = trainability(make_map({"he": [0.9, 0.8], "lost": [NAN, NAN], "none": []}))
    assert found["missing"] == [[False, False, True]] * 6
    assert found["diverged"] == [[False, True, False]] * 6
    assert found["quantities"][0]["values"][0] == [0.85, 0.0, None]


def test_the_line_lies_where_six_depth_scales_are(make_map):
    """At a factor of e^-1 that is six layers, between the middles of five and ten."""
    found = trainability(make_map({"he": [0.9, 0.8], "zeros": [0.5, 0.5]}, float(np.exp(-1))))
    line, none = found["maps"][0]["slices"][0]["lines"]
    assert none is None
    assert line[1] == pytest.approx([(6 - 2.5) / 10] * len(line[1]))
    assert (line[0][0], line[0][-1]) == pytest.approx((1 / 6, 5 / 6), abs=1e-3)


def test_a_folder_without_two_keys_has_none(make_results):
    """The page does not grow."""
    assert trainability(make_results({"he": [0.9]})) is None
