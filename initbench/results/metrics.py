"""Metrics: the document ``metrics.json``, which says what came of every scheme in every cell.

It is for programs, and it is derived: the same outline and runs make the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.results.outline import Cell, Outline, RunId
from initbench.results.statistics import (
    median_reached,
    number_or_none,
    paired_difference,
    summarise,
)
from initbench.results.store import Records

METRICS_FORMAT_VERSION = 1

METRICS = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
"""What is recorded after every epoch, and summarised after the last."""


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
    }


def metrics_json(metrics: Mapping[str, Any]) -> bytes:
    """Return the document as it is stored: sorted keys, null for what is not finite."""
    return json.dumps(metrics, indent=2, sort_keys=True, allow_nan=False).encode() + b"\n"


def stack_runs(
    runs: Mapping[str, Records], ids: Sequence[RunId], name: str, shape: tuple[int, ...]
) -> Array:
    """Return one array of the runs that are there, ``(S, *shape)``, in the order of `ids`."""
    values = [runs[run.key][name] for run in ids if run.key in runs]
    return np.array(values).reshape(len(values), *shape)


def rank(inits: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the labels, best first.

    What counts is the mean test accuracy over all runs. One that diverged has an accuracy of
    zero there: a network whose weights are not numbers answers nothing, and a scheme must not gain
    by losing its bad runs. Equals are told apart by the mean test loss of the runs that did not
    diverge, then by their order in the config. A scheme without runs comes last.
    """
    return sorted(inits, key=lambda label: _badness(inits[label]))


def _badness(entry: Mapping[str, Any]) -> tuple[float, float]:
    accuracies = [value or 0.0 for value in entry["test_accuracy"]["values"]]
    mean = float(np.mean(accuracies)) if accuracies else -np.inf
    loss = entry["test_loss"]["mean"]
    return -mean, np.inf if loss is None else loss


def _describe_cell(outline: Outline, cell: Cell, runs: Mapping[str, Records]) -> dict[str, Any]:
    inits = {label: _describe_init(outline, cell.runs[label], runs) for label in outline.labels}
    return {
        "settings": dict(cell.settings),
        "inits": inits,
        "comparisons": [_compare(inits, a, b) for a, b in combinations(outline.labels, 2)],
        "ranking": rank(inits),
    }


def _describe_init(
    outline: Outline, ids: Sequence[RunId], runs: Mapping[str, Records]
) -> dict[str, Any]:
    points = outline.epochs + 1
    curves = {name: stack_runs(runs, ids, name, (points,)) for name in METRICS}
    layers = len(outline.hidden)
    units = stack_runs(runs, ids, "distinct_units", (points, layers))
    diverged_at = _first(~np.isfinite(curves["train_loss"]) | ~np.isfinite(curves["test_loss"]))
    return {
        "seeds": [run.seed for run in ids if run.key in runs],
        "runs": len(units),
        "missing": len(ids) - len(units),
        "diverged": sum(epoch is not None for epoch in diverged_at),
        "diverged_at": diverged_at,
        **{name: summarise(curve[:, -1]) for name, curve in curves.items()},
        "epochs_to_target": _epochs_to_target(curves["test_accuracy"], outline.target),
        "distinct_units": {
            "initial": _median_units(units[:, 0]),
            "final": _median_units(units[:, -1]),
            "of": list(outline.hidden),
        },
    }


def _epochs_to_target(test_accuracy: FloatArray, target: float) -> dict[str, Any]:
    epochs = _first(test_accuracy >= target)
    return {
        "target": target,
        "reached": sum(epoch is not None for epoch in epochs),
        "median": median_reached(epochs),
        "values": epochs,
    }


def _median_units(units: Array) -> list[float | None]:
    """Return each layer's median over runs, ``(S, L - 1)`` to L - 1; a diverged run has 0 units."""
    alive = units[(units > 0).all(axis=1)]
    return [number_or_none(np.median(layer)) if len(alive) else None for layer in alive.T]


def _first(happened: Array) -> list[int | None]:
    """Return for each run the first epoch at which it happened, ``(S, E + 1)`` to S."""
    return [int(epochs.argmax()) if epochs.any() else None for epochs in happened]


def _compare(inits: Mapping[str, Mapping[str, Any]], a: str, b: str) -> dict[str, Any]:
    metric = "test_accuracy"
    by_seed = [
        dict(zip(inits[label]["seeds"], inits[label][metric]["values"], strict=True))
        for label in (a, b)
    ]
    return {"a": a, "b": b, "metric": metric, "difference": paired_difference(*by_seed)}
