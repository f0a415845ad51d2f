r"""One law underneath LeCun, Glorot and He: a variance that shrinks as a layer widens.

A unit sums `fan_in` products. To keep a signal's size from layer to layer, the variance of a weight
has to be a constant over `fan_in`; to keep a gradient's size on the way back, over `fan_out`. The
schemes differ in the constant, in the fan, and in the shape of the draw:

.. math::
    \operatorname{Var}(w) = \frac{scale}{n}, \qquad
    n \in \{n_\text{in},\ n_\text{out},\ (n_\text{in} + n_\text{out}) / 2\}
"""

from typing import Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.citations import GLOROT_2010, HE_2015, LECUN_1998
from initbench.initializers.draws import scaled_normal, scaled_truncated_normal, scaled_uniform
from initbench.initializers.entry import Initializer
from initbench.initializers.layers import LayerSpec
from initbench.options import NonNegative, Positive


def variance_scaling(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    scale: Positive = 1.0,
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in",
    distribution: Literal["truncated_normal", "normal", "uniform"] = "truncated_normal",
) -> FloatArray:
    r"""Draw with variance :math:`scale / n`, n being the fan that `mode` names.

    A truncated normal draw has this variance after it is cut, not before.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Keras, ``VarianceScaling``, whose defaults these are; JAX,
    ``jax.nn.initializers.variance_scaling``.
    """
    variance = _scaled_variance(layer, scale, mode)
    if distribution == "normal":
        return scaled_normal(rng, layer, variance=variance)
    if distribution == "uniform":
        return scaled_uniform(rng, layer, variance=variance)
    return scaled_truncated_normal(rng, layer, variance=variance)


