"""Statistics of a few seeds: what they are worth, said with the values themselves.

All of them rest on the values that are finite and say how many those are. What cannot be known is
None: a spread of one value, a mean of none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from initbench.arrays import FloatArray


def summarise(values: ArrayLike) -> dict[str, Any]:
    r"""Describe one number a run.

    The interval is Student's, :math:`\bar x \pm t_{n-1,\,0.975}\, s / \sqrt n`. The spread `s` is
    estimated from the same few values as the mean, and the normal law would forget that: with five
    seeds its interval is too narrow by more than a quarter. Student's speaks of the mean over
    seeds, takes their law to be roughly normal, and does not know that an accuracy ends at one.

    Parameters
    ----------
    values : array of shape (S,)
        NaN or infinite where a run has none.

    Returns
    -------
    dict
        ``n`` finite values, their ``mean``, ``std`` (of a sample), ``median`` and ``ci95`` as
        ``[low, high]``, each None where it is not defined, and all ``values``, None where not
        finite.

    References
    ----------
    Student, "The probable error of a mean", Biometrika 6 (1908).

    Examples
    --------
    >>> low, high = summarise([1.0, 2.0, 3.0])["ci95"]
    >>> f"{low:.3f} to {high:.3f}"
    '-0.484 to 4.484'
    """
    values = np.asarray(values, np.float64)
    finite = values[np.isfinite(values)]
    with np.errstate(over="ignore", invalid="ignore"):  # the square of a huge loss
        return {
            "n": len(finite),
            "mean": number_or_none(finite.mean()) if len(finite) else None,
            "std": number_or_none(finite.std(ddof=1)) if len(finite) > 1 else None,
            "median": number_or_none(np.median(finite)) if len(finite) else None,
            "ci95": _interval(finite),
            "values": [number_or_none(value) for value in values],
        }


def paired_difference(
    a: Mapping[int, float | None], b: Mapping[int, float | None]
) -> dict[str, Any]:
    """Describe how much more `a` has than `b`, seed by seed.

    With one seed both schemes see the same data, batches and underlying draws, so the difference
    of a pair varies less than the two values do.

    Parameters
    ----------
    a, b : mapping of seed to value
        None or not finite where the run has none; such seeds are left out, like those that only
        one of the two has.

    Returns
    -------
    dict
        ``mean``, ``ci95`` and ``n``, as in `summarise`.
    """
    pairs = [(a[seed], b[seed]) for seed in sorted(a.keys() & b.keys())]
    differences = [
        first - second for first, second in pairs if first is not None and second is not None
    ]
    summary = summarise(differences)
    return {name: summary[name] for name in ("mean", "ci95", "n")}


def median_reached(epochs: Sequence[float | None]) -> float | None:
    """Return the median of the epochs at which runs reached something; None: a run never did.

    A run that never did counts as later than all that did, so unless more than half of them did
    there is no median. A mean over those that did would praise a scheme for its lucky runs.

    >>> median_reached([3, 5, None])
    5.0
    >>> median_reached([3, 5, None, None]) is None
    True
    """
    times = [np.inf if epoch is None else epoch for epoch in epochs]
    return number_or_none(np.median(times)) if times else None


def number_or_none(value: float | np.floating[Any]) -> float | None:
    """Return a float as JSON can hold it: None where it is not finite."""
    return float(value) if np.isfinite(value) else None


def _interval(finite: FloatArray) -> list[float] | None:
    n = len(finite)
    if n < 2:
        return None
    mean = finite.mean()
    half_width = stdtrit(n - 1, 0.975) * finite.std(ddof=1) / np.sqrt(n)
    low, high = number_or_none(mean - half_width), number_or_none(mean + half_width)
    return None if low is None or high is None else [low, high]
