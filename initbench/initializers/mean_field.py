"""Starts at the critical point of mean-field theory, where depth costs the signal nothing.

Below the critical weight variance all inputs come to look alike, above it near ones come to look
unrelated, and either way a deep network cannot be trained. `initbench.theory` finds the point.
"""

import functools
import math

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.citations import PENNINGTON_2017, SCHOENHOLZ_2017
from initbench.initializers.draws import scaled_normal, signed_orthogonal
from initbench.initializers.entry import Bias, Initializer
from initbench.initializers.layers import LayerSpec
from initbench.nn import bind_activation
from initbench.options import NonNegative
from initbench.theory import critical_weight_variance


def critical(
    rng: np.random.Generator, layer: LayerSpec, *, bias_variance: NonNegative = 0.0
) -> FloatArray:
    r"""Draw from :math:`N(0, \sigma_w^2 / n_\text{in})`, critical for what hidden layers apply.

    Biases are :math:`N(0, bias\_variance)`. Without them, :math:`\sigma_w^2` is 1 for tanh and 2
    for ReLU, which is critical with no other bias variance.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Schoenholz, Gilmer, Ganguli, Sohl-Dickstein, "Deep information propagation", ICLR 2017, eqs. 3
    and 5.
    """
    return scaled_normal(rng, layer, variance=_critical_variance(layer, bias_variance))


def dynamical_isometry(
    rng: np.random.Generator, layer: LayerSpec, *, bias_variance: NonNegative = 0.0
) -> FloatArray:
    r"""Draw an orthogonal matrix times the critical :math:`\sigma_w`.

    At the critical point the mean squared singular value of the network's Jacobian is one; with
    orthogonal layers of units that can be close to linear, as tanh, all of its singular values are.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Pennington, Schoenholz, Ganguli, "Resurrecting the sigmoid in deep learning through dynamical
    isometry", NIPS 2017.
    """
    gain = math.sqrt(_critical_point(layer.hidden_activation, bias_variance))
    return gain * signed_orthogonal(rng, layer.shape)


@functools.cache
def _critical_point(activation: str, bias_variance: float) -> float:
    return critical_weight_variance(bind_activation(activation), bias_variance)


def _critical_variance(layer: LayerSpec, bias_variance: float) -> float:
    return _critical_point(layer.hidden_activation, bias_variance) / layer.fan_in


def _orthogonal_variance(layer: LayerSpec, bias_variance: float) -> float:
    return _critical_point(layer.hidden_activation, bias_variance) / max(layer.shape)


_BIAS = Bias(
    draw=lambda rng, layer, bias_variance: (
        math.sqrt(bias_variance) * rng.standard_normal(layer.fan_out)
    ),
    variance=lambda _layer, bias_variance: bias_variance,
    distribution="normal",
    formula="N(0, bias_variance)",
)

MEAN_FIELD = (
    Initializer(
        name="critical",
        draw=critical,
        variance=_critical_variance,
        distribution="normal",
        formula="N(0, σw² / fan_in), σw² · E[φ'(sqrt(q) z)²] = 1",
        reference="Poole et al. (2016); Schoenholz et al. (2017), eqs. 3 and 5",
        summary="on the edge between order and chaos, for the activation and the bias variance",
        bias=_BIAS,
        recommended_for="deep networks of smooth units, to about six times the depth scale",
        citation=SCHOENHOLZ_2017,
    ),
    Initializer(
        name="dynamical_isometry",
        draw=dynamical_isometry,
        variance=_orthogonal_variance,
        distribution="orthogonal",
        formula="σw · Q, Q orthogonal, σw² · E[φ'(sqrt(q) z)²] = 1",
        reference="Pennington, Schoenholz & Ganguli (2017)",
        summary="orthogonal and critical: a deep tanh network starts as an isometry",
        bias=_BIAS,
        recommended_for="very deep tanh networks; no ReLU network can be isometric",
        citation=PENNINGTON_2017,
    ),
)
