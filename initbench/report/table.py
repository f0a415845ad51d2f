"""The final table: a row a scheme, best first, for a terminal and for Markdown.

A terminal is narrow. What does not fit is left out by column, the least telling first, and said to
be; labels that are still too long are cut where they tell schemes apart the least.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Any, Final

from initbench.report.formatting import (
    NONE,
    escape,
    listing,
    mean_with_interval,
    metric_name,
    printable,
    shortened,
)
from initbench.report.lines import BLANK, Line, Piece, Role, plain, wrapped
from initbench.report.power import power_sentences
from initbench.results import Results
from initbench.results.outline import PARTS

LEGEND: Final = "mean ± half the width of the 95 % interval over seeds"
GROUPS: Final = "schemes that share a letter are not told apart"

GAP: Final = "  "

LONGEST_LABEL: Final = 24
"""Characters that a label may take before columns are left out for it."""


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    name : str
    cells : sequence of str
        Row by row.
    weight : int
        Columns of less weight are left out first, those of weight 9 never.
    is_silent : bool
        Whether nothing is lost without it.
    roles : sequence of Role
        Row by row; empty where all are plain.
    """

    name: str
    cells: Sequence[str]
    weight: int
    is_silent: bool = False
    roles: Sequence[Role] = ()


def columns(results: Results, cell: int = 0) -> list[Column]:
    """Return the columns of a cell's table, the labels first, schemes in the order of ranking."""
    document = results.metrics["cells"][cell]
    labels = document["ranking"]
    entries = [document["inits"][label] for label in labels]
    weights = {f"test_{document['score']}": 9, "test_loss": 4, f"train_{document['score']}": 3}

    diverged = [str(entry["diverged"]) for entry in entries]
    has_none = set(diverged) == {"0"}
    faint = [_role_of_figures(entry) for entry in entries]
    named = _roles_of_names(entries)
    marked = [
        Role.BAD if entry["diverged"] else role for entry, role in zip(entries, faint, strict=True)
    ]
    metrics = [
        Column(
            metric_name(name),
            [mean_with_interval(entry[name], _least(name)) for entry in entries],
            weights.get(name, 2),
            roles=faint,
        )
        for name in results.outline.cells[cell].setup.curves
        if name.partition("_")[0] in PARTS
    ]
    return [
        Column("scheme", labels, 9, roles=named),
        Column("runs", [str(entry["runs"]) for entry in entries], 6, roles=faint),
        Column("diverged", diverged, 0 if has_none else 7, is_silent=has_none, roles=marked),
        *metrics,
        Column("group", [entry["group"] for entry in entries], 8, roles=named),
        Column(
            f"epochs to {results.outline.target:g}",
            [_epochs(entry) for entry in entries],
            5,
            roles=faint,
        ),
    ]


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
    """Return the table of every cell as text; parameters are those of `table_lines`."""
    return f"{plain(table_lines(results, width))}\n"


def table_lines(results: Results, width: int = 100) -> list[Line]:
    """Return the table of every cell.

    Schemes from which the best is not told apart are `Role.GOOD`, unless those are all; one of
    which all runs stalled is `Role.FAINT`.

    Parameters
    ----------
    results : Results
    width : int
        Columns of the terminal, in which the table fits.
    """
    cells = range(len(results.outline.cells))
    tables = [_lines_of_cell(results, cell, width) for cell in cells]
    legend = LEGEND if len(results.outline.labels) == 1 else f"{LEGEND}; {GROUPS}"
    return [*chain(*([*table, BLANK] for table in tables))][:-1] + wrapped(legend, width)


def markdown_table(results: Results, cell: int = 0) -> str:
    """Return the table of one cell as Markdown."""
    document = results.metrics["cells"][cell]
    shown = columns(results, cell)
    units = [distinct_units(document["inits"][label]) for label in document["ranking"]]
    if any(units):
        shown.append(Column("distinct units", [each or NONE for each in units], 0))
    names = [column.name for column in shown]
    rows = list(zip(*(column.cells for column in shown), strict=True))
    return as_markdown(names, rows, ("---", *["---:"] * (len(names) - 1)))


