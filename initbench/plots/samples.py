"""Samples, before anything is trained on them: ways to draw some of them on given axes."""

from math import isqrt
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from initbench.arrays import Array, FloatArray, IntArray
from initbench.plots.palette import look
from initbench.plots.style import INK

LEAST_SIDE: Final = 8
"""Pixels of the smallest square that is taken for a picture."""

_BINS: Final = 24
_VALUES: Final = "viridis"
_DOT: Final = 3.0


def picture_side(X: Array) -> int:
    """Return the side of the square pictures that samples are, or 0 where they are none.

    Pictures have as many features as a square has pixels, and no negative one.
    """
    side = isqrt(X.shape[1])
    return side if side >= LEAST_SIDE and side**2 == X.shape[1] and X.min() >= 0 else 0


def principal_components(X: FloatArray) -> FloatArray:
    """Return where standardised samples lie along the two directions of largest spread.

    Returns
    -------
    ndarray of shape (n, 2)
    """
    spread = X.std(axis=0)
    Z = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    U, lengths, _ = np.linalg.svd(Z, full_matrices=False)
    points: FloatArray = U[:, :2] * lengths[:2]
    return points


def draw_by_value(axes: Axes, points: FloatArray, values: FloatArray) -> None:
    """Draw points ``(n, 2)``, the lighter the larger their value ``(n,)``."""
    axes.scatter(points[:, 0], points[:, 1], c=values, cmap=_VALUES, s=_DOT**2, linewidths=0)


def draw_target(axes: Axes, feature: FloatArray, target: FloatArray) -> None:
    """Draw a target ``(n,)`` over a feature ``(n,)``."""
    style = look(0)
    axes.plot(
        feature, target, linestyle="none", marker="o", color=style.colour, markersize=_DOT, mew=0
    )


def draw_histograms(axes: Axes, feature: FloatArray, labels: IntArray) -> None:
    """Draw how a feature ``(n,)`` is spread in each class, as outlines on common bins."""
    edges = _edges(feature)
    for label in np.unique(labels):
        style = look(int(label))
        counts, _ = np.histogram(feature[labels == label], edges)
        axes.stairs(counts, edges, color=style.colour, linestyle=style.dashes, linewidth=1.4)
    axes.set_ylim(bottom=0)


def draw_pictures(axes: Axes, pictures: FloatArray, names: list[str]) -> None:
    """Draw pictures ``(rows, columns, side, side)`` in a grid, each row with its name.

    NaN is a place without a picture.
    """
    rows, columns, side, _ = pictures.shape
    padded = np.pad(pictures, ((0, 0), (0, 0), (0, 1), (0, 1)), constant_values=np.nan)
    mosaic = padded.swapaxes(1, 2).reshape(rows * (side + 1), columns * (side + 1))
    axes.imshow(mosaic, cmap="gray_r", interpolation="nearest", aspect="equal")
    axes.set_yticks((side + 1) * np.arange(rows) + side / 2, names)
    axes.set_xticks([])
    axes.tick_params(length=0, labelcolor=INK)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _edges(feature: FloatArray) -> FloatArray:
    """Return the ends of bins, also around values that are all but one."""
    low, high = feature.min(), feature.max()
    least = 1e-6 * max(abs(low), abs(high)) or 1.0
    margin = least if high - low < least else 0.0
    return np.linspace(low - margin, high + margin, _BINS + 1)
