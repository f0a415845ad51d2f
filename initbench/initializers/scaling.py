r"""Schemes of one variance for all entries of a layer: fixed, or shrinking as the layer widens.

A fixed standard deviation breaks the symmetry of constant weights, but through many such layers a
signal vanishes if it is too small and explodes if it is too large. A unit sums `fan_in` products:
to keep a signal's size from layer to layer, the variance of a weight has to be a constant over
`fan_in`; to keep a gradient's size on the way back, over `fan_out`. LeCun's, Glorot's and He's
schemes differ in the constant, in the fan, and in the shape of the draw:

.. math::
    \operatorname{Var}(w) = \frac{scale}{n}, \qquad
    n \in \{n_\text{in},\ n_\text{out},\ (n_\text{in} + n_\text{out}) / 2\}

A product of random matrices still stretches some directions and shrinks others, increasingly with
depth; a product of orthogonal matrices is orthogonal, and keeps them all.

A sparse layer has few large weights instead of many small ones: a unit that sums few inputs does
not saturate, and units that sum different inputs differ. Martens fixes the number of inputs of a
unit, PyTorch the number of units that an input reaches.
"""

import math
from typing import Annotated, Literal, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers import laws
from initbench.initializers.citations import Citation
from initbench.initializers.draws import (
    scaled,
    scaled_normal,
    scaled_uniform,
    signed_orthogonal,
    standard_truncated_normal,
)
from initbench.initializers.entry import Bias, Initializer, scaled_scheme
from initbench.initializers.laws import Law
from initbench.initializers.layers import LayerSpec
from initbench.options import Bound, NonNegative, Positive, PositiveInt

Mode: TypeAlias = Literal["fan_in", "fan_out", "fan_avg"]


def fan(layer: LayerSpec, mode: str) -> float:
    """Return the fan that a mode names: ``fan_in``, ``fan_out`` or their mean, ``fan_avg``."""
    fans = {"fan_in": layer.fan_in, "fan_out": layer.fan_out, "fan_avg": sum(layer.shape) / 2}
    return fans[mode]


def random(rng: np.random.Generator, layer: LayerSpec, *, std: NonNegative = 0.01) -> FloatArray:
    """Draw small random weights from :math:`N(0, std^2)`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012, section 5. He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015,
    on why very deep networks do not converge from it.
    """
    return std * rng.standard_normal(layer.shape)


def normal(
    rng: np.random.Generator, layer: LayerSpec, *, mean: float = 0.0, std: NonNegative = 1.0
) -> FloatArray:
    r"""Draw from :math:`N(mean, std^2)`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return mean + std * rng.standard_normal(layer.shape)


def uniform(
    rng: np.random.Generator, layer: LayerSpec, *, mean: float = 0.0, bound: NonNegative = 0.05
) -> FloatArray:
    r"""Draw from :math:`U(mean \pm bound)`.

    The options are centre and bound, as in `normal`, so that no two values contradict each other.
    The one-sided law :math:`U(0, 1)` has mean and bound 0.5.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return mean + bound * rng.uniform(-1.0, 1.0, layer.shape)


def truncated_normal(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    mean: float = 0.0,
    std: NonNegative = 0.05,
    cut: Positive = 2.0,
) -> FloatArray:
    r"""Draw from :math:`N(mean, std^2)`, cut at :math:`mean \pm cut \cdot std`.

    As in Keras and JAX, `std` is the standard deviation before the law is cut; cut at two standard
    deviations, 0.88 of it remain. `variance_scaling` corrects for the cut.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Keras 3.15.1, ``TruncatedNormal``, whose defaults these are; JAX 0.10.2,
    ``jax.nn.initializers.truncated_normal``.
    """
    return mean + std * standard_truncated_normal(rng, layer, low=-cut, high=cut)


