"""Dialects: exactly what a framework draws: its names, options, defaults, cuts and biases.

The same name means different laws in different frameworks. A dialect has its framework's name as a
prefix, and takes that framework's options with its defaults; an option without a default there is
required here. No dialect looks at the activation of the network, since no framework does. Where
a scheme of the catalogue draws the same with the same options, the prefixed name is an alias of it.

Read in the sources of torch 2.13.0, Keras 3.15.1, JAX 0.10.2, Flax 0.12.8, scikit-learn 1.9.1,
Caffe 1.0 (``filler.hpp``) and the TensorFlow Playground (``nn.ts``). PyTorch stores weights as
(out, in); its normal draws are not truncated, and its truncated one cuts at given values, not at
multiples of the deviation. The normal laws of Keras and JAX are truncated at two standard
deviations and widened to the stated variance.
"""

import functools
import math
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers import laws
from initbench.initializers.biases import bias_of
from initbench.initializers.deterministic import constant, identity
from initbench.initializers.draws import scaled, standard_truncated_normal
from initbench.initializers.entry import Bias, Initializer, scaled_scheme
from initbench.initializers.layers import LayerSpec
from initbench.initializers.scaling import SPARSE, Fraction, fan, normal, orthogonal, sparse
from initbench.initializers.spellings import CAFFE_MODES, KERAS_LAWS
from initbench.options import NonNegative, Positive

Nonlinearity: TypeAlias = Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]

_REPRODUCING = "reproducing code that names it"
_scaled = functools.partial(scaled_scheme, recommended_for=_REPRODUCING)
_entry = functools.partial(Initializer, recommended_for=_REPRODUCING)


def torch_linear(layer: LayerSpec) -> float:
    r"""Return the variance of :math:`U(\pm 1/\sqrt{n_\text{in}})`, which ``nn.Linear`` draws from.

    Biases have the same law. It is written there as ``kaiming_uniform_(a=sqrt(5))``, which makes
    the variance 1 / (3 fan_in).

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.Linear.reset_parameters``.
    """
    return 1.0 / (3.0 * layer.fan_in)


def kaiming(
    layer: LayerSpec,
    *,
    a: NonNegative = 0.0,
    mode: Literal["fan_in", "fan_out"] = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
) -> float:
    r"""Return the variance :math:`gain^2 / n` with PyTorch's gain of `nonlinearity`.

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.init.kaiming_normal_`` and ``calculate_gain``.
    """
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5.0 / 3.0,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1.0 + a * a)),
        "selu": 3.0 / 4.0,
    }
    return gains[nonlinearity] ** 2 / fan(layer, mode)


def torch_constant(rng: np.random.Generator, layer: LayerSpec, *, val: float) -> FloatArray:
    """Return `val` everywhere: ``torch.nn.init.constant_``, which has no default."""
    return constant(rng, layer, value=val)


