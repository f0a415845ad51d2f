"""The architecture of a network: layers, activation, normalization and skip connections."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from initbench.errors import UsageError
from initbench.nn.activations import BoundActivation

Normalization = Literal["none", "layer", "batch", "weight"]

Multiplier = float | Literal["1/sqrt(L)", "1/L"]
"""A factor on residual branches: a number, or a function of the number of blocks, L."""


@dataclass(frozen=True)
class Residual:
    r"""Skip connections around blocks of hidden layers, :math:`x + s \cdot f(x)`.

    Blocks connect preactivations: `f` begins with the activation and ends with a product, so that
    no activation follows the sum. The first hidden layer leads into the first block, and the output
    layer follows the last.

    Attributes
    ----------
    layers : int
        Number of hidden layers in a block.
    learned_scale : bool
        Whether `s` is a parameter, one per block; otherwise it is 1.
    scalar_biases : bool
        Whether a learned scalar is added before each activation and each product of a block.
    multiplier : float or {"1/sqrt(L)", "1/L"}
        A fixed factor on each block, beside `s`; L is the number of blocks.

    References
    ----------
    He, Zhang, Ren, Sun, "Identity mappings in deep residual networks", ECCV 2016, fig. 4e, for the
    order within a block. Zhang, Dauphin, Ma, "Fixup initialization", ICLR 2019, for both scalars.
    Yang, Yu, Zhu, Hayou, "Tensor programs VI: feature learning in infinite-depth neural networks",
    ICLR 2024, for 1/sqrt(L); Dey et al., "Don't be lazy: CompleteP enables compute-efficient deep
    transformers", 2025, for 1/L.
    """

    layers: int = 2
    learned_scale: bool = False
    scalar_biases: bool = False
    multiplier: Multiplier = 1.0


@dataclass(frozen=True)
class Dropout:
    r"""Dropout of hidden activations in training.

    Attributes
    ----------
    rate : float
        Probability that an activation is dropped, below 1.
    kind : {"standard", "alpha"}
        ``standard`` sets dropped activations to zero and divides the others by 1 - rate. ``alpha``
        sets them to the value that SELU approaches for negative preactivations, and restores mean 0
        and variance 1 by an affine map.

    References
    ----------
    Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, "Dropout: a simple way to prevent
    neural networks from overfitting", JMLR 15, 2014. Klambauer, Unterthiner, Mayr, Hochreiter,
    "Self-normalizing neural networks", NIPS 2017; PyTorch 2.13.0, ``nn.AlphaDropout``.
    """

    rate: float
    kind: Literal["standard", "alpha"] = "standard"


@dataclass(frozen=True)
class Architecture:
    """The architecture of a multilayer perceptron.

    Attributes
    ----------
    sizes : tuple of int
        Number of units from input to output, ``(D, H, …, K)``.
    activation : BoundActivation
        Activation of the hidden layers; the output layer gives logits.
    bias : bool
        Whether layers have biases.
    normalization : {"none", "layer", "batch", "weight"}
        Normalization of preactivations, with a learned gain and shift; or of the weights of each
        unit, with a learned length.
    residual : Residual, optional
    dropout : Dropout, optional

    Raises
    ------
    UsageError
        The hidden layers do not make whole blocks, or a block changes the width.
    """

    sizes: tuple[int, ...]
    activation: BoundActivation
    bias: bool = True
    normalization: Normalization = "none"
    residual: Residual | None = None
    dropout: Dropout | None = None

    def __post_init__(self) -> None:
        if self.residual is not None:
            check_blocks(self.sizes[1:-1], self.residual)

    @cached_property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """The fans ``(fan_in, fan_out)`` of every layer."""
        return tuple(pairwise(self.sizes))

    @property
    def blocks(self) -> int:
        """Number of residual blocks."""
        return 0 if self.residual is None else (len(self.sizes) - 3) // self.residual.layers

    @property
    def normalizes_activations(self) -> bool:
        """Whether steps of normalization stand between layers."""
        return self.normalization in {"layer", "batch"}

    @property
    def multiplier(self) -> float:
        """The fixed factor on each residual block."""
        if self.residual is None:
            return 1.0
        given = self.residual.multiplier
        if isinstance(given, str):
            return 1.0 / self.blocks if given == "1/L" else self.blocks**-0.5
        return given

    def opens_block(self, layer: int) -> bool:
        """Return whether a block begins with the input of `layer` (from 0)."""
        residual = self.residual
        return residual is not None and (
            1 <= layer < len(self.layers) - 1 and (layer - 1) % residual.layers == 0
        )

    def closes_block(self, layer: int) -> bool:
        """Return whether a block ends with the output of `layer` (from 0)."""
        residual = self.residual
        return residual is not None and (
            1 <= layer < len(self.layers) - 1 and layer % residual.layers == 0
        )


def check_blocks(hidden: tuple[int, ...], residual: Residual) -> None:
    """Raise a `UsageError` if hidden layers of these widths do not make whole residual blocks."""
    each, count = residual.layers, len(hidden)
    if count < 1 + each or (count - 1) % each:
        below = max(1 + each, count - (count - 1) % each)
        raise UsageError(
            f"residual blocks of {each} need 1 + {each} n hidden layers, not {count}: use {below}"
            + (f" or {below + each}" if below < count else "")
        )
    if len(set(hidden[::each])) > 1:
        raise UsageError(
            "residual blocks begin and end with layers of one width, but the hidden layers between"
            f" which they lie have {', '.join(map(str, hidden[::each]))} units"
        )
