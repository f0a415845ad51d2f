"""Parquet: typed tables, where pyarrow is installed."""

from pathlib import Path
from typing import Any

import numpy as np

from initbench.arrays import Array
from initbench.data.dataset import Dataset
from initbench.data.files_csv import find_column
from initbench.data.optional import require
from initbench.data.reading import check_unpacking
from initbench.data.targets import Targets, Task, read_targets, read_words
from initbench.errors import UsageError


def read_parquet(path: Path, *, target: str, task: Task) -> Dataset:
    """Read a table whose columns are numbers, but for the target, which may be text.

    Parameters
    ----------
    path : Path
    target : str
        The column to predict: its name, or its number; the last one for ``""``.
    task : {"auto", "classification", "regression"}

    Raises
    ------
    UsageError
        pyarrow is missing, a value is, or a column holds something else than numbers.
    """
    parquet = require("pyarrow.parquet", "parquet")
    arrow = require("pyarrow", "parquet")
    try:
        with parquet.ParquetFile(path, memory_map=True) as file:
            size = file.metadata
            check_unpacking(path.stat().st_size, 8 * size.num_rows * size.num_columns)
            table = file.read()
    except arrow.ArrowException as error:
        raise UsageError(f"is damaged: {error}") from None
    names: list[str] = table.column_names
    if len(set(names)) < len(names) or len(names) < 2 or not table.num_rows:
        raise UsageError("must have samples, and two or more columns of different names")
    column = find_column(target, names, len(names))
    columns = [_column(table, name) for name in names if name != names[column]]
    targets = _targets(table, names[column], task)
    return Dataset(
        str(path),
        np.column_stack(columns),
        targets.y,
        targets.classes,
        class_names=targets.class_names,
    )


def _column(table: Any, name: str) -> Array:
    """Return a column of numbers."""
    column = table.column(name)
    if column.null_count:
        raise UsageError(f"column {name!r}: {column.null_count} values are missing")
    numbers: Array = column.to_numpy()
    if numbers.dtype.kind not in "biuf":
        raise UsageError(f"column {name!r}: holds {column.type}, where numbers must be")
    return numbers


def _targets(table: Any, name: str, task: Task) -> Targets:
    column = table.column(name)
    if column.null_count or str(column.type) not in {"string", "large_string"}:
        return read_targets(_column(table, name), None, task)
    return read_words(column.to_pylist(), range(table.num_rows), task)
