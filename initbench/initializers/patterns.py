"""Deterministic schemes whose units differ: patterns instead of random numbers."""

import math
from typing import Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers.citations import FERNANDEZ_2025, ZHAO_2021
from initbench.initializers.entry import Initializer
from initbench.initializers.layers import LayerSpec
from initbench.options import Positive


def zero_hadamard(_rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    r"""Return a partial identity or, if the layer widens, a corner of a Hadamard matrix.

    With :math:`k = \lceil \log_2 n_\text{out} \rceil` this is the corner of :math:`H_k / 2^{k/2}`,
    whose entries have one absolute value. The rank can grow in training.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Zhao, Schäfer, Anandkumar, "ZerO initialization: initializing neural networks with only zeros
    and ones", arXiv:2110.12661, algorithm 1; the scale as in the official ``example_mnist.ipynb``.
    """
    return _hadamard_corner(layer)


def sinusoidal(
    _rng: np.random.Generator,
    layer: LayerSpec,
    *,
    gain: Positive = 1.0,
    mode: Literal["fan_avg", "fan_in"] = "fan_avg",
) -> FloatArray:
    r"""Return a sine wave of frequency j for unit j = 1, 2, …, with variance :math:`gain^2 / n`.

    The weight from input i is :math:`\sin(2 \pi j (i / n_\text{in} + 1 / n_\text{out}))`. n is the
    mean of both fans, as in the official code, or `fan_in`; the gain for ReLU is then
    :math:`\sqrt{2}`.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    Raises
    ------
    UsageError
        The layer is so small that all waves are zero.

    References
    ----------
    Fernández-Hernández, Mestre, Dolz, Duato, Quintana-Ortí, "Sinusoidal initialization, time for a
    new start", NeurIPS 2025; the official ``initialize.py``.
    """
    return _waves(layer, gain, mode)


def _hadamard_corner(layer: LayerSpec) -> FloatArray:
    if layer.fan_out <= layer.fan_in:
        return np.eye(*layer.shape)
    inputs, units = np.ogrid[: layer.fan_in, : layer.fan_out]
    signs = 1.0 - 2.0 * (np.bitwise_count(inputs & units) % 2)
    return np.asarray(signs / 2.0 ** (math.ceil(math.log2(layer.fan_out)) / 2.0))


def _waves(layer: LayerSpec, gain: float, mode: str) -> FloatArray:
    inputs = np.arange(layer.fan_in)[:, np.newaxis]
    units = np.arange(1, layer.fan_out + 1)
    # Whole turns are subtracted as integers, so that zeros of the wave are exact.
    turns = (units * (inputs * layer.fan_out + layer.fan_in)) % math.prod(layer.shape)
    waves = np.sin(2.0 * math.pi * turns / math.prod(layer.shape))
    if np.abs(waves).max() < 1e-9:
        raise UsageError(f"sinusoidal has no wave that fits a layer of {layer.shape}: all are zero")
    return np.asarray(math.sqrt(gain**2 / _fan(layer, mode) / waves.var(ddof=1)) * waves)


def _fan(layer: LayerSpec, mode: str) -> float:
    return layer.fan_in if mode == "fan_in" else sum(layer.shape) / 2


def _sinusoidal_variance(layer: LayerSpec, gain: float, mode: str) -> float:
    """Return the variance over the entries; the gain sets its unbiased estimate."""
    entries = math.prod(layer.shape)
    return gain**2 / _fan(layer, mode) * (entries - 1) / entries


PATTERNS = (
    Initializer(
        name="zero_hadamard",
        draw=zero_hadamard,
        variance=lambda layer: float(_hadamard_corner(layer).var()),
        mean=lambda layer: float(_hadamard_corner(layer).mean()),
        distribution="deterministic",
        formula="partial I; where fan_out > fan_in, H / 2^(k/2), k = ceil(log2(fan_out))",
        reference="Zhao, Schäfer & Anandkumar (2021), algorithm 1",
        summary="zeros and ones, and Hadamard matrices where an identity would cap the rank",
        recommended_for="networks with residual connections",
        citation=ZHAO_2021,
    ),
    Initializer(
        name="sinusoidal",
        draw=sinusoidal,
        variance=_sinusoidal_variance,
        mean=lambda layer, **options: float(_waves(layer, **options).mean()),
        distribution="deterministic",
        formula="∝ sin(2π · j · (i / fan_in + 1 / fan_out)), of variance gain² / n",
        reference="Fernández-Hernández et al. (2025)",
        summary="a wave of its own for every unit, at Glorot's variance",
        recommended_for="deep ReLU networks, with gain sqrt(2) and mode fan_in",
        citation=FERNANDEZ_2025,
    ),
)
