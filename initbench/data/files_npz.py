"""NPZ: NumPy's archive of arrays, read without trust.

Each member's header is held against the member's size, and its size against what is stored, before
an array is allocated. Pickles are never loaded.
"""

import ast
import math
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from initbench.arrays import Array
from initbench.data.dataset import Dataset
from initbench.data.reading import Readable, check_unpacking, read_exactly
from initbench.data.targets import Task, read_targets
from initbench.errors import UsageError

MAGIC: Final = b"\x93NUMPY"
MAX_HEADER: Final = 10_000
"""Bytes of an array's header; NumPy writes 118."""


def read_npz(path: Path, *, task: Task) -> Dataset:
    """Read ``X`` (N, …) and ``y``, and ``X_test`` and ``y_test`` if they are there.

    Raises
    ------
    UsageError
        An array is missing, damaged, or not what its header says.
    """
    with zipfile.ZipFile(path) as archive:
        stored = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        names = ["X", "y", *(name for name in ("X_test", "y_test") if name in stored)]
        if missing := [name for name in names if name not in stored]:
            raise UsageError(
                f"holds no array {missing[0]!r}; there are: {', '.join(sorted(stored)[:10])}"
            )
        if len(names) == 3:
            raise UsageError("holds only one of 'X_test' and 'y_test'")
        arrays = {name: _read_member(archive, stored[name], path) for name in names}
    targets = read_targets(arrays["y"], arrays.get("y_test"), task)
    return Dataset(
        str(path),
        _as_table("X", arrays["X"]),
        targets.y,
        targets.classes,
        _as_table("X_test", arrays["X_test"]) if "X_test" in arrays else None,
        targets.y_test,
        targets.class_names,
    )


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Array:
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UsageError(f"{info.filename}: is packed as NumPy packs nothing")
    try:
        check_unpacking(min(info.compress_size, path.stat().st_size), info.file_size)
        with archive.open(info) as file:
            return _read_array(file, info.file_size)
    except UsageError as error:
        raise UsageError(f"{info.filename}: {error}") from None


def _read_array(file: Readable, size: int) -> Array:
    """Read an array in NumPy's own format from a stream of so many bytes."""
    start = file.read(8)
    if len(start) < 8 or start[:6] != MAGIC or start[6] not in {1, 2, 3}:
        raise UsageError("is no array in NumPy's format")
    length_format = "<H" if start[6] == 1 else "<I"
    length_bytes = file.read(struct.calcsize(length_format))
    if len(length_bytes) < struct.calcsize(length_format):
        raise UsageError("is truncated in its header")
    (length,) = struct.unpack(length_format, length_bytes)
    if length > MAX_HEADER:
        raise UsageError(f"its header is {length:,} bytes long")
    dtype, shape, order = _read_header(file.read(length))
    wanted, there = dtype.itemsize * math.prod(shape), size - 8 - len(length_bytes) - length
    if wanted != there:
        raise UsageError(
            f"its header promises {wanted:,} bytes, of shape {shape}; {there:,} are there"
        )
    numbers = read_exactly(file, wanted).view(dtype).reshape(shape, order=order)
    return numbers.astype(dtype.newbyteorder("="), copy=False)


def _read_header(header: bytes) -> tuple[np.dtype[Any], tuple[int, ...], Literal["C", "F"]]:
    try:
        fields = ast.literal_eval(header.decode("latin-1").strip())
        descr, shape, fortran = fields["descr"], fields["shape"], fields["fortran_order"]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            dtype = np.dtype(descr) if isinstance(descr, str) else np.dtype("V1")
    except (
        ArithmeticError,
        KeyError,
        MemoryError,
        RecursionError,
        SyntaxError,
        TypeError,
        ValueError,
        Warning,
    ):
        raise UsageError("its header cannot be read") from None
    if dtype.hasobject:
        raise UsageError("holds Python objects; they are never unpickled")
    if dtype.kind not in "biufUS" or not 0 < dtype.itemsize < 2**31:
        raise UsageError(f"holds {dtype}, where numbers or text must be")
    if not isinstance(shape, tuple) or len(shape) > 8 or not all(map(_is_length, shape)):
        raise UsageError("its header states no shape")
    if not math.prod(shape):
        raise UsageError(f"is empty, of shape {shape}")
    return dtype, shape, "F" if fortran else "C"


def _is_length(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _as_table(name: str, X: Array) -> Array:
    """Lay each sample's numbers out in a row."""
    if X.ndim < 2:
        raise UsageError(f"{name}: must have samples and features, not shape {X.shape}")
    return X.reshape(len(X), -1)
