"""Ridges: how the preactivations of every layer are spread, one histogram above the other."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from initbench.arrays import FloatArray
from initbench.plots.grids import place_panels, scheme_grid, some_layers
from initbench.plots.page import MARGIN, WIDTH, make_page
from initbench.plots.palette import Look, look
from initbench.plots.panels import BELOW, name_axes
from initbench.plots.style import NOTHING, house_style

_MOST_RIDGES: Final = 10
_OVERLAP: Final = 1.6
"""Height of the highest ridge, in distances between two."""

_RIDGE: Final = 0.24
"""Inches between two ridges."""


def layer_histograms(
    heights: Mapping[str, FloatArray], *, reach: float, title: str, width: float = WIDTH
) -> Figure:
    """Draw a panel a scheme with a ridge for each of some layers, the first on top.

    Parameters
    ----------
    heights : mapping of label to ndarray of shape (L, n)
        Of the bins of one network's preactivations; NaN where a layer has no numbers.
    reach : float
        Up to where bins go on either side, in units of the first layer's root mean square.
    title : str
    width : float
        Of the page, in inches.
    """
    count = next(iter(heights.values())).shape[0]
    layers = some_layers(count, _MOST_RIDGES)
    ticks_y = {-float(place): str(layer + 1) for place, layer in enumerate(layers)}
    grid = scheme_grid(
        len(heights),
        height=_RIDGE * (len(layers) + _OVERLAP),
        ticks_x={-3.0: "−3", 0.0: "0", 3.0: "3"},
        ticks_y=ticks_y,
        width=width,
    )
    bottom = MARGIN + BELOW
    note = (
        "Preactivations of one seed in units of the first layer's root mean square. Each ridge"
        f" has the same height; what is beyond ±{reach:g} is not shown."
    )
    with house_style():
        page = make_page(grid.page_width, bottom + grid.total_height, title=title, note=note)
        panels = place_panels(page, grid, bottom, list(heights))
        for place, axes in enumerate(panels):
            values = list(heights.values())[place]
            draw_ridges(axes, values[layers], look(place), reach=reach)
        name_axes(page, grid, bottom, x="Preactivation / first layer's size", y="Layer")
    return page


def draw_ridges(axes: Axes, heights: FloatArray, style: Look, *, reach: float) -> None:
    """Draw one ridge a row of `heights` (l, n), the first on top."""
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-len(heights) + 0.6, _OVERLAP + 0.1)
    axes.grid(visible=False)
    if not np.isfinite(heights).all():
        axes.set_facecolor(NOTHING)
        axes.text(0.5, 0.5, "not finite", transform=axes.transAxes, ha="center", va="center")
        return
    edges = np.linspace(-reach, reach, heights.shape[1] + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    for place, row in enumerate(heights):
        ridge = _OVERLAP * row / max(row.max(), 1.0) - place
        axes.fill_between(middles, -place, ridge, color=style.colour, alpha=0.75, linewidth=0)
        axes.plot(middles, ridge, color="white", linewidth=0.8)
