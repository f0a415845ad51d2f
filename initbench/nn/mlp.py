"""A stack of multilayer perceptrons of one architecture, forward and backward by hand.

All matrices of a run lie in one row of ``parameters``, ``(R, P)``, and all gradients in one row of
``gradients``, so an optimizer sees two flat arrays. The network itself is a list of steps
(`initbench.nn.layers`), each with views of its part, which plan a pass for each size of batch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, FloatArray
from initbench.nn.architecture import Architecture
from initbench.nn.assembly import assemble
from initbench.nn.layers import Activate, Call, Dense, HasParameters, InputDense, by_stream
from initbench.nn.normalization import Normalize
from initbench.nn.residual import Join
from initbench.nn.workspace import Workspace


@dataclass(frozen=True)
class Plan:
    """What a pass does with batches of one size: calls on arrays that are in place.

    Attributes
    ----------
    columns : ndarray of shape (S, D + 1, B)
        Where a batch is put.
    forward : list of callable
    activations : list of (before, after, given, made)
        For each activation, how many calls come before it and up to its end, and the arrays
        ``(R, H + 1, B)`` that it is given and makes; they may be one.
    given : list of (before, given)
        For each layer but the first, how many calls come before it, and what it is given.
    logits : ndarray of shape (S, R / S, K, B)
    backward : list of callable
        Empty outside of training.
    deltas : list of (before, delta)
        For each layer, from the last one back, how many calls of `backward` it takes until the
        derivative by what it makes, ``(R, H, B)``, is there.
    """

    columns: FloatArray
    forward: list[Call]
    activations: list[tuple[int, int, FloatArray, FloatArray]]
    given: list[tuple[int, FloatArray]]
    logits: FloatArray
    backward: list[Call]
    deltas: list[tuple[int, FloatArray]]


class StackedMLP:
    """R networks of the same architecture.

    Parameters
    ----------
    architecture : Architecture
    runs : int
        R.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    parameters, gradients : ndarray of shape (R, P)
        Weights and biases zero, gains and scales of blocks one.
    statistics : ndarray of shape (R, Q)
        What batch normalization remembers; Q is zero without.
    layers : tuple of ndarray of shape (R, fan_in + 1, fan_out)
        Views of `parameters`, the bias last; ``(R, fan_in, fan_out)`` without biases.
    layer_gradients : tuple of ndarray
        Likewise of `gradients`.
    scales : tuple of ndarray of shape (R, 1, 1)
        The learned scale of each residual block, if it has one.
    """

    def __init__(
        self, architecture: Architecture, *, runs: int, dtype: DTypeLike = np.float32
    ) -> None:
        self.architecture = architecture
        self.runs = runs
        self._workspace = Workspace(runs, dtype)
        self._first, self._steps = assemble(architecture, self._workspace)
        self._parts: tuple[HasParameters, ...] = (self._first, *self._steps)
        self.parameters = np.zeros((runs, parameter_count(architecture)), dtype)
        self.gradients = np.zeros_like(self.parameters)
        for step, values, gradients in zip(
            self._parts,
            self._views(self.parameters),
            self._views(self.gradients),
            strict=True,
        ):
            step.bind(values, gradients)
        self.layers = self.layer_views(self.parameters)
        self.layer_gradients = self.layer_views(self.gradients)
        self.scales = tuple(
            step.scale for step in self._steps if isinstance(step, Join) and step.shapes
        )
        self.statistics = self._bind_statistics(dtype)
        self._start()
        self._plans: dict[tuple[int, int, bool], Plan] = {}

    def __getstate__(self) -> tuple[Architecture, FloatArray, FloatArray]:
        """Return what a copy or a pickle holds: calls and views are made again from it."""
        return self.architecture, self.parameters, self.statistics

    def __setstate__(self, state: tuple[Architecture, FloatArray, FloatArray]) -> None:
        architecture, parameters, statistics = state
        self.__init__(architecture, runs=len(parameters), dtype=parameters.dtype)  # type: ignore[misc]
        self.parameters[:], self.statistics[:] = parameters, statistics

    @property
    def dtype(self) -> np.dtype[np.floating[Any]]:
        """Of parameters, activations and gradients."""
        return self.parameters.dtype

    def set_weights(self, run: int, weights: Sequence[tuple[FloatArray, FloatArray]]) -> None:
        """Set one run's ``(W (fan_in, fan_out), b (fan_out,))``, layer by layer.

        Where the network has no biases, `b` is left out. What is too large for the dtype becomes
        infinite: that run diverges, and no other.
        """
        with np.errstate(over="ignore"):
            for layer, (matrix, bias) in zip(self.layers, weights, strict=True):
                layer[run, : len(matrix)] = matrix
                layer[run, len(matrix) :] = bias

    def weights(self, run: int) -> list[tuple[FloatArray, FloatArray]]:
        """Return copies of one run's ``(W (fan_in, fan_out), b (fan_out,))``, layer by layer."""
        return [
            (layer[run, :fan_in].copy(), layer[run, fan_in:].sum(axis=0))
            for layer, (fan_in, _) in zip(self.layers, self.architecture.layers, strict=True)
        ]

    def take(self, runs: Array) -> "StackedMLP":
        """Return a stack of those runs alone, by index or mask."""
        parameters = self.parameters[runs]
        network = StackedMLP(self.architecture, runs=len(parameters), dtype=self.dtype)
        network.parameters[:] = parameters
        network.statistics[:] = self.statistics[runs]
        return network

    def put(self, runs: Array, network: "StackedMLP") -> None:
        """Take over the numbers of a stack that `take` made of those runs."""
        self.parameters[runs] = network.parameters
        self.statistics[runs] = network.statistics

    def forward(self, inputs: FloatArray, *, training: bool = False) -> FloatArray:
        """Return the logits of one batch for every run.

        Parameters
        ----------
        inputs : ndarray of shape (S, B, D + 1)
            One batch a stream, as `with_ones` makes it. S divides R, and run ``s * (R / S) + i``
            reads stream s.
        training : bool
            Whether batch normalization shall learn from the batch.

        Returns
        -------
        ndarray of shape (S, R / S, K, B)
            A buffer of this object, which the next call with as large a batch overwrites.
        """
        plan = self._latest = self._plan_for(*inputs.shape[:2], training=training)
        np.copyto(plan.columns, inputs.mT)
        for call in plan.forward:
            call()
        return plan.logits

    def deltas_for(self, logits: FloatArray) -> FloatArray:
        """Return the buffer, shaped as `logits`, that `backward` reads without a copy."""
        return self._workspace.array("delta logits", *logits.shape[-2:]).reshape(logits.shape)

    def backward(self, deltas: FloatArray) -> None:
        """Fill `gradients` for the batch that `forward` has just seen.

        Parameters
        ----------
        deltas : ndarray of shape (S, R / S, K, B)
            The loss's derivative by the logits. The buffer of `deltas_for` saves a copy, and may be
            overwritten. The latest `forward` was one of training.
        """
        np.copyto(self.deltas_for(deltas), deltas)  # returns at once if they are one array
        for call in self._latest.backward:
            call()

    def backward_signals(self, deltas: FloatArray) -> Iterator[FloatArray]:
        """Do as `backward`, and yield the derivative by each layer's preactivations, ``(R, H, B)``.

        The last layer's comes first. An array is valid until the next one is requested.
        """
        np.copyto(self.deltas_for(deltas), deltas)
        plan, done = self._latest, 0
        for before, delta in plan.deltas:
            for call in plan.backward[done:before]:
                call()
            done = before
            yield delta
        for call in plan.backward[done:]:
            call()

    def signals(
        self, inputs: FloatArray, *, training: bool = False
    ) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield what each layer's activation is given and returns, both ``(R, H, B)``.

        The last pair is the logits, twice. An array is good until the next is asked for.
        Parameters are those of `forward`.
        """
        plan = self._latest = self._plan_for(*inputs.shape[:2], training=training)
        np.copyto(plan.columns, inputs.mT)
        done = 0
        for before, after, given, made in plan.activations:
            for call in plan.forward[done:before]:
                call()
            kept = given[:, :-1].copy()
            for call in plan.forward[before:after]:
                call()
            done = after
            yield kept, made[:, :-1]
        for call in plan.forward[done:]:
            call()
        logits = plan.logits.reshape(self.runs, *plan.logits.shape[-2:])
        yield logits, logits

    def given(self, inputs: FloatArray) -> Iterator[FloatArray]:
        """Yield what each layer is given, ``(R, fan_in, B)``, with ones as a last row for biases.

        A layer makes something of it only when the next is asked for, so its weights may be changed
        before. An array is good until then. Batch normalization goes by the batch, and learns.
        """
        plan = self._plan_for(*inputs.shape[:2], training=True)
        np.copyto(plan.columns, inputs.mT)
        rows = self._first.weights.shape[1]
        yield np.repeat(plan.columns[:, :rows], self.runs // len(inputs), axis=0)
        done = 0
        for before, given in plan.given:
            for call in plan.forward[done:before]:
                call()
            done = before
            yield given

    def layer_views(self, flat: FloatArray) -> tuple[FloatArray, ...]:
        """View the weights and biases in an array ``(R, P)``, as `layers` does `parameters`."""
        return tuple(
            views[0]
            for part, views in zip(self._parts, self._views(flat), strict=True)
            if isinstance(part, InputDense | Dense)
        )

    def _plan_for(self, streams: int, batch: int, *, training: bool) -> Plan:
        key = (streams, batch, training)
        if key not in self._plans:
            self._plans[key] = self._make_plan(streams, batch, training=training)
        return self._plans[key]

    def _make_plan(self, streams: int, batch: int, *, training: bool) -> Plan:
        columns = np.ones((streams, self.architecture.sizes[0] + 1, batch), self.dtype)
        signal, calls = self._first.forward(columns)
        activations, layers = [], []
        for step in self._steps:
            given, before = signal, len(calls)
            if isinstance(step, Dense):
                layers.append((before, given[:, : step.weights.shape[1]]))
            signal, more = step.forward(signal, training=training)
            calls += more
            if isinstance(step, Activate):
                activations.append((before, len(calls), given, signal))
        logits = by_stream(signal, streams)
        back, deltas = self._plan_back(logits) if training else ([], [])
        return Plan(columns, calls, activations, layers, logits, back, deltas)

    def _plan_back(self, logits: FloatArray) -> tuple[list[Call], list[tuple[int, FloatArray]]]:
        calls: list[Call] = []
        deltas = []
        sizes = reversed(self.architecture.sizes[1:])
        delta = self.deltas_for(logits).reshape(self.runs, *logits.shape[-2:])
        for step in reversed(self._steps):
            if isinstance(step, Dense):
                deltas.append((len(calls), delta[:, : next(sizes)]))
            delta, more = step.backward(delta)
            calls += more
        deltas.append((len(calls), delta[:, : next(sizes)]))
        return calls + self._first.backward(delta), deltas

    def _views(self, flat: FloatArray) -> list[list[FloatArray]]:
        """View each step's parameters in an array ``(R, P)``."""
        views: list[list[FloatArray]] = []
        start = 0
        for part in self._parts:
            views.append([])
            for shape in part.shapes:
                stop = start + prod(shape)
                views[-1].append(flat[:, start:stop].reshape(self.runs, *shape))
                start = stop
        return views

    def _bind_statistics(self, dtype: DTypeLike) -> FloatArray:
        steps = [step for step in self._steps if isinstance(step, Normalize) and step.is_batch]
        sizes = [prod(step.shapes[0]) for step in steps]
        statistics = np.zeros((self.runs, sum(sizes)), dtype)
        start = 0
        for step, size in zip(steps, sizes, strict=True):
            view = statistics[:, start : start + size]
            step.bind_statistics(view.reshape(self.runs, *step.shapes[0]))
            start += size
        return statistics

    def _start(self) -> None:
        """Set what starts at one: gains, scales of blocks, and remembered variances."""
        for step in self._steps:
            if isinstance(step, Normalize):
                step.gain[:] = 1.0
                if step.is_batch:
                    step.running_variance[:] = 1.0
        for scale in self.scales:
            scale[:] = 1.0


def parameter_count(architecture: Architecture) -> int:
    """Return P, the parameters of one network."""
    first, steps = assemble(architecture, Workspace(1, np.float32))
    return _size(first) + sum(map(_size, steps))


def with_ones(samples: FloatArray, dtype: DTypeLike) -> FloatArray:
    """Return samples ``(…, N, D)`` with a last feature of ones, ``(…, N, D + 1)``."""
    augmented = np.ones((*samples.shape[:-1], samples.shape[-1] + 1), dtype)
    augmented[..., :-1] = samples
    return augmented


def _size(part: HasParameters) -> int:
    """Return how many parameters of one run a step owns."""
    return sum(prod(shape) for shape in part.shapes)
