"""A feature's axis: a few round numbers, labelled so that they fit beside those of other panels."""

from collections.abc import Sequence
from typing import Final

from matplotlib.ticker import MaxNLocator

from initbench.plots.text import width_of

MOST_TICKS: Final = 4

_EDGE: Final = 0.08
"""Part of the axis at either end in which a label would reach over to the next panel."""

_GAP: Final = 0.12
"""Inches between two labels."""


def feature_ticks(low: float, high: float) -> dict[float, str]:
    """Return where an axis has ticks, and what they say.

    Numbers that would be written alike have one tick.

    Examples
    --------
    >>> feature_ticks(-2.4, 2.6)
    {-1.5: '−1.5', 0.0: '0', 1.5: '1.5'}
    """
    edge = _EDGE * (high - low)
    values = MaxNLocator(MOST_TICKS).tick_values(low, high)
    by_label = {
        f"{value:z.4g}".replace("-", "−"): float(value)
        for value in values
        if low + edge <= value <= high - edge
    }
    return {value: label for label, value in by_label.items()}


def thin_ticks(ticks: dict[float, str], size: float, width: float) -> dict[float, str]:
    """Return as many of the ticks as have room side by side in a width in inches."""
    while len(ticks) > 1 and sum(width_of(label, size) + _GAP for label in ticks.values()) > width:
        ticks = dict(list(ticks.items())[::2])
    return ticks


def apart_ticks(
    ticks: dict[float, str], places: Sequence[float], size: float, *, is_upright: bool = False
) -> dict[float, str]:
    """Return the ticks whose labels do not meet, the first and as many as follow it.

    Parameters
    ----------
    ticks : dict of float to str
    places : sequence of float
        Where each is along its axis, in inches and in order.
    size : float
        Of the labels, in points.
    is_upright : bool
        Whether they stand above one another.
    """
    shown: dict[float, str] = {}
    free = -float("inf")
    for (tick, label), place in zip(ticks.items(), places, strict=True):
        half = (size / 72 if is_upright else width_of(label, size)) / 2
        if place - half >= free:
            shown[tick] = label
            free = place + half + (0.0 if is_upright else _GAP / 2)
    return shown
