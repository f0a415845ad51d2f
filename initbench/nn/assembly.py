"""Assembly: from an architecture to the steps that a signal passes through.

Every hidden layer is followed by what its preactivation passes before the next layer's product:
the end of a block, the beginning of the next, normalization, activation.
"""

from collections.abc import Iterator

from initbench.nn.architecture import Architecture, Residual
from initbench.nn.layers import Activate, Dense, InputDense, Step
from initbench.nn.normalization import Normalize
from initbench.nn.residual import Fork, Join, ScalarBias
from initbench.nn.workspace import Workspace


def assemble(
    architecture: Architecture, workspace: Workspace
) -> tuple[InputDense, tuple[Step, ...]]:
    """Return the first layer and all steps that follow, not yet bound to any parameters."""
    (fan_in, fan_out), *_ = architecture.layers
    is_last = len(architecture.layers) == 1
    first = InputDense(fan_in, fan_out, workspace, bias=architecture.bias, is_last=is_last)
    return first, tuple(_steps(architecture, workspace))


def _steps(architecture: Architecture, workspace: Workspace) -> Iterator[Step]:
    """Yield all steps after the first layer."""
    residual = architecture.residual or Residual()
    fork, in_block = Fork(), False
    for layer in range(1, len(architecture.layers)):
        if architecture.opens_block(layer):
            fork, in_block = Fork(), True
            yield fork
        shifted = in_block and residual.scalar_biases
        yield from _between(architecture, workspace, layer, shifted=shifted)
        yield Dense(
            *architecture.layers[layer],
            workspace,
            bias=architecture.bias,
            index=layer,
            is_last=layer == len(architecture.layers) - 1,
        )
        if architecture.closes_block(layer):
            yield Join(fork, workspace, learned_scale=residual.learned_scale, index=layer)
            in_block = False


def _between(
    architecture: Architecture, workspace: Workspace, layer: int, *, shifted: bool
) -> Iterator[Step]:
    """Yield what stands between a layer and the one before it."""
    kind, units = architecture.normalization, architecture.sizes[layer]
    if kind != "none":
        yield Normalize(units, kind, workspace, index=layer)
    if shifted:
        yield ScalarBias(workspace, name=f"bias before activation {layer}")
    yield Activate(
        architecture.activation,
        workspace,
        index=layer,
        may_overwrite=kind != "none" or shifted or not architecture.opens_block(layer),
    )
    if shifted:
        yield ScalarBias(workspace, name=f"bias before layer {layer}")
