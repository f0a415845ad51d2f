r"""The critical point: the weight variance at which a wide network neither forgets nor shatters.

In a wide layer, preactivations are normal. With weights :math:`N(0, \sigma_w^2 / n)` and biases
:math:`N(0, \sigma_b^2)`, their variance settles at the fixed point q of

.. math:: q = \sigma_w^2 \, E[\phi(\sqrt{q} z)^2] + \sigma_b^2, \qquad z \sim N(0, 1),

and two inputs that differ a little come together or drift apart by a factor per layer of

.. math:: \chi_1 = \sigma_w^2 \, E[\phi'(\sqrt{q} z)^2].

The network is critical where :math:`\chi_1 = 1`. (Poole et al. 2016; Schoenholz et al. 2017, eqs. 3
and 5.)
"""

import functools
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.nn import bind_activation

_NODES: Final = np.linspace(-12.0, 12.0, 4000)
"""Even in number: a kink at zero falls between two of them, and each side gets its half."""

_WEIGHTS: Final = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()
"""The trapezoidal rule converges faster than any power for a smooth function times exp(-z²/2)."""

_LARGEST_LENGTH: Final = 2.0**20


@functools.cache
def critical_weight_variance(activation: str, bias_variance: float) -> float:
    r"""Return the :math:`\sigma_w^2` at which :math:`\chi_1 = 1`.

    Both conditions together leave one equation for q, with
    :math:`\sigma_w^2 = 1 / E[\phi'(\sqrt{q} z)^2]`.

    Raises
    ------
    UsageError
        There is no activation of this name, or no critical point with this bias variance.

    Examples
    --------
    >>> round(critical_weight_variance("tanh", 0.01), 4), critical_weight_variance("relu", 0.0)
    (1.4242, 2.0)
    """
    from scipy.optimize import brentq

    def excess(length: float) -> float:
        squared, slope = _squares(activation, length)
        return squared / slope + bias_variance - length

    if abs(excess(1.0) - bias_variance) < 1e-9:  # homogeneous: every length maps to itself
        if bias_variance > 0.0:
            raise UsageError(
                f"a {activation} network is critical with bias_variance 0 alone: with"
                f" {bias_variance:g}, the signal grows from layer to layer"
            )
        return round(1.0 / _squares(activation, 1.0)[1], 12)
    upper = 1.0
    while excess(upper) > 0.0:
        upper *= 2.0
        if upper > _LARGEST_LENGTH:
            raise UsageError(
                f"a {activation} network has no critical point with bias_variance {bias_variance:g}"
            )
    length = float(brentq(excess, 0.0, upper, xtol=1e-14))
    return 1.0 / _squares(activation, length)[1]


def response_at_zero(activation: str) -> tuple[float, float]:
    """Return an activation's value and slope at zero."""
    values, slopes = _respond(activation, np.zeros(1))
    return float(values[0]), float(slopes[0])


def _squares(activation: str, length: float) -> tuple[float, float]:
    """Return the mean squares of an activation and of its slope at normal preactivations."""
    values, slopes = _respond(activation, np.sqrt(length) * _NODES)
    return float(_WEIGHTS @ values**2), float(_WEIGHTS @ slopes**2)


def _respond(activation: str, preactivations: FloatArray) -> tuple[FloatArray, FloatArray]:
    bound = bind_activation(activation)
    values, slopes, scratch = (np.empty_like(preactivations) for _ in range(3))
    bound.function(preactivations, values, scratch)
    bound.derivative(values if bound.keeps == "output" else preactivations, slopes, scratch)
    return values, slopes
