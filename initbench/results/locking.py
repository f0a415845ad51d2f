"""The lock of a results folder: one process at a time writes to it.

The lock is the operating system's (flock), so none outlives its process, however that ends. The
file under it says who holds it, for whoever comes second, and goes with the lock.
"""

import contextlib
import fcntl
import json
import logging
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from initbench.errors import StorageError
from initbench.results import files

logger: logging.Logger = logging.getLogger(__name__)

LOCK: Final = ".lock"

_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)


class LockedError(StorageError):
    """Another process writes to the folder."""


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep a results folder, made if it is not there, for this process alone.

    Where the file system knows no locks, a warning says so, and the folder is used without.

    Raises `LockedError` if another process has it; the message says which. Raises `StorageError` if
    the folder cannot be made or written to.
    """
    files.make_folder(folder)
    path = folder / LOCK
    descriptor = _acquire(path)
    try:
        yield
    finally:
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.unlink(path)
            os.close(descriptor)


def _acquire(path: Path) -> int | None:
    """Return the descriptor that holds the lock, or None where there are no locks."""
    while True:
        with files.storage_errors(f"cannot open the lock {path}"):
            if path.is_symlink():
                os.unlink(path)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o666)
        try:
            if not _lock(descriptor, path):
                os.close(descriptor)
                return None
            # Who held it before may have removed the file between our opening and our locking it.
            if _is_at(descriptor, path):
                since = datetime.now(UTC).isoformat(timespec="seconds")
                holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
                with files.storage_errors(f"cannot write {path}"):
                    os.truncate(descriptor, 0)
                    os.write(descriptor, json.dumps(holder).encode())
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> bool:
    """Take the lock, and tell whether there is such a thing here."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LockedError(
            f"{path.parent} is in use by {_holder(path)}: wait until that is done, or choose"
            " another folder"
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
    else:
        return True
    logger.warning(
        "%s cannot be locked (%s): make sure that no other program writes to it",
        path.parent,
        reason,
    )
    return False


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether the open file is the one that has the name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _holder(path: Path) -> str:
    """Return the text that names the holder of the lock, from the lock file."""
    try:
        holder = files.read_json(path)
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (StorageError, LookupError, TypeError):
        return "another process"
