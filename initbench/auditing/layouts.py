"""Roles and fans of tensors, by their names, shapes and neighbours.

A matrix of 256 × 128 does not say which of both is its fan_in. Four things do, in this order: the
user (``--layout``), the length of the bias that belongs to it, the layers of the same checkpoint
whose bias decides, and the convention of the framework: ``weight`` is (out, in) as in PyTorch,
``kernel`` is (in, out) as in Keras and Flax. Convolutions multiply both fans by the number of
positions in their kernel.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.auditing.checkpoints import PRECISION, Layout, Tensor

Role = Literal["linear", "convolution", "attention", "experts", "embedding", "bias", "other"]

KERNELS: Final = frozenset({"linear", "convolution", "attention", "experts"})
"""The roles that a scheme which is claimed for the whole checkpoint speaks of."""

_EMBEDDING: Final = re.compile(r"emb|wte|wpe|(^|[./_])pos(ition)?s?([./_]|$)", re.IGNORECASE)
_ATTENTION: Final = re.compile(
    r"attn|attention|(^|[./_])([qkvo]_proj|query|key|value|qkv)([./_:]|$)|in_proj", re.IGNORECASE
)
_BIAS_OF: Final = {"weight": "bias", "kernel": "bias", "W": "b", "w": "b"}
_BIAS: Final = re.compile(r"(^|[./_])(bias|beta|b\d*)(:\d+)?$|_bias$", re.IGNORECASE)


@dataclass(frozen=True)
class Placed:
    """A tensor with its place in the network.

    Attributes
    ----------
    layout : {"out_in", "in_out"}
    because : str
        Why this layout.
    fans : (fan_in, fan_out)
    matrix : (rows, columns)
        Of the tensor as a matrix, in storage order, whose rows are units if the layout is
        ``out_in`` and whose columns are if ``in_out``.
    positions : int
        Of a convolution's kernel; 1 for others.
    bias : str
        Name of the bias that belongs to it; empty where there is none.
    of : str
        For a bias, the name of the weights that it belongs to; else empty.
    """

    tensor: Tensor
    role: Role
    layout: Layout
    because: str
    fans: tuple[int, int]
    matrix: tuple[int, int]
    positions: int = 1
    bias: str = ""
    of: str = ""


def place(tensors: Sequence[Tensor], layout: Layout | None = None) -> list[Placed]:
    """Return the role, layout and fans of every tensor.

    Parameters
    ----------
    layout : {"out_in", "in_out"}, optional
        Of all matrices; recognised where it is not given.
    """
    biases = _biases(tensors)
    layouts = _layouts(tensors, biases, layout)
    placed = []
    owners = {bias: name for name, bias in biases.items()}
    for tensor in tensors:
        role = _role(tensor)
        where, because = layouts.get(tensor.name, (tensor.layout, "the container"))
        if len(tensor.shape) < 2:
            kind: Role = "bias" if tensor.name in owners or _BIAS.search(tensor.name) else "other"
            of, size = owners.get(tensor.name, ""), tensor.size
            placed.append(Placed(tensor, kind, where, "", (size, 1), (1, size), of=of))
            continue
        fans, matrix, positions = _fans(tensor, role, where)
        bias = biases.get(tensor.name, "")
        placed.append(Placed(tensor, role, where, because, fans, matrix, positions, bias))
    return placed


def _role(tensor: Tensor) -> Role:
    if _EMBEDDING.search(tensor.name) and len(tensor.shape) == 2:
        return "embedding"
    if "expert" in tensor.name.lower() and len(tensor.shape) == 3:
        return "experts"
    if _ATTENTION.search(tensor.name) and len(tensor.shape) <= 3:
        return "attention"
    return "convolution" if len(tensor.shape) > 2 else "linear"


def _fans(
    tensor: Tensor, role: Role, layout: Layout
) -> tuple[tuple[int, int], tuple[int, int], int]:
    """Return fans, shape as a matrix, and positions of the kernel."""
    shape = tensor.shape
    if role == "experts":
        first, last = shape[1:]
        fans = (last, first) if layout == "out_in" else (first, last)
        return fans, (shape[0] * first, last), 1
    if role == "attention" and len(shape) == 3:  # Keras' (d, heads, key) and (heads, key, d)
        merges_heads = re.search(r"out(put)?([./_:]|$)", tensor.name) is not None
        cut = 2 if merges_heads else 1
        matrix = math.prod(shape[:cut]), math.prod(shape[cut:])
        return matrix, matrix, 1
    if layout == "out_in":
        positions = math.prod(shape[2:])
        return (
            (shape[1] * positions, shape[0] * positions),
            (shape[0], math.prod(shape[1:])),
            positions,
        )
    positions = math.prod(shape[:-2])
    matrix = (math.prod(shape[:-1]), shape[-1])
    return (shape[-2] * positions, shape[-1] * positions), matrix, positions


def _biases(tensors: Sequence[Tensor]) -> dict[str, str]:
    """Return the biases by the names of the weights that they belong to."""
    vectors = {tensor.name: tensor for tensor in tensors if len(tensor.shape) == 1}
    found: dict[str, str] = {}
    for index, tensor in enumerate(tensors):
        if len(tensor.shape) < 2:
            continue
        head, word, tail = _split(tensor.name)
        named = f"{head}{_BIAS_OF.get(word, '')}{tail}"
        if word and named in vectors:
            found[tensor.name] = named
            continue
        following = tensors[index + 1] if index + 1 < len(tensors) else None
        is_counted = re.search(r"(arr_|vars/|^|_)\d+$", tensor.name) is not None and not word
        if (
            following is not None
            and is_counted
            and len(following.shape) == 1
            and following.size in {tensor.shape[0], tensor.shape[-1]}
        ):
            found[tensor.name] = following.name
    return found


def _split(name: str) -> tuple[str, str, str]:
    """Split a name around the last word for weights: ``0.``, ``weight`` and nothing."""
    match = re.search(r"(.*?)(weight|kernel|(?<![A-Za-z])[Ww](?=\d*$))(:?\d*)$", name)
    return (match[1], match[2], match[3]) if match else (name, "", "")


def _layouts(
    tensors: Sequence[Tensor], biases: dict[str, str], given: Layout | None
) -> dict[str, tuple[Layout, str]]:
    """Return the layout of every tensor with two or more axes, and why."""
    matrices = [tensor for tensor in tensors if len(tensor.shape) > 1]
    if given is not None:
        return {tensor.name: (given, "--layout") for tensor in matrices}
    lengths = {tensor.name: tensor.size for tensor in tensors}
    by_bias: dict[str, Layout] = {}
    for tensor in matrices:
        length = lengths.get(biases.get(tensor.name, ""))
        ends = (tensor.shape[0], tensor.shape[-1])
        if len(tensor.shape) == 2 and ends[0] != ends[1] and length in ends:
            by_bias[tensor.name] = "out_in" if length == ends[0] else "in_out"
    agreed = set(by_bias.values())
    chained: Layout | None = None  # the layout in which the sizes of consecutive layers match
    if len(matrices) > 1 and all(len(tensor.shape) == 2 for tensor in matrices):
        pairs = list(pairwise(tensor.shape for tensor in matrices))
        fits_in_out = all(left[1] == right[0] for left, right in pairs)
        if fits_in_out != all(left[0] == right[1] for left, right in pairs):
            chained = "in_out" if fits_in_out else "out_in"
    found: dict[str, tuple[Layout, str]] = {}
    for tensor in matrices:
        word = _split(tensor.name)[1]
        if tensor.name in by_bias:
            found[tensor.name] = by_bias[tensor.name], "the length of its bias"
        elif len(agreed) == 1 and len(tensor.shape) == 2 and _role(tensor) != "embedding":
            found[tensor.name] = next(iter(agreed)), "the biases of other layers"
        elif word in {"weight", "kernel"}:
            found[tensor.name] = ("out_in" if word == "weight" else "in_out"), f"the name {word!r}"
        elif chained is not None:
            found[tensor.name] = chained, "the sizes of neighbouring layers"
        else:
            found[tensor.name] = tensor.layout, "the container"
    return found


# --- Samples: the entries of a tensor that an audit looks at --------------------------------------


LIMIT: Final = 2**17
"""Entries above which a tensor is sampled."""

GROUPS: Final = 16
"""Places of a large tensor at which rows are read."""


@dataclass(frozen=True)
class Sample:
    """Rows of a tensor, as it is stored.

    Attributes
    ----------
    rows : ndarray of shape (rows, columns)
        Of the tensor as a matrix (`Placed.matrix`), in float64.
    is_whole : bool
        Whether these are all of its entries.
    bits : int
        Of the significand in which the tensor is stored.
    """

    rows: FloatArray
    is_whole: bool
    has_units_as_rows: bool
    bits: int

    @property
    def values(self) -> FloatArray:
        """All entries of the sample, flat."""
        return self.rows.reshape(-1)

    @property
    def units(self) -> FloatArray:
        """One row for each unit: of the sampled units all weights, or of all units the sampled."""
        return self.rows if self.has_units_as_rows else self.rows.T

    @property
    def rounding(self) -> float:
        """Largest relative error of an entry that rounding to the stored type makes."""
        return float(2.0 ** -(self.bits + 1))

    @cached_property
    def dithered(self) -> FloatArray:
        """Entries with the rounding undone: each is moved at random within its rounding interval.

        Entries stored in half precision have few values, which a test of a continuous law would
        refuse however they were drawn. Before rounding, an entry was anywhere in the interval that
        rounds to its value, so a uniform draw from the interval follows the law again.
        """
        values = self.values
        if self.bits >= PRECISION["float32"]:
            return values
        smallest = -14 if self.bits == PRECISION["float16"] else -126
        _, exponents = np.frexp(values)
        steps = np.ldexp(1.0, np.maximum(exponents - 1, smallest) - self.bits)
        shifts = np.random.default_rng(0).uniform(-0.5, 0.5, values.size)
        return np.asarray(np.where(values == 0.0, 0.0, values + shifts * steps))


def read_sample(placed: Placed) -> Sample:
    """Read a tensor, or rows of it where it has more than `LIMIT` entries."""
    tensor, (rows, columns) = placed.tensor, placed.matrix
    is_whole = tensor.size <= LIMIT
    if is_whole:
        found = tensor.read(0, tensor.size).reshape(rows, columns)
    else:
        width = min(columns, LIMIT // 2)
        count = min(rows, max(2, LIMIT // width))
        groups = min(GROUPS, max(1, count // 2))
        height = count // groups
        begins = np.linspace(0, rows - height, groups).astype(int)
        at_once = height if width == columns else 1  # rows that are read as one piece
        starts = [
            (row + step) * columns for row in begins.tolist() for step in range(0, height, at_once)
        ]
        pieces = [tensor.read(start, start + at_once * width) for start in starts]
        found = np.concatenate(pieces).reshape(-1, width)
    return Sample(found, is_whole, placed.layout == "out_in", PRECISION[tensor.dtype])
