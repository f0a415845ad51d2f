"""Draws of a given variance: what all random schemes are made of.

Each takes one standard draw of the layer's shape and scales it. Two schemes of one family that are
given the same generator therefore differ by a factor and by nothing else.
"""

import math

import numpy as np
from scipy.special import ndtr, ndtri

from initbench.arrays import FloatArray
from initbench.initializers.laws import TRUNCATED_STD
from initbench.initializers.layers import LayerSpec


def scaled_normal(rng: np.random.Generator, layer: LayerSpec, *, variance: float) -> FloatArray:
    r"""Draw from :math:`N(0, variance)`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return math.sqrt(variance) * rng.standard_normal(layer.shape)


def scaled_uniform(rng: np.random.Generator, layer: LayerSpec, *, variance: float) -> FloatArray:
    r"""Draw from :math:`U(\pm\sqrt{3 \cdot variance})`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return math.sqrt(3.0 * variance) * rng.uniform(-1.0, 1.0, layer.shape)


def scaled_truncated_normal(
    rng: np.random.Generator, layer: LayerSpec, *, variance: float
) -> FloatArray:
    """Draw from a normal law cut at two of its deviations, widened until it has this variance.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return math.sqrt(variance) / TRUNCATED_STD * standard_truncated_normal(rng, layer)


def standard_truncated_normal(
    rng: np.random.Generator, layer: LayerSpec, *, low: float = -2.0, high: float = 2.0
) -> FloatArray:
    """Draw from the standard normal law, cut at `low` and `high`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    if low > 0.0:  # the lower tail is where probabilities keep their digits
        return -standard_truncated_normal(rng, layer, low=-high, high=-low)
    quantiles = rng.uniform(ndtr(low), ndtr(high), layer.shape)
    return np.asarray(np.clip(ndtri(quantiles), low, high))


def signed_orthogonal(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Draw a matrix with orthonormal columns, or rows where it is wide, all being equally likely.

    It is the Q of a normal draw, each column times the sign of R's diagonal entry, without which Q
    would not be uniformly distributed over all such matrices.

    Returns
    -------
    ndarray of the given shape

    References
    ----------
    Mezzadri, "How to generate random matrices from the classical compact groups", Notices of the
    AMS 54, 2007.
    """
    q, r = np.linalg.qr(rng.standard_normal((max(shape), min(shape))))
    q *= np.copysign(1.0, np.diagonal(r))
    return np.asarray(q if shape[0] >= shape[1] else q.T)
