"""What PyTorch, Keras and JAX call the schemes of the catalogue, with options as numbers.

A spelling draws from the same law as the scheme. Where a framework's name of the same sound draws
from another, as Keras' ``HeNormal`` does, it is not the scheme's spelling but that of a dialect
(``keras:he_normal``); where a framework has the law for some options only, it is spelled for those.
PyTorch's functions fill a weight `w`, which has shape (out, in), and take its fans from there;
those of Keras and JAX make one of shape (in, out).
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

FRAMEWORKS: Final = ("torch", "keras", "jax")

Spellings: TypeAlias = Mapping[str, str]
"""From a framework to its initializer; frameworks that have none are left out."""


def _torch(function: str, **options: float | str) -> str:
    return _call(f"torch.nn.init.{function}", "w", **options)


def _keras(name: str, **options: float | str) -> str:
    return _call(f"keras.initializers.{name}", **options)


def _jax(name: str, **options: float | str) -> str:
    return _call(f"jax.nn.initializers.{name}", **options)


def _call(function: str, *first: str, **options: float | str) -> str:
    """Return a call, or nothing where an option has grown out of all numbers."""
    if any(isinstance(value, float) and not math.isfinite(value) for value in options.values()):
        return ""
    arguments = [*first, *(f"{name}={value!r}" for name, value in options.items())]
    return f"{function}({', '.join(arguments)})"


def _spelled(*, torch: str = "", keras: str = "", jax: str = "") -> Spellings:
    each = zip(FRAMEWORKS, (torch, keras, jax), strict=True)
    return {framework: spelling for framework, spelling in each if spelling}


def _identity(gain: float) -> Spellings:
    return _spelled(
        torch=_torch("eye_") if gain == 1.0 else "", keras=_keras("Identity", gain=gain)
    )


def _normal(std: float, mean: float = 0.0) -> Spellings:
    centre = {"mean": mean} if mean else {}
    return _spelled(
        torch=_torch("normal_", **centre, std=std),
        keras=_keras("RandomNormal", **centre, stddev=std),
        jax="" if mean else _jax("normal", stddev=std),
    )


def _uniform(low: float, high: float) -> Spellings:
    return _spelled(
        torch=_torch("uniform_", a=low, b=high),
        keras=_keras("RandomUniform", minval=low, maxval=high),
        jax="" if low else _jax("uniform", scale=high),
    )


def _truncated(mean: float, std: float, low: float, high: float) -> Spellings:
    """Spell a normal draw that is cut at `low` and `high` deviations from its mean.

    PyTorch warns that its draw may be wrong where the mean lies two deviations beyond a cut.
    """
    is_sound = std > 0.0 and low <= 2.0 and high >= -2.0
    cuts = {"a": mean + low * std, "b": mean + high * std}
    return _spelled(
        torch=_torch("trunc_normal_", mean=mean, std=std, **cuts) if is_sound else "",
        keras=_keras("TruncatedNormal", mean=mean, stddev=std) if (low, high) == (-2, 2) else "",
        jax="" if mean else _jax("truncated_normal", stddev=std, lower=low, upper=high),
    )


def _torch_truncated(mean: float, std: float, a: float, b: float) -> Spellings:
    """Spell a draw that is cut at values, with PyTorch's own as they were given."""
    if std == 0.0:
        return {}
    others = _truncated(mean, std, (a - mean) / std, (b - mean) / std)
    own = {"torch": _torch("trunc_normal_", mean=mean, std=std, a=a, b=b)}
    return {**others, **own} if "torch" in others else others


_NAMED: Final = {
    (1.0, "fan_in"): ("Lecun", "lecun"),
    (2.0, "fan_in"): ("He", "he"),
    (1.0, "fan_avg"): ("Glorot", "glorot"),
}
"""What Keras and JAX call these scales and modes; where their draw is normal, it is truncated."""


def _scaled(scale: float, mode: str, distribution: str) -> Spellings:
    """Spell a draw of variance scale / n, n being the fan that `mode` names."""
    if not 0.0 < scale < math.inf:  # the square of an option that has outgrown all numbers
        return {}
    laws: dict[str, float | str] = {"scale": scale, "mode": mode}
    in_keras = "untruncated_normal" if distribution == "normal" else distribution
    keras = _keras("VarianceScaling", **laws, distribution=in_keras)
    jax = _jax("variance_scaling", **laws, distribution=distribution)
    if (scale, mode) in _NAMED and distribution != "normal":
        (in_keras, in_jax), shape = _NAMED[scale, mode], distribution.removeprefix("truncated_")
        keras, jax = _keras(f"{in_keras}{shape.title()}"), _jax(f"{in_jax}_{shape}")
    return _spelled(torch=_torch_scaled(scale, mode, distribution), keras=keras, jax=jax)


