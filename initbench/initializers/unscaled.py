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

    References
    ----------
    Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012, section 5. He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015,
    on why a very deep network does not start from it.
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

    Stated by its centre, as `normal` is, so that no pair of options contradicts itself. A one-sided
    start, :math:`U(0, 1)`, has mean and bound 0.5.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return mean + bound * rng.uniform(-1.0, 1.0, layer.shape)


UNSCALED = (
    Initializer(
        name="random",
        draw=random,
        variance=lambda _layer, std: std * std,
        distribution="normal",
        formula="N(0, std²)",
        reference="Krizhevsky, Sutskever & Hinton (2012), section 5",
        summary="a small random draw of one size for all layers, std 0.01 by default",
    ),
    Initializer(
        name="normal",
        draw=normal,
        variance=lambda _layer, std, **_: std * std,
        mean=lambda _layer, mean, **_: mean,
        distribution="normal",
        formula="N(mean, std²)",
        reference="PyTorch, torch.nn.init.normal_, whose defaults these are",
        summary="a normal draw of a given mean and size, standard by default",
    ),
    Initializer(
        name="uniform",
        draw=uniform,
        variance=lambda _layer, bound, **_: bound * bound / 3.0,
        mean=lambda _layer, mean, **_: mean,
        distribution="uniform",
        formula="U(mean ± bound)",
        reference="Keras, RandomUniform, whose range is the default",
        summary="a uniform draw around a given mean, ±0.05 by default",
    ),
)
