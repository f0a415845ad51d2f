"""NPZ: arrays of one's own, and archives that lie, burst or hide a program."""

import io
import pickle
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initbench.data import load_dataset
from initbench.errors import UsageError

X, Y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture
def read(tmp_path):
    """Return a function that saves arrays and reads a data set from them."""

    def save_and_read(save=np.savez, task="auto", **arrays):
        save(tmp_path / "mine.npz", **arrays)
        return load_dataset("file", path=str(tmp_path / "mine.npz"), task=task)

    return save_and_read


@pytest.fixture
def read_members(tmp_path):
    """Return a function that zips bytes as members and reads a data set from them."""

    def zip_and_read(compression=zipfile.ZIP_DEFLATED, **members):
        path = tmp_path / "mine.npz"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, data in members.items():
                archive.writestr(f"{name}.npy", data)
        return load_dataset("file", path=str(path))

    return zip_and_read


def npy(array):
    """Return an array as NumPy saves it."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def headed(header, body=b"", version=1):
    """Return a header that may say anything, and what follows it."""
    text = header.encode("latin-1")
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + body


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", ">f8", "u1", "i8", ">i2", "?"])
def test_numbers_of_every_type_are_read(read, save, dtype):
    """Packed or not, of either byte order; they keep their type."""
    dataset = read(save, X=X.astype(dtype), y=Y)
    np.testing.assert_array_equal(dataset.X, X.astype(dtype))
    assert dataset.X.dtype == np.dtype(dtype).newbyteorder("=")


def test_images_are_read_row_by_row(read):
    """An array in Fortran's order is not transposed; a image becomes a row."""
    np.testing.assert_array_equal(read(X=np.asfortranarray(X), y=Y).X, X)
    pictures = np.arange(24.0).reshape(6, 2, 2)
    np.testing.assert_array_equal(read(X=pictures, y=Y).X, pictures.reshape(6, 4))


@pytest.mark.parametrize(
    ("y", "task", "labels", "names"),
    [
        (Y, "auto", Y, ("0", "1", "2")),
        (Y + 5, "auto", Y, ("5", "6", "7")),
        (Y.astype(np.uint8)[:, np.newaxis], "auto", Y, ("0", "1", "2")),
        (Y > 0, "auto", Y > 0, ("False", "True")),
        (np.array(["b", "a", "c", "b", "a", "c"]), "auto", [1, 0, 2, 1, 0, 2], ("a", "b", "c")),
        (Y / 2, "classification", Y, ("0.0", "0.5", "1.0")),
        (np.array([b"b", b"a", b"c"] * 2), "auto", [1, 0, 2, 1, 0, 2], ("a", "b", "c")),
    ],
)
def test_integers_and_text_become_classes(read, y, task, labels, names):
    """They are counted from 0 in their order, and keep their names."""
    dataset = read(X=X, y=y, task=task)
    np.testing.assert_array_equal(dataset.y, labels)
    assert dataset.class_names == names
    assert dataset.classes == len(names)


@pytest.mark.parametrize(
    ("y", "task"), [(Y / 2, "auto"), (X.astype(np.float32), "auto"), (Y, "regression")]
)
def test_numbers_become_targets(read, y, task):
    """One column or several, in float64."""
    dataset = read(X=X, y=y, task=task)
    np.testing.assert_array_equal(dataset.y, y.reshape(6, -1))
    assert dataset.y.dtype == np.float64
    assert dataset.classes is None


@pytest.mark.parametrize(("y", "y_test"), [(Y, Y[:3]), (Y / 2, Y[:3] / 2)])
def test_a_test_part_is_read_with_it(read, y, y_test):
    """Its labels mean what those to train on mean."""
    dataset = read(X=X, y=y, X_test=X[:3], y_test=y_test)
    np.testing.assert_array_equal(dataset.X_test, X[:3])
    np.testing.assert_array_equal(dataset.y_test, dataset.y[:3])


