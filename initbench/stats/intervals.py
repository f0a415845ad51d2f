r"""Intervals: how far a number that a few seeds gave may be from what all seeds would give.

The mean has two. Below `BOOTSTRAP_FROM` values it is Student's; from there on the bootstrap's, bias
corrected and accelerated (BCa), whose tails are taken where Student's law has them and not where
the normal law does, because resamples of `n` values spread by a factor :math:`\sqrt{(n - 1) / n}`
too little. `docs/statistics.md` shows how often each covers the truth, which is why it is so.

Resamples depend on `n` alone and are the same for everything that is summarised: the same runs make
the same bytes, and a thousand means are resampled in one matrix product.

References
----------
Student, "The probable error of a mean", Biometrika 6 (1908).
Efron, "Better bootstrap confidence intervals", JASA 82 (1987); written out as in Efron and
Tibshirani, "An Introduction to the Bootstrap" (1993), section 14.3.
Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69 (2015),
on why percentiles are too narrow for few values and how far out they have to be taken.
Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
"""

from functools import lru_cache
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from initbench.arrays import FloatArray

LEVEL: Final = 0.95

BOOTSTRAP_FROM: Final = 10
"""Values from which on the bootstrap covers better than Student's interval."""

RESAMPLES: Final = 2000

UNBOUNDED: Final = (-np.inf, np.inf)

_ROWS: Final = 4096
"""Rows that are resampled at a time, which bounds the memory."""

_ROUNDING: Final = 1e-6
"""Share of the largest deviation by which the mean of a resample may miss by rounding alone.

Resamples are computed in single precision, which is finer by far than 2,000 of them.
"""

_DIGITS: Final = 6
"""Decimals of an end, as a share of the largest deviation."""


def mean_intervals(values: FloatArray, bounds: tuple[float, float] = UNBOUNDED) -> FloatArray:
    """Return the 95 % interval of the mean of each row.

    Parameters
    ----------
    values : ndarray of shape (M, n)
        Finite, with at least two values a row.
    bounds : (low, high)
        What a mean can be at all; an interval ends there.

    Returns
    -------
    ndarray of shape (M, 2)
        Not finite where the values are so large that their squares are not.

    Examples
    --------
    >>> [[low, high]] = mean_intervals(np.array([[1.0, 2.0, 3.0]]))
    >>> f"{low:.3f} to {high:.3f}"
    '-0.484 to 4.484'
    """
    with np.errstate(over="ignore", invalid="ignore"):  # the square of a huge loss
        if values.shape[1] < BOOTSTRAP_FROM:
            ends = student_intervals(values)
        else:
            ends = bca_intervals(values, tail_for(values.shape[1]))
    return np.clip(ends, *bounds)


def student_intervals(values: FloatArray) -> FloatArray:
    r"""Return each row's :math:`\bar x \pm t_{n-1,\,0.975}\, s / \sqrt n`, ``(M, n)`` to (M, 2)."""
    n = values.shape[1]
    mean = values.mean(axis=1)
    half_width = stdtrit(n - 1, (1 + LEVEL) / 2) * values.std(axis=1, ddof=1) / np.sqrt(n)
    return np.stack([mean - half_width, mean + half_width], axis=1)


def tail_for(n: int) -> float:
    r"""Return the bootstrap's share at each end, :math:`\Phi(-\sqrt{n/(n-1)}\,t_{n-1,0.975})`."""
    quantile = stdtrit(n - 1, (1 + LEVEL) / 2)
    return float(ndtr(-np.sqrt(n / (n - 1)) * quantile))


def bca_intervals(values: FloatArray, tail: float) -> FloatArray:
    """Return the BCa interval of the mean of each row, ``(M, n)`` to (M, 2).

    Parameters
    ----------
    values : ndarray of shape (M, n)
    tail : float
        The share of resamples beyond each end, were there neither bias nor skewness.
    """
    pieces = [values[start : start + _ROWS] for start in range(0, len(values), _ROWS)]
    return np.concatenate([_bca_of_means(piece, tail) for piece in pieces] or [np.empty((0, 2))])


@lru_cache(maxsize=8)
def bootstrap_weights(n: int) -> FloatArray:
    """Return what each of `n` values weighs in each resample, ``(n, B)``; columns sum to one."""
    counts = np.random.default_rng(n).multinomial(n, np.full(n, 1 / n), RESAMPLES)
    return np.ascontiguousarray(counts.T / n, np.float32)


def wilson_interval(count: float, n: int) -> list[float] | None:
    r"""Return the 95 % interval of a share, count of n (a half is half of one); None without any.

    With :math:`p = \text{count} / n` and the normal law's quantile `z`, it is

    .. math:: \frac{p + z^2 / 2n \pm z \sqrt{p (1 - p) / n + z^2 / 4 n^2}}{1 + z^2 / n}.

    Examples
    --------
    >>> [round(end, 3) for end in wilson_interval(0, 10)]
    [0.0, 0.278]
    """
    return list(_wilson(count, n)) if n else None


@lru_cache(maxsize=4096)
def _wilson(count: float, n: int) -> tuple[float, float]:
    z, share = float(ndtri((1 + LEVEL) / 2)), count / n
    middle = share + z**2 / (2 * n)
    half_width = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    ends = np.array([middle - half_width, middle + half_width]) / (1 + z**2 / n)
    low, high = np.clip(ends, 0.0, 1.0)
    return 0.0 if count == 0 else float(low), 1.0 if count == n else float(high)


def _bca_of_means(values: FloatArray, tail: float) -> FloatArray:
    ends = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    mean = np.clip(values.mean(axis=1, keepdims=True), *ends)  # equal values may have another
    deviations = values - mean  # those of the jackknife's means, up to a factor
    size = np.abs(deviations).max(axis=1, keepdims=True)
    scaled = np.divide(deviations, size, out=np.zeros_like(deviations), where=size > 0)
    resampled = scaled.astype(np.float32) @ bootstrap_weights(values.shape[1])
    below = np.count_nonzero(resampled < -_ROUNDING, axis=1) / RESAMPLES
    above = np.count_nonzero(resampled > _ROUNDING, axis=1) / RESAMPLES
    bias = ndtri((1 + below - above) / 2)
    spread = np.square(scaled).sum(axis=1)
    skewed = (scaled**3).sum(axis=1) / 6
    acceleration = np.divide(skewed, spread**1.5, out=np.zeros_like(skewed), where=spread > 0)
    shifted = bias[:, np.newaxis] + np.array([1, -1]) * ndtri(tail)
    levels = ndtr(bias[:, np.newaxis] + shifted / (1 - acceleration[:, np.newaxis] * shifted))
    found = _quantiles(np.sort(resampled, axis=1), levels)
    return np.asarray(mean + size * np.round(found.astype(np.float64), _DIGITS))


def _quantiles(ordered: FloatArray, levels: FloatArray) -> FloatArray:
    """Return for each row its quantiles, between neighbours in proportion, (M, B) to (M, 2)."""
    place = levels * (ordered.shape[1] - 1)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, ordered.shape[1] - 1)
    low, high = (np.take_along_axis(ordered, index, axis=1) for index in (below, above))
    return np.asarray(low + (place - below) * (high - low))
