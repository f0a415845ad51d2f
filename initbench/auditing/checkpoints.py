"""Checkpoints: the names, shapes and entries of the tensors in a file that any framework wrote.

A tensor is read in pieces, so a checkpoint larger than memory costs no more than its largest
piece. Pickles are never executed: NumPy's formats are read without objects, PyTorch's with
its weights-only loader, HDF5 without links to other files.

The safetensors format is read here rather than by its library, whose NumPy reader refuses
bfloat16, in which most large checkpoints are stored: eight bytes with the length of a JSON header,
the header with each tensor's type, shape and place, then the bytes of all tensors.
"""

import json
import math
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.data.reading import blaming, check_unpacking, require_file
from initbench.errors import UsageError
from initbench.initializers.weightfiles import load_array, load_arrays
from initbench.optional import require

Layout = Literal["out_in", "in_out"]
"""Which axis of a stored matrix counts the outputs: the first, or the last."""

PRECISION: Final[Mapping[str, int]] = {"float64": 52, "float32": 23, "float16": 10, "bfloat16": 7}
"""Bits of the significand that each type stores; other types are not audited."""

MAX_HEADER: Final = 100 * 2**20
"""Bytes of a safetensors header, as its own library limits them."""

_SAFETENSORS: Final[Mapping[str, tuple[str, str]]] = {
    "F64": ("float64", "<f8"),
    "F32": ("float32", "<f4"),
    "F16": ("float16", "<f2"),
    "BF16": ("bfloat16", "<u2"),
}
_COARSE: Final = re.compile(r"(float|f)[468](_|$)", re.IGNORECASE)
"""Floating-point types of eight bits and fewer, as PyTorch, ml_dtypes and safetensors name them."""

_UNPICKLED: Final = re.compile(r"GLOBAL (\S+)")
"""The class or function that a pickle names, in an error of PyTorch's weights-only loader."""

_INDEX: Final = ".safetensors.index.json"
_STATE: Final = ("state_dict", "model_state_dict", "model")
_OPTIMIZER: Final = ("optimizer", "optimizer_weights", "optimizer_state_dict")


