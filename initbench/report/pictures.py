"""Pictures: the files that a results folder has in ``plots/``, in which formats and sizes.

Beside its pictures each figure has a caption, a text that says what it shows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from initbench.errors import UsageError
from initbench.report.captions import caption
from initbench.report.figures import FIGURES, draw_figure, draw_film, figure_kinds, has_film
from initbench.results import Results

FOLDER: Final = "plots"
FILM: Final = "boundary"
FORMATS: Final = ("png", "svg", "pdf")


class Size(NamedTuple):
    """Width in inches, and pixels an inch."""

    width: float
    dpi: int


SIZES: Final = {"page": Size(9.6, 150), "column": Size(3.5, 300), "slide": Size(6.4, 300)}
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
    sizes: tuple[str, ...] = ("page",)

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
    return tuple(
        name
        for cell in range(len(results.outline.cells))
        for names in (*_figure_names(results, cell, pictures), _film_names(results, cell))
        for name in names
    )


def draw_pictures(results: Results, pictures: Pictures = DEFAULT) -> Iterator[tuple[str, bytes]]:
    """Draw all pictures, one after another.

    Yields
    ------
    name : str
        Relative to the results folder, as in `picture_names`.
    data : bytes
    """
    from initbench.plots import render

    for cell in range(len(results.outline.cells)):
        for kind in figure_kinds(results, cell):
            stem = _stem(results, cell, kind)
            for size in pictures.sizes:
                width, dpi = SIZES[size]
                figure = draw_figure(results, kind, cell, width=width)
                for form in pictures.formats:
                    yield f"{stem}{_of_size(size)}.{form}", render(figure, form, dpi)
            yield f"{stem}.txt", caption(results, kind, cell).encode()
        for name in _film_names(results, cell):
            yield name, draw_film(results, cell)


def is_ours(name: str) -> bool:
    """Tell whether a file of the folder of pictures is one that this module names."""
    kinds, forms = "|".join(FIGURES), "|".join(FORMATS)
    sizes = "|".join(_of_size(size) for size in SIZES)
    pattern = rf"({kinds})(_\d+)?(({sizes})\.({forms})|\.txt)|{FILM}(_\d+)?\.gif"
    return re.fullmatch(pattern, name) is not None


def _figure_names(results: Results, cell: int, pictures: Pictures) -> Iterator[list[str]]:
    for kind in figure_kinds(results, cell):
        stem = _stem(results, cell, kind)
        endings = [
            f"{_of_size(size)}.{form}" for size in pictures.sizes for form in pictures.formats
        ]
        yield [f"{stem}{ending}" for ending in (*endings, ".txt")]


def _film_names(results: Results, cell: int) -> list[str]:
    return [f"{_stem(results, cell, FILM)}.gif"] if has_film(results, cell) else []


def _stem(results: Results, cell: int, kind: str) -> str:
    suffix = f"_{cell}" if len(results.outline.cells) > 1 else ""
    return f"{FOLDER}/{kind}{suffix}"


def _of_size(size: str) -> str:
    return "" if size == "page" else f"-{size}"
