"""Faults: wherever the disk refuses or the process dies, running again gives the same bytes."""

import errno
import os
import shutil

import pytest

from initbench import api
from initbench.errors import StorageError
from initbench.experiment import plan
from initbench.results import files, locking

SETTINGS = {
    "name": "tiny",
    "dataset": {"name": "moons", "samples": 40},
    "network": {"hidden": [3]},
    "training": {"epochs": 1},
    "inits": ["zeros", "he"],
    "seeds": 1,
}
EARLIER = {**SETTINGS, "inits": ["zeros", "ones"]}


class Killed(BaseException):
    """The process is no more."""


class FaultyDisk:
    """The module `os`, of which the n-th operation that changes the disk fails or is the last.

    Parameters
    ----------
    number : int
        Of the operation, from 1.
    kills : bool
        Whether it ends the process: a write is then torn, and nothing happens ever after, whatever
        cleans up. Otherwise the disk is full, once.
    """

    OPERATIONS = frozenset({"open", "write", "fsync", "replace", "unlink", "makedirs", "truncate"})

    def __init__(self, number, *, kills):
        self._left, self._kills = number, kills
        self._descriptors = set()
        self.is_over = False

    def __getattr__(self, name):
        function = getattr(os, name)
        if name == "close":
            return self._close
        if name not in self.OPERATIONS:
            return function
        return lambda *arguments, **options: self._do(name, function, arguments, options)

    def _do(self, name, function, arguments, options):
        if self._kills and self.is_over:
            raise Killed
        self._left -= 1
        if self._left == 0:
            self.is_over = True
            self._end(name, arguments)
        result = function(*arguments, **options)
        if name == "open":
            self._descriptors.add(result)
        return result

    def _end(self, name, arguments):
        if not self._kills:
            raise OSError(errno.ENOSPC, "No space left on device")
        if name == "write":
            descriptor, data = arguments
            os.write(descriptor, data[: len(data) // 2])
        raise Killed

    def _close(self, descriptor):
        if not (self._kills and self.is_over):
            self._descriptors.discard(descriptor)
            os.close(descriptor)

    def bury(self):
        """Close what a dead process has left open, as the system does."""
        while self._descriptors:
            os.close(self._descriptors.pop())


@pytest.fixture
def _small_units(monkeypatch):
    """Cut units into single runs, so that there are several."""
    monkeypatch.setattr(plan, "UNIT_SECONDS", 0.0)


def run(folder, settings=SETTINGS, **how):
    """Run the experiment, without pictures."""
    return api.run(settings, results=folder, plots=False, **how)


def end_of(folder, **how):
    """Run the experiment, and return what the disk refused, if it did."""
    try:
        run(folder, **how)
    except Killed:
        return ""
    except StorageError as error:
        return str(error)
    return ""


def contents(folder):
    """Return the bytes of all that a reader of results may look at.

    A process that is killed leaves its lock file, which locks nothing.
    """
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name not in {"manifest.json", "derived.json", ".lock"}
        and "aside" not in str(path)
    }


@pytest.mark.slow
@pytest.mark.usefixtures("_small_units")
@pytest.mark.parametrize("kills", [False, True], ids=["fails", "kills"])
def test_every_operation_of_the_disk_may_fail_or_be_the_last(tmp_path, monkeypatch, kills):
    """For each in turn: an error that names the disk or a kill, then the bytes of a clean run."""
    run(tmp_path / "before", EARLIER)
    shutil.copytree(tmp_path / "before", tmp_path / "clean")
    run(tmp_path / "clean", fresh=True)
    expected = contents(tmp_path / "clean")
    number, disk = 0, None
    while disk is None or disk.is_over:
        number += 1
        folder = tmp_path / str(number)
        shutil.copytree(tmp_path / "before", folder)
        disk = FaultyDisk(number, kills=kills)
        with monkeypatch.context() as patch:
            for module in (files, locking):
                patch.setattr(module, "os", disk)
            said = end_of(folder, fresh=True)
        disk.bury()
        assert said == "" or (str(folder) in said and "No space left" in said)
        run(folder)
        assert contents(folder).keys() - expected.keys() <= earlier_runs(tmp_path / "before")
        assert contents(folder).items() >= expected.items(), number
    assert number > 40


def earlier_runs(folder):
    """Return the names of the units that were there before: a fresh start may not have come."""
    return {str(path.relative_to(folder)) for path in folder.glob("runs/*.npz")}


@pytest.mark.usefixtures("_small_units")
def test_twenty_interruptions_leave_no_trace(tmp_path, monkeypatch):
    """Interrupted in the middle of training, again and again: the bytes of a run in peace."""
    settings = {**SETTINGS, "seeds": 12}
    run(tmp_path / "clean", settings)
    write = files.write_atomically
    for number in range(20):
        left = [1 + number % 3]

        def interrupted(path, data, left=left):
            left[0] -= path.suffix == ".npz"
            if left[0] < 0:
                raise KeyboardInterrupt
            write(path, data)

        monkeypatch.setattr(files, "write_atomically", interrupted)
        try:
            run(tmp_path / "disturbed", settings)
        except KeyboardInterrupt:
            continue
    monkeypatch.undo()
    monkeypatch.setattr(plan, "UNIT_SECONDS", 5.0)
    run(tmp_path / "disturbed", settings)
    assert contents(tmp_path / "disturbed") == contents(tmp_path / "clean")


class SmallDisk:
    """The module `os`, on a disk on which a folder has room for so many bytes.

    Attributes
    ----------
    size : int
    """

    def __init__(self, folder, size):
        self._folder, self.size = folder, size

    def __getattr__(self, name):
        return getattr(os, name)

    def write(self, descriptor, data):
        """Write as much as there is room for."""
        used = sum(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
        room = max(0, self.size - used)
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.write(descriptor, data[:room])


@pytest.mark.usefixtures("_small_units")
def test_a_full_disk_is_reported_and_finished_runs_are_kept(tmp_path, monkeypatch):
    """Units that fitted are kept whole; with room again, the rest is trained."""
    disk = SmallDisk(tmp_path, size=100_000)
    for module in (files, locking):
        monkeypatch.setattr(module, "os", disk)
    settings = {**SETTINGS, "seeds": 30}
    with pytest.raises(StorageError, match="No space left on device"):
        run(tmp_path / "tiny", settings)
    kept = {path: path.read_bytes() for path in tmp_path.glob("tiny/runs/*.npz")}
    assert 0 < len(kept) < 60
    assert not list(tmp_path.rglob("*.initbench-tmp"))
    disk.size = 10**9
    run(tmp_path / "tiny", settings)
    assert all(path.read_bytes() == data for path, data in kept.items())
    assert len(list(tmp_path.glob("tiny/runs/*.npz"))) == 60
