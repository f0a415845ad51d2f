"""Reading untrusted files, and arrays in NumPy's formats, ``.npy`` and ``.npz``.

Every problem of a user's file is a `UsageError` that names the file. The header of an array is
checked against the size of the file, and the size of an archive's member against the stored bytes,
before an array is allocated. Pickles are never loaded.
"""

import ast
import hashlib
import math
import stat
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from initbench.arrays import Array
from initbench.errors import UsageError

UNPACKED_FREELY: Final = 64 * 2**20
"""Bytes that a compressed file may unpack to, however small it is."""

MAX_RATIO: Final = 200
"""Above that, how many times its own size. Deflate ends at 1,032; images reach 10."""

_BROKEN: Final = (
    EOFError,
    NotImplementedError,  # zipfile: a version that it does not know
    RuntimeError,  # zipfile: encrypted
    UnicodeDecodeError,  # names of members or columns
    zipfile.BadZipFile,
    zlib.error,
)

MAGIC: Final = b"\x93NUMPY"
MAX_HEADER: Final = 10_000
"""Bytes of an array's header; NumPy writes 118."""


class Readable(Protocol):
    """A stream of bytes, packed or not."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, fewer at the end."""


@contextmanager
def blaming(path: Path) -> Iterator[None]:
    """Turn errors while a file is read into a `UsageError` that names the file."""
    try:
        yield
    except UsageError as error:
        if str(error).startswith(f"{path}: "):  # an inner call has named it
            raise
        raise UsageError(f"{path}: {error}") from None
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror or str(error).strip()}"
        ) from None
    except _BROKEN as error:
        raise UsageError(f"{path}: is damaged: {error}") from None


def require_file(path: Path) -> None:
    """Raise an error unless a path is a regular file."""
    if not stat.S_ISREG(_mode(path)):
        raise UsageError(f"{path}: is not a file")


def require_folder(path: Path) -> None:
    """Raise an error unless a path is a folder."""
    if not stat.S_ISDIR(_mode(path)):
        raise UsageError(f"{path}: is not a folder")


def check_unpacking(stored: int, unpacked: int) -> None:
    """Refuse a compressed file that would unpack to far more than its own size."""
    if unpacked > max(UNPACKED_FREELY, MAX_RATIO * stored):
        raise UsageError(
            f"would unpack from {stored:,} to {unpacked:,} bytes or more, and is not trusted to;"
            " store it uncompressed"
        )


def read_exactly(file: Readable, size: int) -> NDArray[np.uint8]:
    """Read the rest of a stream, which must be `size` bytes long."""
    data = np.empty(size, np.uint8)
    done = 0
    while done < size:
        chunk = file.read(min(size - done, 2**20))
        if not chunk:
            raise UsageError(f"is truncated: {done:,} bytes of {size:,} are there")
        data[done : done + len(chunk)] = np.frombuffer(chunk, np.uint8)
        done += len(chunk)
    if file.read(1):
        raise UsageError(f"is longer than the {size:,} bytes that its header promises")
    return data


def digest(paths: Sequence[Path]) -> str:
    """Return the SHA-256, in hexadecimal, of files one after the other."""
    seen = hashlib.sha256()
    for path in paths:
        require_file(path)
        with blaming(path), path.open("rb") as file:
            while chunk := file.read(2**20):
                seen.update(chunk)
    return seen.hexdigest()


def check_digest(paths: Sequence[Path], expected: str) -> None:
    """Refuse files whose digest is not the one that was expected; none is expected of ``""``."""
    if expected and (found := digest(paths)) != expected.lower():
        listed = ", ".join(map(str, paths))
        raise UsageError(f"{listed}: sha256 is {found}, not {expected}")


def members_of(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the arrays of an archive by name."""
    return {info.filename.removesuffix(".npy"): info for info in archive.infolist()}


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Array:
    """Return one array of the archive that lies at a path."""
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise UsageError(f"{info.filename}: is packed as NumPy packs nothing")
    try:
        check_unpacking(min(info.compress_size, path.stat().st_size), info.file_size)
        with archive.open(info) as file:
            return read_array(file, info.file_size)
    except UsageError as error:
        raise UsageError(f"{info.filename}: {error}") from None


def read_array(file: Readable, size: int) -> Array:
    """Return the array in NumPy's own format that a stream of so many bytes holds."""
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


def _mode(path: Path) -> int:
    with blaming(path):
        try:
            return path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError):  # a NUL in the name
            raise UsageError("does not exist") from None
