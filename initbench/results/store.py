"""The store: raw numbers of finished runs, found by key.

A unit's runs lie in one ``.npz``, whose member ``keys`` says which they are. Nothing is ever
changed in place; a file that cannot be read is set aside, and its runs count as not there.
"""

import hashlib
import io
import logging
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from initbench.arrays import Array
from initbench.errors import StorageError, UsageError
from initbench.results.files import prepare_folder, write_atomically
from initbench.results.outline import Outline, outline_from_json

logger = logging.getLogger(__name__)

FORMAT: Final = 1
SHARED: Final = "shared_"
"""Prefix, in a file, of arrays that all runs of a unit share."""

DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)
"""What NumPy raises for a file that is truncated, empty, foreign or altered."""


class RunStore:
    """The runs below a results folder, ``<folder>/runs``.

    Parameters
    ----------
    folder : Path
        The results folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "runs"
        self._outline = self.folder / "outline.json"

    def prepare(self) -> None:
        """Make the folder, and see that it can be written to.

        Raises
        ------
        StorageError
            It cannot.
        """
        for folder in (self.folder.parent, self.folder):
            prepare_folder(folder)

    def keys(self) -> frozenset[str]:
        """Return the keys of all runs on disk; files that cannot be read are set aside."""
        found: set[str] = set()
        for path in self._files():
            keys = self._keys_in(path)
            if keys is not None:
                found.update(keys)
        return frozenset(found)

    def write_unit(
        self,
        keys: Sequence[str],
        per_run: Mapping[str, Array],
        shared: Mapping[str, Array],
    ) -> Path:
        """Store the runs of a finished unit.

        Parameters
        ----------
        keys : sequence of str
            R of them.
        per_run : mapping of str to ndarray
            First axis R.
        shared : mapping of str to ndarray
            What is the same for all runs of the unit.

        Raises
        ------
        StorageError
            The file cannot be written; nothing is stored.
        """
        arrays = {SHARED + name: array for name, array in shared.items()}
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            allow_pickle=False,
            format_version=FORMAT,
            keys=np.array(keys),
            **per_run,
            **arrays,
        )
        name = hashlib.sha256("".join(keys).encode()).hexdigest()[:16]
        path = self.folder / f"{name}.npz"
        write_atomically(path, buffer.getvalue())
        return path

    def read_runs(self, keys: Collection[str]) -> dict[str, dict[str, Array]]:
        """Return the arrays of those runs that are on disk, by key.

        Arrays that a unit's runs share are there for each of them.
        """
        wanted, runs = set(keys), dict[str, dict[str, Array]]()
        for path in self._files():
            for key, arrays in self._runs_in(path, wanted):
                runs[key] = arrays
        return runs

    def write_outline(self, outline: Outline) -> bool:
        """Store what was asked for; return whether it differs from what was stored."""
        data = outline.to_json()
        if self._outline.is_file() and self._outline.read_bytes() == data:
            return False
        write_atomically(self._outline, data)
        return True

    def read_outline(self) -> Outline:
        """Return what was asked for.

        Raises
        ------
        UsageError
            This is no results folder.
        StorageError
            The outline is damaged or of a newer format.
        """
        try:
            data = self._outline.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(
                f"{self.folder.parent}: is not a results folder (it has no runs/outline.json);"
                " name one that `initbench run` has written"
            ) from None
        except OSError as error:
            raise StorageError(f"{self._outline}: cannot be read: {error.strerror}") from error
        return outline_from_json(data, str(self._outline))

    def set_aside(self) -> None:
        """Move all runs out of the way, to the first ``runs.old-N`` that is free."""
        if not self.folder.is_dir():
            return
        number = 1
        while (aside := self.folder.with_name(f"runs.old-{number}")).exists():
            number += 1
        try:
            self.folder.rename(aside)
        except OSError as error:
            raise StorageError(f"{self.folder}: cannot be set aside: {error.strerror}") from error

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.npz"))

    def _keys_in(self, path: Path) -> list[str] | None:
        """Return the keys in one file, or None where it cannot be read and was set aside."""
        try:
            _check_sums(path)
            with np.load(path, allow_pickle=False) as arrays:
                _check_format(path, int(arrays["format_version"]))
                return [str(key) for key in arrays["keys"]]
        except DAMAGE as error:
            logger.warning("%s is damaged (%s); it is set aside and trained again", path, error)
            path.replace(path.with_suffix(".damaged"))
            return None

    def _runs_in(self, path: Path, wanted: set[str]) -> Iterator[tuple[str, dict[str, Array]]]:
        keys = self._keys_in(path)
        if keys is None or wanted.isdisjoint(keys):
            return
        with np.load(path, allow_pickle=False) as members:
            arrays = {name: members[name] for name in members.files}
        for own in ("format_version", "keys"):
            del arrays[own]
        for row, key in enumerate(keys):
            if key in wanted:
                yield (
                    key,
                    {
                        name.removeprefix(SHARED): array if name.startswith(SHARED) else array[row]
                        for name, array in arrays.items()
                    },
                )


def _check_sums(path: Path) -> None:
    """Raise BadZipFile where a member's checksum fails."""
    with zipfile.ZipFile(path) as archive:
        if (member := archive.testzip()) is not None:
            raise zipfile.BadZipFile(f"checksum of {member} fails")


def _check_format(path: Path, version: int) -> None:
    if version > FORMAT:
        raise StorageError(
            f"{path}: has format {version}, and this initbench reads format {FORMAT};"
            " use the version that wrote it, or a newer one"
        )
