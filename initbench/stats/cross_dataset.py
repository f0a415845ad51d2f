r"""Comparisons of schemes over many cells, in which each cell has the same weight.

A score cannot be averaged over data sets that differ in difficulty. Ranks, factors and normalised
scores can be compared:

- the *rank* of a scheme in each cell, 1 the best, equals sharing the middle of their places;
- the *factor* by which its error (one less the score) exceeds the least error of any scheme there,
  of which a performance profile shows the share of cells up to each :math:`\tau`;
- the *normalised score*, 0 for the baseline and 1 for a perfect score, of which the
  interquartile mean is taken over all runs of all cells, with an interval by resampling runs within
  each cell.

The critical difference is the smallest difference of mean ranks that is significant by Nemenyi's
test, :math:`q_\alpha \sqrt{k (k + 1) / 6 N}` for `k` schemes in `N` cells. The test assumes that
cells are independent data sets; settings of one sweep are not independent.

References
----------
Demšar, "Statistical comparisons of classifiers over multiple data sets", JMLR 7 (2006).
Dolan, Moré, "Benchmarking optimization software with performance profiles", Mathematical
Programming 91 (2002).
Agarwal et al., "Deep reinforcement learning at the edge of the statistical precipice", NeurIPS
2021.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import permutations
from math import factorial
from operator import add
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.stats.comparisons import ALPHA
from initbench.stats.summaries import interquartile_mean, numbers_or_none

RESAMPLES: Final = 1000

PERMUTATIONS: Final = 10_000
"""Random orders of the ranks of a table that is too large to try all."""

MOST_ORDERED: Final = 6
MOST_STATES: Final = 50_000
"""Schemes, and sets of rank sums times orders, up to which Friedman's p-value is exact."""

CellScores = Mapping[str, FloatArray]
"""The scores of one cell by scheme, each ``(S,)``, with what a diverged run counts as."""


def describe_across(cells: Sequence[CellScores], chances: Sequence[float]) -> dict[str, Any] | None:
    """Describe schemes over the cells in which all of them have runs.

    `cells`: shape (S,).
    `chances`: the baseline in each: the score of the best constant prediction.

    Returns
    -------
    dict or None
        None with fewer than two such cells or two schemes. Else how many ``cells``; ``friedman_p``,
        the p-value of Friedman's test; the ``critical_difference``; and of each
        scheme in ``inits`` its ``mean_rank``, its ``factors``, sorted, None where they are
        infinite, and ``iqm`` with ``ci95``.
    """
    whole = [place for place, cell in enumerate(cells) if all(map(len, cell.values()))]
    labels = list(cells[0]) if cells else []
    if len(whole) < 2 or len(labels) < 2:
        return None
    means = np.array([[cells[place][label].mean() for label in labels] for place in whole])
    ranks, factors = ranks_of(means), factors_of(1 - means)
    normalised = {
        label: [
            np.clip((cells[place][label] - chances[place]) / (1 - chances[place]), 0.0, 1.0)
            for place in whole
        ]
        for label in labels
    }
    return {
        "cells": len(whole),
        "friedman_p": friedman_p(ranks),
        "critical_difference": critical_difference(len(labels), len(whole)),
        "inits": {
            label: {
                "mean_rank": float(ranks[:, place].mean()),
                "factors": numbers_or_none(np.sort(factors[:, place])),
                **stratified_iqm(normalised[label]),
            }
            for place, label in enumerate(labels)
        },
    }


def ranks_of(scores: FloatArray) -> FloatArray:
    """Return ranks within each row, 1 for the highest; equals share the middle, (N, k) to (N, k).

    >>> ranks_of(np.array([[0.9, 0.5, 0.9]])).tolist()
    [[1.5, 3.0, 1.5]]
    """
    mine, others = scores[:, :, np.newaxis], scores[:, np.newaxis, :]
    return np.asarray(0.5 + (others > mine).sum(axis=2) + (others == mine).sum(axis=2) / 2)


def factors_of(costs: FloatArray) -> FloatArray:
    """Return each cost over the least of its row, ``(N, k)``: infinite over a least of zero.

    >>> factors_of(np.array([[0.1, 0.2], [0.0, 0.1]])).tolist()
    [[1.0, 2.0], [1.0, inf]]
    """
    least = costs.min(axis=1, keepdims=True)
    beyond = np.where(costs > least, np.inf, 1.0)
    return np.asarray(np.divide(costs, least, out=beyond, where=least > 0))