def _torch_scaled(scale: float, mode: str, distribution: str) -> str:
    """Spell it by a gain or, as ``nn.Linear`` does, by a slope; no slope makes a scale above 2."""
    if distribution == "truncated_normal":
        return ""
    if mode == "fan_avg":
        return _torch(f"xavier_{distribution}_", gain=math.sqrt(scale))
    if scale > 2.0:
        return ""
    function, linear = f"kaiming_{distribution}_", {"nonlinearity": "linear"}
    return _torch(
        function, **({"a": math.sqrt(2.0 / scale - 1.0)} if scale != 1.0 else linear), mode=mode
    )


def _kaiming(distribution: str, a: float, mode: str, nonlinearity: str) -> Spellings:
    """Spell a draw whose gain is what PyTorch says of a nonlinearity."""
    gains = {"tanh": 25.0 / 9.0, "relu": 2.0, "leaky_relu": 2.0 / (1.0 + a * a), "selu": 9.0 / 16.0}
    others = _scaled(gains.get(nonlinearity, 1.0), mode, distribution)
    slope = {"a": a} if nonlinearity == "leaky_relu" else {}
    call = _torch(f"kaiming_{distribution}_", **slope, mode=mode, nonlinearity=nonlinearity)
    return {**others, "torch": call} if others else {}


def _he(distribution: str, mode: str, negative_slope: float) -> Spellings:
    nonlinearity = "leaky_relu" if negative_slope else "relu"
    return _kaiming(distribution, negative_slope, mode, nonlinearity)


def _constant(value: float) -> Spellings:
    return _spelled(
        torch=_torch("constant_", val=value),
        keras=_keras("Constant", value=value),
        jax=_jax("constant", value=value),
    )


def _orthogonal(gain: float) -> Spellings:
    return _spelled(
        torch=_torch("orthogonal_", gain=gain),
        keras=_keras("Orthogonal", gain=gain),
        jax=_jax("orthogonal", scale=gain),
    )


def _torch_sparse(sparsity: float, std: float) -> Spellings:
    return _spelled(torch=_torch("sparse_", sparsity=sparsity, std=std))


def _jax_scaled(scale: float, mode: str, distribution: str) -> Spellings:
    if mode != "fan_geo_avg":
        return _scaled(scale, mode, distribution)
    return _spelled(jax=_jax("variance_scaling", scale=scale, mode=mode, distribution=distribution))


CAFFE_MODES: Final = {"fan_in": "fan_in", "fan_out": "fan_out", "average": "fan_avg"}
"""From the variance norm of a Caffe filler to a fan."""

KERAS_LAWS: Final[Mapping[str, Literal["normal", "uniform", "truncated_normal"]]] = {
    "truncated_normal": "truncated_normal",
    "normal": "truncated_normal",
    "untruncated_normal": "normal",
    "uniform": "uniform",
}
"""From a distribution of Keras' ``VarianceScaling`` to the law that it draws from."""


