"""Across cells: which schemes rank where, and how often each is how near to the best."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from initbench.plots.feature_axis import apart_ticks
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
from initbench.plots.palette import look
from initbench.plots.style import GRID_INK, INK, TEXT_SIZE, TICK_SIZE, house_style
from initbench.plots.text import width_of

LARGEST_FACTOR: Final = 100.0
"""Where the axis of factors ends at the latest."""

_ROW: Final = 0.26
_BELOW: Final = 0.5
_LABEL_GAP: Final = 0.1
_LEFT: Final = 0.75
_HEIGHT: Final = 3.4
_TICK_WIDTH: Final = 0.35
"""Inches that the label of a tick may take."""


def mean_ranks(
    ranks: Mapping[str, float],
    critical_difference: float,
    *,
    cells: int,
    title: str,
    width: float = WIDTH,
) -> Figure:
    """Draw each scheme's mean rank with half of the critical difference to either side.

    Parameters
    ----------
    ranks : mapping of label to float
        In the order of the config; 1 is the best.
    critical_difference : float
        By how much mean ranks have to differ to be told apart.
    cells : int
        Over how many the ranks are averaged.
    title : str
    width : float
        Of the page, in inches.
    """
    places = {label: place for place, label in enumerate(ranks)}
    ordered = sorted(ranks, key=ranks.__getitem__)
    note = (
        f"Point: mean rank over {cells} cells, 1 the best. Line: half of the critical difference,"
        f" {critical_difference:.2f}, to either side; schemes whose lines overlap are not told"
        " apart (Nemenyi, 5 %)."
    )
    names = [label_for_legend(label, width=width) for label in ordered]
    left = MARGIN + _LABEL_GAP + max(width_of(name, TEXT_SIZE) for name in names)
    rows = len(ordered) * _ROW
    bottom = MARGIN + _BELOW
    with house_style():
        page = make_page(width, bottom + rows, title=title, note=note)
        axes = place_axes(page, left, bottom, width - left - 2 * MARGIN, rows)
        for row, label in enumerate(ordered):
            style, rank = look(places[label]), ranks[label]
            ends = np.clip(
                rank + np.array([-0.5, 0.5]) * critical_difference, 0.5, len(ranks) + 0.5
            )
            axes.plot(ends, (row, row), color=style.colour, linewidth=2, solid_capstyle="butt")
            axes.plot(rank, row, style.marker, color=style.colour, markeredgecolor=INK)
        _scale_ranks(axes, names, width - left - 2 * MARGIN)
        return page


def performance_profile(
    factors: Mapping[str, Sequence[float | None]],
    *,
    score: str,
    title: str,
    width: float = WIDTH,
) -> Figure:
    """Draw for each scheme the share of cells in which its error is within a factor of the best.

    Parameters
    ----------
    factors : mapping of label to sequence of float
        In the order of the config; of each cell, sorted, None where it is infinite.
    score : str
        What the error is one less of.
    title : str
    width : float
        Of the page, in inches.
    """
    labels = [label_for_legend(label, width=width) for label in factors]
    columns, rows = legend_size(labels, width - _LEFT - MARGIN)
    across, height = width - _LEFT - 2 * MARGIN, min(_HEIGHT, 0.7 * width)
    top = MARGIN + rows * LEGEND_ROW
    note = f"Error: 1 less the {score}. Higher is better; at τ = 1, how often a scheme is the best."
    with house_style():
        page = make_page(width, top + _BELOW + height, title=title, note=note)
        axes = place_axes(page, _LEFT, top + _BELOW, across, height)
        known = [value for each in factors.values() for value in each if value is not None]
        end = float(np.clip(1.05 * max(known, default=2.0), 1.5, LARGEST_FACTOR))
        for place, each in enumerate(factors.values()):
            _step(axes, place, each, end)
        _scale_factors(axes, end, across)
        handles = [_line(place) for place in range(len(labels))]
        place_legend(page, handles, labels, left=_LEFT, top=top, columns=columns)
        return page


def _scale_ranks(axes: Axes, names: Sequence[str], width: float) -> None:
    axes.set_xlim(0.5, len(names) + 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0, labelsize=TEXT_SIZE)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_locator(MaxNLocator(min(12, int(width / _TICK_WIDTH)), integer=True))
    axes.set_xlabel("Mean rank")


def _step(axes: Axes, place: int, factors: Sequence[float | None], end: float) -> None:
    known = [value for value in factors if value is not None]
    x = np.concatenate([[1.0], known, [end]])
    y = np.concatenate([[0.0], np.arange(1, len(known) + 1), [len(known)]]) / len(factors)
    line = _line(place)
    line.set_data(x, y)
    line.set_drawstyle("steps-post")
    axes.add_line(line)


def _scale_factors(axes: Axes, end: float, width: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(1.0, end)
    axes.set_ylim(-0.02, 1.02)
    wanted = [tick for tick in (1.0, 1.2, 1.5, 2, 3, 5, 10, 20, 50, 100) if tick <= end]
    places = width * np.log(wanted) / np.log(end)
    ticks = apart_ticks({tick: f"{tick:g}" for tick in wanted}, places, TICK_SIZE)
    axes.set_xticks(list(ticks), list(ticks.values()), minor=False)
    axes.set_xticks([], minor=True)
    axes.set_xlabel("Factor τ: error over the least error")
    axes.set_ylabel("Share of cells within τ")
    axes.axhline(1.0, color=GRID_INK, zorder=0.5)


def _line(place: int) -> Line2D:
    style = look(place)
    return Line2D([], [], color=style.colour, linestyle=style.dashes, linewidth=1.8)
