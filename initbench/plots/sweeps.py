"""Sweeps: how a score depends on a key of the config that was moved, scheme by scheme."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from initbench.arrays import FloatArray
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
from initbench.plots.spacing import is_log_spaced
from initbench.plots.style import FAINT_INK, TEXT_SIZE, house_style
from initbench.plots.text import shorten

MOST_PANELS: Final = 12
"""Panels up to which all are drawn."""

MOST_BANDS: Final = 12
"""Schemes up to which intervals are drawn; more of them cover one another."""

LOWEST: Final = -1.0
"""Where the axis ends, whatever is below; no accuracy is."""

_LEFT: Final = 0.75
_RIGHT: Final = 0.3
_GAP: Final = 0.25
_PANEL_TITLE: Final = 0.32
_TICKS: Final = 0.25
_BELOW: Final = 0.55
_BAND: Final = 0.18
_TALLEST: Final = 3.4
_NARROWEST: Final = 2.2
"""Inches of a page that a panel needs."""


@dataclass(frozen=True)
class SweepPanel:
    """Scores along a key, all other settings being the same.

    Attributes
    ----------
    title : str
        The other settings.
    values : ndarray of shape (V,)
        Of the key, in order.
    means : mapping of label to ndarray of shape (V,)
        NaN where there are no runs.
    intervals : mapping of label to ndarray of shape (V, 2)
        Of the mean; NaN where there is none.
    """

    title: str
    values: FloatArray
    means: Mapping[str, FloatArray]
    intervals: Mapping[str, FloatArray]


def sweep_scores(
    panels: Sequence[SweepPanel],
    *,
    key: str,
    score: str,
    chance: float,
    title: str,
    width: float = WIDTH,
) -> Figure:
    """Draw each scheme's mean score against the values of a key, with the interval as a band.

    The axis of values is logarithmic where they are spaced so. Of more than `MOST_PANELS` panels
    the first are drawn.

    Parameters
    ----------
    panels : sequence of SweepPanel
        All with the same labels, in the order of the config.
    key : str
        What is swept.
    score : str
        What the means are of.
    chance : float
        The score of a constant answer.
    title : str
    width : float
        Of the page, in inches.
    """
    shown = panels[:MOST_PANELS]
    labels = [label_for_legend(label, width=width) for label in shown[0].means]
    legend_columns, legend_rows = legend_size(labels, width - _LEFT - MARGIN)
    legend_top = MARGIN + legend_rows * LEGEND_ROW
    columns = min(len(shown), 3 if len(shown) > 4 else 2, max(1, int(width / _NARROWEST)))
    rows = ceil(len(shown) / columns)
    across = (width - _LEFT - _RIGHT - (columns - 1) * _GAP) / columns
    height = min(_TALLEST, 0.7 * across)
    bottom = legend_top + _BELOW
    heading = _PANEL_TITLE if any(panel.title for panel in shown) else 0.0
    step = height + heading + _TICKS
    with house_style():
        page = make_page(width, bottom + rows * step - _TICKS, title=title, note=_note(panels))
        low = _lowest(shown, chance)
        for place, panel in enumerate(shown):
            row, column = divmod(place, columns)
            left = _LEFT + column * (across + _GAP)
            axes = place_axes(page, left, bottom + (rows - 1 - row) * step, across, height)
            _draw(axes, panel, chance, low)
            axes.set_title(shorten(panel.title, TEXT_SIZE, across), size=TEXT_SIZE)
            axes.tick_params(labelleft=column == 0)
            if column == 0:
                axes.set_ylabel(score)
            if place + columns >= len(shown):
                axes.set_xlabel(shorten(key, TEXT_SIZE, across))
        handles = [_line(place, marker=look(place).marker) for place in range(len(labels))]
        place_legend(page, handles, labels, left=_LEFT, top=legend_top, columns=legend_columns)
        return page


def _draw(axes: Axes, panel: SweepPanel, chance: float, low: float) -> None:
    if is_log_spaced(panel.values):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter("")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.axhline(chance, color=FAINT_INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=1)
    has_bands = len(panel.means) <= MOST_BANDS
    for place, (label, means) in enumerate(panel.means.items()):
        style = look(place)
        line = _line(place, marker=style.marker)
        line.set_data(panel.values, np.maximum(means, LOWEST))
        axes.add_line(line)
        if has_bands:
            ends = np.maximum(panel.intervals[label], LOWEST)
            axes.fill_between(panel.values, *ends.T, color=style.colour, alpha=_BAND, linewidth=0)
    axes.autoscale_view()
    margin = 0.02 * (1 - low)
    axes.set_ylim(low - margin, 1 + margin)


def _lowest(panels: Sequence[SweepPanel], chance: float) -> float:
    """Return where the axis of all panels begins, a tenth at or below all that is shown."""
    ends = [values for panel in panels for values in panel.intervals.values()]
    means = [values for panel in panels for values in panel.means.values()]
    shown = np.concatenate([each.ravel() for each in (*ends, *means)])
    lowest = min(chance, shown[np.isfinite(shown)].min(initial=1.0))
    return max(float(np.floor(lowest * 10) / 10), LOWEST)


def _note(panels: Sequence[SweepPanel]) -> str:
    first = "Line and band: mean and its 95 % interval; a diverged run counts as the worst score."
    dashed = " Dashed: a constant answer."
    rest = len(panels) - MOST_PANELS
    return first + dashed + (f" The first {MOST_PANELS} of {len(panels)}." if rest > 0 else "")


def _line(place: int, marker: str) -> Line2D:
    style = look(place)
    return Line2D(
        [],
        [],
        color=style.colour,
        linestyle=style.dashes,
        linewidth=1.8,
        marker=marker,
        markersize=4.5,
        markeredgecolor="white",
        markeredgewidth=0.5,
    )
