"""The summary of a data set before training, as a record, as text and as a JSON document."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from initbench.data.dataset import Column, Dataset
from initbench.data.moments import Moments, moments
from initbench.formatting import NONE, count_of, printable
from initbench.stats.summaries import number_or_none
from initbench.tables import as_lines, plain, table_of

MOST_ROWS: Final = 20
"""Classes, features, targets or columns that are listed one by one; of more, the range is given."""


@dataclass(frozen=True)
class DatasetSummary:
    """The summary of a data set before training.

    Attributes
    ----------
    name, about : str
        Its name, of a file the path, and what it is, of a file nothing.
    samples, test_samples : int
        Test samples are those of a test part that the data set comes with.
    features : int
    dtype : str
        Of the features as they are kept in memory.
    classes : int or None
        None for regression.
    class_names, feature_names : tuple of str
        Numbers where there are no names; class names are empty for regression.
    class_counts : tuple of int
        Samples of each class, test samples left out.
    balance : float or None
        Samples of the smallest class by those of the largest; None for regression.
    constant_features : int
        Features that have one value in all samples.
    feature_moments : Moments
        Of each feature.
    target_moments : Moments or None
        Of each target of a regression.
    columns : tuple of Column
        Of a table, how each column of the file was read.
    notices : tuple of str
        What may not be expected of how the data were read.
    missing : int
        Missing values, which are filled in after the split.
    """

    name: str
    about: str
    samples: int
    test_samples: int
    features: int
    dtype: str
    classes: int | None
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    balance: float | None
    constant_features: int
    feature_names: tuple[str, ...]
    feature_moments: Moments
    target_moments: Moments | None
    columns: tuple[Column, ...] = ()
    notices: tuple[str, ...] = ()
    missing: int = 0

    @property
    def title(self) -> str:
        """The name with its description; of a file, its path."""
        return f"{self.name}: {self.about}" if self.about else self.name


def dataset_summary(dataset: Dataset, about: str = "") -> DatasetSummary:
    """Summarize a data set in numbers.

    Examples
    --------
    >>> from initbench.data import load_dataset
    >>> seen = dataset_summary(load_dataset("moons", imbalance=3))
    >>> seen.class_counts, round(seen.balance, 2)
    ((300, 100), 0.33)
    """
    X, y, classes = dataset.X, dataset.y, dataset.classes
    counts = () if classes is None else tuple(map(int, np.bincount(y, minlength=classes)))
    features = moments(X, np.arange(len(X)))
    return DatasetSummary(
        name=dataset.name,
        about=about,
        samples=len(X),
        test_samples=0 if dataset.X_test is None else len(dataset.X_test),
        features=X.shape[1],
        dtype=str(X.dtype),
        classes=classes,
        class_names=dataset.class_names or tuple(map(str, range(len(counts)))),
        class_counts=counts,
        balance=min(counts) / max(counts) if counts else None,
        constant_features=int(np.sum(features.minimum == features.maximum)),
        feature_names=dataset.feature_names or tuple(map(str, range(1, X.shape[1] + 1))),
        feature_moments=features,
        target_moments=None if counts else moments(y, np.arange(len(y))),
        columns=dataset.columns,
        notices=dataset.notices,
        missing=int(np.isnan(X).sum()) if dataset.imputations else 0,
    )


def summary_text(summary: DatasetSummary, figure: object = None) -> str:
    """Return a summary as lines of text: shape, notices, columns, features, classes or targets.

    Parameters
    ----------
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
        lines.append(
            f"{count_of(summary.missing, 'missing value')}, filled in from the training part"
        )
    listed = summary.columns
    if len(listed) > MOST_ROWS:  # only those that are no features
        listed = tuple(each for each in listed if each.role != "feature")[:MOST_ROWS]
    rows = [(each.name, each.role, each.kind, each.why) for each in listed]
    columns = _table(("column", "role", "read as", "why"), rows, left=range(4))
    if len(listed) < len(summary.columns):
        kinds = Counter(each.kind for each in summary.columns if each.role == "feature")
        others = ", ".join(f"{count} of {kind}" for kind, count in kinds.items())
        columns = f"{columns}\nand features that are not listed: {others}"

    if summary.target_moments is not None:
        numbers = [str(n + 1) for n in range(len(summary.target_moments.mean))]
        predicted = _moments_text("target", numbers, summary.target_moments)
    else:
        counts, total = summary.class_counts, sum(summary.class_counts)
        balance = f"balance {summary.balance:.3f}, the smallest class by the largest"
        of_classes = [
            (name, str(count), f"{count / total:.1%}")
            for name, count in zip(summary.class_names, counts, strict=True)
        ]
        predicted = f"{_table(('class', 'samples', 'share'), of_classes)}\n{balance}"
        if len(counts) > MOST_ROWS:
            ends = f"{min(counts)} to {max(counts)} samples"
            predicted = f"{len(counts)} classes of {ends}; {balance}"
    blocks = [
        printable(summary.title),
        "\n".join(lines),
        "\n".join(f"Note: {printable(notice)}" for notice in summary.notices),
        columns if summary.columns else "",
        _moments_text("feature", summary.feature_names, summary.feature_moments),
        predicted,
        f"Figure  {figure}" if figure else "",
    ]
    return "\n\n".join(filter(None, blocks))


def summary_document(summary: DatasetSummary, figure: object = None) -> dict[str, Any]:
    """Return a summary as plain values for JSON, null for numbers that are not finite."""
    classes = zip(summary.class_names, summary.class_counts, strict=True)
    targets = [] if summary.target_moments is None else _rows(summary.target_moments)
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
            {"name": name, **{each: number_or_none(value) for each, value in row}}
            for name, row in zip(summary.feature_names, _rows(summary.feature_moments), strict=True)
        ],
        "classes": [{"name": name, "samples": count} for name, count in classes],
        "balance": summary.balance,
        "targets": [{each: number_or_none(value) for each, value in row} for row in targets],
        "picture": None if figure is None else str(figure),
    }


def _moments_text(kind: str, names: Sequence[str], moments: Moments) -> str:
    """Return the moments of each feature or target as a table; of many, their ranges."""

    def short(value: float) -> str:
        return f"{value:z.4g}" if np.isfinite(value) else NONE

    statistics = asdict(moments)
    if len(names) > MOST_ROWS:
        ends = [(name, np.nanmin(each), np.nanmax(each)) for name, each in statistics.items()]
        ranges = [(name, short(low), short(high)) for name, low, high in ends]
        return _table((f"over {len(names)} {kind}s", "lowest", "highest"), ranges)
    numbers = zip(*statistics.values(), strict=True)
    rows = [(name, *map(short, row)) for name, row in zip(names, numbers, strict=True)]
    return _table((kind, *statistics), rows)


def _rows(moments: Moments) -> list[list[tuple[str, float]]]:
    """Return the name and the value of each moment, for each feature or target."""
    found = asdict(moments)
    return [list(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def _table(
    names: Sequence[str], rows: Sequence[Sequence[str]], left: Collection[int] = (0,)
) -> str:
    lines, _ = as_lines(table_of(names, rows, left=left))
    return plain(lines)
