"""Files as pandas, R, Keras and scikit-learn write them, with the right values."""

import numpy as np
import pandas as pd
import pytest

from initbench.data import load_dataset, prepare
from initbench.errors import UsageError


@pytest.fixture
def noise():
    """Return a frame of noise in three balanced classes, sorted by class."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.standard_normal((150, 4)).round(2), columns=list("abcd"))
    return frame.assign(kind=np.repeat(["s", "ve", "vi"], 50))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_an_index_is_no_leak(noise, tmp_path, ending, shuffled):
    """The rows are sorted by class, so their numbers would tell it; they are no feature."""
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"t{ending}"
    frame = noise.sample(frac=1, random_state=1) if shuffled else noise
    frame.to_csv(path) if ending == ".csv" else frame.to_parquet(path)
    made = load_dataset("file", path=str(path))
    np.testing.assert_array_equal(made.X, frame[list("abcd")])
    assert made.class_names == ("s", "ve", "vi")
    assert not [each for each in made.notices if "alone predicts" in each]


def test_an_index_that_is_kept_is_a_leak(noise, tmp_path):
    """Asked for by number, it predicts the class, and the notice says so."""
    noise.to_csv(tmp_path / "t.csv")
    made = load_dataset("file", path=str(tmp_path / "t.csv"), features=["*"])
    assert made.X.shape == (150, 5)
    assert any("'Unnamed: 0' alone predicts" in each for each in made.notices)


def test_an_array_written_by_pandas_has_a_header_of_numbers(tmp_path):
    """The default names of a frame's columns are no sample."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 3)).round(3)
    frame = pd.DataFrame(np.column_stack([X, X[:, 0] > 0])).astype({3: int})
    frame.to_csv(tmp_path / "t.csv", index=False)
    made = load_dataset("file", path=str(tmp_path / "t.csv"))
    np.testing.assert_array_equal(made.X, X)
    assert made.classes == 2


def test_integers_near_two_to_the_sixtieth_are_scaled_exactly(tmp_path):
    """A difference of a thousand among numbers of 10^18 is the whole feature."""
    steps = np.arange(120) + 1000 * (np.arange(120) % 2)
    frame = pd.DataFrame({"a": 2**60 + steps, "b": 0.5, "y": np.arange(120) % 2})
    frame.to_csv(tmp_path / "t.csv", index=False)
    np.savez(tmp_path / "t.npz", X=(2**60 + steps)[:, np.newaxis], y=frame["y"])
    plain = pd.DataFrame({"a": steps.astype(float), "b": 0.5, "y": frame["y"]})
    plain.to_csv(tmp_path / "plain.csv", index=False)
    options = {"test_fraction": 0.25, "seed": 0, "dtype": np.float64}
    for scaling in ("standard", "minmax"):
        splits = [
            prepare(load_dataset("file", path=str(tmp_path / name)), scaling=scaling, **options)
            for name in ("t.csv", "t.npz", "plain.csv")
        ]
        for split in splits[:2]:
            np.testing.assert_allclose(
                split.X_train[:, 0], splits[2].X_train[:, 0], rtol=0, atol=1e-12
            )


def test_a_notice_tells_which_integers_are_counted_from_their_minimum(tmp_path):
    """Those beyond 2^53, of any feature; smaller ones are as they are."""
    X = np.array([[1, 2**60 + 5], [2, 2**60 + 9], [3, 2**60 + 6], [4, 2**60 + 5]])
    np.savez(tmp_path / "t.npz", X=X, y=[0, 1, 0, 1])
    dataset = load_dataset("file", path=str(tmp_path / "t.npz"))
    np.testing.assert_array_equal(dataset.X, [[1, 0], [2, 4], [3, 1], [4, 0]])
    [notice] = [each for each in dataset.notices if "2^53" in each]
    assert notice.startswith("integers beyond 2^53 in 1 feature are counted from their minimum")
    assert notice.endswith(f"feature 1 from {2**60 + 5}")


