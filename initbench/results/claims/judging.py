"""Judging: whether a claim holds, as far as the seeds can tell.

A claim comes down to links, each a quantity on one side of a threshold, and holds if all of them
do. A link passes where the quantity's 95 % interval over seeds lies on the right side of the
threshold, fails where it lies on the wrong one, and is inconclusive where it straddles it.

Several claims are judged each by itself: nothing is corrected for how many there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np

from initbench.results.claims.links import Link, links_of
from initbench.results.claims.measuring import Measurement, measure
from initbench.results.claims.parsing import parse_claim
from initbench.results.claims.syntax import ClaimError
from initbench.results.claims.values import Values
from initbench.results.claims.vocabulary import resolve
from initbench.results.outline import Claim, Outline
from initbench.results.store import Records
from initbench.stats.summaries import number_or_none

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
class _Finding:
    """What the seeds say of a link."""

    verdict: Verdict
    found: Measurement
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
    found = worst.found
    return Judgement(claim, worst.verdict, found.estimate, found.interval, found.seeds, worst.note)


def _find(link: Link, values: Values) -> _Finding:
    """Measure a quantity and say on which side of the threshold it lies."""
    found = measure(link.quantity, values)
    finding = _side(link, found)
    missing = len(values.seeds) - found.seeds
    if not missing:
        return finding
    unknown = f"{missing} of {len(values.seeds)} seeds have no value"
    note = "; ".join(filter(None, [finding.note, unknown]))
    verdict = Verdict.INCONCLUSIVE if finding.verdict is Verdict.PASS else finding.verdict
    return replace(finding, verdict=verdict, note=note)


def _side(link: Link, found: Measurement) -> _Finding:
    """Compare an interval with a threshold."""
    if found.interval is None:
        note = "it takes two seeds or more" if found.seeds < 2 else "it has no mean"
        return _Finding(Verdict.INCONCLUSIVE, found, note)
    sign = 1.0 if link.relation[0] == ">" else -1.0
    low, high = sorted(sign * (end - link.threshold) for end in found.interval)
    middle = sign * (found.estimate - link.threshold)
    width = middle - low if middle > 0 else high - middle
    slack = middle / width if width > 0 and np.isfinite(middle) else np.sign(middle) * np.inf
    takes_equal = link.relation.endswith("=")
    if low > 0 or (takes_equal and low >= 0):
        return _Finding(Verdict.PASS, found, slack=slack)
    is_infinite = found.is_mean and middle == -np.inf
    if high < 0 or is_infinite or (not takes_equal and high <= 0):
        return _Finding(Verdict.FAIL, found, slack=slack)
    return _Finding(Verdict.INCONCLUSIVE, found, _seeds_needed(found.seeds, slack), slack)


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
