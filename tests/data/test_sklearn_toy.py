"""scikit-learn's own draws: the same numbers, to the last bit."""

import numpy as np
import pytest
from sklearn import datasets as sklearn_datasets

from initbench.data import load_dataset, prepare


def assert_same(ours, theirs):
    """Both are samples and labels; neither may differ by a bit."""
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_array_equal(ours[1], theirs[1])


@pytest.mark.parametrize("samples", [2, 7, 100])
@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("random_state", [0, 2**32 - 1])
def test_moons_and_circles_are_scikit_learns(samples, noise, random_state):
    """Samples come in the same order, with the same noise, and the test part likewise."""
    drawn = {"samples": samples, "test_samples": samples, "noise": noise}
    states = {"random_state": random_state, "test_random_state": 3}
    for name, make, options in (
        ("sklearn:moons", sklearn_datasets.make_moons, {}),
        ("sklearn:circles", sklearn_datasets.make_circles, {"factor": 0.4}),
    ):
        ours = load_dataset(name, **drawn, **states, **options)
        assert_same(
            (ours.X, ours.y), make(samples, noise=noise, random_state=random_state, **options)
        )
        assert_same(
            (ours.X_test, ours.y_test), make(samples, noise=noise, random_state=3, **options)
        )


@pytest.mark.parametrize(("samples", "centers"), [(100, 3), (7, 5), (2, 2)])
def test_blobs_are_scikit_learns(samples, centers):
    """Centres, clouds and order are the same."""
    ours = load_dataset(
        "sklearn:blobs", samples=samples, centers=centers, spread=0.7, random_state=4
    )
    theirs = sklearn_datasets.make_blobs(samples, centers=centers, cluster_std=0.7, random_state=4)
    assert_same((ours.X, ours.y), theirs)


def test_circles_are_those_of_the_published_exercise():
    """Seeding the global generator with 1, then with 2, draws what the defaults draw."""
    split = prepare(
        load_dataset("sklearn:circles"), test_fraction=0.5, scaling="none", seed=9, dtype=np.float64
    )
    np.random.seed(1)  # noqa: NPY002  # as the exercise does
    assert_same((split.X_train, split.y_train), sklearn_datasets.make_circles(300, noise=0.05))
    np.random.seed(2)  # noqa: NPY002
    assert_same((split.X_test, split.y_test), sklearn_datasets.make_circles(100, noise=0.05))


def test_no_test_part_is_drawn_if_none_is_asked_for():
    """Then a share of the samples is split off, as of any other set."""
    dataset = load_dataset("sklearn:moons", test_samples=0)
    assert dataset.X_test is None
    split = prepare(dataset, test_fraction=0.25, scaling="none", seed=0, dtype=np.float64)
    assert len(split.X_test) == 76
