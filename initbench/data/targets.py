"""Targets: classes or numbers, from the array or the column that is to be predicted."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from initbench.arrays import Array, FloatArray, IntArray
from initbench.errors import UsageError

Task = Literal["auto", "classification", "regression"]

EXACT: Final = 2**53
"""Up to this size, every integer is a float64."""

MANY_CLASSES: Final = 20
"""More distinct integers than these look like counts or measurements."""


@dataclass(frozen=True)
class Targets:
    """Labels or numbers to predict: `y`, and `y_test` where there is a test part.

    Attributes
    ----------
    y, y_test : ndarray
        Labels (N,), or float64 (N, K).
    class_names : tuple of str
        In the order of the labels.
    notices : tuple of str
        Why the choice between classes and numbers may not be the wanted one, and how to change it.
    """

    y: Array
    y_test: Array | None
    classes: int | None
    class_names: tuple[str, ...]
    notices: tuple[str, ...] = ()


def read_targets(y: Array, y_test: Array | None, task: Task, *, name: str = "y") -> Targets:
    """Read targets as classes, counted from 0 in the order of their values, or as numbers.

    Parameters
    ----------
    y, y_test : ndarray of shape (N,) or (N, K)
        Integers, real numbers, or text. Rows of zeros and a single one, as integers or with
        ``task="classification"``, are classes too.
    task : {"auto", "classification", "regression"}
        ``"auto"`` reads text, booleans and integers as classes, and real numbers as numbers.
    name : str
        What notices call the target.
    """
    y = _checked("y", y)
    y_test = None if y_test is None else _checked("y_test", y_test)
    notices: list[str] = []
    if task == "regression" or (task == "auto" and y.dtype.kind == "f"):
        if task == "auto" and _is_one_hot(y):
            notices.append(
                f"{name} is one-hot, and read as {y.shape[1]} numbers to predict (regression);"
                f" task: classification reads {y.shape[1]} classes"
            )
        elif task == "auto" and y.size == len(y) and np.isfinite(y).all():
            found = np.unique(y)
            if 2 <= len(found) <= MANY_CLASSES and (found == np.round(found)).all():
                pair = " and ".join(map(str, found))
                shown = pair if len(found) == 2 else f"{len(found)} whole numbers"
                notices.append(
                    f"{name} holds only {shown}, written with a point, and is read as numbers to"
                    " predict (regression); task: classification reads classes"
                )
        numbers = None if y_test is None else _as_numbers("y_test", y_test)
        targets = Targets(_as_numbers("y", y), numbers, None, ())
        for given, read in ((y, targets.y), (y_test, targets.y_test)):
            if given is not None and read is not None and given.dtype.kind in "iu":
                rounded = first_rounded(given.reshape(-1), read.reshape(-1))
                notices += [rounding_notice(name, rounded)] if rounded else []
        return replace(targets, notices=tuple(dict.fromkeys(notices)))
    if _is_one_hot(y):
        if task == "auto":
            notices.append(
                f"{name} is one-hot, and read as {y.shape[1]} classes; task: regression predicts"
                f" {y.shape[1]} numbers"
            )
        if y_test is not None:
            if not _is_one_hot(y_test) or y_test.shape[1] != y.shape[1]:
                raise UsageError(f"y_test: must be one-hot with {y.shape[1]} columns, as y is")
            y_test = y_test.argmax(axis=1)
        y = y.argmax(axis=1)
    values, labels = np.unique(_as_column("y", y), return_inverse=True)
    test_labels: IntArray | None = None
    if y_test is not None:
        wanted = _as_column("y_test", y_test)
        if (wanted.dtype.kind == "U") != (values.dtype.kind == "U"):
            raise UsageError("y_test: holds other things than y")
        test_labels = np.minimum(np.searchsorted(values, wanted), len(values) - 1)
        if (strangers := wanted[values[test_labels] != wanted]).size:
            raise UsageError(f"y_test: class {strangers[0]} has no sample to train on")
    if task == "auto" and values.dtype.kind in "iu" and not notices:
        count, lowest = len(values), int(values[0])
        is_usual = lowest in {0, 1} and int(values[-1]) - lowest == count - 1
        has_single = bool((np.bincount(labels) == 1).any())
        if count > 2 and not (is_usual and count <= MANY_CLASSES and not has_single):
            notices.append(
                f"{name} holds {count} different integers from {lowest} to {values[-1]}, and is"
                f" read as {count} classes; task: regression predicts them as numbers"
            )
    return Targets(labels, test_labels, len(values), tuple(map(str, values)), tuple(notices))


def without_offset(values: Array) -> tuple[Array, int]:
    """Return integers as float64 without rounding, less their minimum if they are beyond 2^53.

    A feature and its distance from a constant are the same feature to a network whose data are
    scaled; float64 holds the distances exactly where it would round the integers.

    Returns
    -------
    values : ndarray
        As they were, if float64 holds them.
    offset : int
        What was taken from each, 0 in that case.

    Examples
    --------
    >>> without_offset(np.array([2**60, 2**60 + 1]))
    (array([0., 1.]), 1152921504606846976)
    """
    if values.dtype.kind not in "iu" or values.dtype.itemsize < 8 or not values.size:
        return values, 0
    low, high = int(values.min()), int(values.max())
    if low >= -EXACT and high <= EXACT:
        return values, 0
    distance = values.astype(np.uint64) - np.uint64(low % 2**64)  # modulo 2^64, so never too large
    return distance.astype(np.float64), low


def first_rounded(integers: Array, stored: FloatArray, offset: int = 0) -> tuple[int, int] | None:
    """Return the first whole number that float64 cannot hold, and the number that is stored.

    `integers`: whole numbers, or texts of which some are whole numbers; shape (N,).
    `stored`: the same, less the offset, as float64.

    Examples
    --------
    >>> first_rounded(np.array(["7", "9007199254740993"]), np.array([7.0, 2.0**53]))
    (9007199254740993, 9007199254740992)
    """
    is_large = np.isfinite(stored) & (np.abs(stored) >= EXACT)
    for place in np.flatnonzero(is_large).tolist():
        text = str(integers[place]).strip()
        if re.fullmatch(r"[+-]?[0-9]+", text):
            whole, nearest = int(text), int(stored[place]) + offset
            if whole != nearest:
                return whole, nearest
    return None


def rounding_notice(what: str, rounded: tuple[int, int]) -> str:
    """Return the notice that the integers of `what` lose digits, `rounded` being the first."""
    return (
        f"{what} holds integers that float64 cannot store exactly: {rounded[0]} is read as"
        f" {rounded[1]}"
    )


def _is_one_hot(y: Array) -> bool:
    if y.ndim != 2 or y.shape[1] < 2 or y.dtype.kind not in "biuf":
        return False
    return bool((((y == 0) | (y == 1)).all(axis=1) & (y.sum(axis=1) == 1)).all())


def _checked(name: str, y: Array) -> Array:
    """Return an array that may hold targets, bytes as text."""
    if y.dtype.kind not in "biufUS" or y.ndim not in {1, 2} or not y.size:
        raise UsageError(f"{name}: cannot predict {y.dtype} of shape {y.shape}")
    if y.dtype.kind not in "US":
        return y
    try:
        text: np.ndarray[Any, Any] = np.char.decode(y, "utf-8") if y.dtype.kind == "S" else y
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
