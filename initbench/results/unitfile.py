"""A unit's file: the raw numbers of runs that trained together, as an ``.npz`` of plain arrays.

Arrays whose first axis counts runs stand beside arrays that all runs share; ``keys`` names the
runs and ``shared`` the arrays of the second kind. The same unit makes the same bytes: members are
sorted and bear no date. ``numpy.load`` opens the file, and nothing in it is ever unpickled.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from initbench.arrays import Array
from initbench.results import files
from initbench.results.outline import FORMAT_VERSION, refuse_newer

WORTHWHILE = 0.9
"""A member is compressed if that leaves at most this share of it."""

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,  # not an array, or one that would have to be unpickled
    LookupError,  # a member is missing, or in an unknown encoding
    TypeError,  # a member of another kind than ours
    OSError,  # an archive that points outside itself, such as an empty one
    EOFError,
    RuntimeError,  # an encrypted member, or an unknown compression
    OverflowError,
    MemoryError,  # a header that promises more than there can be
)


class DamagedFileError(ValueError):
    """A file that is not a unit, or no longer."""


@dataclass(frozen=True)
class StoredUnit:
    """The contents of a unit's file.

    Attributes
    ----------
    keys : tuple of str
        Keys of its R runs.
    per_run : mapping of str to ndarray of shape (R, …)
    shared : mapping of str to ndarray
    """

    keys: tuple[str, ...]
    per_run: Mapping[str, Array]
    shared: Mapping[str, Array]

    def run(self, index: int) -> dict[str, Array]:
        """Return the arrays of one run, including those that all runs of the unit share."""
        return {**self.shared, **{name: values[index] for name, values in self.per_run.items()}}


def encode_unit(
    keys: Sequence[str], per_run: Mapping[str, Array], shared: Mapping[str, Array]
) -> bytes:
    """Return the bytes of a unit's file; parameters are those of `StoredUnit`.

    Raises
    ------
    ValueError
        The arrays do not fit the keys: a mistake of the caller.
    """
    _check(keys, per_run)
    members = {
        **shared,
        **per_run,
        "format_version": np.array(FORMAT_VERSION),
        "keys": np.array(keys, np.str_),
        "shared": np.array(sorted(shared), np.str_),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(members):
            _add(archive, name, members[name])
    return buffer.getvalue()


def read_unit(path: Path) -> StoredUnit:
    """Read a unit's file, every byte of it against its checksum.

    Raises
    ------
    DamagedFileError
        It is truncated, altered, or no such file at all.
    StorageError
        It cannot be read, or a newer initbench wrote it.
    """
    data = files.read(path) or b""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            refuse_newer(str(path), int(_decode(archive.read("format_version.npy"))))
            members = {
                name.removesuffix(".npy"): _decode(archive.read(name))
                for name in archive.namelist()
            }
        # zipfile takes a member for part of the one before, where that one's lengths are damaged;
        # an archive without a comment ends in 22 bytes, which count its members.
        if len(members) != int.from_bytes(data[-12:-10], "little"):
            raise ValueError("the archive has lost a member")
        del members["format_version"]
        keys = tuple(map(str, members.pop("keys")))
        shared = {str(name): members.pop(str(name)) for name in members.pop("shared")}
        _check(keys, members)
    except UNREADABLE as error:
        raise DamagedFileError(str(error)) from error
    return StoredUnit(keys, members, shared)


def _check(keys: Sequence[str], per_run: Mapping[str, Array]) -> None:
    if not keys or len(set(keys)) < len(keys):
        raise ValueError("a unit needs runs, each with a key of its own")
    for name, values in per_run.items():
        if values.ndim == 0 or len(values) != len(keys):
            raise ValueError(f"{name} has shape {values.shape} for {len(keys)} runs")


def _add(archive: zipfile.ZipFile, name: str, values: Array) -> None:
    """Add an array under a fixed date, compressed where that pays."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(values, order="C"), allow_pickle=False)
    data = buffer.getvalue()
    member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
    member.create_system = 3  # whatever system writes it
    member.external_attr = 0o644 << 16
    pays = len(zlib.compress(data)) <= WORTHWHILE * len(data)
    member.compress_type = zipfile.ZIP_DEFLATED if pays else zipfile.ZIP_STORED
    archive.writestr(member, data)


def _decode(data: bytes) -> Array:
    values: Array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    return values
