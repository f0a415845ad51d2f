"""Colours: what the pieces of a result look like on a terminal that may show them."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from initbench.cli.terminals import has_colours

if TYPE_CHECKING:
    from initbench.report.lines import Line

STYLES: Final[dict[str, dict[str, Any]]] = {
    "HEADING": {"dim": True},
    "GOOD": {"fg": "green", "bold": True},
    "BAD": {"fg": "red", "bold": True},
    "UNSURE": {"fg": "yellow"},
    "FAINT": {"dim": True},
}
"""How pieces of each role are written; what is plain is left as it is."""


def show(lines: Sequence["Line"]) -> None:
    """Write lines to standard output, with colours where that is a terminal that wants them."""
    from initbench.report.lines import plain

    if has_colours(sys.stdout):
        click.echo("\n".join(map(_painted, lines)), color=True)
    else:
        click.echo(plain(lines))


def _painted(line: "Line") -> str:
    return "".join(
        click.style(text, **STYLES[role.name]) if role.name in STYLES and text.strip() else text
        for text, role in line
    )
