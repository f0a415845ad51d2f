"""Wording: the answer in a sentence of what was measured, and what else one has to know of it."""

from collections.abc import Mapping, Sequence

import numpy as np

from initbench.arrays import FloatArray
from initbench.formatting import listing
from initbench.recommending.race import Outcome
from initbench.recommending.striking import Signals
from initbench.recommending.verdict import Entrant
from initbench.results.verdict import KEEPS


def reason(
    outcome: Outcome,
    entrants: Sequence[Entrant],
    signals: Mapping[str, Signals],
    pick: str,
) -> str:
    """Return why, in a sentence of what was measured.

    It tells of the pick and, where there is one, of the scheme that came last; of a tie of all, how
    near they are; and where none learns, `pick` being empty, of that.
    """
    [cell] = outcome.outline.cells
    if not pick and _diverges(outcome, entrants[0]):
        rates = outcome.trials[entrants[0].label].rates
        return f"All of them diverge at every rate from {rates[0]:g} to {rates[-1]:g}"
    if not pick:
        return (
            f"None of them learns in {cell.setup.epochs} epochs: the best ends at"
            f" {_score(outcome, entrants[0])}, about what a constant answer gets"
        )
    if len(entrants) > 1 and all(each.standing == "tied" for each in entrants):
        return _all_alike(outcome, entrants)
    own = next(each for each in entrants if each.label == pick)
    last = entrants[-1]
    told = [own] if last.standing == "tied" else [own, last]
    return "; ".join(_told(outcome, each, signals[each.label]) for each in told)


def notes(entrants: Sequence[Entrant]) -> list[str]:
    """Return what else one has to know of the answer."""
    found = []
    unclear = [each.label for each in entrants if each.standing == "unclear"]
    if unclear:
        found.append(
            f"{listing(unclear)}: too few seeds to tell from {entrants[0].label}, and too uneven to"
            " call as good; a larger budget may tell"
        )
    for edge in ("lowest", "highest"):
        at_edge = [each.label for each in entrants if each.edge == edge]
        beyond = {"lowest": "lower", "highest": "higher"}[edge]
        if at_edge:
            found.append(
                f"{listing(at_edge)}: best at the {edge} learning rate that was tried; a {beyond}"
                " one may do better"
            )
    return found


def _all_alike(outcome: Outcome, tied: Sequence[Entrant]) -> str:
    low, high = (
        _score(outcome, end(tied, key=lambda each: float(each.score["mean"]))) for end in (min, max)
    )
    return (
        f"All {len(tied)} end alike, from {low} to {high}, each at its own learning rate: this"
        " network trains from any of them"
    )


def _told(outcome: Outcome, entrant: Entrant, signals: Signals) -> str:
    """Say what a start does before training, and how it fares."""
    facts = [*_signal(signals), *_success(outcome, entrant)]
    return f"{entrant.label} {listing(facts)}"


def _signal(layers: Signals) -> list[str]:
    """Say what a start does to the signal and to gradients; nothing where there is no way to go."""
    count = layers["preactivation_rms"].shape[1] - 1
    if count < 2:
        return []
    signal = _factor(layers["preactivation_rms"][:, :-1])
    if not 0.0 < signal < np.inf:
        return ["loses the signal"]
    gradient = _factor(layers["delta_rms"][:, -2::-1])
    if not 0.0 < gradient < np.inf:
        gradient = signal  # the last layer starts at zero, and says nothing back yet
    most = max(signal, gradient, key=lambda factor: abs(np.log(factor)))
    if abs(np.log(most)) < np.log(KEEPS) / (count - 1):
        what = f"changes signal and gradients by less than a factor of {KEEPS:g}"
        return [f"{what} through {count} layers (×{most:.3g} a layer)"]
    what = "the signal" if most == signal else "gradients"
    return [f"{'weakens' if most < 1.0 else 'amplifies'} {what} by ×{most:.3g} a layer"]


def _factor(sizes: FloatArray) -> float:
    """Return by how much a size (S, H) changes from place to place; the median seed's."""
    with np.errstate(all="ignore"):
        whole = sizes[:, -1] / sizes[:, 0]
        return float(np.median(whole ** (1.0 / (sizes.shape[1] - 1))))


def _success(outcome: Outcome, entrant: Entrant) -> list[str]:
    """Say how a scheme fares."""
    if _diverges(outcome, entrant):
        return ["diverges at every rate"]
    end = f"ends at {_score(outcome, entrant)}"
    if entrant.epochs_to_target is None:
        return [end]
    target = _written(outcome, outcome.outline.target)
    return [f"is at {target} after {entrant.epochs_to_target:.3g} epochs", end]


def _diverges(outcome: Outcome, entrant: Entrant) -> bool:
    """Tell whether every trial did at the best rate, and so at all."""
    return bool(np.isinf(outcome.trials[entrant.label].losses[entrant.learning_rate]).all())


def _score(outcome: Outcome, entrant: Entrant) -> str:
    return _written(outcome, float(entrant.score["mean"]))


def _written(outcome: Outcome, value: float) -> str:
    """Write a score: an accuracy in percent, R² as it is."""
    return f"{100 * value:.3g}%" if outcome.cell["score"] == "accuracy" else f"R² {value:.3f}"
