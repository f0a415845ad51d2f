r"""Fixed points: where length and correlation settle, how fast they do, and the critical point.

A signal's length settles at :math:`q^*`, and two inputs at a correlation of :math:`c^*`. Nearby
they get closer by a factor a layer, :math:`e^{-1/\xi}`: :math:`\xi_q` and :math:`\xi_c` are the
depths over which a network remembers. Where :math:`\chi_1 = \sigma_w^2 E[\phi'(u)^2]` is below one,
all inputs come to look alike and gradients vanish; above one, near inputs part and gradients grow;
at one, the network is critical. (Poole et al. 2016; Schoenholz et al. 2017.)
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.theory.maps import (
    correlation_map,
    correlation_slope,
    length_slope,
    mean_square,
    mean_square_slope,
)
from initbench.theory.quadrature import Response

_LARGEST_LENGTH: Final = 2.0**20
_SMALLEST_LENGTH: Final = 2.0**-40

_EQUAL: Final = 1e-9
"""Two sides of an equation that differ by less are equal."""


@dataclass(frozen=True)
class MeanField:
    """What theory says of wide layers, all alike.

    Attributes
    ----------
    weight_variance, bias_variance : float
        Of a layer's weights times its fan-in, and of its biases.
    q_star : float
        Variance at which preactivations settle; infinite where they grow without end.
    c_star : float
        Correlation at which two inputs settle; NaN where their lengths do not.
    chi_1 : float
        Factor, a layer, on the mean square of a gradient.
    xi_q, xi_c : float
        Layers over which length and correlation come nearer to where they settle by a factor of e;
        infinite where they come no nearer, as at the critical point.
    """

    weight_variance: float
    bias_variance: float
    q_star: float
    c_star: float
    chi_1: float
    xi_q: float
    xi_c: float

    @property
    def phase(self) -> str:
        """``ordered``, ``critical`` or ``chaotic``."""
        if abs(self.chi_1 - 1.0) < 1e-6:
            return "critical"
        return "ordered" if self.chi_1 < 1.0 else "chaotic"


def mean_field(response: Response, *, weight_variance: float, bias_variance: float) -> MeanField:
    """Return what theory says of layers with these variances.

    Parameters
    ----------
    response : Response
    weight_variance : float
        Variance of a weight times the fan-in.
    bias_variance : float
    """
    length = fixed_length(response, weight_variance, bias_variance)
    # A length that grows without end is followed far out, where an activation is at its simplest.
    reached = min(length, _LARGEST_LENGTH)
    chi = weight_variance * float(mean_square_slope(response, np.array(reached)))
    correlation, slope = math.nan, math.nan
    if math.isfinite(length):
        correlation = _fixed_correlation(response, length, chi, weight_variance, bias_variance)
        slope = weight_variance * correlation_slope(response, correlation, length)
    return MeanField(
        weight_variance=weight_variance,
        bias_variance=bias_variance,
        q_star=length,
        c_star=correlation,
        chi_1=chi,
        xi_q=depth_scale(weight_variance * length_slope(response, reached)),
        xi_c=depth_scale(slope),
    )


def gradient_factors(
    response: Response, weight_variances: FloatArray, bias_variances: FloatArray
) -> FloatArray:
    """Return `MeanField.chi_1` for all pairs of variances, ``(H, G)``.

    Parameters
    ----------
    response : Response
    weight_variances : ndarray of shape (G,)
    bias_variances : ndarray of shape (H,)
    """
    lengths = [
        min(fixed_length(response, float(weight), float(bias)), _LARGEST_LENGTH)
        for bias in bias_variances
        for weight in weight_variances
    ]
    slopes = [float(mean_square_slope(response, np.array(length))) for length in lengths]
    shape = (len(bias_variances), len(weight_variances))
    return np.asarray(weight_variances * np.reshape(slopes, shape))


def fixed_length(response: Response, weight_variance: float, bias_variance: float) -> float:
    """Return where the variance of preactivations settles that is one at first.

    Where every variance is kept, as by ReLU at the critical point, that is one. It is infinite
    where they grow without end.
    """

    def excess(length: float) -> float:
        squares = float(mean_square(response, np.array(length)))
        return weight_variance * squares + bias_variance - length

    start = excess(1.0)
    if abs(start) < _EQUAL:
        return 1.0
    step = 2.0 if start > 0 else 0.5
    end = _crossing(excess, step)
    if end is None:
        return math.inf if start > 0 else 0.0
    return _root(excess, *sorted((end, end / step)))


def depth_scale(factor: float) -> float:
    """Return over how many layers something shrinks by e that shrinks by `factor` a layer.

    Infinite where it does not shrink, 0 where it is gone at once.

    Examples
    --------
    >>> round(depth_scale(0.9), 3), depth_scale(1.0), depth_scale(0.0)
    (9.491, inf, 0.0)
    """
    if math.isnan(factor):
        return math.nan
    if factor <= 0.0:
        return 0.0
    return -1.0 / math.log(factor) if factor < 1.0 - _EQUAL else math.inf


def critical_weight_variance(response: Response, bias_variance: float) -> float:
    r"""Return the :math:`\sigma_w^2` at which :math:`\chi_1 = 1`.

    Both conditions together leave one equation for q, with
    :math:`\sigma_w^2 = 1 / E[\phi'(\sqrt{q} z)^2]`.

    Parameters
    ----------
    response : Response
    bias_variance : float

    Raises
    ------
    UsageError
        There is no critical point with this bias variance.
    """

    def excess(length: float) -> float:
        squared = float(mean_square(response, np.array(length)))
        slope = float(mean_square_slope(response, np.array(length)))
        return squared / slope + bias_variance - length if slope else math.inf

    if abs(excess(1.0) - bias_variance) < _EQUAL:  # homogeneous: every length maps to itself
        if bias_variance > 0.0:
            raise UsageError(
                f"a {response.name} network is critical with bias_variance 0 alone: with"
                f" {bias_variance:g}, the signal grows from layer to layer"
            )
        return round(1.0 / float(mean_square_slope(response, np.ones(()))), 12)
    upper = 1.0 if excess(1.0) <= 0.0 else _crossing(excess, 2.0)
    if upper is None:
        raise UsageError(
            f"a {response.name} network has no critical point with bias_variance {bias_variance:g}"
        )
    length = _root(excess, 0.0, upper)
    return 1.0 / float(mean_square_slope(response, np.array(length)))


def _crossing(excess: Callable[[float], float], step: float) -> float | None:
    """Go from one by factors to where the sign changes; None where it does not."""
    sign, length = math.copysign(1.0, excess(1.0)), 1.0
    while _SMALLEST_LENGTH < length < _LARGEST_LENGTH:
        length *= step
        if sign * excess(length) <= 0.0:
            return length
    return None


def _fixed_correlation(
    response: Response, length: float, chi: float, weight_variance: float, bias_variance: float
) -> float:
    """Return where the correlation settles of inputs that are not quite alike."""
    if chi <= 1.0 + _EQUAL or length == 0.0:
        return 1.0

    def excess(correlation: float) -> float:
        after = correlation_map(
            response,
            correlation,
            (length, length),
            weight_variance=weight_variance,
            bias_variance=bias_variance,
        )
        return after - correlation

    if excess(0.0) < _EQUAL:
        return 0.0
    nearly_one = 1.0 - min(1e-3, (chi - 1.0) / 100)
    return _root(excess, 0.0, nearly_one) if excess(nearly_one) < 0.0 else 1.0


def _root(excess: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(excess, low, high, xtol=1e-14))
