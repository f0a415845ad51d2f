"""Exports: the final table in the forms that other programs take."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from initbench.formatting import NONE, printable
from initbench.report.table import columns, markdown_table, settings_line
from initbench.results import Results
from initbench.results.curves import as_text

LATEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "²": r"\textsuperscript{2}",
    NONE: "--",
    **{letter: f"\\{letter}" for letter in "$&#_%"},
    **{letter: f"${letter}$" for letter in "<>|"},
}
"""What stands for a character that LaTeX would take for something else."""


class TableFormat(StrEnum):
    """How a table is written, other than for a terminal."""

    MARKDOWN = "markdown"
    CSV = "csv"
    LATEX = "latex"


def export_table(results: Results, form: TableFormat) -> str:
    """Return the tables of all cells in a form.

    Parameters
    ----------
    results : Results
    form : TableFormat
        CSV is one table of all cells, with exact numbers; the others are a table a cell, as the
        report has them.
    """
    if form is TableFormat.CSV:
        return _csv(results)
    write, comment = _WRITE[form]
    cells = range(len(results.outline.cells))
    return "\n".join(
        comment.format(settings_line(results, cell)) * bool(settings_line(results, cell))
        + write(results, cell)
        + "\n"
        for cell in cells
    )


def latex_table(results: Results, cell: int = 0) -> str:
    """Return the table of one cell as LaTeX, with the rules of the package booktabs."""
    shown = columns(results, cell)
    rows = [
        [column.name for column in shown],
        *zip(*(column.cells for column in shown), strict=True),
    ]
    head, *body = [f"{' & '.join(map(latex_text, row))} \\\\" for row in rows]
    lines = [
        r"\begin{tabular}{l" + "r" * (len(shown) - 1) + "}",
        r"\toprule",
        head,
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines)


def latex_text(text: str) -> str:
    r"""Return text as LaTeX that sets it and does nothing else.

    >>> print(latex_text("random_normal, 50 % {x}"))
    random\_normal, 50 \% \{x\}
    """
    special = "|".join(map(re.escape, LATEX))
    return re.sub(special, lambda found: LATEX[found[0]], printable(text))


def _csv(results: Results) -> str:
    text = io.StringIO()
    rows = list(_csv_rows(results))
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _csv_rows(results: Results) -> Iterator[dict[str, Any]]:
    for index, cell in enumerate(results.metrics["cells"]):
        settings = {key: as_text(str(value)) for key, value in cell["settings"].items()}
        for rank, label in enumerate(cell["ranking"], 1):
            entry = cell["inits"][label]
            lead = {"cell": index, **settings, "init": as_text(label), "rank": rank}
            counts = {name: entry[name] for name in ("runs", "diverged", "missing", "group")}
            yield {**lead, **counts, **_csv_metrics(entry)}


def _csv_metrics(entry: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, summary in entry.items():
        if isinstance(summary, dict) and "iqm" in summary:
            low, high = summary["ci95"] or (None, None)
            found |= {name: summary["mean"], f"{name}_low": low, f"{name}_high": high}
    to_target = entry["epochs_to_target"]
    return {
        **found,
        "epochs_to_target": to_target["median"],
        "reached_target": to_target["reached"],
    }


_WRITE: Final[Mapping[TableFormat, tuple[Callable[[Results, int], str], str]]] = {
    TableFormat.MARKDOWN: (markdown_table, "{}\n\n"),
    TableFormat.LATEX: (latex_table, "% {}\n"),
}
