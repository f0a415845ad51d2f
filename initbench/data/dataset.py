"""Records of a data set, of its columns, and of its entry in the registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.data.moments import blocks
from initbench.errors import UsageError
from initbench.options import Option, options_of

XY: TypeAlias = tuple[FloatArray, Array]
"""Samples (N, D), and their labels (N,) or targets (N, K)."""

MAX_CLASSES: Final = 1000
"""More distinct labels than these are taken for numbers; the last layer has a unit for each."""


@dataclass(frozen=True)
class Column:
    """How one column of a table was read.

    Attributes
    ----------
    role : {"feature", "target", "index", "left out"}
    kind : str
        What its values were read as: numbers, integers, booleans, categories or classes.
    why : str
        The reason for the role and the kind, in words.
    """

    name: str
    role: Literal["feature", "target", "index", "left out"]
    kind: str
    why: str


@dataclass(frozen=True)
class Imputation:
    """How missing values of some features are filled in, together.

    Attributes
    ----------
    strategy : {"mean", "most_frequent"}
        The mean of the training part's values, or their most frequent row.
    features : tuple of int
        One feature, or those into which one column of text was encoded.
    """

    strategy: Literal["mean", "most_frequent"]
    features: tuple[int, ...]


@dataclass(frozen=True)
class Dataset:
    """Samples with their labels for classification, or with their targets for regression.

    Attributes
    ----------
    name : str
    X : ndarray of shape (N, D)
        Real numbers of any type; images stay bytes until they are prepared. NaN stands for a
        missing value, where `imputations` say how it is filled in.
    y : ndarray
        Classification: integers (N,) from 0 to ``classes - 1``, each of them present. Regression:
        float64 (N, K).
    classes : int or None
        None for regression.
    X_test, y_test : ndarray, optional
        The test part of a data set that comes with one; no other is then split off.
    class_names, feature_names : tuple of str
        Empty where there are none.
    imputations : tuple of Imputation
        Done after the split, from the training part alone.
    columns : tuple of Column
        Of a table, how each column of the file was read.
    notices : tuple of str
        What a reader may not expect of how the data were read, a line each.
    reading : str
        How a file was read where an earlier version would have read it differently; part of the
        key of a run.
    """

    name: str
    X: Array
    y: Array
    classes: int | None
    X_test: Array | None = None
    y_test: Array | None = None
    class_names: tuple[str, ...] = ()
    feature_names: tuple[str, ...] = ()
    imputations: tuple[Imputation, ...] = ()
    columns: tuple[Column, ...] = ()
    notices: tuple[str, ...] = ()
    reading: str = ""


@dataclass(frozen=True, kw_only=True)
class DatasetEntry:
    """A data set of the registry.

    Attributes
    ----------
    name, aliases, summary, reference
        As listed.
    make : callable (rng, *, options…) -> (X (N, D), y) or Dataset
        Its keyword-only parameters are the data set's options. Integers as `y` are classes, other
        numbers are targets; a `Dataset` says more.
    files : callable (options…) -> list of Path, optional
        The files that the samples are read from.
    reading : callable (options…) -> str, optional
        How the files are read where an earlier version would have read them differently.
    later_options : tuple of str
        Options that did not exist when runs were first stored. At their defaults they are left out
        of the key of a run, so that those runs are still found.
    """

    name: str
    make: Callable[..., XY | Dataset]
    summary: str
    reference: str
    aliases: tuple[str, ...] = ()
    files: Callable[..., list[Path]] | None = None
    reading: Callable[..., str] | None = None
    later_options: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """The data set's options, with their defaults."""
        return options_of(self.make)


def as_dataset(name: str, made: XY | Dataset) -> Dataset:
    """Turn the return value of a data set's function into a `Dataset`."""
    if isinstance(made, Dataset):
        return made
    X, y = made
    if y.dtype.kind == "f":
        return Dataset(name, X, y.reshape(len(y), -1), classes=None)
    return Dataset(name, X, y, classes=int(np.max(y)) + 1)


def check_dataset(dataset: Dataset) -> Dataset:
    """Return a data set if a network can be trained on it."""
    try:
        _check(dataset)
    except UsageError as error:
        raise UsageError(f"data set {dataset.name!r}: {error}") from None
    return dataset


def _check(dataset: Dataset) -> None:
    X, y, X_test, y_test = dataset.X, dataset.y, dataset.X_test, dataset.y_test
    classes, may_miss = dataset.classes, bool(dataset.imputations)
    _check_part("X", X, "y", y, may_miss=may_miss)
    if X_test is not None and y_test is not None:
        _check_part("X_test", X_test, "y_test", y_test, may_miss=may_miss)
        for name, one, other, what in (("X", X, X_test, "features"), ("y", y, y_test, "targets")):
            if one.shape[1:] != other.shape[1:]:
                raise UsageError(
                    f"{name} has {one.shape[1]} {what}, {name}_test has {other.shape[1]}"
                )
    if classes is not None and (len(y) < 2 or classes < 2):
        raise UsageError("y: holds one class alone, so there is nothing to classify")
    if classes is not None and classes > MAX_CLASSES:
        raise UsageError(
            f"y: holds {classes} classes, more than {MAX_CLASSES}; numbers to predict need a point"
            " in them, or task: regression"
        )
    if classes is not None and y_test is not None and y_test.max() >= classes:
        raise UsageError(f"y_test: class {y_test.max()} has no sample to train on")


def _check_part(X_name: str, X: Array, y_name: str, y: Array, *, may_miss: bool) -> None:
    if X.ndim != 2 or X.dtype.kind not in "biuf":
        raise UsageError(f"{X_name}: must be a table of numbers, not {X.dtype} of shape {X.shape}")
    if len(X) != len(y):
        raise UsageError(f"{X_name} has {len(X)} samples, {y_name} has {len(y)}")
    if not X.size:
        raise UsageError(f"{X_name}: is empty, with shape {X.shape}")
    for name, numbers in ((X_name, X), (y_name, y)):
        if numbers.dtype.kind != "f":
            continue
        for part in blocks(*numbers.shape):
            block = numbers[part]
            bad = np.isinf(block) if may_miss and name == X_name else ~np.isfinite(block)
            if bad.any():
                row, column = np.argwhere(bad)[0] + (part.start, 0)
                value = numbers[row, column]
                may_drop = bool(np.isnan(value)) and name in {"X", "y"}
                raise UsageError(
                    f"{name}: row {row}, column {column} (counted from 0) is {value}, where a"
                    f" number must be{'; missing: drop leaves the sample out' * may_drop}"
                )