def torch_eye(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    """Return ones along the main diagonal: ``torch.nn.init.eye_``, which has no gain."""
    return identity(rng, layer)


def torch_sparse(
    rng: np.random.Generator, layer: LayerSpec, *, sparsity: Fraction, std: NonNegative = 0.01
) -> FloatArray:
    """Draw as ``torch.nn.init.sparse_``, which asks for `sparsity`."""
    return sparse(rng, layer, sparsity=sparsity, std=std)


def torch_uniform(
    rng: np.random.Generator, layer: LayerSpec, *, a: float = 0.0, b: float = 1.0
) -> FloatArray:
    r"""Draw from :math:`U(a, b)`, by default one-sided: U(0, 1). ``torch.nn.init.uniform_``."""
    _check_order("a", a, "b", b)
    return _between(rng, layer, a, b)


def trunc_normal(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    mean: float = 0.0,
    std: NonNegative = 1.0,
    a: float = -2.0,
    b: float = 2.0,
) -> FloatArray:
    r"""Draw from :math:`N(mean, std^2)`, cut at the values `a` and `b`.

    With a small `std` the default cuts nothing at all.

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.init.trunc_normal_``.
    """
    _check_order("a", a, "b", b)
    if std == 0.0:
        return np.full(layer.shape, min(max(mean, a), b))
    standard = standard_truncated_normal(rng, layer, low=(a - mean) / std, high=(b - mean) / std)
    return mean + std * standard


def keras_constant(rng: np.random.Generator, layer: LayerSpec, *, value: float = 0.0) -> FloatArray:
    """Return `value` everywhere: Keras' ``Constant``."""
    return constant(rng, layer, value=value)


def keras_variance_scaling(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    scale: Positive = 1.0,
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in",
    distribution: Literal[
        "truncated_normal", "untruncated_normal", "normal", "uniform"
    ] = "truncated_normal",
) -> FloatArray:
    """Draw as Keras' ``VarianceScaling``, where ``normal`` means the truncated law."""
    draw = scaled(KERAS_LAWS[distribution], lambda layer: scale / fan(layer, mode))
    return draw(rng, layer)


def keras_random_normal(
    rng: np.random.Generator, layer: LayerSpec, *, mean: float = 0.0, stddev: NonNegative = 0.05
) -> FloatArray:
    r"""Draw from :math:`N(mean, stddev^2)`: Keras' ``RandomNormal``."""
    return normal(rng, layer, mean=mean, std=stddev)


def keras_truncated_normal(
    rng: np.random.Generator, layer: LayerSpec, *, mean: float = 0.0, stddev: NonNegative = 0.05
) -> FloatArray:
    r"""Draw from :math:`N(mean, stddev^2)`, cut at two `stddev`: Keras' ``TruncatedNormal``."""
    return mean + stddev * standard_truncated_normal(rng, layer)


def keras_random_uniform(
    rng: np.random.Generator, layer: LayerSpec, *, minval: float = -0.05, maxval: float = 0.05
) -> FloatArray:
    r"""Draw from :math:`U(minval, maxval)`: Keras' ``RandomUniform``."""
    if minval > maxval:
        raise UsageError(f"minval must be at most maxval: {minval:g} is greater than {maxval:g}")
    return _between(rng, layer, minval, maxval)


def jax_constant(rng: np.random.Generator, layer: LayerSpec, *, value: float) -> FloatArray:
    """Return `value` everywhere: ``jax.nn.initializers.constant``, which has no default."""
    return constant(rng, layer, value=value)


def jax_normal(
    rng: np.random.Generator, layer: LayerSpec, *, stddev: NonNegative = 0.01
) -> FloatArray:
    r"""Draw from :math:`N(0, stddev^2)`: ``jax.nn.initializers.normal``."""
    return normal(rng, layer, std=stddev)


def jax_uniform(
    rng: np.random.Generator, layer: LayerSpec, *, scale: NonNegative = 0.01
) -> FloatArray:
    r"""Draw from :math:`U(0, scale)`, of one sign: ``jax.nn.initializers.uniform``."""
    return _between(rng, layer, 0.0, scale)


def jax_truncated_normal(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    stddev: NonNegative = 0.01,
    lower: float = -2.0,
    upper: float = 2.0,
) -> FloatArray:
    r"""Draw from :math:`N(0, stddev^2)`, cut at `lower` and `upper` deviations.

    References
    ----------
    JAX 0.10.2, ``jax.nn.initializers.truncated_normal``.
    """
    _check_order("lower", lower, "upper", upper)
    return stddev * standard_truncated_normal(rng, layer, low=lower, high=upper)


def jax_orthogonal(
    rng: np.random.Generator, layer: LayerSpec, *, scale: Positive = 1.0
) -> FloatArray:
    """Draw an orthogonal matrix times `scale`: ``jax.nn.initializers.orthogonal``."""
    return orthogonal(rng, layer, gain=scale)


def jax_variance_scaling(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    scale: Positive,
    mode: Literal["fan_in", "fan_out", "fan_avg", "fan_geo_avg"],
    distribution: Literal["truncated_normal", "normal", "uniform"],
) -> FloatArray:
    """Draw as ``jax.nn.initializers.variance_scaling``, which has no defaults.

    ``fan_geo_avg`` is the geometric mean of both fans.
    """
    return scaled(distribution, lambda layer: _jax_variance(layer, scale, mode))(rng, layer)


def sklearn_mlp(layer: LayerSpec) -> float:
    r"""Return the variance of :math:`U(\pm\sqrt{6 / (n_\text{in} + n_\text{out})})`.

    Biases have the same law. Networks of logistic (sigmoid) units use 2 instead of 6.

    References
    ----------
    scikit-learn 1.9.1, ``BaseMultilayerPerceptron._init_coef``.
    """
    factor = 2.0 if layer.hidden_activation in {"sigmoid", "logistic"} else 6.0
    return factor / 3.0 / sum(layer.shape)


def caffe_xavier(
    layer: LayerSpec, *, variance_norm: Literal["fan_in", "fan_out", "average"] = "fan_in"
) -> float:
    r"""Return the variance 1 / n of :math:`U(\pm\sqrt{3 / n})`.

    References
    ----------
    Caffe 1.0, ``filler.hpp``, ``XavierFiller``.
    """
    return 1.0 / fan(layer, CAFFE_MODES[variance_norm])


def caffe_msra(
    layer: LayerSpec, *, variance_norm: Literal["fan_in", "fan_out", "average"] = "fan_in"
) -> float:
    r"""Return the variance 2 / n.

    References
    ----------
    Caffe 1.0, ``filler.hpp``, ``MSRAFiller``.
    """
    return 2.0 / fan(layer, CAFFE_MODES[variance_norm])


def playground(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw from :math:`U(\pm 0.5)`, whatever the fans; biases are 0.1.

    References
    ----------
    TensorFlow Playground, ``src/nn.ts``, ``Link`` and ``Node``.
    """
    return 0.5 * rng.uniform(-1.0, 1.0, layer.shape)


def _check_order(lower: str, low: float, upper: str, high: float) -> None:
    if low >= high:
        raise UsageError(f"{lower} must be less than {upper}: {low:g} is not less than {high:g}")


def _between(rng: np.random.Generator, layer: LayerSpec, low: float, high: float) -> FloatArray:
    return (low + high) / 2.0 + (high - low) / 2.0 * rng.uniform(-1.0, 1.0, layer.shape)


def _trunc_law(_layer: LayerSpec, mean: float, std: float, a: float, b: float) -> laws.Law:
    if std == 0.0:
        return laws.constant(min(max(mean, a), b))
    return laws.truncated_normal(mean, std, (a - mean) / std, (b - mean) / std)


def _trunc_moments(mean: float, std: float, a: float, b: float) -> tuple[float, float]:
    if std == 0.0:
        return min(max(mean, a), b), 0.0
    return laws.truncated_moments(mean, std, (a - mean) / std, (b - mean) / std)


def _jax_truncated_law(_layer: LayerSpec, stddev: float, lower: float, upper: float) -> laws.Law:
    return laws.truncated_normal(0.0, stddev, lower, upper)


def _jax_truncated_moments(stddev: float, lower: float, upper: float) -> tuple[float, float]:
    return laws.truncated_moments(0.0, stddev, lower, upper)


def _jax_variance(layer: LayerSpec, scale: float, mode: str, **_options: str) -> float:
    n = math.sqrt(math.prod(layer.shape)) if mode == "fan_geo_avg" else fan(layer, mode)
    return scale / n


TORCH = (
    scaled_scheme(
        "torch:linear",
        "uniform",
        torch_linear,
        formula="U(±1 / sqrt(fan_in))",
        reference="PyTorch 2.13.0, torch.nn.Linear",
        summary="PyTorch's default layer: a sixth of He's variance, with random biases",
        bias=bias_of("fan_in"),
        recommended_for="comparisons with PyTorch's default",
    ),
    _scaled(
        "torch:kaiming_normal",
        "normal",
        kaiming,
        formula="N(0, gain² / n), n = fan_in or fan_out",
        reference="PyTorch 2.13.0, torch.nn.init.kaiming_normal_",
        summary="he_normal with PyTorch's gains: tanh 5/3, selu 3/4",
    ),
    _scaled(
        "torch:kaiming_uniform",
        "uniform",
        kaiming,
        formula="U(±gain · sqrt(3 / n)), n = fan_in or fan_out",
        reference="PyTorch 2.13.0, torch.nn.init.kaiming_uniform_",
        summary="he_uniform with PyTorch's gains: tanh 5/3, selu 3/4",
    ),
    _entry(
        name="torch:uniform",
        draw=torch_uniform,
        variance=lambda _layer, a, b: (b - a) ** 2 / 12.0,
        mean=lambda _layer, a, b: (a + b) / 2.0,
        distribution="uniform",
        formula="U(a, b)",
        reference="PyTorch 2.13.0, torch.nn.init.uniform_",
        summary="uniform between two values, 0 and 1 by default",
    ),
    _entry(
        name="torch:trunc_normal",
        draw=trunc_normal,
        variance=lambda _layer, **options: _trunc_moments(**options)[1],
        mean=lambda _layer, **options: _trunc_moments(**options)[0],
        distribution="truncated_normal",
        law=_trunc_law,
        formula="N(mean, std²), cut at a and b",
        reference="PyTorch 2.13.0, torch.nn.init.trunc_normal_",
        summary="normal, truncated at given values rather than at multiples of the std",
    ),
    _entry(
        name="torch:constant",
        draw=torch_constant,
        variance=lambda _layer, **_: 0.0,
        mean=lambda _layer, val: val,
        distribution="constant",
        formula="val",
        reference="PyTorch 2.13.0, torch.nn.init.constant_",
        summary="all weights equal to a value, which is required",
    ),
    _entry(
        name="torch:eye",
        draw=torch_eye,
        variance=lambda layer: 1.0 / max(layer.shape) * (1.0 - 1.0 / max(layer.shape)),
        mean=lambda layer: 1.0 / max(layer.shape),
        distribution="deterministic",
        formula="I",
        reference="PyTorch 2.13.0, torch.nn.init.eye_",
        summary="identity matrix, without a gain",
    ),
    replace(
        next(entry for entry in SPARSE if entry.name == "sparse"),
        name="torch:sparse",
        draw=torch_sparse,
        reference="PyTorch 2.13.0, torch.nn.init.sparse_, after Martens (2010)",
        summary="normal with a fraction of zeros, which is required",
        recommended_for=_REPRODUCING,
    ),
)

KERAS = (
    scaled_scheme(
        "keras:dense",
        "uniform",
        lambda layer: 1.0 / fan(layer, "fan_avg"),
        formula="U(±sqrt(6 / (fan_in + fan_out)))",
        reference="Keras 3.15.1, keras.layers.Dense",
        summary="Keras' default layer: glorot_uniform, and biases at zero",
        recommended_for="comparisons with Keras' default",
        aliases=("keras:glorot_uniform", "jax:glorot_uniform", "jax:xavier_uniform"),
    ),
    _scaled(
        "keras:glorot_normal",
        "truncated_normal",
        lambda layer: 1.0 / fan(layer, "fan_avg"),
        formula="variance 2 / (fan_in + fan_out), cut at two std",
        reference="Keras 3.15.1, GlorotNormal; JAX 0.10.2, glorot_normal",
        summary="truncated normal with the variance of glorot_normal",
        aliases=("jax:glorot_normal", "keras:xavier_normal", "jax:xavier_normal"),
    ),
    _scaled(
        "keras:he_normal",
        "truncated_normal",
        lambda layer: 2.0 / layer.fan_in,
        formula="variance 2 / fan_in, cut at two std",
        reference="Keras 3.15.1, HeNormal; JAX 0.10.2, he_normal",
        summary="truncated normal with the variance of he_normal",
        aliases=("jax:he_normal", "jax:kaiming_normal"),
    ),
    _scaled(
        "keras:he_uniform",
        "uniform",
        lambda layer: 2.0 / layer.fan_in,
        formula="U(±sqrt(6 / fan_in))",
        reference="Keras 3.15.1, HeUniform; JAX 0.10.2, he_uniform",
        summary="he_uniform with the gain of ReLU for every activation",
        aliases=("jax:he_uniform", "jax:kaiming_uniform"),
    ),
    _scaled(
        "keras:lecun_normal",
        "truncated_normal",
        lambda layer: 1.0 / layer.fan_in,
        formula="variance 1 / fan_in, cut at two std",
        reference="Keras 3.15.1, LecunNormal; JAX 0.10.2, lecun_normal",
        summary="truncated normal with the variance of lecun_normal",
        aliases=("jax:lecun_normal",),
    ),
    _entry(
        name="keras:random_normal",
        draw=keras_random_normal,
        variance=lambda _layer, stddev, **_: stddev * stddev,
        mean=lambda _layer, mean, **_: mean,
        distribution="normal",
        formula="N(mean, stddev²)",
        reference="Keras 3.15.1, RandomNormal",
        summary="normal with the same std in all layers, 0.05 by default",
    ),
    _entry(
        name="keras:truncated_normal",
        draw=keras_truncated_normal,
        variance=lambda _layer, stddev, **_: (stddev * laws.TRUNCATED_STD) ** 2,
        mean=lambda _layer, mean, **_: mean,
        distribution="truncated_normal",
        formula="N(mean, stddev²), cut at mean ± 2 · stddev",
        reference="Keras 3.15.1, TruncatedNormal",
        summary="normal with std 0.05 by default, truncated at two std",
    ),
    _entry(
        name="keras:random_uniform",
        draw=keras_random_uniform,
        variance=lambda _layer, minval, maxval: (maxval - minval) ** 2 / 12.0,
        mean=lambda _layer, minval, maxval: (minval + maxval) / 2.0,
        distribution="uniform",
        formula="U(minval, maxval)",
        reference="Keras 3.15.1, RandomUniform",
        summary="uniform with the same bounds in all layers, ±0.05 by default",
    ),
    _entry(
        name="keras:variance_scaling",
        draw=keras_variance_scaling,
        variance=lambda layer, scale, mode, **_: scale / fan(layer, mode),
        distribution=lambda _layer, distribution, **_: KERAS_LAWS[distribution],
        formula="variance scale / n, n = fan_in, fan_out or their mean",
        reference="Keras 3.15.1, VarianceScaling",
        summary="variance_scaling, where normal means truncated_normal",
    ),
    _entry(
        name="keras:constant",
        draw=keras_constant,
        variance=lambda _layer, **_: 0.0,
        mean=lambda _layer, value: value,
        distribution="constant",
        formula="value",
        reference="Keras 3.15.1, Constant",
        summary="all weights equal to a value, 0 by default",
    ),
)

JAX = (
    scaled_scheme(
        "flax:dense",
        "truncated_normal",
        lambda layer: 1.0 / layer.fan_in,
        formula="variance 1 / fan_in, cut at two std",
        reference="Flax 0.12.8, flax.linen.Dense",
        summary="Flax's default layer: a truncated lecun_normal, and biases at zero",
        recommended_for="comparisons with Flax's default",
    ),
    _entry(
        name="jax:normal",
        draw=jax_normal,
        variance=lambda _layer, stddev: stddev * stddev,
        distribution="normal",
        formula="N(0, stddev²)",
        reference="JAX 0.10.2, jax.nn.initializers.normal",
        summary="normal with the same std in all layers, 0.01 by default",
    ),
    _entry(
        name="jax:uniform",
        draw=jax_uniform,
        variance=lambda _layer, scale: scale * scale / 12.0,
        mean=lambda _layer, scale: scale / 2.0,
        distribution="uniform",
        formula="U(0, scale)",
        reference="JAX 0.10.2, jax.nn.initializers.uniform",
        summary="uniform from 0 to a bound, 0.01 by default",
    ),
    _entry(
        name="jax:truncated_normal",
        draw=jax_truncated_normal,
        variance=lambda _layer, **options: _jax_truncated_moments(**options)[1],
        mean=lambda _layer, **options: _jax_truncated_moments(**options)[0],
        distribution="truncated_normal",
        law=_jax_truncated_law,
        formula="N(0, stddev²), cut at lower · stddev and upper · stddev",
        reference="JAX 0.10.2, jax.nn.initializers.truncated_normal",
        summary="normal with std 0.01 by default, truncated at multiples of the std",
    ),
    _entry(
        name="jax:orthogonal",
        draw=jax_orthogonal,
        variance=lambda layer, scale: scale * scale / max(layer.shape),
        distribution="orthogonal",
        formula="scale · Q, QᵀQ = I; QQᵀ = I where fan_in < fan_out",
        reference="JAX 0.10.2, jax.nn.initializers.orthogonal",
        summary="orthogonal, with the option scale instead of gain",
    ),
    _entry(
        name="jax:variance_scaling",
        draw=jax_variance_scaling,
        variance=_jax_variance,
        distribution=lambda _layer, distribution, **_: distribution,
        formula="variance scale / n, n = fan_in, fan_out or a mean of both",
        reference="JAX 0.10.2, jax.nn.initializers.variance_scaling",
        summary="variance_scaling, whose scale, mode and distribution are required",
    ),
    _entry(
        name="jax:constant",
        draw=jax_constant,
        variance=lambda _layer, **_: 0.0,
        mean=lambda _layer, value: value,
        distribution="constant",
        formula="value",
        reference="JAX 0.10.2, jax.nn.initializers.constant",
        summary="all weights equal to a value, which is required",
    ),
)

OTHERS = (
    scaled_scheme(
        "sklearn:mlp",
        "uniform",
        sklearn_mlp,
        formula="U(±sqrt(6 / (fan_in + fan_out))); sigmoid networks 2 in place of 6",
        reference="scikit-learn 1.9.1, MLPClassifier",
        summary="scikit-learn's MLP: glorot_uniform, with biases from the same range",
        bias=Bias(
            draw=lambda rng, layer: (
                math.sqrt(3.0 * sklearn_mlp(layer)) * rng.uniform(-1.0, 1.0, layer.fan_out)
            ),
            variance=sklearn_mlp,
            distribution="uniform",
            formula="as a weight",
        ),
        recommended_for="comparisons with scikit-learn's default",
    ),
    _scaled(
        "caffe:xavier",
        "uniform",
        caffe_xavier,
        formula="U(±sqrt(3 / n)), n = fan_in, fan_out or their mean",
        reference="Caffe 1.0, XavierFiller",
        summary="LeCun's variance (Glorot's only with variance_norm: average)",
    ),
    _scaled(
        "caffe:msra",
        "normal",
        caffe_msra,
        formula="N(0, 2 / n), n = fan_in, fan_out or their mean",
        reference="Caffe 1.0, MSRAFiller",
        summary="he_normal with the gain of ReLU for every activation",
    ),
    Initializer(
        name="playground",
        draw=playground,
        variance=lambda _layer: 1.0 / 12.0,
        distribution="uniform",
        formula="U(±0.5)",
        reference="TensorFlow Playground, src/nn.ts",
        summary="TensorFlow Playground: the same std in all layers, biases 0.1",
        bias=Bias(
            draw=lambda _rng, layer: np.full(layer.fan_out, 0.1),
            mean=lambda _layer: 0.1,
            distribution="constant",
            formula="0.1",
        ),
        recommended_for="comparisons with TensorFlow Playground",
    ),
)
