"""A results folder has one writer at a time, and no lock outlives who held it."""

import errno
import fcntl
import logging
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from initbench.errors import StorageError
from initbench.results import locking
from initbench.results.locking import LOCK, LockedError, locked

ROOT = Path(__file__).parents[2]

HOLDER = """
import sys, time
from pathlib import Path
from initbench.results.locking import locked
with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Return another process that holds the lock of a folder."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def test_the_second_process_is_told_which_holds_the_folder(tmp_path, holder):
    """Process, machine and time are named; exit code 4."""
    words = rf"{re.escape(str(tmp_path))} is in use by process {holder.pid} on \S+ since 20\d\d-"
    with pytest.raises(LockedError, match=words) as caught, locked(tmp_path):
        pass
    assert caught.value.exit_code == 4


def test_a_killed_process_leaves_no_lock(tmp_path, holder):
    """After kill -9 the folder is free, and the file that was left goes with the next lock."""
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / LOCK).exists()
    with locked(tmp_path):
        assert f'"pid": {os.getpid()}' in (tmp_path / LOCK).read_text("utf-8")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_free_after_an_error(tmp_path):
    """The lock goes, whatever ends the work."""
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locked(tmp_path / "new"):
            raise ZeroDivisionError
    assert list((tmp_path / "new").iterdir()) == []


def test_a_file_that_its_holder_has_just_removed_is_no_lock(tmp_path, monkeypatch):
    """Who opened the file before it went takes another, and does not hold a name that is gone."""
    flock, calls = fcntl.flock, []

    def slow(descriptor, operation):
        calls.append(descriptor)
        if len(calls) == 1:
            (tmp_path / LOCK).unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", slow)
    with locked(tmp_path):
        assert len(calls) == 2
        with pytest.raises(LockedError), locked(tmp_path):
            pass


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_without_locks_is_warned_of(tmp_path, monkeypatch, caplog, number):
    """Some network file systems know none: work goes on, in words."""

    def refuse(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with caplog.at_level(logging.WARNING), locked(tmp_path):
        pass
    assert f"{tmp_path} cannot be locked ({os.strerror(number)})" in caplog.text


def test_a_holder_that_cannot_be_read_is_another_process(tmp_path, holder):
    """The lock counts, not what the file says."""
    (tmp_path / LOCK).write_bytes(b"{")
    with pytest.raises(LockedError, match="in use by another process"), locked(tmp_path):
        pass
    assert holder.poll() is None


def test_a_lock_that_cannot_be_signed_is_given_back(tmp_path, monkeypatch):
    """A full disk is said, and the folder is free again."""

    def refuse(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(locking.os, "truncate", refuse)
        with pytest.raises(StorageError, match="No space left"), locked(tmp_path):
            pass
    with locked(tmp_path):
        pass


def test_a_folder_in_the_place_of_the_lock_is_said(tmp_path):
    """It is an error of the disk that names it."""
    (tmp_path / LOCK).mkdir()
    with (
        pytest.raises(StorageError, match=r"cannot open the lock .*\.lock: Is a directory"),
        locked(tmp_path),
    ):
        pass


def test_a_link_in_the_place_of_the_lock_is_replaced_and_its_target_is_not(tmp_path):
    """What it points to keeps its bytes."""
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / LOCK).symlink_to(tmp_path / "precious")
    with locked(tmp_path):
        assert not (tmp_path / LOCK).is_symlink()
    assert (tmp_path / "precious").read_bytes() == b"precious"
