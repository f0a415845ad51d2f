"""Schemes without random numbers: constants, the identity, and patterns.

If all entries are equal, all units of a layer compute the same output, receive the same gradient
and stay identical: the layer acts as one unit, however wide. `zeros`, `ones` and `constant`
demonstrate this. The units of `identity`, `zero_hadamard` and `sinusoidal` differ.
"""

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers.citations import Citation
from initbench.initializers.entry import Initializer
from initbench.initializers.layers import LayerSpec
from initbench.options import Positive


def zeros(_rng: np.random.Generator, layer: LayerSpec) -> FloatArray:
    """Return zeros: a ReLU network then learns only the class frequencies.

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
    if layer.fan_out <= layer.fan_in:
        return np.eye(*layer.shape)
    inputs, units = np.ogrid[: layer.fan_in, : layer.fan_out]
    signs = 1.0 - 2.0 * (np.bitwise_count(inputs & units) % 2)
    return np.asarray(signs / 2.0 ** (math.ceil(math.log2(layer.fan_out)) / 2.0))


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
    inputs = np.arange(layer.fan_in)[:, np.newaxis]
    units = np.arange(1, layer.fan_out + 1)
    # Whole turns are subtracted as integers, so that zeros of the wave are exact.
    turns = (units * (inputs * layer.fan_out + layer.fan_in)) % math.prod(layer.shape)
    waves = np.sin(2.0 * math.pi * turns / math.prod(layer.shape))
    if np.abs(waves).max() < 1e-9:
        raise UsageError(f"sinusoidal has no wave that fits a layer of {layer.shape}: all are zero")
    fan = layer.fan_in if mode == "fan_in" else sum(layer.shape) / 2
    return np.asarray(math.sqrt(gain**2 / fan / waves.var(ddof=1)) * waves)


def deep_narrow(
    _rng: np.random.Generator, layer: LayerSpec, *, epsilon: Positive = 0.1
) -> FloatArray:
    r"""Return :math:`Q_\text{in} I Q_\text{out}^T`, with Q of the QR decomposition of J + ε I.

    J is the matrix of ones, and I is rectangular. Rows and columns are orthonormal, as far as the
    shape allows, and a positive signal stays nearly positive, so that ReLU units live; a square
    matrix is the identity. Q is the one for which R has a positive diagonal, where code leaves the
    signs to LAPACK.

    Returns
    -------
    ndarray of shape (fan_in, fan_out)

    References
    ----------
    Lee, Kim, Yang, Choi, "Improved weight initialization for deep and narrow feedforward neural
    network", Neural Networks 176, 2024, arXiv:2311.03733; read in code of others (a function
    ``prop_orth_init``), whose ε is the default.
    """
    ends = []
    for size in layer.shape:
        q, r = np.linalg.qr(np.ones((size, size)) + epsilon * np.eye(size))
        ends.append(q * np.copysign(1.0, np.diagonal(r)))
    return np.asarray(ends[0] @ np.eye(*layer.shape) @ ends[1].T)


def _pattern(name: str, draw: Callable[..., FloatArray], **fields: Any) -> Initializer:
    """Return a scheme of one matrix, whose mean and variance are those of its entries."""
    return Initializer(
        name=name,
        draw=draw,
        variance=lambda layer, **options: float(draw(None, layer, **options).var()),
        mean=lambda layer, **options: float(draw(None, layer, **options).mean()),
        distribution="deterministic",
        **fields,
    )


_SYMMETRY = "Goodfellow, Bengio & Courville (2016), section 8.4, on breaking symmetry"

CONSTANT = (
    Initializer(
        name="zeros",
        draw=zeros,
        variance=lambda _layer: 0.0,
        distribution="constant",
        formula="0",
        reference=_SYMMETRY,
        summary="all weights 0: the units of a layer stay identical",
        recommended_for="biases; as weights, it shows what breaking the symmetry is for",
        aliases=("zero", "torch:zeros", "keras:zeros", "jax:zeros"),
    ),
    Initializer(
        name="ones",
        draw=ones,
        variance=lambda _layer: 0.0,
        mean=lambda _layer: 1.0,
        distribution="constant",
        formula="1",
        reference=_SYMMETRY,
        summary="all weights 1: the units of a layer stay identical",
        recommended_for="nothing: it shows what breaking the symmetry is for",
        aliases=("torch:ones", "keras:ones", "jax:ones"),
    ),
    Initializer(
        name="constant",
        draw=constant,
        variance=lambda _layer, **_: 0.0,
        mean=lambda _layer, value: value,
        distribution="constant",
        formula="value",
        reference=_SYMMETRY,
        summary="all weights equal: the units of a layer stay identical",
        recommended_for="nothing: it shows what breaking the symmetry is for",
    ),
    Initializer(
        name="identity",
        draw=identity,
        variance=lambda layer, gain: (
            gain * gain / max(layer.shape) * (1.0 - 1.0 / max(layer.shape))
        ),
        mean=lambda layer, gain: gain / max(layer.shape),
        distribution="deterministic",
        formula="gain · I",
        reference="PyTorch, torch.nn.init.eye_; Keras, Identity",
        summary="identity matrix: each unit copies one input",
        recommended_for="square layers that start by passing on what they are given",
        aliases=("eye", "keras:identity"),
    ),
)

PATTERNS = (
    _pattern(
        "zero_hadamard",
        zero_hadamard,
        formula="partial I; where fan_out > fan_in, H / 2^(k/2), k = ceil(log2(fan_out))",
        reference="Zhao, Schäfer & Anandkumar (2021), algorithm 1",
        summary="identity matrices, and Hadamard matrices where layers widen; no random numbers",
        recommended_for="networks with residual connections",
        citation=Citation(
            "Jiawei Zhao and Florian Schäfer and Anima Anandkumar",
            "ZerO initialization: initializing neural networks with only zeros and ones",
            "arXiv:2110.12661",
            2021,
        ),
    ),
    _pattern(
        "sinusoidal",
        sinusoidal,
        formula="∝ sin(2π · j · (i / fan_in + 1 / fan_out)), of variance gain² / n",
        reference="Fernández-Hernández et al. (2025)",
        summary="one sinusoid per unit, with Glorot's variance; no random numbers",
        recommended_for="deep ReLU networks, with gain sqrt(2) and mode fan_in",
        citation=Citation(
            "Alberto Fernández-Hernández and Jose I. Mestre and Manuel F. Dolz and José Duato"
            " and Enrique S. Quintana-Ortí",
            "Sinusoidal initialization, time for a new start",
            "NeurIPS",
            2025,
        ),
    ),
    _pattern(
        "deep_narrow",
        deep_narrow,
        formula="Q_in · I · Q_outᵀ, Q from the QR decomposition of J + ε I",
        reference="Lee, Kim, Yang & Choi (2023)",
        summary="orthonormal: positive signals stay almost positive and pass narrow ReLU layers",
        recommended_for="deep and narrow ReLU networks whose layers differ in width",
        citation=Citation(
            "Hyunwoo Lee and Yunho Kim and Seung Yeop Yang and Hayoung Choi",
            "Improved weight initialization for deep and narrow feedforward neural network",
            "arXiv:2311.03733",
            2023,
        ),
    ),
)
