"""Splitting: folds that share the samples out, and a validation part that disturbs nobody."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench.data import Dataset, load_dataset, prepare
from initbench.errors import UsageError


def numbered(counts, *, classes=True):
    """Return classes of these sizes whose one feature is the number of the row."""
    y = np.repeat(np.arange(len(counts)), counts)
    X = np.arange(float(len(y)))[:, np.newaxis]
    return Dataset("rows", X, y, len(counts)) if classes else Dataset("rows", X, X.copy(), None)


def rows(dataset, **options):
    """Return the rows of each part."""
    settings = {"test_fraction": 0.25, "scaling": "none", "seed": 0, "dtype": np.float64}
    split = prepare(dataset, **{**settings, **options})
    parts = (split.X_train, split.X_validation, split.X_test)
    return [[] if part is None else part[:, 0].tolist() for part in parts]


@given(
    counts=st.lists(st.integers(6, 20), min_size=2, max_size=4),
    folds=st.integers(2, 6),
    seed=st.integers(0, 5),
    classes=st.booleans(),
)
def test_folds_share_the_samples_out(counts, folds, seed, classes):
    """Each sample is tested on in one fold; folds differ by at most one, in all and by class."""
    dataset = numbered(counts, classes=classes)
    tests = [
        np.array(rows(dataset, folds=folds, fold=fold, seed=seed)[2], int) for fold in range(folds)
    ]
    assert sorted(np.concatenate(tests)) == list(range(sum(counts)))
    assert np.ptp([len(test) for test in tests]) <= 1
    if classes:
        by_class = [np.bincount(dataset.y[test], minlength=len(counts)) for test in tests]
        assert np.ptp(by_class, axis=0).max() <= 1


@given(counts=st.lists(st.integers(8, 30), min_size=2, max_size=4), seed=st.integers(0, 5))
def test_a_validation_part_comes_from_the_training_part_alone(counts, seed):
    """The test part is the same with it, and training and validation share the rest."""
    dataset = numbered(counts)
    train, none, test = rows(dataset, seed=seed)
    smaller, validation, same = rows(dataset, seed=seed, validation_fraction=0.3)
    assert not none
    assert same == test
    assert sorted(smaller + validation) == train


def test_a_validation_part_is_drawn_by_itself():
    """It is not those samples that the same share would have sent to the test."""
    dataset = numbered([100, 100])
    _, validation, _ = rows(
        replace(dataset, X_test=dataset.X, y_test=dataset.y), validation_fraction=0.25
    )
    _, _, test = rows(dataset, test_fraction=0.25)
    assert len(validation) == len(test)
    assert validation != test


def test_a_validation_part_is_a_share_of_each_class():
    """It is stratified as the test part is."""
    _, validation, _ = rows(numbered([40, 80]), validation_fraction=0.5)
    assert sum(row < 40 for row in validation) == 15
    assert len(validation) == 45


def test_a_set_with_a_test_part_can_be_validated():
    """All of its samples but those to validate are trained on."""
    split = prepare(
        load_dataset("sklearn:circles"),
        test_fraction=0.25,
        scaling="standard",
        seed=0,
        dtype=np.float32,
        validation_fraction=0.2,
    )
    assert [len(y) for y in (split.y_train, split.y_validation, split.y_test)] == [240, 60, 100]


@pytest.mark.parametrize("scaling", ["standard", "minmax"])
def test_scaling_never_sees_the_validation_part(scaling):
    """With other validation samples, the training part stays as it was, to the last bit."""
    dataset = numbered([30, 30])
    _, validation, _ = rows(dataset, validation_fraction=0.5)
    changed = dataset.X.copy()
    changed[np.array(validation, int)] += 1e6
    options = {"scaling": scaling, "validation_fraction": 0.5}
    before = rows(dataset, **options)
    after = rows(Dataset("changed", changed, dataset.y, 2), **options)
    assert before[0] == after[0]
    assert not set(before[1]) & set(after[1])


def test_regression_is_split_without_classes():
    """The share is of all samples."""
    train, _, test = rows(numbered([50], classes=False), test_fraction=0.3)
    assert len(test) == 15
    assert sorted(train + test) == list(range(50))


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        ((9, 9), {"validation_fraction": 1.0}, "validation_fraction must be at least 0 and less"),
        ((9, 9), {"validation_fraction": -0.1}, "validation_fraction must be at least 0"),
        ((9, 9), {"validation_fraction": np.nan}, "validation_fraction must be at least 0"),
        ((9, 9), {"validation_fraction": 0.01}, "none of the 18 samples is left to validate on"),
        ((1, 9), {"validation_fraction": 0.9}, "none of the 1 samples of class 0 is left to train"),
        ((9, 9), {"folds": 1}, "folds must be from 2 to 18"),
        ((9, 9), {"folds": 19}, "folds must be from 2 to 18"),
        ((9, 9), {"folds": 3, "fold": 3}, "fold must be from 0 to 2, not 3"),
        ((9, 9), {"folds": 3, "fold": -1}, "fold must be from 0 to 2, not -1"),
        ((1, 9), {"folds": 2, "fold": 0}, "in fold 0 of 2, none of the 1 samples of class 0"),
    ],
)
def test_impossible_splits_raise_with_a_message(counts, options, message):
    """The message says which option, and what it must be."""
    with pytest.raises(UsageError, match=message):
        rows(numbered(counts), **options)


def test_a_test_part_of_its_own_is_not_folded():
    """Then there is nothing to deal out."""
    with pytest.raises(UsageError, match="has a test part of its own: leave out folds"):
        rows(load_dataset("sklearn:moons"), folds=3)
