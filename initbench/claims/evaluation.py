"""Evaluation: the value of an expression for each seed, and its estimate over all seeds.

Runs of one seed see the same data, batches and random draws, so an expression is computed within
each seed first, and its interval describes paired differences. The mean over seeds has the interval
of `mean_intervals`, a share has Wilson's, and a number of all seeds together (a median, a variance,
the best of several learning rates) has that of a bootstrap over seeds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Final, Protocol

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.claims.expressions import (
    EPOCH,
    INIT,
    LAYER,
    OVER_SEEDS,
    SINGULAR_VALUE,
    Along,
    Call,
    ClaimError,
    Expression,
    Metric,
    Number,
    Share,
    Value,
    better,
    fill,
    walk,
)
from initbench.claims.vocabulary import Vocabulary, matching, values_of
from initbench.stats.intervals import RESAMPLES, mean_intervals, tail_for, wilson_interval

Interval = tuple[float, float] | None

_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "+": np.add,
    "-": lambda *values: np.subtract(*values) if len(values) == 2 else np.negative(*values),
    "*": np.multiply,
    "/": np.divide,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "square": np.square,
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
    # Functions over the seeds, the last axis.
    "mean": lambda values: np.mean(values, axis=-1, keepdims=True),
    "median": lambda values: np.median(values, axis=-1, keepdims=True),
    "variance": lambda values: np.var(values, axis=-1, ddof=1, keepdims=True),
    # Functions over the values of a key, the first axis.
    "lowest": lambda values: np.min(values, axis=0),
    "highest": lambda values: np.max(values, axis=0),
    "average": lambda values: np.mean(values, axis=0),
}


class Runs(Protocol):
    """The runs of an experiment, as claims see them; cells are counted as in the vocabulary."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The names that the runs have; without metrics if no run has finished."""

    @property
    def seeds(self) -> Sequence[int]:
        """The S seeds of the experiment, in increasing order."""

    def hidden_layers(self, cell: int) -> int:
        """Return the number of hidden layers of the networks of a cell."""

    def epochs(self, cell: int) -> Sequence[FloatArray]:
        """Return the recorded epochs of each finished run of a cell."""

    def singular_values(self, metric: str, cell: int) -> int:
        """Return how many singular values a metric has in a cell; 0 if none was measured."""

    def read(self, metric: Metric, cell: int) -> FloatArray:
        """Return a metric of a cell for each seed, ``(S,)``; NaN where a seed has no value."""


@dataclass(frozen=True)
class Measurement:
    """The estimate of an expression over all seeds."""

    estimate: float  # NaN if there is none; infinite if it is the mean of values of which some are
    # (low, high): 95 % interval; None if there are too few seeds. The interval of an infinite mean
    # reaches from infinity to the interval of the finite values.
    interval: Interval
    seeds: int  # number of seeds that have a value
    is_mean: bool  # whether the estimate is a mean of one value for each seed


