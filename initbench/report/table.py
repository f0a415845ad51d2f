"""The final table: a row a scheme, best first, for a terminal and for Markdown."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from initbench.report.formatting import (
    NONE,
    escape,
    mean_with_interval,
    metric_name,
    printable,
)
from initbench.results import Results
from initbench.results.outline import PARTS

LEGEND = "mean ± half the width of the 95 % interval over seeds"

GAP = "  "
SHORTEST_LABEL = 8


def headings(results: Results, cell: int = 0) -> tuple[str, ...]:
    """Return what the columns hold."""
    metrics = map(metric_name, _metrics(results, cell))
    return ("scheme", "runs", "diverged", *metrics, f"epochs to {results.outline.target:g}")


def table_rows(results: Results, cell: int = 0) -> list[tuple[str, ...]]:
    """Return the cells of the table, row by row, the label of the scheme first."""
    document, metrics = results.metrics["cells"][cell], _metrics(results, cell)
    return [_row(label, document["inits"][label], metrics) for label in document["ranking"]]


def distinct_units(entry: Mapping[str, Any]) -> str:
    """Say how many distinct units each hidden layer ends with, where one has collapsed.

    Parameters
    ----------
    entry : mapping
        A scheme's entry in the metrics.

    Returns
    -------
    str
        ``1 of 32 | 1 of 32``, in a deep network ``1 of 64 in layers 1–9``; empty where no layer
        of several units has become one.
    """
    if not collapsed_layers(entry):
        return ""
    units = entry["distinct_units"]
    each = [
        f"{count:g} of {width}" for count, width in zip(units["final"], units["of"], strict=True)
    ]
    if len(each) <= 4:
        return " | ".join(each)
    groups = [list(group) for _, group in groupby(enumerate(each, 1), key=lambda pair: pair[1])]
    return " | ".join(_in_layers(group[0], group[-1]) for group in groups)


def collapsed_layers(entry: Mapping[str, Any]) -> list[int]:
    """Return the hidden layers, from 1, that have several units and end as one."""
    units = entry["distinct_units"]
    return [
        layer
        for layer, (count, width) in enumerate(zip(units["final"], units["of"], strict=True), 1)
        if count == 1 and width > 1
    ]


def starting_costs(results: Results, cell: int) -> str:
    """Say what looking at data cost the schemes that did; empty where none did."""
    inits = results.metrics["cells"][cell]["inits"]
    costs = {label: inits[label]["initialization_epochs"]["mean"] for label in inits}
    named = [f"{printable(label)} {cost:.3g}" for label, cost in costs.items() if cost]
    return f"Epochs' worth of passes before training: {', '.join(named)}" if named else ""


def settings_line(results: Results, cell: int) -> str:
    """Name a point of the sweep: ``training.epochs = 50``; empty without a sweep."""
    settings = results.metrics["cells"][cell]["settings"]
    return ", ".join(f"{path} = {value}" for path, value in settings.items())


def text_table(results: Results, width: int = 100) -> str:
    """Return the table of every cell as text.

    Parameters
    ----------
    results : Results
    width : int
        Columns of the terminal; labels are cut where the table would be wider.
    """
    cells = range(len(results.outline.cells))
    return "\n\n".join(_text_of_cell(results, cell, width) for cell in cells) + f"\n{LEGEND}\n"


def markdown_table(results: Results, cell: int = 0) -> str:
    """Return the table of one cell as Markdown."""
    inits = results.metrics["cells"][cell]["inits"]
    rows = table_rows(results, cell)
    units = [distinct_units(inits[row[0]]) for row in rows]
    names = headings(results, cell)
    if any(units):
        rows = [(*row, each or NONE) for row, each in zip(rows, units, strict=True)]
        names = (*names, "distinct units")
    return as_markdown(names, rows, ("---", *["---:"] * (len(names) - 1)))


def as_markdown(names: Sequence[str], rows: Sequence[Sequence[str]], ruler: Sequence[str]) -> str:
    """Return a table in Markdown; the cells of `rows` are text, the ruler says how they align."""
    lines = [names, ruler, *(map(escape, row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _metrics(results: Results, cell: int) -> list[str]:
    """Return what the table shows: what there is of `PARTS`, so that it stays as wide."""
    names = results.outline.cells[cell].setup.curves
    return [name for name in names if name.partition("_")[0] in PARTS]


def _is_loss(metric: str) -> bool:
    """Tell a loss, of any size, from a score, of which 1 is perfect."""
    return metric.endswith("loss")


def _row(label: str, entry: Mapping[str, Any], metrics: Sequence[str]) -> tuple[str, ...]:
    return (
        label,
        str(entry["runs"]),
        str(entry["diverged"]),
        *(mean_with_interval(entry[name], 0.0 if _is_loss(name) else 1.0) for name in metrics),
        _epochs(entry),
    )


def _epochs(entry: Mapping[str, Any]) -> str:
    """Write the median epoch at the target, and how many reached it where not all did."""
    to_target, runs = entry["epochs_to_target"], entry["runs"]
    median = NONE if to_target["median"] is None else f"{to_target['median']:g}"
    return (
        median if to_target["reached"] in {0, runs} else f"{median} ({to_target['reached']}/{runs})"
    )


def _text_of_cell(results: Results, cell: int, width: int) -> str:
    inits = results.metrics["cells"][cell]["inits"]
    rows = [(printable(row[0]), *row[1:]) for row in table_rows(results, cell)]
    notes = [
        textwrap.fill(f"{printable(label)}: distinct hidden units {units}", width)
        for label in results.metrics["cells"][cell]["ranking"]
        if (units := distinct_units(inits[label]))
    ]
    if costs := starting_costs(results, cell):
        notes.append(textwrap.fill(costs, width))
    settings = printable(settings_line(results, cell))
    return "\n".join(
        [*([settings] if settings else []), *_align(headings(results, cell), rows, width), *notes]
    )


def _align(names: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Lay out rows under headings of two lines, labels to the left and numbers to the right."""
    heads = [_two_lines(name) for name in names]
    lines = [*zip(*heads, strict=True), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    spare = width - sum(widths[1:]) - len(GAP) * len(widths[1:])
    widths[0] = min(widths[0], max(spare, SHORTEST_LABEL))
    return [
        GAP.join(
            [
                _cut(line[0], widths[0]).ljust(widths[0]),
                *(text.rjust(size) for text, size in zip(line[1:], widths[1:], strict=True)),
            ]
        )
        for line in lines
    ]


def _two_lines(name: str) -> tuple[str, str]:
    """Cut a heading after its first word; a single word stands in the second line."""
    first, _, rest = name.partition(" ")
    return (first, rest) if rest else ("", first)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _in_layers(first: tuple[int, str], last: tuple[int, str]) -> str:
    layers = f"layer {first[0]}" if first == last else f"layers {first[0]}–{last[0]}"
    return f"{first[1]} in {layers}"
