"""Options: the keyword-only parameters of a registered function, checked before it is called.

A scheme or a data set is a function, and its options are that function's keyword-only parameters:
their names, types, ranges and defaults are written once, in the signature.

>>> def random(rng, layer, *, std: NonNegative = 0.01): ...
>>> bind_options(options_of(random), {})
{'std': 0.01}
>>> bind_options(options_of(random), {"std": -1})
Traceback (most recent call last):
    ...
initbench.options.OptionError: std: must be at least 0, not -1
"""

import functools
import inspect
import math
import reprlib
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    Literal,
    Protocol,
    TypeAlias,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from initbench.errors import UsageError
from initbench.registry import did_you_mean

OptionValue: TypeAlias = bool | int | float | str
"""Value of an option; only data sets have options whose value is a tuple of names."""


@dataclass(frozen=True)
class Bound:
    """The range of a number; both ends are included unless marked as open."""

    minimum: float = -math.inf
    maximum: float = math.inf
    open_minimum: bool = False
    open_maximum: bool = False

    def __post_init__(self) -> None:
        # Python keeps one of two equal annotations, so 0 and 0.0 have to be written alike.
        for name in ("minimum", "maximum"):
            end = getattr(self, name)
            if isinstance(end, float) and end.is_integer():
                object.__setattr__(self, name, int(end))

    def __contains__(self, value: float) -> bool:
        above = value > self.minimum if self.open_minimum else value >= self.minimum
        below = value < self.maximum if self.open_maximum else value <= self.maximum
        return above and below

    def __str__(self) -> str:
        parts = []
        if self.minimum > -math.inf:
            parts.append(f"{'greater than' if self.open_minimum else 'at least'} {self.minimum}")
        if self.maximum < math.inf:
            parts.append(f"{'less than' if self.open_maximum else 'at most'} {self.maximum}")
        return " and ".join(parts)


Positive = Annotated[float, Bound(minimum=0, open_minimum=True)]
NonNegative = Annotated[float, Bound(minimum=0)]
OpenFraction = Annotated[float, Bound(0, 1, open_minimum=True, open_maximum=True)]
PositiveInt = Annotated[int, Bound(minimum=1)]


class OptionError(UsageError):
    """Options that a function does not have, or values that they cannot take.

    `problems`: message for each option, by name.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems: dict[str, str] = dict(problems)
        super().__init__("; ".join(f"{name}: {what}" for name, what in problems.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        """Return the call that makes the error again in another process."""
        return type(self), (self.problems,)


@dataclass(frozen=True)
class Option:
    """One keyword-only parameter: its type, its default (None: required), its range or choices."""

    name: str
    type: type[OptionValue] | type[tuple[Any, ...]] | types.UnionType
    default: OptionValue | None = None
    bound: Bound = Bound()
    choices: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[Any, ...]:
        """Types that a value may have; several for a union."""
        return get_args(self.type) or (self.type,)

    def check(self, value: object) -> OptionValue:
        """Return `value` as this option's type; NumPy scalars become Python scalars.

        Raises `ValueError` if the value has another type, is not finite, is out of range or is not
        a choice.
        """
        given = value.item() if isinstance(value, np.generic) else value
        if self.type is tuple:
            names: Any = _as_names(given)
            return names  # type: ignore[no-any-return]  # see OptionValue
        shown = reprlib.repr(given)
        typed: Any = _to_float(given) if self.type is float and type(given) is int else given
        if type(typed) not in self.types:
            raise ValueError(f"must be {_NOUNS[self.type]}, not {shown}")
        if isinstance(typed, float) and not math.isfinite(typed):
            raise ValueError(f"must be finite, not {shown}")
        if isinstance(typed, int | float) and typed not in self.bound:
            raise ValueError(f"must be {self.bound}, not {shown}")
        if self.choices and typed not in self.choices:
            advice = did_you_mean(str(typed), self.choices)
            listed = ", ".join(self.choices)
            raise ValueError(f"must be one of {listed}, not {shown}. {advice}".rstrip())
        checked: OptionValue = typed
        return checked


_NOUNS: Mapping[type | types.UnionType, str] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "text",
    int | str: "an integer or text",
    tuple: "a list of integers or texts",
}


def _as_names(value: object) -> Any:
    """Return a list of integers and texts; one alone is a list of one."""
    items = list(value) if isinstance(value, list | tuple) else [value]
    if not all(type(item) in {int, str} for item in items):
        raise ValueError(f"must be {_NOUNS[tuple]}, not {reprlib.repr(value)}")
    return tuple(items)


@functools.cache
def options_of(function: Callable[..., Any]) -> Mapping[str, Option]:
    """Return the options of a function in the order of its signature."""
    parameters = {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    hints = {name: parameter.annotation for name, parameter in parameters.items()}
    if any(isinstance(hint, str) for hint in hints.values()):  # of a module that postpones them
        hints = get_type_hints(function, include_extras=True)
    return types.MappingProxyType(
        {
            name: _read_option(name, hints.get(name), parameter.default)
            for name, parameter in parameters.items()
        }
    )


def bind_options(
    options: Mapping[str, Option], values: Mapping[str, object]
) -> dict[str, OptionValue]:
    """Return all options: values in `values` are checked, the others have their default.

    Raises `OptionError` with all unknown, missing and invalid options at once.
    """
    known = f"Known: {', '.join(options)}." if options else "It takes none."
    problems = {
        name: f"unknown option. {did_you_mean(name, options) or known}"
        for name in values
        if name not in options
    }
    bound: dict[str, OptionValue] = {}
    for name, option in options.items():
        try:
            if name not in values and option.default is None:
                problems[name] = "is required"
            else:
                bound[name] = option.check(values.get(name, option.default))
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise OptionError(problems)
    return bound


class HasOptions(Protocol):
    """An entry of a registry that has options."""

    @property
    def name(self) -> str:
        """Name of the entry."""

    @property
    def options(self) -> Mapping[str, Option]:
        """Options of the entry."""


def bind_entry(
    kind: str, entry: HasOptions, values: Mapping[str, object]
) -> dict[str, OptionValue]:
    """Return all options of an entry, as `bind_options`; errors name the entry.

    Raises `UsageError` if the entry does not take these options.
    """
    try:
        return bind_options(entry.options, values)
    except OptionError as error:
        raise UsageError(f"{kind} {entry.name!r}: {error}") from None


def _to_float(number: int) -> float:
    """Return an integer as a float, infinite if no float is as large."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _read_option(name: str, hint: Any, default: Any) -> Option:
    """Return the option that a parameter's annotation and default describe."""
    bound, choices = Bound(), ()
    if default is inspect.Parameter.empty:
        default = None
    if get_origin(hint) is Annotated:
        hint, *marks = get_args(hint)
        bound = next(mark for mark in marks if isinstance(mark, Bound))
    if get_origin(hint) is Literal:
        choices, hint = get_args(hint), str
    if get_origin(hint) is tuple:
        hint = tuple
    if hint not in _NOUNS:
        raise TypeError(f"option {name!r} has no type that a config can give: {hint!r}")
    return Option(name, hint, default, bound, choices)
