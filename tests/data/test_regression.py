"""Regression: targets that are known functions, and targets scaled as features are."""

import numpy as np
import pytest
from sklearn import datasets as sklearn_datasets

from initbench.data import Dataset, load_dataset, prepare


def test_sine_is_a_sine():
    """So many periods fit between -1 and 1."""
    curve = load_dataset("sine", periods=3, noise=0)
    np.testing.assert_allclose(curve.y, np.sin(2 * np.pi * 3 * curve.X / 2))


def test_friedman1_is_that_of_scikit_learn():
    """The same features have the same target, and those beyond the fifth say nothing."""
    ours = load_dataset("friedman1", samples=50, noise=0)
    generator = type("Replay", (np.random.RandomState,), {"uniform": lambda *_, **__: ours.X})()
    _, theirs = sklearn_datasets.make_friedman1(50, random_state=generator)
    np.testing.assert_allclose(ours.y[:, 0], theirs)


@pytest.mark.parametrize("depth", [1, 4])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_teacher_answers_for_its_inputs(activation, depth):
    """Targets are a function of the inputs, of the size that its weights promise, not linear."""
    lesson = load_dataset(
        "teacher", samples=2000, width=200, depth=depth, outputs=3, activation=activation
    )
    assert lesson.y.shape == (2000, 3)
    assert 0.05 < lesson.y.std() < 3
    design = np.column_stack([lesson.X, np.ones(2000)])
    residual = lesson.y - design @ np.linalg.lstsq(design, lesson.y, rcond=None)[0]
    assert residual.std() > 1e-3 * lesson.y.std()


def test_deep_linear_targets_have_the_spectrum_that_was_asked_for():
    """The map from inputs to targets is linear, with singular values 1, d, d², … and no more."""
    line = load_dataset("deep_linear", samples=200, inputs=9, outputs=6, rank=3, decay=0.3)
    found, *_ = np.linalg.lstsq(line.X, line.y, rcond=None)
    np.testing.assert_allclose(line.X @ found, line.y, atol=1e-12)
    singular = np.linalg.svd(found, compute_uv=False)
    np.testing.assert_allclose(singular, [1, 0.3, 0.09, 0, 0, 0], atol=1e-12)


@pytest.mark.parametrize("size", [8, 33])
def test_an_image_has_a_colour_for_each_pixel(size):
    """Places cover the square from -1 to 1 once, colours are from 0 to 1 and vary."""
    picture = load_dataset("image", size=size)
    along = np.linspace(-1, 1, size)
    places = [(across, up) for across in along for up in along]
    np.testing.assert_allclose(picture.X[np.lexsort(picture.X.T[::-1])], places, atol=1e-12)
    assert picture.y.shape == (size**2, 3)
    assert picture.y.min() >= 0
    assert picture.y.max() <= 1
    assert (picture.y.std(axis=0) > 0.1).all()


def prepared(dataset, scaling, **options):
    """Return a split with a quarter to test on."""
    return prepare(
        dataset, test_fraction=0.25, scaling=scaling, seed=0, dtype=np.float32, **options
    )


def test_targets_are_scaled_as_features_are():
    """Over the training part, each target has mean 0 and deviation 1, or runs from 0 to 1."""
    picture = load_dataset("image")
    standard = prepared(picture, "standard").y_train
    np.testing.assert_allclose(standard.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(standard.std(axis=0), 1)
    minmax = prepared(picture, "minmax").y_train
    np.testing.assert_allclose(minmax.min(axis=0), 0)
    np.testing.assert_allclose(minmax.max(axis=0), 1)
    raw = prepared(picture, "none")
    assert set(raw.y_train.ravel()) | set(raw.y_test.ravel()) == set(picture.y.ravel())
    assert raw.classes is None
    assert raw.y_test.dtype == np.float64


@pytest.mark.parametrize("scaling", ["standard", "minmax", "none"])
def test_scaling_of_targets_never_sees_the_test_part(scaling):
    """With other test targets, the training part stays as it was, to the last bit."""
    curve = load_dataset("sine", samples=100)
    is_test = np.isin(curve.y, prepared(curve, "none").y_test)
    changed = Dataset("changed", curve.X, np.where(is_test, 1e3, curve.y), None)
    before, after = prepared(curve, scaling), prepared(changed, scaling)
    assert is_test.sum() == 25
    np.testing.assert_array_equal(before.y_train, after.y_train)
    assert (before.y_test != after.y_test).all()
