"""Striking: schemes that cannot train at all, found before anything is trained.

Only what is impossible counts, so that no scheme is lost to a rule of thumb. A start is struck if,
with every seed, the signal leaves the range of the numbers that the network is trained in, or if
the gradient by every weight is too small for them. Biases may still move then, but they say the
same to all inputs. A signal that is merely faint is left to the race. Normalization is part of the
network that is probed, so where it mends a signal there is nothing to strike.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from initbench.arrays import BoolArray
from initbench.experiment.config.experiment import Experiment
from initbench.probing import Probe, SchemeProbe, probe_experiment
from initbench.recommending.candidates import Candidate

SEEDS: Final = (0, 1, 2)
"""Seeds with which each scheme is probed."""


def probe_candidates(experiment: Experiment, candidates: Sequence[Candidate]) -> Probe:
    """Measure the untrained networks of all candidates."""
    inits = tuple(candidate.config for candidate in candidates)
    return probe_experiment(experiment.model_copy(update={"inits": inits, "seeds": SEEDS}))


def struck(probe: Probe, dtype: str) -> dict[str, str]:
    """Return, by label, why a scheme cannot train in numbers of this type."""
    found = {label: _objection(one, np.finfo(dtype)) for label, one in probe.schemes.items()}
    return {label: why for label, why in found.items() if why}


def _objection(scheme: SchemeProbe, numbers: "np.finfo[np.floating]") -> str:
    signal, gradient = scheme.layers["preactivation_rms"], scheme.layers["gradient_rms"]
    with np.errstate(invalid="ignore"):
        is_beyond: BoolArray = ~(signal < float(numbers.max))
        is_lost: BoolArray = ~(gradient >= float(numbers.smallest_normal))
    if is_beyond.any(axis=1).all():
        layer = int(np.argmax(is_beyond.all(axis=0))) + 1 if is_beyond.all(axis=0).any() else 0
        where = f" by layer {layer}" if layer else ""
        return f"its signal is beyond what {numbers.dtype} can hold{where}"
    if is_lost.all():
        return (
            f"no weight has a gradient that {numbers.dtype} can hold: only biases would move,"
            " and they say the same to all inputs"
        )
    return ""
