"""Agreement: contenders are compared only if they do the same work to the same end.

After a few steps the weights of two contenders may differ by rounding, and by nothing else. In
float64 that is next to nothing, so there it is asked of every run. In float32 a unit may end up on
the other side of a rectifier's kink, and its run goes another way from there: single runs may
differ, the median run may not.

Differences are relative to how far the weights have moved: a contender that reads other batches, or
lacks a gradient, is off by about as much as the weights move.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from benchmarks.contenders import Contender
from benchmarks.workloads import Weights, Workload, make_job
from initbench.arrays import FloatArray

STEPS: Final = 20
"""At least so many are compared."""

WORST: Final = 1e-8
"""How far any run may be off in float64."""

MEDIAN: Final = 1e-2
"""How far the median run may be off in the workload's own precision."""


@dataclass(frozen=True)
class Agreement:
    """How far two contenders are apart: any run in float64, and the median run in practice."""

    worst: float
    median: float

    @property
    def holds(self) -> bool:
        """Whether it is rounding."""
        return self.worst <= WORST and self.median <= MEDIAN

    def __str__(self) -> str:
        verdict = "agrees" if self.holds else "DISAGREES: the comparison is void"
        return f"{verdict}: {self.worst:.1g} in float64, {self.median:.1g} as timed"


def agreement(ours: Contender, theirs: Contender, workload: Workload) -> Agreement:
    """Train both for some steps from the same start, and compare where they end."""
    exact = _distances(ours, theirs, replace(workload, dtype="float64"))
    timed = _distances(ours, theirs, workload)
    return Agreement(float(exact.max()), float(np.median(timed)))


def relative_distances(a: Weights, b: Weights, start: Weights) -> FloatArray:
    """Return the distance from a to b over that from the start to a, ``(R,)``."""
    return _norms(a, b) / _norms(a, start)


def _distances(ours: Contender, theirs: Contender, workload: Workload) -> FloatArray:
    job = make_job(workload, -(-STEPS // workload.steps_per_epoch))
    return relative_distances(ours.get_ready(job)(), theirs.get_ready(job)(), job.weights)


def _norms(a: Weights, b: Weights) -> FloatArray:
    squares = [
        np.square(x.astype(np.float64) - y).reshape(len(x), -1).sum(axis=1)
        for layer, other in zip(a, b, strict=True)
        for x, y in zip(layer, other, strict=True)
    ]
    return np.asarray(np.sqrt(np.sum(squares, axis=0)))
