"""The document ``metrics.json``: metrics, comparisons and rankings of all schemes in all cells.

Every metric is a number a run. A curve makes three of them: its last value under the curve's own
name and, for the test part, the best under ``…_best`` and the mean over training (the area under
the curve over its length) under ``…_area``. The same outline and runs make the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal

import numpy as np

from initbench.arrays import Array, BoolArray, FloatArray
from initbench.metric import METRICS, SHARPNESS, STABLE_SHARPNESS, metric_of
from initbench.results.claims import judge
from initbench.results.outline import Cell, Outline, RunId, Setup
from initbench.results.probes import describe_probe, probe_of
from initbench.results.store import Records
from initbench.results.tuning import describe_tuning, learns, tunings
from initbench.stats.comparisons import FEWEST, Scores, compare_all, letters
from initbench.stats.cross_dataset import describe_across
from initbench.stats.intervals import wilson_interval
from initbench.stats.power import power_of_lead
from initbench.stats.summaries import (
    floor_of,
    number_or_none,
    numbers_or_none,
    summarise_all,
    with_floor,
)
from initbench.stats.survival import describe_times, held_from

METRICS_FORMAT_VERSION: Final = 2

EQUIVALENCE_MARGIN: Final = 0.01
"""Default of the largest difference of test scores that makes no practical difference.

One accuracy point; of an R², a squared error of a tenth of the targets' standard deviation.
"""

Verdict = Literal["better", "worse", "equivalent", "undecided"]

Entries = Mapping[str, Mapping[str, Any]]

STALLED: Final = 0.99
"""Share of the best constant prediction's loss above which a run counts as stalled."""

OVERSHOT: Final = 2.0
"""Times the best constant prediction's loss above which training made the network worse."""