def friedman_p(ranks: FloatArray) -> float:
    r"""Return the p-value of Friedman's test that all schemes have the same mean rank.

    If schemes do not differ, every order of the ranks within a cell is equally likely. The p-value
    is the share of all :math:`k!^N` orders for which the mean ranks differ by as much, measured by
    the sum of their squares. It is exact where the table is small, and counted over `PERMUTATIONS`
    random orders, the observed one among them, where it is not; either way it is at most 0.05 in
    at most 5 % of tables of schemes that do not differ.

    `ranks`: shape (N, k); of each scheme in each cell; ties share the mean of their ranks.

    References
    ----------
    Friedman, "The use of ranks to avoid the assumption of normality implicit in the analysis of
    variance", Journal of the American Statistical Association 32 (1937).

    Examples
    --------
    >>> friedman_p(np.array([[1.0, 2.0], [1.0, 2.0]]))
    0.5
    """
    doubled = np.rint(2 * ranks).astype(np.int64)  # whole numbers, also where ranks are tied
    observed = int(np.square(doubled.sum(axis=0)).sum())
    shares = _rank_sum_shares(doubled)
    if shares is not None:
        return sum(share for sums, share in shares.items() if sum(s * s for s in sums) >= observed)
    rng = np.random.default_rng(doubled.shape)
    sums = np.zeros((PERMUTATIONS, doubled.shape[1]), np.int64)
    for row in doubled:
        sums += rng.permuted(np.broadcast_to(row, sums.shape), axis=1)
    sums[0] = doubled.sum(axis=0)
    return float((np.square(sums).sum(axis=1) >= observed).mean())


def _rank_sum_shares(ranks: IntArray) -> dict[tuple[int, ...], float] | None:
    """Return how likely each set of rank sums is, in order of size; None if there are too many.

    Cells are added one by one. As all orders of the next cell are equally likely, only the sorted
    sums matter, which keeps their number small.
    """
    if ranks.shape[1] > MOST_ORDERED:
        return None
    shares = {tuple([0] * ranks.shape[1]): 1.0}
    for row in ranks.tolist():
        orders = Counter(permutations(row))
        if len(orders) * len(shares) > MOST_STATES:
            return None
        following: dict[tuple[int, ...], float] = defaultdict(float)
        for sums, share in shares.items():
            for order, count in orders.items():
                key = tuple(sorted(map(add, sums, order)))
                following[key] += share * count / factorial(len(row))
        shares = dict(following)
    return shares


def critical_difference(k: int, cells: int) -> float:
    """Return the critical difference of the mean ranks of `k` schemes over so many cells."""
    return studentised_range(k) * math.sqrt(k * (k + 1) / (12 * cells))


def studentised_range(k: int) -> float:
    r"""Return the range that `k` standard normal values exceed with probability `ALPHA`.

    The range is below `q` with probability
    :math:`k \int \varphi(z) (\Phi(z) - \Phi(z - q))^{k-1} dz`.

    >>> round(studentised_range(3) / 2**0.5, 3)
    2.344
    """
    from scipy.special import ndtr

    z = np.linspace(-9, 9, 3601)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    low, high = 0.0, 20.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        below = k * np.trapezoid(density * (ndtr(z) - ndtr(z - middle)) ** (k - 1), z)
        low, high = (middle, high) if below < 1 - ALPHA else (low, middle)
    return high


def stratified_iqm(strata: Sequence[FloatArray]) -> dict[str, Any]:
    """Return the ``iqm`` over all values of all strata, and its percentile interval ``ci95``.

    Each resample draws from each stratum as many values as it has.
    """
    rng = np.random.default_rng(len(strata))
    resampled = [
        values[rng.integers(0, len(values), (RESAMPLES, len(values)))] for values in strata
    ]
    means = interquartile_mean(np.sort(np.concatenate(resampled, axis=1), axis=1))
    low, high = np.quantile(means, [0.025, 0.975])
    middle = interquartile_mean(np.sort(np.concatenate(strata)))
    return {"iqm": float(middle), "ci95": [float(low), float(high)]}
