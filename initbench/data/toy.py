"""Toy sets to classify: shapes in the plane, and patterns that ask more of a network.

Every generator first lays its samples out exactly, then adds normal noise, so that a shape can be
checked without noise. Samples are shared out so that classes differ by at most one. Unless it says
otherwise, a generator returns samples of shape ``(samples, 2)`` and labels of shape ``(samples,)``.
"""

from typing import Annotated, Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.data.dataset import XY, DatasetEntry
from initbench.errors import UsageError
from initbench.options import Bound, NonNegative, OpenFraction, Positive

Cells = Annotated[int, Bound(2, 100)]
Dimensions = Annotated[int, Bound(1, 1000)]
Bits = Annotated[int, Bound(2, 60)]

Samples = Annotated[int, Bound(2, 10_000_000)]
Classes = Annotated[int, Bound(2, 1000)]

MAX_NUMBERS: Final = 2 * 10**8
"""How many numbers a set that is drawn may hold: 1.6 GB."""


def moons(rng: np.random.Generator, *, samples: Samples = 600, noise: NonNegative = 0.2) -> XY:
    """Make two interleaved half-circles of radius 1."""
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
    """Make a circle of radius 1 around one of radius `factor`."""
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
    """Make clouds of standard deviation `spread` around centres spaced evenly on a circle."""
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
    """Make interleaved spiral arms that wind outwards from near the centre to radius 1."""
    counts = shares(samples, arms)
    y = labels(counts)
    way = np.concatenate([np.linspace(0.1, 1.0, count) for count in counts])
    return noisy(rng, way[:, np.newaxis] * on_circle(turns * way + y / arms), noise), y


def xor(rng: np.random.Generator, *, samples: Samples = 600, noise: NonNegative = 0.1) -> XY:
    """Make a square whose quadrants alternate: the class is whether the signs differ."""
    y = labels(shares(samples, 2))
    points = rng.uniform(0, 1, (samples, 2))
    signs = rng.choice([-1.0, 1.0], samples)
    points *= np.column_stack([signs, np.where(y == 1, -signs, signs)])
    return noisy(rng, points, noise), y


def checkerboard(
    rng: np.random.Generator, *, samples: Samples = 600, cells: Cells = 4, noise: NonNegative = 0.0
) -> XY:
    """Make a square of `cells` × `cells` fields whose colours are the classes.

    Returns
    -------
    X : ndarray of shape (samples, 2)
        From -1 to 1, noise aside.
    y : ndarray of shape (samples,)
    """
    counts = shares(samples, 2)
    colour = np.add.outer(np.arange(cells), np.arange(cells)) % 2
    fields = [np.argwhere(colour == label) for label in (0, 1)]
    corners = np.concatenate(
        [
            field[rng.integers(len(field), size=count)]
            for field, count in zip(fields, counts, strict=True)
        ]
    )
    points = 2 * (corners + rng.uniform(0, 1, corners.shape)) / cells - 1
    return noisy(rng, points, noise), labels(counts)


def rings(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    rings: Classes = 3,
    noise: NonNegative = 0.03,
) -> XY:
    """Make rings around one centre, a class each, the outermost of radius 1.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
        From the innermost on.
    """
    counts = shares(samples, rings)
    points = [
        (ring + 1) / rings * on_circle(np.arange(count) / count)
        for ring, count in enumerate(counts)
    ]
    return noisy(rng, np.concatenate(points), noise), labels(counts)


def gaussian_quantiles(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    classes: Classes = 3,
    dimensions: Dimensions = 2,
    noise: NonNegative = 0.0,
) -> XY:
    """Make one normal cloud, cut into shells of equal size around its centre.

    Returns
    -------
    X : ndarray of shape (samples, dimensions)
    y : ndarray of shape (samples,)
        From the innermost shell on.
    """
    check_size(samples, dimensions)
    points = rng.standard_normal((samples, dimensions))
    outwards = np.argsort(np.sum(points**2, axis=1))
    return noisy(rng, points[outwards], noise), labels(shares(samples, classes))


