"""Panels: many small pictures on common axes, and what stands above each of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from initbench.arrays import FloatArray
from initbench.plots.feature_axis import feature_ticks, thin_ticks
from initbench.plots.page import MARGIN, line_height
from initbench.plots.style import TEXT_SIZE, TICK_SIZE
from initbench.plots.text import shorten, width_of, wrap

TITLE_GAP: Final = 0.07
BELOW: Final = 0.55
"""Inches that tick labels and the name of the axis take below the lowest panels."""

_LARGEST_PANEL: Final = 4.0
_NARROWEST_PANEL: Final = 1.5
"""Inches of a page that a panel needs, so that its title can be read."""

_LEFT: Final = 0.42
"""Inches at the left for the name of the axis; the labels of its ticks come on top."""

_GAP: Final = 0.22
_LABEL_LINES: Final = 2
"""Lines that a scheme's label may take above its panel."""


@dataclass(frozen=True)
class BoundaryPanel:
    """The run that stands for a scheme.

    Attributes
    ----------
    label : str
    seed : int
    accuracy : float
        On the test part; NaN where the run diverged.
    probabilities : ndarray of shape (C, G, G)
        At ``[…, y, x]`` of the grid: of class 1 alone for two classes, else of each class.
    """

    label: str
    seed: int
    accuracy: float
    probabilities: FloatArray

    @property
    def diverged(self) -> bool:
        """Whether there is no opinion to show."""
        return not (np.isfinite(self.accuracy) and np.isfinite(self.probabilities).all())


@dataclass(frozen=True)
class PanelGrid:
    """How panels with their titles and ticks are laid out on the page; lengths in inches."""

    count: int
    columns: int
    left: float
    width: float
    height: float
    title: float
    ticks_x: dict[float, str]
    ticks_y: dict[float, str]

    @property
    def page_width(self) -> float:
        """Width of a page that holds the panels."""
        return self.left + self.columns * (self.width + _GAP) - _GAP + MARGIN

    @property
    def total_height(self) -> float:
        """Height from the foot of the lowest panels to above the highest titles."""
        return self._rows * (self.height + self.title + _GAP) - _GAP

    def corner(self, place: int) -> tuple[float, float]:
        """Return a panel's distance from the page's left edge and from the lowest panels' foot."""
        row, column = divmod(place, self.columns)
        above = self._rows - 1 - row
        return (
            self.left + column * (self.width + _GAP),
            above * (self.height + self.title + _GAP),
        )

    def set_ticks(self, axes: Axes, place: int) -> None:
        """Label the ticks at the left of each row and at the foot of each column."""
        axes.set_xticks(list(self.ticks_x), self.ticks_x.values())
        axes.set_yticks(list(self.ticks_y), self.ticks_y.values())
        is_lowest = place + self.columns >= self.count
        axes.tick_params(labelleft=place % self.columns == 0, labelbottom=is_lowest)

    @property
    def _rows(self) -> int:
        return ceil(self.count / self.columns)


def lay_out(
    panels: Sequence[BoundaryPanel], grid_x: FloatArray, grid_y: FloatArray, page_width: float
) -> PanelGrid:
    """Return a grid as wide as a page, or narrower where panels would become too large."""
    ticks_x, ticks_y = (feature_ticks(axis[0], axis[-1]) for axis in (grid_x, grid_y))
    left = _LEFT + max((width_of(label, TICK_SIZE) for label in ticks_y.values()), default=0)
    columns = _columns(len(panels), page_width)
    free = page_width - left - MARGIN - (columns - 1) * _GAP
    width = min(free / columns, _LARGEST_PANEL)
    lines = max(len(title_lines(panel, width)) for panel in panels)
    return PanelGrid(
        count=len(panels),
        columns=columns,
        left=left,
        width=width,
        height=width * float(np.clip(np.ptp(grid_y) / np.ptp(grid_x), 0.6, 1.2)),
        title=lines * line_height(TEXT_SIZE) + TITLE_GAP,
        ticks_x=thin_ticks(ticks_x, TICK_SIZE, width),
        ticks_y=ticks_y,
    )


def title_lines(panel: BoundaryPanel, width: float) -> list[str]:
    """Return a scheme's label and what its run came to, each line of at most a width in inches."""
    label = wrap(panel.label, TEXT_SIZE, width)
    if len(label) > _LABEL_LINES:
        cut = shorten(" ".join(label[_LABEL_LINES - 1 :]), TEXT_SIZE, width)
        label = [*label[: _LABEL_LINES - 1], cut]
    if panel.diverged:
        return [*label, shorten(f"diverged, seed {panel.seed}", TEXT_SIZE, width)]
    result = f"{panel.accuracy:.3f}, seed {panel.seed}"
    in_full = f"accuracy {result}"
    fits = width_of(in_full, TEXT_SIZE) <= width
    return [*label, in_full if fits else shorten(result, TEXT_SIZE, width)]


def name_axes(page: Figure, grid: PanelGrid, bottom: float, *, x: str, y: str) -> None:
    """Say once for all panels, the lowest of which stand at `bottom`, what their axes are."""
    across, up = page.get_size_inches()
    centre = (grid.left + across - MARGIN) / 2 / across
    page.text(centre, (bottom - BELOW / 2) / up, x, ha="center", va="top")
    middle = (bottom + grid.total_height / 2) / up
    page.text(MARGIN / across, middle, y, ha="left", va="center", rotation="vertical")


def _columns(panels: int, page_width: float) -> int:
    wanted = panels if panels <= 4 else 3 if panels <= 6 else 4 if panels <= 12 else 5
    return min(wanted, max(1, int(page_width / _NARROWEST_PANEL)))
