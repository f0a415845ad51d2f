"""Digests of code: bytes that are others when what a scheme does may be another.

They are of the file that a function is written in, and of what it holds on to: defaults and the
variables of functions around it. What it reads from other modules is not seen.
"""

import functools
import hashlib
import inspect
import pickle
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from initbench.errors import UsageError


def digest_of(value: object) -> str:
    """Return the digest of a scheme.

    Raises
    ------
    UsageError
        It holds on to something of which cannot be told whether it changes.
    """
    whole = hashlib.sha256()
    for part in _parts_of(value, ()):
        whole.update(part)
    return whole.hexdigest()


def _parts_of(value: object, seen: tuple[int, ...]) -> Iterator[bytes]:
    if id(value) in seen:
        return
    if isinstance(value, FunctionType):
        yield _source_of(value)
    held = _held_by(value)
    if held is None:
        yield _pickled(value)
        return
    yield type(value).__name__.encode()
    for each in held:
        yield from _parts_of(each, (*seen, id(value)))


def _held_by(value: object) -> list[object] | None:
    """Return what a value consists of; None where it is simple."""
    if isinstance(value, FunctionType):
        cells = value.__closure__ or ()
        return [value.__defaults__, value.__kwdefaults__, *(_content(cell) for cell in cells)]
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, Mapping):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, tuple | list):
        return list(value)
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    return None


def _source_of(function: FunctionType) -> bytes:
    """Return the file that a function is written in; its code, where there is none."""
    name = function.__qualname__.encode()
    try:
        return name + Path(inspect.getsourcefile(function) or "").read_bytes()
    except (OSError, TypeError):
        return name + b"".join(_code(function.__code__))


def _code(code: CodeType) -> Iterator[bytes]:
    yield code.co_code + repr((code.co_names, code.co_varnames)).encode()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(constant).encode()


def _content(cell: Any) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # it is not filled yet
        return None


def _pickled(value: object) -> bytes:
    try:
        return pickle.dumps(value, protocol=5)
    except Exception as error:
        raise UsageError(
            f"a scheme holds on to {value!r}, of which cannot be told whether it changes: make it"
            " an option"
        ) from error
