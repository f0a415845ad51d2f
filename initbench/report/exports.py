"""Exports: the results tables in the forms that other programs take."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from initbench.errors import UnknownNameError, UsageError
from initbench.formatting import mean_with_interval
from initbench.metric import metric_of
from initbench.registry import did_you_mean
from initbench.report.findings import lead_over
from initbench.report.table import columns, markdown_table, settings_line
from initbench.results import Results
from initbench.results.metrics import leading_cells
from initbench.results.tidy import as_text
from initbench.tables import Column, Role, Table, as_csv, as_latex, as_markdown, latex_text

EQUIVALENT = "†"
"""Marks the schemes that are equivalent to the best."""


class TableFormat(StrEnum):
    """How a table is written, other than for a terminal."""

    MARKDOWN = "markdown"
    CSV = "csv"
    LATEX = "latex"


@dataclass(frozen=True)
class TableOptions:
    """What is chosen of an exported table."""

    # their keys, in this order: ``scheme``, ``runs``, ``group`` or the name of a metric, such as
    # ``test_accuracy``; all that the report shows if empty
    columns: tuple[str, ...] = ()
    # caption, label: of a LaTeX table
    caption: str = ""
    label: str = ""
    with_trials: bool = False  # whether CSV has the trials of a tuned key too


def export_table(
    results: Results, form: TableFormat, options: TableOptions = TableOptions()
) -> str:
    """Return the tables of all reported cells in a form.

    CSV is one table of all cells with exact numbers; the others are a table a cell, as the report
    has them. In LaTeX the best scheme is set in bold, and those that are equivalent to it are
    marked.

    Raises `UsageError` if a chosen column does not exist.
    """
    if form is TableFormat.CSV:
        return as_csv(list(_chosen(_csv_rows(results, options), options)))
    tables = []
    for cell in leading_cells(results.outline):
        title = settings_line(results, cell)
        if form is TableFormat.LATEX:
            comment = f"% {latex_text(title)}\n" if title else ""
            tables.append(f"{comment}{latex_table(results, cell, options)}\n")
        else:
            table = as_markdown(_table(results, cell, options))
            text = table if options.columns else markdown_table(results, cell)
            tables.append(f"{title}\n\n{text}\n" if title else f"{text}\n")
    return "\n".join(tables)


def latex_table(results: Results, cell: int = 0, options: TableOptions = TableOptions()) -> str:
    """Return the table of one cell as LaTeX, with the rules of the package booktabs."""
    document = results.metrics["cells"][cell]
    best, *others = document["ranking"]
    # Bold and marks claim something; where no scheme learned there is nothing to claim.
    learned = bool(others) and document["inits"][best]["learns"]
    equivalent = {
        label
        for label in others
        if learned and lead_over(document, best, label)["verdict"] == "equivalent"
    }
    marked: list[Column] = []
    for column in _table(results, cell, options):
        roles = [
            Role.GOOD
            if learned and label == best and column.key in {"scheme", f"test_{document['score']}"}
            else Role.PLAIN
            for label in document["ranking"]
        ]
        cells = [
            f"{text} {EQUIVALENT}" if column.key == "scheme" and label in equivalent else text
            for text, label in zip(column.cells, document["ranking"], strict=True)
        ]
        marked.append(replace(column, roles=roles, cells=cells))
    text = as_latex(marked, caption=options.caption, label=options.label)
    if not equivalent:
        return text
    margin = f"{document['equivalence_margin']:g}"
    return f"{text}\n% {latex_text(EQUIVALENT)} equivalent to the best scheme within {margin}"


def _table(results: Results, cell: int, options: TableOptions) -> Table:
    """Return the chosen columns of a cell's table, in the chosen order."""
    shown = columns(results, cell)
    if not options.columns:
        return shown
    document = results.metrics["cells"][cell]
    entries = [document["inits"][label] for label in document["ranking"]]
    known = {column.key: column for column in shown}
    for name in dict.fromkeys(name for entry in entries for name in entry):
        if name not in known and all(_is_summary(entry.get(name)) for entry in entries):
            metric = metric_of(name)
            cells = [mean_with_interval(entry[name], metric.written_like) for entry in entries]
            known[name] = Column(metric.label, cells, name)
    return [known[_known(name, known)] for name in options.columns]


def _known(name: str, known: Mapping[str, object] | Sequence[str]) -> str:
    """Return a column's key; raise if there is none of that name."""
    if name not in known:
        advice = did_you_mean(name, list(known)) or f"Columns: {', '.join(known)}."
        raise UnknownNameError(f"unknown column {name!r}. {advice}")
    return name


def _chosen(rows: Iterator[dict[str, Any]], options: TableOptions) -> Iterator[dict[str, Any]]:
    """Yield rows of the chosen columns alone."""
    if not options.columns:
        yield from rows
        return
    whole = list(rows)
    known = list(dict.fromkeys(name for row in whole for name in row))
    if not whole:
        raise UsageError("no cell has results yet: there are no columns to choose from")
    names = [_known(name, known) for name in options.columns]
    for row in whole:
        yield {name: row.get(name, "") for name in names}


def _csv_rows(results: Results, options: TableOptions) -> Iterator[dict[str, Any]]:
    """Yield a row for each scheme of each reported cell.

    Where a key is tuned, the ``role`` says how its value was chosen, and the key's own column which
    value that is.
    """
    key = results.outline.tuned_key
    places = sorted(leading_cells(results.outline))
    if options.with_trials:
        places = list(range(len(results.outline.cells)))
    for place in places:
        cell = results.metrics["cells"][place]
        settings = {path: as_text(str(value)) for path, value in cell["settings"].items()}
        for rank, label in enumerate(cell["ranking"], 1):
            entry = cell["inits"][label]
            tuned = {}
            if key:
                value = cell["chosen"].get(label, cell["settings"].get(key))
                tuned = {"role": cell["role"], key: "" if value is None else value}
            yield {
                "cell": place,
                **settings,
                **tuned,
                "init": as_text(label),
                "rank": rank,
                **{
                    name: entry[name] for name in ("runs", "diverged", "missing", "learns", "group")
                },
                **_csv_metrics(entry),
            }


def _csv_metrics(entry: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, summary in entry.items():
        if _is_summary(summary):
            low, high = summary["ci95"] or (None, None)
            found |= {name: summary["mean"], f"{name}_low": low, f"{name}_high": high}
    to_target = entry["epochs_to_target"]
    return {
        **found,
        "epochs_to_target": to_target["median"],
        "reached_target": to_target["reached"],
    }


def _is_summary(value: object) -> bool:
    """Return whether a member of an entry is one metric over all runs."""
    return isinstance(value, dict) and "iqm" in value
