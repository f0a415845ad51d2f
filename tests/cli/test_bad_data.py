"""Bad data, through the command line: exit 2, in words that name the culprit, in bounded memory."""

import gzip
import io
import resource
import struct
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from initbench.experiment import session

X, Y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])
GIBIBYTE = 2**30


def npz(**arrays):
    """Write an archive of arrays."""
    np.savez("bad.npz", **{"X": X, "y": Y, **arrays}, allow_pickle=True)


def header(shape, descr="<f8"):
    """Return the beginning of an array's file, whatever follows."""
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def archive(X_bytes, compression=zipfile.ZIP_STORED):
    """Write an archive whose features are these bytes."""
    np.save("y.npy", Y)
    with zipfile.ZipFile("bad.npz", "w", compression) as file:
        file.writestr("X.npy", X_bytes)
        file.write("y.npy")


@cache
def bomb_bytes():
    """Return an archive of little that unpacks to more than there is."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        with file.open("X.npy", "w") as member:
            member.write(header((6, 5 * GIBIBYTE // 8 // 48)))
            for _ in range(40):
                member.write(bytes(2**24))
        file.writestr("y.npy", b"")
    return data.getvalue()


def truncated():
    """Write the first half of an archive."""
    npz()
    data = Path("bad.npz").read_bytes()
    Path("bad.npz").write_bytes(data[: len(data) // 2])


def idx(images=6, labels=6, promised=6):
    """Write a folder of IDX files, of which those to train on may be wrong."""
    folder = Path("folder")
    folder.mkdir()
    for stem, pictures, count in (("train", images, labels), ("t10k", 6, 6)):
        shape = struct.pack(">4I", 0x803, promised if stem == "train" else 6, 2, 2)
        (folder / f"{stem}-images-idx3-ubyte").write_bytes(shape + bytes(4 * pictures))
        data = struct.pack(">2I", 0x801, count) + bytes(each % 2 for each in range(count))
        (folder / f"{stem}-labels-idx1-ubyte").write_bytes(data)


def csv(text, name="bad.csv"):
    """Write a table."""
    data = text if isinstance(text, bytes) else text.encode()
    Path(name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


NPZ = "{name: file, path: bad.npz}"
CSV = "{name: file, path: bad.csv}"
MNIST = "{name: mnist, path: folder}"

FILES = {
    "pickle": (NPZ, lambda: npz(y=np.array([{}] * 6, object)), "bad.npz: y.npy: holds Python obj"),
    "zip bomb": (
        NPZ,
        lambda: Path("bad.npz").write_bytes(bomb_bytes()),
        "bad.npz: X.npy: would unpack from",
    ),
    "gzip bomb": (
        "{name: file, path: bad.csv.gz}",
        lambda: csv((b"1," + b" " * 100_000 + b"2\n") * 800, "bad.csv.gz"),
        "bad.csv.gz: would unpack from",
    ),
    "lying header": (
        NPZ,
        lambda: archive(header((2**40, 2)) + bytes(96)),
        "bad.npz: X.npy: its header promises 17,592,186,044,416 bytes",
    ),
    "truncated archive": (NPZ, truncated, "bad.npz: is damaged"),
    "truncated array": (NPZ, lambda: archive(header((6, 2)) + bytes(40)), "X.npy: its header prom"),
    "no archive": (NPZ, lambda: Path("bad.npz").write_bytes(b"no"), "bad.npz: is damaged"),
    "NaN": (NPZ, lambda: npz(X=np.where(X == 3, np.nan, X)), "X: row 1, column 1 (counted from 0)"),
    "lengths of arrays": (NPZ, lambda: npz(y=Y[:5]), "X has 6 samples, y has 5"),
    "one class": (NPZ, lambda: npz(y=Y * 0), "y: holds one class alone"),
    "lengths of IDX": (MNIST, lambda: idx(labels=5), "has 6 images, train-labels-idx1-ubyte has"),
    "lying IDX": (MNIST, lambda: idx(promised=2**32 - 1), "train-images-idx3-ubyte: its header"),
    "truncated IDX": (MNIST, lambda: idx(images=5), "its header promises 24 bytes"),
    "no IDX": (MNIST, lambda: Path("folder").mkdir(), "folder: holds neither train-images-idx3"),
    "ragged": (
        CSV,
        lambda: csv("a,b\n1,2\n3\n"),
        "bad.csv: line 3 (with 1 fields, where the first line has 2)",
    ),
    "missing": (
        CSV,
        lambda: csv("a,b\n1,2\n,4\n"),
        "bad.csv: line 3: column 'a' is missing",
    ),
    "no number": (CSV, lambda: csv("a,b\n1,2\nx,4\n"), "bad.csv: line 3: column 'a' is 'x'"),
    "NaN in text": (
        CSV,
        lambda: csv("a,b\n1,2\nnan,4\n"),
        "bad.csv: line 3: column 'a' is missing",
    ),
    "not UTF-8": (CSV, lambda: csv(b"a,b\n1,2\n\xff,4\n"), "bad.csv: line 3: is not UTF-8"),
    "one class of a CSV": (CSV, lambda: csv("a,b\n1,x\n2,x\n"), "y: holds one class alone"),
    "a folder": (CSV, lambda: Path("bad.csv").mkdir(), "bad.csv: is not a file"),
    "another digest": (
        "{name: file, path: bad.csv, sha256: abc}",
        lambda: csv("a,b\n1,x\n2,y\n"),
        "bad.csv: sha256 is",
    ),
}
SETTINGS = {
    "seeds=[1, 1]": "seeds[1]: seed 1 is seeds[0] already",
    "seeds=[-1]": "seeds[0]: must be at least 0, not -1",
    "seeds=[18446744073709551616]": "seeds[0]: must be",
    "dataset.seed=-1": "must be at least 0, not -1",
    "dataset.seed=18446744073709551616": "must be less than",
    "training.epochs=-1": "must be at least 0, not -1",
    "training.batch_size=0": "must be an integer of at least 1, or full, not 0",
    "dataset.samples=0": "must be at least 2",
    "dataset.imbalance=1e9": "with imbalance 1e+09, none of the 30 samples of class 1 is kept",
    "dataset.extra_features=10001": "extra_features must be from 0 to 10000, not 10001",
    "dataset.folds=61": "folds must be from 2 to 60, the number of samples",
    "dataset={name: moons, samples: 60, folds: 3, fold: 3}": "fold: must be from 0 to 2, since",
    "dataset.validation_fraction=0.99": "none of the",
}


@pytest.fixture(autouse=True)
def _bounded():
    """Allow no more memory than is there already and half a gibibyte."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + GIBIBYTE // 2
    resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.fixture
