r"""The steps of a residual block: where a signal forks, where it joins, and what is added between.

On the way back the roles change: what joined forks, and what forked is summed.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.layers import Call, Planned
from initbench.nn.workspace import Workspace


class Fork:
    """The beginning of a block: the signal goes on and is remembered for the end."""

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
    """The end of a block: what was remembered, plus what the block made of it.

    Parameters
    ----------
    fork : Fork
    learned_scale : bool
        Whether what the block made is multiplied by a parameter, ``scale`` (R, 1, 1).
    index : int
        Of the block.
    """

    scale: FloatArray

    def __init__(
        self, fork: Fork, workspace: Workspace, *, learned_scale: bool, index: int
    ) -> None:
        self.shapes = [(1,)] if learned_scale else []
        self._fork, self._workspace, self._name = fork, workspace, f"block {index}"

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
        return made, [
            *calls,
            partial(np.add, branch, self._fork.signal, out=made),
            partial(made[:, -1].fill, 1.0),
        ]

    def backward(self, delta: FloatArray) -> Planned:
        self._fork.delta = self._workspace.array(f"{self._name} delta", *delta.shape[1:])
        calls: list[Call] = [partial(np.copyto, self._fork.delta, delta)]
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
    """One learned number, added to everything of a signal.

    Parameters
    ----------
    name : str
        Of its own, among all steps of the network.
    """

    bias: FloatArray

    def __init__(self, workspace: Workspace, *, name: str) -> None:
        self.shapes = [(1,)]
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
