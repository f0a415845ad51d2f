r"""The steps of a network that every network has: products and activations.

A signal is ``(R, units + 1, B)``: a sample is a column, and the last row is one, so that a layer's
weights and bias are one matrix whose last row is the bias. With :math:`A` for what a layer is given
and :math:`\Delta` for the loss's derivative by what it makes, a layer is three products,

.. math::
    Z = W^T A, \qquad
    \partial W = A\, \Delta^T, \qquad
    \Delta_\text{below} = W\, \Delta

each of them one call for all runs. `numpy.matmul` multiplies the slices of a stack one by one, with
the routine that it would take for that slice alone: a run's numbers do not depend on what else is
in the stack. The last row of a :math:`\Delta` belongs to the row of ones and goes nowhere; with it,
elementwise operations run over whole arrays, twice as fast as over a view of most of one.

Every step has ``shapes``, of the parameters of one run that it owns, and gets views of them and of
their gradients from `bind`; it writes into arrays of a `Workspace`, and what `forward` kept,
`backward` uses.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations import BoundActivation
from initbench.nn.workspace import Workspace

SMALL = 2**20
"""Multiplications of a product up to which OpenBLAS has a routine for small matrices, in which the
product by a transposed matrix takes up to 1.7 times as long as that by a copy of it."""

NARROW = 16
"""Rows below which the copy costs more than it saves."""


class HasParameters(Protocol):
    """A part of a network, with as many parameters as it needs."""

    @property
    def shapes(self) -> Sequence[tuple[int, ...]]:
        """Shapes of the parameters of one run."""

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        """Take views ``(R, *shape)`` of the parameters and of their gradients."""


class Step(HasParameters, Protocol):
    """What a signal passes through on its way forward, and its derivative on the way back."""

    def forward(self, signal: FloatArray, *, training: bool) -> FloatArray:
        """Return what becomes of a signal."""

    def backward(self, delta: FloatArray) -> FloatArray:
        """Leave the gradients, and return the derivative by what `forward` was given."""


class Dense:
    """A layer: weights and, if it has them, biases.

    Parameters
    ----------
    fan_in, fan_out : int
    bias : bool
    index : int
        Of the layer, from 0; layers of even and odd index take turns with two buffers on the way
        back.
    is_last : bool
        Whether it makes logits, ``(R, K, B)``, instead of a signal.
    """

    weights: FloatArray
    gradients: FloatArray

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        workspace: Workspace,
        *,
        bias: bool,
        index: int,
        is_last: bool,
    ) -> None:
        self.shapes = [(fan_in + bias, fan_out)]
        self._fan_in, self._fan_out = fan_in, fan_out
        self._name, self._rows = f"layer {index}", fan_out + (not is_last)
        self._below = f"delta {index % 2}"
        self._workspace = workspace

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        [self.weights], [self.gradients] = parameters, gradients

    def forward(self, signal: FloatArray, *, training: bool) -> FloatArray:
        self._given = signal[:, : self.weights.shape[1]]
        made = self._workspace.array(self._name, self._rows, signal.shape[-1])
        np.matmul(self.weights.mT, self._given, out=made[:, : self._fan_out])
        return made

    def backward(self, delta: FloatArray) -> FloatArray:
        delta = delta[:, : self._fan_out]
        _multiply_transposed(self._given, delta, self.gradients, self._workspace)
        below = self._workspace.array(self._below, self._fan_in + 1, delta.shape[-1])
        _multiply_each(self.weights, delta, below[:, : self.weights.shape[1]])
        if self.weights.shape[1] == self._fan_in:
            below[:, -1] = 0.0  # no bias has filled it
        return below


class InputDense:
    """The first layer, which reads a batch a stream, ``(S, B, D + 1)``, and passes nothing back.

    Run ``s * (R / S) + i`` is the i-th of those that read stream s. Parameters are those of
    `Dense`.
    """

    weights: FloatArray
    gradients: FloatArray

    def __init__(
        self, fan_in: int, fan_out: int, workspace: Workspace, *, bias: bool, is_last: bool
    ) -> None:
        self.shapes = [(fan_in + bias, fan_out)]
        self._fan_out, self._rows = fan_out, fan_out + (not is_last)
        self._workspace = workspace

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        [self.weights], [self.gradients] = parameters, gradients

    def forward(self, inputs: FloatArray) -> FloatArray:
        """Return the signal ``(R, H + 1, B)``, or logits ``(R, K, B)``, of the batches."""
        streams, batch, _ = inputs.shape
        self._given = inputs[..., : self.weights.shape[1]].mT[:, np.newaxis]
        made = self._workspace.array("layer 0", self._rows, batch)
        out = by_stream(made[:, : self._fan_out], streams)
        np.matmul(by_stream(self.weights, streams).mT, self._given, out=out)
        return made

    def backward(self, delta: FloatArray) -> None:
        """Leave the gradients."""
        streams = len(self._given)
        delta = by_stream(delta[:, : self._fan_out], streams)
        out = by_stream(self.gradients, streams)
        _multiply_transposed(self._given, delta, out, self._workspace)


class Activate:
    """An activation after a layer.

    Parameters
    ----------
    activation : BoundActivation
    index : int
        Of the layer.
    may_overwrite : bool
        Whether nobody else needs what the activation is given.
    """

    shapes: Sequence[tuple[int, ...]] = ()

    def __init__(
        self, activation: BoundActivation, workspace: Workspace, *, index: int, may_overwrite: bool
    ) -> None:
        self._activation, self._workspace = activation, workspace
        self._name = f"activation {index}"
        self._in_place = may_overwrite and activation.keeps == "output"

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        pass

    def forward(self, signal: FloatArray, *, training: bool) -> FloatArray:
        _, rows, batch = signal.shape
        made = signal if self._in_place else self._workspace.array(self._name, rows, batch)
        self._activation.function(signal, made, self._workspace.array("scratch", rows, batch))
        made[:, -1] = 1.0
        self._kept = made if self._activation.keeps == "output" else signal
        return made

    def backward(self, delta: FloatArray) -> FloatArray:
        _, rows, batch = delta.shape
        slope = self._workspace.array("slope", rows, batch)
        scratch = self._workspace.array("scratch", rows, batch)
        self._activation.derivative(self._kept, slope, scratch)
        np.multiply(delta, slope, out=delta)
        return delta


def by_stream(array: FloatArray, streams: int) -> FloatArray:
    """View ``(R, …)`` as ``(S, R / S, …)``."""
    return array.reshape(streams, len(array) // streams, *array.shape[1:])


def _multiply_each(matrices: FloatArray, columns: FloatArray, out: FloatArray) -> None:
    """Multiply ``(R, n, k)`` by ``(R, k, B)``; with k = 1 that is a broadcast, at half the cost."""
    multiply = np.multiply if matrices.shape[-1] == 1 else np.matmul
    multiply(matrices, columns, out=out)


def _multiply_transposed(
    left: FloatArray, right: FloatArray, out: FloatArray, workspace: Workspace
) -> None:
    """Multiply ``(…, n, B)`` by the transposed of ``(…, k, B)``, for R runs in all."""
    *_, rows, batch = right.shape
    if rows == 1 or left.shape[-2] < NARROW or left.shape[-2] * rows * batch > SMALL:
        np.matmul(left, right.mT, out=out)
    else:
        transposed = workspace.array("transposed", batch, rows).reshape(right.mT.shape)
        np.copyto(transposed, right.mT)
        np.matmul(left, transposed, out=out)
