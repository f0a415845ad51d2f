"""Initializers of Keras 3.15.1, as in its source.

Its normal laws are truncated at two standard deviations and widened to the stated variance. JAX
does the same, so its names are aliases here.
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers.draws import scaled_truncated_normal, scaled_uniform
from initbench.initializers.entry import Initializer
from initbench.initializers.layers import LayerSpec
from initbench.initializers.unscaled import normal
from initbench.options import NonNegative


def dense(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    """Draw as ``layers.Dense`` does, from ``glorot_uniform``; biases are zero.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Keras 3.15.1, ``keras.layers.Dense``.
    """
    return scaled_uniform(rng, layer, variance=_average(layer))


def glorot_normal(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw with variance :math:`2 / (n_\text{in} + n_\text{out})`, truncated at two deviations.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Keras 3.15.1, ``GlorotNormal``; JAX 0.10.2, ``jax.nn.initializers.glorot_normal``.
    """
    return scaled_truncated_normal(rng, layer, variance=_average(layer))


def he_normal(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw with variance :math:`2 / n_\text{in}`, truncated at two deviations.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Keras 3.15.1, ``HeNormal``; JAX 0.10.2, ``jax.nn.initializers.he_normal``.
    """
    return scaled_truncated_normal(rng, layer, variance=2.0 / layer.fan_in)


def lecun_normal(rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Draw with variance :math:`1 / n_\text{in}`, truncated at two deviations.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Keras 3.15.1, ``LecunNormal``; JAX 0.10.2, ``jax.nn.initializers.lecun_normal``; Flax 0.12.8,
    whose ``Dense`` draws it.
    """
    return scaled_truncated_normal(rng, layer, variance=1.0 / layer.fan_in)


def random_normal(
    rng: np.random.Generator, layer: LayerSpec, *, mean: float = 0.0, stddev: NonNegative = 0.05
) -> FloatArray:
    r"""Draw from :math:`N(mean, stddev^2)`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Keras 3.15.1, ``RandomNormal``.
    """
    return normal(rng, layer, mean=mean, std=stddev)


def random_uniform(
    rng: np.random.Generator, layer: LayerSpec, *, minval: float = -0.05, maxval: float = 0.05
) -> FloatArray:
    r"""Draw from :math:`U(minval, maxval)`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Keras 3.15.1, ``RandomUniform``.
    """
    if minval > maxval:
        raise UsageError(f"minval must be at most maxval: {minval:g} is greater than {maxval:g}")
    middle, half = (minval + maxval) / 2.0, (maxval - minval) / 2.0
    return middle + half * rng.uniform(-1.0, 1.0, layer.shape)


def _average(layer: LayerSpec) -> float:
    return 2.0 / sum(layer.shape)


KERAS = (
    Initializer(
        name="keras:dense",
        draw=dense,
        variance=_average,
        distribution="uniform",
        formula="U(±sqrt(6 / (fan_in + fan_out)))",
        reference="Keras 3.15.1, keras.layers.Dense",
        summary="Keras' default layer: glorot_uniform, and biases at zero",
        recommended_for="comparing with what Keras does when it is left to itself",
    ),
    Initializer(
        name="keras:glorot_normal",
        draw=glorot_normal,
        variance=_average,
        distribution="truncated_normal",
        formula="variance 2 / (fan_in + fan_out), cut at two deviations",
        reference="Keras 3.15.1, GlorotNormal",
        summary="glorot_normal without its tails, at the same variance",
        recommended_for="reproducing code that names it",
        aliases=("jax:glorot_normal", "keras:xavier_normal", "jax:xavier_normal"),
    ),
    Initializer(
        name="keras:he_normal",
        draw=he_normal,
        variance=lambda layer: 2.0 / layer.fan_in,
        distribution="truncated_normal",
        formula="variance 2 / fan_in, cut at two deviations",
        reference="Keras 3.15.1, HeNormal",
        summary="he_normal without its tails, at the same variance",
        recommended_for="reproducing code that names it",
        aliases=("jax:he_normal", "jax:kaiming_normal"),
    ),
    Initializer(
        name="keras:lecun_normal",
        draw=lecun_normal,
        variance=lambda layer: 1.0 / layer.fan_in,
        distribution="truncated_normal",
        formula="variance 1 / fan_in, cut at two deviations",
        reference="Keras 3.15.1, LecunNormal",
        summary="lecun_normal without its tails, at the same variance",
        recommended_for="reproducing code that names it",
        aliases=("jax:lecun_normal",),
    ),
    Initializer(
        name="keras:random_normal",
        draw=random_normal,
        variance=lambda _layer, stddev, **_: stddev * stddev,
        mean=lambda _layer, mean, **_: mean,
        distribution="normal",
        formula="N(mean, stddev²)",
        reference="Keras 3.15.1, RandomNormal",
        summary="a normal draw of one size for all layers, 0.05 by default",
        recommended_for="reproducing code that names it",
    ),
    Initializer(
        name="keras:random_uniform",
        draw=random_uniform,
        variance=lambda _layer, minval, maxval: (maxval - minval) ** 2 / 12.0,
        mean=lambda _layer, minval, maxval: (minval + maxval) / 2.0,
        distribution="uniform",
        formula="U(minval, maxval)",
        reference="Keras 3.15.1, RandomUniform",
        summary="a uniform draw of one size for all layers, ±0.05 by default",
        recommended_for="reproducing code that names it",
    ),
)