@dataclass(frozen=True)
class Tensor:
    """One tensor of a checkpoint, whose entries are read when they are asked for.

    Attributes
    ----------
    name : str
        As in the checkpoint.
    shape : tuple of int
    dtype : str
        One of `PRECISION`.
    read : callable (start, stop) -> ndarray of shape (stop - start,)
        Returns entries in storage order, in float64.
    layout : {"out_in", "in_out"}
        The convention of the container.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    read: Callable[[int, int], FloatArray]
    layout: Layout

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)


def read_checkpoint(paths: Sequence[Path]) -> list[Tensor]:
    """Return the floating-point tensors of a checkpoint, in the order of its layers.

    Parameters
    ----------
    paths : sequence of Path
        One file, one folder, or several ``.npy`` files in the order of the layers.

    Raises
    ------
    UsageError
        The files cannot be read, are of an unknown kind, or need a package that is not installed.
    """
    if len(paths) > 1:
        if any(path.suffix != ".npy" for path in paths):
            raise UsageError("give one checkpoint, or an .npy for each layer")
        return tensors_of({path.stem: load_array(path) for path in paths})
    [path] = paths
    if path.is_dir():
        return _read_folder(path)
    require_file(path)
    if path.name.endswith(_INDEX):
        return _read_shards(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise UsageError(f"{path}: is no checkpoint that can be read; known are {known}")
    with blaming(path):
        tensors = reader(path)
        if not tensors:
            raise UsageError(
                "has no tensor of floating-point numbers; integers, and tensors that are quantized"
                " to them, are not tested"
            )
    return tensors


def tensors_of(arrays: Mapping[str, Array]) -> list[Tensor]:
    """Return the floating-point arrays in memory as tensors.

    Arrays that are numbered (``W1``, ``arr_0``) are taken in that order, others as they stand. The
    layout is that of NumPy and Keras, ``in_out``, but for names in ``weight``, as PyTorch has.
    """
    if all(re.fullmatch(r"[A-Za-z]*_?\d+", name) for name in arrays):
        arrays = {name: arrays[name] for name in sorted(arrays, key=_natural)}

    def read(flat: Array, start: int, stop: int) -> FloatArray:
        return _double(flat[start:stop])

    tensors = []
    for name, array in ((name, np.asarray(each)) for name, each in arrays.items()):
        if _is_read(name, array.dtype.name):
            entries = partial(read, array.reshape(-1))
            tensors.append(Tensor(name, array.shape, array.dtype.name, entries, "in_out"))
    return tensors


def _is_read(name: str, dtype: str) -> bool:
    """Return whether a tensor of this type is audited.

    Raises `UsageError` if its numbers are too coarse to be tested against a law.
    """
    if _COARSE.match(dtype):
        raise UsageError(
            f"tensor {name!r} holds {dtype} numbers, which are too coarse to be tested and have"
            " their scale elsewhere: audit the weights in 16 bits or more"
        )
    return dtype in PRECISION


def _double(numbers: Array) -> FloatArray:
    """Return numbers in double precision; signalling NaN, as garbage has, are quiet ones then."""
    with np.errstate(invalid="ignore"):
        return numbers.astype(np.float64)


def _natural(name: str) -> list[tuple[int, str | int]]:
    """Return a key by which ``layer2`` comes before ``layer10``."""
    parts = re.split(r"(\d+)", name)
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts if part]


def _read_folder(folder: Path) -> list[Tensor]:
    indices, shards, arrays = (
        sorted(folder.glob(f"*{suffix}"), key=lambda path: _natural(path.name))
        for suffix in (_INDEX, ".safetensors", ".npy")
    )
    if indices:
        return _read_shards(indices[0])
    if shards:
        tensors = [tensor for shard in shards for tensor in read_checkpoint([shard])]
        return sorted(tensors, key=lambda tensor: _natural(tensor.name))
    if arrays:
        return tensors_of({path.stem: load_array(path) for path in arrays})
    raise UsageError(f"{folder}: has no .safetensors and no .npy")


def _read_shards(index: Path) -> list[Tensor]:
    """Return the tensors that an index places in files beside it."""
    with blaming(index):
        names = _json(index.read_bytes()).get("weight_map")
        if not isinstance(names, dict) or not names:
            raise UsageError("has no weight_map, from names of tensors to files")
        files = sorted({str(file) for file in names.values()})
        for file in files:
            if Path(file).name != file:
                raise UsageError(f"names {file!r}, which is no file beside it")
    tensors = {
        tensor.name: tensor for file in files for tensor in read_checkpoint([index.parent / file])
    }
    found = [tensors[name] for name in sorted(names, key=_natural) if name in tensors]
    if not found:
        raise UsageError(f"{index}: none of the tensors it names is in its files")
    return found


def _json(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("is damaged: its header is not JSON") from None
    if not isinstance(value, dict):
        raise UsageError("is damaged: its header is no mapping")
    return value


def _read_safetensors(path: Path) -> list[Tensor]:
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(MAX_HEADER, size - 8):
            raise UsageError("is no safetensors file, or is truncated in its header")
        header = _json(file.read(length))
    tensors = []
    for name in sorted(header.keys() - {"__metadata__"}, key=_natural):
        try:
            kind, shape, (begin, end) = (
                header[name][key] for key in ("dtype", "shape", "data_offsets")
            )
            fits = all(type(each) is int and each >= 0 for each in (*shape, begin, end))
        except (KeyError, TypeError, ValueError):
            fits = False
        if not fits:
            raise UsageError(f"is damaged: its header does not describe {name!r}")
        dtype, stored = _SAFETENSORS.get(kind, (str(kind), ""))
        if not _is_read(name, dtype) or 0 in shape:
            continue
        wanted = math.prod(shape) * np.dtype(stored).itemsize
        if end - begin != wanted or 8 + length + end > size:
            raise UsageError(f"is damaged or truncated at {name!r}")
        read = partial(_read_span, path, stored, 8 + length + begin)
        tensors.append(Tensor(name, tuple(shape), dtype, read, "out_in"))
    return tensors


def _read_span(path: Path, stored: str, offset: int, start: int, stop: int) -> FloatArray:
    """Return some of the numbers that stand in a file from byte `offset` on."""
    place = offset + start * np.dtype(stored).itemsize
    numbers = np.fromfile(path, stored, stop - start, offset=place)
    if stored == "<u2":  # bfloat16 is the upper half of float32
        numbers = (numbers.astype("<u4") << 16).view("<f4")
    return _double(numbers)


def _read_hdf5(path: Path) -> list[Tensor]:
    """Return the tensors of an HDF5 file, or of that in the archive of a model that Keras saved."""
    h5py = require("h5py", "checkpoints")
    stream: Any = path
    if path.suffix.lower() == ".keras":
        archive = zipfile.ZipFile(path)  # it stays open, since its tensors are read later
        if "model.weights.h5" not in archive.namelist():
            raise UsageError("has no model.weights.h5, as models that Keras saved have")
        stream = archive.open("model.weights.h5")
    file = h5py.File(stream, "r")
    tensors = []
    try:
        found = list(_datasets(h5py, file, ""))
    except (KeyError, ValueError) as error:  # an entry that leads nowhere
        raise UsageError(f"is damaged: {error}") from None
    for name, data in found:
        if _is_read(name, data.dtype.name) and data.size:
            check_unpacking(path.stat().st_size, data.nbytes)
            read = partial(_read_rows, path, data)
            tensors.append(Tensor(name, data.shape, data.dtype.name, read, "in_out"))
    return sorted(tensors, key=lambda tensor: _natural(tensor.name))


def _datasets(h5py: Any, group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the data sets that a file holds itself: links and other files are not followed."""
    for key in group:
        if not isinstance(group.get(key, getlink=True), h5py.HardLink) or key in _OPTIMIZER:
            continue
        item, name = group[key], f"{prefix}{key}"
        if isinstance(item, h5py.Group):
            yield from _datasets(h5py, item, f"{name}/")
        elif isinstance(item, h5py.Dataset) and not (item.external or item.is_virtual):
            yield name, item


