"""Writing to a results folder: every change of the disk goes through here.

A file is written beside its place under another name, forced to the disk, and then renamed, so
that whoever looks sees the old file or the new one and never a half. Whatever the disk refuses is
a `StorageError` that names the path and the reason.
"""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

from initbench.errors import StorageError

TEMPORARY_SUFFIX = ".initbench-tmp"
"""How a file is called while it is not finished; one that is left was left by a killed process."""


def prepare_folder(path: Path) -> None:
    """Make a folder ready to be written to, and clear what a killed process left unfinished in it.

    Raises
    ------
    StorageError
        It is a file or a link to nothing, or it cannot be made or written to.
    """
    with _storage_errors(f"cannot write to the folder {path}"):
        if path.is_symlink() and not path.exists():
            raise StorageError(f"{path} is a link to nothing: remove it or choose another folder")
        if path.exists() and not path.is_dir():
            raise StorageError(f"{path} is a file, not a folder: choose another folder")
        path.mkdir(parents=True, exist_ok=True)
        for unfinished in path.glob(f".*{TEMPORARY_SUFFIX}"):
            unfinished.unlink()
        with tempfile.TemporaryFile(dir=path):
            pass


def write_atomically(path: Path, data: bytes) -> None:
    """Put a file in its place, whole or not at all.

    A link that stands there is replaced; what it points to is left alone.

    Raises
    ------
    StorageError
        The disk refuses. What stood at `path` is as it was, and nothing unfinished stays.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    try:
        with _storage_errors(f"cannot write {path}"):
            _write_through(unfinished, data)
            unfinished.replace(path)
            _sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def rename(path: Path, new: Path) -> None:
    """Give a file or a folder another name on the same disk.

    Raises
    ------
    StorageError
        The disk refuses.
    """
    with _storage_errors(f"cannot rename {path} to {new.name}"):
        path.replace(new)
        _sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file; a link is removed, and what it points to is left alone.

    Raises
    ------
    StorageError
        The disk refuses.
    """
    with _storage_errors(f"cannot remove {path}"):
        path.unlink()


def read(path: Path) -> bytes | None:
    """Return a file's bytes, or None where there is no such file.

    Raises
    ------
    StorageError
        It is there and cannot be read.
    """
    with _storage_errors(f"cannot read {path}"):
        try:
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None


@contextlib.contextmanager
def _storage_errors(what: str) -> Iterator[None]:
    """Turn what the system refuses into an error that says what was tried and why it failed."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{what}: {error.strerror or error}") from error


def _write_through(path: Path, data: bytes) -> None:
    """Write a new file and return when it is on the disk."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    """Force a folder's list of names to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
