r"""Fixed points: where length and correlation settle, how fast they do, and the critical point.

A signal's length settles at :math:`q^*`, and two inputs at a correlation of :math:`c^*`. Nearby
they get closer by a factor a layer, :math:`e^{-1/\xi}`: :math:`\xi_q` and :math:`\xi_c` are the
depths over which a network remembers. Where :math:`\chi_1 = \sigma_w^2 E[\phi'(u)^2]` is below one,
all inputs come to look alike and gradients vanish; above one, near inputs part and gradients grow;
at one, the network is critical. (Poole et al. 2016; Schoenholz et al. 2017.)
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.polynomial.polynomial import polyder, polyval

from initbench.arrays import FloatArray
from initbench.theory.criticality import (
    CriticalPoint,
    Stability,
    UniversalityClass,
    bracketed_root,
    critical_points,
    stability_at,
    universality_class,
)
from initbench.theory.quadrature import (
    Response,
    correlation_map,
    correlation_slope,
    mean_square,
    mean_square_slope,
    normal_mean,
)

_LARGEST_LENGTH: Final = 2.0**20
_SMALLEST_LENGTH: Final = 2.0**-40

_EQUAL: Final = 1e-9
"""Two sides of an equation that differ by less are equal."""

_ROUNDING: Final = 1e-11
"""Relative change of a length, in a layer, that is rounding."""

_NEARLY_FIXED: Final = 1e-2
"""Relative change of a length, in a layer, near which a fixed point may hide between two steps."""

_TERMS: Final = 200
"""Of the power series of `correlation_factor`."""

_PANEL: Final = 1.0
"""In standard deviations: the last polynomial has three waves there, and 16 nodes see five."""

_NEAR_CRITICAL: Final = 1e-6
_ALIKE: Final = 1.0 - 1e-7


@dataclass(frozen=True)
class MeanField:
    """Fixed points, depth scales and phase of wide layers with equal variances.

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
    chi_parallel : float
        Factor, a layer, on a small change of the length.
    stability : str or None
        Of the length ``q_star``: ``stable``, ``half-stable`` or ``neutral``; None where lengths
        grow without end.
    universality : str
        The activation's class: ``scale-invariant``, ``K* = 0``, ``half-stable`` or ``none``.
    critical_points : tuple of CriticalPoint
        All critical points with this bias variance.
    """

    weight_variance: float
    bias_variance: float
    q_star: float
    c_star: float
    chi_1: float
    xi_q: float
    xi_c: float
    chi_parallel: float
    stability: Stability | None
    universality: UniversalityClass
    critical_points: tuple[CriticalPoint, ...]

    @property
    def phase(self) -> str:
        """``ordered``, ``critical`` or ``chaotic``."""
        if abs(self.chi_1 - 1.0) < 1e-6:
            return "critical"
        return "ordered" if self.chi_1 < 1.0 else "chaotic"


def mean_field(
    response: Response,
    *,
    weight_variance: float,
    bias_variance: float,
    length: float | None = None,
) -> MeanField:
    """Return fixed points, depth scales and phase of layers with these variances.

    Parameters
    ----------
    response : Response
    weight_variance : float
        Variance of a weight times the fan-in.
    bias_variance : float
    length : float, optional
        The fixed point of the length map that is described. If not given, the one at which a signal
        of variance one settles.
    """
    if length is None:
        length = fixed_length(response, weight_variance, bias_variance)
    # A length that grows without end is followed far out, where an activation is at its simplest.
    reached = min(length, _LARGEST_LENGTH)
    chi = weight_variance * float(mean_square_slope(response, np.array(reached)))
    correlation, slope = math.nan, math.nan
    if math.isfinite(length):
        correlation = _fixed_correlation(response, length, chi, weight_variance, bias_variance)
        slope = weight_variance * correlation_slope(response, correlation, length)
    chi_parallel, stability = stability_at(response, reached, weight_variance, bias_variance)
    return MeanField(
        weight_variance=weight_variance,
        bias_variance=bias_variance,
        q_star=length,
        c_star=correlation,
        chi_1=chi,
        xi_q=depth_scale(chi_parallel),
        xi_c=depth_scale(slope),
        chi_parallel=chi_parallel,
        stability=stability if math.isfinite(length) else None,
        universality=universality_class(response),
        critical_points=tuple(critical_points(response, bias_variance)),
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
    """Return the variance of preactivations that a signal of variance one settles at.

    Where every variance is kept, as by ReLU at the critical point, that is one. It is infinite
    where variances grow without end.
    """
    from scipy.optimize import minimize_scalar

    def growth(length: float) -> float:
        squares = float(mean_square(response, np.array(length)))
        return (weight_variance * squares + bias_variance - length) / length

    start = growth(1.0)
    if abs(start) < _EQUAL:
        return 1.0
    # The map is monotone, so a length moves one way, up to the first fixed point that it meets.
    sign, step = (1.0, 2.0) if start > 0.0 else (-1.0, 0.5)
    lengths, growths = [1.0], [abs(start)]
    while _SMALLEST_LENGTH < lengths[-1] < _LARGEST_LENGTH:
        lengths.append(lengths[-1] * step)
        growths.append(sign * growth(lengths[-1]))
        if growths[-1] < -_ROUNDING:
            before = max(place for place, found in enumerate(growths) if found > _ROUNDING)
            ends = sorted((lengths[before], lengths[-1]))
            return bracketed_root(lambda length: length * growth(length), *ends)
        is_low = len(growths) > 2 and growths[-2] < min(growths[-3], growths[-1], _NEARLY_FIXED)
        if is_low and min(growths[-3], growths[-1]) > _EQUAL:
            low, high = sorted(lengths[-3::2])
            nearest = minimize_scalar(
                lambda length: sign * growth(length),
                bounds=(low, high),
                method="bounded",
                options={"xatol": 1e-9},
            )
            if sign * growth(float(nearest.x)) < _EQUAL:
                return float(nearest.x)  # the map touches a fixed point here without crossing it
    return math.inf if sign > 0.0 else 0.0


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


def correlation_factor(
    response: Response, *, weight_variance: float, bias_variance: float
) -> float:
    r"""Return :math:`e^{-1 / \xi_c}`, the slope of the correlation map where it settles.

    By Mehler's formula the mean of a product is a power series in the correlation,

    .. math::
        E[\phi(u_1) \phi(u_2)] = \sum_k a_k^2 c^k, \qquad a_k = E[\phi(\sqrt{q} z) \, h_k(z)],

    with Hermite's normalised polynomials :math:`h_k`. Its coefficients are means over one normal
    preactivation, so the fixed point and the slope there are those of a polynomial, found in a
    tenth of the time that `mean_field` takes over its double integrals. The terms that are kept
    leave at least three digits of :math:`\xi_c`, unless that is in the hundreds.

    Parameters
    ----------
    response : Response
    weight_variance : float
        Variance of a weight times the fan-in.
    bias_variance : float

    Returns
    -------
    float
        1 at the critical point, NaN where lengths grow without end.
    """
    from scipy.optimize import brentq

    length = fixed_length(response, weight_variance, bias_variance)
    if not math.isfinite(length):
        return math.nan
    chi = weight_variance * float(mean_square_slope(response, np.array(length)))
    if chi <= 1.0 + _NEAR_CRITICAL or length == 0.0:
        return round(min(chi, 1.0), 12)
    shares = weight_variance * np.square(_coefficients(response, length)) / length
    shares[0] += bias_variance / length
    # What the series leaves out is in the last term: at a correlation of one, all is one.
    shares[-1] += 1.0 - shares.sum()

    def excess(correlation: float) -> float:
        return float(polyval(correlation, shares)) - correlation

    settled = 0.0  # the fixed point below one, or zero
    if excess(0.0) > 0.0:
        settled = float(brentq(excess, 0.0, _ALIKE)) if excess(_ALIKE) < 0.0 else 1.0
    return float(polyval(settled, polyder(shares)))


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
    return bracketed_root(excess, 0.0, nearly_one) if excess(nearly_one) < 0.0 else 1.0


def _coefficients(response: Response, length: float) -> FloatArray:
    """Return the coefficients of an activation in normalised polynomials of Hermite, ``(K,)``."""

    def products(preactivations: FloatArray) -> FloatArray:
        z = preactivations[0] / math.sqrt(length)
        found = np.empty((_TERMS, len(z)))
        found[0], found[1] = 1.0, z
        for k in range(1, _TERMS - 1):
            found[k + 1] = (z * found[k] - math.sqrt(k) * found[k - 1]) / math.sqrt(k + 1)
        return np.asarray(response.values(preactivations) * found)

    return normal_mean(response, products, np.full(_TERMS, length), panel=_PANEL)
