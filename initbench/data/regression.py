"""Toy sets whose targets are numbers: known functions, and networks that stand for one.

Every generator first computes its targets exactly, then adds normal noise to them.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.data.dataset import XY, DatasetEntry
from initbench.data.toy import Samples, check_size, noisy
from initbench.errors import UsageError
from initbench.options import Bound, NonNegative, OpenFraction, Positive

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

    Raises
    ------
    UsageError
        The rank is above the number of inputs or outputs.
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


def _relu(signal: FloatArray) -> FloatArray:
    return np.maximum(signal, 0)


_TEACHERS: Final[Mapping[str, tuple[Callable[[FloatArray], FloatArray], float]]] = {
    "tanh": (np.tanh, 1.0),
    "relu": (_relu, 2.0),
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
