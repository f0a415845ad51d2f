r"""Comparisons of schemes, seed by seed, and letters that show which differ significantly.

With one seed two schemes see the same data, batches and underlying draws, so a pair of runs differs
less by chance than two runs of different seeds, and differences are what is averaged and tested.

A run that diverged counts as the worst that there is (`floor`): it loses to every run that did not.

The test asks whether the differences could as well have had the other sign, each for itself: over
all :math:`2^n` ways to choose signs where those are few, else over a sample of them. Where so few
seeds are compared that even the rarest choice could not pass Holm's correction for all pairs of a
cell, Student's paired test takes its place, which can, at the price of supposing that differences
are roughly normal. Which of the two it is depends on the number of seeds and pairs alone.

References
----------
Fisher, "The Design of Experiments" (1935), section 21, for the test by signs.
Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics
6 (1979).
Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice", NeurIPS
2021, for the probability of improvement; here runs are paired by seed.
Gramm et al., "Algorithms for compact letter displays: comparison and evaluation", Computational
Statistics & Data Analysis 52 (2007), on covering a graph by cliques.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, combinations_with_replacement
from string import ascii_lowercase
from typing import Any, Final

import numpy as np

from initbench.arrays import BoolArray, FloatArray
from initbench.stats.intervals import UNBOUNDED, wilson_interval
from initbench.stats.summaries import Bounds, floor_of, number_or_none, summarise_all

ALPHA: Final = 0.05
"""Largest probability that a cell reports a difference of schemes that do not differ."""

FEWEST: Final = 3
"""Pairs of runs below which nothing is tested: two values can agree by chance."""

EXACT_UP_TO: Final = 13
"""Seeds up to which all choices of signs are tried."""

ARRANGEMENTS: Final = 10_000
"""Choices of signs that are tried where there are more than these; the one that was seen is one."""

STEP: Final = 1e-9
"""Differences below this are of rounding, and no step of a score."""

_ROUNDING: Final = 1e-12
_ROWS: Final = 1024

Scores = Mapping[int, float | None]
"""A scheme's value by seed; None where the run diverged."""


def compare_all(
    scores: Mapping[str, Scores], bounds: Bounds
) -> tuple[list[dict[str, Any]], str | None]:
    """Compare all pairs of schemes.

    `scores`: by label; more is better. A diverged run counts as 0, or the lowest score if that is
    lower.
    `bounds`: of a mean difference.

    Returns
    -------
    comparisons : list of dict
        For each pair ``a`` and ``b``: the mean ``difference``, a's less b's, with ``ci95`` and
        ``n``; the same over seeds where ``neither_diverged``; ``wins``, ``ties`` and ``losses`` of
        a; its ``improvement``, the share of pairs that it wins with half of the ties, with
        ``ci95``; the test's ``p``, and ``p_holm``, corrected for all pairs; and whether the two are
        ``distinct`` by that.
    test : {"permutation", "student"} or None
        Which test it was; None where no pair has the seeds for any.
    """
    table, has_diverged = _table(scores)
    pairs = list(combinations(range(len(scores)), 2))
    filled = np.where(has_diverged, floor_of(table), table)
    counted = _differences(filled, pairs)
    summaries = _summaries(counted, bounds)
    sound = _summaries(_differences(table, pairs), bounds) if has_diverged.any() else summaries
    p, test = p_values(counted, step_of(table))
    adjusted = holm(p)
    labels = list(scores)
    found = [
        {
            "a": labels[a],
            "b": labels[b],
            "difference": summaries[place],
            "neither_diverged": sound[place],
            **_wins(counted[place]),
            "p": number_or_none(p[place]),
            "p_holm": number_or_none(adjusted[place]),
            "distinct": bool(adjusted[place] <= ALPHA),
        }
        for place, (a, b) in enumerate(pairs)
    ]
    return found, test


