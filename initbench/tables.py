"""One table, many renderings: a list of columns becomes text, Markdown, LaTeX, CSV or HTML.

A table is built once, as columns with their cells already written, and knows nothing of where it is
shown. A terminal may be too narrow for all columns: those of lowest priority are then hidden, and
the renderer returns their names.

Text for a terminal is lines of pieces with a role each, which may be shown as a colour. No
information is in the colour alone. Roles become colours after the layout is done, so they never
count in a width.
"""

import csv
import io
import re
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from html import escape as escape_html
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from initbench.formatting import NONE, escape, printable, shortened

GAP: Final = "  "

ALWAYS: Final = 9
"""Priority of a column that is never hidden."""

LONGEST_LABEL: Final = 24
"""Characters that a label may take before columns are hidden for it."""

LATEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "²": r"\textsuperscript{2}",
    "†": r"$^\dagger$",
    NONE: "--",
    **{letter: f"\\{letter}" for letter in "$&#_%"},
    **{letter: f"${letter}$" for letter in "<>|"},
}
"""How LaTeX writes the characters that would otherwise be commands."""


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


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str  # the heading
    cells: Sequence[str]  # row by row, as a reader sees them
    key: str = ""  # how a user chooses the column; the heading if empty
    priority: int = ALWAYS  # columns of lower priority are hidden first, those of `ALWAYS` never
    # whether nothing is lost if it is hidden, so that it need not be named then
    is_silent: bool = False
    roles: Sequence[Role] = ()  # row by row; empty where all are plain
    align: Literal["left", "right"] = "right"


Table = Sequence[Column]


def table_of(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, left: Collection[int] = (0,)
) -> Table:
    """Return a table of rows of text; the columns at places `left` are aligned to the left."""
    return [
        Column(name, [row[place] for row in rows], align="left" if place in left else "right")
        for place, name in enumerate(names)
    ]


def rows_of(table: Table) -> list[tuple[str, ...]]:
    """Return the cells row by row."""
    return list(zip(*(column.cells for column in table), strict=True))


def as_lines(table: Table, width: int | None = None) -> tuple[list[Line], list[str]]:
    """Return a table as lines for a terminal, and the names of the columns that are hidden.

    Labels in the first column are cut where they would cost columns.

    `width`: columns of the terminal; without, nothing is hidden or cut.
    """
    first, *shown = (
        replace(column, cells=[printable(cell) for cell in column.cells]) for column in table
    )
    hidden: list[str] = []
    if width is not None:
        longest = max(map(len, [*first.cells, *_two_lines(first.name)]))
        wanted = min(longest, LONGEST_LABEL)
        while (spare := width - sum(len(GAP) + _size(column) for column in shown)) < wanted:
            least = min(shown, key=lambda column: column.priority, default=None)
            if least is None or least.priority == ALWAYS:
                break
            shown.remove(least)
            hidden += [] if least.is_silent else [least.name]
        first = replace(first, cells=shortened(first.cells, max(spare, len(first.name))))
    # Headings of several words take two lines where width matters.
    has_two_lines = width is not None and any(" " in column.name for column in [first, *shown])
    columns = [_pieces(column, has_two_lines=has_two_lines) for column in [first, *shown]]
    gap = Piece(GAP)
    lines = [
        (
            *(part for piece in row[:-1] for part in (piece, gap)),
            row[-1]._replace(text=row[-1].text.rstrip()),
        )
        for row in zip(*columns, strict=True)
    ]
    return lines, hidden


def as_markdown(table: Table) -> str:
    """Return a table in Markdown; cells are text, whatever they contain."""
    ruler = ["---" if column.align == "left" else "---:" for column in table]
    lines = [
        [column.name for column in table],
        ruler,
        *([escape(cell) for cell in row] for row in rows_of(table)),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def as_latex(table: Table, *, caption: str = "", label: str = "") -> str:
    r"""Return a table in LaTeX, with the rules of the package booktabs.

    Cells of `Role.GOOD` are set in bold. With a caption or a label the table floats.

    `caption`: text below which LaTeX sets a number; special characters are set as such.
    `label`: what ``\ref`` refers to.
    """
    roles = [column.roles or [Role.PLAIN] * len(column.cells) for column in table]
    rows = [
        [
            rf"\textbf{{{latex_text(cell)}}}" if role is Role.GOOD else latex_text(cell)
            for cell, role in zip(cells, kinds, strict=True)
        ]
        for cells, kinds in zip(rows_of(table), zip(*roles, strict=True), strict=True)
    ]
    body = [
        rf"\begin{{tabular}}{{{''.join(column.align[0] for column in table)}}}",
        r"\toprule",
        f"{' & '.join(latex_text(column.name) for column in table)} \\\\",
        r"\midrule",
        *(f"{' & '.join(row)} \\\\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    if not caption and not label:
        return "\n".join(body)
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            *([rf"\caption{{{latex_text(caption)}}}"] if caption else []),
            *([rf"\label{{{re.sub(r'[^A-Za-z0-9:._-]', '-', label)}}}"] if label else []),
            *body,
            r"\end{table}",
        ]
    )


def as_html(table: Table, caption: str = "") -> str:
    """Return a table as HTML without styles or scripts; names and cells are escaped."""
    head = "".join(f"<th>{escape_html(printable(column.name))}</th>" for column in table)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape_html(printable(cell))}</td>' for cell in row)}</tr>"
        for row in rows_of(table)
    )
    title = f"<caption>{escape_html(printable(caption))}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows of exact values as CSV, a column for every key; a missing value is empty."""
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def latex_text(text: str) -> str:
    r"""Return text as LaTeX that sets it literally.

    >>> print(latex_text("random_normal, 50 % {x}"))
    random\_normal, 50 \% \{x\}
    """
    special = "|".join(map(re.escape, LATEX))
    return re.sub(special, lambda found: LATEX[found[0]], printable(text))


def wrapped(
    text: str, width: int, role: Role = Role.PLAIN, *, break_on_hyphens: bool = True
) -> list[Line]:
    """Return a paragraph as lines of at most `width` characters, where words allow."""
    lines = textwrap.wrap(text, width, break_on_hyphens=break_on_hyphens)
    return [(Piece(line, role),) for line in lines]


def plain(lines: Sequence[Line]) -> str:
    r"""Return the text alone, without spaces at the ends of lines.

    >>> plain([(Piece("PASS", Role.GOOD), Piece("  he > zeros")), BLANK, (Piece("1 PASS"),)])
    'PASS  he > zeros\n\n1 PASS'
    """
    return "\n".join("".join(piece.text for piece in line).rstrip() for line in lines)


def _size(column: Column) -> int:
    return max(map(len, [*_two_lines(column.name), *column.cells]))


def _pieces(column: Column, *, has_two_lines: bool) -> list[Piece]:
    """Return the heading and the cells of a column, all of one width."""
    heading = _two_lines(column.name) if has_two_lines else (column.name,)
    size = max(map(len, [*heading, *column.cells]))
    roles = column.roles or [Role.PLAIN] * len(column.cells)
    justify = str.ljust if column.align == "left" else str.rjust
    return [
        *(Piece(justify(text, size), Role.HEADING) for text in heading),
        *(Piece(justify(text, size), role) for text, role in zip(column.cells, roles, strict=True)),
    ]


def _two_lines(name: str) -> tuple[str, str]:
    """Cut a heading after its first word; a single word stands in the second line."""
    first, _, rest = name.partition(" ")
    return (first, rest) if rest else ("", first)