def lecun_normal(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw from :math:`N(0, 1 / n_\text{in})`.

    Keeps the signal's variance in a network of units that pass it on unchanged.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998, section 4.6.
    """
    return scaled_normal(rng, layer, variance=1.0 / layer.fan_in)


def lecun_uniform(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw from :math:`U(\pm\sqrt{3 / n_\text{in}})`, with the variance of `lecun_normal`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998, section 4.6.
    """
    return scaled_uniform(rng, layer, variance=1.0 / layer.fan_in)


def glorot_normal(
    rng: np.random.Generator, layer: LayerSpec, *, gain: Positive = 1.0
) -> FloatArray:
    r"""Draw from :math:`N(0, gain^2 \cdot 2 / (n_\text{in} + n_\text{out}))`.

    A compromise between the signal on its way forward and the gradient on its way back, for units
    that are close to linear around zero.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010, eq. 12.
    """
    return gain * scaled_normal(rng, layer, variance=_glorot_variance(layer))


def glorot_uniform(
    rng: np.random.Generator, layer: LayerSpec, *, gain: Positive = 1.0
) -> FloatArray:
    r"""Draw from :math:`U(\pm gain \cdot \sqrt{6 / (n_\text{in} + n_\text{out})})`.

    The paper draws uniformly, and so do PyTorch's ``xavier_uniform_`` and the default of a Keras
    layer; ``xavier`` and ``glorot`` without more therefore mean this one. Who means the normal draw
    says ``xavier_normal``.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010, eq. 16.
    """
    return gain * scaled_uniform(rng, layer, variance=_glorot_variance(layer))


def he_normal(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    negative_slope: NonNegative = 0.0,
) -> FloatArray:
    r"""Draw from a normal law that keeps a ReLU network's signal alive.

    Entries are independent :math:`N(0, 2 / n_\text{in})`: half of the units are off, so twice the
    variance keeps the second moment the same in every layer. With `mode` ``fan_out`` it is the
    gradient that keeps its size; a leaky unit's slope a below zero makes it
    :math:`2 / ((1 + a^2) n)`. In a network of ``leaky_relu``, a `negative_slope` of 0, the default,
    stands for the slope of that activation; ``hanin_rolnick`` is 2 / fan_in in any network.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015, eqs. 10, 14 and 15.
    """
    return scaled_normal(rng, layer, variance=_he_variance(layer, mode, negative_slope))


def he_uniform(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    negative_slope: NonNegative = 0.0,
) -> FloatArray:
    r"""Draw from the uniform law of the same variance as `he_normal`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015, eqs. 10, 14 and 15.
    """
    return scaled_uniform(rng, layer, variance=_he_variance(layer, mode, negative_slope))


def _scaled_variance(layer: LayerSpec, scale: float, mode: str, **_options: str) -> float:
    fans = {"fan_in": layer.fan_in, "fan_out": layer.fan_out, "fan_avg": sum(layer.shape) / 2}
    return scale / fans[mode]


def _glorot_variance(layer: LayerSpec, gain: float = 1.0) -> float:
    return gain * gain * _scaled_variance(layer, 1.0, "fan_avg")


def _he_variance(layer: LayerSpec, mode: str, negative_slope: float) -> float:
    return _scaled_variance(layer, 2.0 / (1.0 + negative_slope * negative_slope), mode)


SCALING = (
    Initializer(
        name="lecun_normal",
        draw=lecun_normal,
        variance=lambda layer: 1.0 / layer.fan_in,
        distribution="normal",
        formula="N(0, 1 / fan_in)",
        reference="LeCun et al. (1998), Efficient BackProp, section 4.6",
        summary="keeps the signal's variance through linear, tanh-like and SELU layers",
        recommended_for="linear, tanh and SELU networks",
        citation=LECUN_1998,
        aliases=("lecun",),
    ),
    Initializer(
        name="lecun_uniform",
        draw=lecun_uniform,
        variance=lambda layer: 1.0 / layer.fan_in,
        distribution="uniform",
        formula="U(±sqrt(3 / fan_in))",
        reference="LeCun et al. (1998), Efficient BackProp, section 4.6",
        summary="lecun_normal's variance from a uniform draw",
        recommended_for="linear, tanh and SELU networks",
        citation=LECUN_1998,
        aliases=("keras:lecun_uniform", "jax:lecun_uniform", "caffe:xavier"),
    ),
    Initializer(
        name="glorot_normal",
        draw=glorot_normal,
        variance=_glorot_variance,
        distribution="normal",
        formula="N(0, gain² · 2 / (fan_in + fan_out))",
        reference="Glorot & Bengio (2010), eq. 12",
        summary="between keeping the signal and keeping the gradient; for tanh-like units",
        recommended_for="tanh and other units that are close to linear around zero",
        citation=GLOROT_2010,
        aliases=("xavier_normal", "torch:xavier_normal"),
    ),
    Initializer(
        name="glorot_uniform",
        draw=glorot_uniform,
        variance=_glorot_variance,
        distribution="uniform",
        formula="U(±gain · sqrt(6 / (fan_in + fan_out)))",
        reference="Glorot & Bengio (2010), eq. 16",
        summary="the paper's own uniform draw; what is mostly meant by Xavier",
        recommended_for="tanh and other units that are close to linear around zero",
        citation=GLOROT_2010,
        aliases=(
            "xavier",
            "xavier_uniform",
            "glorot",
            "torch:xavier_uniform",
            "keras:glorot_uniform",
            "jax:glorot_uniform",
        ),
    ),
    Initializer(
        name="he_normal",
        draw=he_normal,
        variance=_he_variance,
        distribution="normal",
        formula="N(0, 2 / fan_in)",
        reference="He et al. (2015), eqs. 10, 14 and 15",
        summary="keeps the signal alive under ReLU, where half of the units are off",
        recommended_for="ReLU networks",
        citation=HE_2015,
        follows={"negative_slope": ("leaky_relu", "slope")},
        aliases=("he", "kaiming", "kaiming_normal", "msra", "caffe:msra"),
    ),
    Initializer(
        name="he_uniform",
        draw=he_uniform,
        variance=_he_variance,
        distribution="uniform",
        formula="U(±sqrt(6 / fan_in))",
        reference="He et al. (2015), eqs. 10, 14 and 15",
        summary="he_normal's variance from a uniform draw",
        recommended_for="ReLU networks",
        citation=HE_2015,
        follows={"negative_slope": ("leaky_relu", "slope")},
        aliases=("kaiming_uniform", "keras:he_uniform", "jax:he_uniform"),
    ),
    Initializer(
        name="variance_scaling",
        draw=variance_scaling,
        variance=_scaled_variance,
        distribution=lambda _layer, distribution, **_: distribution,
        formula="variance scale / n, n = fan_in, fan_out or their mean",
        reference="Keras, VarianceScaling; JAX, jax.nn.initializers.variance_scaling",
        summary="the one law underneath the others, with scale, mode and distribution free",
        recommended_for="building a scheme of one's own",
        aliases=("keras:variance_scaling", "jax:variance_scaling"),
    ),
)
