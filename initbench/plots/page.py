"""A page: a figure that is measured in inches, so that its parts never meet.

Every text is measured before the page is made (`initbench.plots.text`), and every part is put at
its own place. No layout engine has to move anything afterwards, which would take most of the time.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from initbench.plots.style import FAINT_INK, NOTE_SIZE, TEXT_SIZE, TITLE_SIZE
from initbench.plots.text import shorten, width_of, wrap

WIDTH: Final = 9.6
"""Inches that a page is wide, unless it is made for a column or a slide."""

MARGIN: Final = 0.15
"""Inches between the edge of a page and what stands on it."""

LEGEND_ROW: Final = 0.175
LABEL_WIDTH: Final = 2.6
"""Inches that a scheme's label may take; longer ones are cut."""

LEAST_LABEL_WIDTH: Final = 1.25

_HANDLE: Final = 0.45
_GAP: Final = 0.25


def make_page(width: float, body: float, *, title: str, note: str = "") -> Figure:
    """Return a page with its heading set; the lower `body` inches are free.

    Parameters
    ----------
    width, body : float
        Inches. The page is as much higher than `body` as its heading needs.
    title : str
        What the figure shows.
    note : str
        How it is to be read, in small print below the title.
    """
    titles = wrap(title, TITLE_SIZE, width - 2 * MARGIN)
    notes = wrap(note, NOTE_SIZE, width - 2 * MARGIN)
    title_height = len(titles) * line_height(TITLE_SIZE)
    note_height = len(notes) * line_height(NOTE_SIZE)
    height = body + title_height + note_height + 2 * MARGIN
    page = Figure(figsize=(width, height))
    top = height - MARGIN
    page.suptitle(
        "\n".join(titles), x=MARGIN / width, y=top / height, ha="left", va="top", size=TITLE_SIZE
    )
    page.text(
        MARGIN / width,
        (top - title_height) / height,
        "\n".join(notes),
        ha="left",
        va="top",
        size=NOTE_SIZE,
        color=FAINT_INK,
    )
    return page


def line_height(size: float) -> float:
    """Return how much room, in inches, a line of text takes at a size in points."""
    return 1.35 * size / 72


def place_axes(
    page: Figure, left: float, bottom: float, width: float, height: float, **options: Any
) -> Axes:
    """Return axes on a rectangle of the page, in inches from its lower left corner."""
    across, up = page.get_size_inches()
    return page.add_axes((left / across, bottom / up, width / across, height / up), **options)


def legend_size(labels: Sequence[str], width: float) -> tuple[int, int]:
    """Return the columns and rows of a legend that is at most `width` inches wide."""
    widest = max(width_of(label, TEXT_SIZE) for label in labels) + _HANDLE + _GAP
    columns = min(len(labels), max(1, int((width + _GAP) / widest)))
    rows = ceil(len(labels) / columns)
    return ceil(len(labels) / rows), rows


def place_legend(
    page: Figure,
    handles: Sequence[Any],
    labels: Sequence[str],
    *,
    left: float,
    top: float,
    columns: int,
) -> Legend:
    """Put a legend on the page, its upper left corner in inches from the page's lower left one.

    A handle is an artist, or a tuple of artists that lie over one another.
    """
    across, up = page.get_size_inches()
    return page.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(left / across, top / up),
        ncols=columns,
        borderaxespad=0,
        borderpad=0,
        fontsize=TEXT_SIZE,
        handlelength=2.4,
        handletextpad=0.6,
        columnspacing=1.6,
        labelspacing=0.35,
    )


def label_for_legend(label: str, note: str = "", width: float = WIDTH) -> str:
    """Return a scheme's label, cut to what a page so wide leaves it, with a note in brackets."""
    room = max(LABEL_WIDTH * min(width / WIDTH, 1), LEAST_LABEL_WIDTH)
    short = shorten(label, TEXT_SIZE, room)
    return f"{short} ({note})" if note else short


def marker_handle(marker: str, colour: str) -> Line2D:
    """Return what a legend shows for points."""
    return Line2D([], [], linestyle="none", marker=marker, color=colour, markeredgecolor="white")
