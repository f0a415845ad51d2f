"""The store of raw runs: the folder ``runs/``, from which everything else can be rebuilt.

It holds one file for each finished unit and the outline of what was asked for. Runs are found by
key, whichever file they are in; a file that cannot be trusted is set aside, so that its runs count
as not yet trained. Of a unit that crashed there is a note of its runs and of the reason, until the
next attempt to train them.
"""

import contextlib
import hashlib
import json
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from initbench.arrays import Array
from initbench.errors import StorageError, UsageError
from initbench.results import files
from initbench.results.layout import Fitting, UnfitError
from initbench.results.outline import DamagedOutlineError, Outline
from initbench.results.unitfile import DamagedFileError, StoredUnit, encode_unit, read_unit

logger: logging.Logger = logging.getLogger(__name__)

Records: TypeAlias = Mapping[str, Array]
"""The arrays of one run, by name, those that its unit shares among them."""

OUTLINE = "outline.json"

CRASHED = ".crashed.json"
"""How the note of a unit that crashed ends."""


class RunStore:
    """Raw runs on disk.

    `folder`: the results folder. It need not exist: it is made when something is first written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = folder / "runs"

    def keys(self) -> frozenset[str]:
        """Return the keys of all runs on disk, after setting damaged files aside.

        Raises `StorageError` if a file cannot be read, or a newer initbench wrote it.
        """
        return frozenset(key for _, unit in self._units() for key in unit.keys)

    def read_runs(
        self, keys: Collection[str], outline: Outline | None = None
    ) -> dict[str, Records]:
        """Return the arrays of those runs that are on disk.

        A run's ``train_loss`` has shape (E + 1,); shared arrays, such as ``grid_x``, are there
        too. Raises what `keys` raises.

        `outline`: what the runs belong to. Units whose arrays do not fit it are left out with a
        warning.
        """
        wanted, fitting = frozenset(keys), None if outline is None else Fitting(outline)
        found: dict[str, Records] = {}
        for path, unit in self._units():
            if wanted.isdisjoint(unit.keys):
                continue
            try:
                fit = unit if fitting is None else fitting.fit(unit)
            except UnfitError as error:
                logger.warning(
                    "%s does not fit the outline (%s): its runs are left out; remove the file to"
                    " train them again",
                    path,
                    error,
                )
                continue
            found |= {key: fit.run(row) for row, key in enumerate(fit.keys) if key in wanted}
        return found

    def write_unit(
        self, keys: Sequence[str], per_run: Mapping[str, Array], shared: Mapping[str, Array]
    ) -> Path:
        """Store the runs of a finished unit, and return their file.

        `keys`: one for each of the R runs.
        `per_run`: shape (R, …).
        `shared`: what all runs of the unit share.

        Raises `StorageError` if the disk refuses; then the unit is not done.
        """
        return self.write_encoded(keys, encode_unit(keys, per_run, shared))

    def write_encoded(self, keys: Sequence[str], data: bytes) -> Path:
        """Store the runs of a finished unit as `encode_unit` has written them; as `write_unit`."""
        path = self._runs / f"{_name(keys)}.npz"
        files.write_atomically(path, data)
        return path

    def write_crash(self, keys: Sequence[str], reason: str) -> None:
        """Note that the runs of a unit crashed, and why."""
        note = json.dumps({"keys": list(keys), "reason": reason}, indent=1).encode() + b"\n"
        files.write_atomically(self._runs / f"{_name(keys)}{CRASHED}", note)

    def crashes(self) -> dict[str, str]:
        """Return the reasons of crashes by run key, for runs that crashed when last tried."""
        found: dict[str, str] = {}
        for note in map(files.read_json, self._notes()):
            with contextlib.suppress(LookupError, TypeError):  # it cannot be understood
                found |= dict.fromkeys(map(str, note["keys"]), str(note["reason"]))
        return found

    def forget_crashes(self) -> None:
        """Remove all notes of crashes, so that these runs are tried again."""
        for path in self._notes():
            files.remove(path)

    def write_outline(self, outline: Outline) -> bool:
        """Prepare the folder, store the outline, and return whether it differs from the stored one.

        Raises `StorageError` if the folder cannot be written to, or a newer initbench
        made it.
        """
        files.prepare_folder(self._folder)
        if self._runs.is_symlink():
            raise StorageError(
                f"{self._runs} is a link, and nothing is written outside of the results folder:"
                f" move the runs into {self._folder}, or make all of it the link"
            )
        files.prepare_folder(self._runs)
        path, data = self._runs / OUTLINE, outline.to_json()
        stored = files.read(path)
        if stored == data:
            return False
        if stored is not None:
            with contextlib.suppress(DamagedOutlineError):  # overwritten below
                Outline.from_json(stored, str(path))
        files.write_atomically(path, data)
        return True

    def read_outline(self) -> Outline:
        """Return the outline of the experiment.

        Raises `UsageError` if this is not a results folder. Raises `StorageError` if the outline
        cannot be read, is damaged, or was written by a newer initbench.
        """
        path = self._runs / OUTLINE
        data = files.read(path)
        if data is None:
            what = "holds no results" if self._folder.is_dir() else "does not exist"
            raise UsageError(
                f"{self._folder} {what}: {path} is missing. `initbench run CONFIG` makes it."
            )
        return Outline.from_json(data, str(path))

    def set_aside(self) -> None:
        """Rename the folder of runs, if there is one, so that all runs are trained again."""
        if not self._runs.is_dir():
            return
        number = 1
        while (aside := self._folder / f"runs.aside-{number}").exists():
            number += 1
        files.rename(self._runs, aside)

    def _units(self) -> Iterator[tuple[Path, StoredUnit]]:
        """Read every unit's file, and set aside those that are damaged."""
        for path in files.matching(self._runs, "*.npz"):
            try:
                yield path, read_unit(path)
            except DamagedFileError as error:
                _set_damaged_aside(path, str(error))

    def _notes(self) -> list[Path]:
        return files.matching(self._runs, f"*{CRASHED}")


def _name(keys: Sequence[str]) -> str:
    """Return the stem of the names of a unit's files."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]


def _set_damaged_aside(path: Path, reason: str) -> None:
    aside = path.with_name(f"{path.name}.damaged")
    logger.warning("%s is damaged (%s): set aside, its runs are to be trained again", path, reason)
    if path.parent.is_symlink():
        return  # what lies elsewhere is not ours to rename
    try:
        files.rename(path, aside)
    except StorageError:  # a folder that can only be read is still read
        logger.warning("%s could not be renamed to %s", path, aside.name)
