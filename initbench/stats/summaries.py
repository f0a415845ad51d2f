"""Summary statistics of the values of a few seeds.

All of them rest on the values that are finite and say how many those are. What cannot be known is
None: a spread of one value, a mean of none.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from initbench.arrays import FloatArray
from initbench.stats.intervals import UNBOUNDED, mean_intervals

Summary = dict[str, Any]

Bounds = tuple[float, float]

FEWEST_FOR_CAUTION: Final = 5
"""Values below which ties and gaps say nothing of the law that they are from."""

APART: Final = 8.0
"""Half a percent of normal samples of five have such a gap, and fewer of larger ones."""

TRIMMED: Final = 0.25
"""Share of the values that the interquartile mean leaves out at each end."""


def summarise(values: ArrayLike, bounds: Bounds = UNBOUNDED) -> Summary:
    """Return summary statistics of the values of all runs, one value a run.

    `values`: shape (S,); NaN or infinite where a run has none.
    `bounds`: what a mean of them can be at all.

    Returns
    -------
    dict
        ``n`` finite values, their ``mean``, ``std`` (of a sample), ``median``, ``iqm`` (the mean of
        the middle half), ``min``, ``max`` and ``ci95``, the interval of the mean as
        ``[low, high]`` (`mean_intervals`), each None where it is not defined; ``caution``, why the
        interval is not to be trusted or absent (`caution`); and all ``values``, None where not
        finite.

    Examples
    --------
    >>> summary = summarise([1, 2, 3, 4, 100])
    >>> summary["mean"], summary["median"], summary["iqm"]
    (22.0, 3.0, 3.0)
    >>> summary["caution"], summary["ci95"]
    ('mixture', None)
    """
    [summary] = summarise_all([(np.asarray(values, np.float64), bounds)])
    return summary


def summarise_all(samples: Sequence[tuple[FloatArray, Bounds]]) -> list[Summary]:
    """Summarise many samples at once, as `summarise` does one."""
    finite = [values[np.isfinite(values)] for values, _ in samples]
    alike: dict[tuple[int, Bounds], list[int]] = {}
    for place, (_, bounds) in enumerate(samples):
        alike.setdefault((len(finite[place]), bounds), []).append(place)
    summaries: list[Summary] = [{} for _ in samples]
    for (n, bounds), places in alike.items():
        stacked = np.array([finite[place] for place in places]).reshape(len(places), n)
        for place, described in zip(places, _describe(stacked, bounds), strict=True):
            summaries[place] = {**described, "values": numbers_or_none(samples[place][0])}
    return summaries


def numbers_or_none(values: FloatArray) -> list[float | None]:
    """Return numbers for JSON, None where one is not finite."""
    listed: list[float | None] = values.tolist()
    if np.isfinite(values).all():
        return listed
    return [number_or_none(value) for value in values]


def number_or_none(value: float | np.floating[Any]) -> float | None:
    """Return a float for JSON, None where it is not finite."""
    return float(value) if np.isfinite(value) else None


def interval_or_none(ends: Sequence[float | None]) -> list[float] | None:
    """Return an interval for JSON, None if an end is None."""
    low, high = ends
    return None if low is None or high is None else [low, high]


def floor_of(scores: FloatArray) -> float:
    """Return what the score of a diverged run counts as: 0, or the lowest score if that is lower.

    A scheme must gain nothing by losing its bad runs. Scores of diverged runs are not finite.

    >>> floor_of(np.array([0.9, np.nan])), floor_of(np.array([0.4, -2.0, np.nan]))
    (0.0, -2.0)
    """
    return float(scores.min(where=np.isfinite(scores), initial=0.0))


def with_floor(scores: FloatArray, floor: float) -> FloatArray:
    """Return scores in which each diverged run has the value of `floor_of`."""
    return np.where(np.isfinite(scores), scores, floor)


def caution(ordered: FloatArray) -> str | None:
    """Say why no interval of a mean can be relied on for these values.

    `ordered`: shape (n,); sorted.

    Returns
    -------
    {"equal", "tied", "mixture"} or None
        ``equal``: all values are one, so that nothing is known of how they vary. ``tied``: more
        than two thirds of five or more are one value and the others differ. ``mixture``: of five or
        more, some lie apart from the others by more than `APART` times what either group spans and
        the least difference of two values, as where training fails for some seeds. Of the latter
        two there is no interval: samples of such laws often miss the rarer outcome, and no interval
        could know of it.

    Examples
    --------
    >>> caution(np.array([0.5, 0.5, 0.94, 0.95, 0.95, 0.96]))
    'mixture'
    """
    n = len(ordered)
    if n < 2:
        return None
    if ordered[0] == ordered[-1]:
        return "equal"
    if n < FEWEST_FOR_CAUTION:
        return None
    most = 2 * n // 3
    if (ordered[most:] == ordered[: n - most]).any():
        return "tied"
    low, high = groups_of(ordered)
    gaps = np.diff(ordered)
    step = gaps[gaps > 0].min()  # a coarse score, such as a share of few samples, moves in steps
    return "mixture" if high[0] - low[-1] > APART * max(np.ptp(low), np.ptp(high), step) else None


def groups_of(ordered: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return sorted values below and above their widest gap.

    >>> [group.tolist() for group in groups_of(np.array([0.5, 0.94, 0.95, 0.97]))]
    [[0.5], [0.94, 0.95, 0.97]]
    """
    cut = int(np.diff(ordered).argmax()) + 1
    return ordered[:cut], ordered[cut:]


def interquartile_mean(ordered: FloatArray) -> FloatArray:
    """Return the mean of the middle half of each row's ordered values, ``(…, n)`` to (…).

    Of a quarter that is not whole, what is over stays in.
    """
    cut = int(TRIMMED * ordered.shape[-1])
    return np.asarray(ordered[..., cut : ordered.shape[-1] - cut].mean(axis=-1))


def _describe(values: FloatArray, bounds: Bounds) -> list[Summary]:
    """Describe samples of one size, ``(M, n)``, their values aside."""
    n = values.shape[1]
    if not n:
        names = ("mean", "std", "median", "iqm", "min", "max", "ci95", "caution")
        nothing = dict.fromkeys(names)
        return [{"n": 0, **nothing} for _ in values]
    ordered = np.sort(values, axis=1)
    with np.errstate(over="ignore", invalid="ignore"):  # the square of a huge loss
        columns = {
            "mean": values.mean(axis=1),
            "std": values.std(axis=1, ddof=1) if n > 1 else np.full(len(values), np.nan),
            "median": np.median(ordered, axis=1),
            "iqm": interquartile_mean(ordered),
            "min": ordered[:, 0],
            "max": ordered[:, -1],
        }
    intervals = mean_intervals(values, bounds) if n > 1 else np.full((len(values), 2), np.nan)
    cautions = [caution(row) for row in ordered]
    rows = zip(
        *map(numbers_or_none, columns.values()),
        map(numbers_or_none, intervals),
        cautions,
        strict=True,
    )
    return [
        {
            "n": n,
            **dict(zip(columns, numbers, strict=True)),
            "ci95": None if why in {"tied", "mixture"} else interval_or_none(ends),
            "caution": why,
        }
        for *numbers, ends, why in rows
    ]
