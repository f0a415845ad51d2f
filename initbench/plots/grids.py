"""Small multiples: a panel for each scheme on axes that all share, with a title of its own."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from initbench.plots.page import MARGIN, WIDTH, line_height, place_axes
from initbench.plots.panels import TITLE_GAP, PanelGrid
from initbench.plots.style import TEXT_SIZE, TICK_SIZE
from initbench.plots.text import shorten, width_of

_GAP: Final = 0.22
_LEFT: Final = 0.42
_WIDEST: Final = 5.0
_NARROWEST: Final = 1.5
"""Inches of a page that a panel needs, so that its title can be read."""

_TITLE: Final = line_height(TEXT_SIZE) + TITLE_GAP


def scheme_grid(
    count: int,
    *,
    height: float,
    ticks_x: dict[float, str],
    ticks_y: dict[float, str],
    width: float = WIDTH,
) -> PanelGrid:
    """Return a grid for so many schemes; `height` of a panel and `width` of a page in inches."""
    left = _LEFT + max((width_of(label, TICK_SIZE) for label in ticks_y.values()), default=0)
    wanted = {1: 1, 2: 2, 4: 2}.get(count, 3 if count <= 9 else 4)
    columns = min(wanted, max(1, int(width / _NARROWEST)))
    free = width - left - MARGIN - (columns - 1) * _GAP
    return PanelGrid(
        count=count,
        columns=columns,
        left=left,
        width=min(free / columns, _WIDEST),
        height=height,
        title=_TITLE,
        ticks_x=ticks_x,
        ticks_y=ticks_y,
    )


def place_panels(
    page: Figure, grid: PanelGrid, bottom: float, labels: Sequence[str]
) -> Iterator[Axes]:
    """Yield the axes of each scheme, with its label above; ticks are set when it is drawn."""
    for place, label in enumerate(labels):
        left, up = grid.corner(place)
        axes = place_axes(page, left, bottom + up, grid.width, grid.height)
        axes.set_title(shorten(label, TEXT_SIZE, grid.width), size=TEXT_SIZE, pad=TITLE_GAP * 72)
        yield axes
        grid.set_ticks(axes, place)


def some_layers(count: int, most: int) -> list[int]:
    """Return layers, from 0, that stand for all: the first, the last, and some between.

    >>> some_layers(4, 6), some_layers(60, 4)
    ([0, 1, 2, 3], [0, 20, 40, 59])
    """
    if count <= most:
        return list(range(count))
    step = ceil(count / (most - 1))
    return [*range(0, count - 1 - step // 2, step), count - 1]
