"""Splitting: which samples are trained on, and which are kept to test or to validate.

Classes are split one by one, so that each part has its share of all of them. The test part and the
validation part have random streams of their own: more noise in the samples moves none of them to
another part, and asking for a validation part moves none into or out of the test part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from initbench.arrays import BoolArray, IntArray
from initbench.data.dataset import Dataset
from initbench.errors import UsageError
from initbench.seeding import Stream, generator

VALIDATION: Final = 1
"""Tells the validation part's stream from the test part's, which has no key."""


@dataclass(frozen=True)
class Parts:
    """Rows of a data set, in ascending order.

    Attributes
    ----------
    train, test, validation : ndarray of int
        `test` is empty where the data set has a test part of its own.
    """

    train: IntArray
    test: IntArray
    validation: IntArray


def split_rows(
    dataset: Dataset,
    *,
    test_fraction: float,
    folds: int | None,
    fold: int,
    validation_fraction: float,
    seed: int,
) -> Parts:
    """Choose the rows of each part; `prepare` says what the options mean.

    Raises
    ------
    UsageError
        A part would have no sample, or a class none to train on.
    """
    _check_options(dataset, test_fraction, folds, fold, validation_fraction)
    strata = _strata(dataset)
    is_test = np.zeros(len(dataset.y), bool)
    if folds is not None:
        is_test = _fold(dataset, strata, folds, fold, seed)
    elif dataset.X_test is None:
        is_test = _share(dataset, strata, "test", test_fraction, generator(seed, Stream.SPLIT))
    is_validation = np.zeros_like(is_test)
    if validation_fraction:
        strata = [members[~is_test[members]] for members in strata]
        rng = generator(seed, Stream.SPLIT, VALIDATION)
        is_validation = _share(dataset, strata, "validate", validation_fraction, rng)
    return Parts(
        train=np.flatnonzero(~(is_test | is_validation)),
        test=np.flatnonzero(is_test),
        validation=np.flatnonzero(is_validation),
    )


def _check_options(
    dataset: Dataset,
    test_fraction: float,
    folds: int | None,
    fold: int,
    validation_fraction: float,
) -> None:
    if not 0 < test_fraction < 1:
        raise UsageError(f"test_fraction must be between 0 and 1, not {test_fraction:g}")
    if not 0 <= validation_fraction < 1:
        raise UsageError(
            f"validation_fraction must be at least 0 and less than 1, not {validation_fraction:g}"
        )
    if folds is None:
        return
    if dataset.X_test is not None:
        raise UsageError(f"data set {dataset.name!r}: has a test part of its own: leave out folds")
    if not 2 <= folds <= len(dataset.y):
        raise UsageError(
            f"data set {dataset.name!r}: folds must be from 2 to {len(dataset.y)}, the number of"
            f" samples, not {folds}"
        )
    if not 0 <= fold < folds:
        raise UsageError(f"fold must be from 0 to {folds - 1}, not {fold}")


def _strata(dataset: Dataset) -> list[IntArray]:
    """Return the rows of each class; for regression, all of them."""
    if dataset.classes is None:
        return [np.arange(len(dataset.y))]
    by_class = np.argsort(dataset.y, kind="stable")
    ends = np.cumsum(np.bincount(dataset.y, minlength=dataset.classes))
    return np.split(by_class, ends[:-1])


def _share(
    dataset: Dataset,
    strata: Sequence[IntArray],
    use: Literal["test", "validate"],
    fraction: float,
    rng: np.random.Generator,
) -> BoolArray:
    """Choose the same share of each class at random."""
    is_chosen = np.zeros(len(dataset.y), bool)
    asked = f"data set {dataset.name!r}: with {_OPTIONS[use]} {fraction:g}, none of the"
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


_OPTIONS: Final = {"test": "test_fraction", "validate": "validation_fraction"}


def _fold(
    dataset: Dataset, strata: Sequence[IntArray], folds: int, fold: int, seed: int
) -> BoolArray:
    """Deal each class's samples to the folds in turn, and return those of one fold."""
    rng = generator(seed, Stream.SPLIT)
    is_chosen = np.zeros(len(dataset.y), bool)
    dealt = 0
    for label, members in enumerate(strata):
        chosen = rng.permutation(members)[(dealt + np.arange(len(members))) % folds == fold]
        dealt += len(members)
        if len(chosen) == len(members):
            raise UsageError(
                f"data set {dataset.name!r}: in fold {fold} of {folds}, none of the {len(members)}"
                f" samples of class {label} is left to train on; ask for more samples"
            )
        is_chosen[chosen] = True
    return is_chosen
