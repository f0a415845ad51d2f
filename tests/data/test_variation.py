"""Variation: classes thinned out and features that say nothing, for any data set."""

import numpy as np
import pytest

from initbench.data import load_dataset
from initbench.errors import UsageError


def test_without_variation_nothing_changes():
    """The defaults leave every number as it is."""
    plain = load_dataset("moons", seed=4)
    same = load_dataset("moons", seed=4, imbalance=1, extra_features=0)
    np.testing.assert_array_equal(plain.X, same.X)


@pytest.mark.parametrize(
    ("classes", "imbalance", "counts"),
    [(2, 10, [200, 20]), (3, 4, [200, 100, 50]), (4, 1000, [200, 20, 2, 0])],
)
def test_classes_shrink_by_a_constant_factor(classes, imbalance, counts):
    """The first is whole, the last is smaller by the imbalance."""
    options = {"samples": 200 * classes, "centers": classes, "imbalance": imbalance}
    if 0 in counts:
        with pytest.raises(UsageError, match="none of the 200 samples of class 3 is kept"):
            load_dataset("blobs", **options)
    else:
        np.testing.assert_array_equal(np.bincount(load_dataset("blobs", **options).y), counts)


def test_samples_that_are_kept_are_those_that_there_were():
    """Thinning out draws no other samples, and leaves them in their order."""
    whole, thin = load_dataset("moons"), load_dataset("moons", imbalance=5)
    place = [np.flatnonzero((sample == whole.X).all(axis=1)) for sample in thin.X]
    assert all(len(found) == 1 for found in place)
    assert (np.diff(np.concatenate(place)) > 0).all()
    np.testing.assert_array_equal(whole.y[np.concatenate(place)], thin.y)


def test_extra_features_are_appended_and_independent_of_the_classes():
    """The first are as before; the others are normal noise of the same size, whatever the class."""
    plain = load_dataset("moons", samples=5000)
    wide = load_dataset("moons", samples=5000, extra_features=3)
    np.testing.assert_array_equal(wide.X[:, :2], plain.X)
    extra = wide.X[:, 2:]
    size = plain.X.std(axis=0).mean()
    assert extra.shape == (5000, 3)
    assert np.abs(extra.std(axis=0) / size - 1).max() < 5 / np.sqrt(2 * 5000)
    assert np.abs(extra[plain.y == 0].mean(axis=0)).max() < 5 * size / np.sqrt(2500)
    assert np.abs(np.corrcoef(wide.X.T)[2:, :2]).max() < 5 / np.sqrt(5000)


def test_a_test_part_is_widened_but_not_thinned_out():
    """It has the features of the rest, and keeps all of its samples."""
    dataset = load_dataset("sklearn:circles", imbalance=3, extra_features=2)
    assert dataset.X.shape == (200, 4)
    assert dataset.X_test.shape == (100, 4)
    np.testing.assert_array_equal(np.bincount(dataset.y), [150, 50])
    np.testing.assert_array_equal(np.bincount(dataset.y_test), [50, 50])


def test_a_seed_varies_in_one_way():
    """The same seed keeps the same samples and adds the same noise."""
    first, again, other = (
        load_dataset("digits", imbalance=9, extra_features=1, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.X, again.X)
    assert (first.X[:, -1] != other.X[:, -1]).all()


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("moons", {"imbalance": 0.5}, "imbalance must be at least 1 and finite, not 0.5"),
        ("moons", {"imbalance": np.inf}, "imbalance must be at least 1 and finite"),
        ("moons", {"imbalance": np.nan}, "imbalance must be at least 1 and finite"),
        ("sine", {"imbalance": 2.0}, "imbalance needs classes; it has numbers"),
        ("moons", {"extra_features": -1}, "extra_features must be from 0 to 10000, not -1"),
        ("moons", {"extra_features": 10_001}, "extra_features must be from 0 to 10000"),
    ],
)
def test_impossible_variations_raise_with_a_message(name, options, message):
    """The message says which option, and what it must be."""
    with pytest.raises(UsageError, match=message):
        load_dataset(name, **options)
