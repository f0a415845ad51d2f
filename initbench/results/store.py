"""The store of raw runs: the folder ``runs/``, from which everything else can be rebuilt.

It holds one file for each finished unit and the outline of what was asked for. Runs are found by
key, whichever file they are in; a file that cannot be trusted is set aside, so that its runs count
as not yet trained.
"""

import hashlib
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from initbench.arrays import Array
from initbench.errors import StorageError, UsageError
from initbench.results import files
from initbench.results.outline import DamagedOutlineError, Outline
from initbench.results.unitfile import DamagedFileError, StoredUnit, encode_unit, read_unit

logger = logging.getLogger(__name__)

Records: TypeAlias = Mapping[str, Array]
"""The arrays of one run, by name, those that its unit shares among them."""

OUTLINE = "outline.json"


class RunStore:
    """Raw runs on disk.

    Parameters
    ----------
    folder : Path
        The results folder. It need not exist: it is made when something is first written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = folder / "runs"

    def keys(self) -> frozenset[str]:
        """Return the keys of all runs on disk, after setting damaged files aside.

        Raises
        ------
        StorageError
            A file cannot be read, or a newer initbench wrote it.
        """
        return frozenset(key for unit in self._units() for key in unit.keys)

    def read_runs(self, keys: Collection[str]) -> dict[str, Records]:
        """Return the arrays of those runs that are on disk.

        A run's ``train_loss`` has shape (E + 1,); shared arrays, such as ``grid_x``, are there
        too. Raises what `keys` raises.
        """
        wanted = frozenset(keys)
        return {
            key: unit.run(index)
            for unit in self._units()
            for index, key in enumerate(unit.keys)
            if key in wanted
        }

    def write_unit(
        self, keys: Sequence[str], per_run: Mapping[str, Array], shared: Mapping[str, Array]
    ) -> Path:
        """Store the runs of a finished unit, and return their file.

        Parameters
        ----------
        keys : sequence of str
            One for each of the R runs.
        per_run : mapping of str to ndarray of shape (R, …)
        shared : mapping of str to ndarray
            What all runs of the unit share.

        Raises
        ------
        StorageError
            The disk refuses; then the unit is not done.
        """
        name = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]
        path = self._runs / f"{name}.npz"
        files.write_atomically(path, encode_unit(keys, per_run, shared))
        return path

    def write_outline(self, outline: Outline) -> bool:
        """Make the folder ready for runs, store the outline, and return whether it is another.

        Raises
        ------
        StorageError
            The folder is not one that can be written to, or a newer initbench made it.
        """
        files.prepare_folder(self._folder)
        files.prepare_folder(self._runs)
        if self._stored_outline() == outline:
            return False
        files.write_atomically(self._runs / OUTLINE, outline.to_json())
        return True

    def read_outline(self) -> Outline:
        """Return what was asked for.

        Raises
        ------
        UsageError
            This is not a results folder.
        StorageError
            The outline cannot be read, is damaged, or was written by a newer initbench.
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
        """Give the folder of runs, if there is one, another name: all is to be trained again."""
        if not self._runs.is_dir():
            return
        number = 1
        while (aside := self._folder / f"runs.aside-{number}").exists():
            number += 1
        files.rename(self._runs, aside)

    def _units(self) -> Iterator[StoredUnit]:
        """Read every unit's file, and set aside those that are damaged."""
        for path in sorted(self._runs.glob("*.npz")):
            try:
                yield read_unit(path)
            except DamagedFileError as error:
                _set_damaged_aside(path, str(error))

    def _stored_outline(self) -> Outline | None:
        """Return the outline that a new one replaces, if there is one that can be read."""
        data = files.read(self._runs / OUTLINE)
        if data is None:
            return None
        try:
            return Outline.from_json(data, str(self._runs / OUTLINE))
        except DamagedOutlineError:
            return None


def _set_damaged_aside(path: Path, reason: str) -> None:
    aside = path.with_name(f"{path.name}.damaged")
    logger.warning("%s is damaged (%s): set aside, its runs are to be trained again", path, reason)
    try:
        files.rename(path, aside)
    except StorageError:  # a folder that can only be read is still read
        logger.warning("%s could not be renamed to %s", path, aside.name)
