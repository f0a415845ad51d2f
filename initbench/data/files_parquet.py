"""Parquet: typed tables, where pyarrow is installed."""

from pathlib import Path
from typing import Any

import numpy as np

from initbench.arrays import Array
from initbench.data.dataset import Dataset
from initbench.data.files_csv import find_column
from initbench.data.reading import check_unpacking
from initbench.data.targets import Targets, Task, read_targets, read_words
from initbench.errors import UsageError
from initbench.optional import require


def read_parquet(path: Path, *, target: int | str, task: Task) -> Dataset:
    """Read a table whose columns are numbers, but for the target, which may be text.

    Parameters
    ----------
    path : Path
    target : int or str
        The column to predict: its number, or its name; the last one for ``""``.
    task : {"auto", "classification", "regression"}

    Raises
    ------
    UsageError
        pyarrow is missing, a value is, or a column holds something else than numbers.
    """
    parquet = require("pyarrow.parquet", "parquet")
    arrow = require("pyarrow", "parquet")
    try:
        with parquet.ParquetFile(path) as file:
            size, schema = file.metadata, file.schema_arrow
        check_unpacking(path.stat().st_size, 8 * size.num_rows * size.num_columns)
        chosen = _check_schema(schema, target, arrow.types)
        with parquet.ParquetFile(path, read_dictionary=[chosen]) as file:
            table = file.read()
        table.validate(full=True)  # that words are Unicode, and that there is one for each index
    except arrow.ArrowException as error:
        raise UsageError(f"is damaged: {error}") from None
    if not table.num_rows:
        raise UsageError("holds no samples")
    columns = [_numbers(table, name) for name in schema.names if name != chosen]
    targets = _targets(table, chosen, task)
    return Dataset(
        str(path),
        np.column_stack(columns),
        targets.y,
        targets.classes,
        class_names=targets.class_names,
    )


def _check_schema(schema: Any, target: int | str, types: Any) -> str:
    """Return the name of the column to predict; all others must hold numbers."""
    names: list[str] = schema.names
    if len(set(names)) < len(names) or len(names) < 2:
        raise UsageError("must have two or more columns, of different names")
    chosen = names[find_column(target, names, len(names))]
    numbers = (types.is_integer, types.is_floating, types.is_boolean)
    text = (types.is_string, types.is_large_string, types.is_dictionary)
    for field in schema:
        fitting = (*numbers, *text) if field.name == chosen else numbers
        if not any(fits(field.type) for fits in fitting):
            raise UsageError(f"column {field.name!r}: holds {field.type}, where numbers must be")
    return chosen


def _numbers(table: Any, name: str) -> Array:
    column = table.column(name)
    if column.null_count:
        raise UsageError(f"column {name!r}: {column.null_count} values are missing")
    numbers: Array = column.to_numpy()
    return numbers


def _targets(table: Any, name: str, task: Task) -> Targets:
    """Return the targets; text is kept as indices into its distinct words."""
    column = table.column(name).combine_chunks()
    if column.null_count or not hasattr(column, "dictionary"):
        return read_targets(_numbers(table, name), None, task)
    words = column.dictionary.to_pylist()
    if not all(isinstance(word, str) for word in words):
        raise UsageError(f"column {name!r}: holds {column.type}, where numbers or text must be")
    rows = column.indices.to_pylist()
    return read_words([words[row] for row in rows], range(len(rows)), task)
