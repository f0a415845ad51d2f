"""Weights in files: what is written is read, and what does not fit is refused in words."""

import io
import zipfile

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.initializers import bind, layers_of
from initbench.initializers.weightfiles import (
    check_digest,
    encode_layers,
    load_array,
    load_arrays,
    origin_of,
)

LAYERS = layers_of([3, 4, 2], "relu")


@pytest.fixture
def drawn():
    """Return a network's weights and biases."""
    return bind("torch:linear").draw(LAYERS, seed=0)


@pytest.fixture
def path(tmp_path, drawn):
    """Return a file of them."""
    found = tmp_path / "weights.npz"
    found.write_bytes(encode_layers(drawn))
    return found


def test_a_network_starts_from_a_file_whatever_the_seed(path, drawn):
    """Weights and biases are those of the file."""
    for seed in (0, 1):
        read = bind("file", path=str(path)).draw(LAYERS, seed)
        for pair, expected in zip(read, drawn, strict=True):
            for one, other in zip(pair, expected, strict=True):
                np.testing.assert_array_equal(one, other)


def test_missing_biases_are_zero(tmp_path):
    """A file of weights alone is enough."""
    path = tmp_path / "weights.npz"
    np.savez(path, W1=np.ones((3, 4)), W2=np.ones((4, 2)))
    assert all(not biases.any() for _, biases in bind("file", path=str(path)).draw(LAYERS, 0))


def test_encoding_is_reproducible(drawn):
    """Nothing in a file is of when it was written."""
    assert encode_layers(drawn) == encode_layers(drawn)


def test_a_file_states_its_law(path, drawn):
    """Mean, variance and the law of biases are those of the numbers in it."""
    scheme = bind("file", path=str(path))
    assert scheme.mean(LAYERS[0]) == pytest.approx(drawn[0][0].mean())
    assert scheme.variance(LAYERS[0]) == pytest.approx(drawn[0][0].var())
    assert scheme.bias_law(LAYERS[0]).mean == pytest.approx(drawn[0][1].mean())


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([3, 4, 4, 2], "weights.npz has 2 layers, and this network has 3"),
        ([3, 5, 2], r"W1 has shape \(3, 4\), and layer 1 of this network takes \(3, 5\)"),
        ([3, 4, 1], r"W2 has shape \(4, 2\), and layer 2 of this network takes \(4, 1\)"),
    ],
)
def test_a_file_of_another_network_raises(path, sizes, message):
    """The message says which layer has which shape, and which is wanted."""
    with pytest.raises(UsageError, match=message):
        bind("file", path=str(path)).draw(layers_of(sizes, "relu"), 0)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"V1": np.ones((3, 4))}, "unknown array 'V1': layers are W1"),
        ({"W2": np.ones((3, 4))}, "there is no W1"),
        ({"W1": np.ones((3, 4)), "W2": np.ones((2, 4))}, "have to be transposed"),
        ({"W1": np.full((3, 4), np.nan)}, "W1 holds something else than finite numbers"),
        ({"W1": np.ones((3, 4)), "b1": np.ones(3)}, "b1 has 3 biases for the 4 units"),
        ({"W1": np.array([{}], object)}, "holds Python objects; they are never unpickled"),
    ],
)
def test_arrays_that_make_no_network_raise(tmp_path, arrays, message):
    """With the file's name; nothing is unpickled."""
    path = tmp_path / "weights.npz"
    np.savez(path, **arrays)
    with pytest.raises(UsageError, match=f"weights.npz.*{message}"):
        bind("file", path=str(path)).draw(LAYERS, 0)


def test_unreadable_files_raise(tmp_path, path):
    """Missing, empty, and of another kind."""
    with pytest.raises(UsageError, match=r"none\.npz: does not exist"):
        bind("file", path=str(tmp_path / "none.npz")).draw(LAYERS, 0)
    empty = tmp_path / "empty.npz"
    empty.write_bytes(b"")
    with pytest.raises(UsageError, match=r"empty\.npz: is no archive of arrays"):
        bind("file", path=str(empty)).draw(LAYERS, 0)
    single = tmp_path / "one.npy"
    np.save(single, np.ones((3, 4)))
    with pytest.raises(UsageError, match=r"one\.npy: is no archive of arrays"):
        bind("file", path=str(single)).draw(LAYERS, 0)
    with pytest.raises(UsageError, match="is no array in NumPy's format"):
        load_array(path)


def test_declared_sizes_are_checked_before_memory_is_allocated(tmp_path):
    """A header that promises a terabyte, and an archive that unpacks to a gigabyte."""
    header = np.lib.format.header_data_from_array_1_0(np.ones(2)) | {"shape": (2**37,)}
    lying = io.BytesIO()
    np.lib.format.write_array_header_1_0(lying, header)
    (tmp_path / "lying.npy").write_bytes(lying.getvalue() + bytes(16))
    with pytest.raises(
        UsageError, match=r"lying\.npy: its header promises 1,099,511,627,776 bytes"
    ):
        load_array(tmp_path / "lying.npy")
    bomb = tmp_path / "bomb.npz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(1, 5):
            archive.writestr(f"W{number}.npy", lying.getvalue() + bytes(2**25))
    with pytest.raises(UsageError, match=r"bomb\.npz: would unpack from"):
        load_arrays(bomb)


def test_a_changed_file_raises(path, drawn):
    """A worker reads what was planned, or says so."""
    origin = origin_of(str(path))
    check_digest(origin)
    path.write_bytes(encode_layers(drawn[:1]))
    with pytest.raises(UsageError, match="has changed since the experiment was planned"):
        check_digest(origin)
