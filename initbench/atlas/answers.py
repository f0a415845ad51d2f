"""Answers of the atlas: standings in a cell, and what holds across cells.

All thresholds were fixed before the first run; `docs/atlas.md` gives the reasons.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from initbench.arrays import FloatArray
from initbench.atlas.table import AtlasCell
from initbench.stats.comparisons import ALPHA, holm, paired_differences, step_of, student_p
from initbench.stats.cross_dataset import (
    critical_difference,
    factors_of,
    friedman_p,
    ranks_of,
)
from initbench.stats.intervals import mean_intervals, wilson_interval

MARGIN: Final = 0.02
"""Scores that differ by less make no practical difference."""

ROUNDING: Final = 1e-9

Verdict = Literal["leader", "equivalent", "undecided", "worse", "fails"]


@dataclass(frozen=True)
class Standing:
    """How one scheme compares with the leader of a cell.

    Attributes
    ----------
    scheme : str
    verdict : {"leader", "equivalent", "undecided", "worse", "fails"}
        ``equivalent``: the 95 % interval of the difference lies within the margin; ``worse``:
        significantly, by more than the margin; ``fails``: does not learn.
    regret : float
        The leader's mean less the scheme's.
    interval : (float, float)
        At 95 %, of the regret.
    p : float
        After Holm's correction for all comparisons with the leader.
    """

    scheme: str
    verdict: Verdict
    regret: float
    interval: tuple[float, float]
    p: float

    @property
    def is_within(self) -> bool:
        """Whether the mean is within the margin of the leader's."""
        return self.regret <= MARGIN + ROUNDING and self.verdict != "fails"


def judge(cell: AtlasCell) -> tuple[Standing, ...]:
    """Return the standing of each scheme of a cell, the leader first.

    If no scheme learns, there is no leader, and all of them fail.
    """
    rows = sorted(cell.rows, key=lambda row: -row.mean)
    best, *others = rows
    scores = [dict(enumerate(row.scores)) for row in rows]
    lead = [paired_differences(scores[0], own) for own in scores[1:]]
    step = step_of(np.array([score for row in rows for score in row.scores]))
    p = holm(student_p(np.array(lead), step)) if lead else np.zeros(0)
    ends = mean_intervals(np.array(lead), (-1.0, 1.0)) if lead else np.zeros((0, 2))
    first: Verdict = "fails" if best.failure else "leader"
    found = [Standing(best.scheme, first, 0.0, (0.0, 0.0), math.nan)]
    for place, row in enumerate(others):
        regret, (low, high) = float(lead[place].mean()), ends[place].tolist()
        verdict: Verdict = "undecided"
        if row.failure:
            verdict = "fails"
        elif max(abs(low), abs(high)) <= MARGIN:
            verdict = "equivalent"
        elif regret > MARGIN and p[place] <= ALPHA:
            verdict = "worse"
        found.append(Standing(row.scheme, verdict, regret, (low, high), float(p[place])))
    return tuple(found)


def learned(cells: Sequence[AtlasCell]) -> list[AtlasCell]:
    """Return the cells in which at least one scheme learns."""
    return [cell for cell in cells if any(not row.failure for row in cell.rows)]


def summarise_schemes(cells: Sequence[AtlasCell]) -> dict[str, dict[str, Any]]:
    """Return for each scheme, over all cells in which it is measured, its regret and its share.

    Returns
    -------
    dict
        By scheme, lowest mean regret first, but last those that are measured in less than half of
        the cells, since they were not compared in the others: ``cells``; the mean ``regret`` with
        ``ci95`` over cells, the ``worst`` regret with its ``worst_cell``; how many cells it is
        ``within`` the margin in, with ``within_ci95``, Wilson's interval of the share; and how many
        it ``fails`` in or is the ``leader`` of.
    """
    standings: dict[str, list[tuple[str, Standing]]] = {}
    cells = learned(cells)
    for cell in cells:
        for standing in judge(cell):
            standings.setdefault(standing.scheme, []).append((cell.first.cell, standing))
    found: dict[str, dict[str, Any]] = {}
    for scheme, own in standings.items():
        regrets = np.array([standing.regret for _, standing in own])
        within = sum(standing.is_within for _, standing in own)
        worst = int(np.argmax(regrets))
        found[scheme] = {
            "cells": len(own),
            "regret": float(regrets.mean()),
            "ci95": mean_intervals(regrets[np.newaxis], (0.0, 1.0))[0].tolist()
            if len(own) > 1
            else None,
            "worst": float(regrets[worst]),
            "worst_cell": own[worst][0],
            "within": within,
            "within_ci95": wilson_interval(within, len(own)),
            "fails": sum(standing.verdict == "fails" for _, standing in own),
            "leader": sum(standing.verdict == "leader" for _, standing in own),
        }

    def place(item: tuple[str, dict[str, Any]]) -> tuple[bool, float]:
        return 2 * item[1]["cells"] < len(cells), item[1]["regret"]

    return dict(sorted(found.items(), key=place))