NAN = np.where(X == 5, np.nan, X)
TEXT = np.array(list("abcabc"))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": X}, "holds no array 'y'; there are: X"),
        ({"x": X, "y": Y}, "holds no array 'X'; there are: x, y"),
        ({"X": X, "y": Y, "X_test": X}, "holds only one of 'X_test' and 'y_test'"),
        ({"X": X[:5], "y": Y}, "X has 5 samples, y has 6"),
        ({"X": X, "y": Y, "X_test": X, "y_test": Y[:2]}, "X_test has 6 samples, y_test has 2"),
        ({"X": X, "y": Y, "X_test": X[:, :1], "y_test": Y}, "X has 2 features, X_test has 1"),
        ({"X": X, "y": Y / 2, "X_test": X, "y_test": X / 2}, "y has 1 targets, y_test has 2"),
        ({"X": X, "y": Y, "X_test": X, "y_test": Y + 1}, "y_test: class 3 has no sample"),
        ({"X": X, "y": Y, "X_test": X, "y_test": TEXT}, "y_test: holds other things than y"),
        ({"X": X[:, 0], "y": Y}, "X: must have samples and features, not shape (6,)"),
        ({"X": X + 1j, "y": Y}, "X.npy: holds complex128, where numbers"),
        ({"X": NAN, "y": Y}, "X: row 2, column 1 (counted from 0) is nan"),
        ({"X": X, "y": Y, "X_test": NAN, "y_test": Y}, "X_test: row 2, column 1"),
        ({"X": X, "y": NAN}, "y: row 2, column 1"),
        (
            {"X": X, "y": Y / 2, "X_test": X, "y_test": np.full(6, np.inf)},
            "y_test: row 0, column 0",
        ),
        ({"X": X[:0], "y": Y[:0]}, "X.npy: is empty, of shape (0, 2)"),
        ({"X": X[:, :0], "y": Y}, "X.npy: is empty, of shape (6, 0)"),
        ({"X": X, "y": Y * 0}, "y: holds one class alone"),
        ({"X": X[:1], "y": Y[:1]}, "y: holds one class alone"),
        ({"X": X, "y": np.ones((6, 2), int)}, "y: classes must be one a sample"),
        ({"X": TEXT.reshape(6, 1), "y": Y}, "X: must be a table of numbers"),
        ({"X": X, "y": np.array([b"a", b"\xff"] * 3)}, "y: holds text that is not UTF-8"),
        ({"X": X, "y": np.full(6, -1, "i4").view("U1")}, "y: holds text that is not Unicode"),
        ({"X": X, "y": np.full(6, 0xD800, "i4").view("U1")}, "y: holds text that is not Unicode"),
        ({"X": X, "y": np.array(5)}, "y: cannot predict int64 of shape ()"),
        ({"X": X, "y": TEXT, "task": "regression"}, "y: holds text"),
        ({"X": X, "y": NAN[:, 1], "task": "classification"}, "y: a class must be finite"),
        ({"X": np.array([[{}]] * 6), "y": Y}, "X.npy: holds Python objects"),
        ({"X": np.zeros(6, "f8,i4"), "y": Y}, "X.npy: holds |V1, where numbers"),
        ({"X": np.zeros(6, "M8[s]"), "y": Y}, "X.npy: holds datetime64[s], where numbers"),
    ],
)
def test_errors_name_the_array(read, arrays, message):
    """The message names the file, the array, and what is there."""
    with pytest.raises(UsageError) as caught:
        read(**arrays)
    assert "mine.npz" in str(caught.value)
    assert message in str(caught.value)


def test_options_of_tables_are_refused(tmp_path):
    """An archive has no columns to choose from."""
    np.savez(tmp_path / "mine.npz", X=X, y=Y)
    for option in ({"target": "y"}, {"header": "present"}):
        with pytest.raises(
            UsageError, match=f"mine.npz: this kind of file takes no {next(iter(option))}"
        ):
            load_dataset("file", path=str(tmp_path / "mine.npz"), **option)


SHAPED = "{{'descr': '{}', 'fortran_order': False, 'shape': {}}}\n"
HEADERS = [
    SHAPED.format("<f8", "(10000000000, 784)"),
    SHAPED.format("<f8", f"({'9' * 4000},)"),
    SHAPED.format("<f8", f"({'9' * 5000},)"),
    SHAPED.format("<f8", f"({'9' * 4000}, {'9' * 4000})"),
    SHAPED.format("<f8", "(-6, -2)"),
    SHAPED.format("<f8", "(True, 12)"),
    SHAPED.format("<f8", "(6.0, 2)"),
    SHAPED.format("<f8", "[6, 2]"),
    SHAPED.format("<f8", "(1,) * 10"),
    SHAPED.format("<f8", "(1, 1, 1, 1, 1, 1, 1, 6, 2)"),
    SHAPED.format("<U0", "(1000000000000,)"),
    SHAPED.format("|O", "(6, 2)"),
    SHAPED.format("f8,f8", "(6,)"),
    SHAPED.format("a5", "(6,)"),
    SHAPED.format("no such", "(6,)"),
    "{'descr': '<f8', 'fortran_order': False}",
    "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (6,)}",
    "{'descr': '<f8', 'fortran_order': False, 'shape': (6L, 2L)}",
    "[" * 5000,
    "-" * 9000 + "1",
    "()" * 3000,
    "__import__('os')",
    "1e999 - 1e999",
    "",
    "\0",
    "x" * 20_000,
]


