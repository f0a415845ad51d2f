"""Random matrices of a given variance, which all random schemes use.

Each function scales one standard draw of the layer's shape. With the same generator, two schemes of
one family therefore differ by a factor only.
"""

import functools
import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.laws import TRUNCATED_STD
from initbench.initializers.layers import LayerSpec
from initbench.options import OptionValue


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
    """Draw from a normal law cut at two standard deviations, scaled to this variance.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return math.sqrt(variance) / TRUNCATED_STD * standard_truncated_normal(rng, layer)


def scaled(
    kind: Literal["normal", "uniform", "truncated_normal"], variance: Callable[..., float]
) -> Callable[..., FloatArray]:
    """Return the function that draws a layer with the variance that another function returns.

    Parameters
    ----------
    kind : {"normal", "uniform", "truncated_normal"}
    variance : callable (layer, *, options…) -> float

    Returns
    -------
    callable (rng, layer, *, options…) -> ndarray of shape (fan_in, fan_out)
    """
    by_kind = {
        "normal": scaled_normal,
        "uniform": scaled_uniform,
        "truncated_normal": scaled_truncated_normal,
    }

    @functools.wraps(variance)
    def draw(rng: np.random.Generator, layer: LayerSpec, **options: OptionValue) -> FloatArray:
        return by_kind[kind](rng, layer, variance=variance(layer, **options))

    return draw


def standard_truncated_normal(
    rng: np.random.Generator, layer: LayerSpec, *, low: float = -2.0, high: float = 2.0
) -> FloatArray:
    """Draw from the standard normal law, cut at `low` and `high`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    from scipy.special import ndtr, ndtri

    if low > 0.0:  # probabilities are more precise in the lower tail
        return -standard_truncated_normal(rng, layer, low=-high, high=-low)
    quantiles = rng.uniform(ndtr(low), ndtr(high), layer.shape)
    return np.asarray(np.clip(ndtri(quantiles), low, high))


def signed_orthogonal(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Draw a matrix with orthonormal columns (rows if it is wide), uniformly over all of them.

    It is the Q of a QR decomposition of normal numbers, each column times the sign of R's diagonal
    entry, without which Q would not be uniformly distributed.

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
