r"""Confidence intervals at 95 %: of a mean over seeds, and of a share of runs.

The interval of a mean is Student's. From `SKEWNESS_FROM` values on, each end is the farther of
Student's and of Hall's, which corrects Student's statistic for the skewness of the values.
Student's alone is too short at the end of a long tail (it covers 89 % for ten exponential values),
Hall's alone where tails are heavy but symmetric. `docs/statistics.md` shows how often the farther
of the two covers the true mean. Both are formulas, so the same runs give the same bytes.

References
----------
Student, "The probable error of a mean", Biometrika 6 (1908).
Hall, "On the removal of skewness by transformation", Journal of the Royal Statistical Society B 54
(1992), the cubic transformation and its inverse.
Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69 (2015),
section 3.4, on how far out the tails of a bootstrap of few values have to be taken.
Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
"""

from functools import lru_cache
from typing import Final

import numpy as np

from initbench.arrays import FloatArray

LEVEL: Final = 0.95

SKEWNESS_FROM: Final = 5
"""Values from which on a skewness can be estimated well enough to correct for it."""

RESAMPLES: Final = 2000
"""Of a bootstrap over seeds."""

UNBOUNDED: Final = (-np.inf, np.inf)

NORMAL_QUANTILE: Final = 1.959963984540054
"""Of the normal law at (1 + `LEVEL`) / 2: written out, since importing scipy.special takes longer
than answers that need no other function of it."""

_NO_SKEWNESS: Final = 1e-8
"""Below this Hall's transformation is the identity up to rounding."""


def mean_intervals(values: FloatArray, bounds: tuple[float, float] = UNBOUNDED) -> FloatArray:
    r"""Return the 95 % confidence interval of the mean of each row.

    With the statistic :math:`T = \sqrt n (\bar x - \mu) / s` and the sample's skewness
    :math:`\gamma`, Hall's transformation
    :math:`g(T) = T + \frac{\gamma T^2}{3 \sqrt n} + \frac{\gamma^2 T^3}{27 n} +
    \frac{\gamma}{6 \sqrt n}` is closer to Student's law than T. The interval is
    :math:`\bar x - g^{-1}(\pm t) s / \sqrt n`, with t the quantile of Student's law.

    `values`: shape (M, n); finite, with at least two values a row.
    `bounds`: where the metric ends; an interval ends there too.

    Returns
    -------
    ndarray of shape (M, 2)
        Not finite where a mean is not representable.

    Examples
    --------
    >>> [[low, high]] = mean_intervals(np.array([[1.0, 2.0, 3.0]]))
    >>> f"{low:.3f} to {high:.3f}"
    '-0.484 to 4.484'
    """
    from scipy.special import stdtrit

    n = values.shape[1]
    quantile = stdtrit(n - 1, (1 + LEVEL) / 2)
    with np.errstate(over="ignore", invalid="ignore"):  # a mean or a deviation beyond float64
        ends = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
        mean = np.clip(values.mean(axis=1, keepdims=True), *ends)  # that of equal values is theirs
        deviations = values - mean
        largest = np.abs(deviations).max(axis=1, keepdims=True)
        scaled = np.divide(deviations, largest, out=np.zeros_like(deviations), where=largest > 0)
        error = largest * np.sqrt(np.square(scaled).sum(axis=1, keepdims=True) / (n - 1) / n)
        low = high = np.full_like(mean, quantile)
        if n >= SKEWNESS_FROM:
            skewness = _skewness(scaled) / np.sqrt(n)
            low = np.maximum(low, _hall_inverse(quantile, skewness))
            high = np.maximum(high, -_hall_inverse(-quantile, skewness))
        found = np.concatenate([mean - low * error, mean + high * error], axis=1)
    return np.asarray(np.clip(found, *bounds))


def tail_for(n: int) -> float:
    r"""Return the bootstrap's share at each end, :math:`\Phi(-\sqrt{n/(n-1)}\,t_{n-1,0.975})`.

    Resamples of n values spread by a factor :math:`\sqrt{(n - 1) / n}` too little, and have no more
    than normal tails; quantiles this far out make up for both.
    """
    from scipy.special import ndtr, stdtrit

    quantile = stdtrit(n - 1, (1 + LEVEL) / 2)
    return float(ndtr(-np.sqrt(n / (n - 1)) * quantile))


def wilson_interval(count: float, n: int) -> list[float] | None:
    r"""Return Wilson's 95 % interval of the share `count` / `n`; None if n is 0.

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
    z, share = NORMAL_QUANTILE, count / n
    middle = share + z**2 / (2 * n)
    half_width = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    ends = np.array([middle - half_width, middle + half_width]) / (1 + z**2 / n)
    low, high = np.clip(ends, 0.0, 1.0)
    return 0.0 if count == 0 else float(low), 1.0 if count == n else float(high)


def _skewness(deviations: FloatArray) -> FloatArray:
    """Return each row's third central moment over its spread cubed, ``(M, n)`` to (M, 1)."""
    spread = np.square(deviations).mean(axis=1, keepdims=True)
    third = (deviations**3).mean(axis=1, keepdims=True)
    skewness: FloatArray = np.divide(third, spread**1.5, out=np.zeros_like(third), where=spread > 0)
    return skewness


def _hall_inverse(value: float, skewness: FloatArray) -> FloatArray:
    """Return where Hall's transformation has a value; `skewness` is that of the mean."""
    skewed = np.where(np.abs(skewness) < _NO_SKEWNESS, _NO_SKEWNESS, skewness)
    return np.asarray(3 / skewed * (np.cbrt(1 + skewed * (value - skewed / 6)) - 1))
