"""Lines: text for a terminal in pieces with a role each, which may be shown as a colour.

No information is in the colour alone. Roles become colours after the layout is done, so they never
count in a width.
"""

import textwrap
from collections.abc import Sequence
from enum import Enum, auto
from typing import NamedTuple, TypeAlias


class Role(Enum):
    """The meaning of a piece of text."""

    PLAIN = auto()
    HEADING = auto()
    GOOD = auto()
    BAD = auto()
    UNSURE = auto()
    FAINT = auto()


class Piece(NamedTuple):
    """A part of a line."""

    text: str
    role: Role = Role.PLAIN


Line: TypeAlias = tuple[Piece, ...]

BLANK: Line = ()


def wrapped(
    text: str, width: int, role: Role = Role.PLAIN, *, break_on_hyphens: bool = True
) -> list[Line]:
    """Return a paragraph as lines of at most `width` characters, where words allow."""
    lines = textwrap.wrap(text, width, break_on_hyphens=break_on_hyphens)
    return [(Piece(line, role),) for line in lines]


def plain(lines: Sequence[Line]) -> str:
    r"""Return the text alone.

    >>> plain([(Piece("PASS", Role.GOOD), Piece("  he > zeros")), BLANK, (Piece("1 PASS"),)])
    'PASS  he > zeros\n\n1 PASS'
    """
    return "\n".join("".join(piece.text for piece in line) for line in lines)
