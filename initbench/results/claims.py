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
from initbench.claims.vocabulary import layer_of, point_of, singular_value_of
from initbench.metric import metric_of
from initbench.results.curvature import EIGENVALUES, PER_NETWORK
from initbench.results.outline import Cell, Outline
from initbench.results.probes import BY_LAYER, GRADIENT_COSINE, PREDICTED, SPECTRA, THEORY
from initbench.results.store import Records
from initbench.stats.survival import held_from

TO_TARGET: Final = "epochs_to_target"

PROBE_METRICS: Final[Mapping[str, Kind]] = {
    **{f"probe_{name}": Kind.UNTRAINED_LAYERS for name in (*BY_LAYER, GRADIENT_COSINE)},
    **{f"probe_expected_{name}": Kind.UNTRAINED_LAYERS for name in PREDICTED},
    **{f"probe_{name}": Kind.SPECTRUM for name in SPECTRA},
    "probe_loss": Kind.RUN,
    **{f"theory_{name}": Kind.RUN for name in THEORY},
}
"""Metrics of untrained networks: of records by their names with the prefix ``probe_``, and what
theory says."""

CURVATURE_METRICS: Final[Mapping[str, Kind]] = {
    **{f"curvature_{name}": Kind.SPECTRUM for name in EIGENVALUES},
    **{f"curvature_{name}": Kind.RUN for name in PER_NETWORK},
}
"""Metrics of the curvature of untrained networks, with the prefix ``curvature_``."""

_OF_NETWORKS: Final = {**PROBE_METRICS, **CURVATURE_METRICS}


def judge(
    outline: Outline, runs: Mapping[str, Records], probes: Mapping[str, Records]
) -> list[Judgement]:
    """Return the verdict on each claim of an experiment, in the order of the config.

    `runs`: by key; those that are on disk.
    """
    if not outline.claims:
        return []
    evaluator = Evaluator(StoredRuns(outline, runs, probes))
    return [judge_claim(claim, evaluator) for claim in outline.claims]


class StoredRuns:
    """The stored runs of an experiment, as `initbench.claims` reads them: without trials.

    `runs`: by key; those that are on disk.
    """

    def __init__(
        self, outline: Outline, runs: Mapping[str, Records], probes: Mapping[str, Records]
    ) -> None:
        self._outline, self._runs, self._probes = outline, runs, probes
        self._cells = [cell for cell in outline.cells if cell.role != "trial"]
        asked = (run for cell in self._cells for ids in cell.runs.values() for run in ids)
        self.seeds: tuple[int, ...] = tuple(sorted({run.seed for run in asked}))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The names of all that is stored; no metrics where no run has finished."""
        metrics = {
            name: kind
            for records in self._runs.values()
            for name, values in records.items()
            if (kind := _kind_of(name, values, records)) is not None
        }
        if any(cell.probes for cell in self._cells):
            metrics |= PROBE_METRICS
        if any("hessian_trace" in records for records in self._probes.values()):
            metrics |= CURVATURE_METRICS
        names = {**metrics, TO_TARGET: Kind.RUN} if metrics else {}
        return Vocabulary(self._outline.labels, names, list(map(_settings, self._cells)))

    def hidden_layers(self, cell: int) -> int:
        """Return the number of hidden layers of the networks of a cell."""
        return len(self._cells[cell].setup.hidden)

    def epochs(self, cell: int) -> list[FloatArray]:
        """Return the recorded epochs of each finished run of a cell."""
        keys = [run.key for ids in self._cells[cell].runs.values() for run in ids]
        return [self._runs[key]["epochs"] for key in keys if key in self._runs]

    def singular_values(self, metric: str, cell: int) -> int:
        """Return how many singular values a metric has in a cell; 0 if none was measured."""
        name = _name_of(metric)
        keys = [key for own in self._cells[cell].probes.values() for key in own]
        return max((np.size(self._probes.get(key, {}).get(name, ())) for key in keys), default=0)

    def read(self, metric: Metric, cell: int) -> FloatArray:
        """Return a metric of a cell for each seed, ``(S,)``; NaN where a seed has no value."""
        label = str(dict(metric.where)[INIT])
        runs = self._cells[cell].runs[label]
        if metric.name in _OF_NETWORKS:
            keys = self._cells[cell].probes.get(label, ())
            probed = {run.seed: self._probes.get(key) for run, key in zip(runs, keys, strict=False)}
            return np.array([_probed(metric, probed.get(seed)) for seed in self.seeds])
        by_seed = {run.seed: self._runs.get(run.key) for run in runs}
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


def _probed(metric: Metric, records: Records | None) -> float:
    """Return a measurement of an untrained network, NaN if there is none."""
    values = (records or {}).get(_name_of(metric.name))
    if values is None:
        return np.nan
    kind = _OF_NETWORKS[metric.name]
    if kind is Kind.SPECTRUM:
        return float(values[singular_value_of(metric, len(values))])
    return float(values if kind is Kind.RUN else values[layer_of(metric, len(values))])


def _name_of(metric: str) -> str:
    """Return the name of the array that a metric of untrained networks reads."""
    return metric.removeprefix("probe_").removeprefix("curvature_")


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
