"""Layers: the statistics of each layer, scheme by scheme on a common scale, as maps of bytes.

A statistic that is never negative and spans several powers of ten has a logarithmic scale.
"""

from collections.abc import Mapping
from typing import Any, Final
from warnings import catch_warnings, simplefilter

import numpy as np

from initbench.arrays import FloatArray
from initbench.report.html.packing import evenly, pack, quantise, rounded
from initbench.results import Results

PREFIX: Final = "layer_"
CELLS: Final = 400_000
"""Of all maps of a page together: epoch times layer times statistic."""

FEWEST: Final = 12
MOST: Final = 120
LOG_FROM: Final = 20.0
FLOOR: Final = 1e-12
"""As a share of the largest: below, a value is drawn as the lowest of a logarithmic scale."""


def layer_maps(results: Results, cell: int) -> dict[str, Any] | None:
    """Return the maps of a cell, or None where statistics of layers were not recorded.

    Returns
    -------
    dict
        ``epochs``, the number of ``layers``, and ``statistics``: each with its ``name``, the ends
        ``low`` and ``high`` of its scale, whether that is ``log``, and a map ``(T, L)`` of medians
        over seeds a scheme, packed, or None where a scheme has no run.
    """
    labels = [label for label in results.outline.labels if results.seeds(label, cell)]
    names = _recorded(results, labels, cell)
    if not names:
        return None
    epochs = results.epochs(cell)
    layers = results.curves(labels[0], names[0], cell).shape[-1]
    panels = len(results.outline.labels) * len(results.outline.cells) * layers * len(names)
    shown = evenly(len(epochs), min(max(CELLS // panels, FEWEST), MOST))
    return {
        "epochs": rounded(epochs[shown], 6),
        "layers": layers,
        "statistics": [
            _describe(
                name,
                {label: _medians(results.curves(label, name, cell)[:, shown]) for label in labels},
                results.outline.labels,
            )
            for name in names
        ],
    }


def _recorded(results: Results, labels: list[str], cell: int) -> list[str]:
    """Return the statistics that every run has."""
    records = [
        results.run(label, seed, cell) for label in labels for seed in results.seeds(label, cell)
    ]
    if not records:
        return []
    return [
        name
        for name in records[0]
        if name.startswith(PREFIX) and all(name in record for record in records)
    ]


def _describe(name: str, maps: Mapping[str, FloatArray], labels: tuple[str, ...]) -> dict[str, Any]:
    values = np.concatenate([each.ravel() for each in maps.values()])
    finite = values[np.isfinite(values)]
    low, high, is_log = _scale(finite)
    return {
        "name": name.removeprefix(PREFIX).replace("_", " "),
        "low": low,
        "high": high,
        "log": is_log,
        "maps": [
            _packed(maps[label], low, high, is_log=is_log) if label in maps else None
            for label in labels
        ],
    }


def _scale(finite: FloatArray) -> tuple[float, float, bool]:
    low, high = float(finite.min(initial=np.inf)), float(finite.max(initial=-np.inf))
    if low > high:
        return 0.0, 1.0, False
    positive = finite[finite > FLOOR * high] if low >= 0 else finite[:0]
    if positive.size and high / positive.min() > LOG_FROM:
        return float(positive.min()), high, True
    return low, high, False


def _packed(values: FloatArray, low: float, high: float, *, is_log: bool) -> str:
    if is_log:
        clipped = np.log(np.maximum(values, low))
        return pack(quantise(clipped, float(np.log(low)), float(np.log(high))))
    return pack(quantise(values, low, high))


def _medians(values: FloatArray) -> FloatArray:
    """Return medians over the runs that have a number, ``(S, T, L)`` to ``(T, L)``."""
    with catch_warnings():
        simplefilter("ignore", RuntimeWarning)  # where no run has one, there is none
        medians: FloatArray = np.nanmedian(values.astype(np.float64), axis=0)
    return medians
