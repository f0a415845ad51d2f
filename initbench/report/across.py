"""Across cells in words and numbers: ranks, normalised scores, and what they do not show."""

from initbench.formatting import compact, printable, shortened
from initbench.report.columns import LONGEST_LABEL, Column, align
from initbench.report.lines import Line, Piece, plain, wrapped
from initbench.report.table import as_markdown
from initbench.results import Results
from initbench.stats.comparisons import ALPHA


def across_columns(results: Results) -> list[Column]:
    """Return the table of what holds over all cells, the best mean rank first; empty for one cell.

    The normalised score is the interquartile mean over all runs, 0 for a constant answer and 1 for
    no error.
    """
    across = results.metrics["across"]
    if across is None:
        return []
    inits = across["inits"]
    labels = sorted(inits, key=lambda label: inits[label]["mean_rank"])
    entries = [inits[label] for label in labels]
    intervals = [f"{compact(low)} to {compact(high)}" for low, high in (x["ci95"] for x in entries)]
    return [
        Column("scheme", labels, 9),
        Column("mean rank", [f"{entry['mean_rank']:.2f}" for entry in entries], 9),
        Column("normalised score", [compact(entry["iqm"]) for entry in entries], 9),
        Column("interval (95 %)", intervals, 9),
    ]


def across_sentence(results: Results) -> str:
    """Return what the ranks of a folder of several cells show."""
    across = results.metrics["across"]
    if across["friedman_p"] > ALPHA:
        return "Over all cells the schemes' ranks differ no more than by chance (Friedman)."
    least = f"{across['critical_difference']:.2f}"
    caution = "a rule of thumb where cells are points of one sweep, which are not independent"
    return f"Mean ranks less than {least} apart are not told apart (Nemenyi): {caution}."


def across_text(results: Results, width: int) -> str:
    """Return the table for a terminal as text; empty for one cell."""
    return plain(across_lines(results, width))


def across_lines(results: Results, width: int) -> list[Line]:
    """Return the table for a terminal; none for one cell."""
    table = across_columns(results)
    if not table:
        return []
    first, *others = table
    labels = shortened([printable(label) for label in first.cells], LONGEST_LABEL)
    head = f"All {results.metrics['across']['cells']} cells together"
    lines = align([Column(first.name, labels, 9), *others])
    return [(Piece(head),), *lines, *wrapped(across_sentence(results), width)]


def across_markdown(results: Results) -> list[str]:
    """Return heading, table and sentence as paragraphs of Markdown; none for one cell."""
    table = across_columns(results)
    if not table:
        return []
    rows = list(zip(*(column.cells for column in table), strict=True))
    return [
        f"### All {results.metrics['across']['cells']} cells together",
        as_markdown([column.name for column in table], rows, ("---", *["---:"] * 3)),
        across_sentence(results),
    ]
