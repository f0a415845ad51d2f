"""Striking: schemes that cannot train at all, found before anything is trained.

Only what is impossible counts, so that no scheme is lost to a rule of thumb. A start is struck if,
with every seed, the signal leaves the range of the numbers that the network is trained in, or if
the gradient by every weight is too small for them. Biases may still move then, but they say the
same to all inputs. A signal that is merely faint is left to the race. Normalization is part of the
network that is probed, so where it mends a signal there is nothing to strike.

What is measured is what `initbench probe` measures; its forecasts and Jacobians, which cost more
than a short race does, are not asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import FloatArray
from initbench.errors import SchemeError
from initbench.experiment.settings import recipe
from initbench.nn import Architecture
from initbench.probing.measuring import measure
from initbench.recommending.candidates import Candidate
from initbench.recommending.question import Question
from initbench.training.evaluation import Task
from initbench.training.samples import task_of
from initbench.training.starting import adapt_network, initial_network

SEEDS: Final = (0, 1, 2)
"""Seeds with which each scheme is probed."""

MEASURED: Final = ("preactivation_rms", "delta_rms", "gradient_rms")

Signals = Mapping[str, FloatArray]
"""What an untrained network does, each of `MEASURED` ``(S, L)``."""


def probe_candidates(
    question: Question, candidates: Sequence[Candidate]
) -> tuple[dict[str, Signals], dict[str, str]]:
    """Measure the untrained networks of all candidates.

    Returns
    -------
    signals : dict
        By label.
    failed : dict
        By label, why a scheme has none: it cannot draw or adapt.
    """
    asked = question.experiment
    task = task_of(question.split, recipe(asked.training, asked.record).loss, np.float64)
    signals: dict[str, Signals] = {}
    failed: dict[str, str] = {}
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        for each in candidates:
            try:
                signals[each.label] = _probe(each, question.architecture, task)
            except SchemeError as error:
                failed[each.label] = str(error)
    return signals, failed


def objection(signals: Signals, dtype: str) -> str:
    """Return why a start cannot be trained in numbers of this type; empty where it can."""
    numbers = np.finfo(dtype)
    sizes, gradients = signals["preactivation_rms"], signals["gradient_rms"]
    is_beyond = ~(sizes < float(numbers.max))
    if is_beyond.any(axis=1).all():
        first = min(int(np.argmax(row)) + 1 for row in is_beyond)
        return f"its signal is beyond what {dtype} can hold, from layer {first} on"
    if not (gradients >= float(numbers.smallest_normal)).any():
        return (
            f"no weight has a gradient that {dtype} can hold: only biases would move, and they say"
            " the same to all inputs"
        )
    return ""


def _probe(candidate: Candidate, architecture: Architecture, task: Task) -> Signals:
    network = initial_network(architecture, [candidate.scheme], SEEDS, np.float64)
    adapt_network(network, [candidate.scheme], SEEDS, task)
    found = measure(network, task)
    return {name: found[name] for name in MEASURED}
