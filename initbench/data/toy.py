"""Toy sets in the plane, where a decision boundary can be drawn.

Every generator first lays its samples out exactly, then adds normal noise, so that a shape can be
checked without noise. Samples are shared out so that classes differ by at most one.
"""

import numpy as np

from initbench.data.dataset import XY, DatasetEntry
from initbench.data.layout import Classes, Samples, labels, noisy, on_circle, shares
from initbench.options import NonNegative, OpenFraction, Positive


def moons(rng: np.random.Generator, *, samples: Samples = 600, noise: NonNegative = 0.2) -> XY:
    """Make two interleaved half-circles of radius 1.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    counts = shares(samples, 2)
    upper, lower = (np.linspace(0, np.pi, count) for count in counts)
    outer = np.column_stack([np.cos(upper), np.sin(upper)])
    inner = np.column_stack([1 - np.cos(lower), 0.5 - np.sin(lower)])
    return noisy(rng, np.concatenate([outer, inner]), noise), labels(counts)


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
    counts = shares(samples, 2)
    rings = [
        radius * on_circle(np.arange(count) / count)
        for count, radius in zip(counts, (1.0, factor), strict=True)
    ]
    return noisy(rng, np.concatenate(rings), noise), labels(counts)


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
    y = labels(shares(samples, centers))
    return noisy(rng, radius * on_circle(y / centers), spread), y


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
    counts = shares(samples, arms)
    y = labels(counts)
    way = np.concatenate([np.linspace(0.1, 1.0, count) for count in counts])
    return noisy(rng, way[:, np.newaxis] * on_circle(turns * way + y / arms), noise), y


def xor(rng: np.random.Generator, *, samples: Samples = 600, noise: NonNegative = 0.1) -> XY:
    """Make a square whose quadrants alternate: the class is whether the signs differ.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    y = labels(shares(samples, 2))
    points = rng.uniform(0, 1, (samples, 2))
    signs = rng.choice([-1.0, 1.0], samples)
    points *= np.column_stack([signs, np.where(y == 1, -signs, signs)])
    return noisy(rng, points, noise), y


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
