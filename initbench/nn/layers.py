r"""Steps of the forward and backward pass: layers, activations, dropout, blocks, normalization.

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

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import FloatArray
from initbench.nn import fast
from initbench.nn.activations import BoundActivation
from initbench.nn.architecture import Dropout, Normalization
from initbench.nn.kernels import copies_transposed

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
    """Buffers ``(R, rows, B)`` by name, made once per batch size and used again in each step."""

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


class WithoutParameters:
    """What steps without parameters share."""

    shapes: Sequence[tuple[int, ...]] = ()

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        pass


class WeightNorm:
    r"""The weights that a layer multiplies by, and their gradients, for parameters v and g.

    The weights of each unit are a direction and a learned length; biases are not normalized.

    .. math::
        w = g \frac{v}{\lVert v \rVert}, \qquad
        \partial g = \partial w \cdot \frac{v}{\lVert v \rVert}, \qquad
        \partial v = \frac{g}{\lVert v \rVert}
            \left(\partial w - \partial g \frac{v}{\lVert v \rVert}\right)

    Sums over inputs are products with a vector of ones, which give a run the same bits alone and in
    a stack.

    Parameters
    ----------
    directions, direction_gradients : ndarray of shape (R, fan_in + bias, fan_out)
        v, with the biases as the last row if there are any.
    lengths, length_gradients : ndarray of shape (R, 1, fan_out)
        g.

    Attributes
    ----------
    weights, gradients : ndarray of shape (R, fan_in + bias, fan_out)
        w and its gradient, biases included. `compose` fills the former, and `decompose` reads the
        latter.

    References
    ----------
    Salimans, Kingma, "Weight normalization: a simple reparameterization to accelerate training of
    deep neural networks", NIPS 2016, eqs. 2 and 3.
    """

    def __init__(
        self,
        directions: FloatArray,
        lengths: FloatArray,
        direction_gradients: FloatArray,
        length_gradients: FloatArray,
        *,
        fan_in: int,
    ) -> None:
        self._directions, self._lengths = directions, lengths
        self._direction_gradients, self._length_gradients = direction_gradients, length_gradients
        self._fan_in = fan_in
        self.weights: FloatArray = np.zeros_like(directions)
        self.gradients: FloatArray = np.zeros_like(directions)

    def compose(self) -> None:
        """Compute the weights from v and g."""
        compose(self._directions, self._lengths, self._fan_in, self.weights)

    def decompose(self) -> None:
        """Compute the gradients of v and g from those of the weights."""
        rows, norms = self._fan_in, norms_of(self._directions, self._fan_in)
        units = self._directions[:, :rows] / norms
        by_weight = self.gradients[:, :rows]
        ones = np.ones((1, rows), units.dtype)
        np.matmul(ones, by_weight * units, out=self._length_gradients)
        along = by_weight - units * self._length_gradients
        np.multiply(along, self._lengths / norms, out=self._direction_gradients[:, :rows])
        self._direction_gradients[:, rows:] = self.gradients[:, rows:]


def compose(directions: FloatArray, lengths: FloatArray, fan_in: int, out: FloatArray) -> None:
    """Write w = g v / ‖v‖ and the biases to `out`, ``(R, fan_in + bias, fan_out)``."""
    scale = lengths / norms_of(directions, fan_in)
    np.multiply(directions[:, :fan_in], scale, out=out[:, :fan_in])
    out[:, fan_in:] = directions[:, fan_in:]


def norms_of(weights: FloatArray, fan_in: int) -> FloatArray:
    """Return the length of each unit's weights, ``(R, 1, fan_out)``.

    It is never zero, so that a unit without weights divides by no zero.
    """
    squares = np.square(weights[:, :fan_in])
    lengths = np.sqrt(np.matmul(np.ones((1, fan_in), squares.dtype), squares))
    return np.asarray(np.maximum(lengths, np.finfo(squares.dtype).tiny))


class Layer:
    """Weights and, optionally, biases of a dense layer.

    Parameters
    ----------
    index : int
        Index of the layer, from 0. Layers of even and odd index alternate between two buffers
        in the backward pass.
    is_last : bool
        Whether the output is logits, ``(R, K, B)``, which have no row of ones.
    weight_norm : bool
        Whether the parameters are directions and lengths of each unit's weights, `WeightNorm`.
    """

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        workspace: Workspace,
        *,
        bias: bool,
        index: int = 0,
        is_last: bool,
        weight_norm: bool = False,
    ) -> None:
        lengths = [(1, fan_out)] if weight_norm else []
        self.shapes: list[tuple[int, ...]] = [(fan_in + bias, fan_out), *lengths]
        self._fan_in, self._fan_out = fan_in, fan_out
        self._index, self._rows = index, fan_out + (not is_last)
        self._workspace = workspace

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        self.weight_norm: WeightNorm | None = None
        self.weights: FloatArray = parameters[0]
        self.gradients: FloatArray = gradients[0]
        if len(parameters) > 1:  # directions and lengths
            self.weight_norm = WeightNorm(*parameters, *gradients, fan_in=self._fan_in)
            self.weights = self.weight_norm.weights
            self.gradients = self.weight_norm.gradients

    def _composed(self, product: Call) -> list[Call]:
        """Plan a product with the weights, which are first computed if they are normalized."""
        return [self.weight_norm.compose, product] if self.weight_norm else [product]

    def _decomposed(self) -> list[Call]:
        return [self.weight_norm.decompose] if self.weight_norm else []


class Dense(Layer):
    """A dense layer after the first."""

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        self._given = signal[:, : self.weights.shape[1]]
        made = self._workspace.array(f"layer {self._index}", self._rows, signal.shape[-1])
        product = partial(np.matmul, self.weights.mT, self._given, out=made[:, : self._fan_out])
        return made, self._composed(product)

    def backward(self, delta: FloatArray) -> Planned:
        delta, rows, batch = delta[:, : self._fan_out], self.weights.shape[1], delta.shape[-1]
        workspace = self._workspace
        below = workspace.array(f"delta {self._index % 2}", self._fan_in + 1, batch)
        calls = _multiply_transposed(self._given, delta, self.gradients, workspace)
        if self._fan_out > 1:
            calls.append(partial(np.matmul, self.weights, delta, out=below[:, :rows]))
        else:
            # NumPy does not call BLAS for an outer product; with a second column and row of zeros
            # it does, in a quarter of the time.
            columns = workspace.array("outer left", rows, 2)
            lines = workspace.array("outer right", 2, batch)
            columns[..., 1:], lines[:, 1:] = 0.0, 0.0
            calls += [
                partial(np.copyto, columns[..., :1], self.weights),
                partial(np.copyto, lines[:, :1], delta),
                partial(np.matmul, columns, lines, out=below[:, :rows]),
            ]
        calls += self._decomposed()
        if rows == self._fan_in:
            calls.append(partial(below[:, -1].fill, 0.0))  # no bias has filled it
        return below, calls


class InputDense(Layer):
    """The first layer, which reads one batch per stream and has no derivative by its input.

    Run ``s * (R / S) + i`` is the i-th of the runs that read stream s.
    """

    def forward(self, columns: FloatArray) -> Planned:
        """Plan the signal ``(R, H + 1, B)``, or logits ``(R, K, B)``, of ``(S, D + 1, B)``."""
        streams, _, batch = columns.shape
        self._given = columns[:, np.newaxis, : self.weights.shape[1]]
        made = self._workspace.array("layer 0", self._rows, batch)
        out = by_stream(made[:, : self._fan_out], streams)
        product = partial(np.matmul, by_stream(self.weights, streams).mT, self._given, out=out)
        return made, self._composed(product)

    def backward(self, delta: FloatArray) -> list[Call]:
        """Plan the gradients."""
        streams = len(self._given)
        delta = by_stream(delta[:, : self._fan_out], streams)
        out = by_stream(self.gradients, streams)
        return [
            *_multiply_transposed(self._given, delta, out, self._workspace),
            *self._decomposed(),
        ]


class Activate(WithoutParameters):
    """An activation after a layer.

    Parameters
    ----------
    index : int
        Index of the layer.
    may_overwrite : bool
        Whether no other step needs the preactivations, so that they may be overwritten.
    """

    def __init__(
        self, activation: BoundActivation, workspace: Workspace, *, index: int, may_overwrite: bool
    ) -> None:
        self._activation, self._workspace = activation, workspace
        self._name = f"activation {index}"
        self._in_place = may_overwrite and activation.keeps == "output"

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


def by_stream(array: FloatArray, streams: int) -> FloatArray:
    """View ``(R, …)`` as ``(S, R / S, …)``."""
    return array.reshape(streams, len(array) // streams, *array.shape[1:])


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


ALPHA: Final = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
"""What SELU approaches for large negative preactivations."""


def kept_factor(dropout: Dropout) -> float:
    """Return what an activation that is not dropped is multiplied by."""
    kept = 1.0 - dropout.rate
    if dropout.kind == "alpha":
        return 1.0 / math.sqrt(kept + ALPHA * ALPHA * kept * dropout.rate)
    return 1.0 / kept


class Drop(WithoutParameters):
    r"""Dropout after an activation, which is multiplied by a factor that training draws.

    A mask holds the factor M of each activation. Standard dropout multiplies by 0 or
    :math:`1 / (1 - p)`. Alpha dropout, of SELU units, replaces a dropped activation by
    :math:`\alpha' = -\lambda\alpha` and then applies an affine map that restores mean 0 and
    variance 1,

    .. math::
        a\,(x d + \alpha' (1 - d)) + b, \qquad
        a = \left(q + \alpha'^2 q (1 - q)\right)^{-1/2}, \qquad b = -a\,(1 - q)\,\alpha',

    with d 0 or 1 and q = 1 - p: a product with :math:`M = a d` and a sum. Without a mask,
    activations pass unchanged, as in evaluation.

    Parameters
    ----------
    index : int
        Index of the layer before which it stands.
    """

    def __init__(self, dropout: Dropout, workspace: Workspace, *, index: int) -> None:
        self._dropout, self._workspace, self._name = dropout, workspace, f"dropped {index}"
        factor = kept_factor(dropout)
        self._offset = factor * ALPHA - factor * dropout.rate * ALPHA

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        if not training:
            return signal, []
        _, rows, batch = signal.shape
        made = self._workspace.array(self._name, rows, batch)
        self.mask: FloatArray = self._workspace.array(f"{self._name} mask", rows - 1, batch)
        self.shift: FloatArray = self._workspace.array(f"{self._name} shift", rows - 1, batch)
        product = partial(np.multiply, signal[:, :-1], self.mask, out=made[:, :-1])
        if self._dropout.kind == "standard":
            return made, [product]
        return made, [product, partial(np.add, made[:, :-1], self.shift, out=made[:, :-1])]

    def set_shift(self, mask: FloatArray, shift: FloatArray) -> None:
        """Fill the shifts of alpha dropout, which follow from the factors, ``(R, H, B)``."""
        np.multiply(mask, -ALPHA, out=shift)
        np.add(shift, self._offset, out=shift)

    def backward(self, delta: FloatArray) -> Planned:
        return delta, [partial(np.multiply, delta[:, :-1], self.mask, out=delta[:, :-1])]


class Fork(WithoutParameters):
    """The beginning of a block: the signal passes unchanged and is kept for the end.

    In the backward pass the roles are exchanged: the end copies the derivative to both branches,
    and the beginning adds the derivatives of both.
    """

    signal: FloatArray
    delta: FloatArray

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        self.signal = signal
        return signal, []

    def backward(self, delta: FloatArray) -> Planned:
        return delta, [partial(np.add, delta, self.delta, out=delta)]


class Join:
    """The end of a block: the sum of the signal kept at its beginning and the block's output.

    Parameters
    ----------
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


EPSILON = 1e-5
MOMENTUM = 0.1
"""Weight of the newest batch in the running statistics. Both values are PyTorch's defaults."""


class Normalize:
    r"""Normalization of a layer's preactivations, with a gain and a shift.

    .. math::
        \hat z = \frac{z - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad y = \gamma \hat z + \beta

    Means are products with a vector of equal weights: faster than a sum and, like every product
    here, equal for a run alone and in a stack.

    Parameters
    ----------
    kind : {"layer", "batch"}
        Over the units of a sample, or over the samples of a batch; the latter uses the statistics
        of the batch in training and running statistics in evaluation.
    index : int
        Index of the layer.

    References
    ----------
    Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450 (2016), eq. 4. Ioffe, Szegedy, "Batch
    normalization", ICML 2015, algorithm 1.
    """

    def __init__(
        self, units: int, kind: Normalization, workspace: Workspace, *, index: int
    ) -> None:
        self.shapes: list[tuple[int, ...]] = [(2, units)]
        self.is_batch: bool = kind == "batch"
        self._name, self._workspace = f"normalized {index}", workspace
        self._units = units

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        [both], [self._gradients] = parameters, gradients
        self.gain: FloatArray = both[:, 0, :, np.newaxis]
        self.shift: FloatArray = both[:, 1, :, np.newaxis]

    def bind_statistics(self, statistics: FloatArray) -> None:
        """Keep a view ``(R, 2, units)`` of the running means and variances."""
        self.running_mean: FloatArray = statistics[:, 0, :, np.newaxis]
        self.running_variance: FloatArray = statistics[:, 1, :, np.newaxis]

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        z, batch = signal[:, :-1], signal.shape[-1]
        made = self._workspace.array(f"{self._name} out", self._units + 1, batch)
        self._hat = self._workspace.array(self._name, self._units, batch)
        self._scale, mean = self._statistic("scale", batch), self._statistic("mean", batch)
        if self.is_batch and not training:
            calls: list[Call] = [partial(np.subtract, z, self.running_mean, out=self._hat)]
            variance = self.running_variance
        else:
            variance = self._statistic("variance", batch)
            squares = self._workspace.array("squares", self._units, batch)
            calls = [
                self._average(z, mean),
                partial(np.subtract, z, mean, out=self._hat),
                partial(np.square, self._hat, out=squares),
                self._average(squares, variance),
            ]
        if self.is_batch and training:
            newest = self._statistic("newest", batch)
            unbiased = batch / max(batch - 1, 1)
            for running, of_batch, share in (
                (self.running_mean, mean, MOMENTUM),
                (self.running_variance, variance, MOMENTUM * unbiased),
            ):
                calls += [
                    partial(np.multiply, of_batch, share, out=newest),
                    partial(np.multiply, running, 1.0 - MOMENTUM, out=running),
                    partial(np.add, running, newest, out=running),
                ]
        out = made[:, :-1]
        return made, [
            *calls,
            partial(np.add, variance, self._scale.dtype.type(EPSILON), out=self._scale),
            partial(np.sqrt, self._scale, out=self._scale),
            partial(np.reciprocal, self._scale, out=self._scale),
            partial(np.multiply, self._hat, self._scale, out=self._hat),
            partial(np.multiply, self._hat, self.gain, out=out),
            partial(np.add, out, self.shift, out=out),
        ]

    def backward(self, delta: FloatArray) -> Planned:
        delta_y, batch = delta[:, :-1], delta.shape[-1]
        ones = np.ones((batch, 1), delta.dtype)
        product = self._workspace.array("squares", self._units, batch)
        mean = self._statistic("mean", batch)
        return delta, [
            partial(np.multiply, delta_y, self._hat, out=product),
            partial(np.matmul, product, ones, out=self._gradients[:, 0, :, np.newaxis]),
            partial(np.matmul, delta_y, ones, out=self._gradients[:, 1, :, np.newaxis]),
            partial(np.multiply, delta_y, self.gain, out=delta_y),
            partial(np.multiply, delta_y, self._hat, out=product),
            self._average(product, mean),
            partial(np.multiply, self._hat, mean, out=product),
            self._average(delta_y, mean),
            partial(np.subtract, delta_y, mean, out=delta_y),
            partial(np.subtract, delta_y, product, out=delta_y),
            partial(np.multiply, delta_y, self._scale, out=delta_y),
        ]

    def _statistic(self, name: str, batch: int) -> FloatArray:
        """Return a buffer ``(R, units, 1)`` for batches, ``(R, 1, B)`` for layers."""
        shape = (self._units, 1) if self.is_batch else (1, batch)
        return self._workspace.array(f"{self._name} {name}", *shape)

    def _average(self, values: FloatArray, out: FloatArray) -> Call:
        """Plan the means of ``(R, units, B)`` over samples (batch) or over units (layer)."""
        _, units, batch = values.shape
        if self.is_batch:
            weights = np.full((batch, 1), 1.0 / batch, values.dtype)
            return partial(np.matmul, values, weights, out=out)
        return partial(np.matmul, np.full((1, units), 1.0 / units, values.dtype), values, out=out)
