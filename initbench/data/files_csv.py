"""CSV: tables of numbers in text, one sample a line, one column of which is to be predicted.

The text is UTF-8 (a byte-order mark is accepted) and read line by line; no field goes over a line.
``.csv`` is separated by commas, ``.tsv`` by tabs, and ``.gz`` may follow either.
"""

import csv
import gzip
import re
import reprlib
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.data.dataset import Dataset
from initbench.data.reading import check_unpacking
from initbench.data.targets import Task, read_words
from initbench.errors import UsageError
from initbench.registry import did_you_mean

Header = Literal["auto", "present", "absent"]

MAX_LINE: Final = 4 * 2**20
"""Bytes of one line: two hundred thousand numbers, written out in full."""

ADVISED: Final = 1000
"""How many names of columns are searched for one that was mistyped."""


def read_csv(path: Path, *, target: int | str, header: Header, task: Task) -> Dataset:
    """Read a table.

    Parameters
    ----------
    path : Path
    target : int or str
        The column to predict: its number from 0 (or from the end, as -1), or its name; the last
        one for ``""``.
    header : {"auto", "present", "absent"}
        Whether the first line names the columns; by itself, if none of its fields is a number.
    task : {"auto", "classification", "regression"}

    Raises
    ------
    UsageError
        A line has too few or too many fields, or a field no number where one must be.
    """
    records = _records(path)
    first_line, first = next(records, (0, []))
    if not first:
        raise UsageError("is empty")
    if len(first) < 2:
        raise UsageError(
            f"line {first_line}: one field, where a sample and its target must be; commas separate"
            " fields in .csv, tabs in .tsv"
        )
    names = _names(first, first_line) if _is_header(first, header) else []
    column = find_column(target, names, len(first))
    if not names:
        records = _records(path)
    words, lines, numbers = _read_samples(records, len(first), column)
    if not words:
        raise UsageError("holds no samples")
    X = np.frombuffer(numbers).reshape(len(words), -1)
    _check_finite(X, lines)
    targets = read_words(words, lines, task)
    return Dataset(str(path), X, targets.y, targets.classes, class_names=targets.class_names)


def find_column(target: int | str, names: Sequence[str], width: int) -> int:
    """Return the number of the column to predict.

    Raises
    ------
    UsageError
        There is no such column.
    """
    if target == "":
        return width - 1
    if target in names:
        return names.index(str(target))
    number = int(target) if re.fullmatch(r"-?[0-9]{1,9}", str(target)) else width
    if -width <= number < width:
        return number % width
    advice = did_you_mean(target, names[:ADVISED]) if isinstance(target, str) else ""
    known = advice or f"There are {width} columns, counted from 0."
    raise UsageError(f"has no column {target!r}. {known}")


def _read_samples(
    records: Iterator[tuple[int, list[str]]], width: int, column: int
) -> tuple[list[str], "array[int]", "array[float]"]:
    """Return the words to predict, the line of each, and all other numbers in one row."""
    words: list[str] = []
    lines, numbers = array("q"), array("d")
    for line, fields in records:
        if len(fields) != width:
            raise UsageError(f"line {line}: {len(fields)} fields, where the first has {width}")
        word = fields.pop(column).strip()
        if not word:
            raise UsageError(f"line {line}: what is to be predicted is missing")
        words.append(word)
        lines.append(line)
        try:
            numbers.extend(map(float, fields))
        except ValueError:
            raise _no_number(line, fields, column) from None
    return words, lines, numbers


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank, with the number of its line."""
    is_tsv = path.name.lower().removesuffix(".gz").endswith(".tsv")
    for number, line in _lines(path):
        reader = csv.reader([line], delimiter="\t" if is_tsv else ",", strict=True)
        try:
            fields = next(reader)
        except csv.Error as error:
            raise UsageError(f"line {number}: {error}") from None
        if fields:
            yield number, fields


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    stored, unpacked = path.stat().st_size, 0
    is_packed = path.suffix.lower() == ".gz"
    with gzip.open(path) if is_packed else path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), b""), start=1):
            unpacked += len(line)
            if is_packed:
                check_unpacking(stored, unpacked)
            if len(line) > MAX_LINE:
                raise UsageError(f"line {number}: is longer than {MAX_LINE:,} bytes")
            try:
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise UsageError(f"line {number}: is not UTF-8: {error.reason}") from None


def _is_header(fields: Sequence[str], header: Header) -> bool:
    if header != "auto":
        return header == "present"
    return not any(map(_is_number, fields))


def _names(fields: Sequence[str], line: int) -> list[str]:
    names = [field.strip() for field in fields]
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise UsageError(f"line {line}: two columns are called {reprlib.repr(name)}")
    return names


def _no_number(line: int, fields: Sequence[str], target: int) -> UsageError:
    """Say which of the fields beside the target is no number."""
    bad = next(index for index, field in enumerate(fields) if not _is_number(field))
    column = bad + (bad >= target)
    if not fields[bad].strip():
        return UsageError(f"line {line}: column {column} (counted from 0) is missing")
    return UsageError(
        f"line {line}: column {column} (counted from 0) is {reprlib.repr(fields[bad])},"
        " which is no number"
    )


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _check_finite(X: FloatArray, lines: Sequence[int]) -> None:
    bad = np.argwhere(~np.isfinite(X))
    if len(bad):
        row, column = bad[0]
        raise UsageError(
            f"line {lines[row]}: a feature is {X[row, column]}, where a number must be"
        )
