"""Sentences on untrained networks: how signal and gradient change, no stronger than seeds allow."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from initbench.arrays import BoolArray, FloatArray
from initbench.results.probes import SchemeProbe
from initbench.stats.summaries import number_or_none, summarise

KEEPS: Final = 2.0
"""A change by less than this factor from end to end is called small."""

FAINT: Final = 1e-4
HUGE: Final = 1e4
"""Sizes beyond which a signal or a gradient is said to be lost."""

_STEADY: Final = 1.5
"""A trend is so much a layer if its halves differ by less than this factor."""

_MANY_SATURATED: Final = 0.75
_MANY_DEAD: Final = 0.1
_ALIKE: Final = 1.1
"""Effective rank below which all samples are nearly one direction."""

_FAR: Final = 1.2
"""Times a guess's loss beyond which a start is said to be worse than a guess."""


@np.errstate(all="ignore")  # what overflows is not finite, and stored as null
def describe_probe(scheme: SchemeProbe) -> dict[str, Any]:
    """Return the summary of a scheme's untrained networks for ``metrics.json``.

    Returns
    -------
    dict
        The `verdict`; ``initial_loss`` and, to hold it against, the ``guess``; ``gradient_ratio``
        and ``signal_factor`` as `SchemeProbe` has them; each number a network as `summarise`
        describes it.
    """
    return {
        "verdict": verdict(scheme),
        "guess": number_or_none(scheme.guess),
        "initial_loss": summarise(scheme.loss),
        "gradient_ratio": summarise(scheme.gradient_ratio),
        "signal_factor": summarise(scheme.signal_factor),
    }


def verdict(scheme: SchemeProbe) -> str:
    """Return a sentence on the signal, the gradients, the units and the loss of a scheme."""
    hidden = {name: values[:, :-1] for name, values in scheme.layers.items()}
    if not hidden["preactivation_rms"].shape[1]:
        return _sentence([_loss(scheme.loss, scheme.guess)])
    return _sentence(
        [
            _trend(_SIGNAL, hidden["preactivation_rms"]),
            _trend(_GRADIENTS, hidden["delta_rms"][:, ::-1]),
            _units(hidden["dead_fraction"], hidden["saturated_fraction"]),
            _collapse(hidden["effective_rank"]),
            _loss(scheme.loss, scheme.guess),
        ]
    )


def _sentence(parts: list[str]) -> str:
    text = "; ".join(part for part in parts if part)
    return text[:1].upper() + text[1:] if text else "Nothing stands out"


@dataclass(frozen=True)
class _Subject:
    """What changes along its way, and the words for it; `back` counts layers from the far end."""

    name: str
    be: str
    keep: str
    fall: str
    grow: str
    back: bool = False

    def layer(self, place: int, count: int) -> int:
        """Return the layer, from 1, that is met at a place on the way, from 0."""
        return count - place if self.back else place + 1


_SIGNAL: Final = _Subject(
    "the signal", "is", "changes by less than a factor of 2", "falls", "grows"
)
_GRADIENTS: Final = _Subject(
    "gradients", "are", "change by less than a factor of 2", "shrink", "grow", back=True
)


def _trend(subject: _Subject, values: FloatArray) -> str:
    """Say how a size (S, H) changes along its way."""
    seeds, count = values.shape
    what = f"{subject.name} {subject.be}"
    broken = ~np.isfinite(values).all(axis=1)
    if broken.any():
        return f"{what} not finite in {_of_seeds(int(broken.sum()), seeds)}"
    gone = (values == 0.0).any(axis=1)
    if gone.any():
        place = int(np.flatnonzero((values[gone] == 0.0).any(axis=0))[0])
        number = _of_seeds(int(gone.sum()), seeds)
        others = _change(subject, values[~gone]) if count > 1 and not gone.all() else ""
        rest = f"; in the others {others}" if others else ""
        return f"{what} zero at layer {subject.layer(place, count)} in {number}{rest}"
    return _change(subject, values) if count > 1 else ""


def _change(subject: _Subject, values: FloatArray) -> str:
    """Say by how much a size that is positive and finite changes from end to end."""
    changes = np.log(values[:, -1]) - np.log(values[:, 0])  # their ratio may overflow
    middle = float(np.median(changes))
    whole = f"({_range(np.exp(changes), 'from end to end')})"
    if np.abs(changes).max() < np.log(KEEPS):
        return f"{subject.name} {subject.keep} {whole}"
    if changes.min() < 0.0 < changes.max():
        return f"seeds differ on {subject.name} {whole}"
    verb = subject.fall if middle < 0 else subject.grow
    way = " on the way back" if subject.back else ""
    end = _beyond(subject, np.median(values, axis=0))
    if _is_steady(values):
        rates = np.exp(changes / (values.shape[1] - 1))
        return f"{subject.name} {verb} by {_range(rates, f'a layer{way}')}{end}"
    return f"{subject.name} {verb} by {_range(np.exp(changes), f'in all{way}')}, unevenly{end}"


def _range(factors: FloatArray, over: str) -> str:
    """Write the middle one of some factors, and how far the seeds are apart."""
    text = f"×{_factor(float(np.median(factors)))} {over}"
    low, high = _factor(float(factors.min())), _factor(float(factors.max()))
    if low == high:
        return text
    return f"{text}, {low} to {high} over {len(factors)} seeds"


def _factor(value: float) -> str:
    """Write a factor, with a digit more where it is nearly one.

    >>> _factor(0.123), _factor(1.04)
    ('0.12', '1.04')
    """
    return f"{value:.3g}" if 0.9 < value < 1.1 else f"{value:.2g}"


def _is_steady(values: FloatArray) -> bool:
    steps = np.diff(np.median(np.log(values), axis=0))
    if len(steps) < 2:
        return True
    halves = [float(half.mean()) for half in np.array_split(steps, 2)]
    low, high = sorted(map(abs, halves))
    return halves[0] * halves[1] > 0 and high < _STEADY * low


def _beyond(subject: _Subject, sizes: FloatArray) -> str:
    """Say from where on a size is faint or huge, if it is so at its end."""
    for is_beyond, limit in ((sizes < FAINT, "below 1e-4"), (sizes > HUGE, "above 1e4")):
        if is_beyond[-1]:
            layer = subject.layer(_start_of_last_run(is_beyond), len(sizes))
            return f", {limit} from layer {layer} on"
    return ""


def _start_of_last_run(is_so: BoolArray) -> int:
    """Return from which place on something is so up to the end, where it is."""
    return 0 if is_so.all() else len(is_so) - int(np.argmin(is_so[::-1]))


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
    return f"all inputs look alike from layer {_start_of_last_run(alike) + 1} on"


def _loss(loss: FloatArray, guess: float) -> str:
    middle = float(np.median(loss))
    if not np.isfinite(middle):
        return "the loss is not finite"
    if not _FAR * guess <= middle or guess <= 0.0:  # or there is nothing to compare with
        return ""
    return f"the loss starts at {middle:.3g}, ×{middle / guess:.2g} that of a guess"


def _of_seeds(number: int, seeds: int) -> str:
    return f"{number} of {seeds} seeds"
