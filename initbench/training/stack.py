"""Training a stack: every run of a seed sees the same data in the same order.

The order of batches is drawn from the seed alone. All runs of a seed read the same batches, so that
only their initial weights and hyper-parameters differ. A run that has ended, because it diverged or
met its stopping rule, leaves the stack; the numbers of the other runs do not change.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, BoolArray, FloatArray
from initbench.curvature.stability import stable_sharpness
from initbench.data import Split
from initbench.metric import STABLE_SHARPNESS
from initbench.nn import SCHEDULES, BoundLoss, StackedMLP
from initbench.nn.fast import has_trained
from initbench.training.batches import Batches, Masks, steps_per_epoch
from initbench.training.decision_boundary import (
    GRID_SIDE,
    BoundaryGrid,
    FrameRecorder,
    frame_epochs,
)
from initbench.training.evaluation import Task, constant_loss, final_metrics
from initbench.training.initial_weights import (
    adapt_network,
    initial_network,
    initial_weights,
    rate_factors,
)
from initbench.training.layer_statistics import dead_fractions
from initbench.training.recording import Recorder
from initbench.training.samples import load_split, task_of
from initbench.training.unit import Recipe, Unit
from initbench.training.update import Update


@dataclass(frozen=True)
class UnitRecords:
    """Recorded arrays of a unit: per run (first axis R), and shared by all runs."""

    per_run: dict[str, Array]
    shared: dict[str, Array]


def train_unit(unit: Unit, on_epoch: Callable[[FloatArray], None] = lambda _: None) -> UnitRecords:
    """Train all runs of a unit as one stack.

    `on_epoch`: called after each epoch with the lowest test loss of each run so far, ``(R,)``.

    Raises `UsageError` if the loss does not fit the data, or a scheme does not fit the network.
    """
    return train_on(load_split(unit.dataset, unit.network.dtype), unit, on_epoch)


def train_on(
    split: Split, unit: Unit, on_epoch: Callable[[FloatArray], None] = lambda _: None
) -> UnitRecords:
    """Train all runs of a unit on the given samples in place of its own; see `train_unit`."""
    schemes = [variant.initialization for variant in unit.variants]
    task = task_of(split, unit.recipe.loss, unit.network.dtype)
    grid = BoundaryGrid(split.X_train, task.loss) if unit.data.has_boundary else None
    each = [dict(variant.hyperparameters) for variant in unit.variants]
    hyperparameters = {
        name: np.tile(np.array([values[name] for values in each], np.float64), len(unit.seeds))
        for name in each[0]
    }
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        network = initial_network(unit.architecture, schemes, unit.seeds, unit.network.dtype)
        start = {"initialization_epochs": adapt_network(network, schemes, unit.seeds, task)}
        if unit.recipe.recording.initial_weights:
            start |= initial_weights(network)
        start["dead_at_start"] = dead_fractions(network, task)
        records = train(
            network,
            task,
            unit.recipe,
            hyperparameters,
            unit.seeds,
            factors=rate_factors(network, schemes, unit.recipe.optimizer),
            grid=grid,
            on_epoch=on_epoch,
        )
        samples = len(split.X_train)
        shared: dict[str, Array] = {
            "epochs": unit.recipe.recorded_epochs(samples),
            "steps_per_epoch": np.array(steps_per_epoch(samples, unit.recipe.batch_size)),
            "constant_loss": np.array(constant_loss(task)),
        }
        if grid is not None:
            records["boundary"] = grid.probabilities(network, GRID_SIDE)[:, np.newaxis]
            grid_x, grid_y = grid.axes(GRID_SIDE)
            shared |= {
                "boundary_epochs": np.array([float(unit.recipe.epochs)]),
                "frame_epochs": frame_epochs(unit.recipe.epochs).astype(np.float64),
                "grid_x": grid_x,
                "grid_y": grid_y,
                "points": split.X_train,
                "point_labels": split.y_train,
            }
        return UnitRecords({**start, **records}, shared)


def train(
    network: StackedMLP,
    task: Task,
    recipe: Recipe,
    hyperparameters: Mapping[str, FloatArray],
    seeds: Sequence[int],
    *,
    factors: FloatArray | None = None,
    grid: BoundaryGrid | None = None,
    on_epoch: Callable[[FloatArray], None] = lambda _: None,
) -> dict[str, Array]:
    """Train all runs of a stack, and return their records.

    `network`: R runs with their initial weights; it holds the final ones afterwards. Run
    ``s * (R / S) + i`` reads batches in the order of ``seeds[s]``.
    `hyperparameters`: by name, of shape (R,); the optimizer's options and, where gradients are
    clipped, ``clip_norm``.
    `seeds`: S of them; R is a multiple of S.
    `factors`: shape (R, P); on the learning rate of each parameter.
    `grid`: where class probabilities are recorded during training.
    `on_epoch`: called after each epoch that is trained, with `Recorder.lowest_loss`.

    Returns
    -------
    dict
        As `Recorder.records` and `final_metrics`; the latter are NaN for a run that diverged. With
        a grid also `frames`, as `FrameRecorder.records`. With the sharpness also
        ``stable_sharpness``, which is NaN where the learning rate is not one constant.
    """
    streams = np.repeat(np.arange(len(seeds)), network.runs // len(seeds))
    batches = Batches(task.parts["train"], recipe.batch_size, seeds, streams)
    rates = SCHEDULES[recipe.schedule.name].factors(
        recipe.epochs * batches.per_epoch, batches.per_epoch, **dict(recipe.schedule.options)
    )
    update = Update(network, recipe.optimizer, hyperparameters, rates, factors)
    steps = recipe.recording.steps(recipe.epochs, batches.per_epoch)
    recorder = Recorder(
        network,
        task,
        steps,
        recipe.stop,
        layers=recipe.recording.layers,
        sharpness=recipe.recording.sharpness,
    )
    frames = frame_epochs(recipe.epochs) * batches.per_epoch
    frame_recorder = None if grid is None else FrameRecorder(grid, network.runs, frames)
    with np.errstate(all="ignore"):  # a run that diverges is a finding, not a warning
        stack = _Stack(
            network,
            task.loss,
            batches,
            update,
            recorder,
            masks=Masks(network, seeds, streams),
            frame_recorder=frame_recorder,
        )
        for _ in stack.epochs(recipe.epochs):
            on_epoch(recorder.lowest_loss)
        records = recorder.records()
        if recipe.recording.sharpness:
            is_constant = factors is None and bool((rates == 1.0).all())
            limits = stable_sharpness(recipe.optimizer, hyperparameters)
            records[STABLE_SHARPNESS] = limits if is_constant else np.full_like(limits, np.nan)
        has_diverged = ~np.isfinite(records["train_loss"][:, -1])
        if frame_recorder:
            records["frames"] = frame_recorder.records(network, has_diverged)
        for name, values in final_metrics(network, task).items():
            records[name] = np.where(has_diverged, np.nan, values)
        return records


class _Stack:
    """The runs that still train."""

    def __init__(
        self,
        network: StackedMLP,
        loss: BoundLoss,
        batches: Batches,
        update: Update,
        recorder: Recorder,
        *,
        masks: Masks,
        frame_recorder: FrameRecorder | None,
    ) -> None:
        self._all = self._network = network
        self._runs = np.arange(network.runs)
        self._loss, self._batches, self._masks, self._update = loss, batches, masks, update
        self._recorder, self._frame_recorder = recorder, frame_recorder

    def epochs(self, count: int) -> Iterator[int]:
        """Train so many epochs, or until no run is left, and yield after each."""
        self._record(0, None)
        step = 0
        for epoch in range(count):
            if not len(self._runs):
                break
            start = process_time()
            for inputs, targets in self._batches.epoch():
                step += 1
                self._take_step(step, inputs, targets)
                if not len(self._runs):
                    break
            if has_trained(process_time() - start):
                self._network.plan_again()
            yield epoch
        if len(self._runs) and self._network is not self._all:
            self._all.put(self._runs, self._network)

    def _take_step(self, step: int, inputs: FloatArray, targets: FloatArray) -> None:
        network, recorder = self._network, self._recorder
        before = network.parameters.copy() if recorder.needs_parameters(step) else None
        masks = self._masks.draw(inputs.shape[1])
        logits = network.forward(inputs, training=True, masks=masks)
        deltas = network.deltas_for(logits)
        self._loss.gradient(logits, targets, deltas)
        network.backward(deltas)
        self._update.apply(step)
        self._record(step, before)

    def _record(self, step: int, before: FloatArray | None) -> None:
        if self._frame_recorder:
            self._frame_recorder.record(step, self._network, self._runs)
        if not self._recorder.is_due(step):
            return
        is_done = self._recorder.record(step, self._network, self._runs, before)
        if is_done.any():
            self._leave(step, is_done)

    def _leave(self, step: int, is_done: BoolArray) -> None:
        """Go on without the runs that are done."""
        if self._network is not self._all:
            self._all.put(self._runs[is_done], self._network.take(is_done))
        if self._frame_recorder:
            self._frame_recorder.leave(step, self._runs[is_done])
        self._runs = self._runs[~is_done]
        if not len(self._runs):
            return
        self._network = self._network.take(~is_done)
        self._batches.keep(~is_done)
        self._masks.keep(~is_done)
        self._update.keep(~is_done, self._network)
