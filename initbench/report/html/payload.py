"""The payload: all that the page shows, as plain values that JSON can hold.

Schemes are referred to by their place in the config. Numbers are rounded to what a screen can show;
what would be too many is thinned (`lines`, `fields`, `layers`).
"""

from collections.abc import Mapping
from typing import Any, Final

from initbench.figures.describing import setup_of
from initbench.figures.palette import look
from initbench.formatting import listing, printable
from initbench.metric import metric_of
from initbench.report.findings import conclusions
from initbench.report.headline import headline
from initbench.report.html.fields import boundary_field
from initbench.report.html.layers import layer_maps
from initbench.report.html.lines import curve_lines
from initbench.report.html.starts import describe_starts
from initbench.report.html.trainability import trainability
from initbench.report.markdown import call_of
from initbench.report.table import LEGEND, columns, settings_line
from initbench.results import Results, Scheme

CLASSES_WITH_COLOURS: Final = 255


def payload(results: Results, config: str) -> dict[str, Any]:
    """Return what the page shows.

    Parameters
    ----------
    results : Results
    config : str
        The text of ``config.yaml``.
    """
    outline = results.outline
    seeds = sorted(
        {run.seed for cell in outline.cells for ids in cell.runs.values() for run in ids}
    )
    return {
        "name": printable(outline.name),
        "description": printable(outline.description),
        "target": outline.target,
        "legend": LEGEND,
        "looks": [
            _look(place) for place in range(max(len(outline.schemes), _most_classes(results)))
        ],
        "schemes": [_scheme(scheme) for scheme in outline.schemes],
        "cells": [_cell(results, cell) for cell in range(len(outline.cells))],
        "starts": describe_starts(results),
        "trainability": trainability(results),
        "claims": results.metrics.get("claims", []),
        "runs": len(results.runs),
        "asked": len(outline.keys),
        "seeds": listing([str(seed) for seed in seeds]) if len(seeds) <= 20 else _span(seeds),
        "config": config,
    }


def _cell(results: Results, cell: int) -> dict[str, Any]:
    outline, metrics = results.outline, results.metrics["cells"][cell]
    setup, labels = outline.cells[cell].setup, outline.labels
    table = [each for each in columns(results, cell) if each.name != "group"]  # beside the label
    metric = f"test_{setup.score}"
    findings = conclusions(metrics, printable)
    opening = headline(metrics, setup.epochs, printable)
    return {
        "settings": dict(outline.cells[cell].settings),
        "title": printable(settings_line(results, cell)),
        "setup": setup_of(setup, printable),
        "headline": opening or findings[0],
        "findings": findings if opening else findings[1:],
        "headings": [column.name for column in table],
        "rows": [
            [printable(text) for text in row]
            for row in zip(*(column.cells for column in table), strict=True)
        ],
        "ranking": [labels.index(label) for label in metrics["ranking"]],
        "score": metric_of(setup.score).label,
        "chance": setup.chance,
        "inits": [_entry(metrics["inits"][label], metric) for label in labels],
        "curves": curve_lines(results, cell),
        "field": boundary_field(results, cell),
        "layers": layer_maps(results, cell),
    }


def _entry(entry: Mapping[str, Any], metric: str) -> dict[str, Any]:
    """Return what the strip beside a scheme's row and the curves over a sweep show."""
    summary = entry[metric]
    return {
        "mean": summary["mean"],
        "ci95": summary["ci95"],
        "values": summary["values"],
        "diverged": entry["diverged"],
        "runs": entry["runs"],
        "group": entry.get("group", ""),
    }


def _scheme(scheme: Scheme) -> dict[str, str]:
    return {
        "label": printable(scheme.label),
        "call": printable(call_of(scheme)),
        "formula": scheme.formula,
        "summary": scheme.summary,
        "reference": scheme.reference,
        "bibtex": scheme.bibtex,
    }


def _look(place: int) -> dict[str, Any]:
    style = look(place)
    dashes = [] if style.dashes == "solid" else [2 * length for length in style.dashes[1]]
    return {"colour": style.colour, "dashes": dashes}


def _most_classes(results: Results) -> int:
    classes = [cell.setup.classes or 0 for cell in results.outline.cells]
    return min(max(classes, default=0), CLASSES_WITH_COLOURS)


def _span(seeds: list[int]) -> str:
    return f"{len(seeds)} seeds from {seeds[0]} to {seeds[-1]}"
