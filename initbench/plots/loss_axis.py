"""The loss axis: from where to where, and whether on a log scale.

Losses of one experiment may differ by many orders of magnitude: one start begins at thousands, a
net that has learned its data by heart ends near zero. A log scale shows both, and is taken where a
linear one would flatten what matters. A run on its way to divergence must not flatten the rest, so
the frame reaches only so far from where the smallest start lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from initbench.arrays import FloatArray
from initbench.plots.quartiles import Summary

LOG_FROM: Final = 20.0
"""A log scale is taken where the largest loss is more than this many times the smallest."""

_EXTREMES: Final = (1e-280, 1e300)
"""Smallest and largest loss that an axis can end at; beyond, Matplotlib cannot compute."""

REACH: Final = 1e5
"""How far, as a factor, the frame reaches up and down from the smallest start."""

_MARGIN: Final = 0.04
_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class LossAxis:
    """Limits of the axis, and whether its scale is logarithmic."""

    low: float
    high: float
    is_log: bool


def choose_loss_axis(summaries: Sequence[Summary]) -> LossAxis:
    """Return the axis that shows these summaries best."""
    values = _positive([line for one in summaries for line in (one.low, one.median, one.high)])
    if not values.size:
        return LossAxis(0.0, 1.0, is_log=False)
    starts = _positive([one.median[:1] for one in summaries])
    start = float(starts.min() if starts.size else values.min())
    low, high = max(values.min(), start / REACH), min(values.max(), start * REACH)
    if high / low <= LOG_FROM:
        return LossAxis(0.0, high * (1 + _MARGIN), is_log=False)
    margin = (high / low) ** _MARGIN
    return LossAxis(low / margin, high * margin, is_log=True)


def apply_loss_axis(axes: Axes, axis: LossAxis) -> None:
    """Give Matplotlib's axes, and those that share theirs, this loss axis."""
    if axis.is_log:
        axes.set_yscale("log", nonpositive="clip")
        axes.yaxis.set_major_locator(FixedLocator(log_ticks(axis.low, axis.high)))
        axes.yaxis.set_major_formatter(lambda value, _: format_loss(value))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_formatter(NullFormatter())
    elif not 1e-3 < axis.high < 1e4:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
    axes.set_ylim(axis.low, axis.high)


def log_ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two limits: powers of ten, with 2 and 5 where few fit."""
    decades = log10(high / low)
    exponents = range(floor(log10(low)), ceil(log10(high)) + 1)
    if decades <= 3:
        ticks = [step * 10.0**exponent for exponent in exponents for step in (1, 2, 5)]
    else:
        ticks = [10.0**exponent for exponent in exponents if decades <= 7 or exponent % 2 == 0]
    return [tick for tick in ticks if low <= tick <= high]


def format_loss(value: float) -> str:
    """Return a round number as it is written by hand.

    Examples
    --------
    >>> format_loss(0.05), format_loss(1e-6)
    ('0.05', '10⁻⁶')
    """
    exponent = log10(value)
    if -4 <= exponent <= 4 or not exponent.is_integer():
        return f"{value:g}"
    return "10" + str(int(exponent)).translate(_SUPERSCRIPTS)


def _positive(lines: Sequence[FloatArray]) -> FloatArray:
    values = np.concatenate(lines)
    positive: FloatArray = np.clip(values[np.isfinite(values) & (values > 0)], *_EXTREMES)
    return positive
