"""Verdicts: a scheme's measurements in a sentence or two, no stronger than the seeds allow."""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.probing.probing import SchemeProbe

KEEPS: Final = 2.0
"""A signal that changes by less than this factor from end to end keeps its size."""

FAINT: Final = 1e-4
HUGE: Final = 1e4

_STEADY: Final = 1.5
"""A trend is so much a layer if its halves differ by less than this factor."""

_MANY_SATURATED: Final = 0.75
_MANY_DEAD: Final = 0.1
_ALIKE: Final = 1.1
"""Effective rank below which all samples are nearly one direction."""

_FAR: Final = 1.2
"""Times a guess's loss beyond which a start is said to be worse than a guess."""


def verdict(scheme: SchemeProbe, guess: float) -> str:
    """Return what there is to say of a scheme.

    Parameters
    ----------
    scheme : SchemeProbe
    guess : float
        Loss of an answer that knows nothing.
    """
    hidden = {name: values[:, :-1] for name, values in scheme.layers.items()}
    if not hidden["preactivation_rms"].shape[1]:
        return _sentence([_loss(scheme.loss, guess)])
    gradients = hidden["backpropagated_rms"][:, ::-1]
    return _sentence(
        [
            _trend("the signal", hidden["preactivation_rms"], one="falls", other="grows"),
            _trend("gradients", gradients, one="shrink", other="grow", back=True),
            _units(hidden["dead_fraction"], hidden["saturated_fraction"]),
            _collapse(hidden["effective_rank"]),
            _loss(scheme.loss, guess),
        ]
    )


def _sentence(parts: list[str]) -> str:
    text = "; ".join(part for part in parts if part)
    return text[:1].upper() + text[1:] if text else "Nothing stands out"


def _trend(what: str, values: FloatArray, *, one: str, other: str, back: bool = False) -> str:
    """Say how a size (S, H) changes along its way; `back` counts layers from the far end."""
    seeds, count = values.shape
    plural = "" if one.endswith("s") else "s"
    are, keep = ("is", "keeps its size") if not plural else ("are", "keep their size")
    broken = ~np.isfinite(values).all(axis=1)
    if broken.any():
        return f"{what} {are} not finite in {_of_seeds(int(broken.sum()), seeds)}"
    gone = (values == 0.0).any(axis=1)
    if gone.any():
        layer = int(np.flatnonzero((values[gone] == 0.0).any(axis=0))[0])
        place = count - layer if back else layer + 1
        return f"{what} {are} zero at layer {place} in {_of_seeds(int(gone.sum()), seeds)}"
    if count == 1:
        return ""
    changes = np.log(values[:, -1] / values[:, 0])
    middle = float(np.median(changes))
    if abs(middle) < np.log(KEEPS):
        return f"{what} {keep} ({_range(np.exp(changes), 'from end to end')})"
    if changes.min() < 0.0 < changes.max():
        return f"seeds differ on {what} ({_range(np.exp(changes), 'from end to end')})"
    verb = one if middle < 0 else other
    way = " on the way back" if back else ""
    end = _beyond(np.median(values, axis=0), back=back)
    if _is_steady(values):
        rates = np.exp(changes / (count - 1))
        return f"{what} {verb} by {_range(rates, f'a layer{way}')}{end}"
    return f"{what} {verb} by {_range(np.exp(changes), f'in all{way}')}, unevenly{end}"


def _range(factors: FloatArray, over: str) -> str:
    """Write the middle one of some factors, and how far the seeds are apart."""
    text = f"×{np.median(factors):.2g} {over}"
    low, high = (f"{value:.2g}" for value in (factors.min(), factors.max()))
    if low == high:
        return text
    return f"{text}, {low} to {high} over {len(factors)} seeds"


def _is_steady(values: FloatArray) -> bool:
    steps = np.diff(np.median(np.log(values), axis=0))
    if len(steps) < 2:
        return True
    halves = [float(half.mean()) for half in np.array_split(steps, 2)]
    low, high = sorted(map(abs, halves))
    return halves[0] * halves[1] > 0 and high < _STEADY * low


def _beyond(sizes: FloatArray, *, back: bool) -> str:
    """Say from where on a size is faint or huge, if it is so at its end."""
    for limit, is_beyond, word in (
        (FAINT, sizes < FAINT, "below"),
        (HUGE, sizes > HUGE, "above"),
    ):
        if is_beyond[-1]:
            first = len(sizes) - int(np.argmin(is_beyond[::-1])) if not is_beyond.all() else 0
            place = len(sizes) - first if back else first + 1
            return f", {word} {limit:.0e} from layer {place} on".replace("e-0", "e-").replace(
                "e+0", "e"
            )
    return ""


def _units(dead: FloatArray, saturated: FloatArray) -> str:
    silent = (dead == 1.0).any(axis=1)
    if silent.any():
        number = _of_seeds(int(silent.sum()), len(dead))
        return f"a whole layer is dead in {number}, which then gives all inputs one answer"
    for values, least, what in (
        (dead, _MANY_DEAD, "units are dead"),
        (saturated, _MANY_SATURATED, "activations are saturated"),
    ):
        middle = np.median(values, axis=0)
        if middle.max() > least:
            return f"{middle.max():.0%} of the {what} in layer {int(middle.argmax()) + 1}"
    return ""


def _collapse(rank: FloatArray) -> str:
    alike = np.median(rank, axis=0) < _ALIKE
    if not alike[-1]:
        return ""
    first = len(alike) - int(np.argmin(alike[::-1])) if not alike.all() else 0
    return f"all inputs look alike from layer {first + 1} on"


def _loss(loss: FloatArray, guess: float) -> str:
    middle = float(np.median(loss))
    if not np.isfinite(middle):
        return "the loss is not finite"
    if middle < _FAR * guess:
        return ""
    return f"the loss starts at {middle:.3g}, ×{middle / guess:.2g} that of a guess"


def _of_seeds(number: int, seeds: int) -> str:
    return f"{number} of {seeds} seeds"