def variance_scaling(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    scale: Positive = 1.0,
    mode: Mode = "fan_in",
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
    draw = scaled(distribution, lambda layer: scale / fan(layer, mode))
    return draw(rng, layer)


def lecun(layer: LayerSpec) -> float:
    r"""Return the variance :math:`1 / n_\text{in}` of ``lecun_normal`` and ``lecun_uniform``.

    It keeps the signal's variance in a network of units that pass it on unchanged.

    References
    ----------
    LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998, section 4.6.
    """
    return 1.0 / layer.fan_in


def he(
    layer: LayerSpec,
    *,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    negative_slope: NonNegative = 0.0,
) -> float:
    r"""Return the variance :math:`2 / ((1 + a^2) n)` of ``he_normal`` and ``he_uniform``.

    Half of the units of a ReLU network are off, so twice the variance keeps the second moment the
    same in every layer; with `mode` ``fan_out`` it is the gradient that keeps its size. The slope a
    of a leaky unit is `negative_slope`. In a network of ``leaky_relu``, a `negative_slope` of 0,
    the default, stands for the slope of that activation; ``hanin_rolnick`` is 2 / fan_in in any
    network.

    References
    ----------
    He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015, eqs. 10, 14 and 15.
    """
    return 2.0 / (1.0 + negative_slope * negative_slope) / fan(layer, mode)


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
    return gain * scaled_normal(rng, layer, variance=1.0 / fan(layer, "fan_avg"))


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
    return gain * scaled_uniform(rng, layer, variance=1.0 / fan(layer, "fan_avg"))


def orthogonal(rng: np.random.Generator, layer: LayerSpec, *, gain: Positive = 1.0) -> FloatArray:
    r"""Draw a matrix with orthonormal columns (orthonormal rows if it is wide), times `gain`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks", ICLR 2014.
    """
    return gain * signed_orthogonal(rng, layer.shape)


def scaled_orthogonal(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw an orthogonal matrix of variance :math:`1 / n_\text{in}`, also where the layer widens.

    A matrix with more columns than rows is multiplied by the root of their ratio, so that every
    layer keeps the mean square of its inputs. Activations that are shaped for depth, ``dks`` and
    ``tat``, rest on this variance.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Martens et al., "Rapid training of deep neural networks without skip connections or
    normalization layers using Deep Kernel Shaping", arXiv:2110.01765; the authors'
    ``scaled_uniform_orthogonal`` (google-deepmind/dks).
    """
    widens = math.sqrt(max(layer.fan_out / layer.fan_in, 1.0))
    return widens * signed_orthogonal(rng, layer.shape)


def bert(layer: LayerSpec, *, std: NonNegative = 0.02) -> float:  # noqa: ARG001  # of any layer
    r"""Return the variance of :math:`N(0, std^2)` cut at two std, for all layers alike.

    `std` is the deviation before the cut, of which 0.88 remain. Vision transformers of timm draw
    ``{name: torch:trunc_normal, std: 0.02}``, which cuts at ±2 and so nothing.

    References
    ----------
    Devlin, Chang, Lee, Toutanova, "BERT", NAACL 2019; ``initializer_range`` and
    ``create_initializer`` in the authors' ``modeling.py``.
    """
    return (std * laws.TRUNCATED_STD) ** 2


def _truncated_variance(_layer: LayerSpec, std: float, cut: float, **_options: float) -> float:
    density = math.exp(-0.5 * cut * cut) / math.sqrt(2.0 * math.pi)
    return std * std * (1.0 - 2.0 * cut * density / math.erf(cut / math.sqrt(2.0)))


def _glorot_variance(layer: LayerSpec, gain: float) -> float:
    return gain * gain / fan(layer, "fan_avg")


LECUN_1998 = Citation(
    "Yann LeCun and Léon Bottou and Genevieve B. Orr and Klaus-Robert Müller",
    "Efficient BackProp",
    "Neural Networks: Tricks of the Trade",
    1998,
)
GLOROT_2010 = Citation(
    "Xavier Glorot and Yoshua Bengio",
    "Understanding the difficulty of training deep feedforward neural networks",
    "AISTATS",
    2010,
)
HE_2015 = Citation(
    "Kaiming He and Xiangyu Zhang and Shaoqing Ren and Jian Sun",
    "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification",
    "ICCV",
    2015,
)

UNSCALED = (
    Initializer(
        name="random",
        draw=random,
        variance=lambda _layer, std: std * std,
        distribution="normal",
        formula="N(0, std²)",
        reference="Krizhevsky, Sutskever & Hinton (2012), section 5",
        summary="normal with the same small std in all layers, 0.01 by default",
        recommended_for="shallow networks; a baseline for schemes that depend on the fans",
        citation=Citation(
            "Alex Krizhevsky and Ilya Sutskever and Geoffrey E. Hinton",
            "ImageNet classification with deep convolutional neural networks",
            "NIPS",
            2012,
        ),
    ),
    Initializer(
        name="normal",
        draw=normal,
        variance=lambda _layer, std, **_: std * std,
        mean=lambda _layer, mean, **_: mean,
        distribution="normal",
        formula="N(mean, std²)",
        reference="PyTorch, torch.nn.init.normal_, whose defaults these are",
        summary="normal with a given mean and std, 0 and 1 by default",
        recommended_for="embeddings, and experiments on the standard deviation",
        aliases=("torch:normal",),
    ),
    Initializer(
        name="uniform",
        draw=uniform,
        variance=lambda _layer, bound, **_: bound * bound / 3.0,
        mean=lambda _layer, mean, **_: mean,
        distribution="uniform",
        formula="U(mean ± bound)",
        reference="Keras, RandomUniform, whose range is the default",
        summary="uniform around a given mean, ±0.05 by default",
        recommended_for="embeddings, and experiments on the standard deviation",
    ),
    Initializer(
        name="truncated_normal",
        draw=truncated_normal,
        variance=_truncated_variance,
        mean=lambda _layer, mean, **_: mean,
        distribution="truncated_normal",
        law=lambda _layer, mean, std, cut: laws.truncated_normal(mean, std, -cut, cut),
        formula="N(mean, std²), cut at mean ± cut · std",
        reference="Keras, TruncatedNormal; JAX, jax.nn.initializers.truncated_normal",
        summary="normal, truncated at two std by default, which lowers its variance",
        recommended_for="embeddings, and transformers with the same std in all layers",
    ),
    scaled_scheme(
        "bert",
        "truncated_normal",
        bert,
        formula="N(0, std²), cut at two std",
        reference="Devlin et al. (2019), modeling.py",
        summary="truncated normal with the same std in all layers, 0.02 by default",
        recommended_for="transformers such as BERT, which have normalization",
        citation=Citation(
            "Jacob Devlin and Ming-Wei Chang and Kenton Lee and Kristina Toutanova",
            "BERT: pre-training of deep bidirectional transformers for language understanding",
            "NAACL",
            2019,
        ),
    ),
)

SCALING = (
    scaled_scheme(
        "lecun_normal",
        "normal",
        lecun,
        formula="N(0, 1 / fan_in)",
        reference="LeCun et al. (1998), Efficient BackProp, section 4.6",
        summary="keeps the signal's variance through linear, tanh-like and SELU layers",
        recommended_for="linear, tanh and SELU networks",
        citation=LECUN_1998,
        aliases=("lecun",),
    ),
    scaled_scheme(
        "lecun_uniform",
        "uniform",
        lecun,
        formula="U(±sqrt(3 / fan_in))",
        reference="LeCun et al. (1998), Efficient BackProp, section 4.6",
        summary="uniform with the variance of lecun_normal",
        recommended_for="linear, tanh and SELU networks",
        citation=LECUN_1998,
        aliases=("keras:lecun_uniform", "jax:lecun_uniform"),
    ),
    Initializer(
        name="glorot_normal",
        draw=glorot_normal,
        variance=_glorot_variance,
        distribution="normal",
        formula="N(0, gain² · 2 / (fan_in + fan_out))",
        reference="Glorot & Bengio (2010), eq. 12",
        summary="a compromise between signal and gradient variance; for tanh-like units",
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
        summary="the uniform law of the paper, usually called Xavier",
        recommended_for="tanh and other units that are close to linear around zero",
        citation=GLOROT_2010,
        aliases=(
            "xavier",
            "xavier_uniform",
            "glorot",
            "torch:xavier_uniform",
        ),
    ),
    scaled_scheme(
        "he_normal",
        "normal",
        he,
        formula="N(0, 2 / fan_in)",
        reference="He et al. (2015), eqs. 10, 14 and 15",
        summary="keeps the signal's variance under ReLU, which sets half of it to zero",
        recommended_for="ReLU networks",
        citation=HE_2015,
        follows={"negative_slope": ("leaky_relu", "slope")},
        aliases=("he", "kaiming", "kaiming_normal", "msra"),
    ),
    scaled_scheme(
        "he_uniform",
        "uniform",
        he,
        formula="U(±sqrt(6 / fan_in))",
        reference="He et al. (2015), eqs. 10, 14 and 15",
        summary="uniform with the variance of he_normal",
        recommended_for="ReLU networks",
        citation=HE_2015,
        follows={"negative_slope": ("leaky_relu", "slope")},
        aliases=("kaiming_uniform",),
    ),
    Initializer(
        name="variance_scaling",
        draw=variance_scaling,
        variance=lambda layer, scale, mode, **_: scale / fan(layer, mode),
        distribution=lambda _layer, distribution, **_: distribution,
        formula="variance scale / n, n = fan_in, fan_out or their mean",
        reference="Keras, VarianceScaling; JAX, jax.nn.initializers.variance_scaling",
        summary="the general law of LeCun, Glorot and He: free scale, mode and distribution",
        recommended_for="building your own scheme",
    ),
)

ORTHOGONAL = (
    Initializer(
        name="orthogonal",
        draw=orthogonal,
        variance=lambda layer, gain: gain * gain / max(layer.shape),
        distribution="orthogonal",
        formula="gain · Q, QᵀQ = I; QQᵀ = I where fan_in < fan_out",
        reference="Saxe, McClelland & Ganguli (2014)",
        summary="all singular values equal: no direction is stretched with depth",
        recommended_for="deep linear networks; with gain sqrt(2), ReLU networks",
        citation=Citation(
            "Andrew M. Saxe and James L. McClelland and Surya Ganguli",
            "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
            "ICLR",
            2014,
        ),
        aliases=("torch:orthogonal", "keras:orthogonal"),
    ),
    Initializer(
        name="scaled_orthogonal",
        draw=scaled_orthogonal,
        variance=lambda layer: 1.0 / layer.fan_in,
        distribution="orthogonal",
        formula="max(sqrt(fan_out / fan_in), 1) · Q, QᵀQ = I; QQᵀ = I where fan_in < fan_out",
        reference="Martens et al. (2021), google-deepmind/dks",
        summary="orthogonal, with variance 1 / fan_in in layers of any shape",
        recommended_for="networks of activations shaped for their depth, dks and tat",
        citation=Citation(
            "James Martens and Andy Ballard and Guillaume Desjardins and Grzegorz Swirszcz"
            " and Valentin Dalibard and Jascha Sohl-Dickstein and Samuel S. Schoenholz",
            "Rapid training of deep neural networks without skip connections or normalization"
            " layers using Deep Kernel Shaping",
            "arXiv:2110.01765",
            2021,
        ),
        aliases=("suo",),
    ),
)


# --- Sparse schemes -------------------------------------------------------------------------------


Fraction = Annotated[float, Bound(0, 1)]


def sparse(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    sparsity: Fraction = 0.1,
    std: NonNegative = 0.01,
) -> FloatArray:
    r"""Draw from :math:`N(0, std^2)`, and set a fraction of each input's weights to zero.

    Of the `fan_out` weights of each input, :math:`\lceil sparsity \cdot n_\text{out} \rceil`,
    chosen at random, are zero.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.init.sparse_``, which asks for `sparsity`; 0.1 is its example.
    """
    weights = std * rng.standard_normal(layer.shape)
    order = rng.random(layer.shape).argsort(axis=1)
    np.put_along_axis(weights, order[:, : _silenced(layer, sparsity)], 0.0, axis=1)
    return weights


def sparse_martens(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    connections: PositiveInt = 15,
    std: NonNegative = 1.0,
) -> FloatArray:
    r"""Draw from :math:`N(0, std^2)` for `connections` random inputs of each unit, zero elsewhere.

    Biases are 0, or 0.5 for tanh units.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Martens, "Deep learning via Hessian-free optimization", ICML 2010, section 5; read in init2winit
    (``sparse_init.py``).
    """
    weights = std * rng.standard_normal(layer.shape)
    order = rng.random(layer.shape).argsort(axis=0)
    np.put_along_axis(weights, order[connections:], 0.0, axis=0)
    return weights


def _silenced(layer: LayerSpec, sparsity: float) -> int:
    return math.ceil(sparsity * layer.fan_out)


def _sparse_law(silent: float, std: float) -> Law:
    return laws.mixture((silent, laws.constant(0.0)), (1.0 - silent, laws.normal(0.0, std)))


def _share_silenced(layer: LayerSpec, sparsity: float) -> float:
    return _silenced(layer, sparsity) / layer.fan_out


def _share_unconnected(layer: LayerSpec, connections: int) -> float:
    return 1.0 - min(connections, layer.fan_in) / layer.fan_in


def _martens_bias(layer: LayerSpec, **_options: float) -> float:
    return 0.5 if layer.activation == "tanh" else 0.0


MARTENS_2010 = Citation(
    "James Martens", "Deep learning via Hessian-free optimization", "ICML", 2010
)

SPARSE = (
    Initializer(
        name="sparse",
        draw=sparse,
        variance=lambda layer, sparsity, std: (1.0 - _share_silenced(layer, sparsity)) * std * std,
        distribution="mixture",
        law=lambda layer, sparsity, std: _sparse_law(_share_silenced(layer, sparsity), std),
        formula="N(0, std²), and 0 for ceil(sparsity · fan_out) of each input's weights",
        reference="PyTorch, torch.nn.init.sparse_, after Martens (2010)",
        summary="normal with a fraction of zeros among the weights of each input",
        recommended_for="experiments on sparsity; PyTorch's reading of Martens",
        citation=MARTENS_2010,
    ),
    Initializer(
        name="sparse_martens",
        draw=sparse_martens,
        variance=lambda layer, connections, std: (
            (1.0 - _share_unconnected(layer, connections)) * std * std
        ),
        distribution="mixture",
        law=lambda layer, connections, std: _sparse_law(
            _share_unconnected(layer, connections), std
        ),
        formula="N(0, std²) for `connections` of a unit's inputs, and 0 for the others",
        reference="Martens (2010), section 5",
        summary="15 connections per unit, so that large weights do not saturate it",
        bias=Bias(
            draw=lambda _rng, layer, **_: np.full(layer.fan_out, _martens_bias(layer)),
            mean=_martens_bias,
            distribution="constant",
            formula="0; 0.5 for tanh units",
        ),
        recommended_for="wide layers of saturating units",
        citation=MARTENS_2010,
    ),
)
