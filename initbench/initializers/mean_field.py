"""Schemes of mean-field theory, and its critical point, where depth costs the signal nothing.

Below the critical weight variance all inputs come to look alike, above it near ones come to look
unrelated, and either way a deep network cannot be trained. `initbench.theory` finds the point.
"""

import functools
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers.activation_aware import options_revision
from initbench.initializers.citations import Citation
from initbench.initializers.draws import signed_orthogonal
from initbench.initializers.entry import Bias, Initializer, scaled_scheme
from initbench.initializers.layers import LayerSpec
from initbench.nn import BoundActivation, bind_activation
from initbench.options import NonNegative, OptionValue, Positive

if TYPE_CHECKING:
    from initbench.theory import CriticalPoint


def mean_field(
    layer: LayerSpec,
    *,
    weight_variance: Positive = 1.0,
    bias_variance: NonNegative = 0.0,  # noqa: ARG001  # of the biases
) -> float:
    r"""Return the variance :math:`\sigma_w^2 / n_\text{in}`; biases are :math:`N(0, \sigma_b^2)`.

    The plane of the two variances is what mean-field theory maps: order, chaos and the line between
    them, on which `critical` lies.

    References
    ----------
    Poole, Lahiri, Raghu, Sohl-Dickstein, Ganguli, "Exponential expressivity in deep neural networks
    through transient chaos", NIPS 2016.
    """
    return weight_variance / layer.fan_in


def critical(layer: LayerSpec, *, bias_variance: NonNegative = 0.0) -> float:
    r"""Return the variance :math:`\sigma_w^2 / n_\text{in}`, critical for what hidden layers apply.

    The point is the one that signals approach, and depends on the activation and its options. A
    `bias_variance` of 0, the default, takes the point of the activation's class: without biases,
    :math:`\sigma_w^2` is 1 for tanh and 2 for ReLU; gelu, silu and mish are critical with biases
    alone, at their half-stable points, such as :math:`\sigma_b^2 = 0.173, \sigma_w^2 = 1.983` for
    gelu. Biases are normal with the variance of the point.

    Raises
    ------
    UsageError
        The activation has no critical point that signals approach with this bias variance, or the
        point needs biases and the network has none.

    References
    ----------
    Schoenholz, Gilmer, Ganguli, Sohl-Dickstein, "Deep information propagation", ICLR 2017, eqs. 3
    and 5; on the classes Roberts, Yaida, Hanin, "The principles of deep learning theory", Cambridge
    University Press 2022, chapter 5, whose text could not be read: points are had by quadrature.
    """
    return _critical_point(layer, bias_variance).weight_variance / layer.fan_in


def dynamical_isometry(
    rng: np.random.Generator, layer: LayerSpec, *, bias_variance: NonNegative = 0.0
) -> FloatArray:
    r"""Draw an orthogonal matrix times the critical :math:`\sigma_w`, that of ``critical``.

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
    gain = math.sqrt(_critical_point(layer, bias_variance).weight_variance)
    return gain * signed_orthogonal(rng, layer.shape)


def _critical_point(layer: LayerSpec, bias_variance: float) -> "CriticalPoint":
    point = _point_of(layer.hidden_activation, layer.activation_options, bias_variance)
    if point.bias_variance > 0.0 and not layer.has_bias:
        raise UsageError(
            f"{layer.hidden_activation} is critical with biases of variance"
            f" {point.bias_variance:.5g}, and this network has none: say 'network.bias: true', or"
            " use a scheme that needs no biases, such as lsuv"
        )
    return point


@functools.cache
def _point_of(
    activation: str, options: tuple[tuple[str, OptionValue], ...], bias_variance: float
) -> "CriticalPoint":
    from initbench.theory import critical_point

    return critical_point(bind_activation(activation, **dict(options)), bias_variance or None)


def _revision(activation: BoundActivation, **options: object) -> int:
    """Return 1 where an unstable point was drawn at once, or one for other options."""
    return 1 if activation.name in _HALF_STABLE else options_revision(activation, **options)


_HALF_STABLE: Final = frozenset({"gelu", "silu", "mish"})

_BIAS = Bias(
    draw=lambda rng, layer, bias_variance, **_: (
        math.sqrt(bias_variance) * rng.standard_normal(layer.fan_out)
    ),
    variance=lambda _layer, bias_variance, **_: bias_variance,
    distribution="normal",
    formula="N(0, bias_variance)",
)

_CRITICAL_BIAS = Bias(
    draw=lambda rng, layer, bias_variance: (
        math.sqrt(_critical_point(layer, bias_variance).bias_variance)
        * rng.standard_normal(layer.fan_out)
    ),
    variance=lambda layer, bias_variance: _critical_point(layer, bias_variance).bias_variance,
    distribution="normal",
    formula="N(0, bias_variance), or the half-stable point's",
)

SCHOENHOLZ_2017 = Citation(
    "Samuel S. Schoenholz and Justin Gilmer and Surya Ganguli and Jascha Sohl-Dickstein",
    "Deep information propagation",
    "ICLR",
    2017,
)

MEAN_FIELD = (
    scaled_scheme(
        "mean_field",
        "normal",
        mean_field,
        formula="N(0, weight_variance / fan_in)",
        reference="Poole et al. (2016); Schoenholz et al. (2017)",
        summary="given weight and bias variances, the coordinates of mean-field theory",
        bias=_BIAS,
        recommended_for="seeing order, chaos and the edge between them",
        citation=SCHOENHOLZ_2017,
    ),
    scaled_scheme(
        "critical",
        "normal",
        critical,
        formula="N(0, σw² / fan_in), σw² · E[φ'(sqrt(q) z)²] = 1",
        reference="Schoenholz et al. (2017), eqs. 3 and 5; Roberts et al. (2022), chapter 5",
        summary="the stable critical point of the activation and its options",
        bias=_CRITICAL_BIAS,
        recommended_for="deep networks of smooth units, to about six times the depth scale",
        citation=SCHOENHOLZ_2017,
        revision=_revision,
    ),
    Initializer(
        name="dynamical_isometry",
        draw=dynamical_isometry,
        variance=lambda layer, bias_variance: (
            _critical_point(layer, bias_variance).weight_variance / max(layer.shape)
        ),
        distribution="orthogonal",
        formula="σw · Q, Q orthogonal, σw² · E[φ'(sqrt(q) z)²] = 1",
        reference="Pennington, Schoenholz & Ganguli (2017)",
        summary="orthogonal at the critical point: a deep tanh network starts as an isometry",
        bias=_CRITICAL_BIAS,
        recommended_for="very deep tanh networks; no ReLU network can be isometric",
        citation=Citation(
            "Jeffrey Pennington and Samuel S. Schoenholz and Surya Ganguli",
            "Resurrecting the sigmoid in deep learning through dynamical isometry",
            "NIPS",
            2017,
        ),
        revision=_revision,
    ),
)