@pytest.mark.parametrize(
    ("arrays", "name", "given", "stored"),
    [
        ({"X": [[1, 2**60 + 2], [2, 1]]}, "feature 1", 2**60 + 2, 2**60 + 1),
        ({"X": [[2**60 + 1], [0]]}, "feature 0", 2**60 + 1, 2**60),
        (
            {"X": [[1], [2]], "X_test": np.array([[2**53 + 1]], np.uint64), "y_test": [0]},
            *("feature 0", 2**53 + 1, 2**53),
        ),
        ({"X": [[1.5], [2.5]], "y": [2**53 + 1, 4]}, "y", 2**53 + 1, 2**53),
    ],
)
def test_integers_of_arrays_that_lose_digits_are_noticed(tmp_path, arrays, name, given, stored):
    """Integers that lie too far apart, those of a test part of another type, and targets."""
    np.savez(tmp_path / "t.npz", **{"y": [0, 1], **arrays})
    task = "regression" if "y" in arrays else "auto"
    dataset = load_dataset("file", path=str(tmp_path / "t.npz"), task=task)
    [notice] = [each for each in dataset.notices if "float64" in each]
    assert notice.startswith(f"{name} holds integers that float64 cannot store exactly")
    assert notice.endswith(f"{given} is read as {stored}")


def test_keras_archives_keep_their_test_part(tmp_path):
    """Images are laid out in a row of bytes."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.integers(0, 256, (30, 28, 28), np.uint8),
        "y_train": np.arange(30, dtype=np.uint8) % 3,
        "x_test": rng.integers(0, 256, (9, 28, 28), np.uint8),
        "y_test": np.arange(9, dtype=np.uint8) % 3,
    }
    np.savez(tmp_path / "mnist.npz", **arrays)
    made = load_dataset("file", path=str(tmp_path / "mnist.npz"))
    assert (made.X.shape, made.X.dtype, made.X_test.shape) == ((30, 784), np.uint8, (9, 784))
    np.testing.assert_array_equal(made.X[3], arrays["x_train"][3].ravel())


def test_scikit_learns_arrays_keep_their_names(tmp_path):
    """``data`` and ``target``, with the names of features and classes."""
    np.savez(
        tmp_path / "iris.npz",
        data=np.arange(8.0).reshape(4, 2),
        target=np.array([0, 1, 0, 1]),
        feature_names=np.array(["length", "width"]),
        target_names=np.array(["setosa", "virginica"]),
    )
    made = load_dataset("file", path=str(tmp_path / "iris.npz"))
    assert made.feature_names == ("length", "width")
    assert made.class_names == ("setosa", "virginica")


def test_one_hot_targets_are_classes_or_numbers_with_a_notice(tmp_path):
    """Integers are classes, real numbers are numbers unless the task says otherwise."""
    path = tmp_path / "t.npz"
    labels = np.array([0, 2, 1, 0, 2, 1])
    for dtype, task, classes in ((int, "auto", 3), (float, "auto", None)):
        np.savez(path, X=np.arange(12.0).reshape(6, 2), y=np.eye(3, dtype=dtype)[labels])
        made = load_dataset("file", path=str(path), task=task)
        assert made.classes == classes
        assert "one-hot" in made.notices[0]
    made = load_dataset("file", path=str(path), task="classification")
    np.testing.assert_array_equal(made.y, labels)


def test_the_weights_of_a_network_are_no_data_set(tmp_path):
    """The message names the command that reads them."""
    np.savez(tmp_path / "net.npz", **{"0.weight": np.zeros((8, 16)), "0.bias": np.zeros(8)})
    with pytest.raises(UsageError, match=r"holds no array 'X'.*initbench audit reads them"):
        load_dataset("file", path=str(tmp_path / "net.npz"))


def test_dummies_and_booleans_are_features(tmp_path):
    """``get_dummies`` writes True and False."""
    frame = pd.DataFrame({"len": [36.7, 39.1, 31.8, 40.0], "isle": list("AABB"), "y": list("pqpq")})
    pd.get_dummies(frame, columns=["isle"]).to_csv(tmp_path / "t.csv", index=False)
    made = load_dataset("file", path=str(tmp_path / "t.csv"), target="y")
    np.testing.assert_array_equal(made.X[:, 1:], [[1, 0], [1, 0], [0, 1], [0, 1]])
