"""Data sets: what every entry of the registry promises, whatever its shape."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from initbench.data import DATASETS, dataset_summary, load_dataset, prepare
from initbench.data.preparation import split_rows
from initbench.data.toy import LEGACY
from initbench.errors import UsageError
from initbench.options import Bound

LEGACY_NAMES = [entry.name for entry in LEGACY]
AT_HAND = [name for name, entry in DATASETS.items() if not entry.files]
MADE = [name for name in AT_HAND if "samples" in DATASETS[name].options]
DRAWN = [name for name in MADE if name not in LEGACY_NAMES]


def small(name, **changes):
    """Return a data set with few samples, where their number can be chosen."""
    number = {"samples": 101} if name in MADE else {}
    return load_dataset(name, **{**number, **changes})


def prepared(dataset):
    """Return an even split of a data set."""
    return prepare(dataset, test_fraction=0.5, scaling="standard", seed=0, dtype=np.float32)


CLASSIFYING = [name for name in DRAWN if load_dataset(name, samples=101).classes]
"""Sets whose samples are drawn by seed, and have classes."""


@pytest.mark.parametrize("name", AT_HAND)
def test_samples_have_the_promised_form(name):
    """Features are finite float64, one row a sample."""
    dataset = small(name)
    assert dataset.name == name
    assert dataset.X.ndim == 2
    assert dataset.X.dtype == np.float64
    assert np.isfinite(dataset.X).all()
    assert len(dataset.y) == len(dataset.X)


@pytest.mark.parametrize("name", AT_HAND)
def test_answers_have_the_promised_form(name):
    """Labels are integers that count from 0, each present; targets are finite float64 columns."""
    dataset = small(name)
    if dataset.classes is None:
        assert dataset.y.ndim == 2
        assert dataset.y.dtype == np.float64
        assert np.isfinite(dataset.y).all()
        assert (dataset.y.std(axis=0) > 0).all()
    else:
        assert dataset.classes >= 2
        assert dataset.y.ndim == 1
        assert np.issubdtype(dataset.y.dtype, np.integer)
        np.testing.assert_array_equal(np.unique(dataset.y), np.arange(dataset.classes))


@pytest.mark.parametrize("name", AT_HAND)
def test_a_test_part_of_its_own_is_like_the_rest(name):
    """It has the same features and the same classes, and is there whole or not at all."""
    dataset = small(name)
    assert (dataset.X_test is None) == (dataset.y_test is None)
    if dataset.X_test is not None:
        assert dataset.X_test.shape == (len(dataset.y_test), dataset.X.shape[1])
        np.testing.assert_array_equal(np.unique(dataset.y_test), np.arange(dataset.classes))


@pytest.mark.parametrize("name", AT_HAND)
def test_a_seed_gives_the_same_samples_again(name):
    """Two calls with one seed agree to the last bit."""
    first, second = small(name, seed=3), small(name, seed=3)
    np.testing.assert_array_equal(first.X, second.X)
    np.testing.assert_array_equal(first.y, second.y)


@pytest.mark.parametrize("name", AT_HAND)
def test_changes_to_returned_samples_do_not_affect_later_calls(name):
    """Each call returns arrays of its own."""
    spoilt = small(name)
    spoilt.X[:] = 0.0
    spoilt.y[:] = 0
    assert small(name).X.any()
    assert small(name).y.any()


@pytest.mark.parametrize("name", DRAWN)
def test_seeds_give_different_samples(name):
    """Two seeds draw two sets."""
    first, second = small(name, seed=0), small(name, seed=1)
    assert (first.X != second.X).any()


@pytest.mark.parametrize("samples", [2, 3, 7, 100, 101])
@pytest.mark.parametrize("name", CLASSIFYING)
def test_classes_are_balanced(name, samples):
    """There are as many samples as asked for, and classes differ by at most one."""
    classes = {
        option: 2
        for option in ("centers", "arms", "rings", "classes")
        if option in DATASETS[name].options
    }
    counts = np.bincount(load_dataset(name, samples=samples, **classes).y)
    assert counts.sum() == samples
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("name", [name for name in DRAWN if "noise" in DATASETS[name].options])
def test_noise_is_normal_and_comes_last(name):
    """Noise of deviation s adds s times what noise of deviation 1 adds, wherever it is added."""
    quiet, soft, loud = (small(name, noise=noise) for noise in (0, 0.5, 1))
    for still, half, whole in zip(*((each.X, each.y) for each in (quiet, soft, loud)), strict=True):
        np.testing.assert_allclose(2.0 * (half - still), whole - still, atol=1e-9)
    assert (quiet.X != loud.X).any() or (quiet.y != loud.y).any()


def with_other_test_samples(dataset):
    """Return the data set with the samples changed that `prepared` tests on."""
    if dataset.X_test is not None:
        return replace(dataset, X_test=dataset.X_test + 1e3)
    _, rows, _ = split_rows(
        dataset, test_fraction=0.5, folds=None, fold=0, validation_fraction=0, seed=0
    )
    X, y = dataset.X.copy(), dataset.y.copy()
    X[rows] += 1e3
    if dataset.classes is None:
        y[rows] += 1e3
    return replace(dataset, X=X, y=y)


@pytest.mark.parametrize("name", AT_HAND)
def test_training_and_test_parts_are_disjoint(name):
    """With other test samples, the training part stays as it was, to the last bit."""
    dataset = small(name)
    before, after = prepared(dataset), prepared(with_other_test_samples(dataset))
    np.testing.assert_array_equal(before.X_train, after.X_train)
    np.testing.assert_array_equal(before.y_train, after.y_train)
    assert (before.X_test != after.X_test).any(axis=1).all()


def edges(option):
    """Return the smallest and the largest value of an option that a test can afford."""
    bound = option.bound
    least = bound.minimum if option.type is int else max(bound.minimum, 0.0) + 1e-6
    most = bound.maximum - (1e-6 if option.type is float else 0)
    return [option.type(each) for each in (least, most) if each <= 1000]


COMPANIONS = {
    "bits": {"samples": 4},
    "inputs": {"rank": 1},
    "outputs": {"rank": 1},
    "rank": {"inputs": 1000, "outputs": 1000},
    **{option: {"samples": 3000} for option in ("centers", "arms", "rings", "classes")},
}
"""What must change with an option so that its edge makes sense."""

EDGES = [
    (name, {option.name: value, **companions})
    for name in DRAWN
    for options in [DATASETS[name].options]
    for option in options.values()
    if option.bound != Bound() and option.name != "samples"
    for value in edges(option)
    for companions in [
        {key: each for key, each in COMPANIONS.get(option.name, {}).items() if key in options}
    ]
]


@pytest.mark.parametrize(("name", "options"), EDGES, ids=str)
def test_every_option_works_at_its_edges(name, options):
    """An option's least and greatest value give a data set that can be prepared."""
    split = prepared(load_dataset(name, **options))
    assert np.isfinite(split.X_train).all()
    assert np.isfinite(split.X_test).all()


