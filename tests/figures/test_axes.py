"""Axes show what matters, and their ticks are where the values are."""

import numpy as np
import pytest

from initbench.figures.axes import (
    linear_ticks,
    log_ticks,
    loss_axis,
    size_axis,
    swept_axis,
    written,
)


def test_losses_within_a_factor_of_twenty_have_a_linear_axis_from_zero():
    """And beyond that, a logarithmic one."""
    linear = loss_axis("Loss", [np.array([1.0, 0.06])])
    assert (linear.scale, linear.limits[0]) == ("linear", 0.0)
    assert linear.limits[1] == pytest.approx(1.0, abs=0.1)
    log = loss_axis("Loss", [np.array([1.0, 0.04])])
    assert log.scale == "log"
    assert log.limits[0] < 0.04
    assert log.limits[1] > 1.0


def test_a_run_on_its_way_to_divergence_does_not_flatten_the_rest():
    """The axis ends a hundred thousand times above the smallest first loss."""
    axis = loss_axis("Loss", [np.array([0.7, 0.1]), np.array([0.7, 1e30])])
    assert axis.limits[1] < 1e6


@pytest.mark.parametrize("values", [[np.nan, np.inf], [], [0.0, -1.0]])
def test_no_loss_at_all_has_an_axis(values):
    """It ends at zero and one."""
    assert loss_axis("Loss", [np.array(values, float)]).limits == (0.0, 1.0)
    assert size_axis("Size", [np.array(values, float)]).scale == "log"


def test_a_fall_over_many_decades_is_seen():
    """A size axis reaches from the smallest to the largest, with few ticks."""
    axis = size_axis("Size", [np.geomspace(1, 1e-40, 30)])
    assert axis.limits[0] < 1e-40
    assert axis.limits[1] > 1
    assert 3 <= len(axis.ticks) <= 9


def test_noise_does_not_look_like_a_trend():
    """A size axis covers a factor of ten at least."""
    low, high = size_axis("Size", [np.array([1.0, 1.001])]).limits
    assert high / low >= 10


@pytest.mark.parametrize("values", [[0.01, 0.1, 1.0], [1.0, 2.0, 3.0, 5.0], [0.5], [0.0, 1.0]])
def test_ticks_of_a_sweep_are_at_the_swept_values(values):
    """All of them are within the axis."""
    axis = swept_axis("rate", np.array(values))
    assert [value for value, _ in axis.ticks] == values
    assert axis.limits[0] < min(values)
    assert max(values) < axis.limits[1]


@pytest.mark.parametrize(("low", "high", "most"), [(0.48, 1.01, 6), (0.0, 1e-3, 3), (-1.0, 1.0, 5)])
def test_linear_ticks_are_round_and_not_too_many(low, high, most):
    """They have one step, and lie within the limits."""
    ticks = linear_ticks(low, high, most)
    assert 1 <= len(ticks) <= most
    assert low <= min(ticks)
    assert max(ticks) <= high
    assert np.ptp(np.diff(ticks)) == pytest.approx(0, abs=1e-9) if len(ticks) > 1 else True


@pytest.mark.parametrize(("low", "high"), [(1e-280, 1e280), (0.9, 1.1), (3e-13, 4e3)])
def test_log_ticks_lie_within_the_limits(low, high):
    """Few enough to be read."""
    ticks = log_ticks(low, high)
    assert all(low * 0.999 <= tick <= high * 1.001 for tick in ticks)
    assert 1 <= len(ticks) <= 9


def test_numbers_are_written_by_hand():
    """Short, with a true minus, and powers of ten as such."""
    found = [written(value) for value in (0.5, -2.5, 1e-12, 1e6, 0.0, 64.0, 0.001)]
    assert found == ["0.5", "−2.5", "10⁻¹²", "10⁶", "0", "64", "0.001"]
