"""Initializers of PyTorch, as in the source of torch 2.13.0.

PyTorch stores weights as (out, in). Its normal draws are not truncated, and its truncated one cuts
at given values, not at multiples of the deviation.
"""

import math
from typing import Literal, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers import laws
from initbench.initializers.draws import scaled_normal, scaled_uniform, standard_truncated_normal
from initbench.initializers.entry import Bias, Initializer
from initbench.initializers.layers import LayerSpec
from initbench.options import NonNegative

Mode: TypeAlias = Literal["fan_in", "fan_out"]
Nonlinearity: TypeAlias = Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]


def linear(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw as ``nn.Linear`` does, from :math:`U(\pm 1/\sqrt{n_\text{in}})`; biases likewise.

    It is written there as ``kaiming_uniform_(a=sqrt(5))``, which makes the variance 1 / (3 fan_in).

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.Linear.reset_parameters``.
    """
    return scaled_uniform(rng, layer, variance=_linear_variance(layer))


def kaiming_normal(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    a: NonNegative = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
) -> FloatArray:
    r"""Draw from :math:`N(0, gain^2 / n)` with the gain of `nonlinearity`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.init.kaiming_normal_`` and ``calculate_gain``.
    """
    return scaled_normal(rng, layer, variance=_kaiming_variance(layer, a, mode, nonlinearity))


def kaiming_uniform(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    a: NonNegative = 0.0,
    mode: Mode = "fan_in",
    nonlinearity: Nonlinearity = "leaky_relu",
) -> FloatArray:
    r"""Draw from :math:`U(\pm gain \sqrt{3 / n})` with the gain of `nonlinearity`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.init.kaiming_uniform_`` and ``calculate_gain``.
    """
    return scaled_uniform(rng, layer, variance=_kaiming_variance(layer, a, mode, nonlinearity))


def uniform(
    rng: np.random.Generator, layer: LayerSpec, *, a: float = 0.0, b: float = 1.0
) -> FloatArray:
    r"""Draw from :math:`U(a, b)`, by default one-sided: U(0, 1).

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.init.uniform_``.
    """
    _check_order(a, b)
    return (a + b) / 2.0 + (b - a) / 2.0 * rng.uniform(-1.0, 1.0, layer.shape)


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

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    PyTorch 2.13.0, ``torch.nn.init.trunc_normal_``.
    """
    _check_order(a, b)
    if std == 0.0:
        return np.full(layer.shape, min(max(mean, a), b))
    standard = standard_truncated_normal(rng, layer, low=(a - mean) / std, high=(b - mean) / std)
    return mean + std * standard


def _check_order(a: float, b: float) -> None:
    if a >= b:
        raise UsageError(f"a must be less than b: {a:g} is not less than {b:g}")


def _linear_variance(layer: LayerSpec) -> float:
    return 1.0 / (3.0 * layer.fan_in)


def _gain(nonlinearity: str, a: float) -> float:
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5.0 / 3.0,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1.0 + a * a)),
        "selu": 3.0 / 4.0,
    }
    return gains[nonlinearity]


def _kaiming_variance(layer: LayerSpec, a: float, mode: str, nonlinearity: str) -> float:
    fan = layer.fan_in if mode == "fan_in" else layer.fan_out
    return _gain(nonlinearity, a) ** 2 / fan


def _trunc_law(_layer: LayerSpec, mean: float, std: float, a: float, b: float) -> laws.Law:
    if std == 0.0:
        return laws.constant(min(max(mean, a), b))
    return laws.truncated_normal(mean, std, (a - mean) / std, (b - mean) / std)


TORCH = (
    Initializer(
        name="torch:linear",
        draw=linear,
        variance=_linear_variance,
        distribution="uniform",
        formula="U(±1 / sqrt(fan_in))",
        reference="PyTorch 2.13.0, torch.nn.Linear",
        summary="PyTorch's default layer: a sixth of He's variance, and biases that are drawn too",
        bias=Bias(
            draw=lambda rng, layer: rng.uniform(-1.0, 1.0, layer.fan_out) / math.sqrt(layer.fan_in),
            variance=_linear_variance,
            distribution="uniform",
            formula="U(±1 / sqrt(fan_in))",
        ),
        recommended_for="comparing with what PyTorch does when it is left to itself",
    ),
    Initializer(
        name="torch:kaiming_normal",
        draw=kaiming_normal,
        variance=_kaiming_variance,
        distribution="normal",
        formula="N(0, gain² / n), n = fan_in or fan_out",
        reference="PyTorch 2.13.0, torch.nn.init.kaiming_normal_",
        summary="he_normal with PyTorch's gains: tanh 5/3, selu 3/4",
        recommended_for="reproducing code that calls it",
    ),
    Initializer(
        name="torch:kaiming_uniform",
        draw=kaiming_uniform,
        variance=_kaiming_variance,
        distribution="uniform",
        formula="U(±gain · sqrt(3 / n)), n = fan_in or fan_out",
        reference="PyTorch 2.13.0, torch.nn.init.kaiming_uniform_",
        summary="he_uniform with PyTorch's gains: tanh 5/3, selu 3/4",
        recommended_for="reproducing code that calls it",
    ),
    Initializer(
        name="torch:uniform",
        draw=uniform,
        variance=lambda _layer, a, b: (b - a) ** 2 / 12.0,
        mean=lambda _layer, a, b: (a + b) / 2.0,
        distribution="uniform",
        formula="U(a, b)",
        reference="PyTorch 2.13.0, torch.nn.init.uniform_",
        summary="a uniform draw between two values, 0 and 1 by default",
        recommended_for="reproducing code that calls it",
    ),
    Initializer(
        name="torch:trunc_normal",
        draw=trunc_normal,
        variance=lambda layer, **options: _trunc_law(layer, **options).variance,
        mean=lambda layer, **options: _trunc_law(layer, **options).mean,
        distribution="truncated_normal",
        law=_trunc_law,
        formula="N(mean, std²), cut at a and b",
        reference="PyTorch 2.13.0, torch.nn.init.trunc_normal_",
        summary="a normal draw cut at given values, not at multiples of its deviation",
        recommended_for="reproducing code that calls it",
    ),
)
