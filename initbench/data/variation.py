"""Variations of a data set: class imbalance and features of noise.

Classes can be thinned out, and features added that say nothing. Both have random streams of their
own, so that the samples that stay are those that there were.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.data.dataset import Dataset
from initbench.data.moments import moments
from initbench.data.toy import check_size
from initbench.errors import UsageError
from initbench.seeding import Stream, generator

THINNING: Final = 1
EXTRA_FEATURES: Final = 2
"""Tell these streams from that of the samples, which has no key."""


def vary(dataset: Dataset, *, imbalance: float, extra_features: int, seed: int) -> Dataset:
    """Thin classes out, and add features that say nothing.

    Parameters
    ----------
    dataset : Dataset
    imbalance : float
        How many times as many samples of the first class are kept as of the last; from one class
        to the next, the share falls by a constant factor. 1 keeps all. A test part of its own is
        left whole.
    extra_features : int
        How many columns of normal noise are added.
    seed : int

    Raises
    ------
    UsageError
        A class would be empty, an option is out of range, or there are no classes.

    References
    ----------
    Cui, Jia, Lin, Song, Belongie, "Class-balanced loss based on effective number of samples",
    CVPR 2019, section 5.1, for the falling shares.
    """
    if not 1 <= imbalance < np.inf:
        raise UsageError(f"imbalance must be at least 1 and finite, not {imbalance:g}")
    if not 0 <= extra_features <= 10_000:
        raise UsageError(f"extra_features must be from 0 to 10000, not {extra_features}")
    if imbalance > 1:
        dataset = _thin_out(dataset, imbalance, seed)
    return _widen(dataset, extra_features, seed) if extra_features else dataset


def _thin_out(dataset: Dataset, imbalance: float, seed: int) -> Dataset:
    if dataset.classes is None:
        raise UsageError(f"data set {dataset.name!r}: imbalance needs classes; it has numbers")
    rng = generator(seed, Stream.DATA, THINNING)
    kept = np.zeros(len(dataset.y), bool)
    for label in range(dataset.classes):
        members = np.flatnonzero(dataset.y == label)
        count = round(len(members) * imbalance ** (-label / (dataset.classes - 1)))
        if count == 0:
            raise UsageError(
                f"data set {dataset.name!r}: with imbalance {imbalance:g}, none of the"
                f" {len(members)} samples of class {label} is kept; lower it"
            )
        kept[rng.permutation(members)[:count]] = True
    return replace(dataset, X=dataset.X[kept], y=dataset.y[kept])


def _widen(dataset: Dataset, extra: int, seed: int) -> Dataset:
    """Add columns of noise as large as the data's own columns are on average."""
    check_size(len(dataset.X), extra)
    rng = generator(seed, Stream.DATA, EXTRA_FEATURES)
    std = float(np.mean(moments(dataset.X, np.arange(len(dataset.X))).std)) or 1.0

    def widened(X: Array) -> FloatArray:
        noise = std * rng.standard_normal((len(X), extra), dtype=np.float32)
        return np.column_stack([X, noise])

    X_test = None if dataset.X_test is None else widened(dataset.X_test)
    names = tuple(f"noise {place}" for place in range(1, extra + 1))
    return replace(
        dataset,
        X=widened(dataset.X),
        X_test=X_test,
        feature_names=dataset.feature_names and (*dataset.feature_names, *names),
    )
