"""Write files of a results folder atomically; every change on disk goes through this module.

A file is written beside its place under another name, forced to the disk, and then renamed, so
that whoever looks sees the old file or the new one and never a half. Whatever the disk refuses is
a `StorageError` that names the path and the reason. All operations are those of `os`, so that a
test has one place where it can make any of them fail.
"""

import contextlib
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from initbench.errors import StorageError

FORMAT_VERSION = 3
"""Version of all files under ``runs/``; raised if an older initbench could not read them."""

MAX_BYTES: Final = 2**28
"""Greatest size of a file that is read as a whole; a million runs have an outline of 2**27."""

TEMPORARY_SUFFIX = ".initbench-tmp"
"""How a file is called while it is not finished; one that is left was left by a killed process."""


def make_folder(path: Path) -> None:
    """Make a folder if it does not exist, and check that it is writable.

    Raises `StorageError` if it is a file or a link to nothing, or it cannot be made or written to.
    """
    with storage_errors(f"cannot write to the folder {path}"):
        if path.is_symlink() and not path.exists():
            raise StorageError(f"{path} is a link to nothing: remove it or choose another folder")
        if path.exists() and not path.is_dir():
            raise StorageError(f"{path} is a file, not a folder: choose another folder")
        os.makedirs(path, exist_ok=True)
        probe = _unfinished(path / "probe")
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        os.unlink(probe)


def prepare_folder(path: Path) -> None:
    """Make a folder and remove the unfinished files that a killed process left in it.

    Nobody else may be writing to it. Raises what `make_folder` raises.
    """
    make_folder(path)
    with storage_errors(f"cannot write to the folder {path}"):
        for unfinished in path.glob(f".*{TEMPORARY_SUFFIX}"):
            os.unlink(unfinished)


def prepare_derived_folder(root: Path, name: str) -> Path:
    """Make a folder of derived files below a results folder, and return its path.

    A link in its place is removed, so that nothing is written where the link points to. Raises what
    `make_folder` raises.
    """
    path = root
    for part in Path(name).parts:
        path /= part
        remove_link(path)
        prepare_folder(path)
    return path


def remove_link(path: Path) -> None:
    """Remove a symbolic link; whatever is not a link stays."""
    if path.is_symlink():
        remove(path)


def write_atomically(path: Path, data: bytes) -> None:
    """Put a file in its place, whole or not at all.

    A link that stands there is replaced; what it points to is left alone.

    Raises `StorageError` if the disk refuses. What stood at `path` is as it was, and nothing
    unfinished stays.
    """
    unfinished = _unfinished(path)
    try:
        with storage_errors(f"cannot write {path}"):
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(unfinished, path)
            _sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)


def rename(path: Path, new: Path) -> None:
    """Rename a file or a folder on the same disk."""
    with storage_errors(f"cannot rename {path} to {new.name}"):
        os.replace(path, new)
        _sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file; of a link, remove the link and keep its target."""
    with storage_errors(f"cannot remove {path}"):
        os.unlink(path)


def read(path: Path) -> bytes | None:
    """Return a file's bytes, or None where there is no such file.

    Raises `StorageError` if it is there and cannot be read, or has more than `MAX_BYTES`.
    """
    with opened(path) as file:
        if file is None:
            return None
        if (size := os.fstat(file.fileno()).st_size) > MAX_BYTES:
            raise StorageError(
                f"cannot read {path}: it has {size:,} bytes, more than {MAX_BYTES:,}"
            )
        return file.read()


def read_json(path: Path) -> Any:
    """Return the document of a JSON file; None where there is no file, or it is not JSON.

    Raises what `read` raises.
    """
    try:
        return json.loads(read(path) or b"null")
    except (ValueError, RecursionError):
        return None


def holds(path: Path, data: bytes) -> bool:
    """Return whether there is a file of exactly these bytes."""
    with opened(path) as file:
        if file is None or os.fstat(file.fileno()).st_size != len(data):
            return False
        return file.read() == data


def digest(path: Path) -> str | None:
    """Return the SHA-256 digest of a file, or None where there is no such file."""
    with opened(path) as file:
        if file is None:
            return None
        state = hashlib.sha256()
        while piece := file.read(2**18):
            state.update(piece)
        return state.hexdigest()


def tree_digest(root: Path) -> str:
    """Return the SHA-256 digest of all files below a folder but compiled ones, with their names."""
    state = hashlib.sha256()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            with open(os.path.join(folder, name), "rb") as file:
                state.update(f"{name} ".encode())
                state.update(file.read())
    return state.hexdigest()


def refuse_newer(source: str, version: int, latest: int = FORMAT_VERSION) -> None:
    """Raise a `StorageError` if a newer initbench wrote the file."""
    if version > latest:
        raise StorageError(
            f"{source} has format {version}, but this initbench reads formats up to"
            f" {latest}: it was written by a newer one, so update initbench"
        )


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO | None]:
    """Open a regular file for reading; None where there is no file.

    Raises `StorageError` if it cannot be read, or is a pipe or a device, of which reading may never
    end.
    """
    with storage_errors(f"cannot read {path}"):
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise StorageError(f"cannot read {path}: it is not a file")
            file = path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            yield None
            return
        with file:
            yield file


def matching(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder whose names match, in order; none where there is no folder."""
    with storage_errors(f"cannot read the folder {folder}"):
        return sorted(folder.glob(pattern))


@contextlib.contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Turn an error of the operating system into a `StorageError` that names the attempt."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{what}: {error.strerror or error}") from error


def _unfinished(path: Path) -> Path:
    """Return the temporary name of a file that is being written."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")


def _sync_folder(path: Path) -> None:
    """Force a folder's list of names to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