def _no_training(monkeypatch):
    """Let nothing train."""
    monkeypatch.setattr(session, "execute", None)


@pytest.mark.usefixtures("_no_training")
@pytest.mark.parametrize("command", ["run", "describe"])
@pytest.mark.parametrize(("dataset", "write", "words"), FILES.values(), ids=FILES)
def test_a_bad_file_is_refused_by_name(invoke, config, command, dataset, write, words):
    """Nobody vouches for a file, and nothing is allocated on its word."""
    write()
    subject = dataset if command == "describe" else config(dataset=dataset)
    done = invoke(command, subject)
    assert words in done.stderr
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert not Path("results").exists()


@pytest.mark.usefixtures("_no_training")
@pytest.mark.parametrize(("override", "words"), SETTINGS.items())
def test_impossible_data_are_refused_with_a_message(invoke, config, override, words):
    """Seeds that repeat, are negative or too large, and parts that would be empty."""
    done = invoke("run", config(), "--set", override)
    assert words in done.stderr
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "override",
    [
        "training.epochs=0",
        "training.batch_size=100000",
        "dataset.samples=6",
        "seeds=[9223372036854775807]",
        "dataset.seed=9223372036854775807",
    ],
)
def test_edge_cases_have_defined_results(invoke, config, override):
    """No epoch, a batch larger than the data, the fewest samples and the largest seeds do train."""
    done = invoke("run", config(), "--set", override, "--no-plots", "-q")
    assert done.exit_code == 0, done.stderr
