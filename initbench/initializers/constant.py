"""Starts that draw nothing: every entry is known beforehand.

With equal entries all units of a layer compute the same, get the same gradient and stay the same:
the layer is one unit, however wide. That is what these schemes are here to show.
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.entry import Initializer, LayerSpec


def zeros(_rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    """Return zeros: under ReLU, a network that never learns more than the share of the classes.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return np.zeros((layer.fan_in, layer.fan_out))


def ones(_rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    """Return ones.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return np.ones((layer.fan_in, layer.fan_out))


def constant(_rng: np.random.Generator, layer: LayerSpec, *, value: float = 0.01) -> FloatArray:
    """Return one value everywhere.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return np.full((layer.fan_in, layer.fan_out), value)


def _no_variance(_layer: LayerSpec, **_options: float) -> float:
    return 0.0


CONSTANT = (
    Initializer(
        name="zeros",
        draw=zeros,
        variance=_no_variance,
        distribution="constant",
        formula="0",
        reference="Goodfellow, Bengio & Courville (2016), section 8.4: symmetry is not broken",
        summary="every weight 0: the units of a layer stay identical",
        aliases=("zero",),
    ),
    Initializer(
        name="ones",
        draw=ones,
        variance=_no_variance,
        mean=lambda _layer: 1.0,
        distribution="constant",
        formula="1",
        reference="Goodfellow, Bengio & Courville (2016), section 8.4: symmetry is not broken",
        summary="every weight 1: the units of a layer stay identical",
    ),
    Initializer(
        name="constant",
        draw=constant,
        variance=_no_variance,
        mean=lambda _layer, value: value,
        distribution="constant",
        formula="value",
        reference="Goodfellow, Bengio & Courville (2016), section 8.4: symmetry is not broken",
        summary="every weight the same value: the units of a layer stay identical",
    ),
)