def compare_everywhere(cells: Sequence[AtlasCell]) -> dict[str, Any] | None:
    """Return ranks and performance profiles of the schemes that are measured in every cell.

    Returns
    -------
    dict or None
        ``cells``; ``friedman_p``; ``critical_difference`` of mean ranks; and of each scheme in
        ``schemes``, by mean rank, its ``mean_rank`` and its ``factors``: sorted, its error over the
        least error of these schemes in each cell. None with fewer than two cells or schemes.
    """
    cells = learned(cells)
    common = sorted(set.intersection(*(set(cell.by_scheme) for cell in cells))) if cells else []
    if len(cells) < 2 or len(common) < 2:
        return None
    means = np.array([[cell.by_scheme[scheme].mean for scheme in common] for cell in cells])
    ranks, factors = ranks_of(means), np.sort(factors_of(1.0 - means), axis=0)
    mean_ranks = ranks.mean(axis=0)
    return {
        "cells": len(cells),
        "friedman_p": friedman_p(ranks),
        "critical_difference": critical_difference(len(common), len(cells)),
        "schemes": {
            common[place]: {
                "mean_rank": float(mean_ranks[place]),
                "factors": factors[:, place].tolist(),
            }
            for place in np.argsort(mean_ranks, kind="stable").tolist()
        },
    }


def sufficient_set(cells: Sequence[AtlasCell]) -> tuple[str, ...]:
    """Return a smallest set of schemes of which one is within the margin in every cell.

    An exact search: some scheme of the cell that the fewest schemes cover has to be chosen.
    """
    covers = [{each.scheme for each in judge(cell) if each.is_within} for cell in learned(cells)]

    def search(left: Sequence[set[str]], most: int) -> tuple[str, ...] | None:
        if not left:
            return ()
        if not most:
            return None
        hardest = min(left, key=lambda cover: (len(cover), sorted(cover)))
        gains = {name: sum(name in cover for cover in left) for name in hardest}
        for name in sorted(hardest, key=lambda name: (-gains[name], name)):
            rest = search([cover for cover in left if name not in cover], most - 1)
            if rest is not None:
                return (name, *rest)
        return None

    return next(
        found for most in range(len(covers) + 1) if (found := search(covers, most)) is not None
    )


def theory_hits(cells: Sequence[AtlasCell]) -> dict[str, Any]:
    """Return how often mean-field theory predicts which schemes learn in plain networks.

    Returns
    -------
    dict
        Counts of (cell, scheme) pairs by prediction and outcome: ``hits`` and ``pairs`` with
        ``ci95`` of the share, ``false_alarms`` (learns beyond six depth scales) and ``misses``
        (does not learn within six).
    """
    from initbench.mean_field_theory import TRAINABLE_DEPTH_SCALES

    counts = np.zeros((2, 2), int)
    for cell in learned(cells):
        for row in cell.rows:
            if row.structure == "plain" and not math.isnan(row.xi_c):
                is_trainable = row.depth <= TRAINABLE_DEPTH_SCALES * row.xi_c
                counts[int(is_trainable), int(not row.failure)] += 1
    hits, pairs = int(counts[0, 0] + counts[1, 1]), int(counts.sum())
    return {
        "hits": hits,
        "pairs": pairs,
        "ci95": wilson_interval(hits, pairs) if pairs else None,
        "false_alarms": int(counts[0, 1]),
        "misses": int(counts[1, 0]),
        "untrainable": int(counts[0].sum()),
    }


def default_rate_loss(cells: Sequence[AtlasCell], schemes: Collection[str]) -> FloatArray:
    """Return what schemes lose at the catalogue's default rate, one number for each row."""
    return np.array(
        [
            row.mean - float(np.mean(row.default_scores))
            for cell in learned(cells)
            for row in cell.rows
            if row.scheme in schemes
        ]
    )
