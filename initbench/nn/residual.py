"""Steps of a residual block: the fork of the signal, the join, and the scalar biases between.

In the backward pass the roles are exchanged: a join copies the derivative to both branches, and a
fork adds the derivatives of both.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.layers import Call, Planned, Workspace


class Fork:
    """The beginning of a block: the signal passes unchanged and is kept for the end."""

    shapes: Sequence[tuple[int, ...]] = ()
    signal: FloatArray
    delta: FloatArray

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        pass

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        self.signal = signal
        return signal, []

    def backward(self, delta: FloatArray) -> Planned:
        return delta, [partial(np.add, delta, self.delta, out=delta)]


class Join:
    """The end of a block: the sum of the signal kept at its beginning and the block's output.

    Parameters
    ----------
    fork : Fork
    learned_scale : bool
        Whether the block's output is multiplied by a parameter, ``scale`` (R, 1, 1).
    multiplier : float
        A fixed factor on the block's output.
    index : int
        Index of the block's last layer.
    """

    scale: FloatArray

    def __init__(
        self,
        fork: Fork,
        workspace: Workspace,
        *,
        learned_scale: bool,
        multiplier: float,
        index: int,
    ) -> None:
        self.shapes: list[tuple[int, ...]] = [(1,)] if learned_scale else []
        self._fork, self._workspace, self._name = fork, workspace, f"block {index}"
        self._multiplier = multiplier

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        for scale, gradient in zip(parameters, gradients, strict=True):
            self.scale, self._gradient = scale[..., np.newaxis], gradient[..., np.newaxis]

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        self._branch = signal
        made = self._workspace.array(self._name, *signal.shape[1:])
        calls: list[Call] = []
        if self.shapes:
            calls.append(partial(np.multiply, signal, self.scale, out=made))
        branch = made if self.shapes else signal
        if self._multiplier != 1.0:
            calls.append(partial(np.multiply, branch, self._multiplier, out=made))
            branch = made
        return made, [
            *calls,
            partial(np.add, branch, self._fork.signal, out=made),
            partial(made[:, -1].fill, 1.0),
        ]

    def backward(self, delta: FloatArray) -> Planned:
        self._fork.delta = self._workspace.array(f"{self._name} delta", *delta.shape[1:])
        calls: list[Call] = [partial(np.copyto, self._fork.delta, delta)]
        if self._multiplier != 1.0:
            calls.append(partial(np.multiply, delta, self._multiplier, out=delta))
        if self.shapes:
            runs = len(delta)
            left, right = delta.reshape(runs, 1, -1), self._branch.reshape(runs, -1, 1)
            calls += [
                partial(delta[:, -1].fill, 0.0),
                partial(np.matmul, left, right, out=self._gradient),
                partial(np.multiply, delta, self.scale, out=delta),
            ]
        return delta, calls


class ScalarBias:
    """One learned scalar, added to all units of a signal.

    Parameters
    ----------
    name : str
        Name of its buffer, unique in the network.
    """

    bias: FloatArray

    def __init__(self, workspace: Workspace, *, name: str) -> None:
        self.shapes: list[tuple[int, ...]] = [(1,)]
        self._workspace, self._name = workspace, name

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        [bias], [gradient] = parameters, gradients
        self.bias, self._gradient = bias[..., np.newaxis], gradient[..., np.newaxis]

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        made = self._workspace.array(self._name, *signal.shape[1:])
        return made, [
            partial(np.add, signal, self.bias, out=made),
            partial(made[:, -1].fill, 1.0),
        ]

    def backward(self, delta: FloatArray) -> Planned:
        flat = delta.reshape(len(delta), 1, -1)
        ones = np.ones((flat.shape[-1], 1), delta.dtype)
        return delta, [
            partial(delta[:, -1].fill, 0.0),
            partial(np.matmul, flat, ones, out=self._gradient),
        ]
