"""Targets: from the column that is to be predicted to classes, or to numbers."""

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from initbench.arrays import Array, IntArray
from initbench.errors import UsageError

Task = Literal["auto", "classification", "regression"]


@dataclass(frozen=True)
class Targets:
    """What is to be predicted: `y`, and `y_test` where there is a test part.

    Attributes
    ----------
    y, y_test : ndarray
        Labels (N,), or float64 (N, K).
    classes : int or None
    class_names : tuple of str
        In the order of the labels.
    """

    y: Array
    y_test: Array | None
    classes: int | None
    class_names: tuple[str, ...]


def read_targets(y: Array, y_test: Array | None, task: Task) -> Targets:
    """Tell classes from numbers, and count classes from 0 in the order of their values.

    Parameters
    ----------
    y, y_test : ndarray of shape (N,) or (N, K)
        Integers, real numbers, or text.
    task : {"auto", "classification", "regression"}
        By itself, text and integers are classes, and real numbers are not.

    Raises
    ------
    UsageError
        Text cannot be predicted as a number, a class is in the test part alone, or an array is of
        another kind.
    """
    y = _checked("y", y)
    y_test = None if y_test is None else _checked("y_test", y_test)
    if task == "regression" or (task == "auto" and y.dtype.kind == "f"):
        return Targets(
            _as_numbers("y", y), None if y_test is None else _as_numbers("y_test", y_test), None, ()
        )
    values, labels = np.unique(_as_column("y", y), return_inverse=True)
    test_labels = None if y_test is None else _labels(_as_column("y_test", y_test), values)
    return Targets(labels, test_labels, len(values), tuple(map(str, values)))


def read_words(words: Sequence[str], lines: Sequence[int], task: Task) -> Targets:
    """Read a column of text, as `read_targets` does, where each word stands on its line of a file.

    Raises
    ------
    UsageError
        A word among numbers is none.
    """
    if all(_is_integer(word) for word in words):
        return read_targets(_as_integers(words, lines), None, task)
    numbers = [_number(word) for word in words]
    if task == "regression" or (task == "auto" and _has_point(words, numbers)):
        for word, number, line in zip(words, numbers, lines, strict=True):
            if number is None or not np.isfinite(number):
                raise UsageError(
                    f"line {line}: cannot predict {reprlib.repr(word)} as a number; if it is a"
                    " class, say task: classification"
                )
        return read_targets(np.array(numbers, np.float64), None, "regression")
    names = sorted(set(words))
    label = {name: index for index, name in enumerate(names)}
    return Targets(np.array([label[word] for word in words]), None, len(names), tuple(names))


def _checked(name: str, y: Array) -> Array:
    """Return what may be a target, bytes as text."""
    if y.dtype.kind not in "biufUS" or y.ndim not in {1, 2} or not y.size:
        raise UsageError(f"{name}: cannot predict {y.dtype} of shape {y.shape}")
    if y.dtype.kind not in "US":
        return y
    try:
        text = np.char.decode(y, "utf-8") if y.dtype.kind == "S" else y
    except UnicodeDecodeError:
        raise UsageError(f"{name}: holds text that is not UTF-8") from None
    codes = np.ascontiguousarray(text).view(np.uint32)
    if ((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))).any():
        raise UsageError(f"{name}: holds text that is not Unicode")
    return text


def _as_numbers(name: str, y: Array) -> Array:
    if y.dtype.kind == "U":
        raise UsageError(f"{name}: holds text, which cannot be predicted as a number")
    return y.astype(np.float64).reshape(len(y), -1)


def _as_column(name: str, y: Array) -> Array:
    if y.size != len(y):
        raise UsageError(f"{name}: classes must be one a sample, not of shape {y.shape}")
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise UsageError(f"{name}: a class must be finite")
    return y.reshape(len(y))


def _labels(y: Array, values: Array) -> IntArray:
    """Return where each of `y` stands among the sorted values."""
    if (y.dtype.kind == "U") != (values.dtype.kind == "U"):
        raise UsageError("y_test: holds other things than y")
    labels = np.minimum(np.searchsorted(values, y), len(values) - 1)
    if (strangers := y[values[labels] != y]).size:
        raise UsageError(f"y_test: class {strangers[0]} has no sample to train on")
    return labels


def _is_integer(word: str) -> bool:
    return word.removeprefix("-").isdecimal()


def _as_integers(words: Sequence[str], lines: Sequence[int]) -> IntArray:
    for word, line in zip(words, lines, strict=True):
        if len(word) > 18:
            raise UsageError(f"line {line}: {reprlib.repr(word)} has too many digits")
    return np.array([int(word) for word in words], np.int64)


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _has_point(words: Sequence[str], numbers: Sequence[float | None]) -> bool:
    """Tell whether a finite number is written as a real one."""
    return any(
        number is not None and np.isfinite(number) and not _is_integer(word)
        for word, number in zip(words, numbers, strict=True)
    )