@np.errstate(over="ignore", invalid="ignore")  # what overflows is not finite, and stored as null
def make_metrics(
    outline: Outline,
    runs: Mapping[str, Records],
    probes: Mapping[str, Records] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return the document ``metrics.json`` as plain values.

    `runs`: by key; a run that is not among them is counted as missing.
    `probes`: by key; the measurements of untrained networks.

    Returns
    -------
    dict
        ``cells`` hold for each scheme of ``inits`` what `describe_entry` says, its letters as
        ``group`` (empty where no scheme learned and runs diverged), and as ``probe`` what
        `describe_probe` says, None where nothing was measured;
        ``comparisons`` of all pairs and the ``test`` that they rest on, as `compare_all` says, each
        with its ``verdict`` at the ``equivalence_margin``; the ``baseline`` of the test part; the
        ``ranking``, best first, as `rank` says; and the ``power`` to detect the difference of the
        first two. ``across`` is what `describe_across` says of all `reported_cells` together.
        ``claims`` hold the verdict of each claim.
    """
    cells = [_describe_cell(outline, cell, runs, probes) for cell in outline.cells]
    places = [place for place in reported_cells(outline) if outline.cells[place].setup.chance < 1.0]
    return {
        "format_version": METRICS_FORMAT_VERSION,
        "name": outline.name,
        "cells": cells,
        "across": describe_across(
            [counted_scores(cells[place]["inits"], cells[place]["score"]) for place in places],
            [outline.cells[place].setup.chance for place in places],
        ),
        "claims": [judgement.to_json() for judgement in judge(outline, runs, probes)],
        "tuned_key": outline.tuned_key,
        "tuning": {
            label: [describe_tuning(tuning) for tuning in found]
            for label, found in tunings(outline, runs).items()
        },
    }


def reported_cells(outline: Outline) -> list[int]:
    """Return the places of the cells that answer the question of the experiment.

    Where a key is tuned, those are the cells in which each scheme has its own best value.
    """
    roles = {"tuned"} if outline.tuned_key else {"point"}
    return [place for place, cell in enumerate(outline.cells) if cell.role in roles]


def leading_cells(outline: Outline) -> list[int]:
    """Return the places of all cells but trials, in the order in which they are shown.

    Those in which each scheme has its own best value of a tuned key come first.
    """
    first = reported_cells(outline)
    others = [place for place, cell in enumerate(outline.cells) if cell.role != "trial"]
    return first + [place for place in others if place not in first]


def metrics_json(metrics: Mapping[str, Any]) -> bytes:
    """Return the stored form of the document: sorted keys, null for numbers that are not finite."""
    return f"{as_json(metrics)}\n".encode()


def rank(inits: Entries, score: str) -> list[str]:
    """Return the labels of the schemes, highest mean test score first.

    The mean is over all runs. A run that diverged counts as a score of zero, or the lowest that any
    run has, so that a scheme gains nothing by losing its bad runs. Equal schemes are ordered by the
    mean test loss of the runs that did not diverge, then as in the config. A scheme without runs
    comes last.
    """
    scores = counted_scores(inits, score)

    def badness(label: str) -> tuple[float, float]:
        mean = float(scores[label].mean()) if len(scores[label]) else -np.inf
        loss = inits[label]["test_loss"]["mean"]
        return -mean, np.inf if loss is None else loss

    return sorted(inits, key=badness)


def verdict_of(difference: Mapping[str, Any], margin: float, *, is_distinct: bool) -> Verdict:
    """Return how two schemes compare, by the difference of the first less the second.

    ``equivalent`` where the whole 95 % interval lies within the margin, even if the difference is
    significant; ``better`` or ``worse`` where it is significant; else ``undecided``.

    `difference`: with ``mean``, ``ci95`` and the number ``n`` of pairs of runs.
    `is_distinct`: whether the difference is significant after the correction for all pairs.
    """
    mean, interval = difference["mean"], difference["ci95"]
    if difference["n"] >= FEWEST and interval is not None and max(map(abs, interval)) <= margin:
        return "equivalent"
    if is_distinct and mean:
        return "better" if mean > 0 else "worse"
    return "undecided"


def counted_scores(inits: Entries, score: str) -> dict[str, FloatArray]:
    """Return each scheme's test scores, (S,); a diverged run counts as 0 or the lowest score."""
    found = {
        label: np.array(entry[f"test_{score}"]["values"], np.float64)
        for label, entry in inits.items()
    }
    floor = floor_of(np.concatenate([np.zeros(0), *found.values()]))
    return {label: with_floor(each, floor) for label, each in found.items()}


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
        of a constant prediction) or were born dead; each metric as `summarise` describes it;
        ``epochs_to_target`` and ``steps_to_target``, from when on the score stays at the target to
        the end, as `describe_times` does, with the number of runs that ``touched`` it at any point;
        whether the scheme ``learns``; and the ``distinct_units`` of each hidden layer. What was not
        recorded is None. A diverged run, and one no better than the baseline, reaches no
        target.
    """
    present = [run for run in ids if run.key in runs]
    records = [runs[run.key] for run in present]
    epochs = records[0]["epochs"] if records else np.zeros(1)
    curves = {name: _stack(records, name, (len(epochs),)) for name in setup.curves}
    has_ended = ~(np.isfinite(curves["train_loss"]) & np.isfinite(curves["test_loss"]))
    has_diverged: BoolArray = np.asarray(has_ended.any(axis=1))
    diverged_at = np.where(has_diverged, epochs[has_ended.argmax(axis=1)], np.nan)
    points = np.array([int(each["stopped_at"]) for each in records], int)
    stopped_at = np.where(points < 0, np.nan, epochs[points])
    scores = curves[f"test_{setup.score}"]
    is_there = (scores >= target) & (scores > setup.chance) & ~has_diverged[:, np.newaxis]

    # Older runs have recorded neither the loss of a constant prediction nor dead layers.
    has_constant = np.array(["constant_loss" in each for each in records], bool)
    constant = np.array([each["constant_loss"] for each in records if "constant_loss" in each])
    last_loss = curves["train_loss"][has_constant, -1]
    dead = [each["dead_at_start"] for each in records if "dead_at_start" in each]
    values = {name: curve[:, -1] for name, curve in curves.items()}
    if any(SHARPNESS in each for each in records):
        for name in (SHARPNESS, STABLE_SHARPNESS):
            found = [float(np.ravel(each.get(name, np.nan))[-1]) for each in records]
            values[name] = np.array(found)
    for name in ("test_loss", f"test_{setup.score}"):
        best = np.min if metric_of(name).better == "lower" else np.max
        values[f"{name}_best"] = best(curves[name], axis=1)
        values[f"{name}_area"] = (
            np.asarray(np.trapezoid(curves[name], epochs, axis=1) / (epochs[-1] - epochs[0]))
            if len(epochs) > 1
            else curves[name][:, 0]
        )
    costs = [float(record.get("initialization_epochs", 0.0)) for record in records]
    values["initialization_epochs"] = np.array(costs)
    for name, metric in METRICS.items():
        if metric.part and metric.when == "final" and any(name in each for each in records):
            found = [float(record.get(name, np.nan)) for record in records]
            values[name] = np.array(found)
    summaries = summarise_all([(each, metric_of(name).bounds) for name, each in values.items()])
    finals = scores[:, -1]
    mean = float(with_floor(finals, floor_of(finals)).mean()) if records else None
    return {
        "seeds": [run.seed for run in present],
        "keys": [run.key for run in present],
        "runs": len(records),
        "missing": len(ids) - len(records),
        "diverged": int(has_diverged.sum()),
        "diverged_at": numbers_or_none(diverged_at),
        "stopped_at": numbers_or_none(stopped_at),
        "shares": {
            "diverged": _share(has_diverged),
            "stalled": _share(last_loss >= STALLED * constant),
            "overshot": _share(has_diverged[has_constant] | (last_loss >= OVERSHOT * constant)),
            "born_dead": _share(np.array([(layers >= 1.0).any() for layers in dead], bool)),
        },
        **dict(zip(values, summaries, strict=True)),
        "learns": learns(mean, setup.chance) if records else None,
        **_times(records, epochs, is_there, stopped_at, target),
        "distinct_units": _distinct_units(records, epochs, setup),
    }


def as_json(value: Any, indent: str = "") -> str:
    """Return a document as text: sorted keys, and no number that is not finite.

    What holds only plain values and lists of them stands in one line, everything else in a line for
    each member, so that a comparison of versions shows what changed.

    Examples
    --------
    >>> print(as_json({"b": {"ci95": [0.5, 0.75], "n": 2}, "a": [1, 2]}))
    {
      "a": [1, 2],
      "b": {"ci95": [0.5, 0.75], "n": 2}
    }

    Raises `ValueError` if a number is not finite.
    """
    members = value.values() if isinstance(value, dict) else value
    is_short = not isinstance(value, dict | list) or not any(
        isinstance(each, dict)
        or (isinstance(each, list) and any(isinstance(one, dict | list) for one in each))
        for each in members
    )
    if is_short:
        return json.dumps(value, sort_keys=True, allow_nan=False)
    inner = f"{indent}  "
    if isinstance(value, dict):
        lines = [f"{json.dumps(key)}: {as_json(value[key], inner)}" for key in sorted(value)]
    else:
        lines = [as_json(each, inner) for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    body = ",\n".join(f"{inner}{line}" for line in lines)
    return f"{opening}\n{body}\n{indent}{closing}"


def _describe_cell(
    outline: Outline, cell: Cell, runs: Mapping[str, Records], probes: Mapping[str, Records]
) -> dict[str, Any]:
    score = cell.setup.score
    inits = {
        label: describe_entry(cell.setup, outline.target, cell.runs[label], runs)
        for label in outline.labels
    }
    metric = metric_of(f"test_{score}")
    ranking = rank(inits, score)
    scores: dict[str, Scores] = {  # None where a run diverged
        label: dict(zip(entry["seeds"], entry[metric.name]["values"], strict=True))
        for label, entry in inits.items()
    }
    low, high = metric.bounds
    comparisons, test = compare_all(scores, bounds=(low - high, high - low))
    margin = outline.equivalence_margin or EQUIVALENCE_MARGIN
    distinct = {frozenset({each["a"], each["b"]}) for each in comparisons if each["distinct"]}
    groups = letters(ranking, distinct)
    entries = inits.values()
    if any(each["diverged"] for each in entries) and not any(each["learns"] for each in entries):
        groups = dict.fromkeys(ranking, "")  # letters would only count which runs diverged
    return {
        "settings": dict(cell.settings),
        "role": cell.role,
        "chosen": dict(cell.chosen),
        "score": score,
        "baseline": cell.setup.chance,
        "equivalence_margin": margin,
        "inits": {
            label: {
                **entry,
                "group": groups[label],
                "probe": describe_probe(found)
                if (found := probe_of(cell, label, probes))
                else None,
            }
            for label, entry in inits.items()
        },
        "comparisons": [
            {
                "metric": metric.name,
                "verdict": verdict_of(each["difference"], margin, is_distinct=each["distinct"]),
                **each,
            }
            for each in comparisons
        ],
        "test": test,
        "ranking": ranking,
        "power": power_of_lead(ranking[0], ranking[1], comparisons) if comparisons else None,
    }


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


def _share(happened: BoolArray) -> dict[str, Any] | None:
    """Return count, share and interval of an event over runs; None without any run."""
    count, n = int(happened.sum()), len(happened)
    if not n:
        return None
    return {"count": count, "of": n, "share": count / n, "ci95": wilson_interval(count, n)}


def _distinct_units(records: Sequence[Records], epochs: FloatArray, setup: Setup) -> dict[str, Any]:
    """Return each hidden layer's median number of distinct units; diverged runs (0) left out."""

    def medians(units: Array) -> list[float | None]:
        alive = units[(units > 0).all(axis=1)]
        return [number_or_none(np.median(layer)) if len(alive) else None for layer in alive.T]

    units = _stack(records, "distinct_units", (len(epochs), len(setup.hidden)))
    return {
        "initial": medians(units[:, 0]),
        "final": medians(units[:, -1]),
        "of": list(setup.hidden),
    }


def _stack(records: Sequence[Records], name: str, shape: tuple[int, ...]) -> Array:
    """Return an array of all runs, ``(S, *shape)``."""
    return np.array([record[name] for record in records]).reshape(len(records), *shape)
