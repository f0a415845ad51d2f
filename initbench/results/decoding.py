"""Decode plain JSON values into frozen dataclasses, checking every type.

A value is accepted only if it has exactly the type that the dataclass declares, and lies within the
range or the choices that the type is marked with, so that a damaged file is detected where it is
read, and not where it is used. Every number must be finite.

>>> decode(tuple[int, ...], [32, "32"], "hidden")
Traceback (most recent call last):
    ...
ValueError: hidden[1] must be int, not str
>>> decode(Annotated[int, Bound(minimum=1)], 0, "classes")
Traceback (most recent call last):
    ...
ValueError: classes must be at least 1, not 0
"""

import math
import reprlib
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from initbench.options import Bound


def decode(kind: Any, value: object, path: str) -> Any:
    """Return a JSON value as a dataclass or another type; fields with a default may be missing.

    `kind`: a dataclass, ``tuple[X, …]``, ``Mapping[str, X]``, a union of plain types, or a plain
    type; or ``Annotated[X, mark]`` of one of these, where ``mark`` is a `Bound` or a tuple of the
    values that are accepted; null has no bound. Of a dataclass, what has a default may be missing.
    `value`: as ``json.loads`` returns it.
    `path`: where it stands in the document, for messages.

    Raises `ValueError` if it is not that; the message says where.
    """
    if get_origin(kind) is Annotated:
        kind, mark = get_args(kind)
        found = decode(kind, value, path)
        if found is not None and found not in mark:
            wanted = str(mark) if isinstance(mark, Bound) else f"one of {', '.join(mark)}"
            raise ValueError(f"{path} must be {wanted}, not {reprlib.repr(value)}")
        return found
    if is_dataclass(kind):
        return _decode_record(kind, value, path)
    arguments = get_args(kind)
    if get_origin(kind) is tuple:
        items = _expect(list, value, path)
        return tuple(decode(arguments[0], item, f"{path}[{i}]") for i, item in enumerate(items))
    if get_origin(kind) is Mapping:
        members = _expect(dict, value, path)
        return {key: decode(arguments[1], item, f"{path}.{key}") for key, item in members.items()}
    return _expect(arguments if isinstance(kind, UnionType) else kind, value, path)


def _decode_record(kind: Any, value: object, path: str) -> Any:
    members = _expect(dict, value, path)
    hints = _hints(kind)
    required = [
        field.name
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    ]
    missing = [name for name in required if name not in members]
    if missing:
        raise ValueError(f"{path}.{missing[0]} is missing")
    names = [field.name for field in fields(kind) if field.name in members]
    return kind(**{name: decode(hints[name], members[name], f"{path}.{name}") for name in names})


@cache
def _hints(kind: type) -> dict[str, Any]:
    """Return the types of a dataclass's fields; there may be a million records of one class."""
    return get_type_hints(kind, include_extras=True)


def _expect(kind: Any, value: object, path: str) -> Any:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if isinstance(value, int | float) and not _is_finite(value):
        raise ValueError(f"{path} must be finite, not {reprlib.repr(value)}")
    if type(value) is int and float in kinds and int not in kinds:
        return float(value)
    if type(value) not in kinds:
        wanted = " or ".join(map(_noun, kinds))
        raise ValueError(f"{path} must be {wanted}, not {_noun(type(value))}")
    return value


def _is_finite(number: float) -> bool:
    """Return whether a number is finite, also as a float."""
    try:
        return math.isfinite(number)
    except OverflowError:
        return False


def _noun(kind: type) -> str:
    return "null" if kind is NoneType else kind.__name__
