"""Preparation: a split, then missing values filled in, then scaling.

Classes are split one by one, so that each part has its share of all of them. The test part and the
validation part have random streams of their own: more noise in the samples moves none of them to
another part, and asking for a validation part moves none into or out of the test part.

Both what fills in and what scales are learned from the training part alone, after the split, so
that no number of a test or a validation sample reaches the network while it is trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, BoolArray, FloatArray, IntArray
from initbench.data.dataset import Dataset
from initbench.data.moments import blocks, moments
from initbench.errors import UsageError
from initbench.seeding import Stream, generator

Scaling = Literal["standard", "minmax", "none"]

VALIDATION: Final = 1
"""Tells the validation part's stream from the test part's, which has no key."""


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
    notices : tuple of str
        As in `Dataset`.
    """

    X_train: FloatArray
    y_train: Array
    X_test: FloatArray
    y_test: Array
    classes: int | None
    X_validation: FloatArray | None = None
    y_validation: Array | None = None
    notices: tuple[str, ...] = ()


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
    """Split a data set, fill in missing values, and scale its parts.

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
    train, test, validation = split_rows(
        dataset,
        test_fraction=test_fraction,
        folds=folds,
        fold=fold,
        validation_fraction=validation_fraction,
        seed=seed,
    )
    dataset = fill_missing(dataset, train)
    whose = f"data set {dataset.name!r}: its"
    features = fit_scaler(f"{whose} features", dataset.X, train, scaling)
    targets = None
    if dataset.classes is None:
        targets = fit_scaler(f"{whose} targets", dataset.y, train, scaling)

    def part(X: Array, y: Array, rows: IntArray) -> tuple[FloatArray, Array]:
        return features.apply(X, rows, dtype), targets.apply(y, rows) if targets else y[rows]

    X_train, y_train = part(dataset.X, dataset.y, train)
    if dataset.X_test is None or dataset.y_test is None:
        X_test, y_test = part(dataset.X, dataset.y, test)
    else:
        X_test, y_test = part(dataset.X_test, dataset.y_test, np.arange(len(dataset.y_test)))
    split = Split(X_train, y_train, X_test, y_test, dataset.classes, notices=dataset.notices)
    if not len(validation):
        return split
    X_validation, y_validation = part(dataset.X, dataset.y, validation)
    return replace(split, X_validation=X_validation, y_validation=y_validation)


def split_rows(
    dataset: Dataset,
    *,
    test_fraction: float,
    folds: int | None,
    fold: int,
    validation_fraction: float,
    seed: int,
) -> tuple[IntArray, IntArray, IntArray]:
    """Return the rows to train, test and validate on; `prepare` says what the options mean."""
    whose = f"data set {dataset.name!r}:"
    if not 0 < test_fraction < 1:
        raise UsageError(f"test_fraction must be between 0 and 1, not {test_fraction:g}")
    if not 0 <= validation_fraction < 1:
        raise UsageError(
            f"validation_fraction must be at least 0 and less than 1, not {validation_fraction:g}"
        )
    if folds is not None:
        if dataset.X_test is not None:
            raise UsageError(f"{whose} has a test part of its own: leave out folds")
        if not 2 <= folds <= len(dataset.y):
            raise UsageError(
                f"{whose} folds must be from 2 to {len(dataset.y)}, the number of samples, not"
                f" {folds}"
            )
        if not 0 <= fold < folds:
            raise UsageError(f"fold must be from 0 to {folds - 1}, not {fold}")
    if dataset.classes is None:
        strata = [np.arange(len(dataset.y))]
    else:
        ends = np.cumsum(np.bincount(dataset.y, minlength=dataset.classes))
        strata = np.split(np.argsort(dataset.y, kind="stable"), ends[:-1])
    is_test = np.zeros(len(dataset.y), bool)
    if folds is not None:
        rng, dealt = generator(seed, Stream.SPLIT), 0
        for label, members in enumerate(strata):  # deal the samples to the folds in turn
            turns = (dealt + np.arange(len(members))) % folds
            chosen = rng.permutation(members)[turns == fold]
            dealt += len(members)
            if len(chosen) == len(members):
                raise UsageError(
                    f"{whose} in fold {fold} of {folds}, none of the {len(members)} samples of"
                    f" class {label} is left to train on; ask for more samples"
                )
            is_test[chosen] = True
    elif dataset.X_test is None:
        is_test = _share(dataset, strata, "test", test_fraction, generator(seed, Stream.SPLIT))
    is_validation = np.zeros_like(is_test)
    if validation_fraction:
        strata = [members[~is_test[members]] for members in strata]
        rng = generator(seed, Stream.SPLIT, VALIDATION)
        is_validation = _share(dataset, strata, "validate", validation_fraction, rng)
    is_train = ~(is_test | is_validation)
    return np.flatnonzero(is_train), np.flatnonzero(is_test), np.flatnonzero(is_validation)


def _share(
    dataset: Dataset,
    strata: Sequence[IntArray],
    use: Literal["test", "validate"],
    fraction: float,
    rng: np.random.Generator,
) -> BoolArray:
    """Choose the same share of each class at random."""
    is_chosen = np.zeros(len(dataset.y), bool)
    option = "test_fraction" if use == "test" else "validation_fraction"
    asked = f"data set {dataset.name!r}: with {option} {fraction:g}, none of the"
    for label, members in enumerate(strata):
        count = round(fraction * len(members))
        if count == len(members):
            of_class = f" of class {label}" if dataset.classes else ""
            raise UsageError(
                f"{asked} {len(members)} samples{of_class} is left to train on; lower it, or ask"
                " for more samples"
            )
        is_chosen[rng.permutation(members)[:count]] = True
    if not is_chosen.any():
        raise UsageError(
            f"{asked} {len(dataset.y)} samples is left to {use} on; raise it, or ask for"
            " more samples"
        )
    return is_chosen


def fill_missing(dataset: Dataset, train: IntArray) -> Dataset:
    """Return a data set whose missing values are filled in from its training rows.

    The values of some features are their means or their most frequent row; of rows that are as
    frequent as each other, the smallest counts, as in scikit-learn.
    """
    if not dataset.imputations:
        return dataset
    X = dataset.X.copy()
    X_test = None if dataset.X_test is None else dataset.X_test.astype(X.dtype)
    for imputation in dataset.imputations:
        features = np.array(imputation.features)
        seen = dataset.X[train][:, features]
        seen = seen[~np.isnan(seen).any(axis=1)]
        if not len(seen):
            place, names = imputation.features[0], dataset.feature_names
            name = repr(names[place]) if names else f"number {place}"
            raise UsageError(
                f"data set {dataset.name!r}: feature {name} has no value in the training part to"
                " fill in missing ones; leave it out"
            )
        rows, counts = np.unique(seen, axis=0, return_counts=True)
        value = rows[counts.argmax()]
        if imputation.strategy == "mean":
            value = seen.mean(axis=0, dtype=np.float64)
        for part in (X, X_test):
            if part is not None:
                gaps = np.flatnonzero(np.isnan(part[:, features]).any(axis=1))
                part[gaps[:, np.newaxis], features] = value
    return replace(dataset, X=X, X_test=X_test, imputations=())


@dataclass(frozen=True)
class Scaler:
    """Takes `shift` from each of D columns, then divides by `scale`.

    Attributes
    ----------
    what : str
        What is scaled, for messages.
    scaling : {"standard", "minmax", "none"}
    shift, scale : ndarray of shape (D,)
    """

    what: str
    scaling: Scaling
    shift: FloatArray
    scale: FloatArray

    def apply(self, X: Array, rows: IntArray, dtype: DTypeLike = np.float64) -> FloatArray:
        """Return some rows of ``X (N, D)``, scaled in float64 and rounded once."""
        scaled = np.empty((len(rows), X.shape[1]), dtype)
        is_finite = bool(np.isfinite(self.scale).all())
        for part in blocks(*scaled.shape):
            with np.errstate(over="ignore", invalid="ignore"):  # the check says it better
                scaled[part] = (X[rows[part]] - self.shift) / self.scale
            is_finite = is_finite and bool(np.isfinite(scaled[part]).all())
        if not is_finite:
            raise UsageError(
                f"{self.what} are not finite when scaled ({self.scaling}) and stored as"
                f" {scaled.dtype}"
            )
        return scaled


def fit_scaler(what: str, X: Array, rows: IntArray, scaling: Scaling) -> Scaler:
    """Learn a scaling on some rows of ``X (N, D)``; a column that is constant there becomes 0."""
    if scaling == "none":
        return Scaler(what, scaling, np.zeros(X.shape[1]), np.ones(X.shape[1]))
    seen = moments(X, rows)
    with np.errstate(over="ignore", invalid="ignore"):
        span = seen.maximum - seen.minimum
    shift, scale = (seen.mean, seen.std) if scaling == "standard" else (seen.minimum, span)
    is_constant = (span == 0) | (scale == 0)  # its deviation is 0 but for rounding
    return Scaler(
        what,
        scaling,
        shift=np.where(is_constant, seen.minimum, shift),
        scale=np.where(is_constant, 1.0, scale),
    )
