"""Curves as a tidy table: one number a line, for spreadsheets and data frames."""

import csv
import io
from collections.abc import Iterator
from itertools import product

import numpy as np

from initbench.results.results import Results

HEADER = ("cell", "init", "seed", "epoch", "split", "metric", "value")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def curves_csv(results: Results) -> bytes:
    """Return all curves as CSV; a value that is not finite is left empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(_rows(results))
    return text.getvalue().encode()


def _rows(results: Results) -> Iterator[tuple[object, ...]]:
    cells = enumerate(results.outline.cells)
    for (number, cell), label, split, metric in product(
        cells, results.outline.labels, ("train", "test"), ("loss", "accuracy")
    ):
        curves = results.curves(label, f"{split}_{metric}", number)
        for run, curve in zip(cell.runs[label], curves, strict=True):
            for epoch, value in enumerate(curve):
                shown = repr(float(value)) if np.isfinite(value) else ""
                yield number, _text(label), run.seed, epoch, split, metric, shown


def _text(label: str) -> str:
    """Keep a spreadsheet from taking a label for a formula."""
    return f"'{label}" if label.startswith(FORMULA_STARTS) else label
