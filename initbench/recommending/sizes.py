"""Sizes: how long runs are trained and how many there can be, from a number of run-steps.

All runs of a race are trained for equally long, since a rate that is best for a short training is
not the best for a long one. What halves from round to round is what is tried.
"""

import math
from dataclasses import dataclass
from typing import Final

from initbench.errors import UsageError

RATES: Final = 5
"""Learning rates of the grid."""

EXTENSIONS: Final = 2
"""Rates that may be added to it, where the best is at an end."""

KEPT: Final = 2
"""Rates of each scheme that come into the second round."""

MORE_SEEDS: Final = 2
"""Seeds of the second round, beside the one of the first."""

FEWEST_SEEDS: Final = 5
MOST_SEEDS: Final = 20
"""Seeds of the last round."""

LEAST_STEPS: Final = 100
"""Steps of a run below which a score says nothing, unless fewer were asked for."""

TRIALS: Final = RATES + EXTENSIONS + KEPT * MORE_SEEDS
"""Runs of a scheme, at most, before the last round."""


@dataclass(frozen=True)
class Sizes:
    """What a budget comes to.

    Attributes
    ----------
    schemes : int
    epochs, steps : int
        Of one run.
    budget : int
        Run-steps of all runs together.
    """

    schemes: int
    epochs: int
    steps: int
    budget: int

    @property
    def most_runs(self) -> int:
        """Runs that there may be at most."""
        return min(self.budget // self.steps, self.schemes * (TRIALS + MOST_SEEDS))

    def seeds_left(self, trained: int, schemes: int) -> int:
        """Return how many seeds the last round can have, after so many runs."""
        left = (self.budget // self.steps - trained) // schemes
        return min(MOST_SEEDS, left)


def sizes_of(budget: int, schemes: int, *, steps_per_epoch: int, epochs: int) -> Sizes:
    """Return the longest training that a budget has room for.

    Parameters
    ----------
    budget : int
        Run-steps.
    schemes : int
    steps_per_epoch : int
    epochs : int
        As many as are asked for, and no more.

    Raises
    ------
    UsageError
        The budget is too small.
    """
    if not epochs:
        raise UsageError("training.epochs must be at least 1: a race needs some training")
    each = schemes * (TRIALS + FEWEST_SEEDS) * steps_per_epoch
    least = min(epochs, math.ceil(LEAST_STEPS / steps_per_epoch))
    if budget < least * each:
        raise UsageError(
            f"the budget comes to {budget:,} run-steps, and to race {schemes} schemes on these data"
            f" takes at least {least * each:,}: give '{least * each} steps', more time, or fewer"
            " schemes"
        )
    afforded = min(epochs, budget // each)
    return Sizes(schemes, afforded, afforded * steps_per_epoch, budget)
