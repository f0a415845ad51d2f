"""IDX folders: MNIST's four files, packed or not, and what may be wrong with them."""

import gzip
import hashlib
import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from initbench.data import dataset_digest, load_dataset, prepare
from initbench.data.real import read_idx
from initbench.errors import UsageError


def idx(array, code=0x08, lengths=None):
    """Return an array as an IDX file's bytes, under a header that may lie."""
    lengths = array.shape if lengths is None else lengths
    header = bytes([0, 0, code, len(lengths)]) + struct.pack(f">{len(lengths)}I", *lengths)
    return header + array.tobytes()


@pytest.fixture
def pictures():
    """Return a small set of images: those to train on and to test on, with their labels."""
    rng = np.random.default_rng(0)
    return {
        "train-images": rng.integers(0, 256, (30, 4, 4), np.uint8),
        "train-labels": np.arange(30, dtype=np.uint8) % 3,
        "t10k-images": rng.integers(0, 256, (9, 4, 4), np.uint8),
        "t10k-labels": np.arange(9, dtype=np.uint8) % 3,
    }


@pytest.fixture
def write_idx(tmp_path, pictures):
    """Return a function that writes the four files, with other bytes for some of them."""

    def write(spelling="-", *, packed=False, **changes):
        for stem, array in pictures.items():
            axes = "idx3" if stem.endswith("images") else "idx1"
            data = changes.get(stem.replace("-", "_"), idx(array))
            name = f"{stem}{spelling}{axes}-ubyte" + (".gz" if packed else "")
            (tmp_path / name).write_bytes(gzip.compress(data) if packed else data)
        return tmp_path

    return write


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("spelling", ["-", "."])
def test_a_folder_is_read_as_it_comes(write_idx, pictures, spelling, packed):
    """Both spellings are found, packed or not; images stay bytes, a row each."""
    folder = write_idx(spelling, packed=packed)
    dataset = load_dataset("mnist", path=str(folder))
    assert dataset.X.dtype == dataset.X_test.dtype == np.uint8
    np.testing.assert_array_equal(dataset.X, pictures["train-images"].reshape(30, 16))
    np.testing.assert_array_equal(dataset.X_test, pictures["t10k-images"].reshape(9, 16))
    np.testing.assert_array_equal(dataset.y, pictures["train-labels"])
    np.testing.assert_array_equal(dataset.y_test, pictures["t10k-labels"])
    assert dataset.classes == 3


def test_uncompressed_images_are_mapped_into_memory(write_idx):
    """Their bytes are on disk until they are wanted."""
    X = load_dataset("mnist", path=str(write_idx())).X
    while not isinstance(X, np.memmap):
        X = X.base
    assert X.mode == "r"


def test_a_data_set_keeps_its_own_test_part(write_idx, pictures):
    """Nothing is split off, whatever share would be asked for."""
    dataset = load_dataset("fashion_mnist", path=str(write_idx()))
    split = prepare(dataset, test_fraction=0.5, scaling="none", seed=0, dtype=np.float32)
    np.testing.assert_array_equal(split.X_test, pictures["t10k-images"].reshape(9, 16))
    assert len(split.X_train) == 30


def test_labels_that_skip_a_number_are_counted_on(write_idx):
    """Letters that are labelled from 1 become classes from 0, under their own names."""
    train, test = (np.arange(count, dtype=np.uint8) % 3 * 5 + 1 for count in (30, 9))
    folder = write_idx(train_labels=idx(train), t10k_labels=idx(test))
    dataset = load_dataset("mnist", path=str(folder))
    assert dataset.class_names == ("1", "6", "11")
    np.testing.assert_array_equal(np.unique(dataset.y_test), [0, 1, 2])


