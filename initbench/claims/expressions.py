"""The parts of a claim, as records whose ``str`` is a claim again.

An expression is a number, a metric, or a function of expressions. A metric is selected by keys:
``init`` (the scheme), ``epoch``, ``layer``, ``singular_value`` and the keys of the sweep. A key
that a metric leaves open is set by the function around the metric: ``argbest(test_accuracy, init)``
runs through all schemes.

>>> he = Metric("test_accuracy", (("init", "he"),))
>>> str(Comparison((he, Number(0.9)), (">",)))
'test_accuracy(he) > 0.9'
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from initbench.errors import UsageError
from initbench.metric import metric_of

Value: TypeAlias = bool | int | float | str

INIT, EPOCH, LAYER, SINGULAR_VALUE = "init", "epoch", "layer", "singular_value"
OWN_KEYS: Final = (INIT, EPOCH, LAYER, SINGULAR_VALUE)
"""Keys that every experiment has; the others are the keys of its sweep."""

TUNE: Final = "tune"
"""The key that exists where a config tunes something; its values are ``fixed`` and ``tuned``."""

WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[.:][A-Za-z0-9_]+)*")

OPERATORS: Final[Mapping[str, int]] = {"+": 1, "-": 1, "*": 2, "/": 2}
"""From each operator to its precedence."""

POINTWISE: Final = ("abs", "exp", "log", "log2", "log10", "sqrt", "square", "min", "max")
"""Functions that are computed within each seed."""

OVER_SEEDS: Final = ("mean", "median", "variance")
"""Functions of the numbers of all seeds together."""

ALONG: Final = ("lowest", "highest", "average", "best", "argbest")
"""Functions of an expression over all values of a key; ``best`` and ``argbest`` take a metric."""


class ClaimError(UsageError):
    """A claim that cannot be parsed or checked.

    `at`: index of the character of the claim at which the mistake is.
    """

    def __init__(self, message: str, at: int = 0) -> None:
        self.at = at
        super().__init__(f"{message} (at character {at + 1})")


@dataclass(frozen=True)
class Number:
    """A number written in the claim."""

    value: float

    def __str__(self) -> str:
        return _digits(self.value)


@dataclass(frozen=True)
class Metric:
    """A metric of the runs that its keys select, one run for each seed."""

    name: str  # name of a recorded array, or ``epochs_to_target``
    where: tuple[tuple[str, Value], ...] = ()
    at: int = field(default=0, compare=False)  # index of its first character in the claim

    def __str__(self) -> str:
        keys = [written(v) if key == INIT else f"{key}={written(v)}" for key, v in self.where]
        return f"{self.name}({', '.join(keys)})" if keys else self.name


@dataclass(frozen=True)
class Call:
    """An operator or a function, with the expressions that it is applied to."""

    name: str
    arguments: tuple["Expression", ...]

    def __str__(self) -> str:
        if self.name not in OPERATORS:
            return f"{self.name}({', '.join(map(str, self.arguments))})"
        if len(self.arguments) == 1:
            return f"-{_operand(self.arguments[0], 3)}"
        left, right = self.arguments
        rank = OPERATORS[self.name]
        return f"{_operand(left, rank)} {self.name} {_operand(right, rank + 1)}"


@dataclass(frozen=True)
class Along:
    """A function of the values of an expression over all values of a key."""

    name: str
    of: "Expression"
    key: str
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}({self.of}, {self.key})"


@dataclass(frozen=True)
class Comparison:
    """Expressions in increasing or decreasing order, ``0 < a < b``, or equal, ``a == b``."""

    sides: tuple["Expression", ...]
    # one between each two sides: ``<`` and ``<=``, ``>`` and ``>=``, or ``==`` alone
    relations: tuple[str, ...]
    at: int = field(default=0, compare=False)  # index of the first relation in the claim

    def __str__(self) -> str:
        rest = zip(self.relations, self.sides[1:], strict=True)
        return " ".join([str(self.sides[0]), *(f"{relation} {side}" for relation, side in rest)])


@dataclass(frozen=True)
class Share:
    """The share of seeds for which a comparison holds."""

    of: Comparison

    def __str__(self) -> str:
        return f"share({self.of})"


@dataclass(frozen=True)
class Monotone:
    """The statement that an expression rises (or falls) with each next value of a key."""

    of: "Expression"
    key: str
    direction: str
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"monotone({self.of}, {self.key}, {self.direction})"


@dataclass(frozen=True)
class Choice:
    """The statement that a metric is best at one value: ``argbest(test_accuracy, init) == he``."""

    of: Along
    value: Value

    def __str__(self) -> str:
        return f"{self.of} == {written(self.value)}"


@dataclass(frozen=True)
class Quantity:
    """An expression alone, which is compared with a published number."""

    of: "Expression"

    def __str__(self) -> str:
        return str(self.of)


Expression: TypeAlias = Number | Metric | Call | Along | Share
Statement: TypeAlias = Comparison | Monotone | Choice | Quantity


def walk(node: Expression | Statement) -> Iterator[Expression | Statement]:
    """Yield an expression or a statement and all of its parts."""
    yield node
    if isinstance(node, Call):
        parts: tuple[Expression | Statement, ...] = node.arguments
    elif isinstance(node, Comparison):
        parts = node.sides
    else:
        parts = () if isinstance(node, Number | Metric) else (node.of,)
    for part in parts:
        yield from walk(part)


def fill(node: Expression, key: str, value: Value) -> Expression:
    """Return an expression in which every metric that leaves `key` open has this value for it."""
    if isinstance(node, Metric):
        is_open = key not in dict(node.where)
        return replace(node, where=(*node.where, (key, value))) if is_open else node
    if isinstance(node, Call):
        return replace(node, arguments=tuple(fill(each, key, value) for each in node.arguments))
    if isinstance(node, Along):
        return node if node.key == key else replace(node, of=fill(node.of, key, value))
    if isinstance(node, Share):
        sides = tuple(fill(side, key, value) for side in node.of.sides)
        return Share(replace(node.of, sides=sides))
    return node


def written(value: Value) -> str:
    """Return a value as a claim writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return _digits(value)
    is_plain = WORD.fullmatch(value) and value not in {"true", "false"}
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def better(metric: Metric) -> int:
    """Return 1 if a higher value of a metric is better, and -1 if a lower one is.

    Raises `ClaimError` if the metric has no better direction.
    """
    if sign := metric_of(metric.name).sign:
        return sign
    raise ClaimError(
        f"which {metric.name} is best is not known: best and argbest are for losses and scores",
        metric.at,
    )


def _operand(node: Expression, rank: int) -> str:
    """Return an operand as text, in brackets where the operator beside it binds more tightly."""
    is_looser = isinstance(node, Call) and OPERATORS.get(node.name, rank) < rank
    is_negation = isinstance(node, Call) and node.name == "-" and len(node.arguments) == 1
    is_negative = isinstance(node, Number) and node.value < 0
    return f"({node})" if is_looser or is_negation or is_negative else str(node)


def _digits(value: float) -> str:
    return repr(value).removesuffix(".0")
