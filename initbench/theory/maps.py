r"""The maps of a wide layer: of the variance of preactivations, and of the correlation of two.

With weights :math:`N(0, \sigma_w^2 / n)` and biases :math:`N(0, \sigma_b^2)`, preactivations of
variance q and correlation c become preactivations with

.. math::
    q' = \sigma_w^2 \, E[\phi(u)^2] + \sigma_b^2, \qquad
    q' c' = \sigma_w^2 \, E[\phi(u_1) \phi(u_2)] + \sigma_b^2,

u normal. A gradient on its way back is multiplied by :math:`\chi = \sigma_w^2 E[\phi'(u)^2]` in the
mean square. (Poole et al. 2016; Schoenholz et al. 2017, eqs. 3 and 5.)
"""

import math

import numpy as np

from initbench.arrays import FloatArray
from initbench.theory.quadrature import Response, normal_mean, pair_mean


def mean_square(response: Response, lengths: FloatArray) -> FloatArray:
    """Return the mean square of the activations for each variance of preactivations."""
    return normal_mean(response, lambda u: np.square(response.values(u)), lengths)


def mean_square_slope(response: Response, lengths: FloatArray) -> FloatArray:
    """Return the mean square of the slopes for each variance of preactivations.

    Where that is zero it is the limit: a kink at zero has both of its slopes.
    """
    lengths = np.maximum(lengths, _NO_LENGTH)
    return normal_mean(response, lambda u: np.square(response.slopes(u)), lengths)


def length_slope(response: Response, length: float) -> float:
    r"""Return by how much :math:`E[\phi(u)^2]` changes with the variance of u.

    It is :math:`E[\phi(u) \phi'(u) u] / q`, which asks for no second derivative, and by Stein's
    lemma the same as the :math:`E[\phi'^2 + \phi \phi'']` of Schoenholz et al. (2017).
    """
    length = max(length, _NO_LENGTH)
    mean = normal_mean(
        response, lambda u: response.values(u) * response.slopes(u) * u, np.array(length)
    )
    return float(mean) / length


def correlation_map(
    response: Response,
    correlation: float,
    lengths: tuple[float, float],
    *,
    weight_variance: float,
    bias_variance: float,
) -> float:
    """Return the correlation of two preactivations after a layer.

    Parameters
    ----------
    response : Response
    correlation : float
        Before it.
    lengths : (float, float)
        Variances of both before it.
    weight_variance, bias_variance : float

    Returns
    -------
    float
        NaN where a signal vanishes.
    """
    after = weight_variance * mean_square(response, np.array(lengths)) + bias_variance
    shared = pair_mean(response, response.values, lengths, correlation)
    scale = math.sqrt(after[0] * after[1])
    return (weight_variance * shared + bias_variance) / scale if scale else math.nan


def correlation_slope(response: Response, correlation: float, length: float) -> float:
    r"""Return :math:`E[\phi'(u_1) \phi'(u_2)]` for two preactivations of one variance."""
    length = max(length, _NO_LENGTH)
    return pair_mean(response, response.slopes, (length, length), correlation)


_NO_LENGTH = 1e-30
"""Where a length of zero is meant, and a limit has to be taken."""
