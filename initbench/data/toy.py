"""Toy sets to classify: shapes in the plane, and patterns that ask more of a network.

Every generator first lays its samples out exactly, then adds normal noise, so that a shape can be
checked without noise. Samples are shared out so that classes differ by at most one. Unless it says
otherwise, a generator returns samples of shape ``(samples, 2)`` and labels of shape ``(samples,)``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final, Literal

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.data.dataset import XY, Dataset, DatasetEntry
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
    """Share samples out so that no class has more than one above another."""
    if samples < classes:
        raise UsageError(f"{samples} samples are too few for {classes} classes")
    return [samples // classes + (index < samples % classes) for index in range(classes)]


def check_size(samples: int, columns: int) -> None:
    """Refuse to draw more than memory may hold."""
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


# --- Classes as scikit-learn draws them, to the digit ---------------------------------------------


LegacySeed = Annotated[int, Bound(0, 2**32 - 1)]
TestSamples = Annotated[int, Bound(0, 10_000_000)]


def draw_moons(state: np.random.RandomState, samples: int, noise: float) -> XY:
    """Draw what ``sklearn.datasets.make_moons(samples, noise=noise, random_state=state)`` draws.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    counts = [samples // 2, samples - samples // 2]
    upper, lower = (np.linspace(0, np.pi, count) for count in counts)
    outer = np.column_stack([np.cos(upper), np.sin(upper)])
    inner = np.column_stack([1 - np.cos(lower), 1 - np.sin(lower) - 0.5])
    return _shuffled(state, [outer, inner], noise)


def draw_circles(state: np.random.RandomState, samples: int, noise: float, factor: float) -> XY:
    """Draw what ``make_circles(samples, noise=noise, factor=factor, random_state=state)`` draws.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    outer, inner = (
        np.linspace(0, 2 * np.pi, count, endpoint=False)
        for count in (samples // 2, samples - samples // 2)
    )
    rings = [
        np.column_stack([np.cos(angle) * radius, np.sin(angle) * radius])
        for angle, radius in ((outer, 1.0), (inner, factor))
    ]
    return _shuffled(state, rings, noise)


def draw_blobs(state: np.random.RandomState, samples: int, centers: int, spread: float) -> XY:
    """Draw what ``make_blobs(samples, centers=centers, cluster_std=spread, …)`` draws.

    Returns
    -------
    X : ndarray of shape (samples, 2)
    y : ndarray of shape (samples,)
    """
    middles = state.uniform(-10.0, 10.0, size=(centers, 2))
    clouds = [
        state.normal(middle, spread, size=(count, 2))
        for middle, count in zip(middles, shares(samples, centers), strict=True)
    ]
    return _shuffled(state, clouds, noise=None)


def _shuffled(
    state: np.random.RandomState, classes: Sequence[FloatArray], noise: float | None
) -> XY:
    order = np.arange(sum(map(len, classes)))
    state.shuffle(order)
    X = np.concatenate(classes)[order]
    if noise is not None:
        X += state.normal(scale=noise, size=X.shape)
    return X, labels([len(each) for each in classes])[order]


def sklearn_moons(
    _rng: np.random.Generator,
    *,
    samples: Samples = 300,
    noise: NonNegative = 0.2,
    random_state: LegacySeed = 1,
    test_samples: TestSamples = 100,
    test_random_state: LegacySeed = 2,
) -> Dataset:
    """Make scikit-learn's moons, with a test part from a state of its own unless it is empty."""
    return _with_test_part(
        "sklearn:moons",
        lambda state, count: draw_moons(state, count, noise),
        (samples, random_state),
        (test_samples, test_random_state),
    )


def sklearn_circles(
    _rng: np.random.Generator,
    *,
    samples: Samples = 300,
    noise: NonNegative = 0.05,
    factor: OpenFraction = 0.8,
    random_state: LegacySeed = 1,
    test_samples: TestSamples = 100,
    test_random_state: LegacySeed = 2,
) -> Dataset:
    """Make scikit-learn's circles, with a test part from a state of its own unless it is empty."""
    return _with_test_part(
        "sklearn:circles",
        lambda state, count: draw_circles(state, count, noise, factor),
        (samples, random_state),
        (test_samples, test_random_state),
    )


def sklearn_blobs(
    _rng: np.random.Generator,
    *,
    samples: Samples = 300,
    centers: Classes = 3,
    spread: NonNegative = 1.0,
    random_state: LegacySeed = 1,
) -> XY:
    """Make scikit-learn's blobs; another state would move the centres, so there is no test part."""
    return draw_blobs(np.random.RandomState(random_state), samples, centers, spread)


def _with_test_part(
    name: str,
    draw: Callable[[np.random.RandomState, int], XY],
    train: tuple[int, int],
    test: tuple[int, int],
) -> Dataset:
    """Draw both parts, each of ``(samples, random_state)``."""
    samples, seed = train
    X, y = draw(np.random.RandomState(seed), samples)
    samples, seed = test
    X_test, y_test = draw(np.random.RandomState(seed), samples) if samples else (None, None)
    return Dataset(name, X, y, 2, X_test, y_test)


LEGACY = (
    DatasetEntry(
        name="sklearn:moons",
        make=sklearn_moons,
        summary="moons as scikit-learn generates them, with fixed random states",
        reference="scikit-learn, make_moons",
    ),
    DatasetEntry(
        name="sklearn:circles",
        make=sklearn_circles,
        summary="circles as scikit-learn generates them; by default deeplearning.ai's exercise",
        reference="scikit-learn, make_circles",
    ),
    DatasetEntry(
        name="sklearn:blobs",
        make=sklearn_blobs,
        summary="blobs as scikit-learn generates them, with a fixed random state",
        reference="scikit-learn, make_blobs",
    ),
)


# --- Regressions: known functions, and networks that stand for one --------------------------------


Features = Annotated[int, Bound(1, 1000)]
Depth = Annotated[int, Bound(1, 100)]
Side = Annotated[int, Bound(8, 1024)]


def sine(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    periods: Positive = 2.0,
    noise: NonNegative = 0.1,
) -> XY:
    """Make a sine curve over one feature from -1 to 1.

    Returns
    -------
    X : ndarray of shape (samples, 1)
    y : ndarray of shape (samples, 1)
    """
    X = rng.uniform(-1, 1, (samples, 1))
    return X, noisy(rng, np.sin(np.pi * periods * X), noise)


def friedman1(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    features: Annotated[int, Bound(5, 10_000)] = 10,
    noise: NonNegative = 1.0,
) -> XY:
    r"""Make Friedman's first problem: five features matter, the others do not.

    :math:`y = 10 \sin(\pi x_1 x_2) + 20 (x_3 - 1/2)^2 + 10 x_4 + 5 x_5`, with features uniform
    between 0 and 1.

    Returns
    -------
    X : ndarray of shape (samples, features)
    y : ndarray of shape (samples, 1)

    References
    ----------
    Friedman, "Multivariate adaptive regression splines", The Annals of Statistics 19(1), 1991;
    Breiman, "Bagging predictors", Machine Learning 24, 1996.
    """
    check_size(samples, features)
    X = rng.uniform(0, 1, (samples, features))
    x1, x2, x3, x4, x5 = X[:, :5].T
    y = 10 * np.sin(np.pi * x1 * x2) + 20 * (x3 - 0.5) ** 2 + 10 * x4 + 5 * x5
    return X, noisy(rng, y[:, np.newaxis], noise)


def teacher(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    inputs: Features = 16,
    width: Features = 32,
    depth: Depth = 1,
    outputs: Features = 1,
    activation: Literal["tanh", "relu"] = "tanh",
    noise: NonNegative = 0.0,
) -> XY:
    """Make the outputs of a random network, the teacher, for normal inputs.

    The teacher has `depth` hidden layers of `width` units, no biases, and normal weights of
    variance ``1 / fan_in`` (tanh) or ``2 / fan_in`` (relu).

    Returns
    -------
    X : ndarray of shape (samples, inputs)
    y : ndarray of shape (samples, outputs)
    """
    check_size(samples, max(inputs, width, outputs))
    X = rng.standard_normal((samples, inputs))
    activate, gain = _TEACHERS[activation]
    signal: FloatArray = X
    for units in [width] * depth:
        signal = activate(_dense(rng, signal, units, gain))
    return X, noisy(rng, _dense(rng, signal, outputs, gain=1.0), noise)


def deep_linear(
    rng: np.random.Generator,
    *,
    samples: Samples = 600,
    inputs: Features = 16,
    outputs: Features = 8,
    rank: Features = 4,
    decay: OpenFraction = 0.5,
    noise: NonNegative = 0.0,
) -> XY:
    """Make a linear map of white inputs, whose strengths a deep linear network learns one by one.

    The map has `rank` singular values, 1 and then each `decay` times the one before, and random
    singular vectors.

    Returns
    -------
    X : ndarray of shape (samples, inputs)
    y : ndarray of shape (samples, outputs)
    """
    if rank > min(inputs, outputs):
        raise UsageError(
            f"rank: must be at most {min(inputs, outputs)}, the fewer of inputs and outputs,"
            f" not {rank}"
        )
    check_size(samples, max(inputs, outputs))
    X = rng.standard_normal((samples, inputs))
    read, write = (np.linalg.qr(rng.standard_normal((size, rank)))[0] for size in (inputs, outputs))
    return X, noisy(rng, X @ read * decay ** np.arange(rank) @ write.T, noise)


def image(_rng: np.random.Generator, *, size: Side = 32) -> XY:
    """Make the colours of a small image, to predict from the coordinates of its pixels.

    A sky that fades, a sun with a sharp edge, and waves that narrow towards the horizon: slow
    changes, an edge, and ever higher frequencies.

    Returns
    -------
    X : ndarray of shape (size * size, 2)
        How far to the right and how far up, from -1 to 1, row by row from the top.
    y : ndarray of shape (size * size, 3)
        Red, green and blue, from 0 to 1.
    """
    along = np.linspace(-1, 1, size)
    across, down = np.meshgrid(along, along)
    blue = 0.75 + 0.25 * down
    pixels = np.stack([0.5 * (1 + down) * 0.8, 0.35 + 0.25 * down, blue], axis=-1)
    pixels[(across - 0.35) ** 2 + (down + 0.4) ** 2 < 0.3**2] = (1.0, 0.85, 0.3)
    sea = down > 0.15
    waves = 0.5 + 0.5 * np.sin(3 / (down[sea] + 0.1) + np.pi * across[sea])
    pixels[sea] = waves[:, np.newaxis] * (0.2, 0.5, 0.4) + (0.0, 0.15, 0.35)
    return np.stack([across, -down], axis=-1).reshape(-1, 2), pixels.reshape(-1, 3)


def _dense(rng: np.random.Generator, signal: FloatArray, units: int, gain: float) -> FloatArray:
    weights = rng.standard_normal((signal.shape[1], units))
    mixed: FloatArray = signal @ weights * np.sqrt(gain / signal.shape[1])
    return mixed


_TEACHERS: Final[Mapping[str, tuple[Callable[[FloatArray], FloatArray], float]]] = {
    "tanh": (np.tanh, 1.0),
    "relu": (lambda signal: np.maximum(signal, 0), 2.0),
}
"""What a teacher's hidden layers apply, and the ``fan_in`` times variance of its weights."""

REGRESSION = (
    DatasetEntry(
        name="sine",
        make=sine,
        summary="a noisy sine curve of one feature",
        reference="textbooks",
    ),
    DatasetEntry(
        name="friedman1",
        make=friedman1,
        summary="a smooth function of five of ten features",
        reference="Friedman (1991); scikit-learn, make_friedman1",
    ),
    DatasetEntry(
        name="teacher",
        make=teacher,
        summary="the outputs of a random network of a given shape",
        reference="Saad & Solla (1995), with depth and activation free",
    ),
    DatasetEntry(
        name="deep_linear",
        make=deep_linear,
        summary="a linear map with given singular values",
        reference="Saxe, McClelland & Ganguli (2014)",
    ),
    DatasetEntry(
        name="image",
        make=image,
        summary="the colours of a small image as a function of the coordinates",
        reference="Tancik et al. (2020), with an image made by formulas",
    ),
)
