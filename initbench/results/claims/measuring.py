"""Measuring: what a quantity is over all seeds, and its 95 % interval.

The mean over seeds has the interval that `summarise` gives, a share has Wilson's, and what is a
number of all seeds together (a median, a variance, the best of several rates) has that of a
bootstrap that draws seeds.
"""

from dataclasses import dataclass

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.results.claims.syntax import OVER_SEEDS, Along, Call, Expression, Share, walk
from initbench.results.claims.values import Values
from initbench.stats.intervals import RESAMPLES, mean_intervals, tail_for, wilson_interval

Interval = tuple[float, float] | None


@dataclass(frozen=True)
class Measurement:
    """A quantity over all seeds.

    Attributes
    ----------
    estimate : float
        NaN where there is none; infinite where some runs diverged and so a mean is.
    interval : (low, high) or None
        None where too few seeds give one. Of an infinite mean it begins where that of the runs does
        that did not diverge.
    seeds : int
        How many have a value.
    is_mean : bool
        Whether it is a mean of what each seed gives.
    """

    estimate: float
    interval: Interval
    seeds: int
    is_mean: bool


def measure(quantity: Expression, values: Values) -> Measurement:
    """Return what a quantity is over all seeds that have a value."""
    places = values.known(quantity)
    is_mean = not _is_of_all_seeds(quantity)
    if not is_mean:
        found = _bootstrap(quantity, values, places) if len(places) > 1 else (np.nan, None)
        return Measurement(*found, len(places), is_mean)
    by_seed = values.of(quantity, places)
    by_seed = by_seed[~np.isnan(by_seed)]
    found = _share(by_seed) if isinstance(quantity, Share) else _mean(by_seed)
    return Measurement(*found, len(by_seed), is_mean)


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


def _is_of_all_seeds(quantity: Expression) -> bool:
    """Tell whether an expression is more than a mean of what each seed gives."""
    nodes = list(walk(quantity))
    calls = {node.name for node in nodes if isinstance(node, Call)}
    return bool(calls & set(OVER_SEEDS)) or any(
        isinstance(node, Along) and node.name == "best" for node in nodes
    )


def _bootstrap(quantity: Expression, values: Values, places: Array) -> tuple[float, Interval]:
    """Return an estimate and the interval of a bootstrap over seeds.

    Its tails are taken as far out as Student's law has them, since resamples of few values spread
    too little (Hesterberg, "What teachers should know about the bootstrap", 2015, section 3.4).
    """
    n = len(places)
    estimate = float(values.of(quantity, places).mean())
    drawn = places[np.random.default_rng(n).integers(n, size=(RESAMPLES, n))]
    resampled = values.of(quantity, drawn).mean(axis=-1)
    tail = tail_for(n)
    ends = np.quantile(resampled, [tail, 1 - tail], method="closest_observation")
    return estimate, (float(ends[0]), float(ends[1]))
