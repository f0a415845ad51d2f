"""A data set, drawn before anything is trained on it.

Small square pictures are shown as pictures, and two features as a plane. Of a few features each has
a panel of its own; many are shown by their two principal components.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from initbench.arrays import Array, FloatArray
from initbench.plots.boundaries import draw_points
from initbench.plots.fields import thin
from initbench.plots.page import (
    LEGEND_ROW,
    MARGIN,
    WIDTH,
    label_for_legend,
    legend_size,
    make_page,
    marker_handle,
    place_axes,
    place_legend,
)
from initbench.plots.palette import Look, look
from initbench.plots.samples import (
    draw_by_value,
    draw_histograms,
    draw_pictures,
    draw_target,
    picture_side,
    principal_components,
)
from initbench.plots.style import TICK_SIZE, house_style
from initbench.plots.text import shorten

FEW: Final = 12
"""Features that have a panel each."""

_SHOWN: Final = 1500
"""Samples to draw: more would hide one another."""

_EXTREME: Final = 1e100
"""Where larger numbers are drawn, which can hardly be computed with."""

_TARGETS: Final = 6
_PICTURE_ROWS: Final = 10
_PICTURES: Final = 12
"""Pictures of each class."""

_LEGEND: Final = 20
"""Classes that a legend tells apart."""

# Inches beside, below and above a panel, for its axes' names and its title.
_LEFT: Final = 0.62
_BELOW: Final = 0.48
_ABOVE: Final = 0.26
_LARGEST: Final = 5.0
_NAMES: Final = 1.3
"""Inches for the names of classes beside their pictures."""


@dataclass(frozen=True)
class _Panel:
    """What one panel shows, and how its axes are called."""

    draw: Callable[[Axes], None]
    x: str
    y: str
    title: str = ""


@dataclass(frozen=True)
class _View:
    """Panels of one kind: how they are to be read, and what the legend shows of a class."""

    panels: Sequence[_Panel]
    note: str
    handle: Callable[[Look], Line2D]


def dataset_picture(X: Array, y: Array, class_names: Sequence[str], *, title: str) -> Figure:
    """Draw what there is to see of a data set.

    Parameters
    ----------
    X : ndarray of shape (N, D)
    y : ndarray of shape (N,) or (N, K)
        Classes, from 0, or numbers.
    class_names : sequence of str
        Empty where `y` holds numbers.
    title : str
    """
    rows = thin(y if class_names else np.zeros(len(y), np.int64), _SHOWN)
    count = f"All {len(X)}" if len(rows) == len(X) else f"{len(rows)} of {len(X)}"
    X = np.clip(X[rows].astype(np.float64), -_EXTREME, _EXTREME)
    y = y[rows] if class_names else np.clip(y[rows], -_EXTREME, _EXTREME)
    with house_style():
        if class_names and (side := picture_side(X)):
            return _picture_page(X.reshape(-1, side, side), y, class_names, title)
        view = _by_class(X, y) if class_names else _by_number(X, y)
        return _panel_page(view, class_names, title, f"{view.note} {count} samples.".lstrip())


def _by_class(X: FloatArray, y: Array) -> _View:
    if X.shape[1] == 2 or X.shape[1] > FEW:
        points, names, note = _plane(X)
        draw = partial(draw_points, points=points, labels=y, area=_LARGEST**2)
        return _View([_Panel(draw, *names)], note, _as_marker)
    panels = [
        _Panel(partial(draw_histograms, feature=column, labels=y), _feature(place), "Samples")
        for place, column in enumerate(X.T)
    ]
    return _View(panels, "How each feature is spread in each class.", _as_line)


def _by_number(X: FloatArray, y: Array) -> _View:
    if X.shape[1] != 2 and X.shape[1] <= FEW:
        panels = [
            _Panel(
                partial(draw_target, feature=column, target=y[:, 0]), _feature(place), "Target 1"
            )
            for place, column in enumerate(X.T)
        ]
        first = f" The first of {y.shape[1]} targets." if y.shape[1] > 1 else ""
        return _View(panels, f"The target over each feature.{first}", _as_marker)
    points, names, note = _plane(X)
    panels = [
        _Panel(partial(draw_by_value, points=points, values=values), *names, _range(place, values))
        for place, values in enumerate(y.T[:_TARGETS])
    ]
    some = f" The first {_TARGETS} of {y.shape[1]} targets." if y.shape[1] > _TARGETS else ""
    return _View(panels, f"{note}{some}", _as_marker)


def _plane(X: FloatArray) -> tuple[FloatArray, tuple[str, str], str]:
    """Return points ``(n, 2)``, what their axes are, and a note."""
    if X.shape[1] == 2:
        return X, (_feature(0), _feature(1)), ""
    note = f"The two directions in which {X.shape[1]} standardised features spread most."
    return principal_components(X), ("Principal component 1", "Principal component 2"), note


def _panel_page(view: _View, class_names: Sequence[str], title: str, note: str) -> Figure:
    columns = _columns(len(view.panels))
    width = min((WIDTH - MARGIN) / columns - _LEFT, _LARGEST)
    height = 0.75 * width
    row = _BELOW + height + (_ABOVE if view.panels[0].title else MARGIN)
    page_width = MARGIN + columns * (_LEFT + width)
    names = [label_for_legend(name) for name in class_names[:_LEGEND]]
    legend_columns, legend_rows = legend_size(names, page_width - _LEFT) if names else (0, 0)
    foot = MARGIN + legend_rows * LEGEND_ROW
    if len(class_names) > _LEGEND:
        note += f" {len(class_names)} classes, of which the first {_LEGEND} have a name below."
    rows = ceil(len(view.panels) / columns)
    page = make_page(page_width, foot + rows * row, title=title, note=note)
    for place, panel in enumerate(view.panels):
        left = _LEFT + place % columns * (_LEFT + width)
        bottom = foot + (rows - 1 - place // columns) * row + _BELOW
        axes = place_axes(page, left, bottom, width, height, xlabel=panel.x, ylabel=panel.y)
        panel.draw(axes)
        axes.locator_params(nbins=5)
        axes.set_title(panel.title)
    if names:
        handles = [view.handle(look(place)) for place in range(len(names))]
        place_legend(page, handles, names, left=_LEFT, top=foot, columns=legend_columns)
    return page


def _picture_page(pictures: FloatArray, y: Array, class_names: Sequence[str], title: str) -> Figure:
    """Return a page with a row of pictures a class."""
    rows = min(len(class_names), _PICTURE_ROWS)
    side = pictures.shape[1]
    grid = np.full((rows, _PICTURES, side, side), np.nan)
    for label in range(rows):
        members = pictures[y == label][:_PICTURES]
        grid[label, : len(members)] = members
    width = WIDTH - _NAMES - MARGIN
    height = width * rows / _PICTURES
    some = f" The first {rows} of {len(class_names)} classes." if rows < len(class_names) else ""
    note = f"Samples of each class, {side} × {side} pixels; white is the least.{some}"
    page = make_page(WIDTH, height + 2 * MARGIN, title=title, note=note)
    names = [shorten(name, TICK_SIZE, _NAMES - 2 * MARGIN) for name in class_names[:rows]]
    draw_pictures(place_axes(page, _NAMES, MARGIN, width, height), grid, names)
    return page


def _as_marker(style: Look) -> Line2D:
    return marker_handle(style.marker, style.colour)


def _as_line(style: Look) -> Line2D:
    return Line2D([], [], color=style.colour, linestyle=style.dashes)


def _feature(place: int) -> str:
    return f"Feature {place + 1}"


def _range(place: int, values: FloatArray) -> str:
    low, high = (f"{value:.3g}".replace("-", "−") for value in (values.min(), values.max()))
    return f"Target {place + 1}: {low} (dark) to {high} (light)"


def _columns(panels: int) -> int:
    if panels <= 3:
        return panels
    if panels == 4:
        return 2
    return 3 if panels <= 9 else 4
