"""Toy sets as scikit-learn draws them, so that published exercises can be repeated to the digit.

Their random numbers come from NumPy's legacy ``RandomState``, whose stream is frozen, in the order
in which scikit-learn asks for them: samples are shuffled, then noise is added. With its defaults,
``sklearn:circles`` is the data set of deeplearning.ai's exercise on initialization: 300 points to
train on, after ``numpy.random.seed(1)``, and 100 to test on, after ``numpy.random.seed(2)``.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np

from initbench.arrays import FloatArray
from initbench.data.dataset import XY, Dataset, DatasetEntry
from initbench.data.toy import Classes, Samples, labels, shares
from initbench.options import Bound, NonNegative, OpenFraction

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
