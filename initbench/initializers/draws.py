"""Draws of a given variance: what all random schemes are made of.

Each takes one standard draw of the layer's shape and scales it. Two schemes of one family that are
given the same generator therefore differ by a factor and by nothing else.
"""

import math

import numpy as np
from scipy.special import ndtr, ndtri

from initbench.arrays import FloatArray
from initbench.initializers.entry import LayerSpec

TRUNCATED_STD = 0.87962566103423978
"""Standard deviation of N(0, 1) truncated to ±2: sqrt(1 - 4 φ(2) / (2 Φ(2) - 1))."""


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
    quantiles = rng.uniform(ndtr(-2.0), ndtr(2.0), layer.shape)
    return np.asarray(math.sqrt(variance) / TRUNCATED_STD * ndtri(quantiles))
