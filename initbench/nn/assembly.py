"""Assembly: from an architecture to the steps that a signal passes through.

Every hidden layer is followed by what its preactivation passes before the next layer's product:
the end of a block, the beginning of the next, normalization, activation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from initbench.nn.architecture import Architecture
from initbench.nn.layers import Activate, Dense, InputDense, Step
from initbench.nn.normalization import Normalize
from initbench.nn.residual import Fork, Join, ScalarBias
from initbench.nn.workspace import Workspace


@dataclass(frozen=True)
class Assembly:
    """The steps of a network.

    Attributes
    ----------
    first : InputDense
    steps : tuple of Step
        All that follow.
    layers : tuple of int
        The layer, from 0, to which each step belongs, the first among them.
    """

    first: InputDense
    steps: tuple[Step, ...]
    layers: tuple[int, ...]


def assemble(architecture: Architecture, workspace: Workspace) -> Assembly:
    """Return the steps of a network, not yet bound to any parameters."""
    (fan_in, fan_out), *_ = architecture.layers
    is_last = len(architecture.layers) == 1
    first = InputDense(fan_in, fan_out, workspace, bias=architecture.bias, is_last=is_last)
    rest = list(_steps(architecture, workspace))
    layers = (0, *(layer for layer, _ in rest))
    return Assembly(first, tuple(step for _, step in rest), layers)


def _steps(architecture: Architecture, workspace: Workspace) -> Iterator[tuple[int, Step]]:
    """Yield all steps after the first layer, each with the layer to which it belongs."""
    residual, last = architecture.residual, len(architecture.layers) - 1
    fork, names, in_block = Fork(), count(), False
    for layer in range(1, last + 1):
        fan_in, fan_out = architecture.layers[layer]
        opens, closes = architecture.opens_block(layer), architecture.closes_block(layer)
        if opens:
            fork, in_block = Fork(), True
            yield layer - 1, fork
        shifted = residual is not None and residual.scalar_biases and in_block
        if architecture.normalization != "none":
            yield layer - 1, Normalize(fan_in, architecture.normalization, workspace, index=layer)
        if shifted:
            yield layer, ScalarBias(workspace, name=f"bias {next(names)}")
        may_overwrite = not opens or architecture.normalization != "none" or shifted
        yield (
            layer - 1,
            Activate(architecture.activation, workspace, index=layer, may_overwrite=may_overwrite),
        )
        if shifted:
            yield layer, ScalarBias(workspace, name=f"bias {next(names)}")
        yield (
            layer,
            Dense(
                fan_in,
                fan_out,
                workspace,
                bias=architecture.bias,
                index=layer,
                is_last=layer == last,
            ),
        )
        if closes:
            in_block = False
            scaled = residual is not None and residual.learned_scale
            yield layer, Join(fork, workspace, learned_scale=scaled, index=layer)
