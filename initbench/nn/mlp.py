r"""A stack of multilayer perceptrons of one shape, forward and backward by hand.

Within the stack a sample is a column: activations are ``(R, units + 1, B)``, and their last row is
one. So a layer's weights and bias are one matrix ``(fan_in + 1, fan_out)`` whose last row is the
bias, and a layer is three products,

.. math::
    Z = W^T A, \qquad
    \partial W = A\, \Delta^T, \qquad
    \Delta_\text{below} = (W_\text{without bias}\, \Delta) \odot \varphi'(A)

each of them one call for all runs. All matrices of a run lie in one row of ``parameters``,
``(R, P)``, and all gradients in one row of ``gradients``, so an optimizer sees two flat arrays.

`numpy.matmul` multiplies the slices of a stack one by one, with the routine that it would take for
that slice alone: a run's numbers do not depend on what else is in the stack.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import FloatArray
from initbench.nn.activations import Activation


class StackedMLP:
    """R networks of the same layer sizes, as many for each of S streams of input.

    Run ``s * (R / S) + i`` is the i-th of those that read stream s.

    Parameters
    ----------
    sizes : sequence of int
        Units from input to output, ``(D, H, …, K)``.
    activation : Activation
        Of the hidden layers; the output layer gives logits.
    runs, streams : int
        R and S; R is a multiple of S.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    parameters, gradients : ndarray of shape (R, P)
    layers : tuple of ndarray of shape (R, fan_in + 1, fan_out)
        Views of `parameters`, the bias last.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: Activation,
        *,
        runs: int,
        streams: int = 1,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.sizes = tuple(sizes)
        self.activation = activation
        self.runs, self.streams = runs, streams
        self.parameters = np.zeros((runs, parameter_count(sizes)), dtype)
        self.gradients = np.zeros_like(self.parameters)
        self.layers = _matrices(self.parameters, self.sizes)
        self._layer_gradients = _matrices(self.gradients, self.sizes)
        self._signals: dict[int, _Signals] = {}
        self._deltas: dict[int, _Deltas] = {}

    @property
    def dtype(self) -> np.dtype[np.floating[Any]]:
        """Of parameters, activations and gradients."""
        return self.parameters.dtype

    def set_weights(self, run: int, weights: Sequence[tuple[FloatArray, FloatArray]]) -> None:
        """Set one run's ``(W (fan_in, fan_out), b (fan_out,))``, layer by layer.

        What is too large for the dtype becomes infinite: that run diverges, and no other.
        """
        with np.errstate(over="ignore"):
            for layer, (matrix, bias) in zip(self.layers, weights, strict=True):
                layer[run, :-1] = matrix
                layer[run, -1] = bias

    def weights(self, run: int) -> list[tuple[FloatArray, FloatArray]]:
        """Return copies of one run's ``(W (fan_in, fan_out), b (fan_out,))``, layer by layer."""
        return [(layer[run, :-1].copy(), layer[run, -1].copy()) for layer in self.layers]

    def forward(self, inputs: FloatArray) -> FloatArray:
        """Return the logits of one batch for every run.

        Parameters
        ----------
        inputs : ndarray of shape (S, B, D + 1)
            One batch a stream, as `with_ones` makes it. S may be 1 for all runs to read the same.

        Returns
        -------
        ndarray of shape (S, R / S, K, B)
            A buffer of this object, which the next call with as large a batch overwrites.
        """
        signals = self._signals_for(inputs.shape[1])
        first, *later = self.layers
        np.matmul(
            self._by_stream(first).mT,
            inputs.mT[:, np.newaxis],
            out=self._by_stream(signals.preactivations[0]),
        )
        for index, layer in enumerate(later):
            augmented = signals.augmented[index]
            self.activation.function(augmented, augmented)
            augmented[:, -1] = 1.0
            np.matmul(layer.mT, augmented, out=signals.preactivations[index + 1])
        return self._by_stream(signals.preactivations[-1])

    def logit_deltas(self, batch: int) -> FloatArray:
        """Return the buffer ``(S, R / S, K, B)`` where `backward` finds a loss's derivative."""
        return self._by_stream(self._deltas_for(batch).by_layer[-1])

    def backward(self, inputs: FloatArray) -> None:
        """Fill `gradients` from `logit_deltas`, for the batch that `forward` has just seen.

        Parameters
        ----------
        inputs : ndarray of shape (S, B, D + 1)
        """
        signals, deltas = self._signals_for(inputs.shape[1]), self._deltas_for(inputs.shape[1])
        for index in range(len(self.layers) - 1, 0, -1):
            activations, below = signals.augmented[index - 1], deltas.augmented[index - 1]
            delta, slope = deltas.by_layer[index], deltas.slopes[index - 1]
            np.matmul(activations, delta.mT, out=self._layer_gradients[index])
            _multiply_each(self.layers[index], delta, below)
            self.activation.derivative(activations, slope)
            np.multiply(below, slope, out=below)
        np.matmul(
            inputs.mT[:, np.newaxis],
            self._by_stream(deltas.by_layer[0]).mT,
            out=self._by_stream(self._layer_gradients[0]),
        )

    def _by_stream(self, array: FloatArray) -> FloatArray:
        """View ``(R, …)`` as ``(S, R / S, …)``."""
        return array.reshape(self.streams, self.runs // self.streams, *array.shape[1:])

    def _signals_for(self, batch: int) -> "_Signals":
        if batch not in self._signals:
            self._signals[batch] = _make_signals(self.runs, self.sizes, batch, self.dtype)
        return self._signals[batch]

    def _deltas_for(self, batch: int) -> "_Deltas":
        if batch not in self._deltas:
            self._deltas[batch] = _make_deltas(self.runs, self.sizes, batch, self.dtype)
        return self._deltas[batch]


def parameter_count(sizes: Sequence[int]) -> int:
    """Return P, the weights and biases of a network of these layer sizes."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))


def with_ones(samples: FloatArray, dtype: DTypeLike) -> FloatArray:
    """Return samples ``(…, N, D)`` with a last feature of ones, ``(…, N, D + 1)``."""
    augmented = np.ones((*samples.shape[:-1], samples.shape[-1] + 1), dtype)
    augmented[..., :-1] = samples
    return augmented


@dataclass(frozen=True)
class _Signals:
    """Buffers of the way forward, for one batch size."""

    augmented: tuple[FloatArray, ...]
    """Activations of each hidden layer and a row of ones, ``(R, H + 1, B)``."""

    preactivations: tuple[FloatArray, ...]
    """Each layer's output: a view of `augmented` where hidden, the logits at the end."""


@dataclass(frozen=True)
class _Deltas:
    """Buffers of the way back, for one batch size."""

    augmented: tuple[FloatArray, ...]
    """The loss's derivative by what each hidden layer was given, ``(R, H + 1, B)``.

    The last row belongs to the row of ones and goes nowhere; with it, the elementwise operations
    of both ways run over whole arrays, twice as fast as over a view of most of one.
    """

    by_layer: tuple[FloatArray, ...]
    """The same without the last row, ``(R, H, B)``, and the derivative by the logits at the end."""

    slopes: tuple[FloatArray, ...]
    """The activation's derivative; hidden layers of one width share a buffer."""


def _make_signals(
    runs: int, sizes: Sequence[int], batch: int, dtype: np.dtype[np.floating[Any]]
) -> _Signals:
    augmented = tuple(np.ones((runs, units + 1, batch), dtype) for units in sizes[1:-1])
    logits = np.empty((runs, sizes[-1], batch), dtype)
    return _Signals(augmented, (*(array[:, :-1] for array in augmented), logits))


def _make_deltas(
    runs: int, sizes: Sequence[int], batch: int, dtype: np.dtype[np.floating[Any]]
) -> _Deltas:
    hidden = sizes[1:-1]
    slopes = {units: np.empty((runs, units + 1, batch), dtype) for units in hidden}
    augmented = tuple(np.empty((runs, units + 1, batch), dtype) for units in hidden)
    logits = np.empty((runs, sizes[-1], batch), dtype)
    by_layer = (*(array[:, :-1] for array in augmented), logits)
    return _Deltas(augmented, by_layer, tuple(slopes[units] for units in hidden))


def _multiply_each(matrices: FloatArray, columns: FloatArray, out: FloatArray) -> None:
    """Multiply ``(R, n, k)`` by ``(R, k, B)``; with k = 1 that is a broadcast, at half the cost."""
    multiply = np.multiply if matrices.shape[-1] == 1 else np.matmul
    multiply(matrices, columns, out=out)


def _matrices(flat: FloatArray, sizes: Sequence[int]) -> tuple[FloatArray, ...]:
    """View the rows of ``(R, P)`` as one ``(R, fan_in + 1, fan_out)`` a layer."""
    views, start = [], 0
    for fan_in, fan_out in pairwise(sizes):
        stop = start + (fan_in + 1) * fan_out
        views.append(flat[:, start:stop].reshape(len(flat), fan_in + 1, fan_out))
        start = stop
    return tuple(views)
