"""Final scores: every seed's test score after training, with each scheme's mean and interval."""

from math import floor
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.axes import LOWEST_SCORE, linear_ticks, named_ticks
from initbench.figures.describing import (
    cell_caption,
    chance_label,
    diverged_note,
    labels_of,
    series_of,
    settings_of,
    title_of,
)
from initbench.figures.records import Axis, Figure, Panel, Rule, Strip
from initbench.metric import metric_of
from initbench.results import Results

_EMPTY: Final = 0.5
"""Share of the axis that is left out if no score lies in it: it would squeeze the rest."""


def final_scores(results: Results, cell: int) -> Figure:
    """Build the figure of the final test score of every run.

    Where a wide stretch has no score, as between chance and the schemes that learned, the axis is
    broken there. Scores below the lowest end of the axis are drawn at that end and counted.
    """
    labels, setup = labels_of(results, cell), results.outline.cells[cell].setup
    metric = f"test_{setup.score}"
    finals = {label: results.curves(label, metric, cell)[:, -1] for label in labels}
    entries = results.metrics["cells"][cell]["inits"]
    intervals = {label: entries[label][metric]["ci95"] for label in labels}
    shown = np.concatenate(
        [
            np.array([setup.chance]),
            *finals.values(),
            *(np.array(each) for each in intervals.values() if each),
        ]
    )
    shown = shown[np.isfinite(shown)]
    notes, strips = {}, []
    for row, label in enumerate(labels):
        scores, interval = finals[label], intervals[label]
        finite = scores[np.isfinite(scores)]
        below = int((scores < LOWEST_SCORE).sum())
        beyond = f"{below} of {len(scores)} below {LOWEST_SCORE:g}" if below else ""
        notes[label] = ", ".join(filter(None, [diverged_note(~np.isfinite(scores)), beyond]))
        mean = max(float(finite.mean()), LOWEST_SCORE) if finite.size else None
        values = np.maximum(finite, LOWEST_SCORE)
        strips.append(Strip(label, row, values, mean, tuple(interval) if interval else None))
    series = series_of(results, labels, notes)
    names = tuple(
        (float(row), f"{one.name} ({one.note})" if one.note else one.name)
        for row, one in enumerate(series)
    )
    named = metric_of(metric)
    return Figure(
        name="final_scores",
        title=title_of(results, f"{named.title} after training", settings_of(results, cell)),
        panels=(
            Panel(
                _axis(metric_of(metric).axis, shown),
                Axis("", "category", ticks=names, is_reversed=True),
                (Rule(f"{chance_label(setup)}: {setup.chance:.3g}", setup.chance, "y"), *strips),
            ),
        ),
        note="Point: one seed. Diamond and line: mean and its 95 % interval.",
        caption=cell_caption(
            results,
            cell,
            f"The {named.label} after training. A point is one seed; diamond and line are the mean"
            " over seeds and its 95 % interval. Runs that diverged have no point.",
        ),
        series=series,
    )


def _axis(label: str, shown: FloatArray) -> Axis:
    """Return the axis from below the lowest score to one, broken where most of it is empty."""
    lowest = max(float(shown.min()), LOWEST_SCORE)
    low = max(floor(lowest * 10) / 10, LOWEST_SCORE if lowest < 0 else 0.0)
    margin = 0.015 * (1 - low)
    limits = (low - margin, 1 + margin)
    places = np.sort(np.clip(np.append(shown, 1.0), low, 1.0))
    gaps = np.diff(places)
    widest = int(np.argmax(gaps))
    if gaps[widest] < _EMPTY * (1 - low):
        return Axis(label, limits=limits)
    left, right = float(places[widest]), float(places[widest + 1])
    # Both sides keep a margin around their scores, wide enough for a tick's label.
    first, left_margin = float(places[0]), max(0.25 * (left - float(places[0])), margin)
    right_margin = max(0.15 * (1 - right), 0.01)
    limits = (max(first - left_margin, LOWEST_SCORE), 1 + right_margin / 2)
    break_at = (left + left_margin, right - right_margin)
    ticks = named_ticks(
        linear_ticks(limits[0], break_at[0], 1 if left - first < 0.05 else 3)
        + linear_ticks(break_at[1], limits[1], 6)
    )
    return Axis(label, limits=limits, ticks=ticks, break_at=break_at)
