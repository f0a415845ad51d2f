"""Curves as a tidy table: one number a row, for whatever reads CSV."""

import csv
import io
from collections.abc import Iterator, Mapping

import numpy as np

from initbench.results.outline import Outline, Setup
from initbench.results.store import Records

COLUMNS = ("cell", "init", "seed", "epoch", "split", "metric", "value")

FORMULA_STARTS = ("=", "+", "-", "@", "\t")
"""What a spreadsheet takes for the start of a formula to be computed."""


def curves_csv(outline: Outline, runs: Mapping[str, Records]) -> str:
    """Return the curves of all runs that are there.

    ``cell`` counts from 0. ``value`` is empty from the epoch on at which a run diverged. A label
    that a spreadsheet would compute is marked as text by an apostrophe before it.

    Parameters
    ----------
    outline : Outline
    runs : mapping of key to Records
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for index, cell in enumerate(outline.cells):
        for label in outline.labels:
            for run in cell.runs[label]:
                if run.key in runs:
                    lead = (index, as_text(label), run.seed)
                    rows = _rows(runs[run.key], cell.setup)
                    writer.writerows((*lead, *row) for row in rows)
    return text.getvalue()


def as_text(label: str) -> str:
    """Return a label as CSV can hold it: marked as text where a spreadsheet would compute it."""
    text = label.replace("\r", " ")  # which Python's writer quotes from 3.13 on only
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _rows(records: Records, setup: Setup) -> Iterator[tuple[str, str, str, float | str]]:
    epochs = [f"{epoch:.10g}" for epoch in records["epochs"]]
    for split in setup.parts:
        for metric in ("loss", setup.score):
            curve = records[f"{split}_{metric}"].tolist()
            for epoch, value in zip(epochs, curve, strict=True):
                yield epoch, split, metric, value if np.isfinite(value) else ""
