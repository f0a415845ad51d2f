"""Budget: a time or a number of run-steps, and the epochs and seeds that a race can afford.

A run-step is one training step of one run. A time is converted to run-steps once, with the cost
model and the measured speed of this machine. From then on nothing depends on a clock, so a race
with the same number of run-steps gives the same result on any machine.

All runs of a race have the same number of epochs, since the best rate of a short training is not
the best rate of a long one. Successive rounds train fewer settings instead.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from initbench.errors import UsageError
from initbench.experiment.estimate import calibrate, cost_of
from initbench.experiment.session import SMALL_SECONDS
from initbench.machine import available_cores
from initbench.results import files
from initbench.training.unit import Unit

DEFAULT: Final = "60s"

RATES: Final = 5
"""Learning rates of the grid."""

EXTENSIONS: Final = 2
"""Rates that may be added to the grid if the best rate is an endpoint."""

KEPT: Final = 2
"""Rates of each scheme in the second round."""

MORE_SEEDS: Final = 2
"""Seeds of the second round, besides the seed of the first."""

TRIALS: Final = RATES + EXTENSIONS + KEPT * MORE_SEEDS
"""Largest number of runs of a scheme before the last round."""

FEWEST_SEEDS: Final = 5
MOST_SEEDS: Final = 20
"""Seeds of the last round."""

LEAST_STEPS: Final = 100
"""Steps of a run below which a score is not meaningful, unless the config asks for fewer."""

FIRST_ROUND: Final = RATES / (TRIALS + FEWEST_SEEDS)
"""Share of the runs of a race that belong to its first round."""

TRAINING_SHARE: Final = 0.9
"""Share of a time that is spent on training; the cost model does not count the rest."""

MOST_STEPS: Final = 10**12

BUDGET_FILE: Final = "budget.json"
"""Stores the run-steps of a time, so that the same question always has the same answer."""

_UNITS: Final = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_TIME: Final = re.compile(r"([0-9.]+(?:e\+?[0-9]+)?) *(s|m|min|h)", re.ASCII)
_STEPS: Final = re.compile(r"([0-9][0-9_,]*(?:\.[0-9]+)?(?:e\+?[0-9]+)?) *steps?", re.ASCII)


class BudgetError(UsageError):
    """A budget is too small; `needed` is the number of run-steps that suffices."""

    def __init__(self, message: str, needed: int) -> None:
        super().__init__(message)
        self.needed = needed


@dataclass(frozen=True)
class Budget:
    """A limit on the race: either seconds or run-steps; the other is None."""

    seconds: float | None = None
    steps: int | None = None


def parse_budget(text: str) -> Budget:
    """Return the budget that a text such as ``5m`` or ``2e5 steps`` stands for.

    Raises `UsageError` if the text is not a budget.

    Examples
    --------
    >>> parse_budget("5m"), parse_budget("2e5 steps")
    (Budget(seconds=300.0, steps=None), Budget(seconds=None, steps=200000))
    """
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
    wanted = "budget must be a time, as 60s or 5m, or run-steps, as '200000 steps'"
    raise UsageError(f"{wanted}, not {text!r}")


def speed_of(units: Sequence[Unit]) -> float:
    """Return how many run-steps one process of this machine trains in a second.

    Measuring the speed of the machine takes half a second.

    `units`: units of one shape, as the race would train them.
    """
    [factor] = calibrate([units[0]])
    cost = cost_of(units[0])
    core_seconds = factor * sum(cost.seconds_of(unit) for unit in units)
    return cost.steps * sum(unit.runs for unit in units) / core_seconds


def run_steps_in(seconds: float, speed: float) -> int:
    """Return how many run-steps this machine trains in a time, rounded to two digits."""
    usable = TRAINING_SHARE * processes_for(seconds) * max(seconds, 0.0)
    return max(1, int(float(f"{usable * speed:.2g}")))


def seconds_for(run_steps: int, speed: float) -> float:
    """Return a time in which `run_steps_in` gives at least this many run-steps.

    A tenth is added for the rounding, and because the next measurement of the speed may differ.
    """
    alone = 1.1 * run_steps / (TRAINING_SHARE * speed)
    return max(alone / available_cores(), min(alone, 1.1 * SMALL_SECONDS / FIRST_ROUND))


def processes_for(seconds: float) -> int:
    """Return the number of processes that are worth starting for a race of this length."""
    return available_cores() if seconds * FIRST_ROUND > SMALL_SECONDS else 1


def stored_run_steps(folder: Path, question: Mapping[str, Any]) -> int | None:
    """Return the run-steps that were stored for this question and time, or None."""
    try:
        stored = files.read_json(folder / BUDGET_FILE)
        return int(stored["run_steps"]) if question.items() <= stored.items() else None
    except (ValueError, TypeError, LookupError, AttributeError):
        return None  # the file was not written by this program


def store_run_steps(folder: Path, question: Mapping[str, Any], steps: int) -> None:
    """Store the run-steps of this question and time in the results folder."""
    note = {**question, "run_steps": steps}
    files.write_atomically(folder / BUDGET_FILE, json.dumps(note).encode() + b"\n")


@dataclass(frozen=True)
class RaceSize:
    """The size of a race that fits a budget."""

    schemes: int
    # epochs, steps: length of one run
    epochs: int
    steps: int
    budget: int  # run-steps of all runs together
    seeds: int | None = None  # of the last round; None for as many as the budget allows

    @property
    def most_runs(self) -> int:
        """The largest number of runs."""
        most = self.schemes * (TRIALS + (self.seeds or MOST_SEEDS))
        return min(self.budget // self.steps, most)

    def seeds_left(self, trained: int, schemes: int) -> int:
        """Return the number of seeds of the last round, after `trained` runs."""
        if self.seeds is not None:
            return self.seeds
        left = (self.budget // self.steps - trained) // schemes
        return min(MOST_SEEDS, left)


def race_size(
    budget: int, schemes: int, *, steps_per_epoch: int, epochs: int, seeds: int | None = None
) -> RaceSize:
    """Return the race with the longest runs that fit a budget.

    `budget`: run-steps.
    `epochs`: the largest number of epochs.
    `seeds`: of the last round; by default at least `FEWEST_SEEDS`.

    Raises `BudgetError` if the budget is too small.
    """
    if not epochs:
        raise UsageError("training.epochs must be at least 1: a race needs some training")
    if seeds is not None and seeds < 2:
        raise UsageError(f"seeds must be at least 2, not {seeds}: one run has no interval")
    per_epoch = schemes * (TRIALS + (seeds or FEWEST_SEEDS)) * steps_per_epoch
    least = min(epochs, math.ceil(LEAST_STEPS / steps_per_epoch)) * per_epoch
    if budget < least:
        raise BudgetError(
            f"the budget comes to {budget:,} run-steps, and to race {schemes} schemes on these data"
            f" takes at least {least:,}: give '{least} steps', more time, or fewer schemes",
            least,
        )
    afforded = min(epochs, budget // per_epoch)
    return RaceSize(schemes, afforded, afforded * steps_per_epoch, budget, seeds)
