"""Trainability maps: what came of every cell over two keys that were moved, scheme by scheme."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import NullLocator

from initbench.arrays import BoolArray, FloatArray
from initbench.plots.colour_bar import BAR, colours, place_bar
from initbench.plots.feature_axis import apart_ticks
from initbench.plots.grids import place_panels, scheme_grid
from initbench.plots.page import (
    LEGEND_ROW,
    MARGIN,
    WIDTH,
    legend_size,
    make_page,
    place_legend,
)
from initbench.plots.panels import BELOW, PanelGrid, name_axes
from initbench.plots.spacing import cell_edges, is_log_spaced
from initbench.plots.style import FAINT_INK, INK, NOTHING, TEXT_SIZE, TICK_SIZE, house_style
from initbench.plots.sweeps import MOST_PANELS
from initbench.plots.text import shorten

_HEIGHTS: Final = (1.1, 2.6)
"""Inches that a panel is high at least and at most."""

_LOG_FROM: Final = 20.0
"""Factor between the ends of a scale of times from which it is logarithmic."""

_HATCH: Final = "////"
_HANDLE: Final = 0.45
"""Inches that what a legend shows takes, before what it says."""


@dataclass(frozen=True)
class MapPanel:
    """A scheme's cells over two keys, all other settings being the same; Y up, X to the right.

    Attributes
    ----------
    title : str
        The scheme, and the other settings.
    values : ndarray of shape (Y, X)
        NaN where there is no number.
    missing, diverged : ndarray of shape (Y, X)
        Where there are no runs, and where all runs diverged.
    line : ndarray of shape (P, 2) or None
        What lies over the cells, from left to right.
    marks : ndarray of shape (M, 2) or None
        What is marked among them.
    """

    title: str
    values: FloatArray
    missing: BoolArray
    diverged: BoolArray
    line: FloatArray | None = None
    marks: FloatArray | None = None


@dataclass(frozen=True)
class MapScale:
    """What colours mean.

    Attributes
    ----------
    name : str
        What the numbers are.
    low, high : float
        The ends; what is beyond has the colour of the end.
    lower_is_better : bool
        Whether the least number is the lightest, and the scale may be logarithmic.
    no_number : str
        Why a cell with runs has no number.
    """

    name: str
    low: float
    high: float
    lower_is_better: bool = False
    no_number: str = "no number"

    @property
    def norm(self) -> Normalize:
        """From numbers to colours."""
        if self.lower_is_better and 0 < self.low * _LOG_FROM < self.high:
            return LogNorm(self.low, self.high, clip=True)
        high = self.high if self.high > self.low else self.low + 1.0
        return Normalize(self.low, high, clip=True)


@dataclass(frozen=True)
class MapAxes:
    """The two keys and their values, in order."""

    x: FloatArray
    y: FloatArray
    x_name: str
    y_name: str


def trainability_map(
    panels: Sequence[MapPanel],
    axes: MapAxes,
    scale: MapScale,
    *,
    line: str = "",
    marks: str = "",
    title: str,
    note: str,
    width: float = WIDTH,
) -> Figure:
    """Draw cells as colours, a panel for each scheme, all on one scale.

    A cell reaches half way to its neighbours, on a log axis where values are spaced so. Of more
    than `MOST_PANELS` panels the first are drawn.

    Parameters
    ----------
    panels : sequence of MapPanel
    axes : MapAxes
    scale : MapScale
    line, marks : str
        What those of the panels are.
    title, note : str
    width : float
        Of the page, in inches.
    """
    shown, rest = panels[:MOST_PANELS], len(panels) - MOST_PANELS
    if rest > 0:
        note += f" The first {MOST_PANELS} of {len(panels)}."
    with house_style():
        grid = _grid(len(shown), axes, width)
        free = grid.page_width - 2 * MARGIN
        entries = {
            shorten(text, TEXT_SIZE, free - _HANDLE): handle
            for text, handle in _legend(shown, scale, line, marks)
        }
        columns, rows = legend_size(list(entries), free) if entries else (0, 0)
        legend_top = MARGIN + BAR + rows * LEGEND_ROW
        bottom = legend_top + BELOW
        page = make_page(grid.page_width, bottom + grid.total_height, title=title, note=note)
        titles = [panel.title for panel in shown]
        for place, panel in zip(place_panels(page, grid, bottom, titles), shown, strict=True):
            _draw(place, panel, axes, scale)
        across = grid.page_width - grid.left - MARGIN
        x_name = shorten(axes.x_name, TEXT_SIZE, across)
        y_name = shorten(axes.y_name, TEXT_SIZE, grid.total_height)
        name_axes(page, grid, bottom, x=x_name, y=y_name)
        place_bar(page, MARGIN, scale.norm, scale.name, is_reversed=scale.lower_is_better)
        if entries:
            labels, handles = list(entries), list(entries.values())
            place_legend(page, handles, labels, left=MARGIN, top=legend_top, columns=columns)
    return page


def _grid(count: int, axes: MapAxes, width: float) -> PanelGrid:
    """Return panels as wide as there is room for, with as many ticks as fit."""
    labels = {float(value): f"{value:.4g}" for value in axes.y}
    wide = scheme_grid(count, height=1.0, ticks_x={}, ticks_y=labels, width=width)
    height = float(np.clip(0.75 * wide.width, *_HEIGHTS))
    return scheme_grid(
        count,
        height=height,
        ticks_x=_ticks(axes.x, wide.width),
        ticks_y=_ticks(axes.y, height, is_upright=True),
        width=width,
    )


def _ticks(values: FloatArray, length: float, *, is_upright: bool = False) -> dict[float, str]:
    edges, places = cell_edges(values), values
    if is_log_spaced(values):
        edges, places = np.log(edges), np.log(values)
    shares = (places - edges[0]) / (edges[-1] - edges[0])
    ticks = {float(value): f"{value:.4g}" for value in values}
    return apart_ticks(ticks, length * shares, TICK_SIZE, is_upright=is_upright)


def _draw(place: Axes, panel: MapPanel, axes: MapAxes, scale: MapScale) -> None:
    edges_x, edges_y = cell_edges(axes.x), cell_edges(axes.y)
    place.set_xscale("log" if is_log_spaced(axes.x) else "linear")
    place.set_yscale("log" if is_log_spaced(axes.y) else "linear")
    for axis in (place.xaxis, place.yaxis):
        axis.set_minor_locator(NullLocator())
    place.set_facecolor(NOTHING)
    place.grid(visible=False)
    place.pcolormesh(
        edges_x,
        edges_y,
        np.ma.masked_invalid(panel.values),
        cmap=colours(is_reversed=scale.lower_is_better),
        norm=scale.norm,
        shading="flat",
    )
    for y, x in np.argwhere(panel.missing):
        corner, size = (edges_x[x], edges_y[y]), (edges_x[x + 1], edges_y[y + 1])
        place.add_patch(
            Rectangle(corner, size[0] - corner[0], size[1] - corner[1], **_look_of_missing())
        )
    for y, x in np.argwhere(panel.diverged):
        place.add_line(_cross([axes.x[x]], [axes.y[y]]))
    if panel.line is not None:
        place.add_line(_line(*panel.line.T))
    if panel.marks is not None:
        place.add_line(_marks(*panel.marks.T))
    place.set_xlim(edges_x[0], edges_x[-1])
    place.set_ylim(edges_y[0], edges_y[-1])


def _legend(
    panels: Sequence[MapPanel], scale: MapScale, line: str, marks: str
) -> Iterator[tuple[str, Any]]:
    """Yield what occurs in the panels, and how it is drawn."""
    if any(panel.line is not None for panel in panels):
        yield line, _line([], [])
    if any(panel.marks is not None for panel in panels):
        yield marks, _marks([], [])
    if any(panel.diverged.any() for panel in panels):
        yield "all runs diverged", _cross([], [])
    if any((np.isnan(panel.values) & ~panel.missing).any() for panel in panels):
        yield scale.no_number, Patch(facecolor=NOTHING, edgecolor=FAINT_INK, linewidth=0.5)
    if any(panel.missing.any() for panel in panels):
        yield "no runs yet", Patch(**_look_of_missing())


def _look_of_missing() -> dict[str, Any]:
    return {"facecolor": "white", "edgecolor": FAINT_INK, "hatch": _HATCH, "linewidth": 0.0}


def _line(x: Any, y: Any) -> Line2D:
    """Return a line that is seen on any colour: dark, with a white border."""
    border = [Stroke(linewidth=4.0, foreground="white"), Normal()]
    return Line2D(x, y, color=INK, linewidth=2.0, linestyle="solid", path_effects=border)


def _marks(x: Any, y: Any) -> Line2D:
    return Line2D(
        x, y, linestyle="none", marker="o", color="white", markeredgecolor=INK, markersize=6.5
    )


def _cross(x: Any, y: Any) -> Line2D:
    border = [Stroke(linewidth=3.2, foreground="white"), Normal()]
    return Line2D(
        x,
        y,
        linestyle="none",
        marker="x",
        color=INK,
        markersize=6.0,
        markeredgewidth=1.4,
        path_effects=border,
    )
