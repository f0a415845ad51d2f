r"""The rate at which the correlation of two inputs approaches its fixed point, at little cost.

By Mehler's formula the mean of a product is a power series in the correlation,

.. math::
    E[\phi(u_1) \phi(u_2)] = \sum_k a_k^2 c^k, \qquad a_k = E[\phi(\sqrt{q} z) \, h_k(z)],

with Hermite's polynomials :math:`h_k`, normalised. Its coefficients are means over one normal
preactivation. So the fixed point and the slope there are those of a polynomial, found in a tenth of
the time that `mean_field` takes over its double integrals. As many terms as there are here leave
three digits of :math:`\xi_c` at least, unless that is in the hundreds.
"""

import math
from typing import Final

import numpy as np
from numpy.polynomial.polynomial import polyder, polyval

from initbench.arrays import FloatArray
from initbench.theory.fixed_points import fixed_length
from initbench.theory.maps import mean_square_slope
from initbench.theory.quadrature import Response, normal_mean

_TERMS: Final = 200

_PANEL: Final = 1.0
"""In standard deviations: the last polynomial has three waves there, and 16 nodes see five."""

_NEAR_CRITICAL: Final = 1e-6
_ALIKE: Final = 1.0 - 1e-7


def correlation_factor(
    response: Response, *, weight_variance: float, bias_variance: float
) -> float:
    r"""Return :math:`e^{-1 / \xi_c}`, the slope of the correlation map where it settles.

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
    return float(polyval(_settled(shares), polyder(shares)))


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


def _settled(shares: FloatArray) -> float:
    """Return the correlation below one that a layer leaves as it is; zero where there is none."""
    from scipy.optimize import brentq

    def excess(correlation: float) -> float:
        return float(polyval(correlation, shares)) - correlation

    if excess(0.0) <= 0.0:
        return 0.0
    return float(brentq(excess, 0.0, _ALIKE)) if excess(_ALIKE) < 0.0 else 1.0
