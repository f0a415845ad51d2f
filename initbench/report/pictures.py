"""Pictures: the files that a results folder has in ``plots/``, in which formats and sizes.

A folder of a few cells has pictures of each; untrained networks that several of them share are
drawn once. Of many nobody would look at them all: there, the summaries alone are drawn, which every
folder of several cells has. Figures of a cell come in the sizes that are asked for and with a
caption, a text that says what they show; summaries and maps of layers are made for a page.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from initbench.errors import UsageError
from initbench.report.captions import caption
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
from initbench.report.summaries import DRAW_SUMMARY, summary_kinds
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
        sizes = pictures.sizes if drawing.is_sized else (PAGE,)
        names += [f"{drawing.stem}{_of_size(s)}.{form}" for s in sizes for form in pictures.formats]
        if drawing.is_sized:
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
        if cell is None or kind not in FIGURES:
            figure = (
                DRAW_SUMMARY[kind](results) if cell is None else draw_figure(results, kind, cell)
            )
            for form in pictures.formats:
                yield f"{stem}.{form}", render(figure, form)
        else:
            for size in pictures.sizes:
                width, dpi = SIZES[size]
                figure = draw_figure(results, kind, cell, width=width)
                for form in pictures.formats:
                    yield f"{stem}{_of_size(size)}.{form}", render(figure, form, dpi)
            yield f"{stem}.txt", caption(results, kind, cell).encode()
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

    @property
    def is_sized(self) -> bool:
        return self.kind in FIGURES


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
