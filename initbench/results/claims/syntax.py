"""What a claim is made of, as records that write themselves the way one reads them.

An expression is a number, a metric, or something made of expressions. A metric names what it is a
metric of by keys: ``init`` (the scheme), ``epoch``, ``layer`` and the keys of the sweep. A key that
is left open is filled by the function around it: in ``argbest(test_accuracy, init)`` the scheme is.

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

Value: TypeAlias = bool | int | float | str

INIT, EPOCH, LAYER = "init", "epoch", "layer"
TUNE: Final = "tune"
"""The key of two points, where a key is tuned: ``fixed`` and ``tuned``."""

OWN_KEYS: Final = (INIT, EPOCH, LAYER)
"""Keys that every experiment has; the others are those of its sweep."""

WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[.:][A-Za-z0-9_]+)*")

OPERATORS: Final[Mapping[str, int]] = {"+": 1, "-": 1, "*": 2, "/": 2}
"""What stands between two expressions, by how firmly it binds them."""

POINTWISE: Final = ("abs", "exp", "log", "log2", "log10", "sqrt", "square", "min", "max")
"""Functions of one seed's numbers."""

OVER_SEEDS: Final = ("median", "variance")
"""Functions of all seeds' numbers."""

ALONG: Final = ("lowest", "highest", "average", "best", "argbest")
"""Functions of what a key runs through; the last two know of a metric which way is better."""

LOWER_IS_BETTER: Final = re.compile(r".*_(?:loss|ece|rmse)|epochs_to_target")
HIGHER_IS_BETTER: Final = re.compile(r".*_(?:accuracy|r2)")


class ClaimError(UsageError):
    """A claim that cannot be read or checked.

    Parameters
    ----------
    message : str
    at : int
        The letter of the claim at which it goes wrong, from 0.
    """

    def __init__(self, message: str, at: int = 0) -> None:
        self.at = at
        super().__init__(f"{message} (at character {at + 1})")


@dataclass(frozen=True)
class Number:
    """A number that the claim itself gives."""

    value: float

    def __str__(self) -> str:
        return _digits(self.value)


@dataclass(frozen=True)
class Metric:
    """A number that each run of some point of the sweep has.

    Attributes
    ----------
    name : str
        Of an array that is recorded, or ``epochs_to_target``.
    where : tuple of (key, value)
    at : int
        Where it stands in the claim.
    """

    name: str
    where: tuple[tuple[str, Value], ...] = ()
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        named = (
            written(value) if key == INIT else f"{key}={written(value)}"
            for key, value in self.where
        )
        return f"{self.name}({', '.join(named)})" if self.where else self.name


@dataclass(frozen=True)
class Call:
    """An operator or a function of numbers."""

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
    """A function of the values that an expression has where a key runs through all of its own."""

    name: str
    of: "Expression"
    key: str
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.name}({self.of}, {self.key})"


@dataclass(frozen=True)
class Comparison:
    """Expressions in an order: ``0 < a < b``."""

    sides: tuple["Expression", ...]
    relations: tuple[str, ...]

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
    """That an expression rises or falls from each value of a key to the next."""

    of: "Expression"
    key: str
    direction: str
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"monotone({self.of}, {self.key}, {self.direction})"


@dataclass(frozen=True)
class Choice:
    """That a metric is best at one value of a key: ``argbest(test_accuracy, init) == he``."""

    of: Along
    value: Value

    def __str__(self) -> str:
        return f"{self.of} == {written(self.value)}"


@dataclass(frozen=True)
class Quantity:
    """A number that is to be near one that was published."""

    of: "Expression"

    def __str__(self) -> str:
        return str(self.of)


Expression: TypeAlias = Number | Metric | Call | Along | Share
Statement: TypeAlias = Comparison | Monotone | Choice | Quantity


def parts_of(node: Expression | Statement) -> tuple[Expression | Statement, ...]:
    """Return what an expression or a statement is made of."""
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Comparison):
        return node.sides
    return () if isinstance(node, Number | Metric) else (node.of,)


def walk(node: Expression | Statement) -> Iterator[Expression | Statement]:
    """Yield an expression or a statement and all that it is made of."""
    yield node
    for part in parts_of(node):
        yield from walk(part)


def fill(node: Expression, key: str, value: Value) -> Expression:
    """Return an expression in which metrics that leave a key open have a value for it."""
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
    """Return 1 where more of a metric is better, and -1 where less is.

    Raises
    ------
    ClaimError
        Neither is known.
    """
    if LOWER_IS_BETTER.fullmatch(metric.name):
        return -1
    if HIGHER_IS_BETTER.fullmatch(metric.name):
        return 1
    raise ClaimError(
        f"which {metric.name} is best is not known: best and argbest are for losses and scores",
        metric.at,
    )


def _operand(node: Expression, rank: int) -> str:
    """Write an expression beside an operator, in brackets where it binds less firmly."""
    if isinstance(node, Call) and OPERATORS.get(node.name, rank) < rank:
        return f"({node})"
    if isinstance(node, Call) and node.name == "-" and len(node.arguments) == 1:
        return f"({node})"
    return f"({node})" if isinstance(node, Number) and node.value < 0 else str(node)


def _digits(value: float) -> str:
    return repr(value).removesuffix(".0")
