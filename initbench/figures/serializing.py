"""Figure records as JSON for the page: numbers rounded, long lines thinned, fields packed as bytes.

Every value is bounded in size, so that a page stays small however long a run and however many its
cells. Marks and axes are objects with the names of `records`, without what is a default; a mark has
its ``kind``. The palette is `palette.to_json`.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from initbench.arrays import FloatArray, IntArray
from initbench.figures.axes import evenly
from initbench.figures.decision_boundaries import class_probabilities
from initbench.figures.records import (
    Bars,
    ColourScale,
    Field,
    Figure,
    Line,
    Map,
    Mark,
    Points,
)

UNKNOWN: Final = 255
"""The byte of what is not known."""

_LINE_POINTS: Final = 6_000
"""Points of all lines of a figure, before they are thinned."""

_FEWEST: Final = 60
_MOST: Final = 400
_FIELD_BYTES: Final = 400_000
"""Of all fields of a figure, before they are compressed."""

_MAP_CELLS: Final = 60_000
"""Of all maps of a figure, before they are thinned along x."""

_FIELD_POINTS: Final = 240
"""Samples drawn over a field."""

_DIGITS: Final = 4


def to_json(figure: Figure, share: float = 1.0) -> dict[str, Any]:
    """Return a figure as plain values.

    `share`: of the bytes and points that a figure may have: less where a page has many.

    Returns
    -------
    dict
        The fields of `Figure` without those that are empty or None. Numbers that are not finite are
        None. A `Field` has ``side``, ``levels`` and ``frames``, each a packed byte array of
        ``class * levels + level``; a `Map` has ``values`` packed as bytes from 0 (the low end of
        the scale) to 254. `UNKNOWN` is a byte without a number.
    """
    marks = [mark for panel in figure.panels for mark in panel.marks]
    lines = max(sum(isinstance(mark, Line) for mark in marks), 1)
    maps = max(sum(isinstance(mark, Map) for mark in marks), 1)
    field_count = max(sum(isinstance(mark, Field) for mark in marks), 1)
    budget = {
        "line": int(np.clip(share * _LINE_POINTS / lines, _FEWEST, _MOST)),
        "map": max(int(share * _MAP_CELLS / maps), 1),
        "field": max(int(share * _FIELD_BYTES / field_count), 1),
    }
    document = _record(figure, without={"panels"})
    document["panels"] = []
    for panel in figure.panels:
        has_field = any(isinstance(mark, Field) for mark in panel.marks)
        drawn = [_mark(mark, figure.colours, budget, has_field=has_field) for mark in panel.marks]
        document["panels"].append(_record(panel, without={"marks"}) | {"marks": drawn})
    return document


def pack(values: NDArray[np.uint8]) -> str:
    """Return bytes, compressed and in base64."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values).tobytes(), 9)).decode()


def quantise(values: FloatArray, low: float, high: float) -> NDArray[np.uint8]:
    """Return values between two limits as integers 0 to 254; `UNKNOWN` if not finite.

    >>> quantise(np.array([0.0, 0.5, 1.0, np.nan]), 0.0, 1.0).tolist()
    [0, 127, 254, 255]
    """
    known = np.isfinite(values)
    scaled = np.clip((np.where(known, values, low) - low) / ((high - low) or 1.0), 0, 1)
    return np.where(known, np.rint(scaled * (UNKNOWN - 1)), UNKNOWN).astype(np.uint8)


def rounded(values: FloatArray, digits: int = _DIGITS) -> list[float | None]:
    """Round numbers to significant digits, None for numbers that are not finite.

    >>> rounded(np.array([0.123456, 12345.6, np.nan]))
    [0.1235, 12350.0, None]
    """
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in values]


@np.errstate(all="ignore")  # what is no probability is clipped
def encode(probabilities: FloatArray) -> NDArray[np.uint8]:
    """Return fields ``(F, C, G, G)`` as bytes ``(F, G, G)``: ``class * levels + level``.

    Level 0 stands for equally probable classes, the last level for certainty, and `UNKNOWN` for a
    run that diverged.
    """
    each = np.moveaxis(class_probabilities(np.moveaxis(probabilities, 1, 0)), 0, 1)
    classes = each.shape[1]
    levels = levels_of(classes)
    known = np.all(np.isfinite(each), axis=1)
    sound = np.where(known[:, np.newaxis], each, 0.0)
    certainty = np.clip((sound.max(axis=1) - 1 / classes) / (1 - 1 / classes), 0, 1)
    level = np.minimum(certainty * levels, levels - 1).astype(np.int64)
    return np.where(known, sound.argmax(axis=1) * levels + level, UNKNOWN).astype(np.uint8)


