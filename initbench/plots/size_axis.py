"""The axis of sizes: a log scale over as many decades as signals can cover.

A signal that vanishes falls through dozens of decades, and one that explodes climbs as many, so an
axis of sizes is always logarithmic, and has few ticks.
"""

from collections.abc import Iterable
from math import ceil, floor, log10
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from initbench.arrays import FloatArray
from initbench.plots.loss_axis import format_loss

_TICKS: Final = 7
_STEPS: Final = (1, 2, 3, 5, 10, 20, 50, 100)
"""Decades between two ticks."""

_FEW_DECADES: Final = 2.0
"""Decades up to which 2 and 5 have ticks too."""

_EXTREMES: Final = (1e-280, 1e280)
"""Beyond, Matplotlib cannot compute."""

_LEAST: Final = 10.0
"""The factor that an axis covers at least: noise shall not look like a trend."""


def size_limits(values: Iterable[FloatArray]) -> tuple[float, float]:
    """Return the ends of an axis that shows all values that are positive and finite."""
    flat = np.concatenate([np.ravel(each) for each in values])
    flat = np.clip(flat[np.isfinite(flat) & (flat > 0)], *_EXTREMES)
    if not flat.size:
        return 0.1, 10.0
    low, high = float(flat.min()), float(flat.max())
    missing = max((_LEAST / (high / low)) ** 0.5, 1.0)
    margin = max((high / low) ** 0.04, 1.05) * missing
    return low / margin, high * margin


def set_size_axis(axes: Axes, limits: tuple[float, float]) -> None:
    """Give the y axis a log scale between two limits."""
    axes.set_yscale("log", nonpositive="mask")
    axes.yaxis.set_major_locator(FixedLocator(size_ticks(*limits)))
    axes.yaxis.set_major_formatter(lambda value, _: format_loss(value))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(*limits)


def size_ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two limits, as many as can be read.

    Examples
    --------
    >>> size_ticks(0.03, 20)
    [0.1, 1.0, 10.0]
    >>> size_ticks(0.4, 3)
    [0.5, 1.0, 2.0]
    >>> size_ticks(1e-30, 1)
    [1e-30, 1e-25, 1e-20, 1e-15, 1e-10, 1e-05, 1.0]
    """
    decades = log10(high) - log10(low)
    exponents = range(floor(log10(low)) - 1, ceil(log10(high)) + 1)
    step = next((each for each in _STEPS if decades / each <= _TICKS), _STEPS[-1])
    parts = (1, 2, 5) if decades <= _FEW_DECADES else (1,)
    ticks = [
        float(f"{part}e{exponent}")
        for exponent in exponents
        if exponent % step == 0
        for part in parts
    ]
    return [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
