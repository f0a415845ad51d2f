"""The verdict: who ties with the best, and who is behind.

A scheme is *behind* if the seeds tell it from the best (after Holm's correction for all pairs) and
it is behind by more than a margin: a difference that is real and too small to matter is none. One
that is not behind is *tied* with the best, if the interval of the difference ends soon after zero.
Where it does not, there are too few seeds to say: that is *unclear*, and no tie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from initbench.metric import metric_of
from initbench.recommending.race import MARGIN, Outcome
from initbench.results import tuning
from initbench.results.metrics import counted_scores
from initbench.stats.summaries import summarise

Standing = Literal["tied", "unclear", "behind", "left"]

TOLERANCE: Final = 5 * MARGIN
"""What a scheme that is called as good may be behind at the end of the interval."""


@dataclass(frozen=True)
class Entrant:
    """What came of one scheme.

    Attributes
    ----------
    label : str
    standing : {"tied", "unclear", "behind", "left"}
        As above; one that left did so before the last round.
    learning_rate : float
        Its own.
    edge : {"", "lowest", "highest"}
        Whether that is the lowest or the highest that was tried, and the best by a margin.
    score : mapping
        ``mean``, ``ci95`` and ``n`` of the test score; of one that left, of the validation score.
    difference : mapping or None
        ``mean`` and ``ci95`` of what the best has more; None for the best, and for those that left.
    epochs_to_target : float or None
        The median.
    diverged : int
        Runs of the last round.
    """

    label: str
    standing: Standing
    learning_rate: float
    edge: str
    score: Mapping[str, Any]
    difference: Mapping[str, Any] | None = None
    epochs_to_target: float | None = None
    diverged: int = 0


def judge(outcome: Outcome) -> tuple[Entrant, ...]:
    """Return what came of each scheme, best first."""
    ranking = outcome.cell["ranking"]
    in_last = [_entrant(outcome, label, ranking[0]) for label in ranking]
    left = sorted(outcome.dropped.items(), key=lambda each: -each[1])
    return (*in_last, *(_left(outcome, label, mean) for label, mean in left))


def quickest(outcome: Outcome, labels: Sequence[str]) -> str:
    """Return which of some schemes has the highest mean score over all of training."""
    score = outcome.cell["score"]
    means = {label: outcome.cell["inits"][label][f"test_{score}_area"]["mean"] for label in labels}
    return max(labels, key=lambda label: -np.inf if means[label] is None else means[label])


def learns(outcome: Outcome, entrant: Entrant) -> bool:
    """Tell whether a scheme ends clearly above a constant answer."""
    return tuning.learns(entrant.score["mean"], outcome.outline.cells[0].setup.chance)


def _entrant(outcome: Outcome, label: str, best: str) -> Entrant:
    entry = outcome.cell["inits"][label]
    difference, is_distinct = _lead(outcome, best, label)
    return Entrant(
        label=label,
        standing=_standing(difference, is_distinct=is_distinct),
        learning_rate=outcome.rates[label],
        edge=_edge(outcome, label),
        score=_counted(outcome, label),
        difference=difference,
        epochs_to_target=entry["epochs_to_target"]["median"],
        diverged=entry["diverged"],
    )


def _left(outcome: Outcome, label: str, mean: float) -> Entrant:
    seeds = len(outcome.trials[label].scores[outcome.rates[label]])
    return Entrant(
        label=label,
        standing="left",
        learning_rate=outcome.rates[label],
        edge=_edge(outcome, label),
        score={"mean": mean, "ci95": None, "n": seeds},
    )


def _counted(outcome: Outcome, label: str) -> dict[str, Any]:
    """Return a scheme's score, with what a diverged run counts as."""
    score = outcome.cell["score"]
    counted = counted_scores(outcome.cell["inits"], score)[label]
    summary = summarise(counted, metric_of(score).bounds)
    return {name: summary[name] for name in ("mean", "ci95", "n")}


def _lead(outcome: Outcome, best: str, label: str) -> tuple[dict[str, Any] | None, bool]:
    """Return how much more the best has, and whether the seeds tell the two apart."""
    for pair in outcome.cell["comparisons"]:
        if {pair["a"], pair["b"]} == {best, label}:
            found = pair["difference"]
            if pair["a"] == best:
                return {name: found[name] for name in ("mean", "ci95")}, pair["distinct"]
            ends = found["ci95"]
            turned = None if ends is None else [-ends[1], -ends[0]]
            return {"mean": -found["mean"], "ci95": turned}, pair["distinct"]
    return None, False


def _standing(difference: Mapping[str, Any] | None, *, is_distinct: bool) -> Standing:
    if difference is None:
        return "tied"
    if is_distinct:
        return "behind" if difference["mean"] > MARGIN else "tied"
    ends = difference["ci95"]
    return "tied" if ends is not None and ends[1] <= TOLERANCE else "unclear"


def _edge(outcome: Outcome, label: str) -> str:
    return ("", "highest", "lowest")[outcome.trials[label].edge_of(outcome.rates[label])]
