"""Toy sets in the plane, where a decision boundary can be drawn.

Every generator first lays its samples out exactly, then adds normal noise, so that a shape can be
checked without noise. Samples are shared out so that classes differ by at most one.
"""

from typing import Annotated

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.data.dataset import DatasetEntry
from initbench.errors import UsageError
from initbench.options import Bound, NonNegative, OpenFraction, Positive

Samples = Annotated[int, Bound(2, 10_000_000)]
Classes = Annotated[int, Bound(2, 1000)]
XY = tuple[FloatArray, IntArray]


def moons(rng: np.random.Generator, *, samples: Samples = 600, noise: NonNegative = 0.2) -> XY:
    """Make two interleaved half-circles of radius 1.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    counts = _shares(samples, 2)
    upper, lower = (np.linspace(0, np.pi, count) for count in counts)
    outer = np.column_stack([np.cos(upper), np.sin(upper)])
    inner = np.column_stack([1 - np.cos(lower), 0.5 - np.sin(lower)])
    return _noisy(rng, np.concatenate([outer, inner]), noise), _labels(counts)


def circles(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    noise: NonNegative = 0.1,
    factor: OpenFraction = 0.5,
) -> XY:
    """Make a circle of radius 1 around one of radius `factor`.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    counts = _shares(samples, 2)
    rings = [
        radius * _on_circle(np.arange(count) / count)
        for count, radius in zip(counts, (1.0, factor), strict=True)
    ]
    return _noisy(rng, np.concatenate(rings), noise), _labels(counts)


def blobs(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    centers: Classes = 3,
    spread: NonNegative = 1.0,
    radius: Positive = 4.0,
) -> XY:
    """Make clouds of standard deviation `spread` around centres spaced evenly on a circle.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    y = _labels(_shares(samples, centers))
    return _noisy(rng, radius * _on_circle(y / centers), spread), y


def spirals(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    arms: Classes = 2,
    turns: Positive = 1.0,
    noise: NonNegative = 0.03,
) -> XY:
    """Make interleaved spiral arms that wind outwards from near the centre to radius 1.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    counts = _shares(samples, arms)
    y = _labels(counts)
    way = np.concatenate([np.linspace(0.1, 1.0, count) for count in counts])
    return _noisy(rng, way[:, np.newaxis] * _on_circle(turns * way + y / arms), noise), y


def xor(rng: np.random.Generator, *, samples: Samples = 600, noise: NonNegative = 0.1) -> XY:
    """Make a square whose quadrants alternate: the class is whether the signs differ.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    y = _labels(_shares(samples, 2))
    points = rng.uniform(0, 1, (samples, 2))
    signs = rng.choice([-1.0, 1.0], samples)
    points *= np.column_stack([signs, np.where(y == 1, -signs, signs)])
    return _noisy(rng, points, noise), y


def _shares(samples: int, classes: int) -> list[int]:
    """Share samples out so that no class has more than one above another."""
    if samples < classes:
        raise UsageError(f"{samples} samples are too few for {classes} classes")
    return [samples // classes + (index < samples % classes) for index in range(classes)]


def _labels(counts: list[int]) -> IntArray:
    return np.repeat(np.arange(len(counts)), counts)


def _on_circle(turns: FloatArray) -> FloatArray:
    """Return the points of the unit circle at these parts of a turn, ``(N, 2)``."""
    return np.column_stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)])


def _noisy(rng: np.random.Generator, points: FloatArray, std: float) -> FloatArray:
    return points + std * rng.standard_normal(points.shape)


TOY = (
    DatasetEntry(
        name="moons",
        make=moons,
        summary="two interleaved half-circles",
        reference="scikit-learn, make_moons",
    ),
    DatasetEntry(
        name="circles",
        make=circles,
        summary="a circle around a circle",
        reference="scikit-learn, make_circles",
    ),
    DatasetEntry(
        name="blobs",
        make=blobs,
        summary="round clouds, as many as wanted",
        reference="scikit-learn, make_blobs, with centres on a circle",
    ),
    DatasetEntry(
        name="spirals",
        make=spirals,
        summary="interleaved spiral arms, as many as wanted",
        reference="Lang & Witbrock (1988), with arms and turns free",
    ),
    DatasetEntry(
        name="xor",
        make=xor,
        summary="a square whose quadrants alternate",
        reference="Minsky & Papert (1969)",
    ),
)
