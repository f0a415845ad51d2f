"""Preparation: a split, and scaling that is learned on the training part alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, FloatArray, IntArray
from initbench.data.dataset import Dataset
from initbench.data.scaling import Scaler, Scaling, fit_scaler
from initbench.data.splitting import split_rows
from initbench.errors import UsageError


@dataclass(frozen=True)
class Split:
    """A training part and a test part, as a network reads them.

    Attributes
    ----------
    X_train, X_test : ndarray of shape (N, D)
    y_train, y_test : ndarray
        To classify: integers (N,). Regression: float64 (N, K), scaled as the features are.
    classes : int or None
        None for regression.
    X_validation, y_validation : ndarray, optional
        Taken from the training part, where one was asked for.
    """

    X_train: FloatArray
    y_train: Array
    X_test: FloatArray
    y_test: Array
    classes: int | None
    X_validation: FloatArray | None = None
    y_validation: Array | None = None


def prepare(
    dataset: Dataset,
    *,
    test_fraction: float,
    scaling: Scaling,
    seed: int,
    dtype: DTypeLike,
    validation_fraction: float = 0.0,
    folds: int | None = None,
    fold: int = 0,
) -> Split:
    """Split a data set and scale its parts.

    Parameters
    ----------
    dataset : Dataset
        One that has a test part keeps it.
    test_fraction : float
        Share of each class that goes to the test part, from 0 to 1.
    scaling : {"standard", "minmax", "none"}
        To mean 0 and standard deviation 1, to 0…1, or not at all; over the training part. The
        targets of a regression are scaled too, so that a learning rate means the same for all.
    seed : int
        Of the split.
    dtype : dtype
        Of the features.
    validation_fraction : float
        Share of each class's training samples that is kept to validate. The test part does not
        depend on it.
    folds : int, optional
        Deal the samples to so many parts, of which number `fold`, counted from 0, is the test
        part; `test_fraction` then says nothing.

    Raises
    ------
    UsageError
        A part would have no sample, a class none to train on, or numbers are too large.
    """
    parts = split_rows(
        dataset,
        test_fraction=test_fraction,
        folds=folds,
        fold=fold,
        validation_fraction=validation_fraction,
        seed=seed,
    )
    try:
        scaler = fit_scaler(dataset.X, parts.train, scaling)
        targets = None if dataset.classes else fit_scaler(dataset.y, parts.train, scaling)

        def part(X: Array, y: Array, rows: IntArray) -> tuple[FloatArray, Array]:
            return scaler.apply(X, rows, dtype), _answers(y, rows, targets)

        X_train, y_train = part(dataset.X, dataset.y, parts.train)
        if dataset.X_test is None or dataset.y_test is None:
            X_test, y_test = part(dataset.X, dataset.y, parts.test)
        else:
            X_test, y_test = part(dataset.X_test, dataset.y_test, np.arange(len(dataset.y_test)))
        X_validation, y_validation = (
            part(dataset.X, dataset.y, parts.validation) if len(parts.validation) else (None, None)
        )
    except UsageError as error:
        raise UsageError(f"dataset {dataset.name!r}: {error}") from None
    return Split(X_train, y_train, X_test, y_test, dataset.classes, X_validation, y_validation)


def _answers(y: Array, rows: IntArray, scaler: Scaler | None) -> Array:
    """Return the labels of some rows, or their targets scaled."""
    return y[rows] if scaler is None else scaler.apply(y, rows, np.float64)
