"""The figure of a data set before anything is trained on it.

Small square images are shown as images, and two features as a plane. Each of a few features has a
panel; many are shown by their two principal components.
"""

from collections.abc import Sequence
from math import isqrt
from typing import Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.figures.decision_boundaries import thin
from initbench.figures.records import (
    Axis,
    ColourScale,
    Figure,
    Line,
    Map,
    Panel,
    Points,
    Series,
)
from initbench.formatting import printable

FEW: Final = 12
"""Features that have a panel each."""

_SHOWN: Final = 1500
"""Samples to draw: more would hide one another."""

_EXTREME: Final = 1e100
"""Where larger numbers are drawn, which can hardly be computed with."""

_BINS: Final = 24
_TARGETS: Final = 6
_NAMED: Final = 20
"""Classes that have a name in the legend."""

_LEAST_SIDE: Final = 8
"""Pixels of the smallest square that is shown as an image."""

_IMAGE_ROWS: Final = 10
_IMAGES: Final = 12
"""Images of each class."""


def dataset_figure(X: Array, y: Array, class_names: Sequence[str], *, title: str) -> Figure:
    """Build the figure of a data set.

    `X`: shape (N, D).
    `y`: shape (N,) or (N, K); classes, from 0, or numbers.
    `class_names`: empty where `y` holds numbers.
    """
    rows = thin(y if class_names else np.zeros(len(y), np.int64), _SHOWN)
    count = f"All {len(X)} samples." if len(rows) == len(X) else f"{len(rows)} of {len(X)} samples."
    X = np.clip(X[rows].astype(np.float64), -_EXTREME, _EXTREME)
    y = y[rows] if class_names else np.clip(y[rows].reshape(len(rows), -1), -_EXTREME, _EXTREME)
    if not class_names:
        return _by_target(X, y.astype(np.float64), title, count)
    if side := image_side(X):
        return _images(X.reshape(-1, side, side), y, class_names, title)
    return _by_class(X, y, class_names, title, count)


def image_side(X: Array) -> int:
    """Return the side of the square images that samples are, or 0 where they are none.

    Images have as many features as a square has pixels, and no negative one.
    """
    side = isqrt(X.shape[1])
    return side if side >= _LEAST_SIDE and side**2 == X.shape[1] and X.min() >= 0 else 0


def principal_components(X: FloatArray) -> FloatArray:
    """Return the two first principal components of standardised samples, ``(n, 2)``."""
    spread = X.std(axis=0)
    Z = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    U, lengths, _ = np.linalg.svd(Z, full_matrices=False)
    points: FloatArray = U[:, :2] * lengths[:2]
    return points


def _by_class(X: FloatArray, y: Array, names: Sequence[str], title: str, count: str) -> Figure:
    series = tuple(Series(printable(name), place) for place, name in enumerate(names))
    if X.shape[1] == 2 or X.shape[1] > FEW:
        points, axes, note = _plane(X)
        marks = tuple(Points(one.name, *points[y == one.look].T) for one in series)
        panels: tuple[Panel, ...] = (Panel(*axes, marks),)
    else:
        note = "Histogram of each feature in each class."
        panels = tuple(
            _histogram_panel(f"Feature {place + 1}", column, y, series)
            for place, column in enumerate(X.T)
        )
    if len(series) > _NAMED:
        note += f" {len(series)} classes, of which the first {_NAMED} are in the legend."
    text = f"{note} {count}".strip()
    return Figure("dataset", title, panels, note=text, series=series[:_NAMED])


def _by_target(X: FloatArray, y: FloatArray, title: str, count: str) -> Figure:
    if X.shape[1] != 2 and X.shape[1] <= FEW:
        first = f" The first of {y.shape[1]} targets." if y.shape[1] > 1 else ""
        panels = tuple(
            Panel(Axis(f"Feature {place + 1}"), Axis("Target 1"), (Points("", column, y[:, 0]),))
            for place, column in enumerate(X.T)
        )
        note = f"The target over each feature.{first} {count}"
        return Figure("dataset", title, panels, note=note, series=())
    points, axes, note = _plane(X)
    by_target = []
    for place, values in enumerate(y.T[:_TARGETS]):
        low, high = float(values.min()), float(values.max())
        shades = (values - low) / (float(np.ptp(values)) or 1.0)
        ends = f"{low:.3g} to {high:.3g}".replace("-", "−")
        mark = Points("", points[:, 0], points[:, 1], shades)
        by_target.append(Panel(*axes, (mark,), f"Target {place + 1}: {ends}"))
    some = f" The first {_TARGETS} of {y.shape[1]} targets." if y.shape[1] > _TARGETS else ""
    return Figure(
        "dataset",
        title,
        tuple(by_target),
        note=f"{note}{some} {count}".strip(),
        colours=ColourScale("Target, from the lowest to the highest value", 0.0, 1.0),
    )


def _plane(X: FloatArray) -> tuple[FloatArray, tuple[Axis, Axis], str]:
    """Return points ``(n, 2)``, their axes, and a note."""
    if X.shape[1] == 2:
        return X, (Axis("Feature 1"), Axis("Feature 2")), ""
    note = f"The first two principal components of {X.shape[1]} standardised features."
    axes = (Axis("Principal component 1"), Axis("Principal component 2"))
    return principal_components(X), axes, note


def _histogram_panel(label: str, feature: FloatArray, y: Array, series: Sequence[Series]) -> Panel:
    """Return the histograms of a feature, an outline for each class, on common bins."""
    low, high = feature.min(), feature.max()
    least = 1e-6 * max(abs(low), abs(high)) or 1.0
    margin = least if high - low < least else 0.0
    edges = np.linspace(low - margin, high + margin, _BINS + 1)
    counts = [np.histogram(feature[y == one.look], edges)[0].astype(float) for one in series]
    marks = tuple(
        Line(one.name, edges, np.append(each, each[-1]), style="steps")
        for one, each in zip(series, counts, strict=True)
    )
    top = 1.05 * max(float(each.max()) for each in counts)
    return Panel(Axis(label), Axis("Samples", limits=(0.0, top)), marks)


def _images(images: FloatArray, y: Array, names: Sequence[str], title: str) -> Figure:
    """Return the figure with a row of images for each class, as one map of grey pixels."""
    rows, side = min(len(names), _IMAGE_ROWS), images.shape[1]
    grid = np.full((rows, _IMAGES, side + 1, side + 1), np.nan)
    for label in range(rows):
        members = images[y == label][:_IMAGES]
        grid[label, : len(members), :side, :side] = members
    mosaic = grid.swapaxes(1, 2).reshape(rows * (side + 1), _IMAGES * (side + 1))
    middles = tuple(
        ((side + 1) * row + side / 2, printable(name)) for row, name in enumerate(names[:rows])
    )
    some = f" The first {rows} of {len(names)} classes." if rows < len(names) else ""
    x, y_edges = (np.arange(length + 1.0) for length in mosaic.shape[::-1])
    panel = Panel(
        Axis("", limits=(0.0, x[-1]), ticks=()),
        Axis("", limits=(0.0, y_edges[-1]), ticks=middles, is_reversed=True),
        (Map(x, y_edges, mosaic),),
    )
    colours = ColourScale(
        "Pixel", float(np.nanmin(mosaic)), float(np.nanmax(mosaic)), colours="grey"
    )
    note = f"Samples of each class, {side} × {side} pixels; white is the least.{some}"
    return Figure("dataset", title, (panel,), note=note, colours=colours)
