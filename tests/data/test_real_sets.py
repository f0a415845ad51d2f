"""Sets of scikit-learn and OpenML: what they hold, and what is said where they cannot be had."""

import sys
import urllib.error
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn import datasets as sklearn_datasets

from initbench.data import DATASETS, load_dataset
from initbench.errors import UsageError


@pytest.mark.parametrize(
    ("name", "shape", "names"),
    [
        ("iris", (150, 4), ("setosa", "versicolor", "virginica")),
        ("wine", (178, 13), ("class_0", "class_1", "class_2")),
        ("breast_cancer", (569, 30), ("malignant", "benign")),
    ],
)
def test_classes_have_their_names(name, shape, names):
    """Shapes are the published ones."""
    dataset = load_dataset(name)
    assert dataset.X.shape == shape
    assert dataset.class_names == names


def test_diabetes_is_not_scaled_beforehand():
    """Measurements are the raw ones, so that the test part stays unseen."""
    dataset = load_dataset("diabetes")
    assert dataset.X.shape == (442, 10)
    assert dataset.y.shape == (442, 1)
    assert set(np.unique(dataset.X[:, 1])) == {1.0, 2.0}
    assert dataset.X[:, 0].mean() > 40


@pytest.mark.parametrize("name", ["iris", "diabetes", "openml:credit-g"])
def test_without_scikit_learn_it_is_asked_for(name, monkeypatch):
    """The message says how it is installed."""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    expected = rf"data set '{name}': needs sklearn.*pip install 'initbench\[datasets\]'"
    with pytest.raises(UsageError, match=expected):
        load_dataset(name)


@pytest.fixture
def openml(monkeypatch):
    """Return a function that says what OpenML answers, and the list of what it was asked."""
    asked = []

    def answer(data=None, target=None, error=None):
        def fetch(name, **options):
            asked.append((name, options["version"], options["target_column"]))
            if error is not None:
                raise error
            return SimpleNamespace(data=data, target=target)

        monkeypatch.setattr(sklearn_datasets, "fetch_openml", fetch)
        return asked

    return answer


X = np.arange(8.0).reshape(4, 2)


def test_openml_is_asked_by_name_version_and_target(openml):
    """Version 1 and the usual target, unless others are wanted."""
    asked = openml(X, np.array(["b", "a", "b", "a"], object))
    first = load_dataset("openml:credit-g")
    load_dataset("openml:credit-g", version=3, target="age")
    assert asked == [("credit-g", 1, "default-target"), ("credit-g", 3, "age")]
    assert first.name == "openml:credit-g"
    assert first.class_names == ("a", "b")
    np.testing.assert_array_equal(first.y, [1, 0, 1, 0])


def test_numbers_of_openml_are_targets(openml):
    """They are predicted as numbers."""
    openml(X, np.array([0.5, 1.0, 2.0, 3.0]))
    assert load_dataset("openml:cpu").classes is None


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"error": urllib.error.URLError("no route")}, "cannot be fetched from openml.org: .*no r"),
        ({"error": TimeoutError("timed out")}, "cannot be fetched from openml.org: timed out"),
        ({"error": ValueError("No known data set")}, "openml.org: No known data set"),
        ({"data": object(), "target": X[:, 0]}, "holds a sparse table"),
        ({"data": X.astype(str), "target": X[:, 0]}, "has features that are text"),
        ({"data": X, "target": None}, "has no target of its own"),
        ({"data": np.where(X == 3, np.nan, X), "target": X[:, 0]}, "X: row 1, column 1"),
    ],
)
def test_failures_of_openml_raise_with_a_message(openml, answer, message):
    """The message names the data set and the reason."""
    openml(**answer)
    with pytest.raises(UsageError, match=f"data set 'openml:cpu': {message}"):
        load_dataset("openml:cpu")


def test_openml_is_an_entry_like_any_other():
    """It is found by its full name, has options, and is one and the same each time."""
    entry = DATASETS["openml:credit-g"]
    assert "openml:credit-g" in DATASETS
    assert entry.name == "openml:credit-g"
    assert list(entry.options) == ["version", "target"]
    assert DATASETS["openml:credit-g"] is entry
    assert not any(name.startswith("openml:") for name in DATASETS.all_names)


@pytest.mark.parametrize("name", ["openml:", "openml:a/b", "openml:a b", "openml:" + "x" * 129])
def test_invalid_names_are_no_entries(name):
    """Nothing leads out of OpenML's list."""
    assert name not in DATASETS
    with pytest.raises(UsageError, match="unknown data set"):
        load_dataset(name)