@pytest.mark.parametrize(
    ("code", "dtype"),
    [(0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")],
)
def test_numbers_of_every_type_are_read(write_idx, code, dtype):
    """All but bytes are big-endian, and become features all the same."""
    numbers = np.linspace(-100, 100, 30 * 16).astype(dtype).reshape(30, 16)
    folder = write_idx(train_images=idx(numbers, code))
    dataset = load_dataset("mnist", path=str(folder))
    np.testing.assert_array_equal(dataset.X, numbers)
    split = prepare(dataset, test_fraction=0.5, scaling="standard", seed=0, dtype=np.float32)
    assert split.X_train.dtype == np.dtype("=f4")


def test_the_digest_is_that_of_the_four_files_in_order(write_idx, tmp_path):
    """It is what ``cat train-images* train-labels* t10k-images* t10k-labels* | sha256sum`` says."""
    path = str(write_idx())
    names = [
        f"{part}-{kind}-ubyte"
        for part in ("train", "t10k")
        for kind in ("images-idx3", "labels-idx1")
    ]
    expected = hashlib.sha256(
        b"".join((tmp_path / name).read_bytes() for name in names)
    ).hexdigest()
    assert dataset_digest("mnist", path=path) == expected
    assert load_dataset("mnist", path=path, sha256=expected.upper()).classes == 3
    with pytest.raises(UsageError, match=f"sha256 is {expected}, not 00"):
        load_dataset("mnist", path=path, sha256="00")


def test_a_missing_file_is_named(write_idx):
    """Each of its spellings is."""
    folder = write_idx()
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(UsageError, match=r"holds neither t10k-labels-idx1-ubyte, .*ubyte\.gz"):
        load_dataset("mnist", path=str(folder))


def test_a_file_is_no_folder(write_idx):
    """Nor is what does not exist, or cannot."""
    path = write_idx() / "train-images-idx3-ubyte"
    for each, reason in (
        (path, "is not a folder"),
        (path.with_name("nowhere"), "does not exist"),
        (path / "below", "does not exist"),
        ("a\0b", "does not exist"),
        ("x" * 5000, "cannot be read: File name too long"),
    ):
        with pytest.raises(UsageError, match=f": {reason}"):
            load_dataset("mnist", path=str(each))


IMAGES, LABELS = np.zeros((30, 4, 4), np.uint8), np.zeros(30, np.uint8)
NAN = np.where(np.arange(480) == 35, np.nan, 1.0).astype(">f4").reshape(30, 16)
BAD = [
    ("train_images", b"", "is not an IDX file"),
    ("train_images", b"\x1f\x8b\x08\x00", "is not an IDX file"),
    ("train_images", b"\0\0\x0a\x01\0\0\0\x01\0", "is not an IDX file"),
    ("train_images", b"\0\0\x08\xff" + bytes(2000), "is not an IDX file"),
    ("train_images", b"\0\0\x08\x03\0\0", "is truncated in its header"),
    ("train_images", idx(IMAGES, lengths=(0, 4, 4)), "is empty"),
    ("train_images", idx(IMAGES)[:-1], "promises 480 bytes.*; 479 are|truncated: 479 bytes of 480"),
    ("train_images", idx(IMAGES) + b"x", "promises 480 bytes.*; 481 are|longer than the 480 bytes"),
    (
        "train_images",
        idx(IMAGES, lengths=(2**32 - 1,) * 3),
        "header promises .* 480 are|would unpack from",
    ),
    ("train_images", idx(IMAGES[1:]), "has 29 images, train-labels-idx1-ubyte"),
    ("train_images", idx(NAN, 0x0D), "X: row 2, column 3 .* is nan"),
    ("t10k_images", idx(IMAGES[:9, :3]), "X has 16 features, X_test has 12"),
    ("train_labels", idx(LABELS), "y_test: class 1 has no sample to train on"),
    ("train_labels", idx(IMAGES), "must have one label per image"),
    ("train_labels", idx(NAN[:, 0], 0x0D), "must have one label per image"),
    ("t10k_labels", idx(np.full(9, 7, np.uint8)), "y_test: class 7 has no sample"),
]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("name", "data", "message"), BAD)
def test_damaged_files_raise_with_a_message(write_idx, name, data, message, packed):
    """The message names the file, or the folder and the part."""
    folder = write_idx(packed=packed, **{name: data})
    with pytest.raises(UsageError, match=message) as caught:
        load_dataset("mnist", path=str(folder))
    assert str(folder) in str(caught.value)


def test_a_data_set_of_one_class_is_an_error(write_idx):
    """There is nothing to tell apart."""
    folder = write_idx(train_labels=idx(LABELS), t10k_labels=idx(LABELS[:9]))
    with pytest.raises(UsageError, match="holds one class alone"):
        load_dataset("mnist", path=str(folder))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=64) | st.binary(max_size=32).map(b"\0\0\x08\x02".__add__),
    packed=st.booleans(),
    cut=st.integers(0, 10),
)
def test_any_bytes_are_read_or_refused(tmp_path, data, packed, cut):
    """Nothing but a `UsageError` comes of bytes that nobody vouches for."""
    path = tmp_path / ("x.gz" if packed else "x")
    path.write_bytes(gzip.compress(data)[: -cut or None] if packed else data)
    with suppress(UsageError):
        assert read_idx(path).size
