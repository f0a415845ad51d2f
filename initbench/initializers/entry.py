"""What an initializer is: a function that draws one layer, and the law that it promises to obey."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.options import Option, options_of

Distribution = Literal[
    "constant", "identity", "normal", "uniform", "truncated_normal", "orthogonal"
]


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

    Raises
    ------
    UsageError
        A fan is not a positive integer, or the network has no such layer.
    """

    fan_in: int
    fan_out: int
    index: int = 0
    depth: int = 1
    activation: str = "linear"

    def __post_init__(self) -> None:
        for name, fan in (("fan_in", self.fan_in), ("fan_out", self.fan_out)):
            if not _is_positive_integer(fan):
                raise UsageError(f"{name} must be an integer of at least 1, not {fan!r}")
        if not 0 <= self.index < self.depth:
            raise UsageError(f"there is no layer {self.index} in a network of {self.depth}")

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the weights."""
        return self.fan_in, self.fan_out


def layers_of(sizes: Sequence[int], activation: str) -> tuple[LayerSpec, ...]:
    """Return the layers of a multilayer perceptron, the last of which gives logits.

    Parameters
    ----------
    sizes : sequence of int
        Features, units of each hidden layer, outputs.
    activation : str
        Of the hidden layers.

    Raises
    ------
    UsageError
        A size is not a positive integer.

    Examples
    --------
    >>> [(layer.shape, layer.activation) for layer in layers_of([2, 32, 1], "relu")]
    [((2, 32), 'relu'), ((32, 1), 'linear')]
    """
    depth = len(sizes) - 1
    return tuple(
        LayerSpec(fan_in, fan_out, index, depth, activation if index < depth - 1 else "linear")
        for index, (fan_in, fan_out) in enumerate(pairwise(sizes))
    )


def _is_positive_integer(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) > 0


@dataclass(frozen=True, kw_only=True)
class Initializer:
    """A scheme: how it draws, and what it promises of every entry that it draws.

    Attributes
    ----------
    name, aliases, summary
        As listed; the summary is one line.
    draw : callable (rng, layer, *, options…) -> ndarray of shape (fan_in, fan_out)
        Its keyword-only parameters are the scheme's options.
    variance : callable (layer, *, options…) -> float
        Variance of an entry; over the entries, where they are not random.
    distribution : str
        The family of the law, which a test holds draws to. A scheme that has an option of this
        name is drawn from what the option says.
    formula : str
        The law in one line, ``N(0, 2 / fan_in)``.
    reference : str
        Who proposed it, and where.
    mean : callable (layer, *, options…) -> float
        Mean of an entry; zero unless stated.
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
