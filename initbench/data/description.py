"""Description: what a data set holds, in numbers."""

from dataclasses import dataclass

import numpy as np

from initbench.arrays import Array
from initbench.data.dataset import Dataset
from initbench.data.moments import Moments, moments


@dataclass(frozen=True)
class Description:
    """What there is to know of a data set before anything is trained on it.

    Attributes
    ----------
    name : str
    samples, test_samples : int
        Test samples are those of a test part of its own.
    features : int
    dtype : str
        Of the features as they are kept.
    classes : int or None
        None for regression.
    class_names : tuple of str
        Numbers, where classes have no names; empty for regression.
    class_counts : tuple of int
        Samples of each class, test samples aside.
    balance : float or None
        The fewest samples of a class by the most; None for regression.
    constant_features : int
        Features that say nothing, for all samples share one value.
    feature_moments : Moments
        Of each feature.
    target_moments : Moments or None
        Of each target of a regression.
    """

    name: str
    samples: int
    test_samples: int
    features: int
    dtype: str
    classes: int | None
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    balance: float | None
    constant_features: int
    feature_moments: Moments
    target_moments: Moments | None


def describe(dataset: Dataset) -> Description:
    """Describe a data set.

    Examples
    --------
    >>> from initbench.data import load_dataset
    >>> seen = describe(load_dataset("moons", imbalance=3))
    >>> seen.class_counts, round(seen.balance, 2)
    ((300, 100), 0.33)
    """
    counts = () if dataset.classes is None else _counts(dataset.y, dataset.classes)
    features = moments(dataset.X, np.arange(len(dataset.X)))
    return Description(
        name=dataset.name,
        samples=len(dataset.X),
        test_samples=0 if dataset.X_test is None else len(dataset.X_test),
        features=dataset.X.shape[1],
        dtype=str(dataset.X.dtype),
        classes=dataset.classes,
        class_names=dataset.class_names or tuple(map(str, range(len(counts)))),
        class_counts=counts,
        balance=min(counts) / max(counts) if counts else None,
        constant_features=int(np.sum(features.minimum == features.maximum)),
        feature_moments=features,
        target_moments=None if counts else moments(dataset.y, np.arange(len(dataset.y))),
    )


def _counts(y: Array, classes: int) -> tuple[int, ...]:
    return tuple(int(count) for count in np.bincount(y, minlength=classes))
