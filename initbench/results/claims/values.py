"""Values: the numbers that an expression has, seed by seed.

Runs of one seed see the same data, batches and draws, so an expression is computed within each
seed first. A run that diverged answers nothing: its accuracy is 0, its loss infinite, its R² minus
infinity, and it never reaches the target; other metrics it has none of (NaN), as has a run that is
not on disk.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, reduce
from typing import Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.results.claims.syntax import (
    EPOCH,
    INIT,
    LAYER,
    LOWER_IS_BETTER,
    OVER_SEEDS,
    TUNE,
    Along,
    Call,
    ClaimError,
    Comparison,
    Expression,
    Metric,
    Number,
    Share,
    Value,
    better,
    fill,
    walk,
)
from initbench.results.claims.vocabulary import Kind, Vocabulary, matching, values_of
from initbench.results.outline import Cell, Outline
from initbench.results.store import Records
from initbench.stats.survival import held_from

TO_TARGET: Final = "epochs_to_target"

_CALLS: Final[Mapping[str, Callable[..., FloatArray]]] = {
    "+": np.add,
    "*": np.multiply,
    "/": np.divide,
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "square": np.square,
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
    "-": lambda *values: np.subtract(*values) if len(values) == 2 else np.negative(*values),
}

_ALONG: Final[Mapping[str, Callable[..., FloatArray]]] = {
    "lowest": np.min,
    "highest": np.max,
    "average": np.mean,
}

_RELATIONS: Final[Mapping[str, Callable[..., Array]]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class Values:
    """The values of expressions in one experiment.

    Parameters
    ----------
    outline : Outline
    runs : mapping of key to Records
        Those that are on disk.

    Attributes
    ----------
    seeds : tuple of int
        All that were asked for.
    """

    def __init__(self, outline: Outline, runs: Mapping[str, Records]) -> None:
        self._outline, self._runs = outline, runs
        self._cells = [cell for cell in outline.cells if cell.role != "trial"]
        asked = (run for cell in self._cells for ids in cell.runs.values() for run in ids)
        self.seeds = tuple(sorted({run.seed for run in asked}))
        self._settings = [_settings(cell) for cell in self._cells]
        self._leaf = lru_cache(maxsize=None)(self._read)

    @property
    def vocabulary(self) -> Vocabulary:
        """The names that are known of what is stored."""
        metrics = {
            name: kind
            for records in self._runs.values()
            for name, values in records.items()
            if (kind := _kind_of(name, values, records)) is not None
        }
        names = {**metrics, TO_TARGET: Kind.RUN} if metrics else {}
        return Vocabulary(self._outline.labels, names, self._settings)

    def of(self, node: Expression, places: Array | None = None) -> FloatArray:
        """Return an expression's value for each seed.

        Parameters
        ----------
        node : Expression
            With its names in full, as `resolve` returns it.
        places : ndarray of shape (…, n), optional
            Which seeds, by their place in `seeds`; all of them, once each, if none are given.

        Returns
        -------
        ndarray of shape (…, n), or (…, 1) where it is one number of all seeds
        """
        with np.errstate(all="ignore"):
            return self._of(node, np.arange(len(self.seeds)) if places is None else places)

    def known(self, node: Expression) -> Array:
        """Return the places of the seeds that have all that an expression speaks of."""
        leaves = [self.of(leaf) for leaf in self._leaves(node)]
        missing = np.any(np.isnan(leaves), axis=0) if leaves else np.zeros(len(self.seeds), bool)
        return np.flatnonzero(~missing)

    def run_through(self, key: str, node: Expression) -> Sequence[Value]:
        """Return the values that a key runs through in an expression: of layers, the hidden ones.

        Raises
        ------
        ClaimError
            They are not the same for all that the expression speaks of.
        """
        if key == INIT:
            return self._outline.labels
        metrics = [each for each in walk(node) if isinstance(each, Metric)]
        cells = [cell for each in metrics for cell in matching(dict(each.where), self._settings)]
        if key == LAYER:
            depths = {len(self._cells[cell].setup.hidden) for cell in cells}
            if len(depths) > 1:
                raise ClaimError("layers can be run through in networks of one depth only")
            return range(1, depths.pop() + 1)
        if key == EPOCH:
            return [float(epoch) for epoch in self._epochs(cells)]
        return values_of(key, [self._settings[cell] for cell in cells])

    def _of(self, node: Expression, places: Array) -> FloatArray:
        if isinstance(node, Number):
            return np.full(np.shape(places), node.value)
        if isinstance(node, Metric):
            return self._leaf(node)[places]
        if isinstance(node, Share):
            return self._holds(node.of, places)
        if isinstance(node, Along):
            return self._along(node, places)
        arguments = [self._of(each, places) for each in node.arguments]
        if node.name in OVER_SEEDS:
            return _over_seeds(node.name, *arguments)
        return _CALLS[node.name](*arguments)

    def _holds(self, comparison: Comparison, places: Array) -> FloatArray:
        """Return 1 where a comparison holds, 0 where not, NaN where it cannot be made."""
        sides = [self._of(side, places) for side in comparison.sides]
        pairs = zip(comparison.relations, sides, sides[1:], strict=False)
        holds = np.all([_RELATIONS[sign](a, b) for sign, a, b in pairs], axis=0)
        return np.where(np.isnan(sides).any(axis=0), np.nan, holds)

    def _along(self, node: Along, places: Array) -> FloatArray:
        through = self.run_through(node.key, node.of)
        values = np.stack([self._of(fill(node.of, node.key, each), places) for each in through])
        if node.name in _ALONG:
            return _ALONG[node.name](values, axis=0)
        assert isinstance(node.of, Metric)  # noqa: S101  # the parser saw to it
        goodness = better(node.of) * values
        if node.name == "best":
            chosen = goodness.mean(axis=-1).argmax(axis=0)
            picked = np.take_along_axis(values, chosen[np.newaxis, ..., np.newaxis], axis=0)
            return np.asarray(picked[0])
        found = np.array(through, float)[goodness.argmax(axis=0)]
        return np.where(np.isnan(values).any(axis=0), np.nan, found)

    def _leaves(self, node: Expression) -> list[Metric]:
        """Return the metrics that an expression speaks of, their keys all filled."""
        if isinstance(node, Metric):
            return [node]
        if isinstance(node, Along):
            through = self.run_through(node.key, node.of)
            filled = [fill(node.of, node.key, each) for each in through]
            return [leaf for each in filled for leaf in self._leaves(each)]
        parts = node.arguments if isinstance(node, Call) else ()
        parts = node.of.sides if isinstance(node, Share) else parts
        return [leaf for part in parts for leaf in self._leaves(part)]

    def _read(self, metric: Metric) -> FloatArray:
        """Return a metric of one scheme at one point for each seed, ``(S,)``."""
        where = dict(metric.where)
        [index] = matching(where, self._settings)
        cell = self._cells[index]
        by_seed = {run.seed: self._runs.get(run.key) for run in cell.runs[str(where[INIT])]}
        found = [self._number(metric, where, by_seed.get(seed), index) for seed in self.seeds]
        return np.array(found, np.float64)

    def _number(
        self, metric: Metric, where: Mapping[str, Value], records: Records | None, cell: int
    ) -> float:
        if records is None:
            return np.nan
        if metric.name == TO_TARGET:
            return self._epochs_to_target(records, cell)
        values, epochs = np.asarray(records[metric.name], np.float64), records["epochs"]
        if values.ndim:
            values = values[_point(where.get(EPOCH), epochs, metric)]
        if values.ndim:
            layer = int(where[LAYER])
            if layer > len(values):
                raise ClaimError(f"{metric} has no layer {layer}: it has {len(values)}", metric.at)
            values = values[layer - 1]
        diverged = not np.isfinite([records["train_loss"][-1], records["test_loss"][-1]]).all()
        return _of_diverged(metric.name) if diverged and np.isnan(values) else float(values)

    def _epochs_to_target(self, records: Records, cell: int) -> float:
        score = records[f"test_{self._cells[cell].setup.score}"]
        losses = np.isfinite(records["train_loss"]) & np.isfinite(records["test_loss"])
        holds = (score >= self._outline.target) & (score > self._cells[cell].setup.chance)
        [held] = held_from((holds & losses.all())[np.newaxis])
        return float(records["epochs"][held]) if held >= 0 else np.inf

    def _epochs(self, cells: Sequence[int]) -> FloatArray:
        """Return the points that the curves of these cells share."""
        ids = (run for cell in cells for ids in self._cells[cell].runs.values() for run in ids)
        points = [self._runs[run.key]["epochs"] for run in ids if run.key in self._runs]
        if len({tuple(each) for each in points}) > 1:
            raise ClaimError("epochs can be run through where all curves have the same points only")
        return points[0]


def _settings(cell: Cell) -> dict[str, Value]:
    """Return what a claim can say of a cell: where a key is tuned, also in which way."""
    role = {} if cell.role == "point" else {TUNE: cell.role}
    return {**cell.settings, **role}


def _kind_of(name: str, values: Array, records: Records) -> Kind | None:
    """Return what keys an array of one run has, or None where it is no metric."""
    if name in {"epochs", "stopped_at"} or not np.issubdtype(values.dtype, np.number):
        return None
    kinds = {0: Kind.RUN, 1: Kind.CURVE, 2: Kind.LAYERS}
    is_curve = values.ndim == 0 or len(values) == len(records["epochs"])
    return kinds.get(values.ndim) if is_curve else None


def _point(epoch: Value | None, epochs: FloatArray, metric: Metric) -> int:
    if epoch is None:
        return len(epochs) - 1
    [places] = np.nonzero(np.isclose(epochs, float(epoch), rtol=1e-6, atol=1e-9))
    if not len(places):
        listed = ", ".join(f"{each:.4g}" for each in epochs[:5])
        raise ClaimError(f"{metric} is not recorded then, but at epochs {listed}, …", metric.at)
    return int(places[0])


def _of_diverged(name: str) -> float:
    if LOWER_IS_BETTER.fullmatch(name):
        return np.inf
    if name.endswith("_accuracy"):
        return 0.0
    return -np.inf if name.endswith("_r2") else np.nan


def _over_seeds(name: str, values: FloatArray) -> FloatArray:
    if name == "median":
        return np.asarray(np.median(values, axis=-1, keepdims=True))
    return np.asarray(np.var(values, axis=-1, ddof=1, keepdims=True))
