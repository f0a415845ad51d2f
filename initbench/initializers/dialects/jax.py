"""Initializers of JAX 0.10.2 and Flax 0.12.8 that differ from those of Keras."""

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers import laws
from initbench.initializers.dialects.keras import lecun_normal
from initbench.initializers.draws import standard_truncated_normal
from initbench.initializers.entry import Initializer
from initbench.initializers.layers import LayerSpec
from initbench.options import NonNegative


def uniform(rng: np.random.Generator, layer: LayerSpec, *, scale: NonNegative = 0.01) -> FloatArray:
    r"""Draw from :math:`U(0, scale)`: all weights have one sign.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    JAX 0.10.2, ``jax.nn.initializers.uniform``.
    """
    return scale / 2.0 + scale / 2.0 * rng.uniform(-1.0, 1.0, layer.shape)


def truncated_normal(
    rng: np.random.Generator,
    layer: LayerSpec,
    *,
    stddev: NonNegative = 0.01,
    lower: float = -2.0,
    upper: float = 2.0,
) -> FloatArray:
    r"""Draw from :math:`N(0, stddev^2)`, cut at `lower` and `upper` deviations.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    JAX 0.10.2, ``jax.nn.initializers.truncated_normal``.
    """
    if lower >= upper:
        raise UsageError(f"lower must be less than upper: {lower:g} is not less than {upper:g}")
    return stddev * standard_truncated_normal(rng, layer, low=lower, high=upper)


def _truncated_law(_layer: LayerSpec, stddev: float, lower: float, upper: float) -> laws.Law:
    return laws.truncated_normal(0.0, stddev, lower, upper)


JAX = (
    Initializer(
        name="flax:dense",
        draw=lecun_normal,
        variance=lambda layer: 1.0 / layer.fan_in,
        distribution="truncated_normal",
        formula="variance 1 / fan_in, cut at two deviations",
        reference="Flax 0.12.8, flax.linen.Dense",
        summary="Flax's default layer: a truncated lecun_normal, and biases at zero",
        recommended_for="comparing with what Flax does when it is left to itself",
    ),
    Initializer(
        name="jax:uniform",
        draw=uniform,
        variance=lambda _layer, scale: scale * scale / 12.0,
        mean=lambda _layer, scale: scale / 2.0,
        distribution="uniform",
        formula="U(0, scale)",
        reference="JAX 0.10.2, jax.nn.initializers.uniform",
        summary="a one-sided uniform draw, up to 0.01 by default",
        recommended_for="reproducing code that calls it",
    ),
    Initializer(
        name="jax:truncated_normal",
        draw=truncated_normal,
        variance=lambda layer, **options: _truncated_law(layer, **options).variance,
        mean=lambda layer, **options: _truncated_law(layer, **options).mean,
        distribution="truncated_normal",
        law=_truncated_law,
        formula="N(0, stddev²), cut at lower · stddev and upper · stddev",
        reference="JAX 0.10.2, jax.nn.initializers.truncated_normal",
        summary="a normal draw cut in deviations, 0.01 before it is cut by default",
        recommended_for="reproducing code that calls it",
    ),
)
