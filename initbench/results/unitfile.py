"""A unit's file: the raw numbers of runs that trained together, as an ``.npz`` of plain arrays.

Arrays whose first axis counts runs stand beside arrays that all runs share; ``keys`` names the
runs and ``shared`` the arrays of the second kind. The same unit makes the same bytes: members are
sorted and bear no date. ``numpy.load`` opens the file, and nothing in it is ever unpickled.

A file may be from anyone. Each array's header is compared with the size of its member before the
array is allocated, and a small file never unpacks to a large unit.
"""

import errno
import io
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from initbench.arrays import Array
from initbench.results import files
from initbench.results.files import FORMAT_VERSION, refuse_newer

WORTHWHILE = 0.9
"""A member is compressed if that leaves at most this share of it."""

UNPACKED_FREELY: Final = 2**27
"""Bytes that a unit may unpack to, however small its file is."""

MAX_RATIO: Final = 200
"""Above that, how many times the size of its file; deflate ends at 1,032."""

MAX_MEMBERS: Final = 10_000
"""Arrays of a unit; the initial weights of 1,000 layers are 2,002 of them."""

MAX_HEADER: Final = 10_000
"""Bytes of an array's header; NumPy writes 118."""

MAX_ITEM: Final = 1_000
"""Bytes of a number or a key; those of a probe have 160."""

PIECE: Final = 2**20
"""Bytes that are unpacked at once."""

_HEADERS: Final = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,  # not an array, or one that would have to be unpickled
    LookupError,  # a member is missing, or in an unknown encoding
    TypeError,  # a member of another kind than ours
    OSError,  # an archive that points outside itself, such as an empty one; see below
    EOFError,
    RuntimeError,  # an encrypted member, or an unknown compression
    ArithmeticError,
    MemoryError,  # more than this machine has
    SyntaxError,  # a header that is no text of Python
)


class DamagedFileError(ValueError):
    """A file that is not a unit, or no longer."""


@dataclass(frozen=True)
class StoredUnit:
    """The contents of a unit's file."""

    keys: tuple[str, ...]  # keys of its R runs
    per_run: Mapping[str, Array]  # shape (R, …)
    shared: Mapping[str, Array]

    def run(self, index: int) -> dict[str, Array]:
        """Return the arrays of one run, including those that all runs of the unit share."""
        return {**self.shared, **{name: values[index] for name, values in self.per_run.items()}}


def encode_unit(
    keys: Sequence[str], per_run: Mapping[str, Array], shared: Mapping[str, Array]
) -> bytes:
    """Return the bytes of a unit's file; parameters are those of `StoredUnit`.

    Raises `ValueError` if the arrays do not fit the keys: a mistake of the caller.
    """
    _check(keys, per_run)
    members = {
        **shared,
        **per_run,
        "format_version": np.array(FORMAT_VERSION),
        "keys": np.array(keys, np.str_),
        "shared": np.array(sorted(shared), np.str_),
    }
    data = _encode(members, WORTHWHILE)
    size = sum(values.nbytes for values in members.values())
    return data if _is_trusted(len(data), size) else _encode(members, 0.0)


def read_unit(path: Path) -> StoredUnit:
    """Read a unit's file, every byte of it against its checksum.

    Raises `DamagedFileError` if it is truncated, altered, or no such file at all. Raises
    `StorageError` if it cannot be read, or a newer initbench wrote it.
    """
    with files.opened(path) as file:
        try:
            members = _decode(file or io.BytesIO(), path)
            keys = tuple(map(str, members.pop("keys")))
            shared = {str(name): members.pop(str(name)) for name in members.pop("shared")}
            _check(keys, members)
        except UNREADABLE as error:
            if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:
                raise  # of the disk: the file may be whole
            raise DamagedFileError(str(error) or type(error).__name__) from error
    return StoredUnit(keys, members, shared)


def _is_trusted(stored: int, unpacked: int) -> bool:
    """Return whether a file of so many bytes may unpack to so many."""
    return unpacked <= max(UNPACKED_FREELY, MAX_RATIO * stored)


def _check(keys: Sequence[str], per_run: Mapping[str, Array]) -> None:
    if not keys or len(set(keys)) < len(keys):
        raise ValueError("a unit needs runs, each with a key of its own")
    for name, values in per_run.items():
        if values.ndim == 0 or len(values) != len(keys):
            raise ValueError(f"{name} has shape {values.shape} for {len(keys)} runs")


def _encode(members: Mapping[str, Array], worthwhile: float) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(members):
            _add(archive, name, members[name], worthwhile)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, values: Array, worthwhile: float) -> None:
    """Add an array under a fixed date, compressed where that pays."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(values, order="C"), allow_pickle=False)
    data = buffer.getvalue()
    member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
    member.create_system = 3  # whatever system writes it
    member.external_attr = 0o644 << 16
    pays = len(zlib.compress(data)) <= worthwhile * len(data)
    member.compress_type = zipfile.ZIP_DEFLATED if pays else zipfile.ZIP_STORED
    archive.writestr(member, data)


def _decode(file: BinaryIO, path: Path) -> dict[str, Array]:
    """Return the arrays of an archive but the version of its format, which is checked."""
    stored = file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        # zipfile takes a member for part of the one before, where that one's lengths are damaged;
        # an archive without a comment ends in 22 bytes, which count its members.
        file.seek(-12, io.SEEK_END)
        if len(infos) != int.from_bytes(file.read(2), "little"):
            raise ValueError("the archive has lost a member")
        if len(infos) > MAX_MEMBERS:
            raise ValueError(f"{len(infos):,} arrays are more than a unit has")
        if not _is_trusted(stored, unpacked := sum(info.file_size for info in infos)):
            raise ValueError(f"{stored:,} bytes would unpack to {unpacked:,}")
        version = _read_array(archive, archive.getinfo("format_version.npy"))
        refuse_newer(str(path), int(version))
        names = [info.filename.removesuffix(".npy") for info in infos]
        if len(set(names)) < len(names):
            raise ValueError("two arrays have one name")
        return {
            name: _read_array(archive, info)
            for name, info in zip(names, infos, strict=True)
            if name != "format_version"
        }


def _read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    """Return a member of an archive as an array of numbers or text in the machine's byte order."""
    with archive.open(info) as file:
        read_header = _HEADERS[np.lib.format.read_magic(file)]
        shape, is_transposed, dtype = read_header(file, max_header_size=MAX_HEADER)
        if dtype.kind not in "fiuU" or not 0 < dtype.itemsize <= MAX_ITEM or is_transposed:
            raise ValueError(f"{info.filename} holds {dtype}, which no unit has")
        if dtype.itemsize * math.prod(shape) != info.file_size - file.tell():
            raise ValueError(f"{info.filename} has another size than its header says")
        values = np.empty(shape, dtype)
        rest = values.reshape(-1).view(np.uint8)
        while len(rest):
            if not (piece := np.frombuffer(file.read(min(len(rest), PIECE)), np.uint8)).size:
                raise EOFError(f"{info.filename} is truncated")
            rest[: len(piece)] = piece
            rest = rest[len(piece) :]
    return values.astype(dtype.newbyteorder("="), copy=False)
