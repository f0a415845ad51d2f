"""Preparation: a split, and scaling that is learned on the training part alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, FloatArray, IntArray
from initbench.data.dataset import Dataset
from initbench.data.scaling import Scaling, fit_scaler
from initbench.data.splitting import Parts, split_rows


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
        Share of each class that goes to the test part, between 0 and 1.
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
        A part would have no sample, or a class none to train on; or numbers are not finite.
    """
    parts = split_rows(
        dataset,
        test_fraction=test_fraction,
        folds=folds,
        fold=fold,
        validation_fraction=validation_fraction,
        seed=seed,
    )
    whose = f"data set {dataset.name!r}: its"
    features = fit_scaler(f"{whose} features", dataset.X, parts.train, scaling)
    targets = None
    if dataset.classes is None:
        targets = fit_scaler(f"{whose} targets", dataset.y, parts.train, scaling)

    def part(X: Array, y: Array, rows: IntArray) -> tuple[FloatArray, Array]:
        return features.apply(X, rows, dtype), targets.apply(y, rows) if targets else y[rows]

    X_train, y_train = part(dataset.X, dataset.y, parts.train)
    X_test, y_test = part(*_test_samples(dataset, parts))
    X_validation, y_validation = (
        part(dataset.X, dataset.y, parts.validation) if len(parts.validation) else (None, None)
    )
    return Split(X_train, y_train, X_test, y_test, dataset.classes, X_validation, y_validation)


def _test_samples(dataset: Dataset, parts: Parts) -> tuple[Array, Array, IntArray]:
    """Return where test samples are, and which rows."""
    if dataset.X_test is None or dataset.y_test is None:
        return dataset.X, dataset.y, parts.test
    return dataset.X_test, dataset.y_test, np.arange(len(dataset.y_test))
