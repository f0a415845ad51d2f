"""Training a stack: the same data in the same order for every run, whatever its weights.

The order of batches is drawn from the seed alone. All runs of a seed read the same batch of the
same stream, so that nothing but the initial weights tells them apart. A run that is done, because
it diverged or because a rule stops it, leaves the stack, and those that stay do not feel it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from initbench.arrays import Array, BoolArray, FloatArray
from initbench.nn import BoundLoss, StackedMLP
from initbench.nn.schedules import bind_schedule
from initbench.options import OptionValue
from initbench.training.batches import Batches, steps_per_epoch
from initbench.training.evaluation import Task, final_metrics
from initbench.training.plane import Filming, Plane, frame_epochs
from initbench.training.recording import Recorder, Recording, Stop
from initbench.training.update import Update

Options = tuple[tuple[str, OptionValue], ...]


@dataclass(frozen=True)
class Named:
    """An entry of a registry with all of its options."""

    name: str
    options: Options = ()


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, its weights, its data and its hyper-parameters aside.

    Attributes
    ----------
    epochs : int
    batch_size : int or None
        None for all samples in one batch.
    optimizer : str
    schedule : Named
        Of the learning rate.
    loss : Named
    recording : Recording
    stop : Stop or None
    """

    epochs: int
    batch_size: int | None
    optimizer: str
    schedule: Named
    loss: Named
    recording: Recording
    stop: Stop | None


def epochs_of_points(recipe: Recipe, samples: int) -> FloatArray:
    """Return the epoch of each point of a curve, ``(T,)``, for so many samples to train on."""
    per_epoch = steps_per_epoch(samples, recipe.batch_size)
    return recipe.recording.steps(recipe.epochs, per_epoch) / per_epoch


def train(
    network: StackedMLP,
    task: Task,
    recipe: Recipe,
    hyperparameters: Mapping[str, FloatArray],
    seeds: Sequence[int],
    *,
    factors: FloatArray | None = None,
    plane: Plane | None = None,
    on_epoch: Callable[[FloatArray], None] = lambda _: None,
) -> dict[str, Array]:
    """Train all runs of a stack, and return their records.

    Parameters
    ----------
    network : StackedMLP
        R runs with their initial weights; it holds the final ones afterwards. Run
        ``s * (R / S) + i`` reads batches in the order of ``seeds[s]``.
    task : Task
    recipe : Recipe
    hyperparameters : mapping of str to ndarray of shape (R,)
        The optimizer's options and, where gradients are clipped, ``clip_norm``.
    seeds : sequence of int
        S of them; R is a multiple of S.
    factors : ndarray of shape (R, P), optional
        On the learning rate of each parameter.
    plane : Plane, optional
        What the runs are asked about while they train.
    on_epoch : callable
        Called after each epoch that is trained, with `Recorder.lowest_loss`.

    Returns
    -------
    dict
        As `Recorder.records` and `final_metrics`; the latter are NaN for a run that diverged. With
        a plane also `frames`, as `Filming.records`.
    """
    streams = np.repeat(np.arange(len(seeds)), network.runs // len(seeds))
    batches = Batches(task.parts["train"], recipe.batch_size, seeds, streams)
    schedule = bind_schedule(recipe.schedule.name, **dict(recipe.schedule.options))
    rates = schedule.factors(recipe.epochs * batches.per_epoch, batches.per_epoch)
    update = Update(network, recipe.optimizer, hyperparameters, rates, factors)
    steps = recipe.recording.steps(recipe.epochs, batches.per_epoch)
    recorder = Recorder(network, task, steps, recipe.stop, layers=recipe.recording.layers)
    frames = frame_epochs(recipe.epochs) * batches.per_epoch
    filming = None if plane is None else Filming(plane, network.runs, frames)
    with np.errstate(all="ignore"):  # a run that diverges is a finding, not a warning
        stack = _Stack(network, task.loss, batches, update, recorder, filming=filming)
        for _ in stack.epochs(recipe.epochs):
            on_epoch(recorder.lowest_loss)
        records = recorder.records()
        has_diverged = ~np.isfinite(records["train_loss"][:, -1])
        if filming:
            records["frames"] = filming.records(network, has_diverged)
        for name, values in final_metrics(network, task).items():
            records[name] = np.where(has_diverged, np.nan, values)
        return records


class _Stack:
    """The runs that still train, and how far they are."""

    def __init__(
        self,
        network: StackedMLP,
        loss: BoundLoss,
        batches: Batches,
        update: Update,
        recorder: Recorder,
        *,
        filming: Filming | None,
    ) -> None:
        self._all = self._network = network
        self._runs = np.arange(network.runs)
        self._loss, self._batches, self._update = loss, batches, update
        self._recorder, self._filming = recorder, filming

    def epochs(self, count: int) -> Iterator[int]:
        """Train so many epochs, or until no run is left, and yield after each."""
        self._record(0, None)
        step = 0
        for epoch in range(count):
            if not len(self._runs):
                break
            for inputs, targets in self._batches.epoch():
                step += 1
                self._take_step(step, inputs, targets)
                if not len(self._runs):
                    break
            yield epoch
        if len(self._runs) and self._network is not self._all:
            self._all.put(self._runs, self._network)

    def _take_step(self, step: int, inputs: FloatArray, targets: FloatArray) -> None:
        network, recorder = self._network, self._recorder
        before = network.parameters.copy() if recorder.needs_parameters(step) else None
        logits = network.forward(inputs, training=True)
        deltas = network.deltas_for(logits)
        self._loss.gradient(logits, targets, deltas)
        network.backward(deltas)
        self._update.apply(step)
        self._record(step, before)

    def _record(self, step: int, before: FloatArray | None) -> None:
        if self._filming:
            self._filming.record(step, self._network, self._runs)
        if not self._recorder.is_due(step):
            return
        is_done = self._recorder.record(step, self._network, self._runs, before)
        if is_done.any():
            self._leave(step, is_done)

    def _leave(self, step: int, is_done: BoolArray) -> None:
        """Go on without the runs that are done."""
        if self._network is not self._all:
            self._all.put(self._runs[is_done], self._network.take(is_done))
        if self._filming:
            self._filming.leave(step, self._runs[is_done])
        self._runs = self._runs[~is_done]
        if not len(self._runs):
            return
        self._network = self._network.take(~is_done)
        self._batches.keep(~is_done)
        self._update.keep(~is_done, self._network)
