"""What an initializer is: a function that draws one layer, and the law that it promises to obey."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.options import Option, options_of

Distribution = Literal["constant", "normal", "uniform", "truncated normal", "orthogonal"]


@dataclass(frozen=True)
class LayerSpec:
    """One layer with weights, and where in the network it stands.

    Attributes
    ----------
    fan_in, fan_out : int
        Inputs and units; weights have shape (fan_in, fan_out).
    index : int
        From the input on, from 0.
    depth : int
        How many layers with weights the network has.
    activation : str
        What is applied to this layer's output; ``linear`` for logits.
    """

    fan_in: int
    fan_out: int
    index: int = 0
    depth: int = 1
    activation: str = "linear"

    def __post_init__(self) -> None:
        if self.fan_in < 1 or self.fan_out < 1:
            raise UsageError(f"fans must be at least 1, not {self.fan_in} and {self.fan_out}")


def layers_of(sizes: Sequence[int], activation: str) -> tuple[LayerSpec, ...]:
    """Return the layers of a multilayer perceptron with these units, from features to logits."""
    depth = len(sizes) - 1
    return tuple(
        LayerSpec(fan_in, fan_out, index, depth, activation if index < depth - 1 else "linear")
        for index, (fan_in, fan_out) in enumerate(pairwise(sizes))
    )


@dataclass(frozen=True, kw_only=True)
class Initializer:
    """A scheme: how it draws, and what it promises of every entry that it draws.

    Attributes
    ----------
    name, aliases, summary
        As listed.
    draw : callable (rng, layer, *, options…) -> ndarray of shape (fan_in, fan_out)
        Its keyword-only parameters are the scheme's options.
    variance : callable (layer, *, options…) -> float
        Variance of an entry.
    mean : callable (layer, *, options…) -> float
        Mean of an entry; zero unless stated.
    distribution : str
        The family of the law. A test holds draws to it.
    formula : str
        The law in one line, ``N(0, 2 / fan_in)``.
    reference : str
        Who proposed it, and where.
    """

    name: str
    draw: Callable[..., FloatArray]
    variance: Callable[..., float]
    distribution: Distribution
    formula: str
    reference: str
    summary: str
    mean: Callable[..., float] = lambda _layer, **_: 0.0
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """What the scheme can be given, with defaults."""
        return options_of(self.draw)
