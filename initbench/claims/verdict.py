"""Verdicts: whether a claim holds, as far as the seeds can tell.

A claim is split into links, each a quantity on one side of a threshold, and holds if all links
hold. A link passes if the quantity's 95 % interval over seeds lies on the right side of the
threshold, fails if the interval lies on the wrong side, and is inconclusive if it contains the
threshold. Equivalence within a margin is two links, one for each end of the margin. Each claim is
judged by itself, without correction for the number of claims.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, pairwise
from typing import Any, Final

import numpy as np

from initbench.claims.evaluation import Evaluator, Measurement
from initbench.claims.expressions import (
    Call,
    Choice,
    ClaimError,
    Comparison,
    Expression,
    Metric,
    Monotone,
    Quantity,
    Statement,
    better,
    fill,
    walk,
)
from initbench.claims.parsing import parse_claim
from initbench.claims.vocabulary import is_same, resolve
from initbench.stats.summaries import number_or_none

MANY: Final = 100_000
"""A number of further seeds that is not worth naming."""


@dataclass(frozen=True)
class Claim:
    """A statement of an experiment about its results.

    Attributes
    ----------
    claim : str
        As `parse_claim` reads it.
    source : str
        Where it was published: citation, figure or table.
    published : float or str or None
        The published value.
    margin : float or None
        Of a quantity alone, its greatest distance from the published value. Of a comparison by
        ``==``, ``<=`` or ``>=``, the largest difference without practical importance: two sides
        are equivalent if they differ by less, and a side is as good or better (non-inferior) if it
        is worse by less.
    note : str
        What a reader of the verdict has to know.
    """

    claim: str
    source: str = ""
    published: float | str | None = None
    margin: float | None = None
    note: str = ""


class Verdict(StrEnum):
    """The verdict on a claim, the worst first."""

    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    PASS = "PASS"  # noqa: S105  # no password


@dataclass(frozen=True)
class Judgement:
    """A claim with its verdict."""

    claim: Claim
    verdict: Verdict
    # the quantity that decides: of several links, that of the link that holds least
    measured: float | None = None
    interval: tuple[float, float] | None = None  # (low, high): its 95 % interval
    seeds: int = 0  # number of seeds that it rests on
    note: str = ""  # how many more seeds would decide, and what is missing

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as ``metrics.json`` holds it."""
        interval = None if self.interval is None else list(map(number_or_none, self.interval))
        return {
            **vars(self.claim),
            "verdict": str(self.verdict),
            "measured": None if self.measured is None else number_or_none(self.measured),
            "ci95": None if interval is None or None in interval else interval,
            "seeds": self.seeds,
            "finding": self.note,
        }


@dataclass(frozen=True)
class Link:
    """A quantity, the side of a threshold on which it should lie, and the threshold."""

    quantity: Expression
    relation: str
    threshold: float


@dataclass(frozen=True)
class _Finding:
    """The verdict on a link."""

    verdict: Verdict
    found: Measurement
    note: str = ""
    slack: float = 0.0
    """Distance of the estimate from the threshold, in half-widths of the interval; negative on the
    wrong side."""


def check_form(claim: Claim) -> None:
    """Raise a `ValueError` if a claim cannot be parsed, or has the wrong form for its margin."""
    statement = parse_claim(claim.claim)
    if isinstance(statement, Quantity):
        if claim.margin is None or not isinstance(claim.published, int | float):
            raise ValueError(
                "compares nothing: write a comparison, as in a > b, or give what was published, as"
                " a number, and a margin"
            )
        return
    comparison = statement if isinstance(statement, Comparison) else None
    if claim.margin is None:
        if comparison and "==" in comparison.relations:
            message = "== needs a margin, within which the sides count as equivalent"
            raise ClaimError(message, comparison.at)
    elif not comparison or not all(each.endswith("=") for each in comparison.relations):
        raise ValueError(
            "takes no margin: a margin belongs to ==, <= or >=, or to a number without comparison"
        )


def judge_claim(claim: Claim, runs: Evaluator) -> Judgement:
    """Return the verdict on a claim."""
    words = runs.vocabulary
    if not words.metrics:
        return Judgement(claim, Verdict.INCONCLUSIVE, note="no run has finished yet")
    try:
        statement = resolve(parse_claim(claim.claim), words)
        findings = [_find(link, runs) for link in _links(statement, claim, runs)]
    except ClaimError as error:
        return Judgement(claim, Verdict.INCONCLUSIVE, note=f"cannot be checked: {error}")
    if not findings:
        return Judgement(claim, Verdict.INCONCLUSIVE, note="there is nothing to compare it with")
    worst = min(findings, key=lambda one: (list(Verdict).index(one.verdict), one.slack))
    found = worst.found
    return Judgement(claim, worst.verdict, found.estimate, found.interval, found.seeds, worst.note)


