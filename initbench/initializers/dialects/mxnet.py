"""Initializers of MXNet, as in Apache MXNet's ``python/mxnet/initializer.py`` (00ee4f3)."""

from typing import Literal, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.draws import scaled_normal, scaled_uniform
from initbench.initializers.entry import Initializer
from initbench.initializers.layers import LayerSpec
from initbench.options import NonNegative, Positive

FactorType: TypeAlias = Literal["avg", "in", "out"]


def xavier(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    rnd_type: Literal["uniform", "gaussian"] = "uniform",
    factor_type: FactorType = "avg",
    magnitude: Positive = 3.0,
) -> FloatArray:
    r"""Draw from :math:`U(\pm\sqrt{magnitude / n})` or :math:`N(0, magnitude / n)`.

    With the defaults the uniform draw is Glorot's; the gaussian one has three times its variance.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Apache MXNet, ``mxnet.initializer.Xavier``.
    """
    variance = _xavier_variance(layer, rnd_type, factor_type, magnitude)
    draw = scaled_uniform if rnd_type == "uniform" else scaled_normal
    return draw(rng, layer, variance=variance)


def msraprelu(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    factor_type: FactorType = "avg",
    slope: NonNegative = 0.25,
) -> FloatArray:
    r"""Draw from :math:`N(0, 2 / ((1 + slope^2) n))`, where n is by default the mean of both fans.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Apache MXNet, ``mxnet.initializer.MSRAPrelu``.
    """
    return scaled_normal(rng, layer, variance=_msra_variance(layer, factor_type, slope))


def uniform(rng: np.random.Generator, layer: LayerSpec, *, scale: NonNegative = 0.07) -> FloatArray:
    r"""Draw from :math:`U(\pm scale)`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Apache MXNet, ``mxnet.initializer.Uniform``.
    """
    return scale * rng.uniform(-1.0, 1.0, layer.shape)


def orthogonal(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    scale: Positive = 1.414,
    rand_type: Literal["uniform", "normal"] = "uniform",
) -> FloatArray:
    r"""Draw `scale` times the singular vectors of a uniform or normal draw of shape (out, in).

    Neither the noise nor the signs of the vectors make all orthogonal matrices equally likely.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Apache MXNet, ``mxnet.initializer.Orthogonal``.
    """
    shape = layer.shape[::-1]
    noise = rng.standard_normal(shape) if rand_type == "normal" else rng.uniform(-1, 1, shape)
    left, _, right = np.linalg.svd(noise, full_matrices=False)
    return np.asarray(scale * (left if left.shape == shape else right).T)


def _fan(layer: LayerSpec, factor_type: str) -> float:
    return {"avg": sum(layer.shape) / 2, "in": layer.fan_in, "out": layer.fan_out}[factor_type]


def _xavier_variance(layer: LayerSpec, rnd_type: str, factor_type: str, magnitude: float) -> float:
    return magnitude / _fan(layer, factor_type) / (3.0 if rnd_type == "uniform" else 1.0)


def _msra_variance(layer: LayerSpec, factor_type: str, slope: float) -> float:
    return 2.0 / (1.0 + slope * slope) / _fan(layer, factor_type)


MXNET = (
    Initializer(
        name="mxnet:xavier",
        draw=xavier,
        variance=_xavier_variance,
        distribution=lambda _layer, rnd_type, **_: "uniform" if rnd_type == "uniform" else "normal",
        formula="U(±sqrt(magnitude / n)) or N(0, magnitude / n), n = avg, in or out",
        reference="Apache MXNet, mxnet.initializer.Xavier",
        summary="glorot_uniform; its gaussian form has three times the variance",
        recommended_for="reproducing code that names it",
    ),
    Initializer(
        name="mxnet:msraprelu",
        draw=msraprelu,
        variance=_msra_variance,
        distribution="normal",
        formula="N(0, 2 / ((1 + slope²) · n)), n = avg, in or out",
        reference="Apache MXNet, mxnet.initializer.MSRAPrelu",
        summary="not He: the mean of both fans, and a slope of 0.25",
        recommended_for="reproducing code that names it",
    ),
    Initializer(
        name="mxnet:uniform",
        draw=uniform,
        variance=lambda _layer, scale: scale * scale / 3.0,
        distribution="uniform",
        formula="U(±scale)",
        reference="Apache MXNet, mxnet.initializer.Uniform",
        summary="a uniform draw of one size for all layers, ±0.07 by default",
        recommended_for="reproducing code that names it",
    ),
    Initializer(
        name="mxnet:orthogonal",
        draw=orthogonal,
        variance=lambda layer, scale, **_: scale * scale / max(layer.shape),
        distribution="isometry",
        formula="scale · singular vectors of U(±1), scale 1.414",
        reference="Apache MXNet, mxnet.initializer.Orthogonal",
        summary="orthogonal by singular vectors, which are not all equally likely",
        recommended_for="reproducing code that names it",
    ),
)
