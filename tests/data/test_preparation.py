"""Preparation: a stratified split by a stream of its own, and scaling that never sees the test."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench.data import Dataset, load_dataset, prepare
from initbench.errors import UsageError

SCALINGS = ("standard", "minmax", "none")


def a_dataset(counts=(30, 50, 20), features=3, seed=0):
    """Return classes of these sizes with features of unequal means and spreads."""
    y = np.repeat(np.arange(len(counts)), counts)
    draws = np.random.default_rng(seed).standard_normal((len(y), features))
    return Dataset("clouds", 5.0 + draws * 10.0 ** np.arange(features), y, len(counts))


def prepared(dataset, **changes):
    """Return the split of a data set, by default a quarter for the test, in float64."""
    settings = {"test_fraction": 0.25, "scaling": "standard", "seed": 0, "dtype": np.float64}
    return prepare(dataset, **{**settings, **changes})


@given(st.lists(st.integers(4, 40), min_size=2, max_size=5), st.floats(0.15, 0.85))
def test_each_class_gives_its_share_to_the_test(counts, fraction):
    """In each class, the test part is within half a sample of the fraction, and none is lost."""
    split = prepared(a_dataset(counts), test_fraction=fraction)
    in_test = np.bincount(split.y_test, minlength=len(counts))
    assert (np.abs(in_test - fraction * np.array(counts)) <= 0.5 + 1e-9).all()
    np.testing.assert_array_equal(in_test + np.bincount(split.y_train), counts)
    assert split.classes == len(counts)


def test_every_sample_is_in_one_part_with_its_label():
    """The two parts together are the data set."""
    dataset = a_dataset()
    split = prepared(dataset, scaling="none")
    parts = [(split.X_train, split.y_train), (split.X_test, split.y_test)]
    found = Counter((*x, label) for X, y in parts for x, label in zip(X, y, strict=True))
    assert found == Counter((*x, label) for x, label in zip(dataset.X, dataset.y, strict=True))


def test_the_split_is_that_of_its_seed():
    """One seed splits in one way, another in another."""
    first, again, other = (prepared(a_dataset(), seed=seed, scaling="none") for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.X_test, again.X_test)
    assert (first.X_test != other.X_test).any()


def test_noise_moves_no_sample_to_the_other_part():
    """However noisy the samples, the same of them are tested on."""
    quiet, loud = (
        prepared(load_dataset("xor", samples=200, noise=noise), scaling="none")
        for noise in (0, 1e-9)
    )
    np.testing.assert_allclose(quiet.X_test, loud.X_test, atol=1e-7)
    np.testing.assert_allclose(quiet.X_train, loud.X_train, atol=1e-7)


def test_standard_scaling_gives_mean_zero_and_deviation_one():
    """The training part's features have them; the test part's do only roughly."""
    split = prepared(a_dataset())
    np.testing.assert_allclose(split.X_train.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(split.X_train.std(axis=0), 1)
    assert (split.X_test.mean(axis=0) != 0).all()


def test_minmax_scaling_gives_zero_to_one():
    """The training part's features run from 0 to 1."""
    split = prepared(a_dataset(), scaling="minmax")
    np.testing.assert_allclose(split.X_train.min(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(split.X_train.max(axis=0), 1)


def test_no_scaling_leaves_the_numbers():
    """Samples are those of the data set, to the last bit."""
    dataset = a_dataset()
    split = prepared(dataset, scaling="none")
    assert set(split.X_train.ravel()) | set(split.X_test.ravel()) == set(dataset.X.ravel())


@pytest.mark.parametrize("scaling", SCALINGS)
def test_scaling_never_sees_the_test_part(scaling):
    """With other test samples, the training part stays as it was, to the last bit."""
    dataset = a_dataset()
    raw = prepared(dataset, scaling="none")
    is_test = (dataset.X[:, np.newaxis] == raw.X_test).all(axis=-1).any(axis=1)
    changed = np.where(is_test[:, np.newaxis], 1000.0 - dataset.X, dataset.X)
    before = prepared(dataset, scaling=scaling)
    after = prepared(Dataset("changed", changed, dataset.y, dataset.classes), scaling=scaling)
    assert is_test.sum() == len(raw.X_test)
    np.testing.assert_array_equal(after.X_train, before.X_train)
    assert (after.X_test != before.X_test).all()


@pytest.mark.parametrize("scaling", ["standard", "minmax"])
def test_both_parts_are_scaled_by_the_training_part(scaling):
    """One affine map a feature takes the raw parts to the scaled ones."""
    raw, scaled = (prepared(a_dataset(), scaling=kind) for kind in ("none", scaling))
    for feature in range(3):
        slope, shift = np.polyfit(raw.X_train[:, feature], scaled.X_train[:, feature], 1)
        mapped = slope * raw.X_test[:, feature] + shift
        np.testing.assert_allclose(scaled.X_test[:, feature], mapped, atol=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e-3, 1e10])
@pytest.mark.parametrize("scaling", ["standard", "minmax"])
def test_a_constant_feature_becomes_zero(scaling, value):
    """A feature that says nothing is not blown up by dividing through rounding errors."""
    dataset = a_dataset()
    dataset.X[:, 1] = value
    split = prepared(dataset, scaling=scaling)
    np.testing.assert_allclose(split.X_train[:, 1], 0, atol=1e-12 * max(1, abs(value)))
    np.testing.assert_allclose(split.X_test[:, 1], 0, atol=1e-12 * max(1, abs(value)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_have_the_type_that_is_trained_in(dtype):
    """Scaling happens in float64, and the result is rounded once."""
    split, exact = prepared(a_dataset(), dtype=dtype), prepared(a_dataset())
    assert split.X_train.dtype == split.X_test.dtype == dtype
    np.testing.assert_array_equal(split.X_train, exact.X_train.astype(dtype))


@pytest.mark.parametrize(
    ("dataset", "changes", "message"),
    [
        (a_dataset((2, 30)), {"test_fraction": 0.8}, "none of the 2 samples of class 0 is left"),
        (a_dataset((1, 30)), {"test_fraction": 0.6}, "none of the 1 samples of class 0 is left"),
        (a_dataset((2, 2)), {"test_fraction": 0.1}, "none of the 4 samples is left to test on"),
        (a_dataset(), {"test_fraction": 0.0}, "test_fraction must be between 0 and 1, not 0"),
        (a_dataset(), {"test_fraction": 1.0}, "test_fraction must be between 0 and 1, not 1"),
        (a_dataset(), {"test_fraction": -0.5}, "test_fraction must be between 0 and 1, not -0.5"),
        (a_dataset(), {"test_fraction": np.nan}, "test_fraction must be between 0 and 1, not nan"),
        (a_dataset(), {"seed": -1}, "seed: must be an integer from 0"),
    ],
)
def test_an_impossible_split_raises_with_a_message(dataset, changes, message):
    """The message says what is missing, and of which class."""
    with pytest.raises(UsageError, match=message):
        prepared(dataset, **changes)


@pytest.mark.parametrize(
    ("size", "changes"),
    [(1e300, {}), (1e300, {"scaling": "none", "dtype": np.float32}), (np.nan, {})],
)
def test_features_that_overflow_raise_with_a_message(size, changes):
    """Overflow is found before training, and without a warning."""
    dataset = a_dataset()
    dataset.X[:] *= size
    with pytest.raises(UsageError, match="data set 'clouds': its features are not finite"):
        prepared(dataset, **changes)
