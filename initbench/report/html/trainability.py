"""Trainability: the maps of a sweep over pairs of keys, as shares of axes, and what they show.

Quantities are told cell by cell, as a map is a choice of cells. The low end of a scale is the dark
one, so where less is better its numbers fall.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.axes import cell_edges, scale_of
from initbench.figures.cell_maps import (
    CellMap,
    best_rates,
    cell_maps,
    depth_scale_line,
    kept_rate,
    map_keys,
)
from initbench.figures.trainability import mean_scores, times_to_target
from initbench.formatting import printable
from initbench.metric import metric_of
from initbench.report.html.packing import rounded
from initbench.results import Results
from initbench.results.metrics import reported_cells

LOWEST: Final = -1.0
LOG_FROM: Final = 20.0

_MARGIN: Final = 0.2
"""Share of an axis beyond which a line is not followed."""


def trainability(results: Results) -> dict[str, Any] | None:
    """Return the maps of a folder, or None where no two keys have one.

    Returns
    -------
    dict
        ``quantities`` with their scales and, cell by cell, each scheme's value; the cells in which
        all runs of a scheme ``diverged`` and those without runs, ``missing``; and ``maps``: keys,
        values, edges of cells as shares of the axes, and ``slices``, one for each combination of
        other settings, of cells and what lies over them.
    """
    pairs, reported = map_keys(results), reported_cells(results.outline)
    if not pairs:
        return None
    score = metric_of(f"test_{results.outline.cells[0].setup.score}").label
    scores = _by_cell(results, mean_scores)
    times = _by_cell(results, times_to_target)
    known = np.concatenate([scores[cell] for cell in reported])
    to_target = np.concatenate([times[cell] for cell in reported])
    runs = _by_cell(results, _runs_of)
    quantities = [_quantity(f"mean {score}", scores, *_ends(np.maximum(known, LOWEST)))]
    if np.isfinite(to_target).any():
        name = f"median epochs to {score} {results.outline.target:g}"
        quantities.append(_quantity(name, times, *_ends(to_target)[::-1]))
    return {
        "quantities": quantities,
        "missing": [each and each[0] for each in runs],
        "diverged": [each and each[1] for each in runs],
        "maps": [_describe(results, pair, scores) for pair in pairs],
    }


def _runs_of(results: Results, cell: int) -> tuple[list[bool], list[bool]]:
    """Return for each scheme whether it has no run, and whether every run that it has diverged."""
    inits = results.metrics["cells"][cell]["inits"]
    entries = [inits[label] for label in results.outline.labels]
    return (
        [not entry["runs"] for entry in entries],
        [entry["runs"] > 0 and entry["diverged"] == entry["runs"] for entry in entries],
    )


def _by_cell(results: Results, told: Callable[[Results, int], Any]) -> list[Any]:
    """Return what is told of each cell that is reported, None of the others."""
    reported = set(reported_cells(results.outline))
    return [
        told(results, cell) if cell in reported else None
        for cell in range(len(results.outline.cells))
    ]


def _ends(values: FloatArray) -> tuple[float, float]:
    return float(np.nanmin(values)), float(np.nanmax(values))


def _quantity(name: str, values: Sequence[Any], dark: float, light: float) -> dict[str, Any]:
    ratio = max(dark, light) / min(dark, light) if min(dark, light) > 0 else 1.0
    return {
        "name": name,
        "low": dark,
        "high": light,
        "log": dark > light and ratio > LOG_FROM,
        "values": [each and rounded(np.array(each)) for each in values],
    }


def _describe(results: Results, pair: tuple[str, str], scores: Sequence[Any]) -> dict[str, Any]:
    maps = cell_maps(results, pair)
    first = maps[0]
    return {
        "x_key": printable(first.x_key),
        "y_key": printable(first.y_key),
        "x": first.x.tolist(),
        "y": first.y.tolist(),
        "edges_x": rounded(_shares(cell_edges(first.x), first.x)),
        "edges_y": rounded(_shares(cell_edges(first.y), first.y)),
        "slices": [_slice(results, each, scores) for each in maps],
    }


def _slice(results: Results, of: CellMap, scores: Sequence[Any]) -> dict[str, Any]:
    best = [
        best_rates(of, of.over(dict(enumerate(scores)), place))
        for place in range(len(results.outline.labels))
    ]
    reaches = [depth_scale_line(results, of, label) for label in results.outline.labels]
    lines = [
        reaching if rates is None else kept_rate(of, rates)
        for rates, reaching in zip(best, reaches, strict=True)
    ]
    return {
        "cells": of.cells.tolist(),
        "lines": [line if line is None else _points(of, line) for line in lines],
        "best": [rates if rates is None else _points(of, rates) for rates in best],
    }


def _points(of: CellMap, line: FloatArray) -> list[list[float | None]]:
    """Return points as shares of both axes, those too far above at an end."""
    x, y = _shares(line[:, 0], of.x), _shares(line[:, 1], of.y)
    return [rounded(x), rounded(np.clip(y, -_MARGIN, 1 + _MARGIN))]


def _shares(places: FloatArray, values: FloatArray) -> FloatArray:
    """Return where places lie between the ends of the axis of some values, 0 to 1."""
    edges = cell_edges(values)
    if scale_of(values) == "log":
        with np.errstate(divide="ignore"):
            edges, places = np.log(edges), np.log(places)
    return np.asarray((places - edges[0]) / (edges[-1] - edges[0]))
