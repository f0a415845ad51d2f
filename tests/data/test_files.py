"""Files in general: what is refused before a byte is read, and how much memory is taken."""

import gzip
import importlib
import os
import resource
import subprocess
import sys
import textwrap
import zipfile

import numpy as np
import pytest

from initbench.data import load_dataset
from initbench.errors import UsageError

NAMES = ["t.npz", "t.csv", "t.tsv.gz"]


def refusal(path, name="file"):
    """Return what is said of a file."""
    with pytest.raises(UsageError) as caught:
        load_dataset(name, path=str(path))
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_missing_files_are_named(tmp_path, name):
    """A file that does not exist, a folder, and a name that none can have."""
    assert f"{tmp_path / name}: does not exist" in refusal(tmp_path / name)
    assert "does not exist" in refusal(f"a\0{name}")
    assert "cannot be read" in refusal(f"{'x' * 5000}{name}")
    (tmp_path / name).mkdir()
    assert f"{tmp_path / name}: is not a file" in refusal(tmp_path / name)


@pytest.mark.parametrize("name", NAMES)
def test_a_pipe_is_not_waited_for(tmp_path, name):
    """Nobody may ever write to it."""
    os.mkfifo(tmp_path / name)
    assert "is not a file" in refusal(tmp_path / name)


@pytest.mark.parametrize("name", NAMES)
def test_a_device_is_not_read(tmp_path, name):
    """It never ends."""
    (tmp_path / name).symlink_to("/dev/zero")
    assert "is not a file" in refusal(tmp_path / name)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_may_not_be_read_is_named(tmp_path, name, monkeypatch):
    """The system's reason is passed on."""
    importlib.import_module("pandas")  # before nothing can be opened
    (tmp_path / name).write_bytes(b"1,2\n3,4\n")

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("io.open", refuse)
    assert refusal(tmp_path / name).endswith(f"{name}: cannot be read: Permission denied")


@pytest.mark.parametrize("name", ["t", "t.txt", "t.gz", "t.xlsx", ""])
def test_an_unknown_ending_is_an_error(name):
    """The message lists those that do."""
    assert "must end in one of .npz, .parquet, .csv, .csv.gz, .tsv, .tsv.gz" in refusal(name)


def test_a_digest_that_differs_is_refused(tmp_path):
    """What was expected is not what is there."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"1,2\n3,4\n")
    found = "b3b1ec66af4a32f7b5de2b1b7d9d9b2f"
    with pytest.raises(UsageError, match=r"t\.csv: sha256 is [0-9a-f]{64}, not b3b1"):
        load_dataset("file", path=str(path), sha256=found)


PEAK = """
import sys
import numpy as np
import initbench.data as data

def used():
    [line] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
    return int(line.split()[1]) // 1024

before = used()
{}
print(used() - before)
"""


def peak_megabytes(program, *arguments):
    """Return the most memory that a program took at once, imports aside.

    The kernel's mark for the process's own memory is read: getrusage would start from what the
    test's process has taken, which a child inherits.
    """
    if not sys.platform.startswith("linux"):
        pytest.skip("needs /proc")
    command = [sys.executable, "-c", PEAK.format(textwrap.dedent(program)), *map(str, arguments)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_images_take_little_more_memory_than_their_features(tmp_path):
    """60,000 images are prepared in twice what their features take in the end, 188 MB."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 60_000), ("t10k", 1000)):
        images = rng.integers(0, 256, (count, 28, 28), np.uint8)
        header = bytes([0, 0, 8, 3]) + np.array(images.shape, ">u4").tobytes()
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        labels = bytes([0, 0, 8, 1]) + np.array([count], ">u4").tobytes()
        labels += (np.arange(count) % 10).astype(np.uint8).tobytes()
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    program = """
        made = data.load_dataset("mnist", path=sys.argv[1])
        data.prepare(made, test_fraction=0.2, scaling="standard", seed=0, dtype=np.float32)
    """
    features = 61_000 * 784 * 4 // 2**20
    assert features < peak_megabytes(program, tmp_path) < 2 * features


REFUSED = """
    try:
        data.load_dataset("file", path=sys.argv[1])
    except data.files.UsageError:
        pass
    else:
        sys.exit("was read")
"""


def test_a_bomb_and_a_lying_header_take_no_memory(tmp_path):
    """A gigabyte that a megabyte unpacks to, or that a header promises, is never allocated."""
    y = tmp_path / "y.npy"
    np.save(y, np.arange(2))
    bomb, liar = tmp_path / "bomb.npz", tmp_path / "liar.npz"
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 134217728)}"
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(y, "y.npy")
        with archive.open("X.npy", "w") as member:
            member.write(start)
            for _ in range(256):
                member.write(bytes(2**20))
    with zipfile.ZipFile(liar, "w") as archive:
        archive.write(y, "y.npy")
        archive.writestr("X.npy", start + b"x")
    for path in (bomb, liar):
        assert peak_megabytes(REFUSED, path) < 20


def test_a_packed_text_of_few_bytes_and_many_rows_is_bounded(tmp_path):
    """Half a megabyte that unpacks to far more takes no gigabyte and no ten seconds."""
    path = tmp_path / "rows.csv.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(300):
            file.write(b"0,1\n1,0\n" * 131_072)
    assert path.stat().st_size < 500_000
    started = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert peak_megabytes(REFUSED, path) < 1000
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - started < 10


def test_a_packed_text_that_is_just_allowed_is_read_in_bounded_memory(tmp_path):
    """Seven million fields are read in the gigabyte that more would not be."""
    path = tmp_path / "rows.csv.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(13):
            file.write(b"0,1\n1,0\n" * 131_072)
    program = 'data.load_dataset("file", path=sys.argv[1])'
    assert peak_megabytes(program, path) < 1000
