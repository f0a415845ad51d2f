"""A stack of multilayer perceptrons of one architecture, with hand-written backward pass.

All parameters of a run are one row of ``parameters``, ``(R, P)``, and all gradients one row of
``gradients``, so an optimizer sees two flat arrays. The network itself is a list of steps
(`initbench.nn.layers`), each with views of its parameters, which plan a pass for each batch size.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, FloatArray
from initbench.nn.architecture import Architecture, Residual
from initbench.nn.layers import (
    Activate,
    Call,
    Dense,
    Drop,
    Fork,
    HasParameters,
    InputDense,
    Join,
    Layer,
    Normalize,
    ScalarBias,
    Step,
    Workspace,
    by_stream,
    compose,
    norms_of,
)

GROUP_BYTES: Final = 2**18
"""Bytes of the widest layer's signal of a group of runs that pass samples together."""


@dataclass(frozen=True)
class Plan:
    """A forward and backward pass for batches of one size: calls on arrays made beforehand."""

    columns: FloatArray  # shape (S, D + 1, B): the array that a batch is copied to
    forward: list[Call]
    # for each activation, the numbers of calls before it and up to its end, and its input and
    # output ``(R, H + 1, B)``, which may be one array
    activations: list[tuple[int, int, FloatArray, FloatArray]]
    # for each layer but the first, the number of calls before it, and its input
    given: list[tuple[int, FloatArray]]
    logits: FloatArray  # shape (S, R / S, K, B)
    backward: list[Call]  # empty outside of training
    # for each step of dropout in training, the factors and the shifts of activations
    drops: list[tuple[Drop, FloatArray, FloatArray]]
    # for each layer, from the last to the first, the number of calls of `backward` after which the
    # derivative by its output, ``(R, H, B)``, is complete
    deltas: list[tuple[int, FloatArray]]

    def set_masks(self, masks: Sequence[FloatArray]) -> None:
        """Set the masks ``(S, 1, H, B)`` of all steps of dropout; none drop anything without."""
        for index, (step, mask, shift) in enumerate(self.drops):
            if masks:
                np.copyto(by_stream(mask, len(masks[index])), masks[index])
                step.set_shift(mask, shift)
            else:
                mask.fill(1.0)
                shift.fill(0.0)


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
    parts : tuple of HasParameters
        The first layer and the steps that follow it.
    parameters, gradients : ndarray of shape (R, P)
        Zero at first, except gains and scales of blocks, which are one.
    statistics : ndarray of shape (R, Q)
        Running statistics of batch normalization; Q is zero without it.
    layers : tuple of ndarray of shape (R, fan_in + 1, fan_out)
        Views of `parameters`, the bias last; ``(R, fan_in, fan_out)`` without biases. With weight
        normalization, the weights that products are taken with, computed in each `forward`.
    layer_gradients : tuple of ndarray
        Views of `gradients`, likewise.
    scales : tuple of ndarray of shape (R, 1, 1)
        The learned scale of each residual block, if it has one.
    """

    def __init__(
        self, architecture: Architecture, *, runs: int, dtype: DTypeLike = np.float32
    ) -> None:
        self.architecture = architecture
        self.runs = runs
        self._workspace = Workspace(runs, dtype)
        self._first, self._steps = _assemble(architecture, self._workspace)
        self.parts: tuple[HasParameters, ...] = (self._first, *self._steps)
        self.parameters: FloatArray = np.zeros((runs, parameter_count(architecture)), dtype)
        self.gradients: FloatArray = np.zeros_like(self.parameters)
        for step, values, gradients in zip(
            self.parts,
            self.views(self.parameters),
            self.views(self.gradients),
            strict=True,
        ):
            step.bind(values, gradients)
        self._dense = [
            (part, views)
            for part, views in zip(self.parts, self.views(self.parameters), strict=True)
            if isinstance(part, Layer)
        ]
        self.layers: tuple[FloatArray, ...] = tuple(part.weights for part, _ in self._dense)
        self.layer_gradients: tuple[FloatArray, ...] = tuple(
            part.gradients for part, _ in self._dense
        )
        self.scales: tuple[FloatArray, ...] = tuple(
            step.scale for step in self._steps if isinstance(step, Join) and step.shapes
        )
        for scale in self.scales:
            scale[:] = 1.0
        norms = [step for step in self._steps if isinstance(step, Normalize)]
        for step in norms:
            step.gain[:] = 1.0
        norms = [step for step in norms if step.is_batch]
        sizes = [prod(step.shapes[0]) for step in norms]
        self.statistics: FloatArray = np.zeros((runs, sum(sizes)), dtype)
        views = np.split(self.statistics, np.cumsum(sizes)[:-1], axis=1)
        for step, view in zip(norms, views, strict=False):
            step.bind_statistics(view.reshape(runs, *step.shapes[0]))
            step.running_variance[:] = 1.0
        self._plans: dict[tuple[int, int, bool], Plan] = {}
        self._groups: dict[int, StackedMLP] = {}

    def __getstate__(self) -> tuple[Architecture, FloatArray, FloatArray]:
        """Return what a copy or a pickle holds; steps and plans are made again from it."""
        return self.architecture, self.parameters, self.statistics

    def __setstate__(self, state: tuple[Architecture, FloatArray, FloatArray]) -> None:
        architecture, parameters, statistics = state
        self.__init__(architecture, runs=len(parameters), dtype=parameters.dtype)  # type: ignore[misc]
        self.parameters[:], self.statistics[:] = parameters, statistics
        self._compose()

    @property
    def dtype(self) -> np.dtype[np.floating[Any]]:
        """The dtype of parameters, activations and gradients."""
        return self.parameters.dtype

    def plan_again(self) -> None:
        """Forget all plans, so that the next passes use the kernels that are loaded now."""
        self._plans.clear()
        self._groups.clear()

    def groups(self, rows: int) -> Iterator[tuple[slice, "StackedMLP"]]:
        """Yield copies of a few runs at a time, and which runs they are.

        Passes of `rows` samples through a copy stay in the cache, and each run's numbers are those
        of a pass through the whole stack. A copy is valid until the next one is requested.
        """
        signal = max(self.architecture.sizes) * rows * self.dtype.itemsize
        size = max(1, GROUP_BYTES // signal)
        for start in range(0, self.runs, size):
            runs = slice(start, min(start + size, self.runs))
            count = runs.stop - start
            if count not in self._groups:
                self._groups[count] = StackedMLP(self.architecture, runs=count, dtype=self.dtype)
            group = self._groups[count]
            group.parameters[:] = self.parameters[runs]
            group.statistics[:] = self.statistics[runs]
            group._compose()  # noqa: SLF001 - of this class
            yield runs, group

    def set_weights(self, run: int, weights: Sequence[tuple[FloatArray, FloatArray]]) -> None:
        """Set one run's ``(W (fan_in, fan_out), b (fan_out,))``, layer by layer.

        A network without biases ignores `b`. Values too large for the dtype become infinite: that
        run diverges, and no other.
        """
        layers = self.layer_views(self.parameters)
        with np.errstate(over="ignore"):
            for layer, (matrix, bias) in zip(layers, weights, strict=True):
                layer[run, : len(matrix)] = matrix
                layer[run, len(matrix) :] = bias
        self.set_lengths(slice(run, run + 1))

    def set_lengths(self, runs: slice = slice(None)) -> None:
        """With weight normalization, set the lengths of runs to those of their directions.

        The weights that products are taken with are then the directions themselves.
        """
        pairs = zip(self._dense, self.architecture.layers, strict=True)
        for (_, (directions, *lengths)), (fan_in, _) in pairs:
            if lengths:
                lengths[0][runs] = norms_of(directions[runs], fan_in)
        self._compose()

    def weights(self, run: int) -> list[tuple[FloatArray, FloatArray]]:
        """Return copies of one run's ``(W (fan_in, fan_out), b (fan_out,))``, layer by layer."""
        self._compose()
        return [
            (layer[run, :fan_in].copy(), layer[run, fan_in:].sum(axis=0))
            for layer, (fan_in, _) in zip(self.layers, self.architecture.layers, strict=True)
        ]

    def take(self, runs: Array, dtype: DTypeLike | None = None) -> "StackedMLP":
        """Return a stack of the runs chosen by index or mask, in their own or another precision."""
        parameters = self.parameters[runs]
        dtype = self.dtype if dtype is None else dtype
        network = StackedMLP(self.architecture, runs=len(parameters), dtype=dtype)
        network.parameters[:] = parameters
        network.statistics[:] = self.statistics[runs]
        network._compose()
        return network

    def plain(self, runs: Array) -> "StackedMLP":
        """Return runs in float64 with their weights as parameters, without weight normalization."""
        architecture = self.architecture
        if architecture.normalization == "weight":
            architecture = replace(architecture, normalization="none")
        network = StackedMLP(architecture, runs=len(runs), dtype=np.float64)
        if architecture is self.architecture:
            network.parameters[:] = self.parameters[runs]
        for theirs, ours in zip(network.layers, self.layers, strict=True):
            theirs[:] = ours[runs]
        return network

    def put_plain(
        self, runs: Array, network: "StackedMLP", *, keep_directions: bool = False
    ) -> None:
        """Copy back the weights of a stack that `plain` returned for these runs.

        Parameters
        ----------
        runs : ndarray
        network : StackedMLP
        keep_directions : bool
            With weight normalization, whether the directions stay as they are and only lengths and
            biases are copied; otherwise the weights become the directions.
        """
        if self.architecture.normalization != "weight":
            self.parameters[runs] = network.parameters
            return
        for (_, (directions, lengths)), weights, (fan_in, _) in zip(
            self._dense, network.layers, self.architecture.layers, strict=True
        ):
            lengths[runs] = norms_of(weights, fan_in)
            kept = fan_in if keep_directions else 0
            directions[runs, kept:] = weights[:, kept:]
        self._compose()

    def put(self, runs: Array, network: "StackedMLP") -> None:
        """Copy back the parameters of a stack that `take` returned for these runs."""
        self.parameters[runs] = network.parameters
        self.statistics[runs] = network.statistics
        self._compose()

    def forward(
        self, inputs: FloatArray, *, training: bool = False, masks: Sequence[FloatArray] = ()
    ) -> FloatArray:
        """Return the logits of one batch for every run.

        Parameters
        ----------
        inputs : ndarray of shape (S, B, D + 1)
            One batch per stream, from `with_ones`. S divides R, and run ``s * (R / S) + i`` reads
            stream s.
        training : bool
            Whether batch normalization uses the batch and updates its running statistics.
        masks : sequence of ndarray of shape (S, 1, H, B)
            With dropout in training, what the activations of each hidden layer are multiplied by;
            none is dropped if no masks are given.

        Returns
        -------
        ndarray of shape (S, R / S, K, B)
            A buffer of this object, which the next call with this batch size overwrites.
        """
        plan = self._latest = self._plan_for(*inputs.shape[:2], training=training)
        np.copyto(plan.columns, inputs.mT)
        plan.set_masks(masks)
        for call in plan.forward:
            call()
        return plan.logits

    def deltas_for(self, logits: FloatArray) -> FloatArray:
        """Return the buffer, shaped as `logits`, that `backward` reads without a copy."""
        return self._workspace.array("delta logits", *logits.shape[-2:]).reshape(logits.shape)

    def backward(self, deltas: FloatArray) -> None:
        """Compute `gradients` for the batch of the latest `forward`.

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
        plan = self._latest
        yield from _stopping(plan.backward, plan.deltas)
        for call in plan.backward[plan.deltas[-1][0] :]:
            call()

    def signals(
        self, inputs: FloatArray, *, training: bool = False
    ) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield the preactivations and activations of each layer, both ``(R, H, B)``.

        The last pair is the logits, twice. An array is valid until the next one is requested.
        Parameters are those of `forward`.
        """
        plan = self._latest = self._plan_for(*inputs.shape[:2], training=training)
        np.copyto(plan.columns, inputs.mT)
        plan.set_masks(())
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
        """Yield the input of each layer, ``(R, fan_in, B)``, with a last row of ones for biases.

        A layer computes its output only when the next input is requested, so its weights may be
        changed before. An array is valid until then. Batch normalization is in training mode.
        """
        plan = self._plan_for(*inputs.shape[:2], training=True)
        np.copyto(plan.columns, inputs.mT)
        plan.set_masks(())
        rows = self._first.weights.shape[1]
        yield np.repeat(plan.columns[:, :rows], self.runs // len(inputs), axis=0)
        yield from _stopping(plan.forward, plan.given)

    def products(self, flat: FloatArray) -> tuple[FloatArray, ...]:
        """Return the weights that products are taken with for parameters ``(R, P)``, as `layers`.

        They are views of the array, or new arrays with weight normalization.
        """
        if self.architecture.normalization != "weight":
            return self.layer_views(flat)
        found = []
        views = [each for each in self.views(flat) if len(each) == 2]
        for (directions, lengths), (fan_in, _) in zip(views, self.architecture.layers, strict=True):
            found.append(np.empty_like(directions))
            compose(directions, lengths, fan_in, found[-1])
        return tuple(found)

    def layer_views(self, flat: FloatArray) -> tuple[FloatArray, ...]:
        """Return views of the weights and biases in an array ``(R, P)``, shaped like `layers`."""
        return tuple(
            views[0]
            for part, views in zip(self.parts, self.views(flat), strict=True)
            if isinstance(part, Layer)
        )

    def _compose(self) -> None:
        """With weight normalization, compute `layers` from the parameters as they are."""
        for part, _ in self._dense:
            if part.weight_norm:
                part.weight_norm.compose()

    def _plan_for(self, streams: int, batch: int, *, training: bool) -> Plan:
        """Return the plan for batches of one size, made at the first call."""
        plan = self._plans.get((streams, batch, training))
        if plan is not None:
            return plan
        columns = np.ones((streams, self.architecture.sizes[0] + 1, batch), self.dtype)
        signal, calls = self._first.forward(columns)
        activations, layers, drops = [], [], []
        for step in self._steps:
            given, before = signal, len(calls)
            if isinstance(step, Dense):
                layers.append((before, given[:, : step.weights.shape[1]]))
            signal, more = step.forward(signal, training=training)
            calls += more
            if isinstance(step, Activate):
                activations.append((before, len(calls), given, signal))
            if isinstance(step, Drop) and training:
                drops.append((step, step.mask, step.shift))
        logits = by_stream(signal, streams)

        back: list[Call] = []
        deltas = []
        if training:
            sizes = reversed(self.architecture.sizes[1:])
            delta = self.deltas_for(logits).reshape(self.runs, *logits.shape[-2:])
            for step in reversed(self._steps):
                if isinstance(step, Dense):
                    deltas.append((len(back), delta[:, : next(sizes)]))
                delta, more = step.backward(delta)
                back += more
            deltas.append((len(back), delta[:, : next(sizes)]))
            back += self._first.backward(delta)
        plan = Plan(columns, calls, activations, layers, logits, back, drops, deltas)
        self._plans[streams, batch, training] = plan
        return plan

    def views(self, flat: FloatArray) -> list[list[FloatArray]]:
        """Return views of the parameters of each of `parts` in an array ``(R, P)``."""
        views: list[list[FloatArray]] = []
        start = 0
        for part in self.parts:
            views.append([])
            for shape in part.shapes:
                stop = start + prod(shape)
                views[-1].append(flat[:, start:stop].reshape(self.runs, *shape))
                start = stop
        return views


def _stopping(
    calls: Sequence[Call], stops: Sequence[tuple[int, FloatArray]]
) -> Iterator[FloatArray]:
    """Yield each array after so many of the calls."""
    done = 0
    for stop, array in stops:
        for call in calls[done:stop]:
            call()
        done = stop
        yield array


def parameter_count(architecture: Architecture) -> int:
    """Return P, the number of parameters of one network."""
    first, steps = _assemble(architecture, Workspace(1, np.float32))
    return sum(prod(shape) for part in (first, *steps) for shape in part.shapes)


def with_ones(samples: FloatArray, dtype: DTypeLike) -> FloatArray:
    """Return samples ``(…, N, D)`` with a last feature of ones, ``(…, N, D + 1)``."""
    augmented = np.ones((*samples.shape[:-1], samples.shape[-1] + 1), dtype)
    augmented[..., :-1] = samples
    return augmented


def _assemble(
    architecture: Architecture, workspace: Workspace
) -> tuple[InputDense, tuple[Step, ...]]:
    """Return the first layer and the steps that follow it, not yet bound to parameters.

    Between two layers, a preactivation passes the end of a residual block, the beginning of the
    next, normalization, the activation and dropout.
    """
    fans, kind = architecture.layers, architecture.normalization
    residual = architecture.residual or Residual()
    last = len(fans) - 1
    of_layers: Any = {"bias": architecture.bias, "weight_norm": kind == "weight"}
    first = InputDense(*fans[0], workspace, is_last=last == 0, **of_layers)
    steps: list[Step] = []
    fork, in_block = Fork(), False
    for index in range(1, last + 1):
        opens = architecture.opens_block(index)
        if opens:
            fork, in_block = Fork(), True
            steps.append(fork)
        shifted = in_block and residual.scalar_biases
        normalized = architecture.normalizes_activations
        if normalized:
            steps.append(Normalize(fans[index][0], kind, workspace, index=index))
        if shifted:
            steps.append(ScalarBias(workspace, name=f"bias before activation {index}"))
        free = normalized or shifted or not opens
        steps.append(Activate(architecture.activation, workspace, index=index, may_overwrite=free))
        if architecture.dropout is not None:
            steps.append(Drop(architecture.dropout, workspace, index=index))
        if shifted:
            steps.append(ScalarBias(workspace, name=f"bias before layer {index}"))
        layer = Dense(*fans[index], workspace, index=index, is_last=index == last, **of_layers)
        steps.append(layer)
        if architecture.closes_block(index):
            scale, factor = residual.learned_scale, architecture.multiplier
            end = Join(fork, workspace, learned_scale=scale, multiplier=factor, index=index)
            steps.append(end)
            in_block = False
    return first, tuple(steps)
