r"""Power: how many seeds it takes to detect the difference of two schemes.

For paired differences of mean :math:`\delta` and standard deviation :math:`\sigma`, Student's
statistic follows a noncentral t law with :math:`n - 1` degrees of freedom and noncentrality
:math:`\delta \sqrt n / \sigma`; the power is the share of it beyond the critical values.

The difference and its spread are themselves estimated from few seeds, so the number of seeds needed
has a wide confidence interval, which follows from that of the effect :math:`\delta / \sigma`.

References
----------
Cohen, "Statistical Power Analysis for the Behavioral Sciences" (2nd ed., 1988), chapter 2.
"""

import math
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.stats.comparisons import ALPHA, FEWEST

POWER: Final = 0.8
"""Probability of detecting the difference."""

MOST_SEEDS: Final = 10_000
"""Largest number of seeds that is recommended."""


def power_of(effect: float, n: int, alpha: float) -> float:
    """Return how likely the paired t-test is to find a difference.

    `effect`: mean over standard deviation of the differences.
    `n`: pairs.
    `alpha`: of the two-sided test.
    """
    from scipy.special import stdtrit

    critical = float(stdtrit(n - 1, 1 - alpha / 2))
    shift = abs(effect) * math.sqrt(n)
    return 1 - noncentral_t(critical, n - 1, shift) + noncentral_t(-critical, n - 1, shift)


def noncentral_t(t: float, degrees: int, shift: float) -> float:
    r"""Return how likely a noncentral t statistic is at most t.

    The statistic is :math:`(Z + \delta) / \sqrt{V / \nu}`, so that the probability is the mean of
    :math:`\Phi(t \sqrt{V / \nu} - \delta)` over V, which has a chi-squared law with
    :math:`\nu` degrees of freedom. The mean is taken over V's quantiles, and is finite for every
    argument.

    Examples
    --------
    >>> round(noncentral_t(2.0, 9, 0.0), 4)
    0.9617
    """
    from scipy.special import ndtr

    _, weights = _uniform_rule()
    return float(weights @ ndtr(t * _chi_quantiles(degrees) - shift))


@lru_cache
def _chi_quantiles(degrees: int) -> FloatArray:
    """Return the quantiles of the root of a chi-squared law over its degrees, at the nodes."""
    from scipy.special import gammaincinv

    nodes, _ = _uniform_rule()
    return np.asarray(np.sqrt(2 * gammaincinv(degrees / 2, nodes) / degrees))


@cache
def _uniform_rule() -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights of the Gauss-Legendre rule for means over a uniform law."""
    points, weights = np.polynomial.legendre.leggauss(400)
    return (points + 1) / 2, weights / 2


def seeds_needed(effect: float, alpha: float) -> int | None:
    """Return the fewest pairs whose power is `POWER`; None if they are more than `MOST_SEEDS`.

    The search starts from the answer of the test for a known spread, which takes a few pairs less.

    >>> seeds_needed(0.5, alpha=0.05)
    34
    """
    from scipy.special import ndtri

    shift = float(ndtri(1 - alpha / 2) + ndtri(POWER))
    if abs(effect) * math.sqrt(MOST_SEEDS) < shift:
        return None
    pairs = max(FEWEST, math.ceil((shift / effect) ** 2))
    while power_of(effect, pairs, alpha) < POWER:
        pairs += 1
    return pairs if pairs <= MOST_SEEDS else None


def effect_interval(effect: float, n: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of an effect, from the size that n pairs have shown.

    Its ends are the effects for which so large a statistic is found with a probability of 2.5 %,
    and so small a one.
    """
    t = effect * math.sqrt(n)
    low, high = (_shift_of(t, n - 1, probability) for probability in (0.975, 0.025))
    return low / math.sqrt(n), high / math.sqrt(n)


def _shift_of(t: float, degrees: int, probability: float) -> float:
    """Return the shift for which a noncentral t statistic is at most t with this probability."""
    reach = 10.0 + 2.0 * abs(t)  # the statistic of a few pairs varies by its own size
    low, high = -reach, 2 * reach
    for _ in range(50):  # bisection, because importing SciPy's root finders takes 0.3 s
        middle = (low + high) / 2
        if noncentral_t(t, degrees, middle) > probability:
            low = middle
        else:
            high = middle
    return high


def power_of_lead(
    best: str, second: str, comparisons: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Say whether the seeds tell the two schemes that rank first apart, and how many would.

    `comparisons`: of all pairs of the cell, as `compare_all` returns them.

    Returns
    -------
    dict
        ``best`` and ``second``, the ``seeds`` that both have, whether they are ``distinct``, the
        ``level`` at which the test stands after Holm's correction, and the seeds ``needed`` there
        for this difference, more than there are; None where it is zero or unknown, or they would be
        too many; and ``needed_ci95``, the fewest and the most seeds that may be needed, as far as
        the difference is known from so few: the most is None where it may be zero.
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
        **(
            dict.fromkeys(("needed", "needed_ci95"))
            if pair["distinct"]
            else _needed(difference, level)
        ),
    }


def _needed(difference: Mapping[str, Any], level: float) -> dict[str, Any]:
    mean, spread, n = difference["mean"], difference["std"], difference["n"]
    if not mean or spread is None or n < FEWEST:
        return {"needed": None, "needed_ci95": None}
    if not spread:
        return {"needed": max(FEWEST, n + 1), "needed_ci95": None}

    def more(effect: float) -> int | None:
        found = seeds_needed(effect, level)
        return None if found is None else max(found, n + 1)

    low, high = effect_interval(abs(mean) / spread, n)
    return {
        "needed": more(mean / spread),
        "needed_ci95": [more(high), more(low) if low > 0.0 else None],
    }
