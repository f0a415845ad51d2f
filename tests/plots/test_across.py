"""Ranks and factors are drawn as they are."""

import numpy as np
import pytest

from initbench.plots import mean_ranks, performance_profile

RANKS = {"zeros": 2.75, "he": 1.25, "xavier": 2.0}


def test_ranks_are_drawn_best_first_with_the_critical_difference():
    """Half of it to either side of each mean rank, so that lines overlap where it is not met."""
    [axes] = mean_ranks(RANKS, 1.0, cells=4, title="Ranks").axes
    assert [text.get_text() for text in axes.get_yticklabels()] == ["he", "xavier", "zeros"]
    lines = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
    np.testing.assert_allclose(lines, [[0.75, 1.75], [1.5, 2.5], [2.25, 3.25]])


def test_schemes_keep_their_colour():
    """By their place in the config, and not by their rank."""
    [axes] = mean_ranks(RANKS, 1.0, cells=4, title="Ranks").axes
    [other] = mean_ranks({**RANKS, "he": 3.0}, 1.0, cells=4, title="Ranks").axes
    colours = [
        {round(float(np.mean(line.get_xdata())), 2): line.get_color() for line in one.lines}
        for one in (axes, other)
    ]
    assert colours[0][2.75] == colours[1][2.75]
    assert colours[0][1.25] == colours[1][3.0]


def test_a_profile_steps_up_at_each_factor():
    """The share of cells within τ; what is infinitely far never counts."""
    factors = {"he": [1.0, 1.0, 1.5, 3.0], "zeros": [1.0, 2.0, None, None]}
    [axes] = performance_profile(factors, score="test accuracy", title="Profile").axes
    he, zeros = [line for line in axes.lines if line.get_drawstyle() == "steps-post"]
    assert share(he, 1.0) == 0.5
    assert share(he, 1.6) == 0.75
    assert share(he, 3.1) == 1.0
    assert share(zeros, 3.1) == 0.5


def share(line, factor):
    """Return the height of a step at a factor."""
    x, y = line.get_data()
    return y[np.searchsorted(x, factor, side="right") - 1]


@pytest.mark.parametrize("factors", [{"he": [1.0, 1.0]}, {"he": [None, None], "zeros": [1.0, 1e9]}])
def test_any_factors_can_be_drawn(factors):
    """All alike, none finite, or beyond all bounds."""
    [axes] = performance_profile(factors, score="test R²", title="Profile").axes
    low, high = axes.get_xlim()
    assert low == 1.0 < high <= 100.0
