"""Metrics: the document ``metrics.json``, which says what came of every scheme in every cell.

It is for programs, and it is derived: the same outline and runs make the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.results.outline import PARTS, Cell, Outline, RunId, Setup
from initbench.results.statistics import (
    median_reached,
    number_or_none,
    paired_difference,
    summarise,
)
from initbench.results.store import Records
from initbench.results.tuning import describe_tuning, tunings

METRICS_FORMAT_VERSION = 1

FINAL = ("log_loss", "ece", "rmse")
"""What may have been measured of each part when training was over."""


def make_metrics(outline: Outline, runs: Mapping[str, Records]) -> dict[str, Any]:
    """Return the document, as plain values.

    Parameters
    ----------
    outline : Outline
    runs : mapping of key to Records
        A run that is not among them is counted as missing and enters nothing else.

    Returns
    -------
    dict
        ``cells`` hold for each scheme of ``inits`` its seeds, how many runs diverged and when, the
        final value of each metric as `summarise` describes it, epochs to the target, and the
        distinct units of each hidden layer; the differences of all pairs of schemes; and the
        ranking, best first, as `rank` says.
    """
    return {
        "format_version": METRICS_FORMAT_VERSION,
        "name": outline.name,
        "cells": [_describe_cell(outline, cell, runs) for cell in outline.cells],
        "tuned_key": outline.tuned_key,
        "tuning": {
            label: [describe_tuning(tuning) for tuning in found]
            for label, found in tunings(outline, runs).items()
        },
    }


def metrics_json(metrics: Mapping[str, Any]) -> bytes:
    """Return the document as it is stored: sorted keys, null for what is not finite."""
    return json.dumps(metrics, indent=2, sort_keys=True, allow_nan=False).encode() + b"\n"


def rank(inits: Mapping[str, Mapping[str, Any]], score: str) -> list[str]:
    """Return the labels, best first.

    What counts is the mean of the test score over all runs. One that diverged has a score of zero
    there, or the lowest that any run has: a network whose weights are not numbers answers nothing,
    and a scheme must not gain by losing its bad runs. Equals are told apart by the mean test loss
    of the runs that did not diverge, then by their order in the config. A scheme without runs comes
    last.
    """
    values = [value for entry in inits.values() for value in entry[f"test_{score}"]["values"]]
    floor = min([0.0, *(value for value in values if value is not None)])
    return sorted(inits, key=lambda label: _badness(inits[label], f"test_{score}", floor))


def _badness(entry: Mapping[str, Any], metric: str, floor: float) -> tuple[float, float]:
    scores = [floor if value is None else value for value in entry[metric]["values"]]
    mean = float(np.mean(scores)) if scores else -np.inf
    loss = entry["test_loss"]["mean"]
    return -mean, np.inf if loss is None else loss


def _describe_cell(outline: Outline, cell: Cell, runs: Mapping[str, Records]) -> dict[str, Any]:
    inits = {
        label: _describe_init(cell.setup, outline.target, cell.runs[label], runs)
        for label in outline.labels
    }
    metric = f"test_{cell.setup.score}"
    pairs = combinations(outline.labels, 2)
    return {
        "settings": dict(cell.settings),
        "role": cell.role,
        "chosen": dict(cell.chosen),
        "score": cell.setup.score,
        "inits": inits,
        "comparisons": [_compare(inits, a, b, metric) for a, b in pairs],
        "ranking": rank(inits, cell.setup.score),
    }


def _describe_init(
    setup: Setup, target: float, ids: Sequence[RunId], runs: Mapping[str, Records]
) -> dict[str, Any]:
    present = [runs[run.key] for run in ids if run.key in runs]
    epochs = present[0]["epochs"] if present else np.zeros(1)
    curves = {name: _stack(present, name, (len(epochs),)) for name in setup.curves}
    units = _stack(present, "distinct_units", (len(epochs), len(setup.hidden)))
    losses = np.isfinite(curves["train_loss"]) & np.isfinite(curves["test_loss"])
    diverged_at = _first(~losses, epochs)
    return {
        "seeds": [run.seed for run in ids if run.key in runs],
        "runs": len(present),
        "missing": len(ids) - len(present),
        "diverged": sum(epoch is not None for epoch in diverged_at),
        "diverged_at": diverged_at,
        "stopped_at": [_epoch_or_none(record["stopped_at"], epochs) for record in present],
        **{name: summarise(curve[:, -1]) for name, curve in curves.items()},
        **{name: summarise(_stack(present, name, ())) for name in _measured_at_end(present)},
        "epochs_to_target": _epochs_to_target(curves[f"test_{setup.score}"], target, epochs),
        "distinct_units": {
            "initial": _median_units(units[:, 0]),
            "final": _median_units(units[:, -1]),
            "of": list(setup.hidden),
        },
    }


def _stack(records: Sequence[Records], name: str, shape: tuple[int, ...]) -> Array:
    """Return an array of all runs, ``(S, *shape)``."""
    return np.array([record[name] for record in records]).reshape(len(records), *shape)


def _measured_at_end(records: Sequence[Records]) -> list[str]:
    names = [f"{part}_{name}" for name in FINAL for part in PARTS]
    return [name for name in names if records and name in records[0]]


def _epochs_to_target(score: FloatArray, target: float, epochs: FloatArray) -> dict[str, Any]:
    reached = _first(score >= target, epochs)
    return {
        "target": target,
        "reached": sum(epoch is not None for epoch in reached),
        "median": median_reached(reached),
        "values": reached,
    }


def _median_units(units: Array) -> list[float | None]:
    """Return each layer's median over runs, ``(S, L - 1)`` to L - 1; a diverged run has 0 units."""
    alive = units[(units > 0).all(axis=1)]
    return [number_or_none(np.median(layer)) if len(alive) else None for layer in alive.T]


def _first(happened: Array, epochs: FloatArray) -> list[float | None]:
    """Return for each run the first epoch at which it happened, ``(S, T)`` to S."""
    return [float(epochs[points.argmax()]) if points.any() else None for points in happened]


def _epoch_or_none(point: Array, epochs: FloatArray) -> float | None:
    """Return the epoch of a point, or None for -1, which is none."""
    return None if point < 0 else float(epochs[point])


def _compare(inits: Mapping[str, Mapping[str, Any]], a: str, b: str, metric: str) -> dict[str, Any]:
    by_seed = [
        dict(zip(inits[label]["seeds"], inits[label][metric]["values"], strict=True))
        for label in (a, b)
    ]
    return {"a": a, "b": b, "metric": metric, "difference": paired_difference(*by_seed)}
