"""Summaries over many cells: mean ranks, and performance profiles."""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.describing import grouped, series_of, summary_caption, title_of
from initbench.figures.records import Axis, Figure, Line, Panel, Strip
from initbench.metric import metric_of
from initbench.results import Results
from initbench.results.metrics import reported_cells

FEWEST_CELLS: Final = 8
"""Cells from which on there is a performance profile: fewer make steps of more than an eighth."""

_LARGEST_FACTOR: Final = 100.0
"""Where the axis of factors ends at the latest."""


def has_ranks(results: Results) -> bool:
    """Tell whether schemes are ranked over several cells."""
    return len(reported_cells(results.outline)) > 1 and bool(results.metrics["across"])


def has_profile(results: Results) -> bool:
    """Tell whether there are enough cells for a performance profile."""
    return has_ranks(results) and len(reported_cells(results.outline)) >= FEWEST_CELLS


def mean_ranks(results: Results) -> Figure:
    """Build the figure of each scheme's mean rank with half the critical difference each way."""
    across = results.metrics["across"]
    ranks = {label: across["inits"][label]["mean_rank"] for label in results.outline.labels}
    half, count = across["critical_difference"] / 2, len(ranks)
    ordered = sorted(ranks, key=ranks.__getitem__)
    series = series_of(results, ordered)
    strips = tuple(
        Strip(
            label,
            row,
            np.zeros(0),
            ranks[label],
            (max(ranks[label] - half, 1.0), min(ranks[label] + half, float(count))),
        )
        for row, label in enumerate(ordered)
    )
    rows = tuple((float(row), label) for row, label in enumerate(ordered))
    places = np.unique(np.linspace(1, count, min(count, 10)).round().astype(int)).tolist()
    return Figure(
        name="mean_ranks",
        title=title_of(results, "Mean ranks over all cells"),
        panels=(
            Panel(
                Axis(
                    "Mean rank (1 is the best)",
                    limits=(1.0, float(count)),
                    ticks=tuple((float(place), str(place)) for place in places),
                ),
                Axis("", "category", ticks=rows, is_reversed=True),
                strips,
            ),
        ),
        note=f"Point: mean rank over {across['cells']} cells. Line: half of the critical"
        f" difference, {2 * half:.2f}, to either side; schemes whose lines overlap do not"
        " differ significantly (Nemenyi, 5 %).",
        caption=summary_caption(
            results,
            "The mean rank of each scheme over all cells, 1 the best, with half of the critical"
            f" difference, {2 * half:.2f}, to either side: schemes whose lines overlap do not"
            " differ significantly (Nemenyi, 5 %).",
        ),
        series=series,
    )


def performance_profile(results: Results) -> Figure:
    """Build the figure of the share of cells in which a scheme is within a factor of the best."""
    across, score = results.metrics["across"], results.outline.cells[0].setup.score
    factors = {
        label: np.array([np.inf if x is None else x for x in across["inits"][label]["factors"]])
        for label in results.outline.labels
    }
    known = np.concatenate(list(factors.values()))
    known = known[np.isfinite(known)]
    end = float(np.clip(1.05 * known.max(initial=1.0), 1.5, _LARGEST_FACTOR))
    ticks = tuple((x, f"{x:g}") for x in (1.0, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100) if x <= end)
    metric, series = metric_of(f"test_{score}"), series_of(results, factors)
    return Figure(
        name="performance_profile",
        title=title_of(results, "Distance to the best scheme of each cell"),
        panels=tuple(
            Panel(
                Axis("Factor τ: error over the least error", "log", (1.0, end), ticks),
                Axis("Share of cells within τ", limits=(0.0, 1.02)),
                tuple(_steps(one.name, factors[one.name], end) for one in group),
            )
            for group in grouped(series)
        ),
        note=f"Error: 1 less the {metric.label}. Higher is better; at τ = 1: share of cells where a"
        " scheme is the best.",
        caption=summary_caption(
            results,
            f"The share of cells in which a scheme's error, 1 less the {metric.label}, is within a"
            " factor τ of the least error of any scheme. Higher is better; at τ = 1 it is how often"
            " the scheme is the best.",
        ),
        series=series,
    )


def _steps(label: str, factors: FloatArray, end: float) -> Line:
    known = np.sort(factors[np.isfinite(factors) & (factors <= end)])
    shares = np.arange(len(known) + 1) / len(factors)
    return Line(
        label,
        np.concatenate([[1.0], known, [end]]),
        np.concatenate([shares, shares[-1:]]),
        style="steps",
    )
