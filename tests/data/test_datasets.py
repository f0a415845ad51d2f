"""Data sets: what every entry of the registry promises, whatever its shape."""

import numpy as np
import pytest

from initbench.data import DATASETS, load_dataset
from initbench.errors import UsageError

MADE = [name for name, entry in DATASETS.items() if "samples" in entry.options]


def small(name, **changes):
    """Return a data set with few samples, where their number can be chosen."""
    number = {"samples": 101} if name in MADE else {}
    return load_dataset(name, **number, **changes)


@pytest.mark.parametrize("name", DATASETS)
def test_samples_and_labels_have_the_promised_form(name):
    """Features are finite float64, one row a sample; labels count from 0 and each is present."""
    dataset = small(name)
    assert dataset.X.ndim == 2
    assert dataset.y.shape == (len(dataset.X),)
    assert dataset.X.dtype == np.float64
    assert np.isfinite(dataset.X).all()
    assert np.issubdtype(dataset.y.dtype, np.integer)
    np.testing.assert_array_equal(np.unique(dataset.y), np.arange(dataset.classes))
    assert dataset.classes >= 2


@pytest.mark.parametrize("name", DATASETS)
def test_a_seed_gives_the_same_samples_again(name):
    """Two calls with one seed agree to the last bit."""
    first, second = small(name, seed=3), small(name, seed=3)
    np.testing.assert_array_equal(first.X, second.X)
    np.testing.assert_array_equal(first.y, second.y)


@pytest.mark.parametrize("name", DATASETS)
def test_what_is_done_to_the_samples_reaches_nobody_else(name):
    """Each call returns arrays of its own."""
    spoilt = small(name)
    spoilt.X[:] = 0.0
    assert small(name).X.any()


@pytest.mark.parametrize("name", MADE)
def test_seeds_give_different_samples(name):
    """No sample is shared by two seeds."""
    assert not (small(name, seed=0).X == small(name, seed=1).X).all(axis=1).any()


@pytest.mark.parametrize("samples", [2, 3, 7, 100, 101])
@pytest.mark.parametrize("name", MADE)
def test_classes_are_balanced(name, samples):
    """There are as many samples as asked for, and classes differ by at most one."""
    classes = {"centers": 2} if "centers" in DATASETS[name].options else {}
    dataset = load_dataset(name, samples=samples, **classes)
    counts = np.bincount(dataset.y)
    assert counts.sum() == samples
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("moon", {}, "unknown data set 'moon'. Did you mean 'moons'?"),
        ("moons", {"noize": 1}, "data set 'moons': noize: unknown option. Did you mean 'noise'?"),
        ("moons", {"noise": -1}, "data set 'moons': noise: must be at least 0, not -1"),
        ("moons", {"samples": 1}, "data set 'moons': samples: must be at least 2"),
        ("moons", {"samples": 10**9}, "data set 'moons': samples: must be at least 2 and at most"),
        ("circles", {"factor": 1}, "data set 'circles': factor: must be greater than 0 and less"),
        ("digits", {"samples": 10}, "data set 'digits': samples: unknown option. It takes none."),
        ("moons", {"seed": -1}, "seed: must be an integer from 0 to "),
    ],
)
def test_a_wrong_argument_is_refused_in_words(name, options, message):
    """The message names the data set, the option, and what it must be."""
    with pytest.raises(UsageError) as caught:
        load_dataset(name, **options)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("name", "option"), [("blobs", "centers"), ("spirals", "arms")])
def test_more_classes_than_samples_are_refused_in_words(name, option):
    """A class without a sample could be neither learned nor counted."""
    with pytest.raises(UsageError, match="3 samples are too few for 5 classes"):
        load_dataset(name, samples=3, **{option: 5})


def test_digits_are_those_of_scikit_learn():
    """Pictures and labels are those of load_digits, in the same order."""
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    ours = load_dataset("digits")
    np.testing.assert_array_equal(ours.X, theirs.data)
    np.testing.assert_array_equal(ours.y, theirs.target)
