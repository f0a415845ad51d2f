"""Starts: signals and gradients of untrained networks, layer by layer, beside their theory."""

from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.figures.untrained import MOST_THEORY_BANDS, probed_groups, probes_of
from initbench.report.html.packing import evenly, rounded
from initbench.report.starts import (
    COLUMNS,
    READING,
    start_rows,
)
from initbench.results import Results
from initbench.results.probes import SchemeProbe

POINTS: Final = 12_000
"""Layers over all schemes and starts, before they are thinned."""

FEWEST: Final = 12
MOST: Final = 150

_PANELS: Final = {"signal": "preactivation", "gradient": "delta"}


def describe_starts(results: Results) -> list[dict[str, Any]]:
    """Return what the page shows of each group of cells that start from the same networks.

    Returns
    -------
    list of dict
        ``cells``; ``reading``, how numbers are to be read; ``verdicts``, one for each scheme, or
        None; ``headings`` and ``rows`` of the table; whether ``bands`` of theory can be told apart;
        ``layers``, those that are shown, from 1; and ``panels``, each with its ``name`` and for
        each scheme ``measured``, the median over seeds, and ``expected``, ``[low, middle, high]``,
        or None.
    """
    groups = probed_groups(results)
    share = POINTS // max(len(results.outline.labels) * len(groups), 1)
    return [_describe(results, cells, min(max(share, FEWEST), MOST)) for cells in groups]


def _describe(results: Results, cells: list[int], most: int) -> dict[str, Any]:
    schemes, labels = probes_of(results, cells[0]), results.outline.labels
    first = next(iter(schemes.values()))
    shown = evenly(first.layers["delta_rms"].shape[1], most)
    inits = results.metrics["cells"][cells[0]]["inits"]
    return {
        "cells": cells,
        "reading": READING,
        "verdicts": [
            inits[label]["probe"]["verdict"] if label in schemes else None for label in labels
        ],
        "headings": list(COLUMNS),
        "rows": [
            {"scheme": labels.index(label), "cells": texts}
            for label, *texts in start_rows(results, cells[0])
        ],
        "bands": len(labels) <= MOST_THEORY_BANDS,
        "layers": (shown + 1).tolist(),
        "panels": [
            _panel(name, [schemes.get(label) for label in labels], shown) for name in _PANELS
        ],
    }


def _panel(name: str, schemes: list[SchemeProbe | None], shown: IntArray) -> dict[str, Any]:
    kind = _PANELS[name]

    def line(values: FloatArray) -> list[float | None]:
        return rounded(values[shown])

    def expected(scheme: SchemeProbe) -> list[list[float | None]] | None:
        if scheme.expected is None:
            return None
        low, high = getattr(scheme.expected, f"{kind}_band")
        return [line(low), line(getattr(scheme.expected, f"{kind}_rms")), line(high)]

    return {
        "name": name,
        "measured": [
            None if one is None else line(_medians(one.layers[f"{kind}_rms"])) for one in schemes
        ],
        "expected": [None if one is None else expected(one) for one in schemes],
    }


def _medians(values: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):  # of infinities
        medians: FloatArray = np.median(values, axis=0)
    return medians
