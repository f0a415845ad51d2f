"""The loss axis shows what matters, and has round numbers at its ticks."""

import numpy as np
import pytest

from initbench.plots.loss_axis import choose_loss_axis, format_loss, log_ticks
from initbench.plots.quartiles import summarise_curves


def axis_of(*curves):
    """Choose an axis for schemes of one run each."""
    return choose_loss_axis([summarise_curves(np.array([curve], float)) for curve in curves])


def test_like_losses_have_a_linear_axis_from_zero():
    """A factor of less than twenty is seen on a linear scale."""
    axis = axis_of([0.7, 0.6], [0.7, 0.05])
    assert (axis.is_log, axis.low) == (False, 0.0)
    assert 0.7 < axis.high < 0.8


def test_unlike_losses_have_a_logarithmic_axis_around_them():
    """All losses are within, with a margin."""
    axis = axis_of([9000, 0.5], [0.7, 0.004])
    assert axis.is_log
    assert 0.001 < axis.low < 0.004
    assert 9000 < axis.high < 20000


def test_a_run_on_its_way_to_divergence_does_not_flatten_the_others():
    """The frame ends so far above the smallest start that the others can still be read."""
    axis = axis_of([0.7, 1e30, np.nan], [0.7, 0.1, 0.01])
    assert axis.high < 1e6


@pytest.mark.parametrize(("low", "high"), [(0.9, 25), (1e-3, 1), (1e-6, 20), (3e-8, 3e2), (2, 1e9)])
def test_log_ticks_are_few_and_round(low, high):
    """There are three to ten, within the limits, each of one digit."""
    ticks = log_ticks(low, high)
    assert 3 <= len(ticks) <= 10
    assert low <= min(ticks) < max(ticks) <= high
    digits, exponents = zip(*(f"{tick:.0e}".split("e") for tick in ticks), strict=True)
    assert set(digits) <= {"1", "2", "5"}
    written = [float(f"{d}e{e}") for d, e in zip(digits, exponents, strict=True)]
    assert ticks == pytest.approx(written)
    assert len({format_loss(tick) for tick in ticks}) == len(ticks)


def test_powers_of_ten_are_written_by_hand():
    """No power that an axis can reach shows the exponent of a program."""
    assert [e for e in range(-285, 301) if "e" in format_loss(10.0**e)] == []
