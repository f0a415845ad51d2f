"""The summary of a data set: its size, classes, scales, missing values and notices."""

from dataclasses import dataclass

import numpy as np

from initbench.data.dataset import Column, Dataset
from initbench.data.moments import Moments, moments


@dataclass(frozen=True)
class DatasetSummary:
    """The summary of a data set before training.

    Attributes
    ----------
    name, about : str
        Its name, of a file the path, and what it is, of a file nothing.
    samples, test_samples : int
        Test samples are those of a test part that the data set comes with.
    features : int
    dtype : str
        Of the features as they are kept in memory.
    classes : int or None
        None for regression.
    class_names, feature_names : tuple of str
        Numbers where there are no names; class names are empty for regression.
    class_counts : tuple of int
        Samples of each class, test samples left out.
    balance : float or None
        Samples of the smallest class by those of the largest; None for regression.
    constant_features : int
        Features that have one value in all samples.
    feature_moments : Moments
        Of each feature.
    target_moments : Moments or None
        Of each target of a regression.
    columns : tuple of Column
        Of a table, how each column of the file was read.
    notices : tuple of str
        What may not be expected of how the data were read.
    missing : int
        Missing values, which are filled in after the split.
    """

    name: str
    about: str
    samples: int
    test_samples: int
    features: int
    dtype: str
    classes: int | None
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    balance: float | None
    constant_features: int
    feature_names: tuple[str, ...]
    feature_moments: Moments
    target_moments: Moments | None
    columns: tuple[Column, ...] = ()
    notices: tuple[str, ...] = ()
    missing: int = 0

    @property
    def title(self) -> str:
        """The name with its description; of a file, its path."""
        return f"{self.name}: {self.about}" if self.about else self.name


def dataset_summary(dataset: Dataset, about: str = "") -> DatasetSummary:
    """Summarize a data set in numbers.

    Examples
    --------
    >>> from initbench.data import load_dataset
    >>> seen = dataset_summary(load_dataset("moons", imbalance=3))
    >>> seen.class_counts, round(seen.balance, 2)
    ((300, 100), 0.33)
    """
    X, y, classes = dataset.X, dataset.y, dataset.classes
    counts = () if classes is None else tuple(map(int, np.bincount(y, minlength=classes)))
    features = moments(X, np.arange(len(X)))
    return DatasetSummary(
        name=dataset.name,
        about=about,
        samples=len(X),
        test_samples=0 if dataset.X_test is None else len(dataset.X_test),
        features=X.shape[1],
        dtype=str(X.dtype),
        classes=classes,
        class_names=dataset.class_names or tuple(map(str, range(len(counts)))),
        class_counts=counts,
        balance=min(counts) / max(counts) if counts else None,
        constant_features=int(np.sum(features.minimum == features.maximum)),
        feature_names=dataset.feature_names or tuple(map(str, range(1, X.shape[1] + 1))),
        feature_moments=features,
        target_moments=None if counts else moments(y, np.arange(len(y))),
        columns=dataset.columns,
        notices=dataset.notices,
        missing=int(np.isnan(X).sum()) if dataset.imputations else 0,
    )
