"""IDX: how MNIST and its kin come, as four files of images and labels in one folder.

A file begins with two zero bytes, the type of its numbers, how many axes they have, and the length
of each axis as a big-endian 32-bit integer; then come the numbers, big-endian, last axis fastest
(Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits"). Files that are
not packed are mapped into memory, not read; images stay bytes until they are prepared.
"""

import gzip
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from initbench.arrays import Array
from initbench.data.dataset import Dataset, DatasetEntry
from initbench.data.reading import (
    Readable,
    blaming,
    check_digest,
    check_unpacking,
    read_exactly,
    require_file,
    require_folder,
)
from initbench.data.targets import read_targets
from initbench.errors import UsageError

_TYPES: Final[Mapping[int, str]] = {
    0x08: "u1",
    0x09: "i1",
    0x0B: ">i2",
    0x0C: ">i4",
    0x0D: ">f4",
    0x0E: ">f8",
}
_STEMS: Final = ("train-images", "train-labels", "t10k-images", "t10k-labels")
_ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    kind: tuple(f"{dot}{axes}-ubyte{packed}" for packed in ("", ".gz") for dot in ("-", "."))
    for kind, axes in (("images", "idx3"), ("labels", "idx1"))
}


def idx_files(*, path: str, **_: object) -> list[Path]:
    """Return the four files of a folder: images and labels to train on, then to test on.

    Raises
    ------
    UsageError
        One of them is not there.
    """
    folder = Path(path).expanduser()
    require_folder(folder)
    return [_find(folder, stem) for stem in _STEMS]


def read_idx(path: Path) -> Array:
    """Read one file, unpacking it if its name ends in ``.gz``.

    Raises
    ------
    UsageError
        It is not IDX, or its length is not what its header says.
    """
    require_file(path)
    with blaming(path), path.open("rb") as file:
        if path.suffix == ".gz":
            with gzip.open(file) as unpacked:
                dtype, shape, size = _read_header(unpacked)
                check_unpacking(path.stat().st_size, size)
                return read_exactly(unpacked, size).view(dtype).reshape(shape)
        dtype, shape, size = _read_header(file)
        header = file.tell()
        there = path.stat().st_size - header
        if there != size:
            raise UsageError(
                f"its header promises {size:,} bytes, of shape {shape}; {there:,} are there"
            )
        return np.asarray(np.memmap(path, dtype, "r", header, shape))


def _read_header(file: Readable) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Return type, shape and size in bytes from the header."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= 8:
        raise UsageError("is not an IDX file")
    lengths = file.read(4 * magic[3])
    if len(lengths) < 4 * magic[3]:
        raise UsageError("is truncated in its header")
    dtype, shape = np.dtype(_TYPES[magic[2]]), struct.unpack(f">{magic[3]}I", lengths)
    if not math.prod(shape):
        raise UsageError(f"is empty, of shape {shape}")
    return dtype, shape, dtype.itemsize * math.prod(shape)


def _find(folder: Path, stem: str) -> Path:
    names = [stem + ending for ending in _ENDINGS[stem.partition("-")[2]]]
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise UsageError(f"{folder}: holds neither {', '.join(names[:-1])} nor {names[-1]}")


def _read_part(images: Path, labels: Path) -> tuple[Array, Array]:
    X, y = read_idx(images), read_idx(labels)
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise UsageError(
            f"{labels}: must have one label per image, not {y.dtype} of shape {y.shape}"
        )
    if len(X) != len(y):
        raise UsageError(f"{images}: has {len(X)} images, {labels.name} has {len(y)} labels")
    return X.reshape(len(X), -1), y


def mnist(_rng: np.random.Generator, *, path: str, sha256: str = "") -> Dataset:
    """Read the four files of a folder, packed or not.

    Parameters
    ----------
    path : str
        The folder.
    sha256 : str
        Of the four files one after the other, to be sure of them.

    Returns
    -------
    Dataset
        With a test part of its own.
    """
    files = idx_files(path=path)
    check_digest(files, sha256)
    (X, y), (X_test, y_test) = _read_part(*files[:2]), _read_part(*files[2:])
    with blaming(Path(path)):
        targets = read_targets(y, y_test, "classification")
    return Dataset(path, X, targets.y, targets.classes, X_test, targets.y_test, targets.class_names)


MNIST = (
    DatasetEntry(
        name="mnist",
        make=mnist,
        files=idx_files,
        summary="70,000 hand-written digits of 28 × 28 pixels, from a folder of IDX files",
        reference="LeCun, Bottou, Bengio & Haffner (1998)",
    ),
    DatasetEntry(
        name="fashion_mnist",
        make=mnist,
        files=idx_files,
        summary="70,000 images of clothes of 28 × 28 pixels, from a folder of IDX files",
        reference="Xiao, Rasul & Vollgraf (2017)",
    ),
)