def paired_difference(
    a: Scores, b: Scores, *, floor: float | None = None, bounds: Bounds = UNBOUNDED
) -> dict[str, Any]:
    """Describe how much more `a` has than `b`, over the seeds that both have.

    `floor`: what a diverged run counts as; without, seeds of which either diverged are left out.
    `bounds`: of the mean difference.

    Returns
    -------
    dict
        ``mean``, ``std``, ``ci95`` and ``n``, as in `summarise`.
    """
    [summary] = _summaries([paired_differences(a, b, floor)], bounds)
    return summary


def paired_differences(a: Scores, b: Scores, floor: float | None = None) -> FloatArray:
    """Return the differences that `paired_difference` describes, ``(n,)``."""
    table, has_diverged = _table({"a": a, "b": b})
    filled = table if floor is None else np.where(has_diverged, floor, table)
    [differences] = _differences(filled, [(0, 1)])
    return differences


def p_values(
    differences: Sequence[FloatArray], resolution: float | FloatArray = 0.0
) -> tuple[FloatArray, str | None]:
    """Return the p-value of each set of paired differences, by random changes of their signs.

    `differences`: shape (n,); all that are to be corrected together; their lengths may differ.
    `resolution`: of all or of each, the steps in which what they are differences of moves; see
    `student_p`.

    Returns
    -------
    p : ndarray
        Two-sided, not corrected; NaN where there are fewer than three differences.
    test : {"permutation", "student"} or None
    """
    sizes = np.array([len(each) for each in differences])
    tested = sizes[sizes >= FEWEST]
    p, steps = np.full(len(sizes), np.nan), np.broadcast_to(resolution, sizes.shape)
    if not len(tested):
        return p, None
    can_pass = len(tested) / arrangements(int(tested.min())) <= ALPHA
    for n in np.unique(tested):
        places = np.flatnonzero(sizes == n)
        rows = np.array([differences[place] for place in places.tolist()])
        p[places] = permutation_p(rows) if can_pass else student_p(rows, steps[places])
    return p, "permutation" if can_pass else "student"


def arrangements(n: int) -> int:
    """Return the number of choices of signs that are tried; opposite choices count once."""
    return 2 ** (n - 1) if n <= EXACT_UP_TO else ARRANGEMENTS


def permutation_p(differences: FloatArray) -> FloatArray:
    """Return the share of choices of signs whose mean is as far from zero, ``(M, n)`` to (M,)."""
    signs = _signs(differences.shape[1])
    shares = []
    for start in range(0, len(differences), _ROWS):
        rows = differences[start : start + _ROWS]
        sums = np.abs(rows @ signs)
        rounding = _ROUNDING * np.abs(rows).sum(axis=1, keepdims=True)
        shares.append((sums >= sums[:, :1] - rounding).mean(axis=1))
    return np.concatenate(shares)


def student_p(differences: FloatArray, resolution: float | FloatArray = 0.0) -> FloatArray:
    """Return the two-sided p of the paired t-test, ``(M, n)`` to (M,).

    A score that is a share of few samples moves in steps, and a handful of differences can be equal
    by chance, as if they did not vary. What rounding to such steps adds to the variance of a
    difference, a sixth of the squared step, is therefore added to theirs.
    """
    from scipy.special import stdtr

    n = differences.shape[1]
    mean = differences.mean(axis=1)
    error = np.sqrt((differences.var(axis=1, ddof=1) + resolution**2 / 6) / n)
    certain = np.where(mean == 0, 0.0, np.inf)
    t = np.divide(np.abs(mean), error, out=certain, where=error > 0)
    return np.asarray(2 * stdtr(n - 1, -t))


def step_of(values: FloatArray) -> float:
    """Return the least difference between two values that is none of rounding; 0 without any."""
    gaps = np.diff(np.unique(values[np.isfinite(values)]))
    return float(gaps[gaps > STEP].min(initial=np.inf)) if (gaps > STEP).any() else 0.0


