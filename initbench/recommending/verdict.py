"""Verdict: which schemes tie with the best one, which are behind, and why, in a sentence.

A scheme is *behind* if it differs significantly from the best (after Holm's correction for all
pairs) and the difference exceeds a margin: a real difference that is too small to matter does not
count. Otherwise it is *tied* with the best, if the upper end of the interval of the difference is
small too. If that end is large, there are too few seeds to decide, and the scheme is *unclear*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.formatting import count_of, listing
from initbench.initializers import Initialization
from initbench.metric import metric_of
from initbench.recommending.race import MARGIN, Outcome
from initbench.recommending.screening import Signals
from initbench.results import tuning
from initbench.results.metrics import counted_scores
from initbench.results.probes import KEEPS
from initbench.stats.summaries import summarise

Standing = Literal["tied", "unclear", "behind", "left"]

TOLERANCE: Final = 5 * MARGIN
"""Largest upper end of the interval of the difference for a scheme that is tied with the best."""


@dataclass(frozen=True)
class Entrant:
    """The result of one scheme.

    Attributes
    ----------
    label : str
    standing : {"tied", "unclear", "behind", "left"}
        Compared with the best scheme; ``left`` if the scheme left before the last round.
    learning_rate : float
        The rate that was chosen for this scheme.
    edge : {"", "lowest", "highest"}
        Set if the chosen rate is an endpoint of the grid and better than its neighbour by a margin.
    score : mapping
        ``mean``, ``ci95`` and ``n`` of the test score, or of the validation score of a scheme that
        left the race.
    difference : mapping or None
        ``mean`` and ``ci95`` of the best scheme's lead; None for the best, and for schemes that
        left.
    epochs_to_target : float or None
        The median over seeds.
    diverged : int
        Number of diverged runs in the last round.
    """

    label: str
    standing: Standing
    learning_rate: float
    edge: str
    score: Mapping[str, Any]
    difference: Mapping[str, Any] | None = None
    epochs_to_target: float | None = None
    diverged: int = 0


def judge(outcome: Outcome, *, is_short: bool = False) -> tuple[Entrant, ...]:
    """Return the result of each scheme, best first; schemes that left the race come last.

    `is_short`: whether the budget has cut training short. A scheme that is behind, and whose score
    grew in the second half of training by as much as it is behind, is then *unclear*: it may catch
    up.
    """
    cell, rates = outcome.cell, outcome.rates
    edges = {
        label: ("", "highest", "lowest")[own.edge_of(rates[label])]
        for label, own in outcome.trials.items()
    }
    counted = counted_scores(cell["inits"], cell["score"])
    found = []
    for label in cell["ranking"]:
        difference, is_distinct = lead(cell["comparisons"], cell["ranking"][0], label)
        standing = standing_of(difference, is_distinct=is_distinct)
        if difference is not None and standing == "behind" and is_short:
            is_rising = outcome.gains.get(label, 0.0) >= difference["mean"]
            standing = "unclear" if is_rising else standing
        summary = summarise(counted[label], metric_of(cell["score"]).bounds)
        found.append(
            Entrant(
                label=label,
                standing=standing,
                learning_rate=rates[label],
                edge=edges[label],
                score={name: summary[name] for name in ("mean", "ci95", "n")},
                difference=difference,
                epochs_to_target=cell["inits"][label]["epochs_to_target"]["median"],
                diverged=cell["inits"][label]["diverged"],
            )
        )
    for label, mean in sorted(outcome.dropped.items(), key=lambda each: -each[1]):
        seeds = len(outcome.trials[label].scores[rates[label]])
        score = {"mean": mean, "ci95": None, "n": seeds}
        found.append(Entrant(label, "left", rates[label], edges[label], score))
    return tuple(found)


def effort_of(scheme: Initialization) -> int:
    """Return what a scheme needs in a framework: 1 a function of it, 2 this package, 3 data.

    >>> from initbench.initializers import bind
    >>> [effort_of(bind(name)) for name in ("he", "looks_linear", "lsuv")]
    [1, 2, 3]
    """
    if scheme.initializer.adapt is not None:
        return 3
    return 1 if scheme.spellings else 2


def learns(outcome: Outcome, entrant: Entrant) -> bool:
    """Return whether the score of a scheme is clearly above the majority-class baseline."""
    return tuning.learns(entrant.score["mean"], outcome.outline.cells[0].setup.chance)


def reason(
    outcome: Outcome,
    entrants: Sequence[Entrant],
    signals: Mapping[str, Signals],
    pick: str,
) -> str:
    """Return the reason for a recommendation, in a sentence of measured values.

    The sentence describes the pick and the last scheme if that is behind. If all schemes tie, it
    gives the range of their scores; if none learns (`pick` is empty), it says so.
    """
    [cell] = outcome.outline.cells
    first = entrants[0]
    if not pick and _diverges(outcome, first):
        rates = outcome.trials[first.label].rates
        return f"All of them diverge at every rate from {rates[0]:g} to {rates[-1]:g}"
    if not pick:
        return (
            f"None of them learns in {count_of(cell.setup.epochs, 'epoch')}: the best ends at"
            f" {_percent(outcome, first.score['mean'])}, about what a constant answer gets"
        )
    if len(entrants) > 1 and all(each.standing == "tied" for each in entrants):
        means = [float(each.score["mean"]) for each in entrants]
        return (
            f"All {len(entrants)} end alike, from {_percent(outcome, min(means))} to"
            f" {_percent(outcome, max(means))}, each at its own learning rate: this network trains"
            " from any of them"
        )
    described = [next(each for each in entrants if each.label == pick)]
    if entrants[-1].standing != "tied":
        described.append(entrants[-1])
    sentences = []
    for each in described:
        facts = _signal_facts(signals[each.label])
        if _diverges(outcome, each):
            facts.append("diverges at every rate")
        else:
            if each.epochs_to_target is not None:
                target = _percent(outcome, outcome.outline.target)
                epochs = each.epochs_to_target
                plural = "" if epochs == 1 else "s"
                facts.append(f"reaches {target} after {epochs:.3g} epoch{plural}")
            facts.append(f"ends at {_percent(outcome, each.score['mean'])}")
        sentences.append(f"{each.label} {listing(facts)}")
    return "; ".join(sentences)


def notes(entrants: Sequence[Entrant], outcome: Outcome | None = None) -> list[str]:
    """Return notes on schemes that are unclear or whose best rate is an endpoint of the grid."""
    found = []
    gains = {} if outcome is None else outcome.gains
    rising = [
        each.label
        for each in entrants
        if each.standing == "unclear"
        and each.difference is not None
        and gains.get(each.label, 0.0) >= each.difference["mean"] > MARGIN
    ]
    if rising:
        found.append(
            f"{listing(rising)}: behind {entrants[0].label}, but still rising when training ended;"
            " a larger budget, with more epochs, may decide"
        )
    unclear = [
        each.label for each in entrants if each.standing == "unclear" and each.label not in rising
    ]
    if unclear:
        found.append(
            f"{listing(unclear)}: no significant difference from {entrants[0].label}, but the"
            f" {'interval is' if len(unclear) == 1 else 'intervals are'} too wide to call them"
            " equally good; a larger budget may decide"
        )
    for edge, beyond in (("lowest", "lower"), ("highest", "higher")):
        at_edge = [each.label for each in entrants if each.edge == edge]
        if at_edge:
            found.append(
                f"{listing(at_edge)}: best at the {edge} learning rate that was tried; a {beyond}"
                " one may do better"
            )
    return found


def standing_of(difference: Mapping[str, Any] | None, *, is_distinct: bool) -> Standing:
    """Return the standing of a scheme by the lead of the best one, which is None for the best."""
    if difference is None:
        return "tied"
    if is_distinct:
        return "behind" if difference["mean"] > MARGIN else "tied"
    ends = difference["ci95"]
    return "tied" if ends is not None and ends[1] <= TOLERANCE else "unclear"


def lead(
    comparisons: Sequence[Mapping[str, Any]], best: str, label: str
) -> tuple[dict[str, Any] | None, bool]:
    """Return the lead of the best scheme over another, and whether it is significant."""
    for pair in comparisons:
        if {pair["a"], pair["b"]} == {best, label}:
            mean, ends = pair["difference"]["mean"], pair["difference"]["ci95"]
            if pair["a"] != best:
                mean, ends = -mean, None if ends is None else [-ends[1], -ends[0]]
            return {"mean": mean, "ci95": ends}, pair["distinct"]
    return None, False


def _signal_facts(layers: Signals) -> list[str]:
    """Return what an untrained network does to signal and gradient, if it has two hidden layers."""

    def factor(rms: FloatArray) -> float:
        """Return the factor from layer to layer (S, H), the median over seeds."""
        with np.errstate(all="ignore"):
            whole = rms[:, -1] / rms[:, 0]
            return float(np.median(whole ** (1.0 / (rms.shape[1] - 1))))

    count = layers["preactivation_rms"].shape[1] - 1
    if count < 2:
        return []
    signal = factor(layers["preactivation_rms"][:, :-1])
    if not 0.0 < signal < np.inf:
        return ["loses the signal"]
    gradient = factor(layers["delta_rms"][:, -2::-1])
    if not 0.0 < gradient < np.inf:
        gradient = signal  # the last layer is zero, so that no gradient passes it yet
    most = max(signal, gradient, key=lambda each: abs(np.log(each)))
    if abs(np.log(most)) < np.log(KEEPS) / (count - 1):
        what = f"changes signal and gradients by less than a factor of {KEEPS:g}"
        return [f"{what} through {count} layers (×{most:.3g} a layer)"]
    what = "the signal" if most == signal else "gradients"
    return [f"{'weakens' if most < 1.0 else 'amplifies'} {what} by ×{most:.3g} a layer"]


def _diverges(outcome: Outcome, entrant: Entrant) -> bool:
    """Return whether every trial at the chosen rate diverged, and so every trial."""
    return bool(np.isinf(outcome.trials[entrant.label].losses[entrant.learning_rate]).all())


def _percent(outcome: Outcome, value: float) -> str:
    """Return an accuracy in percent, or R² as it is."""
    return f"{100 * value:.3g}%" if outcome.cell["score"] == "accuracy" else f"R² {value:.3f}"
