r"""Steps of the forward and backward pass: dense layers and activations.

A signal is ``(R, units + 1, B)``: a sample is a column, and the last row is one, so that a layer's
weights and bias are one matrix whose last row is the bias. With :math:`A` for the input of a layer
and :math:`\Delta` for the loss's derivative by its output, a layer is three products,

.. math::
    Z = W^T A, \qquad
    \partial W = A\, \Delta^T, \qquad
    \Delta_\text{below} = W\, \Delta

each of them one call for all runs. `numpy.matmul` multiplies the slices of a stack one by one, with
the routine that it would take for that slice alone: a run's numbers do not depend on what else is
in the stack. The last row of a :math:`\Delta` belongs to the row of ones and is not used; with
it, elementwise operations run over whole arrays, twice as fast as over a view without that row.

A step does not compute: it *plans*. Given an input array, it returns its output array and the calls
that fill it, with every view and buffer already in place. A network plans once per batch size, and
a pass is a list of calls: Python pays for the calls, and for no slicing and no attribute look-up.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import FloatArray
from initbench.nn import fast
from initbench.nn.activations import BoundActivation
from initbench.nn.kernels import copies_transposed
from initbench.nn.weight_norm import WeightNorm

SMALL = 2**20
"""Number of multiplications in a product up to which OpenBLAS uses its routine for small matrices,
where it has one: a product with a transposed matrix then takes up to 1.7 times as long as with a
copy of it."""

NARROW = 16
"""Number of rows below which the copy costs more than it saves."""

Call: TypeAlias = Callable[[], object]
Planned: TypeAlias = tuple[FloatArray, list[Call]]
"""An array, and the calls that fill it."""


class Workspace:
    """Buffers ``(R, rows, B)`` by name, made once per batch size and used again in each step.

    Parameters
    ----------
    runs : int
    dtype : dtype
    """

    def __init__(self, runs: int, dtype: DTypeLike) -> None:
        self._runs, self._dtype = runs, dtype
        self._arrays: dict[tuple[str, int, int], FloatArray] = {}

    def array(self, name: str, rows: int, batch: int) -> FloatArray:
        """Return the buffer of this name and shape; a new one is filled with ones."""
        key = (name, rows, batch)
        found = self._arrays.get(key)
        if found is None:
            found = self._arrays[key] = np.ones((self._runs, rows, batch), self._dtype)
        return found


class HasParameters(Protocol):
    """A part of a network that may own parameters."""

    @property
    def shapes(self) -> Sequence[tuple[int, ...]]:
        """Shapes of the parameters of one run."""

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        """Keep views ``(R, *shape)`` of the parameters and of their gradients."""


class Step(HasParameters, Protocol):
    """One operation on the signal, with its backward pass."""

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        """Plan the output for a signal."""

    def backward(self, delta: FloatArray) -> Planned:
        """Plan the gradients, and the derivative by the input of the latest planned `forward`."""


class Dense:
    """A dense layer after the first: weights and, optionally, biases.

    Parameters
    ----------
    fan_in, fan_out : int
    bias : bool
    index : int
        Index of the layer, from 0. Layers of even and odd index alternate between two buffers
        in the backward pass.
    is_last : bool
        Whether the output is logits, ``(R, K, B)``, which have no row of ones.
    weight_norm : bool
        Whether the parameters are directions and lengths of each unit's weights, `WeightNorm`.
    """

    weights: FloatArray
    gradients: FloatArray
    weight_norm: WeightNorm | None = None

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        workspace: Workspace,
        *,
        bias: bool,
        index: int,
        is_last: bool,
        weight_norm: bool = False,
    ) -> None:
        self.shapes: list[tuple[int, ...]] = _shapes(
            fan_in, fan_out, bias=bias, weight_norm=weight_norm
        )
        self._fan_in, self._fan_out = fan_in, fan_out
        self._index, self._rows = index, fan_out + (not is_last)
        self._workspace = workspace

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        self.weight_norm = _weight_norm(parameters, gradients, self._fan_in)
        products = self.weight_norm
        self.weights = products.weights if products else parameters[0]
        self.gradients = products.gradients if products else gradients[0]

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        self._given = signal[:, : self.weights.shape[1]]
        made = self._workspace.array(f"layer {self._index}", self._rows, signal.shape[-1])
        product = partial(np.matmul, self.weights.mT, self._given, out=made[:, : self._fan_out])
        return made, [*([self.weight_norm.compose] if self.weight_norm else []), product]

    def backward(self, delta: FloatArray) -> Planned:
        delta, rows = delta[:, : self._fan_out], self.weights.shape[1]
        name = f"delta {self._index % 2}"
        below = self._workspace.array(name, self._fan_in + 1, delta.shape[-1])
        calls = [
            *_multiply_transposed(self._given, delta, self.gradients, self._workspace),
            *_multiply_each(self.weights, delta, below[:, :rows], self._workspace),
            *([self.weight_norm.decompose] if self.weight_norm else []),
        ]
        if rows == self._fan_in:
            calls.append(partial(below[:, -1].fill, 0.0))  # no bias has filled it
        return below, calls


class InputDense:
    """The first layer, which reads one batch per stream and has no derivative by its input.

    Run ``s * (R / S) + i`` is the i-th of the runs that read stream s. Parameters are those of
    `Dense`.
    """

    weights: FloatArray
    gradients: FloatArray
    weight_norm: WeightNorm | None = None

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        workspace: Workspace,
        *,
        bias: bool,
        is_last: bool,
        weight_norm: bool = False,
    ) -> None:
        self.shapes: list[tuple[int, ...]] = _shapes(
            fan_in, fan_out, bias=bias, weight_norm=weight_norm
        )
        self._fan_in, self._fan_out, self._rows = fan_in, fan_out, fan_out + (not is_last)
        self._workspace = workspace

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        self.weight_norm = _weight_norm(parameters, gradients, self._fan_in)
        products = self.weight_norm
        self.weights = products.weights if products else parameters[0]
        self.gradients = products.gradients if products else gradients[0]

    def forward(self, columns: FloatArray) -> Planned:
        """Plan the signal ``(R, H + 1, B)``, or logits ``(R, K, B)``, of ``(S, D + 1, B)``."""
        streams, _, batch = columns.shape
        self._given = columns[:, np.newaxis, : self.weights.shape[1]]
        made = self._workspace.array("layer 0", self._rows, batch)
        out = by_stream(made[:, : self._fan_out], streams)
        product = partial(np.matmul, by_stream(self.weights, streams).mT, self._given, out=out)
        return made, [*([self.weight_norm.compose] if self.weight_norm else []), product]

    def backward(self, delta: FloatArray) -> list[Call]:
        """Plan the gradients."""
        streams = len(self._given)
        delta = by_stream(delta[:, : self._fan_out], streams)
        out = by_stream(self.gradients, streams)
        return [
            *_multiply_transposed(self._given, delta, out, self._workspace),
            *([self.weight_norm.decompose] if self.weight_norm else []),
        ]


class Activate:
    """An activation after a layer.

    Parameters
    ----------
    activation : BoundActivation
    index : int
        Index of the layer.
    may_overwrite : bool
        Whether no other step needs the preactivations, so that they may be overwritten.
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

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        _, rows, batch = signal.shape
        made = signal if self._in_place else self._workspace.array(self._name, rows, batch)
        scratch = self._workspace.array("scratch", rows, batch)
        self._kept = made if self._activation.keeps == "output" else signal
        name, options = self._activation.name, self._activation.options.values()
        function = fast.activate(name, options, signal, made) or partial(
            self._activation.function, signal, made, scratch
        )
        return made, [function, partial(made[:, -1].fill, 1.0)]

    def backward(self, delta: FloatArray) -> Planned:
        _, rows, batch = delta.shape
        name, options = self._activation.name, self._activation.options.values()
        if fused := fast.pass_back(name, options, self._kept, delta):
            return delta, [fused]
        slope = self._workspace.array("slope", rows, batch)
        scratch = self._workspace.array("scratch", rows, batch)
        return delta, [
            partial(self._activation.derivative, self._kept, slope, scratch),
            partial(np.multiply, delta, slope, out=delta),
        ]


