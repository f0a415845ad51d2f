"""Decision boundaries: what each scheme's network has come to think of the plane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from initbench.arrays import FloatArray, IntArray
from initbench.plots.fields import class_probabilities, field_colours, thin
from initbench.plots.page import (
    LEGEND_ROW,
    MARGIN,
    WIDTH,
    legend_size,
    line_height,
    make_page,
    marker_handle,
    place_axes,
    place_legend,
)
from initbench.plots.palette import look
from initbench.plots.style import INK, NOTE_SIZE, NOTHING, TEXT_SIZE, house_style
from initbench.plots.text import shorten, width_of, wrap

_SCALINGS: Final[Mapping[str, str]] = {
    "standard": " (standardised)",
    "minmax": " (scaled to 0…1)",
    "none": "",
}

_LARGEST_PANEL: Final = 4.0
_LEFT: Final = 0.7
_GAP: Final = 0.22
_BELOW: Final = 0.55
"""Inches between the lowest panels and the key: tick labels and axis label."""

_LABEL_LINES: Final = 2
"""Lines that a scheme's label may take above its panel."""

_TITLE_GAP: Final = 0.07
_BAR_KEY: Final = 0.5
"""Height of the key to probabilities: its heading, the bar and its ticks."""

_BAR_WIDTH: Final = 1.6
_BAR_HEIGHT: Final = 0.12

_BAR_TICKS: Final = 0.2
_BOUNDARY_WIDTH: Final = 1.0

_POINTS: Final = 4500
"""Points to draw, over all panels: more would hide the field, and fill an SVG."""


@dataclass(frozen=True)
class BoundaryPanel:
    """The run that stands for a scheme.

    Attributes
    ----------
    label : str
    seed : int
    accuracy : float
        On the test part; NaN where the run diverged.
    probabilities : ndarray of shape (C, G, G)
        At ``[…, y, x]`` of the grid: of class 1 alone for two classes, else of each class.
    """

    label: str
    seed: int
    accuracy: float
    probabilities: FloatArray

    @property
    def diverged(self) -> bool:
        """Whether there is no opinion to show."""
        return not (np.isfinite(self.accuracy) and np.isfinite(self.probabilities).all())


@dataclass(frozen=True)
class _Grid:
    """How panels and their titles are laid out on the page, in inches."""

    columns: int
    rows: int
    width: float
    height: float
    title: float

    @property
    def page_width(self) -> float:
        return _LEFT + self.columns * (self.width + _GAP) - _GAP + MARGIN

    @property
    def total_height(self) -> float:
        return self.rows * (self.height + self.title + _GAP) - _GAP

    def corner(self, place: int) -> tuple[float, float]:
        """Return the lower left corner of a panel, from the lower left one of the lowest row."""
        row, column = divmod(place, self.columns)
        up = self.rows - 1 - row
        return column * (self.width + _GAP), up * (self.height + self.title + _GAP)