def as_markdown(names: Sequence[str], rows: Sequence[Sequence[str]], ruler: Sequence[str]) -> str:
    """Return a table in Markdown; the cells of `rows` are text, the ruler says how they align."""
    lines = [names, ruler, *(map(escape, row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _least(metric: str) -> float:
    """Return the number by whose decimals a metric is written: a score's are those of one."""
    return 0.0 if metric.endswith("loss") else 1.0


def _epochs(entry: Mapping[str, Any]) -> str:
    """Write the median epoch at the target, and how many reached it where not all did."""
    to_target, runs = entry["epochs_to_target"], entry["runs"]
    median = NONE if to_target["median"] is None else f"{to_target['median']:g}"
    return (
        median if to_target["reached"] in {0, runs} else f"{median} ({to_target['reached']}/{runs})"
    )


def align(table: Sequence[Column]) -> list[Line]:
    """Lay out rows under headings of two lines, labels to the left and numbers to the right."""
    first, *others = table
    pieces = [_pieces(first, str.ljust), *(_pieces(column, str.rjust) for column in others)]
    return [_with_gaps(line) for line in zip(*pieces, strict=True)]


def _lines_of_cell(results: Results, cell: int, width: int) -> list[Line]:
    document = results.metrics["cells"][cell]
    labels, shown, left_out = _fitted(columns(results, cell), width)
    notes = [
        f"{label}: distinct hidden units {units}"
        for label, key in zip(labels.cells, document["ranking"], strict=True)
        if (units := distinct_units(document["inits"][key]))
    ]
    if costs := starting_costs(results, cell):
        notes.append(costs)
    if left_out:
        notes.append(f"Not shown for want of width: {listing(left_out)}.")
    notes += power_sentences(document, printable)
    settings = wrapped(printable(settings_line(results, cell)), width)
    table = align([labels, *shown])
    return [*settings, *table, *chain(*(wrapped(note, width) for note in notes))]


def _fitted(table: Sequence[Column], width: int) -> tuple[Column, list[Column], list[str]]:
    """Return labels and other columns that fit together, and the names of those left out."""
    first, *shown = table
    labels = [printable(label) for label in first.cells]
    wanted = min(max(map(len, [*labels, first.name])), LONGEST_LABEL)
    left_out: list[str] = []
    while (spare := width - _width(shown)) < wanted:
        least = min(shown, key=lambda column: column.weight)
        if least.weight == 9:
            break
        shown.remove(least)
        left_out += [] if least.is_silent else [least.name]
    fitting = replace(first, cells=shortened(labels, max(spare, len(first.name))))
    return fitting, shown, left_out


def _width(shown: Sequence[Column]) -> int:
    """Return how wide columns are with the gaps before them."""
    return sum(len(GAP) + _size(column) for column in shown)


def _size(column: Column) -> int:
    return max(map(len, [*_two_lines(column.name), *column.cells]))


def _pieces(column: Column, justify: Callable[[str, int], str]) -> list[Piece]:
    size, roles = _size(column), column.roles or [Role.PLAIN] * len(column.cells)
    return [
        *(Piece(justify(text, size), Role.HEADING) for text in _two_lines(column.name)),
        *(Piece(justify(text, size), role) for text, role in zip(column.cells, roles, strict=True)),
    ]


def _with_gaps(pieces: Sequence[Piece]) -> Line:
    first, *others = pieces
    return (first, *(piece._replace(text=f"{GAP}{piece.text}") for piece in others))


def _role_of_figures(entry: Mapping[str, Any]) -> Role:
    """Return what figures are: faint where no run was better than a constant answer."""
    stalled = entry["shares"]["stalled"]
    return Role.FAINT if stalled and stalled["count"] == stalled["of"] else Role.PLAIN


def _roles_of_names(entries: Sequence[Mapping[str, Any]]) -> list[Role]:
    """Return what labels and groups are: good where figures count and share the best's letter."""
    are_best = ["a" in entry["group"] for entry in entries]
    roles = [_role_of_figures(entry) for entry in entries]
    return [
        Role.GOOD if is_best and not all(are_best) and role is Role.PLAIN else role
        for role, is_best in zip(roles, are_best, strict=True)
    ]


def _two_lines(name: str) -> tuple[str, str]:
    """Cut a heading after its first word; a single word stands in the second line."""
    first, _, rest = name.partition(" ")
    return (first, rest) if rest else ("", first)


def _in_layers(first: tuple[int, str], last: tuple[int, str]) -> str:
    layers = f"layer {first[0]}" if first == last else f"layers {first[0]}–{last[0]}"
    return f"{first[1]} in {layers}"