def _shapes(fan_in: int, fan_out: int, *, bias: bool, weight_norm: bool) -> list[tuple[int, ...]]:
    return [(fan_in + bias, fan_out), *([(1, fan_out)] if weight_norm else [])]


def _weight_norm(
    parameters: Sequence[FloatArray], gradients: Sequence[FloatArray], fan_in: int
) -> WeightNorm | None:
    """Return the weight normalization of a layer, whose lengths are its second parameter."""
    if len(parameters) == 1:
        return None
    return WeightNorm(*parameters, *gradients, fan_in=fan_in)


def by_stream(array: FloatArray, streams: int) -> FloatArray:
    """View ``(R, …)`` as ``(S, R / S, …)``."""
    return array.reshape(streams, len(array) // streams, *array.shape[1:])


def _multiply_each(
    left: FloatArray, right: FloatArray, out: FloatArray, workspace: Workspace
) -> list[Call]:
    """Plan the product of ``(R, n, k)`` and ``(R, k, B)``.

    With k = 1 it is an outer product, for which NumPy does not call BLAS; with a second column and
    row of zeros it does, in a quarter of the time.
    """
    _, rows, inner = left.shape
    batch = right.shape[-1]
    if inner > 1:
        return [partial(np.matmul, left, right, out=out)]
    columns, lines = (
        workspace.array("outer left", rows, 2),
        workspace.array("outer right", 2, batch),
    )
    columns[..., 1:], lines[:, 1:] = 0.0, 0.0
    return [
        partial(np.copyto, columns[..., :1], left),
        partial(np.copyto, lines[:, :1], right),
        partial(np.matmul, columns, lines, out=out),
    ]


def _multiply_transposed(
    left: FloatArray, right: FloatArray, out: FloatArray, workspace: Workspace
) -> list[Call]:
    """Plan the product of ``(…, n, B)`` and the transpose of ``(…, k, B)``, for R runs in all."""
    *_, rows, batch = right.shape
    is_small = left.shape[-2] * rows * batch <= SMALL
    if rows == 1 or left.shape[-2] < NARROW or not is_small or not copies_transposed():
        return [partial(np.matmul, left, right.mT, out=out)]
    transposed = workspace.array("transposed", batch, rows).reshape(right.mT.shape)
    return [
        partial(np.copyto, transposed, right.mT),
        partial(np.matmul, left, transposed, out=out),
    ]
