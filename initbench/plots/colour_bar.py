"""The bar of colours: what the colours of maps mean, once for all panels of a page.

The colours only ever get lighter, so that they can be told apart in grey and by everyone.
"""

from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Colormap, LogNorm, Normalize
from matplotlib.figure import Figure

from initbench.plots.feature_axis import thin_ticks
from initbench.plots.loss_axis import format_loss
from initbench.plots.page import MARGIN, place_axes
from initbench.plots.size_axis import size_ticks
from initbench.plots.style import NOTE_SIZE, NOTHING, TICK_SIZE

BAR: Final = 0.62
"""Inches that the bar takes at the foot of a page, with its labels."""

_WIDTH: Final = 2.6
_HEIGHT: Final = 0.12
_UP: Final = 0.22
_COLOURS: Final = "viridis"


def colours(*, is_reversed: bool = False) -> Colormap:
    """Return the colours of all maps, the lightest last; what is not known is grey."""
    name = f"{_COLOURS}_r" if is_reversed else _COLOURS
    return mpl.colormaps[name].with_extremes(bad=NOTHING)


def place_bar(
    page: Figure, left: float, norm: Normalize, name: str, *, is_reversed: bool = False
) -> None:
    """Put the bar at the foot of a page, so far from its left edge in inches.

    Parameters
    ----------
    page : Figure
    left : float
    norm : Normalize
        From numbers to colours; with limits.
    name : str
        What the numbers are.
    is_reversed : bool
        Whether the least number is the lightest.
    """
    axes = place_axes(page, left, MARGIN + _UP, _WIDTH, _HEIGHT)
    low, high = float(norm.vmin or 0.0), float(norm.vmax or 1.0)
    shades = colours(is_reversed=is_reversed)(np.linspace(0, 1, 200)[np.newaxis])
    axes.imshow(shades, extent=(0, 1, 0, 1), aspect="auto")
    if isinstance(norm, LogNorm):
        ticks = {tick: format_loss(tick) for tick in size_ticks(low, high)}
    else:
        ticks = {tick: f"{tick:.3g}" for tick in np.linspace(low, high, 3).tolist()}
    ticks = thin_ticks(ticks, TICK_SIZE, _WIDTH)
    axes.set_xticks([float(norm(tick)) for tick in ticks], list(ticks.values()))
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_title(name, size=NOTE_SIZE, pad=3)
