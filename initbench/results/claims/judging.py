"""Judging: whether a claim holds, as far as the seeds can tell.

A claim comes down to links, each a quantity on one side of a threshold, and holds if all of them
do. A quantity has an estimate and a 95 % interval over seeds: the mean over seeds with the interval
that `summarise` gives; of a share Wilson's; and of what is a number of all seeds together (a
median, a variance, the best of several rates) that of a bootstrap that draws seeds. A link passes
where its interval lies on the right side of the threshold, fails where it lies on the wrong one,
and is inconclusive where it straddles it.

Several claims are judged each by itself: nothing is corrected for how many there are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

import numpy as np
from scipy.special import ndtr, stdtrit

from initbench.arrays import FloatArray
from initbench.results.claims.parsing import parse_claim
from initbench.results.claims.syntax import (
    OVER_SEEDS,
    Along,
    Call,
    Choice,
    ClaimError,
    Comparison,
    Expression,
    Metric,
    Monotone,
    Share,
    Statement,
    better,
    fill,
    walk,
)
from initbench.results.claims.values import Values
from initbench.results.claims.vocabulary import is_same, resolve
from initbench.results.outline import Claim, Outline
from initbench.results.statistics import number_or_none, summarise
from initbench.results.store import Records

RESAMPLES: Final = 2_000
MANY: Final = 100_000
"""Seeds beyond which nobody wants to hear how many it would take."""


class Verdict(StrEnum):
    """What becomes of a claim, the worst first."""

    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    PASS = "PASS"  # noqa: S105  # no password


@dataclass(frozen=True)
class Judgement:
    """A claim and what the seeds say of it.

    Attributes
    ----------
    claim : Claim
    verdict : Verdict
    measured : float or None
        The quantity that decides: of several, the one that the claim holds least for.
    interval : (low, high) or None
        Its 95 % interval.
    seeds : int
        How many it rests on.
    note : str
        What else there is to say: how many more seeds would decide, and what is missing.
    """

    claim: Claim
    verdict: Verdict
    measured: float | None = None
    interval: tuple[float, float] | None = None
    seeds: int = 0
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as ``metrics.json`` holds it."""
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
    """A quantity, the side of a threshold on which it is to lie, and the threshold."""

    quantity: Expression
    relation: str
    threshold: float


@dataclass(frozen=True)
class _Finding:
    """What the seeds say of a link."""

    verdict: Verdict
    estimate: float
    interval: tuple[float, float] | None
    seeds: int
    note: str = ""
    slack: float = 0.0
    """How far on the right side the estimate lies, in half-widths of the interval."""


def judge(outline: Outline, runs: Mapping[str, Records]) -> list[Judgement]:
    """Return what becomes of every claim of an experiment, in its order.

    Parameters
    ----------
    outline : Outline
    runs : mapping of key to Records
        Those that are on disk.
    """
    values = Values(outline, runs)
    return [_judge(claim, values) for claim in outline.claims]


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


def _judge(claim: Claim, values: Values) -> Judgement:
    words = values.vocabulary
    if not words.metrics:
        return Judgement(claim, Verdict.INCONCLUSIVE, note="no run has finished yet")
    try:
        statement = resolve(parse_claim(claim.claim), words)
        findings = [_find(link, values) for link in links_of(statement, claim, values)]
    except ClaimError as error:
        return Judgement(claim, Verdict.INCONCLUSIVE, note=f"cannot be checked: {error}")
    if not findings:
        return Judgement(claim, Verdict.INCONCLUSIVE, note="there is nothing to compare it with")
    worst = min(findings, key=lambda one: (list(Verdict).index(one.verdict), one.slack))
    return Judgement(claim, worst.verdict, worst.estimate, worst.interval, worst.seeds, worst.note)


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


def _find(link: Link, values: Values) -> _Finding:
    """Measure a quantity and say on which side of the threshold it lies."""
    places = values.known(link.quantity)
    by_seed = values.of(link.quantity, places)
    by_seed = by_seed[~np.isnan(by_seed)]
    rests_on = len(places) if _is_of_all_seeds(link.quantity) else len(by_seed)
    missing = len(values.seeds) - rests_on
    estimate, interval = _measure(link.quantity, values, places, by_seed)
    found = _side(link, estimate, interval, rests_on)
    if not missing:
        return found
    unknown = f"{missing} of {len(values.seeds)} seeds have no value"
    note = "; ".join(filter(None, [found.note, unknown]))
    verdict = Verdict.INCONCLUSIVE if found.verdict is Verdict.PASS else found.verdict
    return replace(found, verdict=verdict, note=note)