@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_a_header_that_lies_is_refused(read_members, header, version):
    """Nothing is allocated, or run, on its word."""
    with pytest.raises(UsageError, match=r"mine\.npz: X\.npy: "):
        read_members(X=headed(header, X.tobytes(), version), y=npy(Y))


@pytest.mark.parametrize(
    "data",
    [b"", b"\x93NUMPY", b"\x93NUMPY\x01\0\x05", b"\x93NUMPY\x09\0\0\0", npy(X)[:-1], npy(X) + b"x"],
)
def test_an_array_that_is_cut_short_is_refused(read_members, data):
    """Its length must be what its header says."""
    with pytest.raises(UsageError, match=r"mine\.npz: X\.npy: "):
        read_members(X=data, y=npy(Y))


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_a_pickle_is_never_opened(read_members, tmp_path):
    """What it would have run has not run."""
    trap = np.array([Trap(str(tmp_path / "sprung"))] * 6, object)
    for data in (pickle.dumps(trap), npy(trap)):
        with pytest.raises(UsageError, match=r"mine\.npz: "):
            read_members(X=npy(X), y=data)
    assert not (tmp_path / "sprung").exists()


def test_a_bomb_is_refused_before_it_is_unpacked(read_members, monkeypatch):
    """Zeros that take a thousandth of their size are not trusted to."""
    monkeypatch.setattr("initbench.data.reading.UNPACKED_FREELY", 10_000)
    with pytest.raises(UsageError, match=r"X\.npy: would unpack from "):
        read_members(X=npy(np.zeros((6, 10_000))), y=npy(Y))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(read_members, method):
    """NumPy writes none of them, and they hide larger bombs."""
    with pytest.raises(UsageError, match=r"X\.npy: is packed as NumPy packs nothing"):
        read_members(method, X=npy(X), y=npy(Y))


def test_a_name_that_is_not_unicode_is_refused(tmp_path):
    """What an archive calls its members may be damaged too."""
    np.savez(tmp_path / "mine.npz", X=X, é=X, y=Y)
    spoilt = (tmp_path / "mine.npz").read_bytes().replace("é".encode(), b"\xff\xff")
    (tmp_path / "mine.npz").write_bytes(spoilt)
    with pytest.raises(UsageError, match=r"mine\.npz: is damaged: "):
        load_dataset("file", path=str(tmp_path / "mine.npz"))


def test_a_file_that_is_no_archive_is_an_error(tmp_path):
    """The message says so."""
    for data in (b"", b"PK\x03\x04", npy(X), b"PK\x05\x06" + bytes(18)):
        (tmp_path / "mine.npz").write_bytes(data)
        with pytest.raises(UsageError, match=r"mine\.npz: "):
            load_dataset("file", path=str(tmp_path / "mine.npz"))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), packed=st.booleans())
def test_any_bytes_are_read_or_refused(tmp_path, data, packed):
    """Nothing but a `UsageError` comes of an archive with a few bytes changed."""
    path = tmp_path / "mine.npz"
    (np.savez_compressed if packed else np.savez)(path, X=X, y=Y)
    spoilt = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(
        spoilt[: data.draw(st.integers(0, len(spoilt)))] if data.draw(st.booleans()) else spoilt
    )
    with suppress(UsageError):
        assert np.isfinite(load_dataset("file", path=str(path)).X).all()


def test_a_sample_without_a_target_is_dropped(tmp_path):
    """`missing: drop` leaves it out, as it does in a table."""
    path = tmp_path / "mine.npz"
    np.savez(path, X=np.arange(6).reshape(3, 2), y=np.array([0.5, np.nan, 2.5]))
    made = load_dataset("file", path=str(path), missing="drop")
    assert made.X.tolist() == [[0, 1], [4, 5]]
    assert made.y.tolist() == [[0.5], [2.5]]
    with pytest.raises(UsageError, match=r"y: row 1, .*missing: drop leaves the sample out"):
        load_dataset("file", path=str(path))