SPELLINGS: Final[Mapping[str, Callable[..., Spellings]]] = {
    "zeros": lambda: _spelled(
        torch=_torch("zeros_"), keras=_keras("Zeros"), jax="jax.nn.initializers.zeros"
    ),
    "ones": lambda: _spelled(
        torch=_torch("ones_"), keras=_keras("Ones"), jax="jax.nn.initializers.ones"
    ),
    "constant": _constant,
    "identity": _identity,
    "random": _normal,
    "normal": _normal,
    "uniform": lambda mean, bound: _uniform(mean - bound, mean + bound),
    "truncated_normal": lambda mean, std, cut: _truncated(mean, std, -cut, cut),
    "lecun_normal": lambda: _scaled(1.0, "fan_in", "normal"),
    "lecun_uniform": lambda: _scaled(1.0, "fan_in", "uniform"),
    "glorot_normal": lambda gain: _scaled(gain * gain, "fan_avg", "normal"),
    "glorot_uniform": lambda gain: _scaled(gain * gain, "fan_avg", "uniform"),
    "he_normal": lambda **options: _he("normal", **options),
    "he_uniform": lambda **options: _he("uniform", **options),
    "variance_scaling": _scaled,
    "orthogonal": _orthogonal,
    "sparse": _torch_sparse,
    "glorot_standard": lambda: _scaled(1.0 / 3.0, "fan_in", "uniform"),
    "selu_lecun": lambda: _scaled(1.0, "fan_in", "normal"),
    "hanin_rolnick": lambda: _he("normal", "fan_in", 0.0),
    "mean_field": lambda weight_variance, **_: _scaled(weight_variance, "fan_in", "normal"),
    "playground": lambda: _uniform(-0.5, 0.5),
    "bert": lambda std: _truncated(0.0, std, -2.0, 2.0),
    "torch:linear": lambda: {
        **_scaled(1.0 / 3.0, "fan_in", "uniform"),
        "torch": _torch("kaiming_uniform_", a=5**0.5),
    },
    "torch:kaiming_normal": lambda **options: _kaiming("normal", **options),
    "torch:kaiming_uniform": lambda **options: _kaiming("uniform", **options),
    "torch:uniform": lambda a, b: _uniform(low=a, high=b),
    "torch:trunc_normal": _torch_truncated,
    "keras:dense": lambda: _scaled(1.0, "fan_avg", "uniform"),
    "keras:glorot_normal": lambda: _scaled(1.0, "fan_avg", "truncated_normal"),
    "keras:he_normal": lambda: _scaled(2.0, "fan_in", "truncated_normal"),
    "keras:lecun_normal": lambda: _scaled(1.0, "fan_in", "truncated_normal"),
    "keras:random_normal": lambda mean, stddev: _normal(stddev, mean),
    "keras:random_uniform": lambda minval, maxval: _uniform(low=minval, high=maxval),
    "flax:dense": lambda: _scaled(1.0, "fan_in", "truncated_normal"),
    "jax:uniform": lambda scale: _uniform(0.0, scale),
    "jax:truncated_normal": lambda stddev, lower, upper: _truncated(0.0, stddev, lower, upper),
    "torch:constant": lambda val: _constant(value=val),
    "torch:eye": lambda: _identity(1.0),
    "torch:sparse": _torch_sparse,
    "keras:constant": _constant,
    "keras:he_uniform": lambda: _scaled(2.0, "fan_in", "uniform"),
    "keras:truncated_normal": lambda mean, stddev: _truncated(mean, stddev, -2.0, 2.0),
    "keras:variance_scaling": lambda scale, mode, distribution: _scaled(
        scale, mode, KERAS_LAWS[distribution]
    ),
    "jax:constant": _constant,
    "jax:normal": lambda stddev: _normal(std=stddev),
    "jax:orthogonal": lambda scale: _orthogonal(gain=scale),
    "jax:variance_scaling": _jax_scaled,
    "caffe:xavier": lambda variance_norm: _scaled(1.0, CAFFE_MODES[variance_norm], "uniform"),
    "caffe:msra": lambda variance_norm: _scaled(2.0, CAFFE_MODES[variance_norm], "normal"),
}
"""From a scheme to its spellings, given the options that it draws with."""


def no_spellings(**_options: object) -> Spellings:
    """Return the spellings of a scheme that no framework has."""
    return {}


_MODULES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("torch.nn.init", "nn.init"), "torch"),
    **dict.fromkeys(
        ("keras.initializers", "tf.keras.initializers", "tensorflow.keras.initializers"), "keras"
    ),
    **dict.fromkeys(
        ("jax.nn.initializers", "flax.linen.initializers", "flax.nnx.initializers"), "jax"
    ),
    **dict.fromkeys(("mxnet.init", "mx.init", "mxnet.initializer"), "mxnet"),
}
"""From the modules that hold a framework's initializers to the prefix of its dialect."""


def canonical_spelling(name: str) -> str:
    """Return a framework's own name of an initializer as the catalogue spells it.

    A name without a module is PyTorch's if it ends in an underscore, and Keras' if it has capitals
    inside; otherwise its capitals alone do not matter.

    Examples
    --------
    >>> canonical_spelling("torch.nn.init.xavier_uniform_"), canonical_spelling("keras:HeNormal")
    ('torch:xavier_uniform', 'keras:he_normal')
    >>> canonical_spelling("kaiming_normal_"), canonical_spelling("HeNormal")
    ('torch:kaiming_normal', 'keras:he_normal')
    >>> canonical_spelling("He")
    'he'
    """
    module, dot, own = name.rpartition(".")
    framework, colon, rest = name.partition(":")
    if dot:
        framework = _MODULES.get(module.lower(), module)
    elif colon:
        own = rest
    elif name.endswith("_"):
        framework = "torch"
    else:
        framework = "keras" if re.search("[a-z][A-Z]", name) else ""
    words = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", own).lower().strip("_")
    return f"{framework.lower()}:{words}" if framework else words
