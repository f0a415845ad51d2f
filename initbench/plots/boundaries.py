"""Decision boundaries: what each scheme's network has come to think of the plane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from initbench.arrays import FloatArray, IntArray
from initbench.plots.fields import class_probabilities, field_colours, thin
from initbench.plots.page import (
    LEGEND_ROW,
    MARGIN,
    WIDTH,
    legend_size,
    make_page,
    marker_handle,
    place_axes,
    place_legend,
)
from initbench.plots.palette import look
from initbench.plots.panels import (
    BELOW,
    TITLE_GAP,
    BoundaryPanel,
    PanelGrid,
    lay_out,
    name_axes,
    title_lines,
)
from initbench.plots.style import INK, NOTE_SIZE, NOTHING, TEXT_SIZE, house_style

_SCALINGS: Final[Mapping[str, str]] = {
    "standard": " (standardised)",
    "minmax": " (scaled to 0…1)",
    "none": "",
}

_BAR_KEY: Final = 0.5
"""Height of the key to probabilities: its heading, the bar and its ticks."""

_BAR_WIDTH: Final = 1.6
_BAR_HEIGHT: Final = 0.12

_BAR_TICKS: Final = 0.2
_BOUNDARY_WIDTH: Final = 1.0

_POINTS: Final = 4500
"""Points to draw, over all panels: more would hide the field, and fill an SVG."""


@dataclass(frozen=True)
class _Key:
    """What explains the colours at the foot of the page, in inches."""

    names: list[str]
    columns: int
    left: float
    right: float
    top: float


def decision_boundaries(
    panels: Sequence[BoundaryPanel],
    grid_x: FloatArray,
    grid_y: FloatArray,
    points: FloatArray,
    point_labels: IntArray,
    *,
    title: str,
    scaling: str,
    width: float = WIDTH,
) -> Figure:
    """Draw one field a scheme, with the points that it was trained on.

    Parameters
    ----------
    panels : sequence of BoundaryPanel
        In the order of the config.
    grid_x, grid_y : ndarray of shape (G,)
        Where the fields are known, evenly spaced.
    points : ndarray of shape (n, 2)
    point_labels : ndarray of shape (n,)
        Classes, from 0.
    title : str
    scaling : {"standard", "minmax", "none"}
        What was done to the features.
    width : float
        Of the page, in inches.
    """
    grid = lay_out(panels, grid_x, grid_y, width)
    classes = len(class_probabilities(panels[0].probabilities))
    shown = thin(point_labels, max(_POINTS // len(panels), 100))
    points, point_labels = points[shown], point_labels[shown]
    with house_style():
        key = _measure_key(classes, grid)
        bottom = key.top + BELOW
        body = bottom + grid.total_height
        page = make_page(grid.page_width, body, title=title, note=_explanation(classes))
        for place, panel in enumerate(panels):
            left, up = grid.corner(place)
            axes = place_axes(page, left, bottom + up, grid.width, grid.height)
            draw_field(axes, panel, grid_x, grid_y)
            if not panel.diverged:
                draw_points(axes, points, point_labels, grid.width * grid.height)
            grid.set_ticks(axes, place)
            name_panel(axes, panel, grid.width)
            axes.grid(visible=False)
            axes.spines[:].set_visible(True)
        x, y = (f"Feature {number}{_SCALINGS[scaling]}" for number in (1, 2))
        name_axes(page, grid, bottom, x=x, y=y)
        _place_key(page, key)
        return page


def draw_field(axes: Axes, panel: BoundaryPanel, grid_x: FloatArray, grid_y: FloatArray) -> None:
    """Draw a network's opinion as colours, and say in words where it has none."""
    if panel.diverged:
        axes.set_facecolor(NOTHING)
        axes.text(0.5, 0.5, "diverged", transform=axes.transAxes, ha="center", va="center")
    else:
        _draw_opinion(axes, panel.probabilities, grid_x, grid_y)
    axes.set_xlim(grid_x[0], grid_x[-1])
    axes.set_ylim(grid_y[0], grid_y[-1])