def decision_boundaries(
    panels: Sequence[BoundaryPanel],
    grid_x: FloatArray,
    grid_y: FloatArray,
    points: FloatArray,
    point_labels: IntArray,
    *,
    title: str,
    scaling: str,
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
    """
    grid = _lay_out(panels, float(np.ptp(grid_y) / np.ptp(grid_x)))
    classes = len(class_probabilities(panels[0].probabilities))
    shown = thin(point_labels, max(_POINTS // len(panels), 100))
    points, point_labels = points[shown], point_labels[shown]
    with house_style():
        page, bottom = _page(grid, classes, title)
        for place, panel in enumerate(panels):
            left, up = grid.corner(place)
            axes = place_axes(page, _LEFT + left, bottom + up, grid.width, grid.height)
            draw_field(axes, panel, grid_x, grid_y)
            if not panel.diverged:
                draw_points(axes, points, point_labels, grid.width * grid.height)
            _finish(axes, panel, grid)
            is_left, is_lowest = place % grid.columns == 0, place + grid.columns >= len(panels)
            axes.tick_params(labelleft=is_left, labelbottom=is_lowest)
        _name_features(page, grid, bottom, _SCALINGS[scaling])
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


def _lay_out(panels: Sequence[BoundaryPanel], ratio: float) -> _Grid:
    """Return a grid that is as wide as a page, or narrower where panels would become too large."""
    count = len(panels)
    columns = count if count <= 4 else 3 if count <= 6 else 4 if count <= 12 else 5
    free = WIDTH - _LEFT - MARGIN - (columns - 1) * _GAP
    width = min(free / columns, _LARGEST_PANEL)
    height = width * float(np.clip(ratio, 0.6, 1.2))
    lines = max(len(_title_lines(panel, width)) for panel in panels)
    title = lines * line_height(TEXT_SIZE) + _TITLE_GAP
    return _Grid(columns, ceil(count / columns), width, height, title)


def _page(grid: _Grid, classes: int, title: str) -> tuple[Figure, float]:
    """Return the page with its key, and the height at which the lowest panels stand."""
    names = [f"class {place}" for place in range(classes)]
    taken = _LEFT + MARGIN + (_BAR_WIDTH if classes == 2 else 0)
    columns, rows = legend_size(names, grid.page_width - taken)
    key_top = MARGIN + max(rows * LEGEND_ROW, _BAR_KEY if classes == 2 else 0)
    bottom = key_top + _BELOW
    page = make_page(
        grid.page_width, bottom + grid.total_height, title=title, note=_explanation(classes)
    )
    handles = [marker_handle(look(place).marker, look(place).colour) for place in range(classes)]
    place_legend(page, handles, names, left=_LEFT, top=key_top, columns=columns)
    if classes == 2:
        _place_bar(page, grid.page_width, key_top)
    return page, bottom


def _explanation(classes: int) -> str:
    sentences = ["Colour: the most probable class, paler where less sure."]
    if classes == 2:
        sentences.append("Line: both classes are equally probable.")
    sentences.append("Points: training part. Accuracy: test part.")
    return " ".join(sentences)


def _place_bar(page: Figure, page_width: float, top: float) -> None:
    """Put a bar at the right that says which colour is which probability."""
    left, bottom = page_width - MARGIN - _BAR_WIDTH, top - _BAR_KEY + _BAR_TICKS
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


def _finish(axes: Axes, panel: BoundaryPanel, grid: _Grid) -> None:
    lines = _title_lines(panel, grid.width)
    axes.set_title("\n".join(lines), size=TEXT_SIZE, pad=_TITLE_GAP * 72)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.grid(visible=False)
    axes.spines[:].set_visible(True)


def _title_lines(panel: BoundaryPanel, width: float) -> list[str]:
    """Return the scheme's label and what its run came to."""
    label = wrap(panel.label, TEXT_SIZE, width)
    if len(label) > _LABEL_LINES:
        cut = shorten(" ".join(label[_LABEL_LINES - 1 :]), TEXT_SIZE, width)
        label = [*label[: _LABEL_LINES - 1], cut]
    if panel.diverged:
        return [*label, shorten(f"diverged, seed {panel.seed}", TEXT_SIZE, width)]
    result = f"{panel.accuracy:.3f}, seed {panel.seed}"
    in_full = f"accuracy {result}"
    fits = width_of(in_full, TEXT_SIZE) <= width
    return [*label, in_full if fits else shorten(result, TEXT_SIZE, width)]


def _name_features(page: Figure, grid: _Grid, bottom: float, scaling: str) -> None:
    """Say once for all panels what their axes are."""
    across, up = page.get_size_inches()
    centre = _LEFT + (across - _LEFT - MARGIN) / 2, bottom + grid.total_height / 2
    page.text(
        centre[0] / across, (bottom - _BELOW / 2) / up, f"Feature 1{scaling}", ha="center", va="top"
    )
    page.text(
        MARGIN / across,
        centre[1] / up,
        f"Feature 2{scaling}",
        ha="left",
        va="center",
        rotation="vertical",
    )
