"""Starts of mean-field theory, and its critical point, where depth costs the signal nothing.

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
from initbench.options import NonNegative, Positive
from initbench.theory import critical_weight_variance


def mean_field(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    weight_variance: Positive = 1.0,
    bias_variance: NonNegative = 0.0,  # noqa: ARG001  # that of the biases
) -> FloatArray:
    r"""Draw from :math:`N(0, \sigma_w^2 / n_\text{in})`, and biases from :math:`N(0, \sigma_b^2)`.

    The plane of the two variances is what mean-field theory maps: order, chaos and the line between
    them, on which `critical` lies.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Poole, Lahiri, Raghu, Sohl-Dickstein, Ganguli, "Exponential expressivity in deep neural networks
    through transient chaos", NIPS 2016, section 2.
    """
    return scaled_normal(rng, layer, variance=weight_variance / layer.fan_in)


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
    draw=lambda rng, layer, bias_variance, **_: (
        math.sqrt(bias_variance) * rng.standard_normal(layer.fan_out)
    ),
    variance=lambda _layer, bias_variance, **_: bias_variance,
    distribution="normal",
    formula="N(0, bias_variance)",
)

MEAN_FIELD = (
    Initializer(
        name="mean_field",
        draw=mean_field,
        variance=lambda layer, weight_variance, bias_variance: weight_variance / layer.fan_in,  # noqa: ARG005  # that of the biases
        distribution="normal",
        formula="N(0, weight_variance / fan_in)",
        reference="Poole et al. (2016); Schoenholz et al. (2017)",
        summary="any point of the plane of weight and bias variance that mean-field theory maps",
        bias=_BIAS,
        recommended_for="seeing order, chaos and the edge between them",
        citation=SCHOENHOLZ_2017,
    ),
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
