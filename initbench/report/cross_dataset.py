"""Several cells together: ranks, normalised scores, and what they do not show."""

from initbench.formatting import NONE, compact
from initbench.report.lines import Line, Piece, wrapped
from initbench.report.table_model import Column, Table, as_lines, as_markdown
from initbench.results import Results
from initbench.stats.comparisons import ALPHA


def cross_dataset_table(results: Results) -> Table:
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
    intervals = [
        NONE if one["ci95"] is None else f"{compact(one['ci95'][0])} to {compact(one['ci95'][1])}"
        for one in entries
    ]
    return [
        Column("scheme", labels, align="left"),
        Column("mean rank", [f"{entry['mean_rank']:.2f}" for entry in entries]),
        Column("normalised score", [compact(entry["iqm"]) for entry in entries]),
        Column("interval (95 %)", intervals),
    ]


def cross_dataset_sentence(results: Results) -> str:
    """Return what the ranks of a folder of several cells show."""
    across = results.metrics["across"]
    p = across["friedman_p"]
    if p is None or p > ALPHA:
        return (
            "The schemes' ranks over all cells do not differ significantly (Friedman's test"
            f"{'' if p is None else f', p = {p:.2g}'})."
        )
    return (
        f"Mean ranks less than {across['critical_difference']:.2f} apart do not differ"
        " significantly (Nemenyi's test), which is a rule of thumb where cells are settings of one"
        " sweep, since those are not independent."
    )


def cross_dataset_lines(results: Results, width: int) -> list[Line]:
    """Return the table for a terminal; none for one cell."""
    table = cross_dataset_table(results)
    if not table:
        return []
    lines, _ = as_lines(table, width)
    return [
        (Piece(f"All {results.metrics['across']['cells']} cells together"),),
        *lines,
        *wrapped(cross_dataset_sentence(results), width),
    ]


def cross_dataset_markdown(results: Results) -> list[str]:
    """Return heading, table and sentence as paragraphs of Markdown; none for one cell."""
    table = cross_dataset_table(results)
    if not table:
        return []
    return [
        f"### All {results.metrics['across']['cells']} cells together",
        as_markdown(table),
        cross_dataset_sentence(results),
    ]
