"""Reading untrusted arrays in NumPy's formats, ``.npy`` and ``.npz``.

The header is checked against the size of the file, and the size of an archive's member against the
stored bytes, before an array is allocated. Pickles are never loaded.
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
from initbench.data.reading import Readable, check_unpacking, read_exactly
from initbench.errors import UsageError

MAGIC: Final = b"\x93NUMPY"
MAX_HEADER: Final = 10_000
"""Bytes of an array's header; NumPy writes 118."""


def members_of(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return what an archive has of arrays, by name."""
    return {info.filename.removesuffix(".npy"): info for info in archive.infolist()}


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Array:
    """Return one array of the archive that lies at a path.

    Raises
    ------
    UsageError
        It is damaged, not what its header says, or would unpack to far more than is stored.
    """
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UsageError(f"{info.filename}: is packed as NumPy packs nothing")
    try:
        check_unpacking(min(info.compress_size, path.stat().st_size), info.file_size)
        with archive.open(info) as file:
            return read_array(file, info.file_size)
    except UsageError as error:
        raise UsageError(f"{info.filename}: {error}") from None


def read_array(file: Readable, size: int) -> Array:
    """Return the array in NumPy's own format that a stream of so many bytes holds.

    Raises
    ------
    UsageError
        It is damaged, empty, of objects, or not what its header says.
    """
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
