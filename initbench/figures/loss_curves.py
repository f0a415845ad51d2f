"""Loss curves: training and test loss per epoch, each scheme's median with its quartiles."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.figures.axes import loss_axis
from initbench.figures.describing import (
    cell_caption,
    diverged_note,
    labels_of,
    loss_label,
    series_of,
    settings_of,
    title_of,
)
from initbench.figures.palette import COLOURS, MOST_BANDS
from initbench.figures.quartiles import Summary, summarise_curves
from initbench.figures.records import Axis, Figure, Line, Panel, Series
from initbench.results import Results

_POINTS: Final = 6000
"""Epochs to draw, over all schemes: more cannot be distinguished, and would fill an SVG."""

_PARTS: Final = {"train_loss": "Training part", "test_loss": "Test part"}


def loss_curves(results: Results, cell: int) -> Figure:
    """Build the figure of the mean training and test loss per epoch.

    Both parts share one loss axis. More schemes than there are colours have a row of panels for
    each group of ten.
    """
    labels, epochs = labels_of(results, cell), results.epochs(cell)
    summaries = {
        name: {label: summarise_curves(results.curves(label, name, cell)) for label in labels}
        for name in _PARTS
    }
    every = [one for part in summaries.values() for one in part.values()]
    axis = loss_axis(
        loss_label(results.outline.cells[cell].setup),
        [line for one in every for line in (one.median, one.low, one.high)],
    )
    notes = {label: _note([part[label] for part in summaries.values()], axis) for label in labels}
    series = series_of(results, labels, notes)
    shown = _shown(len(epochs), len(labels))
    groups = grouped(series)
    panels = [
        Panel(
            Axis("Epoch", limits=_ends(epochs), ticks=((0.0, "0"),) if len(epochs) == 1 else None),
            axis,
            tuple(
                _line(one.name, summaries[name][one.name], epochs, shown, len(group))
                for one in group
            ),
            title,
        )
        for group in groups
        for name, title in _PARTS.items()
    ]
    note = "Line: median over the seeds."
    if min(map(len, groups)) <= MOST_BANDS:
        note += " Band: from the lower to the upper quartile."
    if any(one.departures.size for one in every):
        note += " Cross: a run diverges."
    return Figure(
        name="loss_curves",
        title=title_of(results, "Loss", settings_of(results, cell)),
        panels=tuple(panels),
        note=note,
        caption=cell_caption(
            results,
            cell,
            "Mean loss per epoch on the training part and on the test part. Lines are medians over"
            " seeds, bands lie between the quartiles, and a cross marks where a run diverged.",
        ),
        series=series,
        columns=2,
    )


def grouped(series: Sequence[Series]) -> list[list[Series]]:
    """Return series in groups in which no colour occurs twice; one group where that suffices."""
    groups: dict[int, list[Series]] = {}
    for one in series:
        groups.setdefault(one.look // len(COLOURS), []).append(one)
    return list(groups.values())


def _line(name: str, summary: Summary, epochs: FloatArray, shown: IntArray, among: int) -> Line:
    has_band = among <= MOST_BANDS
    kept = np.union1d(shown, summary.departures)
    return Line(
        name,
        epochs[kept],
        summary.median[kept],
        summary.low[kept] if has_band else None,
        summary.high[kept] if has_band else None,
        is_marked=len(epochs) == 1,
        crosses=np.searchsorted(kept, summary.departures),
    )


def _shown(length: int, schemes: int) -> IntArray:
    most = max(_POINTS // max(schemes, 1), 100)
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))


def _ends(epochs: FloatArray) -> tuple[float, float] | None:
    return (float(epochs[0]), float(epochs[-1])) if len(epochs) > 1 else None


def _note(summaries: Sequence[Summary], axis: Axis) -> str:
    """Return what the legend says beside a scheme that has these summaries."""
    diverged = np.logical_or.reduce([one.diverged for one in summaries])
    medians = np.concatenate([one.median for one in summaries])
    finite = medians[np.isfinite(medians)]
    notes = [diverged_note(diverged)]
    if axis.limits and finite.size and finite.min() > axis.limits[1]:
        notes.append("beyond the scale")
    return ", ".join(filter(None, notes))
