"""Real data: the bundled digits, sets of scikit-learn and of OpenML, and folders of IDX files.

The digits are 1,797 images of 8 × 8 pixels with values 0 to 16, from the test part of E. Alpaydin
and C. Kaynak's "Optical Recognition of Handwritten Digits" (UCI Machine Learning Repository, 1998,
https://doi.org/10.24432/C50P49), licensed CC BY 4.0; see ``digits.LICENSE.txt``. The numbers are
those of scikit-learn's ``load_digits``, and a test compares them. The other sets need scikit-learn,
the extra ``datasets``; those of https://www.openml.org are called ``openml:NAME``.

MNIST and its kin come as four files of images and labels in one folder. An IDX file begins with two
zero bytes, the type of its numbers, how many axes they have, and the length of each axis as a
big-endian 32-bit integer; then come the numbers, big-endian, last axis fastest (Y. LeCun,
C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits"). Files that are not packed
are mapped into memory, not read; images stay bytes until they are prepared.
"""

import functools
import gzip
import math
import re
import struct
import warnings
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeGuard

import numpy as np

from initbench.arrays import Array, FloatArray, IntArray
from initbench.data.dataset import XY, Dataset, DatasetEntry
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
from initbench.optional import require
from initbench.options import PositiveInt

PREFIX: Final = "openml:"
OPENML: Final = r"openml:[A-Za-z0-9_.()+-]{1,128}"
"""A regular expression of what could be the name of a data set there."""


def is_openml(name: object) -> TypeGuard[str]:
    """Tell whether a name is ``openml:`` and what could be the name of a data set there."""
    return isinstance(name, str) and re.fullmatch(OPENML, name) is not None


def digits(_rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Return the images, row by row, and the digits that they show.

    Returns
    -------
    X : ndarray of shape (1797, 64)
    y : ndarray of shape (1797,)
    """
    with files("initbench.data").joinpath("digits.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        return arrays["X"].astype(np.float64), arrays["y"].astype(np.intp)


DIGITS = DatasetEntry(
    name="digits",
    make=digits,
    summary="1,797 hand-written digits of 8 × 8 pixels",
    reference="Alpaydin & Kaynak (1998), UCI Machine Learning Repository, CC BY 4.0",
)


def _classes(name: str) -> Callable[..., Dataset]:
    """Return the function that loads a classification of scikit-learn."""

    def load(_rng: np.random.Generator) -> Dataset:
        bunch = getattr(require("sklearn.datasets", "datasets"), f"load_{name}")()
        names = tuple(str(each) for each in bunch.target_names)
        return Dataset(name, bunch.data, bunch.target, len(names), class_names=names)

    return load


def diabetes(_rng: np.random.Generator) -> XY:
    """Return 442 patients by ten measurements, and how far their disease went in a year.

    The measurements are the raw ones: scikit-learn's usual ones were scaled over all patients,
    those that are to be tested on among them.
    """
    X, y = require("sklearn.datasets", "datasets").load_diabetes(return_X_y=True, scaled=False)
    return X, y


BUNDLED = (
    DatasetEntry(
        name="iris",
        make=_classes("iris"),
        summary="150 irises of three species, with four lengths; needs scikit-learn",
        reference="Fisher (1936)",
    ),
    DatasetEntry(
        name="wine",
        make=_classes("wine"),
        summary="178 wines of three growers, with thirteen measurements; needs scikit-learn",
        reference="Forina et al., PARVUS; UCI Machine Learning Repository",
    ),
    DatasetEntry(
        name="breast_cancer",
        make=_classes("breast_cancer"),
        summary="569 tumours, malignant or benign, with thirty measurements; needs scikit-learn",
        reference="Street, Wolberg & Mangasarian (1993), UCI Machine Learning Repository",
    ),
    DatasetEntry(
        name="diabetes",
        make=diabetes,
        summary="disease progression after a year, from ten measurements; needs scikit-learn",
        reference="Efron, Hastie, Johnstone & Tibshirani (2004)",
    ),
)


@functools.lru_cache(maxsize=256)
def openml_entry(name: str) -> DatasetEntry:
    """Return the entry of a data set of OpenML, without asking whether there is one."""

    def openml(_rng: np.random.Generator, *, version: PositiveInt = 1, target: str = "") -> Dataset:
        """Fetch a data set, or take it from scikit-learn's cache; nominal features become codes."""
        datasets = require("sklearn.datasets", "datasets")
        try:
            with warnings.catch_warnings(action="ignore"):  # of a version that is no longer active
                bunch = datasets.fetch_openml(
                    name,
                    version=version,
                    target_column=target or "default-target",
                    as_frame=False,
                    parser="liac-arff",
                )
        except OSError as error:
            raise UsageError(f"cannot be fetched from openml.org: {error}") from None
        except ValueError as error:
            raise UsageError(f"openml.org: {error}") from None
        X, y = bunch.data, bunch.target
        if not isinstance(X, np.ndarray):
            raise UsageError("holds a sparse table, which is not read")
        if X.dtype.kind not in "biuf":
            raise UsageError("has features that are text, which are not read")
        if y is None:
            raise UsageError("has no target of its own: name one with target")
        found = read_targets(y if y.dtype.kind in "biuf" else y.astype(str), None, "auto")
        return Dataset(PREFIX + name, X, found.y, found.classes, class_names=found.class_names)

    return DatasetEntry(
        name=PREFIX + name,
        make=openml,
        summary=f"{name} of OpenML; needs scikit-learn, and the network once",
        reference="Vanschoren, van Rijn, Bischl & Torgo (2013), openml.org",
    )


# --- IDX: MNIST and its kin -----------------------------------------------------------------------


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
    """Return the four files of a folder: images and labels to train on, then to test on."""
    folder, found = Path(path).expanduser(), []
    require_folder(folder)
    for stem in _STEMS:
        names = [stem + ending for ending in _ENDINGS[stem.partition("-")[2]]]
        there = [folder / name for name in names if (folder / name).exists()]
        if not there:
            raise UsageError(f"{folder}: holds neither {', '.join(names[:-1])} nor {names[-1]}")
        found.append(there[0])
    return found


def read_idx(path: Path) -> Array:
    """Read one file, unpacking it if its name ends in ``.gz``."""
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
