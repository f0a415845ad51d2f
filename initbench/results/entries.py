"""Entries: the metrics of one scheme in one cell, of which ``metrics.json`` is made.

Every metric is a number a run. A curve makes three of them: its last value under the curve's own
name and, for the test part, the best under ``…_best`` and the mean over training (the area under
the curve over its length) under ``…_area``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from initbench.arrays import Array, BoolArray, FloatArray
from initbench.metric import METRICS, metric_of
from initbench.results.outline import RunId, Setup
from initbench.results.store import Records
from initbench.results.tuning import learns
from initbench.stats.intervals import wilson_interval
from initbench.stats.summaries import number_or_none, plain, summarise_all
from initbench.stats.survival import describe_times, held_from

STALLED: Final = 0.99
"""Share of the best constant answer's loss above which nothing was learned from the features."""

OVERSHOT: Final = 2.0
"""Times the best constant answer's loss above which training made the network worse."""


def describe_entry(
    setup: Setup, target: float, ids: Sequence[RunId], runs: Mapping[str, Records]
) -> dict[str, Any]:
    """Return the metrics of a scheme's runs in one cell, with runs not on disk counted as missing.

    Returns
    -------
    dict
        ``seeds`` and ``keys`` of the runs that are there; how many ``runs`` those are, how many are
        ``missing`` and how many ``diverged``; when each diverged or was stopped; the ``shares`` of
        runs that diverged, stalled, ``overshot`` (diverged, or ended with at least twice the loss
        of a constant answer) or were born dead; each metric as `summarise` describes it;
        ``epochs_to_target`` and ``steps_to_target``, from when on the score stays at the target to
        the end, as `describe_times` does, with the number of runs that ``touched`` it at any point;
        whether the scheme ``learns``; and the ``distinct_units`` of each hidden layer. What was not
        recorded is None. A diverged run, and one no better than a constant answer, reaches no
        target.
    """
    present = [run for run in ids if run.key in runs]
    records = [runs[run.key] for run in present]
    epochs = records[0]["epochs"] if records else np.zeros(1)
    curves = {name: _stack(records, name, (len(epochs),)) for name in setup.curves}
    losses = np.isfinite(curves["train_loss"]) & np.isfinite(curves["test_loss"])
    diverged_at = _first(~losses, epochs)
    has_diverged = np.isfinite(diverged_at)
    known = np.array(["constant_loss" in each for each in records], bool)
    stopped_at = np.array([_epoch_or_nan(each["stopped_at"], epochs) for each in records])
    scores = curves[f"test_{setup.score}"]
    is_there = (scores >= target) & (scores > setup.chance) & ~has_diverged[:, np.newaxis]
    return {
        "seeds": [run.seed for run in present],
        "keys": [run.key for run in present],
        "runs": len(records),
        "missing": len(ids) - len(records),
        "diverged": int(has_diverged.sum()),
        "diverged_at": plain(diverged_at),
        "stopped_at": plain(stopped_at),
        "shares": {
            "diverged": _share(has_diverged),
            "stalled": _share(_ends_above(records, STALLED)),
            "overshot": _share(has_diverged[known] | _ends_above(records, OVERSHOT)),
            "born_dead": _share(_born_dead(records)),
        },
        **_metrics(setup, epochs, curves, records),
        "learns": learns(_counted_mean(scores[:, -1]), setup.chance) if records else None,
        **_times(records, epochs, is_there, stopped_at, target),
        "distinct_units": _distinct_units(records, epochs, setup),
    }


def _metrics(
    setup: Setup, epochs: FloatArray, curves: Mapping[str, FloatArray], records: Sequence[Records]
) -> dict[str, Any]:
    values = {name: curve[:, -1] for name, curve in curves.items()}
    for name in ("test_loss", f"test_{setup.score}"):
        best = np.min if metric_of(name).better == "lower" else np.max
        values[f"{name}_best"] = best(curves[name], axis=1)
        values[f"{name}_area"] = _mean_over_training(curves[name], epochs)
    costs = [float(record.get("initialization_epochs", 0.0)) for record in records]
    values["initialization_epochs"] = np.array(costs)
    for name, metric in METRICS.items():
        if metric.part and metric.when == "final" and any(name in each for each in records):
            found = [float(record.get(name, np.nan)) for record in records]
            values[name] = np.array(found)
    samples = [(each, metric_of(name).bounds) for name, each in values.items()]
    return dict(zip(values, summarise_all(samples), strict=True))


