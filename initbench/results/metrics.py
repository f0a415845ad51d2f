"""Metrics: from raw runs to the document of ``metrics.json``, which is for programs.

Every number is there as its value for each seed and summed up over seeds. A run that diverged has
null for its numbers, and every summary says on how many runs it rests.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.results.outline import Cell, Outline
from initbench.results.statistics import difference, number, summarise

FORMAT = 1
CURVES = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")

Runs: TypeAlias = Mapping[str, Mapping[str, Array]]
Document: TypeAlias = dict[str, Any]


def make_metrics(outline: Outline, runs: Runs) -> Document:
    """Return the metrics of an experiment.

    Parameters
    ----------
    outline : Outline
    runs : mapping of str to mapping
        The arrays of each run on disk, by key. A run that is not there has crashed.
    """
    return {
        "format_version": FORMAT,
        "name": outline.name,
        "cells": [_cell(outline, cell, runs) for cell in outline.cells],
    }


def to_json(document: Document) -> bytes:
    """Return a document as files hold it: keys sorted, nothing that is not JSON."""
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def curves_of(outline: Outline, cell: Cell, label: str, name: str, runs: Runs) -> FloatArray:
    """Return a scheme's curves ``(S, E + 1)`` by seed; a run that crashed is all NaN."""
    missing = {name: np.full(outline.epochs + 1, np.nan)}
    return np.stack([runs.get(run.key, missing)[name] for run in cell.runs[label]])


def _cell(outline: Outline, cell: Cell, runs: Runs) -> Document:
    inits = {label: _scheme(outline, cell, label, runs) for label in outline.labels}
    return {
        "settings": dict(cell.settings),
        "inits": inits,
        "comparisons": [_comparison(a, b, inits) for a, b in combinations(outline.labels, 2)],
        "ranking": _ranking(outline, inits),
    }


def _scheme(outline: Outline, cell: Cell, label: str, runs: Runs) -> Document:
    curves = {name: curves_of(outline, cell, label, name, runs) for name in CURVES}
    found = [run.key in runs for run in cell.runs[label]]
    diverged_at = [_first(np.isnan(curve)) for curve in curves["train_loss"]]
    diverged_at = [
        at if is_there else None for at, is_there in zip(diverged_at, found, strict=True)
    ]
    return {
        "runs": len(found),
        "seeds": [run.seed for run in cell.runs[label]],
        "crashed": found.count(False),
        "diverged": sum(at is not None for at in diverged_at),
        "diverged_at": diverged_at,
        **{name: summarise(curve[:, -1]) for name, curve in curves.items()},
        "epochs_to_target": _epochs_to(outline.target, curves["test_accuracy"]),
        "distinct_units": _distinct_units(outline, cell, label, runs),
    }


def _epochs_to(target: float, accuracy: FloatArray) -> Document:
    """Say when each run first had the target's test accuracy.

    The median is over all runs, those that never get there being later than any that do; where
    half of them or more never do, there is none.
    """
    epochs = [_first(curve >= target) for curve in accuracy]
    late = np.array([np.inf if epoch is None else epoch for epoch in epochs])
    return {
        "target": target,
        "reached": int(np.isfinite(late).sum()),
        "median": number(float(np.median(late))) if np.isfinite(late).any() else None,
        "values": epochs,
    }


def _distinct_units(outline: Outline, cell: Cell, label: str, runs: Runs) -> Document:
    """Say how many units of each hidden layer differ: the median over seeds, first and last."""
    counts = [runs[run.key]["distinct_units"] for run in cell.runs[label] if run.key in runs]
    counts = [count for count in counts if count[-1].all()]  # a run that diverged counts none
    start, end = (
        [float(np.median(layer)) for layer in zip(*(count[at] for count in counts), strict=True)]
        for at in (0, -1)
    )
    return {"of": list(outline.hidden), "initial": start, "final": end}


def _comparison(a: str, b: str, inits: Mapping[str, Document]) -> Document:
    first, second = (_values(inits[label], "test_accuracy") for label in (a, b))
    return {"a": a, "b": b, "metric": "test_accuracy", "difference": difference(first, second)}


def _ranking(outline: Outline, inits: Mapping[str, Document]) -> list[str]:
    """Order labels by mean test accuracy, a run without a result counting as none right.

    Ties go to the lower mean test loss, then to the order of the config.
    """

    def standing(label: str) -> tuple[float, float]:
        accuracy = np.nan_to_num(_values(inits[label], "test_accuracy"), nan=0.0)
        loss = inits[label]["test_loss"]["mean"]
        return -float(accuracy.mean()), np.inf if loss is None else loss

    return sorted(outline.labels, key=standing)


def _values(scheme: Document, name: str) -> FloatArray:
    return np.array(scheme[name]["values"], float)


def _first(holds: Sequence[bool] | Array) -> int | None:
    """Return the first index at which it holds."""
    where = np.flatnonzero(holds)
    return int(where[0]) if len(where) else None
