"""Loss curves: how training goes, scheme by scheme, on what is trained on and on what is not."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from initbench.arrays import FloatArray, IntArray
from initbench.plots.loss_axis import LossAxis, apply_loss_axis, choose_loss_axis
from initbench.plots.page import (
    LEGEND_ROW,
    MARGIN,
    WIDTH,
    label_for_legend,
    legend_size,
    make_page,
    place_axes,
    place_legend,
)
from initbench.plots.palette import Look, look
from initbench.plots.quartiles import Summary, summarise_curves
from initbench.plots.style import house_style
from initbench.plots.text import count_diverged

MOST_BANDS: Final = 12
"""Schemes up to which bands are drawn; more of them cover one another."""

_LEFT: Final = 0.75
_RIGHT: Final = 0.3
_GAP: Final = 0.3
_NARROW: Final = 6.0
"""Inches below which a page has its panels under one another."""

_PANEL_HEIGHT: Final = 3.3
_PANEL_TITLE: Final = 0.3
_BELOW: Final = 0.55
"""Inches between the panels and the legend: tick labels and axis label."""

_POINTS: Final = 6000
"""Epochs to draw, over all schemes: more cannot be told apart, and would fill an SVG."""

_BAND: Final = 0.18


def loss_curves(
    train: Mapping[str, FloatArray],
    test: Mapping[str, FloatArray],
    epochs: FloatArray,
    *,
    unit: str,
    title: str,
    width: float = WIDTH,
) -> Figure:
    """Draw each scheme's median loss per epoch with the band between its quartiles.

    Training and test loss stand beside each other on one axis, whose scale is logarithmic where
    losses differ by more than a factor of twenty. A run that diverges leaves median and band where
    it is not finite any more; a cross stands there, and the legend counts such runs.

    Parameters
    ----------
    train, test : mapping of label to ndarray of shape (S, T)
        The same labels in both, in the order of the config.
    epochs : ndarray of shape (T,)
        Where on the axis each point stands.
    unit : str
        What the loss is in, ``nats``; empty where it has no unit.
    title : str
    width : float
        Of the page, in inches; on a narrow one the test part stands below the training part.
    """
    parts = {
        name: [summarise_curves(curves[label]) for label in train]
        for name, curves in (("Training part", train), ("Test part", test))
    }
    axis = choose_loss_axis([summary for part in parts.values() for summary in part])
    labels = [
        label_for_legend(label, _note(of_scheme, axis), width)
        for label, of_scheme in zip(train, zip(*parts.values(), strict=True), strict=True)
    ]
    with house_style():
        return _draw(parts, epochs, labels, axis, unit=unit, title=title, width=width)


def draw_part(axes: Axes, summaries: Sequence[Summary], epochs: FloatArray) -> None:
    """Draw one part's curves, the schemes in the order of the config, on axes that have a scale."""
    shown = _shown_points(len(epochs), len(summaries))
    for place, summary in enumerate(summaries):
        style = look(place)
        if len(summaries) <= MOST_BANDS:
            axes.fill_between(
                epochs[shown],
                summary.low[shown],
                summary.high[shown],
                color=style.colour,
                alpha=_BAND,
                linewidth=0,
            )
        marker = _lone_marker(len(epochs))
        axes.add_line(_line(style, epochs[shown], summary.median[shown], marker=marker))
        _mark_departures(axes, style, summary, epochs)
    _scale_epochs(axes, epochs)


def _draw(
    parts: Mapping[str, Sequence[Summary]],
    epochs: FloatArray,
    labels: Sequence[str],
    axis: LossAxis,
    *,
    unit: str,
    title: str,
    width: float,
) -> Figure:
    columns, rows = legend_size(labels, width - _LEFT - MARGIN)
    legend_top = MARGIN + rows * LEGEND_ROW
    bottom = legend_top + _BELOW
    across = 1 if width < _NARROW else len(parts)
    panel = (width - _LEFT - _RIGHT - (across - 1) * _GAP) / across
    height = min(_PANEL_HEIGHT, panel * 0.8) + _PANEL_TITLE
    body = bottom + height * (len(parts) // across)
    page = make_page(width, body, title=title, note=_explanation(parts))
    for place, (name, summaries) in enumerate(parts.items()):
        left = _LEFT + place % across * (panel + _GAP)
        up = bottom + (len(parts) - 1 - place) // across * height
        axes = place_axes(page, left, up, panel, height - _PANEL_TITLE, title=name)
        apply_loss_axis(axes, axis)
        draw_part(axes, summaries, epochs)
        is_lowest = place >= len(parts) - across
        axes.tick_params(labelleft=place % across == 0, labelbottom=is_lowest)
        axes.set_xlabel("Epoch" if is_lowest else "")
        if place % across == 0:
            axes.set_ylabel(f"Mean loss ({unit})" if unit else "Mean loss")
    handles = [_handle(look(place), len(labels)) for place in range(len(labels))]
    place_legend(page, handles, labels, left=_LEFT, top=legend_top, columns=columns)
    return page


def _scale_epochs(axes: Axes, epochs: FloatArray) -> None:
    if len(epochs) == 1:
        axes.set_xticks([0])
    else:
        axes.set_xlim(epochs[0], epochs[-1])
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=epochs[-1] >= 6))


def _shown_points(length: int, schemes: int) -> IntArray:
    """Return the points to draw: all of them, or as many as a picture can hold."""
    most = max(_POINTS // schemes, 100)
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))


def _mark_departures(axes: Axes, style: Look, summary: Summary, epochs: FloatArray) -> None:
    """Cross the median where runs diverge, at the edge of the frame where it is beyond."""
    points = summary.departures
    low, high = axes.get_ylim()
    axes.plot(
        epochs[points],
        np.clip(summary.median[points], low, high),
        "x",
        color=style.colour,
        markersize=7,
        markeredgewidth=2,
        clip_on=False,
    )


def _line(style: Look, x: FloatArray | list[int], y: FloatArray | list[int], marker: str) -> Line2D:
    return Line2D(x, y, color=style.colour, linestyle=style.dashes, linewidth=1.8, marker=marker)


def _lone_marker(length: int) -> str:
    """Return a marker for a curve that is one point, and that no line would show."""
    return "o" if length == 1 else ""


def _handle(style: Look, schemes: int) -> Artist | tuple[Artist, ...]:
    line = _line(style, [], [], marker="")
    if schemes > MOST_BANDS:
        return line
    return Patch(color=style.colour, alpha=_BAND, linewidth=0), line


def _note(summaries: Sequence[Summary], axis: LossAxis) -> str:
    """Return what the legend says beside the label of a scheme, whose parts these are."""
    diverged = np.logical_or.reduce([summary.diverged for summary in summaries])
    medians = np.concatenate([summary.median for summary in summaries])
    finite = medians[np.isfinite(medians)]
    notes = []
    if not diverged.size:
        notes.append("no runs")
    if diverged.any():
        notes.append(count_diverged(diverged))
    if finite.size and finite.min() > axis.high:
        notes.append("beyond the scale")
    return ", ".join(notes)


def _explanation(parts: Mapping[str, Sequence[Summary]]) -> str:
    summaries = [summary for part in parts.values() for summary in part]
    sentences = ["Line: median over the seeds."]
    if len(summaries) // len(parts) <= MOST_BANDS:
        sentences.append("Band: the middle half of them.")
    if any(summary.departures.size for summary in summaries):
        sentences.append("Cross: a run diverges.")
    return " ".join(sentences)
