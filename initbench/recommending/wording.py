"""Wording: the answer in a sentence of what was measured, and what else one has to know of it."""

from collections.abc import Sequence

import numpy as np

from initbench.probing import Probe
from initbench.probing.verdict import KEEPS
from initbench.recommending.race import MARGIN, Outcome
from initbench.recommending.verdict import Entrant, learns
from initbench.report.formatting import listing


def reason(outcome: Outcome, entrants: Sequence[Entrant], probe: Probe, pick: str) -> str:
    """Return why, in a sentence of what was measured."""
    tied = [each for each in entrants if each.standing == "tied"]
    others = [each for each in entrants if each.standing != "tied"]
    epochs = outcome.outline.cells[0].setup.epochs
    if not learns(outcome, entrants[0]):
        best = _percent(outcome, entrants[0].score["mean"])
        return (
            f"None of them learns in {epochs} epochs: the best ends at {best}, which is about what"
            " a constant answer gets"
        )
    if not others and len(tied) > 1:
        return _all_alike(outcome, tied)
    best = next(each for each in tied if each.label == pick)
    told = f"{pick} {_signal(probe, pick)}{_success(outcome, best, epochs)}"
    if not others:
        return told
    last = others[-1]
    end = _percent(outcome, last.score["mean"])
    return f"{told}; {last.label} {_signal(probe, last.label)}ends at {end}"


def notes(outcome: Outcome, entrants: Sequence[Entrant]) -> list[str]:
    """Return what else one has to know of the answer."""
    found = []
    unsettled = [each.label for each in entrants if not each.is_settled]
    if unsettled:
        found.append(
            f"{listing(unsettled)}: not told apart from {entrants[0].label}, and not shown to be"
            f" within {_points(outcome, MARGIN)} of it: a larger budget may tell"
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
    means = [each.score["mean"] for each in tied]
    low, high = (_percent(outcome, value) for value in (min(means), max(means)))
    return (
        f"All {len(tied)} end alike, from {low} to {high}, each at its own learning rate: this"
        " network trains from any of them"
    )


def _signal(probe: Probe, label: str) -> str:
    """Say what a start does to the signal, as the beginning of a sentence."""
    sizes = probe.schemes[label].layers["preactivation_rms"][:, :-1]
    count = sizes.shape[1]
    if count < 2:
        return ""
    with np.errstate(all="ignore"):
        factor = float(np.median((sizes[:, -1] / sizes[:, 0]) ** (1.0 / (count - 1))))
    if not np.isfinite(factor) or factor == 0.0:
        return "loses the signal and "
    whole = factor ** (count - 1)
    verb = "keeps" if 1 / KEEPS < whole < KEEPS else "weakens" if whole < 1 else "amplifies"
    return f"{verb} the signal (×{factor:.2g} a layer through {count} layers) and "


def _success(outcome: Outcome, entrant: Entrant, epochs: int) -> str:
    end = _percent(outcome, entrant.score["mean"])
    if entrant.epochs_to_target is None:
        return f"ends at {end} after {epochs} epochs"
    target = _percent(outcome, outcome.outline.target)
    return (
        f"reaches {target} in {entrant.epochs_to_target:.3g} of {epochs} epochs, and ends at {end}"
    )


def _percent(outcome: Outcome, value: float) -> str:
    """Write a score: an accuracy in percent, R² as it is."""
    return f"{value:.1%}" if outcome.cell["score"] == "accuracy" else f"R² {value:.3f}"


def _points(outcome: Outcome, value: float) -> str:
    if outcome.cell["score"] != "accuracy":
        return f"{value:g}"
    return "a point" if value == MARGIN else f"{100 * value:.1f} points"
