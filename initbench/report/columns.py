"""Columns: what a table for a terminal is made of, laid out in the width that there is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from initbench.formatting import printable, shortened
from initbench.report.lines import Line, Piece, Role

GAP: Final = "  "

LONGEST_LABEL: Final = 24
"""Characters that a label may take before columns are left out for it."""


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes
    ----------
    name : str
    cells : sequence of str
        Row by row.
    weight : int
        Columns of less weight are left out first, those of weight 9 never.
    is_silent : bool
        Whether nothing is lost without it.
    roles : sequence of Role
        Row by row; empty where all are plain.
    """

    name: str
    cells: Sequence[str]
    weight: int
    is_silent: bool = False
    roles: Sequence[Role] = ()


def align(table: Sequence[Column]) -> list[Line]:
    """Lay out rows under headings of two lines, labels to the left and numbers to the right."""
    first, *others = table
    pieces = [_pieces(first, str.ljust), *(_pieces(column, str.rjust) for column in others)]
    return [_with_gaps(line) for line in zip(*pieces, strict=True)]


def fitted(table: Sequence[Column], width: int) -> tuple[Column, list[Column], list[str]]:
    """Return labels and other columns that fit together, and the names of those left out."""
    first, *shown = table
    labels = [printable(label) for label in first.cells]
    wanted = min(max(map(len, [*labels, first.name])), LONGEST_LABEL)
    left_out: list[str] = []
    while (spare := width - _width(shown)) < wanted:
        least = min(shown, key=lambda column: column.weight)
        if least.weight == 9:
            break
        shown.remove(least)
        left_out += [] if least.is_silent else [least.name]
    fitting = replace(first, cells=shortened(labels, max(spare, len(first.name))))
    return fitting, shown, left_out


def _width(shown: Sequence[Column]) -> int:
    """Return how wide columns are with the gaps before them."""
    return sum(len(GAP) + _size(column) for column in shown)


def _size(column: Column) -> int:
    return max(map(len, [*_two_lines(column.name), *column.cells]))


def _pieces(column: Column, justify: Callable[[str, int], str]) -> list[Piece]:
    size, roles = _size(column), column.roles or [Role.PLAIN] * len(column.cells)
    return [
        *(Piece(justify(text, size), Role.HEADING) for text in _two_lines(column.name)),
        *(Piece(justify(text, size), role) for text, role in zip(column.cells, roles, strict=True)),
    ]


def _with_gaps(pieces: Sequence[Piece]) -> Line:
    first, *others = pieces
    return (first, *(piece._replace(text=f"{GAP}{piece.text}") for piece in others))


def _two_lines(name: str) -> tuple[str, str]:
    """Cut a heading after its first word; a single word stands in the second line."""
    first, _, rest = name.partition(" ")
    return (first, rest) if rest else ("", first)
