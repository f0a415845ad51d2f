"""Budgets: a time or a number of run-steps, and what a race can do with it.

A run-step is a step of training of one run. A time becomes run-steps once, by what the model of
costs says and by how much slower or faster this machine is; from there on nothing depends on a
clock, so a race of as many run-steps is the same race anywhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from initbench.errors import UsageError
from initbench.experiment.cost import cost_of
from initbench.experiment.estimate import calibrate
from initbench.experiment.session import SMALL_SECONDS
from initbench.machine import available_cores
from initbench.recommending.sizes import FEWEST_SEEDS, RATES, TRIALS
from initbench.training.unit import Unit

DEFAULT: Final = "60s"

_UNITS: Final = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}

_TIME: Final = re.compile(r"([0-9.]+(?:e\+?[0-9]+)?) *(s|m|min|h)", re.ASCII)
_STEPS: Final = re.compile(r"([0-9][0-9_,]*(?:\.[0-9]+)?(?:e\+?[0-9]+)?) *steps?", re.ASCII)

MOST_STEPS: Final = 10**12

SHARE: Final = 0.9
"""Of a time, what is trained in; the rest is for what the model of costs leaves out."""


FIRST_ROUND: Final = RATES / (TRIALS + FEWEST_SEEDS)
"""Share of the runs of a race that are in its first round."""


@dataclass(frozen=True)
class Budget:
    """What a race may take: seconds, or steps of single runs; the other is None."""

    seconds: float | None = None
    steps: int | None = None


def parse_budget(text: str) -> Budget:
    """Read a budget.

    Raises
    ------
    UsageError
        It is none.

    Examples
    --------
    >>> parse_budget("5m"), parse_budget("2e5 steps")
    (Budget(seconds=300.0, steps=None), Budget(seconds=None, steps=200000))
    """
    wanted = "budget must be a time, as 60s or 5m, or run-steps, as '200000 steps'"
    text = str(text).strip()
    try:
        if found := _TIME.fullmatch(text):
            seconds = float(found[1]) * _UNITS[found[2]]
            if 0.0 < seconds < 1e7:
                return Budget(seconds=seconds)
        elif found := _STEPS.fullmatch(text):
            steps = float(found[1].replace(",", "").replace("_", ""))
            if 1.0 <= steps <= MOST_STEPS:
                return Budget(steps=int(steps))
    except ValueError:
        pass
    raise UsageError(f"{wanted}, not {text!r}")


def steps_in(seconds: float, units: Sequence[Unit]) -> int:
    """Return how many run-steps this machine trains in a time; to measure that takes half a second.

    Parameters
    ----------
    seconds : float
    units : sequence of Unit
        Of one shape, as they would be trained.
    """
    first = units[0]
    cost = cost_of(first)
    [factor] = calibrate([first])
    core_seconds = factor * sum(cost.seconds_of(unit) for unit in units)
    each = core_seconds / (cost.steps * sum(unit.runs for unit in units))
    return max(1, _rounded(SHARE * jobs_in(seconds) * max(seconds, 0.0) / each))


def jobs_in(seconds: float) -> int:
    """Return how many processes are worth their start where so much time is to be spent."""
    return available_cores() if seconds * FIRST_ROUND > SMALL_SECONDS else 1


def _rounded(steps: float) -> int:
    """Return a number of steps that can be said again, of two digits."""
    return int(float(f"{steps:.2g}"))