CHOICES = [
    (name, option.name, choice)
    for name in DRAWN
    for option in DATASETS[name].options.values()
    for choice in option.choices
]


@pytest.mark.parametrize(("name", "option", "choice"), CHOICES)
def test_every_choice_of_an_option_works(name, option, choice):
    """Nothing that is offered is missing."""
    assert np.isfinite(small(name, **{option: choice}).y).all()


UNBOUNDED = [
    (name, option.name)
    for name in DRAWN
    for option in DATASETS[name].options.values()
    if option.type is float and option.bound.maximum == np.inf
]


@pytest.mark.parametrize(("name", "option"), UNBOUNDED)
def test_overflowing_numbers_raise_with_a_message(name, option):
    """Whatever is not finite is found before training, and without a warning."""
    with pytest.raises(UsageError, match=f"data set '{name}': "):
        prepared(load_dataset(name, **{option: 1.7e308}))


@pytest.mark.parametrize("name", AT_HAND)
def test_a_summary_has_sizes_classes_and_scales(name):
    """Counts, shapes and ranges are those of the arrays."""
    dataset = small(name)
    seen = dataset_summary(dataset)
    assert (seen.samples, seen.features) == dataset.X.shape
    assert seen.test_samples == (0 if dataset.X_test is None else len(dataset.X_test))
    assert sum(seen.class_counts) == (seen.samples if dataset.classes else 0)
    assert len(seen.class_names) == len(seen.class_counts) == (dataset.classes or 0)
    np.testing.assert_array_equal(seen.feature_moments.minimum, dataset.X.min(axis=0))
    np.testing.assert_array_equal(seen.feature_moments.maximum, dataset.X.max(axis=0))
    np.testing.assert_allclose(seen.feature_moments.mean, dataset.X.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(seen.feature_moments.std, dataset.X.std(axis=0), atol=1e-12)
    assert (seen.target_moments is None) == bool(dataset.classes)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("moon", {}, "unknown data set 'moon'. Did you mean 'moons'?"),
        ("openml:", {}, "unknown data set 'openml:'"),
        ("openml:../x", {}, "unknown data set 'openml:../x'"),
        ("moons", {"noize": 1}, "data set 'moons': noize: unknown option. Did you mean 'noise'?"),
        ("moons", {"noise": -1}, "data set 'moons': noise: must be at least 0, not -1"),
        ("moons", {"samples": 1}, "data set 'moons': samples: must be at least 2"),
        ("moons", {"samples": 10**9}, "data set 'moons': samples: must be at least 2 and at most"),
        (
            "sklearn:moons",
            {"test_samples": -1},
            "data set 'sklearn:moons': test_samples: must be a",
        ),
        (
            "sklearn:blobs",
            {"random_state": -1},
            "data set 'sklearn:blobs': random_state: must be a",
        ),
        ("sklearn:blobs", {"random_state": 2**32}, "data set 'sklearn:blobs': random_state: must"),
        ("circles", {"factor": 1}, "data set 'circles': factor: must be greater than 0 and less"),
        ("digits", {"samples": 10}, "data set 'digits': samples: unknown option. It takes none."),
        ("parity", {"bits": 3, "samples": 9}, "data set 'parity': samples: there are only 8 str"),
        ("deep_linear", {"rank": 9}, "data set 'deep_linear': rank: must be at most 8"),
        ("mnist", {}, "data set 'mnist': path: is required"),
        ("moons", {"seed": -1}, "seed: must be an integer from 0 to "),
    ],
)
def test_an_invalid_argument_raises_with_a_message(name, options, message):
    """The message names the data set, the option, and what it must be."""
    with pytest.raises(UsageError) as caught:
        load_dataset(name, **options)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("blobs", "centers"),
        ("spirals", "arms"),
        ("rings", "rings"),
        ("gaussian_quantiles", "classes"),
    ],
)
def test_more_classes_than_samples_raise_with_a_message(name, option):
    """A class without a sample could be neither learned nor counted."""
    with pytest.raises(UsageError, match="3 samples are too few for 5 classes"):
        load_dataset(name, samples=3, **{option: 5})


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("gaussian_quantiles", {"dimensions": 1000}),
        ("parity", {"bits": 60}),
        ("friedman1", {"features": 10_000}),
        ("teacher", {"inputs": 1000}),
        ("teacher", {"width": 1000}),
        ("teacher", {"outputs": 1000}),
        ("deep_linear", {"inputs": 1000}),
        ("moons", {"extra_features": 10_000}),
    ],
)
def test_data_beyond_memory_raise_with_a_message(name, options):
    """Ten million samples of a thousand features would take 80 GB; none is drawn."""
    with pytest.raises(UsageError, match=r"of .* numbers each are more than"):
        load_dataset(name, samples=10_000_000, **options)


def test_digits_are_those_of_scikit_learn():
    """Pictures and labels are those of load_digits, in the same order."""
    theirs = load_digits()
    ours = load_dataset("digits")
    np.testing.assert_array_equal(ours.X, theirs.data)
    np.testing.assert_array_equal(ours.y, theirs.target)