def levels_of(classes: int) -> int:
    """Return how many levels of certainty a byte has room for.

    >>> levels_of(2), levels_of(10)
    (127, 25)
    """
    return UNKNOWN // classes


def _mark(
    mark: Mark, colours: ColourScale | None, budget: Mapping[str, int], *, has_field: bool
) -> dict[str, Any]:
    kind: dict[str, Any] = {"kind": type(mark).__name__.lower()}
    if isinstance(mark, Line):
        return kind | _line(mark, budget["line"])
    if isinstance(mark, Field):
        return kind | _field(mark, budget["field"])
    if isinstance(mark, Map) and colours is not None:
        return kind | _map(mark, colours, budget["map"])
    if isinstance(mark, Points) and has_field:
        kept = evenly(len(mark.x), _FIELD_POINTS // 2) if len(mark.x) else np.zeros(0, int)
        return kind | _record(Points(mark.series, mark.x[kept], mark.y[kept]))
    if isinstance(mark, Bars):
        return kind | _record(mark, without={"heights"}) | {"heights": rounded(mark.heights, 3)}
    return kind | _record(mark)


def _line(line: Line, most: int) -> dict[str, Any]:
    """Return a line thinned to at most `most` points, keeping those with crosses."""
    kept: IntArray = evenly(len(line.x), most) if line.style != "steps" else np.arange(len(line.x))
    document = _record(line, without={"x", "y", "low", "high", "crosses"})
    if line.crosses is not None and len(line.crosses):
        kept = np.union1d(kept, line.crosses)
        document["crosses"] = np.searchsorted(kept, line.crosses).tolist()
    for name in ("x", "y", "low", "high"):
        values = getattr(line, name)
        if values is not None:
            document[name] = rounded(values[kept], 6 if name == "x" else _DIGITS)
    return document


def _field(field: Field, most: int) -> dict[str, Any]:
    """Return a field with as many frames, and as many points of its grid, as there is room for."""
    count, side = field.frames.shape[0], field.frames.shape[-1]
    step = 1 if count * side**2 <= most else 2
    side = len(range(0, side, step))
    shown = evenly(count, max(most // side**2, 2))
    frames = field.frames[shown][..., ::step, ::step]
    classes = max(frames.shape[1], 2)
    if classes > UNKNOWN:
        return {"side": side, "classes": classes, "frames": []}
    return {
        "side": side,
        "classes": classes,
        "levels": levels_of(classes),
        "x": rounded(field.x[[0, -1]]),
        "y": rounded(field.y[[0, -1]]),
        "epochs": rounded(field.epochs[shown].astype(float), 6),
        "titles": [field.titles[place] for place in shown] if field.titles else [],
        "frames": [pack(frame) for frame in encode(frames)],
    }


def _map(mark: Map, colours: ColourScale, most: int) -> dict[str, Any]:
    """Return a map whose columns are thinned where it has too many cells."""
    rows, columns = mark.values.shape
    shown = evenly(columns, max(most // rows, 2))
    values, low, high = mark.values[:, shown], colours.low, colours.high
    if colours.is_log:
        positive = np.where(np.isfinite(values), np.maximum(values, low), np.nan)
        values, low, high = np.log(positive), float(np.log(low)), float(np.log(high))
    edges = np.append(mark.x_edges[shown], mark.x_edges[-1])
    document: dict[str, Any] = {
        "x_edges": rounded(edges, 6),
        "y_edges": rounded(mark.y_edges, 6),
        "values": pack(quantise(values, low, high)),
    }
    if columns * rows <= _FEWEST * 10:  # few cells are read off one by one
        document["numbers"] = [rounded(row) for row in mark.values]
    for name in ("missing", "crossed"):
        flags = getattr(mark, name)
        if flags is not None and flags.any():
            document[name] = np.argwhere(flags[:, shown]).tolist()
    return document


def _record(value: Any, without: frozenset[str] | set[str] = frozenset()) -> dict[str, Any]:
    """Return a record as JSON can hold it, without its fields that are None or empty."""
    found = {
        each.name: _plain(getattr(value, each.name))
        for each in fields(value)
        if each.name not in without
    }
    return {
        name: each
        for name, each in found.items()
        if each is not None and each is not False and each != ""  # numbers stay, zero among them
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if is_dataclass(value):
        return _record(value)
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f":
            return rounded(value) if value.ndim == 1 else [rounded(row) for row in value]
        return value.tolist()
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value
