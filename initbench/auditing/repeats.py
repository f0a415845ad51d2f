"""Repeats: tensors with the same entries, and layers drawn from one stream that was seeded again.

A generator that is seeded before every layer draws the same numbers for each, which the layers
then scale and cut to their own shapes. So the first entries of two such layers are in proportion,
whatever their shapes: in storage order or, where weights were transposed before they were saved,
in the other.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.auditing.checks import Check
from initbench.auditing.layouts import Placed
from initbench.auditing.samples import Sample

LENGTHS: Final = (16, 32, 64, 128, 256, 512, 1024)
"""First entries that are compared; of two tensors, as many as both have."""

PROPORTIONAL: Final = 0.9999
"""Correlation of first entries from which on they are in proportion, whatever the precision."""


@dataclass(frozen=True)
class Trace:
    """The digest and first entries of a tensor, for comparison with later tensors.

    Attributes
    ----------
    name, role : str
    size : int
    digest : bytes
        Of shape and sampled entries; empty for tensors whose equality means nothing.
    starts : tuple of ndarray
        First entries in storage order and, where all entries are known, in the other.
    """

    name: str
    role: str
    size: int
    digest: bytes
    starts: tuple[FloatArray, ...]


def trace_of(placed: Placed, sample: Sample) -> Trace:
    """Return the digest and first entries of a tensor, for comparison with later tensors."""
    values = sample.values
    orders = (values, sample.rows.T.reshape(-1)) if sample.is_whole else (values,)
    starts = tuple(order[: LENGTHS[-1]].copy() for order in orders)
    varied = np.isfinite(values).all() and len(np.unique(values[:1024])) > 1
    digest = hashlib.sha256(repr(placed.tensor.shape).encode() + values.tobytes()).digest()
    is_matrix = placed.matrix[0] > 1 and varied and values.size * sample.bits > 64
    return Trace(placed.tensor.name, placed.role, values.size, digest if is_matrix else b"", starts)


def check_repeats(traces: Sequence[Trace]) -> Iterator[tuple[str, Check]]:
    """Yield name and failed check of every tensor that repeats an earlier one.

    An output layer that equals an embedding is tied to it on purpose, and is no finding.
    """
    first: dict[bytes, Trace] = {}
    repeated = set()
    for trace in traces:
        if not trace.digest:
            continue
        earlier = first.setdefault(trace.digest, trace)
        if earlier is not trace:
            repeated.add(trace.name)
            if "embedding" not in {earlier.role, trace.role}:
                yield (
                    trace.name,
                    Check("duplicate", 0.0, f"has the entries of {earlier.name}", is_exact=True),
                )
    for name, source, correlation in _streams(traces):
        if name not in repeated:
            repeated.add(name)
            found = f"starts with the entries of {source}, scaled (correlation {correlation:.6f})"
            yield name, Check("stream", 0.0, found, is_exact=True)


def _streams(traces: Sequence[Trace]) -> Iterator[tuple[str, str, float]]:
    """Yield the pairs of tensors whose first entries are in proportion."""
    for order in (0, 1):
        starts = [
            (trace.name, trace.starts[order])
            for trace in traces
            if trace.digest and len(trace.starts) > order
        ]
        for length, longer in zip(LENGTHS, (*LENGTHS[1:], np.inf), strict=True):
            known = [(name, start) for name, start in starts if _is_varied(start[:length], length)]
            if len(known) < 2:
                break
            table = np.array([start[:length] for _, start in known])
            table -= table.mean(axis=1, keepdims=True)
            table /= np.linalg.norm(table, axis=1, keepdims=True)
            is_short = np.array([len(start) < longer for _, start in known])
            correlations = np.abs(table @ table.T)
            close = (correlations > PROPORTIONAL) & (is_short[:, None] | is_short[None, :])
            for later, earlier in np.argwhere(np.tril(close, -1)).tolist():
                yield known[later][0], known[earlier][0], float(correlations[later, earlier])


def _is_varied(start: FloatArray, length: int) -> bool:
    """Tell whether entries are a draw: patterns and sparse rows are in proportion by design."""
    if len(start) < length or not np.isfinite(start).all():
        return False
    spread = np.ptp(start)
    return len(np.unique(start)) > length / 4 and bool(0.0 < spread < 1e30)
