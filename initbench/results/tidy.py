"""Tidy tables of runs: a row a run for pandas, and a row a number of every curve for CSV."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, Final

from initbench.metric import SHARPNESS
from initbench.results.outline import Outline, Setup
from initbench.results.store import Records

COLUMNS: Final = ("cell", "init", "seed", "epoch", "split", "metric", "value")

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t")
"""How texts begin that a spreadsheet computes as a formula."""


def curves_csv(outline: Outline, runs: Mapping[str, Records]) -> str:
    """Return the curves of all runs on disk as CSV.

    ``cell`` counts from 0. ``value`` is empty from the epoch on at which a run diverged. A label
    that a spreadsheet would compute is marked as text by an apostrophe before it.
    """
    lines = [_row(COLUMNS)]
    for index, cell in enumerate(outline.cells):
        for label in outline.labels:
            for run in cell.runs[label]:
                if run.key in runs:
                    lead = _row((index, as_text(label), run.seed))
                    lines += _rows(lead, runs[run.key], cell.setup)
    return "\n".join([*lines, ""])


def _row(values: Sequence[object]) -> str:
    """Return a line of CSV, with quotes where they are needed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def as_text(label: str) -> str:
    """Return a label as CSV can hold it: marked as text where a spreadsheet would compute it."""
    text = label.replace("\r", " ")  # which Python's writer quotes from 3.13 on only
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


def _rows(lead: str, records: Records, setup: Setup) -> Iterator[str]:
    leads = [f"{lead},{epoch:.10g}" for epoch in records["epochs"].tolist()]
    curves = {
        f"{split},{metric}": records[f"{split}_{metric}"]
        for split in setup.parts
        for metric in ("loss", setup.score)
    }
    if SHARPNESS in records:
        curves[f"train,{SHARPNESS}"] = records[SHARPNESS]
    for what, curve in curves.items():
        for each, value in zip(leads, curve.tolist(), strict=True):
            yield f"{each},{what},{repr(value) if isfinite(value) else ''}"


def run_rows(outline: Outline, metrics: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each run as one flat row."""
    schemes = {scheme.label: scheme for scheme in outline.schemes}
    for index, cell in enumerate(metrics["cells"]):
        for label, entry in cell["inits"].items():
            scheme, columns = schemes[label], run_columns(entry)
            chosen = cell["chosen"].get(label)
            lead = {
                "cell": index,
                "role": cell["role"],
                **cell["settings"],
                **({} if chosen is None else {outline.tuned_key: chosen}),
                "init": label,
                "scheme": scheme.name,
                **{f"option.{name}": value for name, value in scheme.options.items()},
            }
            for place, seed in enumerate(entry["seeds"]):
                values = {name: values[place] for name, values in columns.items()}
                yield {**lead, "seed": seed, **values}


def run_columns(entry: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """Return the columns of a scheme's runs: a list a metric, None where a run has no value.

    These are the metrics by their names, and when the run reached its target, diverged or was
    stopped.
    """
    columns = {
        name: summary["values"]
        for name, summary in entry.items()
        if isinstance(summary, dict) and "values" in summary
    }
    return columns | {name: entry[name] for name in ("diverged_at", "stopped_at")}
