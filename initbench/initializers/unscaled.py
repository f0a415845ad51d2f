"""Random starts of one size for every layer, blind to how many units it joins.

They break the symmetry of a constant start, but a signal that passes through many such layers dies
when the size is too small and explodes when it is too large.
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.entry import Initializer, LayerSpec
from initbench.options import NonNegative


def random(rng: np.random.Generator, layer: LayerSpec, *, std: NonNegative = 0.01) -> FloatArray:
    """Draw the textbook's small random start, :math:`N(0, std^2)`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return scaled_normal(rng, layer, variance=std**2)


def normal(
    rng: np.random.Generator, layer: LayerSpec, *, mean: float = 0.0, std: NonNegative = 1.0
) -> FloatArray:
    r"""Draw from :math:`N(\mu, std^2)`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return mean + scaled_normal(rng, layer, variance=std**2)


def uniform(
    rng: np.random.Generator, layer: LayerSpec, *, low: float = -0.05, high: float = 0.05
) -> FloatArray:
    r"""Draw from :math:`U(low, high)`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    centre, halfwidth = (low + high) / 2, (high - low) / 2
    return centre + scaled_uniform(rng, layer, variance=halfwidth**2 / 3)


def scaled_normal(rng: np.random.Generator, layer: LayerSpec, *, variance: float) -> FloatArray:
    """Scale a standard normal draw to this variance."""
    return np.asarray(np.sqrt(variance) * rng.standard_normal((layer.fan_in, layer.fan_out)))


def scaled_uniform(rng: np.random.Generator, layer: LayerSpec, *, variance: float) -> FloatArray:
    """Scale a draw from U(-1, 1), whose variance is 1/3, to this variance."""
    halfwidth = np.sqrt(3 * variance)
    return np.asarray(halfwidth * rng.uniform(-1.0, 1.0, (layer.fan_in, layer.fan_out)))


UNSCALED = (
    Initializer(
        name="random",
        draw=random,
        variance=lambda _layer, std: std**2,
        distribution="normal",
        formula="N(0, std²)",
        reference="Katanforoosh & Kunin, deeplearning.ai notes on initialization (2019)",
        summary="a small random draw of one size for all layers, std 0.01 by default",
    ),
    Initializer(
        name="normal",
        draw=normal,
        variance=lambda _layer, mean, std: std**2,  # noqa: ARG005 - options are given by name
        mean=lambda _layer, mean, std: mean,  # noqa: ARG005 - likewise
        distribution="normal",
        formula="N(mean, std²)",
        reference="PyTorch, torch.nn.init.normal_",
        summary="a normal draw of a given mean and size, standard by default",
    ),
    Initializer(
        name="uniform",
        draw=uniform,
        variance=lambda _layer, low, high: (high - low) ** 2 / 12,
        mean=lambda _layer, low, high: (low + high) / 2,
        distribution="uniform",
        formula="U(low, high)",
        reference="Keras, RandomUniform, whose range is the default",
        summary="a uniform draw between two bounds, ±0.05 by default",
    ),
)
