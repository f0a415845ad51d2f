"""Figures of the training runs of one cell: learning curves, final scores, statistics of layers.

A run that diverges leaves the quartiles at that point and does not return.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Final

import numpy as np

from initbench.arrays import BoolArray, FloatArray, IntArray
from initbench.figures.axes import (
    LOG_FROM,
    LOWEST_SCORE,
    evenly,
    linear_ticks,
    loss_axis,
    middle_edges,
    named_ticks,
    rank_axis,
    size_axis,
)
from initbench.figures.describing import (
    cell_caption,
    chance_label,
    diverged_note,
    grouped,
    labels_of,
    loss_label,
    series_of,
    settings_of,
    title_of,
)
from initbench.figures.palette import MOST_BANDS
from initbench.figures.records import Axis, ColourScale, Figure, Line, Map, Panel, Rule, Strip
from initbench.formatting import listing, printable
from initbench.metric import LAYER_PREFIX, SHARPNESS, STABLE_SHARPNESS, metric_of
from initbench.results import Results
from initbench.results.store import Records

_POINTS: Final = 6000
"""Epochs to draw, over all schemes: more cannot be distinguished, and would fill an SVG."""

_EMPTY: Final = 0.5
"""Share of the axis that is left out if no score lies in it: it would squeeze the rest."""

_DEEPEST: Final = 1e12
"""Factor below the largest value that colours on a log scale reach down to."""

_EPOCHS: Final = 400
"""Points in time to draw."""

_TITLES: Final = {
    "train": "Training part",
    "validation": "Validation part",
    "test": "Test part",
}
"""Titles of the panels by the part of the data, in the order of the panels."""


@dataclass(frozen=True)
class Quartiles:
    """Quartiles of a scheme's curves."""

    # low, median, high: shape (T,): over the runs that are finite up to that point; NaN where there
    # is none
    low: FloatArray
    median: FloatArray
    high: FloatArray
    # shape (S,): points before each run is not finite, epoch 0 among them; T where it always is
    lengths: IntArray

    @property
    def diverged(self) -> BoolArray:
        """Which runs end before the last point."""
        return self.lengths < len(self.median)

    @property
    def departures(self) -> IntArray:
        """Points at which at least one run is seen for the last time."""
        return np.unique(self.lengths[self.diverged & (self.lengths > 0)]) - 1


def quartiles_of(curves: FloatArray) -> Quartiles:
    """Return the quartiles of the curves ``(S, T)`` of a scheme's runs."""
    sound = np.logical_and.accumulate(np.isfinite(curves), axis=1)
    survivors = sound.sum(axis=0)
    ordered = np.sort(np.where(sound, curves, np.inf), axis=0)
    quartiles = np.full((3, curves.shape[1]), np.nan)
    for count in np.unique(survivors[survivors > 0]):
        here = survivors == count
        quartiles[:, here] = np.quantile(ordered[:count, here], (0.25, 0.5, 0.75), axis=0)
    low, median, high = quartiles
    return Quartiles(low, median, high, lengths=sound.sum(axis=1))


def loss_curves(results: Results, cell: int) -> Figure:
    """Build the figure of the mean loss per epoch on each part of the data, on one axis of losses.

    More schemes than there are colours have a row of panels for each group of ten.
    """
    return _curves(results, cell, "loss")


def score_curves(results: Results, cell: int) -> Figure:
    """Build the figure of the score per epoch on each part of the data, with the baseline."""
    return _curves(results, cell, results.outline.cells[cell].setup.score)


def has_sharpness(results: Results, cell: int) -> bool:
    """Return whether all runs of a cell recorded the sharpness."""
    return all(SHARPNESS in run for run in _runs(results, cell))


def sharpness_curves(results: Results, cell: int) -> Figure:
    """Build the figure of the sharpness per epoch, with the largest at which all runs are stable.

    That is 2 / learning rate for gradient descent. There is no such line where the rates differ.
    """
    return _curves(results, cell, SHARPNESS)


