"""Random schemes with one standard deviation for all layers, whatever the fans.

They break the symmetry of constant weights, but through many such layers a signal vanishes if the
standard deviation is too small and explodes if it is too large.
"""

import math

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers import laws
from initbench.initializers.citations import KRIZHEVSKY_2012
from initbench.initializers.draws import standard_truncated_normal
from initbench.initializers.entry import Initializer
from initbench.initializers.layers import LayerSpec
from initbench.options import NonNegative, Positive


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


def _truncated_variance(_layer: LayerSpec, std: float, cut: float, **_options: float) -> float:
    density = math.exp(-0.5 * cut * cut) / math.sqrt(2.0 * math.pi)
    return std * std * (1.0 - 2.0 * cut * density / math.erf(cut / math.sqrt(2.0)))


UNSCALED = (
    Initializer(
        name="random",
        draw=random,
        variance=lambda _layer, std: std * std,
        distribution="normal",
        formula="N(0, std²)",
        reference="Krizhevsky, Sutskever & Hinton (2012), section 5",
        summary="a small random draw of one size for all layers, std 0.01 by default",
        recommended_for="shallow networks, and as the yardstick of schemes that know their fans",
        citation=KRIZHEVSKY_2012,
        aliases=("jax:normal", "mxnet:normal"),
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
        recommended_for="embeddings, and experiments on the size itself",
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
        summary="a uniform draw around a given mean, ±0.05 by default",
        recommended_for="embeddings, and experiments on the size itself",
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
        summary="a normal draw without its tails, which also makes it narrower",
        recommended_for="embeddings, and transformers that draw all layers at one size",
        aliases=("keras:truncated_normal",),
    ),
)
