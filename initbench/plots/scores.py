"""Final scores, such as accuracies: every seed's point, and what a scheme's seeds say together.

Each scheme has a row. Its points are moved aside where they would cover one another, and mean and
interval have the foot of the row to themselves.
"""

from collections.abc import Mapping, Sequence
from math import floor
from typing import Final, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from initbench.arrays import FloatArray
from initbench.plots.page import MARGIN, WIDTH, label_for_legend, make_page, place_axes
from initbench.plots.palette import Look, look
from initbench.plots.style import FAINT_INK, GRID_INK, INK, NOTE_SIZE, TEXT_SIZE, house_style
from initbench.plots.swarm import swarm_offsets
from initbench.plots.text import count_diverged, shorten, width_of

Interval: TypeAlias = tuple[float, float] | None

ALL_ROWS: Final = 4.5
"""Inches that all rows have together, as long as each is as high as it may be and has to be."""

LOWEST_ROW: Final = 0.34
HIGHEST_ROW: Final = 0.9

LOWEST: Final = -1.0
"""Where the axis ends, whatever is below; no accuracy is."""

_ABOVE: Final = 0.2
"""Inches above the rows: what the line is at."""

_BELOW: Final = 0.42
_LABEL_GAP: Final = 0.1
_LEAST_LEFT: Final = 0.6
_TICK_WIDTH: Final = 0.4
"""Inches that the label of a tick may take."""


_EDGE: Final = 0.5
"""Points of white around a marker, less where markers close up, or they would be all white."""

# Parts of a row's height, from its top.
_SWARM_MIDDLE: Final = 0.38
_SWARM_HEIGHT: Final = 0.6
_SUMMARY: Final = 0.82


def final_scores(
    values: Mapping[str, FloatArray],
    intervals: Mapping[str, Interval],
    *,
    score: str,
    chance: float,
    chance_name: str = "chance",
    title: str,
    width: float = WIDTH,
) -> Figure:
    """Draw each scheme's scores as points, with their mean and its interval.

    What lies below the axis, which ends at -1, stands at its end, and the label counts it.

    Parameters
    ----------
    values : mapping of label to ndarray of shape (S,)
        In the order of the config; NaN where a run diverged.
    intervals : mapping of label to (low, high), or None
        The 95 % interval of the mean, where there is one.
    score : str
        What they are, for the axis.
    chance : float
        What one reaches by a constant answer.
    chance_name : str
        What that is called.
    title : str
    width : float
        Of the page, in inches.
    """
    labels = [
        label_for_legend(label, _note(of_scheme), width) for label, of_scheme in values.items()
    ]
    row = float(np.clip(ALL_ROWS / len(labels), LOWEST_ROW, HIGHEST_ROW))
    with house_style():
        page = _page(labels, row, score, title=title, width=width)
        [axes] = page.axes
        _scale(axes, list(values.values()), intervals, chance)
        _mark_chance(axes, chance, chance_name)
        scale = axes.bbox.width / page.dpi / float(np.ptp(axes.get_xlim()))
        for place, (label, of_scheme) in enumerate(values.items()):
            finite = of_scheme[np.isfinite(of_scheme)]
            shown = np.maximum(finite, LOWEST)
            draw_swarm(axes, shown, look(place), top=place * row, row=row, scale=scale)
            draw_summary(axes, finite, intervals[label], height=(place + _SUMMARY) * row)
        return page


def draw_swarm(
    axes: Axes, values: FloatArray, style: Look, *, top: float, row: float, scale: float
) -> None:
    """Draw the points of a scheme's runs into its row.

    Parameters
    ----------
    axes : Axes
    values : ndarray of shape (S,)
    style : Look
    top, row : float
        Where the row begins, from the top of the axes, and how high it is; inches.
    scale : float
        Inches along the axis per unit of the score.
    """
    diameter = float(np.clip(row / 6, 0.06, 0.085))
    offsets = swarm_offsets(values * scale, diameter, row * _SWARM_HEIGHT)
    distance = np.diff(np.unique(offsets)).min(initial=diameter)
    axes.plot(
        values,
        top + row * _SWARM_MIDDLE - offsets,
        linestyle="none",
        marker=style.marker,
        color=style.colour,
        markersize=diameter * 72,
        markeredgecolor="white",
        markeredgewidth=_EDGE * distance / diameter,
    )


def draw_summary(axes: Axes, values: FloatArray, interval: Interval, *, height: float) -> None:
    """Draw mean and interval of a scheme's runs at a height, in inches from the top."""
    if interval is not None:
        axes.plot(interval, (height, height), color=INK, linewidth=1.6, solid_capstyle="butt")
    if values.size:
        mean = max(values.mean(), LOWEST)
        axes.plot(mean, height, "d", color=INK, markersize=4.5)


def _note(values: FloatArray) -> str:
    """Return what stands beside a scheme's label: who diverged, and who is below the axis."""
    notes = [count_diverged(~np.isfinite(values))]
    if beyond := int((values < LOWEST).sum()):
        notes.append(f"{beyond} of {len(values)} below {LOWEST:g}")
    return ", ".join(filter(None, notes))


def _page(labels: Sequence[str], row: float, score: str, *, title: str, width: float) -> Figure:
    """Return the page with its one axes, whose vertical unit is an inch, downwards."""
    rows = len(labels) * row
    left = max(
        MARGIN + _LABEL_GAP + max(width_of(label, TEXT_SIZE) for label in labels), _LEAST_LEFT
    )
    bottom = MARGIN + _BELOW
    note = "Point: one seed. Black diamond and line: mean and its 95 % interval."
    page = make_page(width, bottom + rows + _ABOVE, title=title, note=note)
    axes = place_axes(page, left, bottom, width - left - MARGIN, rows)
    axes.set_ylim(rows, 0)
    middles = (np.arange(len(labels)) + 0.5) * row
    axes.set_yticks(middles, labels)
    axes.tick_params(axis="y", length=0, labelsize=TEXT_SIZE, pad=_LABEL_GAP * 72 / 2)
    axes.grid(visible=False, axis="y")
    across = axes.get_yaxis_transform()
    axes.hlines(
        middles[1:] - row / 2, 0, 1, color=GRID_INK, linewidth=0.7, zorder=0.5, transform=across
    )
    name = shorten(score, TEXT_SIZE, width - 2 * MARGIN)
    overhang = max(0.0, width_of(name, TEXT_SIZE) / 2 - (width - left - MARGIN) / 2)
    axes.set_xlabel(name, x=0.5 - overhang / (width - left - MARGIN))
    return page


def _scale(
    axes: Axes, values: Sequence[FloatArray], intervals: Mapping[str, Interval], chance: float
) -> None:
    """Let the axis reach from what is lowest to one."""
    shown = np.concatenate([*values, [interval[0] for interval in intervals.values() if interval]])
    lowest = min(chance, shown[np.isfinite(shown)].min(initial=1.0))
    has_negative = any((of_scheme < 0).any() for of_scheme in values)
    low = max(floor(lowest * 10) / 10, LOWEST if has_negative else 0.0)
    margin = 0.015 * (1 - low)
    axes.set_xlim(low - margin, 1 + margin)
    ticks = int(np.clip(axes.bbox.width / axes.figure.dpi / _TICK_WIDTH, 1, 10))
    axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))


def _mark_chance(axes: Axes, chance: float, name: str) -> None:
    axes.axvline(chance, color=FAINT_INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    axes.annotate(
        f"{name}: {chance:.3g}",
        (chance, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        size=NOTE_SIZE,
        color=FAINT_INK,
    )