def name_panel(axes: Axes, panel: BoundaryPanel, width: float) -> None:
    """Write above a panel, so many inches wide, whose it is and what its run came to."""
    lines = title_lines(panel, width)
    axes.set_title("\n".join(lines), size=TEXT_SIZE, pad=TITLE_GAP * 72)


def draw_points(axes: Axes, points: FloatArray, labels: IntArray, area: float) -> None:
    """Draw points in colour and marker of their classes, smaller where they are many.

    Parameters
    ----------
    axes : Axes
    points : ndarray of shape (n, 2)
    labels : ndarray of shape (n,)
    area : float
        Of the panel, in square inches.
    """
    size = float(np.clip(0.4 * 72 * sqrt(area / max(len(labels), 1)), 2.0, 5.0))
    for label in np.unique(labels):
        style = look(int(label))
        axes.plot(
            *points[labels == label].T,
            linestyle="none",
            marker=style.marker,
            color=style.colour,
            markersize=size,
            markeredgecolor="white",
            markeredgewidth=0.1 * size,
        )


def _measure_key(classes: int, grid: PanelGrid) -> _Key:
    names = [f"class {place}" for place in range(classes)]
    taken = grid.left + MARGIN + (_BAR_WIDTH if classes == 2 else 0)
    columns, rows = legend_size(names, grid.page_width - taken)
    height = max(rows * LEGEND_ROW, _BAR_KEY if classes == 2 else 0)
    return _Key(names, columns, left=grid.left, right=grid.page_width - MARGIN, top=MARGIN + height)


def _place_key(page: Figure, key: _Key) -> None:
    looks = [look(place) for place in range(len(key.names))]
    handles = [marker_handle(style.marker, style.colour) for style in looks]
    place_legend(page, handles, key.names, left=key.left, top=key.top, columns=key.columns)
    if len(key.names) == 2:
        _place_bar(page, key)


def _explanation(classes: int) -> str:
    sentences = ["Colour: the most probable class, paler where less sure."]
    if classes == 2:
        sentences.append("Line: both classes are equally probable.")
    sentences.append("Points: training part. Accuracy: test part.")
    return " ".join(sentences)


def _place_bar(page: Figure, key: _Key) -> None:
    """Put a bar at the right that says which colour is which probability."""
    left, bottom = key.right - _BAR_WIDTH, key.top - _BAR_KEY + _BAR_TICKS
    axes = place_axes(page, left, bottom, _BAR_WIDTH, _BAR_HEIGHT)
    shades = field_colours(np.linspace(0, 1, 101)[np.newaxis, np.newaxis])
    axes.imshow(shades, extent=(0, 1, 0, 1), aspect="auto", interpolation="bilinear")
    axes.axvline(0.5, color=INK, linewidth=_BOUNDARY_WIDTH)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_title("Probability of class 1", size=NOTE_SIZE, pad=3)


def _draw_opinion(
    axes: Axes, probabilities: FloatArray, grid_x: FloatArray, grid_y: FloatArray
) -> None:
    half_x, half_y = (grid_x[1] - grid_x[0]) / 2, (grid_y[1] - grid_y[0]) / 2
    axes.imshow(
        field_colours(probabilities),
        extent=(grid_x[0] - half_x, grid_x[-1] + half_x, grid_y[0] - half_y, grid_y[-1] + half_y),
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
    )
    if len(probabilities) == 1:
        _draw_boundary(axes, probabilities[0], grid_x, grid_y)


def _draw_boundary(
    axes: Axes, probabilities: FloatArray, grid_x: FloatArray, grid_y: FloatArray
) -> None:
    """Draw where both classes are equally probable, if there is such a place."""
    if probabilities.min() < 0.5 < probabilities.max():
        axes.contour(
            grid_x, grid_y, probabilities, levels=[0.5], colors=INK, linewidths=_BOUNDARY_WIDTH
        )
