r"""Times until something happens, where it may not have happened yet: Kaplan and Meier's estimate.

A run that never reached its target says that it takes longer than it was trained. To leave it out
would praise a scheme for its lucky runs; to count its last epoch as the one it took would be wrong
too. Such a time is *censored*: known to be longer than what was seen. A run that was stopped is
censored where it was stopped. One that diverged will never arrive, so it counts as waiting to the
end like those that were trained in vain.

References
----------
Kaplan, Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958).
Royston, Parmar, "Restricted mean survival time: an alternative to the hazard ratio for the design
and analysis of randomized trials with a time-to-event outcome", BMC Medical Research Methodology 13
(2013).
"""

from typing import Any

import numpy as np

from initbench.arrays import BoolArray, FloatArray, IntArray
from initbench.stats.intervals import RESAMPLES, mean_intervals, tail_for
from initbench.stats.summaries import interval_or_none, number_or_none, numbers_or_none


def describe_times(times: FloatArray, reached: BoolArray, horizon: float) -> dict[str, Any]:
    """Describe how long runs took to reach something.

    `times`: shape (S,); when each reached it, or until when it was seen not to.
    `reached`: shape (S,).
    `horizon`: how long runs were trained at most.

    Returns
    -------
    dict
        How many ``reached`` it; Kaplan and Meier's ``median``, None where half of them or more
        never do; ``restricted_mean``, the mean time of which no more than the horizon counts, with
        its ``ci95``; and the time of each that reached it, ``values``, None for the others.
    """
    ends = restricted_interval(times, reached, horizon) if len(times) > 1 else (np.nan, np.nan)
    return {
        "reached": int(reached.sum()),
        "median": median_time(times, reached),
        "restricted_mean": restricted_mean(times, reached, horizon) if len(times) else None,
        "ci95": interval_or_none([number_or_none(end) for end in ends]),
        "values": numbers_or_none(np.where(reached, times, np.nan)),
    }


def held_from(holds: BoolArray) -> IntArray:
    """Return the first point of each row from which on all are true, (S, T) to (S,); -1 for none.

    >>> held_from(np.array([[True, False, True], [False, False, False]])).tolist()
    [2, -1]
    """
    held = np.flip(np.minimum.accumulate(np.flip(holds, axis=1), axis=1), axis=1)
    return np.where(held.any(axis=1), held.argmax(axis=1), -1)


def survival_curve(times: FloatArray, reached: BoolArray) -> tuple[FloatArray, FloatArray]:
    r"""Return the times at which Kaplan and Meier's curve falls, and its values, each ``(K,)``.

    It is :math:`S(t) = \prod_{t_i \le t} (1 - d_i / n_i)`, where at :math:`t_i` of :math:`n_i` that
    still waited :math:`d_i` arrived.
    """
    moments, arrived = np.unique(times[reached], return_counts=True)
    at_risk = (times[:, np.newaxis] >= moments).sum(axis=0)
    return moments, np.cumprod(1 - arrived / at_risk)


def median_time(times: FloatArray, reached: BoolArray) -> float | None:
    """Return the time after which half of all runs have arrived; None where half never do.

    Where exactly half have for a while, it is the middle of that while, so that without censored
    times this is the ordinary median.

    >>> median_time(np.array([3.0, 5.0, 9.0, 9.0]), np.array([True, True, True, False]))
    7.0
    """
    moments, share = survival_curve(times, reached)
    exactly_half = np.isclose(share, 0.5, rtol=0, atol=1e-12)
    below = moments[(share < 0.5) & ~exactly_half]
    if not len(below):
        return None
    return number_or_none((moments[exactly_half].min(initial=below[0]) + below[0]) / 2)


def restricted_mean(times: FloatArray, reached: BoolArray, horizon: float) -> float:
    r"""Return :math:`\int_0^\tau S(t)\,dt`, the mean of the times, none of them above the horizon.

    >>> restricted_mean(np.array([2.0, 10.0]), np.array([True, False]), horizon=10.0)
    6.0
    """
    moments, share = survival_curve(times, reached)
    widths = np.diff(np.concatenate([[0.0], moments, [horizon]]))
    return float(widths @ np.concatenate([[1.0], share]))


def restricted_interval(times: FloatArray, reached: BoolArray, horizon: float) -> FloatArray:
    """Return the 95 % confidence interval of the restricted mean, ``(2,)``.

    Without early censoring the restricted mean is a mean of times, and has the interval of one.
    Else runs are resampled, and the tails are taken where `tail_for` has them.
    """
    n = len(times)
    if (reached | (times >= horizon)).all():
        [ends] = mean_intervals(np.minimum(times, horizon)[np.newaxis], (0.0, horizon))
        return np.asarray(ends)
    counts = np.random.default_rng(n).multinomial(n, np.full(n, 1 / n), RESAMPLES)
    moments = np.unique(times[reached])
    arrived = counts @ ((times[:, np.newaxis] == moments) & reached[:, np.newaxis])
    at_risk = counts @ (times[:, np.newaxis] >= moments)
    share = np.cumprod(1 - arrived / np.maximum(at_risk, 1), axis=1)
    widths = np.diff(np.concatenate([[0.0], moments, [horizon]]))
    means = widths[0] + share @ widths[1:]
    tail = tail_for(n)
    return np.asarray(np.quantile(means, [tail, 1 - tail]))
