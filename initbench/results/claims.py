"""Claims judged on stored runs.

A run that diverged counts against its scheme: its accuracy is 0, its loss infinite, its R² minus
infinity, and it never reaches the target; its other metrics are NaN, as are those of a run that is
not on disk.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.claims import Judgement, Kind, Vocabulary, judge_claim
from initbench.claims.evaluation import Evaluator
from initbench.claims.expressions import INIT, TUNE, Metric, Value
from initbench.claims.vocabulary import layer_of, point_of
from initbench.metric import metric_of
from initbench.results.outline import Cell, Outline
from initbench.results.store import Records
from initbench.stats.survival import held_from

TO_TARGET: Final = "epochs_to_target"


def judge(outline: Outline, runs: Mapping[str, Records]) -> list[Judgement]:
    """Return the verdict on each claim of an experiment, in the order of the config.

    Parameters
    ----------
    outline : Outline
    runs : mapping of key to Records
        Those that are on disk.
    """
    evaluator = Evaluator(StoredRuns(outline, runs))
    return [judge_claim(claim, evaluator) for claim in outline.claims]


class StoredRuns:
    """The stored runs of an experiment, as `initbench.claims` reads them: without trials.

    Parameters
    ----------
    outline : Outline
    runs : mapping of key to Records
        Those that are on disk.
    """

    def __init__(self, outline: Outline, runs: Mapping[str, Records]) -> None:
        self._outline, self._runs = outline, runs
        self._cells = [cell for cell in outline.cells if cell.role != "trial"]
        asked = (run for cell in self._cells for ids in cell.runs.values() for run in ids)
        self.seeds = tuple(sorted({run.seed for run in asked}))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The names of all that is stored; no metrics where no run has finished."""
        metrics = {
            name: kind
            for records in self._runs.values()
            for name, values in records.items()
            if (kind := _kind_of(name, values, records)) is not None
        }
        names = {**metrics, TO_TARGET: Kind.RUN} if metrics else {}
        return Vocabulary(self._outline.labels, names, list(map(_settings, self._cells)))

    def hidden_layers(self, cell: int) -> int:
        """Return the number of hidden layers of the networks of a cell."""
        return len(self._cells[cell].setup.hidden)

    def epochs(self, cell: int) -> list[FloatArray]:
        """Return the recorded epochs of each finished run of a cell."""
        keys = [run.key for ids in self._cells[cell].runs.values() for run in ids]
        return [self._runs[key]["epochs"] for key in keys if key in self._runs]

    def read(self, metric: Metric, cell: int) -> FloatArray:
        """Return a metric of a cell for each seed, ``(S,)``; NaN where a seed has no value."""
        label = str(dict(metric.where)[INIT])
        by_seed = {run.seed: self._runs.get(run.key) for run in self._cells[cell].runs[label]}
        return np.array([self._number(metric, by_seed.get(seed), cell) for seed in self.seeds])

    def _number(self, metric: Metric, records: Records | None, cell: int) -> float:
        if records is None:
            return np.nan
        epochs = records["epochs"]
        if metric.name == TO_TARGET:
            setup = self._cells[cell].setup
            score = records[f"test_{setup.score}"]
            losses = np.isfinite(records["train_loss"]) & np.isfinite(records["test_loss"])
            holds = (score >= self._outline.target) & (score > setup.chance) & losses.all()
            [held] = held_from(holds[np.newaxis])
            return float(epochs[held]) if held >= 0 else np.inf
        values = np.asarray(records[metric.name], np.float64)
        if values.ndim:
            values = values[point_of(metric, epochs)]
        if values.ndim:
            values = values[layer_of(metric, len(values))]
        diverged = not np.isfinite([records["train_loss"][-1], records["test_loss"][-1]]).all()
        if not (diverged and np.isnan(values)):
            return float(values)
        known = metric_of(metric.name)
        return np.nan if known.worst is None or known.when == "layer" else known.worst


def _settings(cell: Cell) -> dict[str, Value]:
    """Return the keys of a cell; where something is tuned, also whether this cell is tuned."""
    role = {} if cell.role == "point" else {TUNE: cell.role}
    return {**cell.settings, **role}


def _kind_of(name: str, values: Array, records: Records) -> Kind | None:
    """Return the kind of an array of one run: per run, curve or layers; None if no metric."""
    if name in {"epochs", "stopped_at"} or not np.issubdtype(values.dtype, np.number):
        return None
    kinds = {0: Kind.RUN, 1: Kind.CURVE, 2: Kind.LAYERS}
    is_curve = values.ndim == 0 or len(values) == len(records["epochs"])
    return kinds.get(values.ndim) if is_curve else None