def holm(p: FloatArray) -> FloatArray:
    r"""Return p-values corrected for their number; NaN stays, and is not counted.

    The i-th smallest of `m`, from 0, becomes :math:`\max_{j \le i} (m - j) p_{(j)}`, at most 1.

    >>> holm(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")  # NaN last
    count = int(np.isfinite(p).sum())
    factors = count - np.arange(len(p))
    adjusted = np.full(len(p), np.nan)
    adjusted[order[:count]] = np.maximum.accumulate((factors * p[order])[:count])
    return np.asarray(np.minimum(adjusted, 1.0))


def letters(labels: Sequence[str], distinct: Collection[frozenset[str]]) -> dict[str, str]:
    """Return a compact letter display: schemes share a letter just where they are not distinct.

    Each pair that does not differ significantly and has no common letter yet gets a new one,
    together with all labels that differ significantly from none in its group.

    `labels`: best first: the first has an ``a``.
    `distinct`: pairs that differ significantly.

    Examples
    --------
    >>> letters(["he", "lecun", "zeros"], [frozenset({"he", "zeros"})])
    {'he': 'a', 'lecun': 'ab', 'zeros': 'b'}
    """
    distinct_pairs = set(distinct)
    groups: list[list[str]] = []
    covered: set[frozenset[str]] = set()
    for pair in map(frozenset, combinations_with_replacement(labels, 2)):
        if pair in covered or pair in distinct_pairs:
            continue
        group = [label for label in labels if label in pair]
        for label in labels:
            if label not in pair and not any(
                frozenset({label, x}) in distinct_pairs for x in group
            ):
                group.append(label)
        groups.append(group)
        covered |= set(map(frozenset, combinations_with_replacement(group, 2)))
    names = dict.fromkeys(labels, "")
    for index, group in enumerate(groups):
        turn, place = divmod(index, len(ascii_lowercase))  # after z comes a2
        for label in group:
            names[label] += f"{ascii_lowercase[place]}{turn + 1 if turn else ''}"
    return names


def _table(scores: Mapping[str, Scores]) -> tuple[FloatArray, BoolArray]:
    """Return values of all schemes by seed, NaN where there is none, and which runs diverged."""
    seeds = sorted({seed for of_scheme in scores.values() for seed in of_scheme})
    rows = [[of_scheme.get(seed, np.nan) for seed in seeds] for of_scheme in scores.values()]
    has_diverged = np.array([[value is None for value in row] for row in rows], bool)
    table = np.array(rows, np.float64).reshape(len(rows), len(seeds))
    return table, has_diverged.reshape(table.shape)


def _differences(table: FloatArray, pairs: Sequence[tuple[int, int]]) -> list[FloatArray]:
    """Return the differences of each pair of rows over the columns where both have a value."""
    first, second = np.array(pairs, np.intp).reshape(-1, 2).T
    found = table[first] - table[second]
    return [row[known] for row, known in zip(found, np.isfinite(found), strict=True)]


def _summaries(differences: Sequence[FloatArray], bounds: Bounds) -> list[dict[str, Any]]:
    described = summarise_all([(each, bounds) for each in differences])
    return [{name: each[name] for name in ("mean", "std", "ci95", "n")} for each in described]


def _wins(differences: FloatArray) -> dict[str, Any]:
    n = len(differences)
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    ties = n - wins - losses
    won = wins + ties / 2
    return {
        "wins": wins,
        "ties": ties,
        "losses": losses,
        "improvement": {"mean": won / n if n else None, "ci95": wilson_interval(won, n)},
    }


@lru_cache(maxsize=8)
def _signs(n: int) -> FloatArray:
    """Return choices of signs, ``(n, A)``; the first is the one that was seen."""
    if n <= EXACT_UP_TO:
        choices = np.arange(2 ** (n - 1))
        bits = choices >> np.arange(n)[:, np.newaxis] & 1  # the last is 0: opposites are one
    else:
        bits = np.random.default_rng(n).integers(0, 2, (n, ARRANGEMENTS))
        bits[:, 0] = 0
    return 1.0 - 2.0 * bits