class Evaluator:
    """Computes expressions, with their names in full, on the runs of an experiment."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self.vocabulary: Vocabulary = runs.vocabulary
        self.seeds: tuple[int, ...] = tuple(runs.seeds)
        self._metric = lru_cache(maxsize=None)(self._read)

    def measure(self, quantity: Expression) -> Measurement:
        """Return the estimate of an expression over all seeds that have a value."""
        leaves = [self.by_seed(leaf) for leaf in self._leaves(quantity)]
        is_known = ~np.isnan(leaves).any(axis=0) if leaves else np.ones(len(self.seeds), bool)
        places = np.flatnonzero(is_known)
        if any(_is_over_seeds(node) for node in walk(quantity)):
            found = self._bootstrap(quantity, places) if len(places) > 1 else (np.nan, None)
            return Measurement(*found, len(places), is_mean=False)
        values = self.by_seed(quantity, places)
        values = values[~np.isnan(values)]
        found = _share(values) if isinstance(quantity, Share) else _mean(values)
        return Measurement(*found, len(values), is_mean=True)

    def by_seed(self, node: Expression, places: Array | None = None) -> FloatArray:
        """Return the value of an expression for each seed.

        `places`: shape (…, n); indices of seeds in `seeds`; each seed once by default.

        Returns
        -------
        ndarray of shape (…, n), or (…, 1) for a number of all seeds together
        """
        with np.errstate(all="ignore"):
            return self._value(node, np.arange(len(self.seeds)) if places is None else places)

    def values_along(self, key: str, node: Expression) -> Sequence[Value]:
        """Return the values of a key that an expression is computed for.

        Raises `ClaimError` if they differ between the metrics of the expression.
        """
        if key == INIT:
            return self.vocabulary.labels
        metrics = [each for each in walk(node) if isinstance(each, Metric)]
        cells = [
            cell for each in metrics for cell in matching(dict(each.where), self.vocabulary.cells)
        ]
        if key == LAYER:
            depths = {self._runs.hidden_layers(cell) for cell in cells}
            if len(depths) > 1:
                raise ClaimError("layers can be run through in networks of one depth only")
            return range(1, depths.pop() + 1)
        if key == SINGULAR_VALUE:
            counts = {
                self._runs.singular_values(each.name, cell)
                for each in metrics
                for cell in matching(dict(each.where), self.vocabulary.cells)
            } - {0}
            if len(counts) != 1:
                raise ClaimError("all metrics need the same number of singular values, at least 1")
            return range(1, counts.pop() + 1)
        if key == EPOCH:
            points = {tuple(map(float, own)) for cell in cells for own in self._runs.epochs(cell)}
            if len(points) != 1:
                raise ClaimError(
                    "epochs can be run through where all curves have the same points only"
                    if points
                    else "none of these runs has finished yet"
                )
            return list(points.pop())
        return values_of(key, [self.vocabulary.cells[cell] for cell in cells])

    def _value(self, node: Expression, places: Array) -> FloatArray:
        if isinstance(node, Number):
            return np.full(np.shape(places), node.value)
        if isinstance(node, Metric):
            return self._metric(node)[places]
        if isinstance(node, Call):
            arguments = [self._value(each, places) for each in node.arguments]
            return np.asarray(_FUNCTIONS[node.name](*arguments))
        if isinstance(node, Share):
            sides = [self._value(side, places) for side in node.of.sides]
            pairs = zip(node.of.relations, sides, sides[1:], strict=False)
            holds = np.all([_FUNCTIONS[relation](a, b) for relation, a, b in pairs], axis=0)
            return np.where(np.isnan(sides).any(axis=0), np.nan, holds)
        return self._along(node, places)

    def _along(self, node: Along, places: Array) -> FloatArray:
        """Return a function of the values of an expression over all values of a key."""
        through = self.values_along(node.key, node.of)
        values = np.stack([self._value(fill(node.of, node.key, each), places) for each in through])
        if not isinstance(node.of, Metric) or node.name in _FUNCTIONS:
            return np.asarray(_FUNCTIONS[node.name](values))
        goodness = better(node.of) * values
        if node.name == "best":
            chosen = goodness.mean(axis=-1).argmax(axis=0)
            picked = np.take_along_axis(values, chosen[np.newaxis, ..., np.newaxis], axis=0)
            return np.asarray(picked[0])
        found = np.array(through, float)[goodness.argmax(axis=0)]
        return np.where(np.isnan(values).any(axis=0), np.nan, found)

    def _leaves(self, node: Expression) -> list[Metric]:
        """Return the metrics of an expression, with all keys set."""
        if isinstance(node, Metric):
            return [node]
        if isinstance(node, Along):
            through = self.values_along(node.key, node.of)
            filled = [fill(node.of, node.key, each) for each in through]
            return [leaf for each in filled for leaf in self._leaves(each)]
        parts = node.arguments if isinstance(node, Call) else ()
        parts = node.of.sides if isinstance(node, Share) else parts
        return [leaf for part in parts for leaf in self._leaves(part)]

    def _read(self, metric: Metric) -> FloatArray:
        [cell] = matching(dict(metric.where), self.vocabulary.cells)
        return self._runs.read(metric, cell)

    def _bootstrap(self, quantity: Expression, places: Array) -> tuple[float, Interval]:
        """Return an estimate and the interval of a bootstrap over seeds.

        Its tails are as far out as those of Student's law, since resamples of few values spread too
        little (Hesterberg, "What teachers should know about the bootstrap", 2015, section 3.4).
        """
        n = len(places)
        estimate = float(self.by_seed(quantity, places).mean())
        drawn = places[np.random.default_rng(n).integers(n, size=(RESAMPLES, n))]
        resampled = self.by_seed(quantity, drawn).mean(axis=-1)
        tail = tail_for(n)
        low, high = np.quantile(resampled, [tail, 1 - tail], method="closest_observation")
        return estimate, (float(low), float(high))


def _is_over_seeds(node: object) -> bool:
    """Tell whether a function takes the numbers of all seeds together."""
    if isinstance(node, Call):
        return node.name in OVER_SEEDS
    return isinstance(node, Along) and node.name == "best"


def _mean(by_seed: FloatArray) -> tuple[float, Interval]:
    finite = by_seed[np.isfinite(by_seed)]
    infinite = set(by_seed[~np.isfinite(by_seed)].tolist())
    # A claim is judged on the mean even where it should be read with caution.
    ends = mean_intervals(finite[np.newaxis])[0].tolist() if len(finite) > 1 else None
    if len(infinite) > 1 or not len(by_seed):
        return np.nan, None
    if not infinite:
        return float(finite.mean()), None if ends is None else (ends[0], ends[1])
    mean = infinite.pop()
    low, high = (mean, mean) if ends is None else ends
    return mean, (min(low, mean), max(high, mean))


def _share(holds: FloatArray) -> tuple[float, Interval]:
    ends = wilson_interval(float(holds.sum()), len(holds))
    return (np.nan, None) if ends is None else (float(holds.mean()), (ends[0], ends[1]))
