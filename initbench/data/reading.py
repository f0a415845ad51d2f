"""Reading untrusted files.

Every problem of a user's file is a `UsageError` that names the file. No array is allocated before
its header is checked against the size of the file.
"""

import hashlib
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from initbench.errors import UsageError

UNPACKED_FREELY: Final = 64 * 2**20
"""Bytes that a compressed file may unpack to, however small it is."""

MAX_RATIO: Final = 200
"""Above that, how many times its own size. Deflate ends at 1,032; pictures reach 10."""

_BROKEN: Final = (
    EOFError,
    NotImplementedError,  # zipfile: a version that it does not know
    RuntimeError,  # zipfile: encrypted
    UnicodeDecodeError,  # names of members or columns
    zipfile.BadZipFile,
    zlib.error,
)


class Readable(Protocol):
    """A stream of bytes, packed or not."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, or what there is before the end."""


@contextmanager
def blaming(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a file is read into a `UsageError` that names it."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read: {error.strerror or str(error).strip()}"
        ) from None
    except _BROKEN as error:
        raise UsageError(f"{path}: is damaged: {error}") from None


def require_file(path: Path) -> None:
    """Refuse what is no regular file.

    Raises
    ------
    UsageError
        There is nothing, or a folder, a pipe or a device.
    """
    if not stat.S_ISREG(_mode(path)):
        raise UsageError(f"{path}: is not a file")


def require_folder(path: Path) -> None:
    """Refuse what is no folder.

    Raises
    ------
    UsageError
        There is nothing, or something else.
    """
    if not stat.S_ISDIR(_mode(path)):
        raise UsageError(f"{path}: is not a folder")


def _mode(path: Path) -> int:
    with blaming(path):
        try:
            return path.stat().st_mode
        except (FileNotFoundError, NotADirectoryError, ValueError):  # a NUL in the name
            raise UsageError("does not exist") from None


def check_unpacking(stored: int, unpacked: int) -> None:
    """Refuse what would unpack to far more than it takes.

    Raises
    ------
    UsageError
        Both sizes are in bytes.
    """
    if unpacked > max(UNPACKED_FREELY, MAX_RATIO * stored):
        raise UsageError(
            f"would unpack from {stored:,} to {unpacked:,} bytes or more, and is not trusted to;"
            " store it uncompressed"
        )


def read_exactly(file: Readable, size: int) -> NDArray[np.uint8]:
    """Read the rest of a stream, which must be `size` bytes long.

    Raises
    ------
    UsageError
        It is shorter or longer.
    """
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
    """Return the SHA-256, in hexadecimal, of files one after the other.

    Raises
    ------
    UsageError
        One of them cannot be read.
    """
    seen = hashlib.sha256()
    for path in paths:
        require_file(path)
        with blaming(path), path.open("rb") as file:
            while chunk := file.read(2**20):
                seen.update(chunk)
    return seen.hexdigest()


def check_digest(paths: Sequence[Path], expected: str) -> None:
    """Refuse files whose digest is not the one that was expected; none is expected of ``""``.

    Raises
    ------
    UsageError
        They are other files.
    """
    if expected and (found := digest(paths)) != expected.lower():
        listed = ", ".join(map(str, paths))
        raise UsageError(f"{listed}: sha256 is {found}, not {expected}")
