"""Reading results to compare: a results folder or a ``metrics.json``, as the values of each run.

A file may come from anywhere and from any version, so it is validated where it is read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from initbench.errors import StorageError, UsageError
from initbench.options import OptionValue
from initbench.results import files
from initbench.results.decoding import decode
from initbench.results.metrics import METRICS_FORMAT_VERSION
from initbench.results.results import load_results

DIVERGED: Final = "diverged"
"""Name under which divergence is compared like a metric: 1 for a run that diverged, else 0."""

Values = Mapping[int, float | None]


@dataclass(frozen=True)
class BaselineEntry:
    """The runs of a scheme in one cell.

    Attributes
    ----------
    keys : mapping of seed to str
        Of each run; empty where they were not kept.
    metrics : mapping of str to mapping of seed to value
        None where a run diverged.
    """

    keys: Mapping[int, str]
    metrics: Mapping[str, Values]


@dataclass(frozen=True)
class BaselineCell:
    """One sweep setting with its schemes; ``role`` is that of `outline.Cell`."""

    settings: Mapping[str, OptionValue]
    role: str
    score: str
    inits: Mapping[str, BaselineEntry]


@dataclass(frozen=True)
class Baseline:
    """The results of an experiment, for a comparison with others."""

    source: str
    cells: tuple[BaselineCell, ...]


@dataclass(frozen=True)
class _Cell:
    settings: Mapping[str, OptionValue]
    score: str


@dataclass(frozen=True)
class _Document:
    format_version: int
    cells: tuple[_Cell, ...]


def read_baseline(path: Path) -> Baseline:
    """Read a results folder, from its raw runs, or a ``metrics.json``.

    Raises
    ------
    UsageError
        It is neither.
    StorageError
        It cannot be read, or a newer initbench wrote it.
    """
    if path.is_dir():
        return as_baseline(load_results(path).metrics, str(path))
    data = files.read(path)
    if data is None:
        raise UsageError(f"{path} does not exist: name a results folder or a metrics.json")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no metrics.json ({error})") from error
    return as_baseline(document, str(path))


def as_baseline(document: Any, source: str) -> Baseline:
    """Return the values of each run in a document; raises what `read_baseline` raises."""
    try:
        decoded: _Document = decode(_Document, document, "the document")
        if decoded.format_version > METRICS_FORMAT_VERSION:
            raise StorageError(
                f"{source} has format {decoded.format_version}, but this initbench reads formats"
                f" up to {METRICS_FORMAT_VERSION}: it was written by a newer one, so update"
                " initbench"
            )
        cells = tuple(map(_cell, decoded.cells, document["cells"]))
    except ValueError as error:
        raise UsageError(f"{source} is no metrics.json ({error})") from error
    return Baseline(source, cells)


def _cell(cell: _Cell, document: Mapping[str, Any]) -> BaselineCell:
    inits = document.get("inits")
    if not isinstance(inits, dict) or not all(isinstance(each, dict) for each in inits.values()):
        raise ValueError("inits must be an object of objects")
    entries = {label: _entry(entry, label, cell.score) for label, entry in inits.items()}
    return BaselineCell(cell.settings, str(document.get("role", "point")), cell.score, entries)


def _entry(entry: Mapping[str, Any], label: str, score: str) -> BaselineEntry:
    seeds = decode(tuple[int, ...], entry.get("seeds"), f"{label}.seeds")
    keys = decode(tuple[str, ...], entry.get("keys", []), f"{label}.keys")
    names = [f"{part}_{name}" for part in ("train", "test") for name in ("loss", score)]
    values = {
        name: _values(entry[name], len(seeds), f"{label}.{name}")
        for name in (*names, f"test_{score}_area")
        if name in entry
    }
    diverged_at = decode(tuple[float | None, ...], entry.get("diverged_at"), f"{label}.diverged_at")
    values[DIVERGED] = tuple(float(epoch is not None) for epoch in diverged_at)
    return BaselineEntry(
        dict(zip(seeds, keys, strict=bool(keys))),
        {name: dict(zip(seeds, each, strict=True)) for name, each in values.items()},
    )


def _values(metric: Any, count: int, path: str) -> tuple[float | None, ...]:
    listed = metric.get("values") if isinstance(metric, dict) else None
    values: tuple[float | None, ...] = decode(tuple[float | None, ...], listed, f"{path}.values")
    if len(values) != count:
        raise ValueError(f"{path}.values must be {count}, not {len(values)}")
    return values