def _links(statement: Statement, claim: Claim, runs: Evaluator) -> Iterator[Link]:
    """Yield the links of a claim."""
    if isinstance(statement, Comparison):
        margin = claim.margin or 0.0
        if "==" in statement.relations:
            for left, right in combinations(statement.sides, 2):
                yield _link(left, ">=", right, runs, margin)
                yield _link(left, "<=", right, runs, margin)
            return
        sides = pairwise(statement.sides)
        for (left, right), relation in zip(sides, statement.relations, strict=True):
            yield _link(left, relation, right, runs, margin)
    elif isinstance(statement, Monotone):
        relation = ">" if statement.direction == "rising" else "<"
        through = runs.values_along(statement.key, statement.of)
        filled = [fill(statement.of, statement.key, value) for value in through]
        for before, after in pairwise(filled):
            yield Link(Call("-", (after, before)), relation, 0.0)
    elif isinstance(statement, Choice):
        key, metric = statement.of.key, statement.of.of
        assert isinstance(metric, Metric)  # noqa: S101  # the parser saw to it
        relation = ">" if better(metric) > 0 else "<"
        best = fill(metric, key, statement.value)
        for other in runs.values_along(key, metric):
            if not is_same(other, statement.value):
                yield Link(Call("-", (best, fill(metric, key, other))), relation, 0.0)
    else:
        center, margin = float(claim.published or 0.0), float(claim.margin or 0.0)
        yield Link(statement.of, ">=", center - margin)
        yield Link(statement.of, "<=", center + margin)


def _link(
    left: Expression, relation: str, right: Expression, runs: Evaluator, margin: float
) -> Link:
    """Return a comparison with all metrics on its left side, the threshold on its right."""
    if not any(isinstance(part, Metric) for part in walk(left)):
        left, right = right, left
        relation = relation.translate(str.maketrans("<>", "><"))
    quantity: Expression = Call("-", (left, right))
    threshold = 0.0
    if not any(isinstance(part, Metric) for part in walk(right)):
        quantity, threshold = left, float(runs.by_seed(right).flat[0])
    if not relation.endswith("="):
        return Link(quantity, relation, threshold)
    return Link(quantity, relation, threshold + (margin if relation == "<=" else -margin))


def _find(link: Link, runs: Evaluator) -> _Finding:
    """Compare a quantity's interval with the threshold; missing seeds prevent a PASS."""
    found = runs.measure(link.quantity)
    verdict, note, slack = Verdict.INCONCLUSIVE, "", 0.0
    if found.interval is None:
        note = "it takes two seeds or more" if found.seeds < 2 else "it has no mean"
    else:
        sign = 1.0 if link.relation[0] == ">" else -1.0
        low, high = sorted(sign * (end - link.threshold) for end in found.interval)
        middle = sign * (found.estimate - link.threshold)
        width = middle - low if middle > 0 else high - middle
        if width > 0 and np.isfinite(middle):
            slack = middle / width
        elif middle:
            slack = np.copysign(np.inf, middle)
        takes_equal = link.relation.endswith("=")
        is_infinite = found.is_mean and middle == -np.inf
        if low > 0 or (takes_equal and low >= 0):
            verdict = Verdict.PASS
        elif high < 0 or is_infinite or (not takes_equal and high <= 0):
            verdict = Verdict.FAIL
        else:
            note = _seeds_needed(found.seeds, slack)
    if missing := len(runs.seeds) - found.seeds:
        unknown = f"{missing} of {len(runs.seeds)} seeds have no value"
        note = "; ".join(filter(None, [note, unknown]))
        verdict = Verdict.INCONCLUSIVE if verdict is Verdict.PASS else verdict
    return _Finding(verdict, found, note, slack)


def _seeds_needed(seeds: int, slack: float) -> str:
    """Say how many more seeds would decide if the estimate were the true value.

    The width of an interval is proportional to 1 / √seeds.
    """
    if not np.isfinite(slack):
        return "some runs diverged, and the others do not decide"
    needed = seeds / slack**2 - seeds if slack else np.inf
    if needed > MANY:
        return "the estimate lies on the threshold, and adding seeds is unlikely to decide"
    digits = 1 - max(int(np.log10(max(needed, 1.0))), 1)
    more = max(int(np.ceil(round(needed, digits))), 1)
    return f"about {more} more {'seed' if more == 1 else 'seeds'} would decide"
