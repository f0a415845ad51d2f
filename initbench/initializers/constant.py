"""Schemes without random numbers: constants and the identity.

If all entries are equal, all units of a layer compute the same output, receive the same gradient
and stay identical: the layer acts as one unit, however wide. `zeros`, `ones` and `constant`
demonstrate this. The units of `identity` differ.
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.initializers.entry import Initializer
from initbench.initializers.layers import LayerSpec
from initbench.options import Positive


def zeros(_rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    """Return zeros: a ReLU network then learns the class frequencies and nothing else.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return np.zeros(layer.shape)


def ones(_rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    """Return ones.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return np.ones(layer.shape)


def constant(_rng: np.random.Generator, layer: LayerSpec, *, value: float = 0.01) -> FloatArray:
    """Return one value for all entries; by default the standard deviation of `random`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)
    """
    return np.full(layer.shape, value)


def identity(_rng: np.random.Generator, layer: LayerSpec, *, gain: Positive = 1.0) -> FloatArray:
    """Return `gain` along the main diagonal and zeros elsewhere.

    A layer with fewer units than inputs passes on the first inputs only; in a layer with more units
    than inputs, the last units have zero weights.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    PyTorch, ``torch.nn.init.eye_``; Keras, ``Identity``, which has the gain.
    """
    return gain * np.eye(*layer.shape)


def _no_variance(_layer: LayerSpec, **_options: float) -> float:
    return 0.0


def _share_on_diagonal(layer: LayerSpec) -> float:
    """Return the fraction of all entries that lie on the main diagonal."""
    return 1.0 / max(layer.shape)


_SYMMETRY = "Goodfellow, Bengio & Courville (2016), section 8.4, on breaking symmetry"

CONSTANT = (
    Initializer(
        name="zeros",
        draw=zeros,
        variance=_no_variance,
        distribution="constant",
        formula="0",
        reference=_SYMMETRY,
        summary="every weight 0: the units of a layer stay identical",
        recommended_for="biases; as weights, it shows what breaking the symmetry is for",
        aliases=("zero", "torch:zeros", "keras:zeros", "jax:zeros"),
    ),
    Initializer(
        name="ones",
        draw=ones,
        variance=_no_variance,
        mean=lambda _layer: 1.0,
        distribution="constant",
        formula="1",
        reference=_SYMMETRY,
        summary="every weight 1: the units of a layer stay identical",
        recommended_for="nothing: it shows what breaking the symmetry is for",
        aliases=("torch:ones", "keras:ones", "jax:ones"),
    ),
    Initializer(
        name="constant",
        draw=constant,
        variance=_no_variance,
        mean=lambda _layer, value: value,
        distribution="constant",
        formula="value",
        reference=_SYMMETRY,
        summary="every weight the same value: the units of a layer stay identical",
        recommended_for="nothing: it shows what breaking the symmetry is for",
    ),
    Initializer(
        name="identity",
        draw=identity,
        variance=lambda layer, gain: (
            gain * gain * _share_on_diagonal(layer) * (1.0 - _share_on_diagonal(layer))
        ),
        mean=lambda layer, gain: gain * _share_on_diagonal(layer),
        distribution="deterministic",
        formula="gain · I",
        reference="PyTorch, torch.nn.init.eye_; Keras, Identity",
        summary="each unit passes on one input: a linear network starts as the identity",
        recommended_for="square layers that start by passing on what they are given",
        aliases=("eye", "torch:eye", "keras:identity"),
    ),
)
