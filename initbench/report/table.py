"""The final table: a row a scheme, best first, for a terminal and for Markdown.

A terminal is narrow. What does not fit is left out by column, the least telling first, and said to
be; labels that are still too long are cut where they tell schemes apart the least.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, groupby
from typing import Any, Final

from initbench.formatting import (
    NONE,
    escape,
    listing,
    mean_with_interval,
    metric_name,
    printable,
)
from initbench.report.columns import Column, align, fitted
from initbench.report.lines import BLANK, Line, Role, plain, wrapped
from initbench.report.power import power_sentences
from initbench.results import Results
from initbench.results.outline import PARTS

LEGEND: Final = "mean ± half the width of the 95 % interval over seeds"
GROUPS: Final = "schemes that share a letter are not told apart"


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


def _lines_of_cell(results: Results, cell: int, width: int) -> list[Line]:
    document = results.metrics["cells"][cell]
    labels, shown, left_out = fitted(columns(results, cell), width)
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


def _in_layers(first: tuple[int, str], last: tuple[int, str]) -> str:
    layers = f"layer {first[0]}" if first == last else f"layers {first[0]}–{last[0]}"
    return f"{first[1]} in {layers}"
