"""Statistics over seeds: what is finite is summed up, and how many that were is said.

Intervals are Student's t, which needs no resampling, is exact for normal errors, and is the same
on every machine. One value has no interval.
"""

from typing import TypeAlias

import numpy as np
from scipy.special import stdtrit

from initbench.arrays import FloatArray

Number: TypeAlias = float | None
Summary: TypeAlias = dict[str, object]

CONFIDENCE = 0.95


def summarise(values: FloatArray) -> Summary:
    """Sum up one number a seed.

    Parameters
    ----------
    values : ndarray of shape (S,)
        Not finite where the run diverged.

    Returns
    -------
    dict
        ``n``, ``mean``, ``std`` (of the sample), ``median`` and ``ci95`` of the finite values, None
        where there are too few, and ``values``, None where not finite.
    """
    finite = values[np.isfinite(values)]
    enough = len(finite) > 1
    return {
        "n": len(finite),
        "mean": float(finite.mean()) if len(finite) else None,
        "std": float(finite.std(ddof=1)) if enough else None,
        "median": float(np.median(finite)) if len(finite) else None,
        "ci95": mean_interval(finite) if enough else None,
        "values": [number(value) for value in values],
    }


def difference(a: FloatArray, b: FloatArray) -> Summary:
    """Sum up a - b, both ``(S,)``, over the seeds where both are finite.

    Returns
    -------
    dict
        ``n``, ``mean`` and ``ci95``.
    """
    differences = (a - b)[np.isfinite(a) & np.isfinite(b)]
    return {
        "n": len(differences),
        "mean": float(differences.mean()) if len(differences) else None,
        "ci95": mean_interval(differences) if len(differences) > 1 else None,
    }


def mean_interval(values: FloatArray) -> list[float]:
    """Return the 95 % t interval of the mean of at least two finite values, ``[low, high]``."""
    count = len(values)
    quantile = stdtrit(count - 1, (1 + CONFIDENCE) / 2)
    halfwidth = float(quantile * values.std(ddof=1) / np.sqrt(count))
    mean = float(values.mean())
    return [mean - halfwidth, mean + halfwidth]


def number(value: float) -> Number:
    """Return a float, or None where it is not finite: JSON has neither NaN nor infinity."""
    return float(value) if np.isfinite(value) else None
