"""Lines over layers: how large a signal and its gradient are, and how a Jacobian stretches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from initbench.arrays import FloatArray
from initbench.plots.page import (
    LEGEND_ROW,
    MARGIN,
    WIDTH,
    label_for_legend,
    legend_size,
    make_page,
    place_axes,
    place_legend,
)
from initbench.plots.palette import MOST_BANDS, Look, look
from initbench.plots.size_axis import set_size_axis, size_limits
from initbench.plots.style import house_style

_LEFT: Final = 0.8
_RIGHT: Final = 0.3
_GAP: Final = 0.8
_NARROWEST: Final = 2.2
"""Of two panels beside each other; on a page with less room they stand above each other."""

_HIGHEST: Final = 3.3
_PANEL_TITLE: Final = 0.3
_BELOW: Final = 0.55
_MARKERS: Final = 10
_BAND: Final = 0.15


@dataclass(frozen=True)
class LayerLine:
    """What is drawn of one scheme in one panel.

    Attributes
    ----------
    measured : ndarray of shape (S, n)
        The median over seeds is a line, the quartiles are bars.
    expected : ndarray of shape (n,) or None
        Drawn dashed.
    band : ndarray of shape (2, n) or None
        What networks are expected to lie between.
    """

    measured: FloatArray
    expected: FloatArray | None = None
    band: FloatArray | None = None


@dataclass(frozen=True)
class LinePanel:
    """One panel: a line a scheme, by label, in the order of the experiment.

    Attributes
    ----------
    title, x_label, y_label : str
    lines : mapping of str to LayerLine
        A scheme that has none has no entry.
    """

    title: str
    x_label: str
    y_label: str
    lines: Mapping[str, LayerLine] = field(default_factory=dict)


def layer_lines(
    panels: Sequence[LinePanel],
    labels: Sequence[str],
    *,
    title: str,
    note: str,
    width: float = WIDTH,
) -> Figure:
    """Draw two panels of lines, each on a log axis of its own.

    Parameters
    ----------
    panels : sequence of LinePanel
        Two.
    labels : sequence of str
        Of all schemes, in the order of the experiment.
    title, note : str
    width : float
        Of the page, in inches.
    """
    names = [label_for_legend(label, _note(panels, label), width) for label in labels]
    columns, rows = legend_size(names, width - _LEFT - MARGIN)
    legend_top = MARGIN + rows * LEGEND_ROW
    across, room = _panels_across(width)
    height = min(_HIGHEST, room)
    row = height + _PANEL_TITLE + _BELOW
    with house_style():
        body = legend_top + row * (len(panels) // across)
        page = make_page(width, body, title=title, note=note)
        for place, panel in enumerate(panels):
            below, column = (len(panels) - 1 - place) // across, place % across
            left, bottom = _LEFT + column * (room + _GAP), legend_top + below * row + _BELOW
            axes = place_axes(page, left, bottom, room, height, title=panel.title)
            draw_lines(axes, panel, labels)
        handles = [_handle(look(place)) for place in range(len(labels))]
        place_legend(page, handles, names, left=_LEFT, top=legend_top, columns=columns)
    return page


def _panels_across(width: float) -> tuple[int, float]:
    """Return how many panels stand beside each other on a page, and how wide each is."""
    half = (width - _LEFT - _GAP - _RIGHT) / 2
    return (2, half) if half >= _NARROWEST else (1, width - _LEFT - _RIGHT)


def draw_lines(axes: Axes, panel: LinePanel, labels: Sequence[str]) -> None:
    """Draw a panel's lines, the schemes that come first on top."""
    lines = panel.lines
    set_size_axis(axes, size_limits(_all_values(lines)))
    length = max((one.measured.shape[1] for one in lines.values()), default=1)
    for place, label in reversed(list(enumerate(labels))):
        if label in lines:
            _draw_line(axes, lines[label], look(place), bands=len(labels) <= MOST_BANDS)
    axes.set_xlim(0.5, length + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlabel(panel.x_label)
    axes.set_ylabel(panel.y_label)


def _draw_line(axes: Axes, line: LayerLine, style: Look, *, bands: bool) -> None:
    places = np.arange(1, line.measured.shape[1] + 1)
    if bands and line.band is not None:
        low, high = np.where(np.isfinite(line.band) & (line.band > 0), line.band, np.nan)
        axes.fill_between(places, low, high, color=style.colour, alpha=_BAND, linewidth=0)
    sound = np.where(np.isfinite(line.measured) & (line.measured > 0), line.measured, np.nan)
    marked = np.unique(np.linspace(0, len(places) - 1, _MARKERS).round().astype(int))
    low, middle, high = _quartiles(sound)
    axes.plot(
        places,
        middle,
        color=style.colour,
        linewidth=1.8,
        marker=style.marker,
        markevery=marked.tolist(),
        markersize=5,
        markeredgecolor="white",
        markeredgewidth=0.5,
    )
    axes.vlines(places[marked], low[marked], high[marked], color=style.colour, linewidth=1.0)
    if line.expected is not None:
        axes.plot(places, line.expected, color=style.colour, linewidth=1.2, linestyle=(0, (4, 3)))


def _quartiles(values: FloatArray) -> FloatArray:
    """Return quartiles (3, n) over the seeds that have a value, NaN where none has."""
    found = np.full((3, values.shape[1]), np.nan)
    known = np.isfinite(values).any(axis=0)
    if known.any():
        found[:, known] = np.nanquantile(values[:, known], (0.25, 0.5, 0.75), axis=0)
    return found


def _all_values(lines: Mapping[str, LayerLine]) -> list[FloatArray]:
    values = [one.measured for one in lines.values()]
    return [*values, *(one.expected for one in lines.values() if one.expected is not None)] or [
        np.ones(1)
    ]


def _note(panels: Sequence[LinePanel], label: str) -> str:
    """Say in the legend what no line can show."""
    lines = [panel.lines[label] for panel in panels if label in panel.lines]
    if not lines:
        return "not known"
    values = [line.measured for line in lines]
    if any(np.isinf(each).any() or np.isnan(each).all() for each in values):
        return "not finite"
    return "zero" if any(not (line.measured > 0).any() for line in lines) else ""


def _handle(style: Look) -> Any:
    return Line2D(
        [], [], color=style.colour, linewidth=1.8, marker=style.marker, markeredgecolor="white"
    )
