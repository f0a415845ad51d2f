"""Colours of results on terminals that support them."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from initbench.cli.terminals import has_colours

if TYPE_CHECKING:
    from initbench.tables import Line

STYLES: Final[dict[str, dict[str, Any]]] = {
    "HEADING": {"dim": True},
    "GOOD": {"fg": "green", "bold": True},
    "BAD": {"fg": "red", "bold": True},
    "UNSURE": {"fg": "yellow"},
    "FAINT": {"dim": True},
}
"""Click style of each role; plain text has none."""


def show(lines: Sequence["Line"]) -> None:
    """Write lines to standard output, in colour if it is a terminal and NO_COLOR is not set."""
    from initbench.tables import plain

    if has_colours(sys.stdout):
        click.echo("\n".join(map(_painted, lines)), color=True)
    else:
        click.echo(plain(lines))


def _painted(line: "Line") -> str:
    return "".join(
        click.style(text, **STYLES[role.name]) if role.name in STYLES and text.strip() else text
        for text, role in line
    )
