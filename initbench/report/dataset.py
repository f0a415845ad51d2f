"""The summary of a data set as text and as plain values for JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from initbench.data import DatasetSummary
from initbench.data.dataset import Column
from initbench.data.moments import Moments
from initbench.formatting import NONE, count_of, printable
from initbench.report.lines import plain
from initbench.report.table_model import as_lines, table_of
from initbench.stats.summaries import number_or_none

MOST_ROWS: Final = 20
"""Classes, features, targets or columns that are listed one by one; of more, the range is given."""


def summary_text(summary: DatasetSummary, figure: object = None) -> str:
    """Return a summary as lines of text: shape, notices, columns, features, classes or targets.

    Parameters
    ----------
    summary : DatasetSummary
    figure : Path, optional
        The file in which the data are drawn.
    """
    test = f", and {summary.test_samples} to test on" if summary.test_samples else ""
    constant = (
        f", {summary.constant_features} of them constant" if summary.constant_features else ""
    )
    lines = [
        f"{count_of(summary.samples, 'sample')}{test}",
        f"{count_of(summary.features, 'feature')} ({summary.dtype}){constant}",
    ]
    if summary.missing:
        lines.append(f"{summary.missing} missing values, filled in from the training part")
    targets = summary.target_moments
    blocks = [
        printable(summary.title),
        "\n".join(lines),
        "\n".join(f"Note: {printable(notice)}" for notice in summary.notices),
        _columns_text(summary.columns),
        _moments_text("feature", summary.feature_names, summary.feature_moments),
        _classes_text(summary)
        if targets is None
        else _moments_text("target", [str(n + 1) for n in range(len(targets.mean))], targets),
        f"Figure  {figure}" if figure else "",
    ]
    return "\n\n".join(filter(None, blocks))


def summary_document(summary: DatasetSummary, figure: object = None) -> dict[str, Any]:
    """Return a summary as plain values for JSON, null for numbers that are not finite."""
    classes = zip(summary.class_names, summary.class_counts, strict=True)
    targets = summary.target_moments
    return {
        "name": summary.name,
        "summary": summary.about,
        "samples": summary.samples,
        "test_samples": summary.test_samples,
        "dtype": summary.dtype,
        "constant_features": summary.constant_features,
        "missing_values": summary.missing,
        "notices": list(summary.notices),
        "columns": [asdict(column) for column in summary.columns],
        "features": [
            {"name": name, **{statistic: number_or_none(value) for statistic, value in row}}
            for name, row in zip(summary.feature_names, _rows(summary.feature_moments), strict=True)
        ],
        "classes": [{"name": name, "samples": count} for name, count in classes],
        "balance": summary.balance,
        "targets": []
        if targets is None
        else [
            {statistic: number_or_none(value) for statistic, value in row} for row in _rows(targets)
        ],
        "picture": None if figure is None else str(figure),
    }


def _columns_text(columns: Sequence[Column]) -> str:
    """Say how each column of a table was read and why; of many, only those that are no features."""
    if not columns:
        return ""
    shown = columns
    if len(columns) > MOST_ROWS:
        shown = [each for each in columns if each.role != "feature"][:MOST_ROWS]
    rows = [(each.name, each.role, each.kind, each.why) for each in shown]
    text = _table(("column", "role", "read as", "why"), rows, left=4)
    if len(shown) == len(columns):
        return text
    kinds = Counter(each.kind for each in columns if each.role == "feature")
    listed = ", ".join(f"{count} of {kind}" for kind, count in kinds.items())
    return f"{text}\nand features that are not listed: {listed}"


def _classes_text(summary: DatasetSummary) -> str:
    counts, total = summary.class_counts, sum(summary.class_counts)
    balance = f"balance {summary.balance:.3f}, the smallest class by the largest"
    if len(counts) > MOST_ROWS:
        return f"{len(counts)} classes of {min(counts)} to {max(counts)} samples; {balance}"
    rows = [
        (name, str(count), f"{count / total:.1%}")
        for name, count in zip(summary.class_names, counts, strict=True)
    ]
    return f"{_table(('class', 'samples', 'share'), rows)}\n{balance}"


def _moments_text(kind: str, names: Sequence[str], moments: Moments) -> str:
    """Return the moments of each feature or target as a table; of many, their ranges."""

    def short(value: float) -> str:
        return f"{value:z.4g}" if np.isfinite(value) else NONE

    statistics = asdict(moments)
    if len(names) > MOST_ROWS:
        ranges = [
            (name, short(np.nanmin(values)), short(np.nanmax(values)))
            for name, values in statistics.items()
        ]
        return _table((f"over {len(names)} {kind}s", "lowest", "highest"), ranges)
    rows = [
        (name, *(short(value) for _, value in row))
        for name, row in zip(names, _rows(moments), strict=True)
    ]
    return _table((kind, *statistics), rows)


def _rows(moments: Moments) -> list[list[tuple[str, float]]]:
    """Return the name and the value of each moment, for each feature or target."""
    statistics = asdict(moments)
    return [
        list(zip(statistics, row, strict=True)) for row in zip(*statistics.values(), strict=True)
    ]


def _table(names: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    lines, _ = as_lines(table_of(names, rows, left=left))
    return plain(lines)
