"""Pictures: the files that a results folder has in ``plots/``, in which formats and sizes.

A folder of a few cells has pictures of each; untrained networks that several of them share are
drawn once. Of many nobody would look at them all: there, the summaries alone are drawn, which every
folder of several cells has. Every figure comes in the sizes that are asked for and with a caption,
a text that says what it shows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from initbench.errors import UsageError
from initbench.report.captions import caption, summary_caption
from initbench.report.figures import (
    FIGURES,
    LAYERS,
    draw_figure,
    draw_film,
    figure_kinds,
    has_film,
)
from initbench.report.probed import DRAW_PROBED
from initbench.report.starts import starts_of
from initbench.report.summaries import DRAW_SUMMARY, draw_summary, summary_kinds
from initbench.results import Results

FOLDER: Final = "plots"
FILM: Final = "boundary"
FORMATS: Final = ("png", "svg", "pdf")
PAGE: Final = "page"

MOST_CELLS: Final = 6
"""Cells up to which each has pictures of its own."""


class Size(NamedTuple):
    """Width in inches, and pixels an inch."""

    width: float
    dpi: int


SIZES: Final = {PAGE: Size(9.6, 150), "column": Size(3.5, 300), "slide": Size(6.4, 300)}
"""For a page, for one of two columns of a paper, and for a slide of 1920 pixels."""


@dataclass(frozen=True)
class Pictures:
    """Which pictures there are to be.

    Attributes
    ----------
    formats : tuple of str
        Of ``png``, ``svg`` and ``pdf``.
    sizes : tuple of str
        Of ``page``, ``column`` and ``slide``.

    Raises
    ------
    UsageError
        There is no such format or size.
    """

    formats: tuple[str, ...] = ("png", "svg")
    sizes: tuple[str, ...] = (PAGE,)

    def __post_init__(self) -> None:
        for what, given, known in (
            ("format", self.formats, FORMATS),
            ("size", self.sizes, tuple(SIZES)),
        ):
            unknown = [name for name in given if name not in known]
            if unknown or not given:
                found = ", ".join(map(repr, unknown)) or "nothing"
                raise UsageError(f"no {what} of pictures is {found}. Known: {', '.join(known)}.")


DEFAULT: Final = Pictures()
EVERY: Final = Pictures(FORMATS, tuple(SIZES))


def picture_names(results: Results, pictures: Pictures = DEFAULT) -> tuple[str, ...]:
    """Return the names, relative to the results folder, of all pictures that it has."""
    names = []
    for drawing in _drawings(results):
        stems = [f"{drawing.stem}{_of_size(size)}" for size in pictures.sizes]
        names += [f"{stem}.{form}" for stem in stems for form in pictures.formats]
        names.append(f"{drawing.stem}.txt")
    return (*names, *(_stem(results, cell, FILM) + ".gif" for cell in _filmed(results)))


def draw_pictures(results: Results, pictures: Pictures = DEFAULT) -> Iterator[tuple[str, bytes]]:
    """Draw all pictures, one after another.

    Yields
    ------
    name : str
        Relative to the results folder, as in `picture_names`.
    data : bytes
    """
    from initbench.plots import render

    for kind, cell, stem in _drawings(results):
        for size in pictures.sizes:
            width, dpi = SIZES[size]
            figure = (
                draw_summary(results, kind, width=width)
                if cell is None
                else draw_figure(results, kind, cell, width=width)
            )
            for form in pictures.formats:
                yield f"{stem}{_of_size(size)}.{form}", render(figure, form, dpi)
        text = summary_caption(results, kind) if cell is None else caption(results, kind, cell)
        yield f"{stem}.txt", text.encode()
    for cell in _filmed(results):
        yield _stem(results, cell, FILM) + ".gif", draw_film(results, cell)


def is_ours(name: str) -> bool:
    """Tell whether a file of the folder of pictures is one that this module names."""
    kinds, forms = "|".join([*FIGURES, *DRAW_SUMMARY, f"{LAYERS}[a-z_]+?"]), "|".join(FORMATS)
    sizes = "|".join(_of_size(size) for size in SIZES)
    pattern = rf"({kinds})(_\d+)?(({sizes})\.({forms})|\.txt)|{FILM}(_\d+)?\.gif"
    return re.fullmatch(pattern, name) is not None


class _Drawing(NamedTuple):
    """A figure of a cell, or of all together where that is None, and its file without an ending."""

    kind: str
    cell: int | None
    stem: str


def _drawings(results: Results) -> Iterator[_Drawing]:
    for kind in summary_kinds(results):
        yield _Drawing(kind, None, f"{FOLDER}/{kind}")
    repeated = {cell for cells in starts_of(results) for cell in cells[1:]}
    for cell in _shown(results):
        for kind in figure_kinds(results, cell):
            if kind not in DRAW_PROBED or cell not in repeated:
                yield _Drawing(kind, cell, _stem(results, cell, kind))


def _shown(results: Results) -> list[int]:
    """Return the cells that have pictures of their own."""
    cells = [place for place, cell in enumerate(results.outline.cells) if cell.role != "trial"]
    return cells if len(cells) <= MOST_CELLS else []


def _filmed(results: Results) -> list[int]:
    return [cell for cell in _shown(results) if has_film(results, cell)]


def _stem(results: Results, cell: int, kind: str) -> str:
    suffix = f"_{cell}" if len(results.outline.cells) > 1 else ""
    return f"{FOLDER}/{kind}{suffix}"


def _of_size(size: str) -> str:
    return "" if size == PAGE else f"-{size}"
