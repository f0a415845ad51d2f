"""Preparation: a stratified split, and scaling that is learned on the training part alone.

The split has a random stream of its own, so that more noise in the samples moves none of them to
the other part.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import FloatArray, IntArray
from initbench.data.dataset import Dataset
from initbench.errors import UsageError
from initbench.seeding import Stream, generator

Scaling = Literal["standard", "minmax", "none"]


@dataclass(frozen=True)
class Split:
    """A training part and a test part, as a network reads them.

    Attributes
    ----------
    X_train, X_test : ndarray of shape (N, D)
    y_train, y_test : ndarray of shape (N,)
    classes : int
    """

    X_train: FloatArray
    y_train: IntArray
    X_test: FloatArray
    y_test: IntArray
    classes: int


def prepare(
    dataset: Dataset, *, test_fraction: float, scaling: Scaling, seed: int, dtype: DTypeLike
) -> Split:
    """Split a data set and scale both parts.

    Parameters
    ----------
    dataset : Dataset
    test_fraction : float
        Share of each class that goes to the test part, between 0 and 1.
    scaling : {"standard", "minmax", "none"}
        To mean 0 and standard deviation 1, to 0…1, or not at all; over the training part.
    seed : int
        Of the split.
    dtype : dtype
        Of the features.

    Raises
    ------
    UsageError
        A part would have no sample, or a class none to train on; or features are not finite.
    """
    if not 0 < test_fraction < 1:
        raise UsageError(f"test_fraction must be between 0 and 1, not {test_fraction:g}")
    in_test = _test_mask(dataset, test_fraction, seed)
    X_train, X_test = dataset.X[~in_test], dataset.X[in_test]
    with np.errstate(all="ignore"):  # the check for finite features says it better
        shift, scale = _scaling(X_train, scaling)
        X_train, X_test = (((X - shift) / scale).astype(dtype) for X in (X_train, X_test))
    if not all(np.isfinite(values).all() for values in (scale, X_train, X_test)):
        raise UsageError(
            f"data set {dataset.name!r}: its features are not finite when scaled ({scaling}) and"
            f" stored as {np.dtype(dtype)}"
        )
    return Split(
        X_train=X_train,
        y_train=dataset.y[~in_test],
        X_test=X_test,
        y_test=dataset.y[in_test],
        classes=dataset.classes,
    )


def _test_mask(dataset: Dataset, test_fraction: float, seed: int) -> np.ndarray:
    """Choose each class's share of the test part at random."""
    rng = generator(seed, Stream.SPLIT)
    in_test = np.zeros(len(dataset.y), bool)
    for label in range(dataset.classes):
        members = np.flatnonzero(dataset.y == label)
        count = round(test_fraction * len(members))
        if count == len(members):
            raise UsageError(
                f"data set {dataset.name!r}: with test_fraction {test_fraction:g}, none of the"
                f" {len(members)} samples of class {label} is left to train on; lower it, or ask"
                " for more samples"
            )
        in_test[rng.permutation(members)[:count]] = True
    if not in_test.any():
        raise UsageError(
            f"data set {dataset.name!r}: with test_fraction {test_fraction:g}, none of the"
            f" {len(dataset.y)} samples is left to test on; raise it, or ask for more samples"
        )
    return in_test


def _scaling(X: FloatArray, scaling: Scaling) -> tuple[FloatArray, FloatArray]:
    """Return what to subtract from each feature and what to divide it by."""
    if scaling == "standard":
        shift, scale = X.mean(axis=0), X.std(axis=0)
    elif scaling == "minmax":
        shift, scale = X.min(axis=0), np.ptp(X, axis=0)
    else:
        shift, scale = np.zeros(X.shape[1]), np.ones(X.shape[1])
    # A constant feature becomes 0: its deviation is 0 but for rounding.
    varies = (np.ptp(X, axis=0) > 0) & (scale > 0)
    return shift, np.where(varies, scale, 1.0)
