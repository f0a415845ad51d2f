"""Layer specifications: the fans, position and activation of a layer, as schemes receive them."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from initbench.errors import UsageError
from initbench.nn import Architecture, BoundActivation, bind_activation
from initbench.options import OptionValue


@dataclass(frozen=True)
class LayerSpec:
    """One layer with weights: its fans, its position in the network, and the activation.

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
    hidden_activation : str
        What the network's hidden layers apply, and so what the later layers are given.
    activation_options : tuple of (str, value)
        Options of the hidden activation that are not at their defaults, as ``(("slope", 0.3),)``.
    branches : int
        Residual branches of the network; 0 where there are none.
    branch_layers : int
        Layers of the residual branch that this layer belongs to; 0 outside of one.
    branch_position : int
        Where in its branch the layer stands, from 0.
    scaled_branches : bool
        Whether the network multiplies each branch by a learned factor.
    has_bias : bool
        Whether the network's layers have biases.
    weight_norm : bool
        Whether the network learns lengths and directions of each unit's weights.
    branch_multiplier : float
        The fixed factor on each residual branch.

    Raises
    ------
    UsageError
        A fan is not a positive integer, or the network or the branch has no such layer.
    """

    fan_in: int
    fan_out: int
    index: int = 0
    depth: int = 1
    activation: str = "linear"
    hidden_activation: str = "linear"
    branches: int = 0
    branch_layers: int = 0
    branch_position: int = 0
    scaled_branches: bool = False
    activation_options: tuple[tuple[str, OptionValue], ...] = ()
    has_bias: bool = True
    weight_norm: bool = False
    branch_multiplier: float = 1.0

    def __post_init__(self) -> None:
        for name, fan in (("fan_in", self.fan_in), ("fan_out", self.fan_out)):
            given: object = fan
            is_integer = isinstance(given, int | np.integer) and not isinstance(given, bool)
            if not is_integer or fan < 1:
                raise UsageError(f"{name} must be an integer of at least 1, not {fan!r}")
        if not 0 <= self.index < self.depth:
            raise UsageError(f"there is no layer {self.index} in a network of {self.depth}")
        if self.branch_layers and not 0 <= self.branch_position < self.branch_layers:
            raise UsageError(
                f"there is no layer {self.branch_position} in a branch of {self.branch_layers}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Shape of the weights."""
        return self.fan_in, self.fan_out

    @property
    def bound_activation(self) -> BoundActivation:
        """The activation of the network's hidden layers, with its options: values and slopes.

        Raises
        ------
        UsageError
            There is no such activation.
        """
        return bind_activation(self.hidden_activation, **dict(self.activation_options))

    @property
    def is_first(self) -> bool:
        """Whether its inputs are the features."""
        return self.index == 0

    @property
    def is_last(self) -> bool:
        """Whether its outputs are the logits."""
        return self.index == self.depth - 1

    @property
    def ends_branch(self) -> bool:
        """Whether its output is what a residual branch adds."""
        return self.branch_layers > 0 and self.branch_position == self.branch_layers - 1


def layers_of(
    sizes: Sequence[int],
    activation: str | BoundActivation,
    *,
    branch_layers: int = 0,
    scaled_branches: bool = False,
    has_bias: bool = True,
    weight_norm: bool = False,
    branch_multiplier: float = 1.0,
) -> tuple[LayerSpec, ...]:
    """Return the layers of a multilayer perceptron, the last of which gives logits.

    Parameters
    ----------
    sizes : sequence of int
        Features, units of each hidden layer, outputs.
    activation : str or BoundActivation
        Of the hidden layers; a name stands for the activation with its default options.
    branch_layers : int
        Layers in each residual branch, the first of which follows the first hidden layer; 0 where
        there are none.
    scaled_branches, has_bias, weight_norm, branch_multiplier
        As in `LayerSpec`.

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
    in_branches = range(1, depth - 1) if branch_layers else range(0)
    if isinstance(activation, BoundActivation):
        name, options = activation.name, changed_options(activation)
    else:
        name, options = activation, ()
    return tuple(
        LayerSpec(
            fan_in,
            fan_out,
            index,
            depth,
            activation=name if index < depth - 1 else "linear",
            hidden_activation=name,
            branches=len(in_branches) // max(branch_layers, 1),
            branch_layers=branch_layers if index in in_branches else 0,
            branch_position=(index - 1) % branch_layers if index in in_branches else 0,
            scaled_branches=scaled_branches,
            activation_options=options,
            has_bias=has_bias,
            weight_norm=weight_norm,
            branch_multiplier=branch_multiplier,
        )
        for index, (fan_in, fan_out) in enumerate(pairwise(sizes))
    )


def specs_of(architecture: Architecture) -> tuple[LayerSpec, ...]:
    """Return the description of each layer that schemes receive."""
    residual = architecture.residual
    return layers_of(
        architecture.sizes,
        architecture.activation,
        branch_layers=0 if residual is None else residual.layers,
        scaled_branches=residual is not None and residual.learned_scale,
        has_bias=architecture.bias,
        weight_norm=architecture.normalization == "weight",
        branch_multiplier=architecture.multiplier,
    )


def changed_options(activation: BoundActivation) -> tuple[tuple[str, OptionValue], ...]:
    """Return the options of an activation that are not at their defaults, by name."""
    defaults = activation.entry.options
    return tuple(
        (name, value)
        for name, value in sorted(activation.options.items())
        if value != defaults[name].default
    )


@functools.cache
def activation_moments(
    activation: str, options: tuple[tuple[str, OptionValue], ...]
) -> tuple[float, float]:
    """Return mean and mean square of the activation of a standard normal preactivation."""
    from initbench.theory import normal_mean

    bound = bind_activation(activation, **dict(options))
    mean, square = (
        float(normal_mean(bound, function, np.ones(1))[0])
        for function in (bound.values, lambda z: bound.values(z) ** 2)
    )
    return mean, square
