"""Files: written whole or not at all.

A file is written beside its place, flushed to the disk and then renamed, so that a reader, or the
next session after a power cut, finds the old file or the new one and never half of either.
"""

import os
import tempfile
from pathlib import Path

from initbench.errors import StorageError

PARTIAL = ".partial"
"""Ending of files that are being written; what a killed session left is removed."""


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file, or leave the one that is there as it was.

    A symbolic link at `path` is replaced; what it points to is not touched.

    Raises
    ------
    StorageError
        The disk is full, the folder is read-only, and the like; the path is named.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(PARTIAL, f".{path.name}.", path.parent)
    except OSError as error:
        raise _refusal(path, error) from error
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o666 & ~_umask())
        partial.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        partial.unlink(missing_ok=True)


def prepare_folder(folder: Path) -> None:
    """Make a folder that can be written to, and remove what a killed session left half-written.

    Raises
    ------
    StorageError
        It is a file or a dangling link, or it cannot be made or written to.
    """
    if folder.is_symlink() and not folder.exists():
        raise StorageError(f"{folder}: is a link to nothing; remove it or choose another folder")
    if folder.exists() and not folder.is_dir():
        raise StorageError(f"{folder}: is not a folder; choose another with --results")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob(f".*{PARTIAL}"):
            left_over.unlink(missing_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _refusal(folder, error) from error


def _flush_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where folders can be flushed."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    """Return the mask of the process, which a temporary file does not follow by itself."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _refusal(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: cannot be written: {error.strerror or error}")
