"""The payload: all that the page shows, as plain values that JSON can hold.

A page has one side for each results folder. Schemes are referred to by their place in the config.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from initbench.figures import palette
from initbench.figures.describing import setup_of
from initbench.figures.untrained import probed_groups
from initbench.formatting import listing, printable
from initbench.report.findings import conclusions
from initbench.report.headline import headline
from initbench.report.html.explaining import explain_cell
from initbench.report.html.figures import Pool, cell_sections, summary_sections
from initbench.report.markdown import call_of
from initbench.report.starts import COLUMNS, READING, start_rows
from initbench.report.table import (
    LEGEND,
    columns,
    endpoint_note,
    grid_note,
    settings_line,
    tests_in_words,
    trial_table,
    tuned_grid,
)
from initbench.report.table_model import Table
from initbench.results import Results, Scheme
from initbench.results.metrics import leading_cells

_FEW_SEEDS: Final = 20


@np.errstate(all="ignore")  # what is not finite has no place in a figure
def payload(sides: Mapping[str, tuple[Results, str]], difference: str = "") -> dict[str, Any]:
    """Return what the page shows.

    Parameters
    ----------
    sides : mapping of str to (Results, str)
        By the name that a reader sees: a results folder, and the text of its ``config.yaml``.
    difference : str
        How the second differs from the first, in words.
    """
    return {
        "palette": palette.to_json(),
        "legend": LEGEND,
        "sides": [
            {"title": printable(name), **_side(results, config)}
            for name, (results, config) in sides.items()
        ],
        "difference": difference,
    }


def _side(results: Results, config: str) -> dict[str, Any]:
    outline = results.outline
    seeds = sorted(
        {run.seed for cell in outline.cells for ids in cell.runs.values() for run in ids}
    )
    cells = leading_cells(results.outline)
    pool = Pool.of(len(cells))
    looks = palette.scheme_looks({scheme.label: scheme.name for scheme in outline.schemes})
    return {
        "name": printable(outline.name),
        "description": printable(outline.description),
        "schemes": [_scheme(scheme, looks[scheme.label]) for scheme in outline.schemes],
        "summaries": summary_sections(
            results, pool, {cell: place for place, cell in enumerate(cells)}
        ),
        "cells": [_cell(results, cell, pool) for cell in cells],
        "starts": _starts(results, cells),
        "figures": pool.figures,
        "tuned": _table(results, tuned_grid(results), grid_note(results)),
        "trials": _table(results, trial_table(results), endpoint_note(results)),
        "test": tests_in_words(results),
        "claims": results.metrics.get("claims", []),
        "runs": len(results.runs),
        "asked": len(outline.keys),
        "seeds": listing([str(seed) for seed in seeds])
        if len(seeds) <= _FEW_SEEDS
        else f"{len(seeds)} seeds from {seeds[0]} to {seeds[-1]}",
        "config": config,
    }


def _cell(results: Results, cell: int, pool: Pool) -> dict[str, Any]:
    outline, metrics = results.outline, results.metrics["cells"][cell]
    setup, labels = outline.cells[cell].setup, outline.labels
    heading = f"test_{setup.score}"  # on a phone, the first number of a row is seen
    scheme, *others = columns(results, cell)
    table = [scheme, *sorted(others, key=lambda column: column.key != heading)]
    findings = conclusions(metrics, printable)
    opening = headline(metrics, setup.epochs, printable)
    return {
        "title": printable(settings_line(results, cell)),
        "setup": setup_of(setup, printable),
        "headline": opening or findings[0],
        "findings": findings if opening else findings[1:],
        "headings": [column.name for column in table],
        "rows": _rows(table),
        "ranking": [labels.index(label) for label in metrics["ranking"]],
        "hasGroups": any(entry["group"] for entry in metrics["inits"].values()),
        "sections": cell_sections(results, cell, pool),
        "why": explain_cell(results, cell),
    }


def _table(results: Results, table: Table, note: str) -> dict[str, Any] | None:
    """Return a table about the tuned key; None for an empty one."""
    if not table:
        return None
    return {
        "key": printable(results.outline.tuned_key),
        "headings": [column.name for column in table],
        "rows": _rows(table),
        "note": note,
    }


def _rows(table: Table) -> list[list[str]]:
    cells = zip(*(column.cells for column in table), strict=True)
    return [[printable(text) for text in row] for row in cells]


def _starts(results: Results, cells: list[int]) -> list[dict[str, Any]]:
    """Return the table of untrained networks, for each group of cells that share them."""
    places = {cell: place for place, cell in enumerate(cells)}
    return [
        {
            "cells": [places[cell] for cell in group if cell in places],
            "reading": READING,
            "headings": list(COLUMNS),
            "rows": [[printable(text) for text in row] for row in start_rows(results, group[0])],
        }
        for group in probed_groups(results)
    ]


def _scheme(scheme: Scheme, look: int) -> dict[str, Any]:
    return {
        "label": printable(scheme.label),
        "look": look,
        "call": printable(call_of(scheme)),
        "formula": scheme.formula,
        "summary": scheme.summary,
        "reference": scheme.reference,
        "bibtex": scheme.bibtex,
    }