def gaussian(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    dimensions: Dimensions = 256,
    classes: Classes = 10,
) -> XY:
    """Make a standard normal cloud whose labels mean nothing: input for a theory, or by heart.

    Returns
    -------
    X : ndarray of shape (samples, dimensions)
    y : ndarray of shape (samples,)
    """
    check_size(samples, dimensions)
    return rng.standard_normal((samples, dimensions)), labels(shares(samples, classes))


def parity(
    rng: np.random.Generator, *, samples: Samples = 600, bits: Bits = 10, noise: NonNegative = 0.0
) -> XY:
    """Make distinct strings of signs whose class is whether the number of -1 is odd.

    Returns
    -------
    X : ndarray of shape (samples, bits)
        -1 and 1, noise aside.
    y : ndarray of shape (samples,)

    Raises
    ------
    UsageError
        There are not so many strings.
    """
    if samples > 2**bits:
        raise UsageError(f"samples: there are only {2**bits} strings of {bits} bits, not {samples}")
    check_size(samples, bits)
    counts = shares(samples, 2)
    y = labels(counts)
    codes = np.concatenate(
        [rng.choice(2 ** (bits - 1), count, replace=False) for count in counts]
    )  # all bits but the last, which the class then decides
    free = codes[:, np.newaxis] >> np.arange(bits - 1) & 1
    last = (free.sum(axis=1) + y) % 2
    return noisy(rng, 1.0 - 2.0 * np.column_stack([free, last]), noise), y


def shares(samples: int, classes: int) -> list[int]:
    """Share samples out so that no class has more than one above another.

    Raises
    ------
    UsageError
        There are fewer samples than classes.
    """
    if samples < classes:
        raise UsageError(f"{samples} samples are too few for {classes} classes")
    return [samples // classes + (index < samples % classes) for index in range(classes)]


def check_size(samples: int, columns: int) -> None:
    """Refuse to draw more than memory may hold.

    Raises
    ------
    UsageError
        There would be more than `MAX_NUMBERS` numbers.
    """
    if samples * columns > MAX_NUMBERS:
        raise UsageError(
            f"{samples:,} samples of {columns:,} numbers each are more than the {MAX_NUMBERS:,}"
            " numbers that may be drawn"
        )


def labels(counts: list[int]) -> IntArray:
    """Return the label of each sample, class by class."""
    return np.repeat(np.arange(len(counts)), counts)


def on_circle(turns: FloatArray) -> FloatArray:
    """Return the points of the unit circle at these parts of a turn, ``(N, 2)``."""
    return np.column_stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)])


def noisy(rng: np.random.Generator, points: FloatArray, std: float) -> FloatArray:
    """Add normal noise to each coordinate."""
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
        summary="two concentric circles",
        reference="scikit-learn, make_circles",
    ),
    DatasetEntry(
        name="blobs",
        make=blobs,
        summary="a given number of Gaussian clusters",
        reference="scikit-learn, make_blobs, with centres on a circle",
    ),
    DatasetEntry(
        name="spirals",
        make=spirals,
        summary="a given number of interleaved spiral arms",
        reference="Lang & Witbrock (1988), with arms and turns free",
    ),
    DatasetEntry(
        name="xor",
        make=xor,
        summary="a square whose quadrants alternate between two classes",
        reference="Minsky & Papert (1969)",
    ),
    DatasetEntry(
        name="checkerboard",
        make=checkerboard,
        summary="a chessboard with a given number of fields per side",
        reference="Ho & Kleinberg (1996), with fields free",
    ),
    DatasetEntry(
        name="rings",
        make=rings,
        summary="a given number of concentric rings",
        reference="circles, with more rings",
    ),
    DatasetEntry(
        name="gaussian_quantiles",
        make=gaussian_quantiles,
        summary="one Gaussian cluster, divided into shells with equal numbers of samples",
        reference="Zhu, Zou, Rosset & Hastie (2009); scikit-learn, make_gaussian_quantiles",
    ),
    DatasetEntry(
        name="gaussian",
        make=gaussian,
        summary="normal noise of any dimension with random labels: nothing can be learned",
        reference="Zhang, Bengio, Hardt, Recht & Vinyals (2017), on random labels",
        aliases=("noise",),
    ),
    DatasetEntry(
        name="parity",
        make=parity,
        summary="the parity of the minus signs in a string of signs",
        reference="Minsky & Papert (1969)",
    ),
)