def _counted_mean(finals: FloatArray) -> float:
    """Return the mean of final scores, of which a diverged run counts as 0 or the lowest."""
    finite = finals[np.isfinite(finals)]
    floor = min([0.0, *finite.tolist()])
    return float(np.where(np.isfinite(finals), finals, floor).mean())


def _mean_over_training(curve: FloatArray, epochs: FloatArray) -> FloatArray:
    if len(epochs) == 1:
        return curve[:, 0]
    return np.asarray(np.trapezoid(curve, epochs, axis=1) / (epochs[-1] - epochs[0]))


def _times(
    records: Sequence[Records],
    epochs: FloatArray,
    is_there: BoolArray,
    stopped_at: FloatArray,
    target: float,
) -> dict[str, Any]:
    """Return the times from which the target is held, in epochs and, if recorded, in steps."""
    held = held_from(is_there)
    reached = held >= 0
    stopped = np.where(np.isfinite(stopped_at), stopped_at, epochs[-1])
    times = np.where(reached, epochs[held], stopped)
    in_epochs = {
        "target": target,
        "touched": int(is_there.any(axis=1).sum()),
        **describe_times(times, reached, float(epochs[-1])),
    }
    rates = {int(record["steps_per_epoch"]) for record in records if "steps_per_epoch" in record}
    if len(rates) != 1:
        return {"epochs_to_target": in_epochs, "steps_to_target": None}
    [rate] = rates
    in_steps = {"target": target, **describe_times(times * rate, reached, float(epochs[-1]) * rate)}
    return {"epochs_to_target": in_epochs, "steps_to_target": in_steps}


def _ends_above(records: Sequence[Records], factor: float) -> BoolArray:
    """Return which runs end with a training loss of so many times that of a constant answer.

    Runs whose constant answer was not recorded are left out.
    """
    known = [each for each in records if "constant_loss" in each]
    return np.array(
        [each["train_loss"][-1] >= factor * each["constant_loss"] for each in known], bool
    )


def _born_dead(records: Sequence[Records]) -> BoolArray:
    """Return which runs start with a layer of dead units; runs without a record are left out."""
    known = [each["dead_at_start"] for each in records if "dead_at_start" in each]
    return np.array([(layers >= 1.0).any() for layers in known], bool)


def _share(happened: BoolArray) -> dict[str, Any] | None:
    """Return count, share and interval of an event over runs; None without any run."""
    count, n = int(happened.sum()), len(happened)
    if not n:
        return None
    return {"count": count, "of": n, "share": count / n, "ci95": wilson_interval(count, n)}


def _distinct_units(records: Sequence[Records], epochs: FloatArray, setup: Setup) -> dict[str, Any]:
    units = _stack(records, "distinct_units", (len(epochs), len(setup.hidden)))
    return {
        "initial": _median_units(units[:, 0]),
        "final": _median_units(units[:, -1]),
        "of": list(setup.hidden),
    }


def _median_units(units: Array) -> list[float | None]:
    """Return each layer's median over runs, ``(S, L - 1)`` to L - 1; a diverged run has 0 units."""
    alive = units[(units > 0).all(axis=1)]
    return [number_or_none(np.median(layer)) if len(alive) else None for layer in alive.T]


def _stack(records: Sequence[Records], name: str, shape: tuple[int, ...]) -> Array:
    """Return an array of all runs, ``(S, *shape)``."""
    return np.array([record[name] for record in records]).reshape(len(records), *shape)


def _first(happened: Array, epochs: FloatArray) -> FloatArray:
    """Return for each run the first epoch at which it happened, ``(S, T)`` to (S,); NaN: never."""
    return np.where(happened.any(axis=1), epochs[happened.argmax(axis=1)], np.nan)


def _epoch_or_nan(point: Array, epochs: FloatArray) -> float:
    """Return the epoch of a recorded point; NaN for -1, which stands for no point."""
    return np.nan if point < 0 else float(epochs[point])
