r"""Power: how many seeds it takes to tell two schemes apart.

For paired differences of mean :math:`\delta` and standard deviation :math:`\sigma`, Student's
statistic follows a noncentral t law with :math:`n - 1` degrees of freedom and noncentrality
:math:`\delta \sqrt n / \sigma`; the power is the share of it beyond the critical values.

The difference and its spread are themselves estimated from the few seeds that are there, so the
number that comes out is an order of magnitude and no promise.

References
----------
Cohen, "Statistical Power Analysis for the Behavioral Sciences" (2nd ed., 1988), chapter 2.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from scipy.special import nctdtr, stdtrit

from initbench.stats.comparisons import ALPHA, FEWEST

POWER: Final = 0.8
"""How likely it is to be that the difference is found."""

MOST_SEEDS: Final = 10_000
"""About as many seeds as anyone is told to take."""

LARGEST_EFFECT: Final = 20.0
"""Above this a difference is found anyway, and the noncentral t law is lost in rounding."""


def power_of(effect: float, n: int, alpha: float) -> float:
    """Return how likely the paired t-test is to find a difference.

    Parameters
    ----------
    effect : float
        Mean over standard deviation of the differences.
    n : int
        Pairs.
    alpha : float
        Of the two-sided test.
    """
    critical = stdtrit(n - 1, 1 - alpha / 2)
    shift = min(abs(effect), LARGEST_EFFECT) * np.sqrt(n)
    beyond = 1 - nctdtr(n - 1, shift, critical)
    return float(beyond + nctdtr(n - 1, shift, -critical))


def seeds_needed(effect: float, alpha: float) -> int | None:
    """Return the fewest pairs whose power is `POWER`; None where there would be too many.

    >>> seeds_needed(0.5, alpha=0.05)
    34
    """
    enough = FEWEST
    while power_of(effect, enough, alpha) < POWER:
        if enough >= MOST_SEEDS:
            return None
        enough *= 2
    too_few = max(enough // 2, FEWEST - 1)
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        if power_of(effect, middle, alpha) < POWER:
            too_few = middle
        else:
            enough = middle
    return enough


def power_of_lead(
    best: str, second: str, comparisons: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Say whether the seeds tell the two schemes that rank first apart, and how many would.

    Parameters
    ----------
    best, second : str
    comparisons : sequence of mapping
        Of all pairs of the cell, as `compare_all` returns them.

    Returns
    -------
    dict
        ``best`` and ``second``, the ``seeds`` that both have, whether they are ``distinct``, the
        ``level`` at which the test stands after Holm's correction, and the seeds ``needed`` there
        for this difference, more than there are; None where it is zero or unknown, or they would be
        too many.
    """
    distinct = sum(each["distinct"] for each in comparisons)
    [pair] = [each for each in comparisons if {each["a"], each["b"]} == {best, second}]
    difference = pair["difference"]
    level = ALPHA / max(len(comparisons) - distinct, 1)
    return {
        "best": best,
        "second": second,
        "seeds": difference["n"],
        "distinct": pair["distinct"],
        "level": level,
        "needed": None if pair["distinct"] else _needed(difference, level),
    }


def _needed(difference: Mapping[str, Any], level: float) -> int | None:
    mean, spread = difference["mean"], difference["std"]
    if not mean or spread is None:
        return None
    found = seeds_needed(mean / spread, level) if spread else FEWEST
    return None if found is None else max(found, difference["n"] + 1)
