"""Wording: the answer in a sentence of what was measured, and what else one has to know of it."""

from collections.abc import Mapping, Sequence

import numpy as np

from initbench.arrays import FloatArray
from initbench.probing.verdict import KEEPS
from initbench.recommending.race import Outcome
from initbench.recommending.striking import Signals
from initbench.recommending.verdict import Entrant, learns
from initbench.report.formatting import listing


def reason(
    outcome: Outcome, entrants: Sequence[Entrant], signals: Mapping[str, Signals], pick: str
) -> str:
    """Return why, in a sentence of what was measured."""
    tied = [each for each in entrants if each.standing == "tied"]
    others = [each for each in entrants if each.standing != "tied"]
    epochs = outcome.outline.cells[0].setup.epochs
    if not learns(outcome, entrants[0]):
        end = _percent(outcome, entrants[0].score["mean"])
        return (
            f"None of them learns in {epochs} epochs: the best ends at {end}, which is about what"
            " a constant answer gets"
        )
    if not others and len(tied) > 1:
        return _all_alike(outcome, tied)
    own = next(each for each in tied if each.label == pick)
    told = f"{pick} {_signal(signals[pick])}{_success(outcome, own, epochs)}"
    if not others:
        return told
    last = others[-1]
    end = _percent(outcome, last.score["mean"])
    return f"{told}; {last.label} {_signal(signals[last.label])}ends at {end}"


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
    means = [each.score["mean"] for each in tied]
    low, high = (_percent(outcome, value) for value in (min(means), max(means)))
    return (
        f"All {len(tied)} end alike, from {low} to {high}, each at its own learning rate: this"
        " network trains from any of them"
    )


def _signal(layers: Signals) -> str:
    """Say what a start does to the signal and to gradients, as the beginning of a sentence."""
    count = layers["preactivation_rms"].shape[1] - 1
    if count < 2:
        return ""
    signal, gradient = (
        _factor(layers[name][:, :-1], way)
        for name, way in (("preactivation_rms", 1), ("delta_rms", -1))
    )
    if not (signal > 0.0 and gradient > 0.0 and np.isfinite([signal, gradient]).all()):
        return "loses the signal and "
    least, most = np.log(KEEPS) / (count - 1), max(signal, gradient, key=lambda f: abs(np.log(f)))
    what = "the signal" if most == signal else "gradients"
    if abs(np.log(most)) < least:
        return f"keeps signal and gradients through {count} layers (×{most:.2g} a layer), "
    verb = "weakens" if most < 1.0 else "amplifies"
    return f"{verb} {what} by ×{most:.2g} a layer and "


def _factor(sizes: FloatArray, way: int) -> float:
    """Return by how much a size (S, H) changes a layer on its way; the median seed's."""
    first, last = (0, -1) if way > 0 else (-1, 0)
    with np.errstate(all="ignore"):
        whole = sizes[:, last] / sizes[:, first]
        return float(np.median(whole ** (1.0 / (sizes.shape[1] - 1))))


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