def _curves(results: Results, cell: int, quantity: str) -> Figure:
    labels, epochs = labels_of(results, cell), results.epochs(cell)
    setup = results.outline.cells[cell].setup
    names = {part: f"{part}_{quantity}" for part in _TITLES if part in setup.parts}
    if quantity == SHARPNESS:
        names = {"train": SHARPNESS}
    parts = list(names)
    quartiles = {
        part: {label: quartiles_of(results.curves(label, name, cell)) for label in labels}
        for part, name in names.items()
    }
    every = [one for part in quartiles.values() for one in part.values()]
    metric = metric_of(quantity)
    shown = [line for one in every for line in (one.median, one.low, one.high)]
    rules: tuple[Rule, ...] = ()
    kind, subject, reached = "score", f"The {metric.label}", ""
    if quantity == "loss":
        y, title = loss_axis(loss_label(setup), shown), "Loss"
        kind, subject = "loss", "Mean loss"
    elif quantity == SHARPNESS:
        y, title = size_axis(metric.title, shown), metric.title
        kind, subject = SHARPNESS, "The sharpness, the largest eigenvalue of the loss's Hessian,"
        stable = np.unique([run.get(STABLE_SHARPNESS, np.nan) for run in _runs(results, cell)])
        if len(stable) == 1 and np.isfinite(stable).all():
            y = size_axis(metric.title, [*shown, stable])
            rules = (Rule(metric_of(STABLE_SHARPNESS).label, float(stable[0])),)
            reached = _reached(quartiles["train"], float(stable[0]))
    else:
        y, title = Axis(metric.title, limits=(0.0, 1.02) if setup.classes else None), metric.title
        rules = (Rule(chance_label(setup), setup.chance),)
    notes = {
        label: _note([quartiles[part][label] for part in parts], y if quantity == "loss" else None)
        for label in labels
    }
    series = series_of(results, labels, notes)
    most = max(_POINTS // max(len(labels), 1), 100)
    drawn = evenly(len(epochs), most)
    ends = (float(epochs[0]), float(epochs[-1]))
    x = Axis("Epoch", limits=ends) if len(epochs) > 1 else Axis("Epoch", ticks=((0.0, "0"),))
    groups = grouped(series)
    panels = []
    for group in groups:
        has_band = len(group) <= MOST_BANDS
        for part in parts:
            lines = []
            for one in group:
                found = quartiles[part][one.name]
                kept = np.union1d(drawn, found.departures)
                lines.append(
                    Line(
                        one.name,
                        epochs[kept],
                        found.median[kept],
                        found.low[kept] if has_band else None,
                        found.high[kept] if has_band else None,
                        is_marked=len(epochs) == 1,
                        crosses=np.searchsorted(kept, found.departures),
                    )
                )
            panels.append(Panel(x, y, (*rules, *lines), _TITLES[part]))
    note = "Line: median over the seeds."
    if min(map(len, groups)) <= MOST_BANDS:
        note += " Band: from the lower to the upper quartile."
    if any(one.departures.size for one in every):
        note += " Cross: a run diverges."
    named = listing([f"on the {_TITLES[part].lower()}" for part in parts])
    return Figure(
        name=f"{kind}_curves",
        title=title_of(results, title, settings_of(results, cell)),
        panels=tuple(panels),
        note=note,
        caption=cell_caption(
            results,
            cell,
            f"{subject} per epoch {named}. Lines are medians over seeds, bands lie between the"
            f" quartiles, and a cross marks where a run diverged.{reached}",
        ),
        series=series,
        columns=len(parts),
    )


def _runs(results: Results, cell: int) -> list[Records]:
    """Return the arrays of all runs of a cell."""
    return [
        results.run(label, seed, cell)
        for label in labels_of(results, cell)
        for seed in results.seeds(label, cell)
    ]


def _reached(quartiles: Mapping[str, Quartiles], limit: float) -> str:
    """Return where the sharpness begins and ends, as shares of the largest that is stable."""
    shares = [
        f"{printable(label)} from {one.median[0] / limit:.2f} to {one.median[-1] / limit:.2f}"
        for label, one in quartiles.items()
        if np.isfinite(one.median[-1])
    ]
    above = f" Above the dashed line, {limit:.4g}, steps are unstable on a quadratic loss."
    return f"{above} Of this limit, the median goes {listing(shares)}." if shares else above


def _note(quartiles: Sequence[Quartiles], losses: Axis | None) -> str:
    """Return what the legend says beside a scheme: runs that diverged, and losses off the axis."""
    notes = [diverged_note(np.logical_or.reduce([one.diverged for one in quartiles]))]
    medians = np.concatenate([one.median for one in quartiles])
    finite = medians[np.isfinite(medians)]
    if losses is not None and losses.limits and finite.size and finite.min() > losses.limits[1]:
        notes.append("beyond the scale")
    return ", ".join(filter(None, notes))


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
                _score_axis(metric_of(metric).axis, shown),
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


def _score_axis(label: str, shown: FloatArray) -> Axis:
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


def layer_statistics(results: Results, cell: int) -> list[str]:
    """Return the names of the figures of layer statistics that a cell has, in order."""
    runs = _runs(results, cell)
    names = {name for run in runs[:1] for name in run if name.startswith(LAYER_PREFIX)}
    return sorted(name for name in names if all(name in run for run in runs))


def layer_map(results: Results, cell: int, array: str) -> Figure:
    """Build the figure of one statistic: a map of layers over epochs for each scheme."""
    metric = metric_of(array.removeprefix(LAYER_PREFIX))
    labels, epochs = labels_of(results, cell), results.epochs(cell)
    shown = evenly(len(epochs), _EPOCHS)
    edges = middle_edges(epochs[shown]) if len(shown) > 1 else epochs[0] + np.array([-0.5, 0.5])
    medians: dict[str, FloatArray] = {}
    for label in labels:
        values = results.curves(label, array, cell)[:, shown]
        values = np.where(np.isfinite(values), values, np.nan)
        known = np.isfinite(values).any(axis=0)
        medians[label] = np.full(values.shape[1:], np.nan)
        if known.any():
            medians[label][known] = np.nanmedian(values[:, known], axis=0)
    count = medians[labels[0]].shape[1]
    x = Axis("Epoch", limits=(float(edges[0]), float(edges[-1])))
    y = replace(rank_axis("Layer", count), is_reversed=True)  # the first layer on top
    flat = np.concatenate([each.ravel() for each in medians.values()])
    is_share = array.endswith("fraction")
    return Figure(
        name=array,
        title=title_of(results, f"{metric.title} of each layer", settings_of(results, cell)),
        panels=tuple(
            Panel(x, y, (Map(edges, np.arange(count + 1) + 0.5, values.T),), label)
            for label, values in medians.items()
        ),
        note="Median over the seeds that have not diverged.",
        caption=cell_caption(
            results,
            cell,
            f"The {metric.label} of each layer, the first on top, over the epochs of training: the"
            " median over seeds that have not diverged. All panels share one scale.",
        ),
        colours=_scale(metric.title, flat[np.isfinite(flat)], is_share=is_share),
    )


def _scale(label: str, values: FloatArray, *, is_share: bool) -> ColourScale:
    """Return the colours of values, on a log scale where they differ by orders of magnitude."""
    low, high, is_log = 0.0, 1.0, False
    if values.size and not is_share:
        low, high = float(values.min()), float(values.max())
        positive = values[values > 0]
        is_log = low >= 0 and bool(positive.size) and high > LOG_FROM * float(positive.min())
        if is_log:
            low = max(float(positive.min()), high / _DEEPEST)
        elif high <= low:
            high = low + 1.0
    return ColourScale(label, low, high, is_log=is_log, no_number="every run diverged")
