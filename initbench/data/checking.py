"""What must be true of every data set, wherever it comes from."""

from typing import Final

import numpy as np

from initbench.arrays import Array
from initbench.data.dataset import Dataset
from initbench.data.moments import blocks
from initbench.errors import UsageError

MAX_CLASSES: Final = 1000
"""More than these are numbers to be predicted, not classes; the last layer has a unit for each."""


def check_dataset(dataset: Dataset) -> Dataset:
    """Return a data set that can be learned from.

    Raises
    ------
    UsageError
        Lengths disagree, there are too few samples, classes or features, or a number is missing.
    """
    X, y, X_test, y_test = dataset.X, dataset.y, dataset.X_test, dataset.y_test
    try:
        _check_part("X", X, "y", y)
        if X_test is not None and y_test is not None:
            _check_part("X_test", X_test, "y_test", y_test)
            _check_columns("X", X, X_test, "features")
            _check_columns("y", y, y_test, "targets")
        if dataset.classes is not None:
            _check_labels(y, y_test, dataset.classes)
    except UsageError as error:
        raise UsageError(f"data set {dataset.name!r}: {error}") from None
    return dataset


def _check_part(X_name: str, X: Array, y_name: str, y: Array) -> None:
    if X.ndim != 2 or X.dtype.kind not in "biuf":
        raise UsageError(f"{X_name}: must be a table of numbers, not {X.dtype} of shape {X.shape}")
    if len(X) != len(y):
        raise UsageError(f"{X_name} has {len(X)} samples, {y_name} has {len(y)}")
    if not X.size:
        raise UsageError(f"{X_name}: is empty, with shape {X.shape}")
    _check_finite(X_name, X)
    _check_finite(y_name, y)


def _check_columns(name: str, train: Array, test: Array, what: str) -> None:
    if train.shape[1:] != test.shape[1:]:
        raise UsageError(f"{name} has {train.shape[1]} {what}, {name}_test has {test.shape[1]}")


def _check_finite(name: str, numbers: Array) -> None:
    if numbers.dtype.kind != "f":
        return
    for part in blocks(*numbers.shape):
        bad = np.argwhere(~np.isfinite(numbers[part]))
        if len(bad):
            row, column = bad[0] + (part.start, 0)
            raise UsageError(
                f"{name}: row {row}, column {column} (counted from 0) is {numbers[row, column]},"
                " where a number must be"
            )


def _check_labels(y: Array, y_test: Array | None, classes: int) -> None:
    if len(y) < 2 or classes < 2:
        raise UsageError("y: holds one class alone, so there is nothing to tell apart")
    if classes > MAX_CLASSES:
        raise UsageError(
            f"y: holds {classes} classes, more than {MAX_CLASSES}; numbers to predict need a point"
            " in them, or task: regression"
        )
    if y_test is not None and y_test.max() >= classes:
        raise UsageError(f"y_test: class {y_test.max()} has no sample to train on")
