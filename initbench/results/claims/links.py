"""Links: what has to hold for a claim to hold, each a quantity on one side of a threshold."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from initbench.results.claims.syntax import (
    Call,
    Choice,
    Comparison,
    Expression,
    Metric,
    Monotone,
    Statement,
    better,
    fill,
    walk,
)
from initbench.results.claims.values import Values
from initbench.results.claims.vocabulary import is_same
from initbench.results.outline import Claim


@dataclass(frozen=True)
class Link:
    """A quantity, the side of a threshold on which it is to lie, and the threshold."""

    quantity: Expression
    relation: str
    threshold: float


def links_of(statement: Statement, claim: Claim, values: Values) -> Iterator[Link]:
    """Yield what has to hold for a claim to hold."""
    if isinstance(statement, Comparison):
        for (left, right), relation in zip(
            pairwise(statement.sides), statement.relations, strict=True
        ):
            yield _link(left, relation, right, values)
    elif isinstance(statement, Monotone):
        sign = ">" if statement.direction == "rising" else "<"
        through = values.run_through(statement.key, statement.of)
        filled = [fill(statement.of, statement.key, value) for value in through]
        for before, after in pairwise(filled):
            yield Link(Call("-", (after, before)), sign, 0.0)
    elif isinstance(statement, Choice):
        yield from _links_of_choice(statement, values)
    else:
        center, margin = float(claim.published or 0.0), float(claim.margin or 0.0)
        yield Link(statement.of, ">=", center - margin)
        yield Link(statement.of, "<=", center + margin)


def _links_of_choice(choice: Choice, values: Values) -> Iterator[Link]:
    key, metric = choice.of.key, choice.of.of
    assert isinstance(metric, Metric)  # noqa: S101  # the parser saw to it
    sign = ">" if better(metric) > 0 else "<"
    best = fill(metric, key, choice.value)
    for other in values.run_through(key, metric):
        if not is_same(other, choice.value):
            yield Link(Call("-", (best, fill(metric, key, other))), sign, 0.0)


def _link(left: Expression, relation: str, right: Expression, values: Values) -> Link:
    """Return a comparison with all that has to be measured on its left side."""
    if _is_constant(right):
        return Link(left, relation, float(values.of(right).flat[0]))
    if _is_constant(left):
        turned = relation.translate(str.maketrans("<>", "><"))
        return Link(right, turned, float(values.of(left).flat[0]))
    return Link(Call("-", (left, right)), relation, 0.0)


def _is_constant(node: Expression) -> bool:
    return not any(isinstance(part, Metric) for part in walk(node))