def _measure(
    quantity: Expression, values: Values, places: Any, by_seed: FloatArray
) -> tuple[float, tuple[float, float] | None]:
    """Return an estimate and its interval; None where too few seeds give one.

    Where some runs diverged, a mean may be infinite; its interval then begins where that of the
    others does.
    """
    if not len(by_seed):
        return np.nan, None
    if isinstance(quantity, Share):
        return float(by_seed.mean()), _wilson(by_seed)
    if _is_of_all_seeds(quantity):
        return _bootstrap(quantity, values, places)
    finite = by_seed[np.isfinite(by_seed)]
    infinite = set(by_seed[~np.isfinite(by_seed)].tolist())
    ends = summarise(finite)["ci95"] if len(finite) else None
    if not infinite:
        return float(finite.mean()), None if ends is None else (ends[0], ends[1])
    if len(infinite) > 1:
        return np.nan, None
    mean = infinite.pop()
    low, high = (mean, mean) if ends is None else ends
    return mean, (min(low, mean), max(high, mean))


def _side(
    link: Link, estimate: float, interval: tuple[float, float] | None, seeds: int
) -> _Finding:
    """Compare an interval with a threshold."""
    if interval is None:
        note = "one seed has no interval" if seeds == 1 else "it has no mean"
        return _Finding(Verdict.INCONCLUSIVE, estimate, None, seeds, note)
    sign = 1.0 if link.relation[0] == ">" else -1.0
    low, high = sorted(sign * (end - link.threshold) for end in interval)
    middle = sign * (estimate - link.threshold)
    width = middle - low if middle > 0 else high - middle
    slack = middle / width if width > 0 and np.isfinite(middle) else np.sign(middle) * np.inf
    takes_equal = link.relation.endswith("=")
    if low > 0 or (takes_equal and low >= 0):
        return _Finding(Verdict.PASS, estimate, interval, seeds, slack=slack)
    is_infinite = middle == -np.inf and not _is_of_all_seeds(link.quantity)
    if high < 0 or is_infinite or (not takes_equal and high <= 0):
        return _Finding(Verdict.FAIL, estimate, interval, seeds, slack=slack)
    note = _seeds_needed(seeds, slack)
    return _Finding(Verdict.INCONCLUSIVE, estimate, interval, seeds, note, slack)


def _seeds_needed(seeds: int, slack: float) -> str:
    """Say how many more seeds would decide, were the estimate the truth.

    An interval shrinks as the root of their number.
    """
    if not np.isfinite(slack):
        return "some runs diverged, and the others do not decide"
    needed = seeds / slack**2 - seeds if slack else np.inf
    if needed > MANY:
        return "it lies on the threshold, and no number of seeds would decide soon"
    digits = 1 - max(int(np.log10(max(needed, 1.0))), 1)
    more = max(int(np.ceil(round(needed, digits))), 1)
    return f"about {more} more {'seed' if more == 1 else 'seeds'} would decide"


def _is_of_all_seeds(quantity: Expression) -> bool:
    """Tell whether an expression is more than a mean of what each seed gives."""
    nodes = list(walk(quantity))
    calls = {node.name for node in nodes if isinstance(node, Call)}
    return bool(calls & set(OVER_SEEDS)) or any(
        isinstance(node, Along) and node.name == "best" for node in nodes
    )


def _bootstrap(
    quantity: Expression, values: Values, places: Any
) -> tuple[float, tuple[float, float] | None]:
    """Return an estimate and the interval of a bootstrap over seeds.

    Its tails are taken as far out as Student's law has them, since resamples of few values spread
    too little (Hesterberg, "What teachers should know about the bootstrap", 2015, section 3.4).
    """
    n = len(places)
    estimate = float(values.of(quantity, places).mean())
    if n < 2:
        return estimate, None
    drawn = places[np.random.default_rng(n).integers(n, size=(RESAMPLES, n))]
    resampled = values.of(quantity, drawn).mean(axis=-1)
    tail = ndtr(-np.sqrt(n / (n - 1)) * stdtrit(n - 1, 0.975))
    ends = np.quantile(resampled, [tail, 1 - tail], method="closest_observation")
    return estimate, (float(ends[0]), float(ends[1]))


def _wilson(holds: FloatArray) -> tuple[float, float]:
    """Return Wilson's interval of a share (JASA 22, 1927), of ones among zeros and ones."""
    n, share, z = len(holds), float(holds.mean()), 1.959963984540054
    middle = share + z**2 / (2 * n)
    half_width = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = (middle - half_width) / (1 + z**2 / n), (middle + half_width) / (1 + z**2 / n)
    return (0.0 if share == 0 else float(low), 1.0 if share == 1 else float(high))
