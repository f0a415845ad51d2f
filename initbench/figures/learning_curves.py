"""Learning curves: loss, score or sharpness per epoch, by scheme.

A run that diverges leaves the quartiles at that point and does not return.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.arrays import BoolArray, FloatArray, IntArray
from initbench.figures.axes import loss_axis, size_axis
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
from initbench.figures.records import Axis, Figure, Line, Panel, Rule
from initbench.formatting import listing, printable
from initbench.metric import SHARPNESS, STABLE_SHARPNESS, metric_of
from initbench.results import Results
from initbench.results.store import Records

_POINTS: Final = 6000
"""Epochs to draw, over all schemes: more cannot be distinguished, and would fill an SVG."""

_QUARTILES: Final = (0.25, 0.5, 0.75)

_TITLES: Final = {
    "train": "Training part",
    "validation": "Validation part",
    "test": "Test part",
}
"""Titles of the panels by the part of the data, in the order of the panels."""


@dataclass(frozen=True)
class Quartiles:
    """Quartiles of a scheme's curves.

    Attributes
    ----------
    low, median, high : ndarray of shape (T,)
        Over the runs that are finite up to that point; NaN where there is none.
    lengths : ndarray of shape (S,)
        Points before each run is not finite, epoch 0 among them; T where it always is.
    """

    low: FloatArray
    median: FloatArray
    high: FloatArray
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
    quartiles = np.full((len(_QUARTILES), curves.shape[1]), np.nan)
    for count in np.unique(survivors[survivors > 0]):
        here = survivors == count
        quartiles[:, here] = np.quantile(ordered[:count, here], _QUARTILES, axis=0)
    low, median, high = quartiles
    return Quartiles(low, median, high, lengths=sound.sum(axis=1))


def loss_curves(results: Results, cell: int) -> Figure:
    """Build the figure of the mean loss per epoch on each part of the data, on one axis of losses.

    More schemes than there are colours have a row of panels for each group of ten.
    """
    return _figure(results, cell, "loss")


def score_curves(results: Results, cell: int) -> Figure:
    """Build the figure of the score per epoch on each part of the data, with the baseline."""
    return _figure(results, cell, results.outline.cells[cell].setup.score)


def has_sharpness(results: Results, cell: int) -> bool:
    """Return whether all runs of a cell recorded the sharpness."""
    return all(SHARPNESS in run for run in _runs(results, cell))


def sharpness_curves(results: Results, cell: int) -> Figure:
    """Build the figure of the sharpness per epoch, with the largest at which all runs are stable.

    That is 2 / learning rate for gradient descent. There is no such line where the rates differ.
    """
    return _figure(results, cell, SHARPNESS)


def _figure(results: Results, cell: int, quantity: str) -> Figure:
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
    ends = ""
    if quantity == "loss":
        y, title = loss_axis(loss_label(setup), shown), "Loss"
    elif quantity == SHARPNESS:
        y, title = size_axis(metric.title, shown), metric.title
        stable = np.unique([run[STABLE_SHARPNESS] for run in _runs(results, cell)])
        if len(stable) == 1 and np.isfinite(stable).all():
            y = size_axis(metric.title, [*shown, stable])
            rules = (Rule(metric_of(STABLE_SHARPNESS).label, float(stable[0])),)
            ends = _ends(quartiles["train"], float(stable[0]))
    else:
        y, title = Axis(metric.title, limits=(0.0, 1.02) if setup.classes else None), metric.title
        rules = (Rule(chance_label(setup), setup.chance),)
    notes = {
        label: _note([quartiles[part][label] for part in parts], y if quantity == "loss" else None)
        for label in labels
    }
    series = series_of(results, labels, notes)
    most = max(_POINTS // max(len(labels), 1), 100)
    drawn = np.linspace(0, len(epochs) - 1, min(len(epochs), most)).round().astype(np.int64)
    limits = (float(epochs[0]), float(epochs[-1]))
    x = Axis("Epoch", limits=limits) if len(epochs) > 1 else Axis("Epoch", ticks=((0.0, "0"),))
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
    kind = quantity if quantity in {"loss", SHARPNESS} else "score"
    subject = "Mean loss" if quantity == "loss" else f"The {metric.label}"
    if quantity == SHARPNESS:
        subject = "The sharpness, the largest eigenvalue of the loss's Hessian,"
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
            f" quartiles, and a cross marks where a run diverged.{ends}",
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


def _ends(quartiles: Mapping[str, Quartiles], limit: float) -> str:
    """Return where the sharpness begins and ends, as shares of the largest that is stable."""
    shares = [
        f"{printable(label)} from {one.median[0] / limit:.2f} to {one.median[-1] / limit:.2f}"
        for label, one in quartiles.items()
        if np.isfinite(one.median[-1])
    ]
    return (
        f" Above the dashed line, {limit:.4g}, steps at this learning rate are unstable on a"
        f" quadratic loss. Of this limit, the median goes {listing(shares)}."
        if shares
        else ""
    )


def _note(quartiles: Sequence[Quartiles], losses: Axis | None) -> str:
    """Return what the legend says beside a scheme: runs that diverged, and losses off the axis."""
    notes = [diverged_note(np.logical_or.reduce([one.diverged for one in quartiles]))]
    medians = np.concatenate([one.median for one in quartiles])
    finite = medians[np.isfinite(medians)]
    if losses is not None and losses.limits and finite.size and finite.min() > losses.limits[1]:
        notes.append("beyond the scale")
    return ", ".join(filter(None, notes))