def _read_rows(path: Path, data: Any, start: int, stop: int) -> FloatArray:
    """Return entries of a data set, of which whole rows are read and no more."""
    if not data.shape:
        return np.array([data[()]], np.float64)
    width = math.prod(data.shape[1:])
    first = start // width
    with blaming(path):
        rows = _double(data[first : -(-stop // width)]).reshape(-1)
    return rows[start - first * width : stop - first * width]


def _read_torch(path: Path) -> list[Tensor]:
    torch = require("torch", "torch")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they address whoever wrote the file
            loaded = torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except Exception as error:  # noqa: BLE001 - torch raises what its unpickler raises, any type
        what = "is damaged, or not a file that torch.save wrote"
        if found := _UNPICKLED.search(str(error)):
            what = f"holds {found[1]} beside tensors, and pickles are never executed"
        elif "TorchScript" in str(error):
            what = "is a TorchScript archive, which holds code"
        raise UsageError(f"{what}: save model.state_dict()") from None
    for key in _STATE:
        if isinstance(loaded, dict) and isinstance(loaded.get(key), dict):
            loaded = loaded[key]
            break

    def read(tensor: Any, start: int, stop: int) -> FloatArray:
        return np.asarray(tensor.reshape(-1)[start:stop].double().numpy())

    tensors = []
    for name, each in _flatten(torch, loaded, ""):
        dtype = str(each.dtype).removeprefix("torch.")
        if _is_read(name, dtype) and each.numel():
            if each.is_meta or each.layout is not torch.strided:
                kind = "on the meta device" if each.is_meta else "sparse"
                raise UsageError(
                    f"tensor {name!r} is {kind}, so its entries are not in the file: save the"
                    " state_dict of a dense model whose weights are set"
                )
            tensors.append(Tensor(name, tuple(each.shape), dtype, partial(read, each), "out_in"))
    return tensors


def _flatten(torch: Any, value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, torch.Tensor):
        yield name or "tensor", value.detach()
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key not in _OPTIMIZER:
                yield from _flatten(torch, item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _flatten(torch, item, f"{name}.{place}" if name else str(place))


_READERS: Final[Mapping[str, Callable[[Path], list[Tensor]]]] = {
    ".safetensors": _read_safetensors,
    ".npz": lambda path: tensors_of(load_arrays(path)),
    ".npy": lambda path: tensors_of({path.stem: load_array(path)}),
    ".h5": _read_hdf5,
    ".hdf5": _read_hdf5,
    ".keras": _read_hdf5,
    ".pt": _read_torch,
    ".pth": _read_torch,
}
