"""Missing values: filled in after the split, from the training part alone."""

import numpy as np
import pytest

from initbench.data import load_dataset, prepare
from initbench.errors import UsageError

PLAIN = {"test_fraction": 0.25, "scaling": "none", "seed": 0, "dtype": np.float64}


def table(rows):
    """Return the text of a table."""
    return "a,b,y\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


@pytest.fixture
def gaps():
    """Return forty rows of which every fifth lacks its first feature."""
    rng = np.random.default_rng(0)
    first = rng.standard_normal(40).round(3).tolist()
    return [("" if n % 5 == 0 else first[n], n % 3, "uv"[n % 2]) for n in range(40)]


def test_the_mean_is_that_of_the_training_part(read, gaps):
    """Changing every number of the test part changes nothing in the training part."""
    made = read(table(gaps), missing="mean")
    split = prepare(made, **PLAIN)
    is_gap = np.isnan(made.X[:, 0])
    assert is_gap.sum() == 8
    known = np.setdiff1d(split.X_train[:, 0], made.X[~is_gap, 0])
    [mean] = known
    given = split.X_train[split.X_train[:, 0] != mean, 0]
    np.testing.assert_allclose(mean, np.mean(given), rtol=1e-12)
    tested = set(split.X_test[:, 0].tolist()) - {mean}
    assert tested
    changed = [(100 if row[0] in tested else row[0], *row[1:]) for row in gaps]
    again = prepare(read(table(changed), missing="mean"), **PLAIN)
    np.testing.assert_array_equal(again.X_train, split.X_train)
    assert mean in again.X_test[:, 0] or not np.isin(mean, split.X_test[:, 0])


def test_the_most_frequent_value_fills_in(read):
    """Two is the most frequent of each part's known values; of equals, the smallest counts."""
    rows = [(2 if n % 4 else "", n % 5, "uv"[n % 2]) for n in range(40)]
    split = prepare(read(table(rows), missing="most_frequent"), **PLAIN)
    assert (split.X_train[:, 0] == 2).all()
    assert (split.X_test[:, 0] == 2).all()


@pytest.mark.parametrize("missing", ["mean", "most_frequent"])
def test_a_category_is_filled_in_as_a_whole(read, missing):
    """One-hot columns stay one-hot, though no category has a majority."""
    words = ["p", "p", "q", "r", ""]
    rows = [(n * 0.5, words[n % 5], "uv"[n % 2]) for n in range(50)]
    made = read(table(rows), missing=missing, categories="one_hot")
    split = prepare(made, **PLAIN)
    for X in (split.X_train, split.X_test):
        np.testing.assert_array_equal(X[:, 1:].sum(axis=1), 1)
        assert set(np.unique(X[:, 1:])) == {0, 1}
    assert made.feature_names == ("a", "b=p", "b=q", "b=r")
    filled = split.X_train[:, 1].sum() + split.X_test[:, 1].sum()
    assert filled == sum(word == "p" for word in words) * 10 + 10


def test_arrays_may_have_gaps_too(tmp_path):
    """NaN in an archive is refused by default, dropped or filled in if one says so."""
    X = np.arange(20.0).reshape(10, 2)
    X[3, 1] = np.nan
    path = tmp_path / "t.npz"
    np.savez(path, X=X, y=np.arange(10) % 2)
    with pytest.raises(UsageError, match="X: row 3, column 1"):
        load_dataset("file", path=str(path))
    assert load_dataset("file", path=str(path), missing="drop").X.shape == (9, 2)
    split = prepare(load_dataset("file", path=str(path), missing="mean"), **PLAIN)
    assert np.isfinite(split.X_train).all()
    assert np.isfinite(split.X_test).all()


def test_a_missing_target_is_never_filled_in(refusal):
    """The message says what to do."""
    said = refusal("a,y\n1,u\n2,\n3,v\n", missing="mean")
    assert said.startswith("line 3: the target 'y' is missing")


def test_a_feature_without_any_value_in_the_training_part_is_named(read):
    """There is nothing to learn the mean from."""
    rows = [("" if n else 1.5, n, "uv"[n % 2]) for n in range(20)]
    complete = read(table([(1, *row[1:]) for row in rows]))
    tested = (prepare(complete, **{**PLAIN, "seed": seed}).X_test[:, 1] for seed in range(50))
    seed = next(place for place, numbers in enumerate(tested) if 0 in numbers)
    with pytest.raises(UsageError, match="feature 'a' has no value in the training part"):
        prepare(read(table(rows), missing="mean"), **{**PLAIN, "seed": seed})


def test_integers_beside_a_gap_stay_integers(read):
    """A whole target is classes with and without a gap, and large integers are not rounded."""
    first = 2**60
    rows = [("" if n == 1 else first + n, n / 8, "" if n == 2 else n % 2) for n in range(12)]
    dropped = read(table(rows), missing="drop")
    assert (dropped.classes, dropped.class_names) == (2, ("0", "1"))
    assert not [notice for notice in dropped.notices if "regression" in notice]
    assert dropped.X[:, 0].tolist() == [0, *range(3, 12)]
    assert dropped.reading == "offset=a; classes with gaps"
    filled = read(table([(*row[:2], "uv"[n % 2]) for n, row in enumerate(rows)]), missing="mean")
    np.testing.assert_array_equal(filled.X[:, 0], [0, np.nan, *range(2, 12)])
    points = [(*row[:2], f"{row[2]}.0" if row[2] != "" else "") for row in rows]
    assert read(table(points), missing="drop").classes is None
