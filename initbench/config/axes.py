"""Axes of a sweep: which keys of a config are varied, and over which values.

A key is a path of the config, ``training.optimizer.learning_rate``, or of a scheme by its label,
``inits.random.std``. Its values are a list, or evenly spaced: ``{log: [0.001, 1, 7]}`` and
``{linear: [0, 1, 5]}`` run from the first number to the second in so many steps. Keys under ``zip``
take their values together: the first of each, then the second of each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.config.sections import Problems
from initbench.config.validation import KeyPath, show_value
from initbench.config.yaml_text import write_value
from initbench.options import OptionValue

MAX_VALUES: Final = 10_000
"""Greatest number of values of one key."""

_FIXED: Final = ("name", "description", "seeds", "sweep", "expect", "target")
"""Keys that all cells of a sweep share."""

_SPACINGS: Final[Mapping[str, Callable[..., FloatArray]]] = {
    "log": np.geomspace,
    "linear": np.linspace,
}


@dataclass(frozen=True)
class Axis:
    """Keys that change together."""

    keys: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]  # for each step of the axis, one value for each key


class AxisError(ValueError):
    """Keys that cannot be swept, or values that are not valid.

    `problems`: by path; paths begin below ``sweep``.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems: dict[KeyPath, str] = dict(problems)
        super().__init__("; ".join(self.problems.values()))


def axes_of(sweep: Mapping[str, Any]) -> tuple[Axis, ...]:
    """Return the axes of a sweep, in the order of the config.

    Raises `AxisError` if a key cannot be swept, or its values are not valid.

    Examples
    --------
    >>> [axis.keys for axis in axes_of({"a": [1], "zip": {"b": [1, 2], "c": [3, 4]}})]
    [('a',), ('b', 'c')]
    """
    problems: dict[KeyPath, str] = {}
    axes: list[Axis] = []
    for key, given in sweep.items():
        groups: list[tuple[KeyPath, Mapping[str, Any]]] = [((key,), {key: given})]
        if key == "zip" and isinstance(given, Mapping):
            groups = [(("zip",), given)]
        elif key == "zip":
            if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
                shown = show_value(given)
                raise AxisError({("zip",): f"must be a mapping or a list of mappings, not {shown}"})
            groups = [(("zip", index), group) for index, group in enumerate(given)]
        for path, columns in groups:
            axes += _axis(path, columns, problems)
    names = [key for axis in axes for key in axis.keys]
    problems |= {(key,): "is swept twice" for key in names if names.count(key) > 1}
    if problems:
        raise AxisError(problems)
    return tuple(axes)


def combinations(axes: Sequence[Axis]) -> Iterator[dict[str, Any]]:
    """Yield the settings of each cell of a sweep; the values of the last axis change first."""
    for places in product(*(axis.values for axis in axes)):
        yield {
            key: value
            for axis, place in zip(axes, places, strict=True)
            for key, value in zip(axis.keys, place, strict=True)
        }


def as_settings(values: Mapping[str, Any]) -> dict[str, OptionValue]:
    """Return the settings of a cell as results store them.

    A list, a mapping or null becomes the text of its YAML.
    """
    return {
        key: value if isinstance(value, bool | int | float | str) else write_value(value)
        for key, value in values.items()
    }


def _axis(path: KeyPath, columns: Mapping[str, Any], problems: dict[KeyPath, str]) -> list[Axis]:
    """Return the axis of keys that change together, or add to `problems` and return none."""
    values: list[Sequence[Any]] = []
    for key, given in columns.items():
        place = path if path == (key,) else (*path, key)
        try:
            _check_key(key)
            values.append(_values(given))
        except ValueError as error:
            problems[place] = str(error)
    if len(values) < len(columns) or not columns:
        return []
    counts = {key: len(column) for key, column in zip(columns, values, strict=True)}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{key} {count}" for key, count in counts.items())
        problems[path] = f"keys that move together need as many values each, not {listed}"
        return []
    steps = list(zip(*values, strict=True))
    seen: set[tuple[Any, ...]] = set()
    for step in steps:
        identity = _identity(step)
        if identity in seen:
            shown = ", ".join(map(write_value, step))
            problems[path] = f"repeats {shown}: list each value once"
            return []
        seen.add(identity)
    return [Axis(tuple(columns), tuple(steps))]


def _identity(step: Sequence[Any]) -> tuple[Any, ...]:
    """Return the same for the same values, however they are written: 0.1 and 1e-1, 1 and 1.0."""
    return tuple(value if type(value) in {int, float} else write_value(value) for value in step)


def _check_key(key: str) -> None:
    """Raise a ValueError if a key cannot be swept."""
    first, _, rest = key.partition(".")
    if first in _FIXED:
        raise ValueError(f"{first} belongs to the experiment and cannot be swept")
    if first == "inits" and rest.count(".") < 1:
        raise ValueError("name a scheme by its label and one of its options, as inits.random.std")
    if first in {"dataset", "training", "network"} and rest.rpartition(".")[2] == "name":
        section = key.removesuffix(".name")
        raise ValueError(f"sweep {section} itself: its options go with its name")


def _is_plain(value: object) -> bool:
    """Tell whether a value is one that a file of YAML could give."""
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_plain(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)


def _values(given: Any) -> Sequence[Any]:
    """Return the values of one key, listed or evenly spaced.

    Raises `ValueError` if they are neither, or there are none or too many.
    """
    if not isinstance(given, Mapping):
        if isinstance(given, list) and 1 <= len(given) <= MAX_VALUES:
            if strange := [each for each in given if not _is_plain(each)]:
                raise ValueError(f"holds {show_value(strange[0])}, which YAML cannot hold")
            return given
        what = f"{len(given)} of them" if isinstance(given, list) else show_value(given)
        forms = f"a list of 1 to {MAX_VALUES} values, {{log: …}} or {{linear: …}}"
        raise ValueError(f"must be {forms}, not {what}")
    kind = next(iter(given), "")
    numbers = given.get(kind)
    if (
        len(given) != 1
        or kind not in _SPACINGS
        or not isinstance(numbers, list)
        or len(numbers) != 3
        or not all(type(each) in {int, float} and abs(each) < 1e300 for each in numbers)
    ):
        raise ValueError("must be {log: [first, last, steps]} or {linear: [first, last, steps]}")
    first, last, steps = numbers
    if type(steps) is not int or not 2 <= steps <= MAX_VALUES:
        raise ValueError(f"takes from 2 to {MAX_VALUES} steps, not {show_value(steps)}")
    if kind == "log" and min(first, last) <= 0:
        raise ValueError("runs on a log scale between numbers above 0")
    return [float(f"{value:.12g}") for value in _SPACINGS[kind](first, last, steps)]
