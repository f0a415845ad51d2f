"""Recording: the curves of every run of a stack during training.

A curve has a point before training, one after every `Recording.every` epochs or steps, and one at
the end. A stopped run keeps its last values; a diverged run is NaN.
"""

from typing import Final

import numpy as np

from initbench.arrays import Array, BoolArray, FloatArray, IntArray
from initbench.curvature.measuring import sharpness_of
from initbench.metric import SHARPNESS, metric_of
from initbench.nn import StackedMLP
from initbench.training.evaluation import Task, evaluate
from initbench.training.layer_statistics import LAYER_STATISTICS, distinct_units, layer_statistics
from initbench.training.unit import Stop

NEVER: Final = -1


class Recorder:
    """Records the curves of R runs.

    `network`: all runs, before training.
    `steps`: shape (T,); the step of each recorded point, in order.
    `layers`: whether to record the statistics of each layer.
    `sharpness`: whether to record the largest eigenvalue of the training loss's Hessian.

    Attributes
    ----------
    lowest_loss : ndarray of shape (R,)
        The lowest test loss of each run so far; NaN where there is none.
    """

    def __init__(
        self,
        network: StackedMLP,
        task: Task,
        steps: IntArray,
        stop: Stop | None = None,
        *,
        layers: bool = False,
        sharpness: bool = False,
    ) -> None:
        runs, depth, points = network.runs, len(network.layers), len(steps)
        self._task, self._stop = task, stop
        self._point_of_step = {step: point for point, step in enumerate(steps.tolist())}
        names = [f"{part}_{metric}" for part in task.parts for metric in ("loss", task.score)]
        names += [SHARPNESS] if sharpness else []
        self._curves = {name: np.full((runs, points), np.nan) for name in names}
        self._distinct = np.zeros((runs, points, depth - 1), np.int32)
        kinds = LAYER_STATISTICS if layers else ()
        self._layers = {name: np.full((runs, points, depth), np.nan, np.float32) for name in kinds}
        self.lowest_loss: FloatArray = np.full(runs, np.nan)
        self._stopped_at = np.full(runs, NEVER)
        self._best = np.full(runs, -np.inf)
        self._best_at = np.zeros(runs, np.intp)

    def is_due(self, step: int) -> bool:
        """Whether a point is recorded after this step."""
        return step in self._point_of_step

    def needs_parameters(self, step: int) -> bool:
        """Whether `record` needs the parameters from before this step."""
        return bool(self._layers) and self.is_due(step)

    def record(
        self, step: int, network: StackedMLP, runs: IntArray, before: FloatArray | None = None
    ) -> BoolArray:
        """Record a point of a stack, and return a mask of the runs that have ended ``(R',)``.

        `step`: the latest; 0 before training.
        `network`: a stack of R' runs.
        `runs`: shape (R',); which of all runs they are.
        `before`: shape (R', P); the parameters before the latest step, if there was one.
        """
        point = self._point_of_step[step]
        finite = np.ones(len(runs), bool)
        for name, part in self._task.parts.items():
            loss, score = evaluate(network, part, self._task.loss)
            self._curves[f"{name}_loss"][runs, point] = loss
            self._curves[f"{name}_{self._task.score}"][runs, point] = score
            finite &= np.isfinite(loss)
            if name == "test":
                self.lowest_loss[runs] = np.fmin(self.lowest_loss[runs], loss)
        for index, layer in enumerate(network.layers[:-1]):
            self._distinct[runs, point, index] = distinct_units(layer)
        if SHARPNESS in self._curves:
            part = self._task.parts["train"]
            steepest = sharpness_of(network, part.inputs, part.targets, self._task.loss)
            self._curves[SHARPNESS][runs, point] = steepest
        if self._layers:
            for name, values in layer_statistics(network, self._task, before).items():
                self._layers[name][runs, point] = values
        for values in (*self._curves.values(), *self._layers.values()):
            values[runs[~finite], point] = np.nan
        self._distinct[runs[~finite], point] = 0
        return ~finite | self._has_enough(point, runs)

    def records(self) -> dict[str, Array]:
        """Return all curves.

        Returns
        -------
        dict
            Losses, scores and, if recorded, the sharpness ``(R, T)``, ``distinct_units``
            (R, T, L - 1), ``stopped_at`` (R,), the point at which a run was stopped or -1, and each
            statistic of layers ``(R, T, L)`` as ``layer_<name>``. From the first point at which a
            run's loss is not finite, its curves are NaN and its distinct units 0: it has diverged,
            and what it computes from there means nothing. From the point at which it was stopped,
            it keeps its values.
        """
        layers = {f"layer_{name}": values for name, values in self._layers.items()}
        found = {**self._curves, "distinct_units": self._distinct, **layers}
        for run in np.flatnonzero(self._stopped_at != NEVER):
            stop = self._stopped_at[run]
            for values in found.values():
                values[run, stop:] = values[run, stop]
        return {**found, "stopped_at": self._stopped_at}

    def _has_enough(self, point: int, runs: IntArray) -> BoolArray:
        """Return a mask of the runs that meet their stopping rule at this point."""
        if self._stop is None:
            return np.zeros(len(runs), bool)
        sign = float(metric_of(self._stop.monitor).sign)
        goodness = sign * self._curves[self._stop.monitor][runs, point]
        better = goodness > self._best[runs]
        self._best[runs[better]] = goodness[better]
        self._best_at[runs[better]] = point
        enough = np.zeros(len(runs), bool)
        if self._stop.target is not None:
            enough |= goodness >= sign * self._stop.target
        if self._stop.patience is not None:
            enough |= point - self._best_at[runs] >= self._stop.patience
        enough &= np.isfinite(goodness)
        self._stopped_at[runs[enough]] = point
        return enough
