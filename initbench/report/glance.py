"""A glance: the table and the curves of results as a piece of HTML, for a notebook.

It has no script and asks for nothing; what a user has named is escaped.
"""

import base64
from collections.abc import Sequence
from html import escape
from typing import Final

from initbench.figures.describing import labels_of
from initbench.figures.loss_curves import loss_curves
from initbench.formatting import printable
from initbench.report.table import LEGEND, columns, settings_line
from initbench.results import Results

MOST_CELLS: Final = 6
"""Points of a sweep that are shown; the report shows all."""


def glance(results: Results) -> str:
    """Return the table of each cell, and the loss curves of the first one."""
    cells = range(len(results.outline.cells))
    tables = [_table(results, cell) for cell in cells[:MOST_CELLS]]
    left_out = len(cells) - MOST_CELLS
    more = f"<p>{left_out} more points of the sweep are in the report.</p>" if left_out > 0 else ""
    name = escape(printable(results.outline.name))
    return f"<div><h4>{name}</h4>{''.join(tables)}{more}<p>{LEGEND}</p>{_curves(results)}</div>"


def _table(results: Results, cell: int) -> str:
    settings = settings_line(results, cell)
    caption = f"<caption>{escape(printable(settings))}</caption>" if settings else ""
    table = columns(results, cell)
    head = _row([column.name for column in table], "th")
    rows = zip(*(column.cells for column in table), strict=True)
    body = "".join(_row(row, "td") for row in rows)
    return f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>"


def _row(texts: Sequence[str], tag: str) -> str:
    cells = "".join(f"<{tag}>{escape(printable(text))}</{tag}>" for text in texts)
    return f"<tr>{cells}</tr>"


def _curves(results: Results) -> str:
    from initbench.figures.drawing import draw, render

    if not labels_of(results, 0):
        return ""
    picture = base64.b64encode(render(draw(loss_curves(results, 0)), "png", 100)).decode()
    return f'<img alt="Loss curves" src="data:image/png;base64,{picture}">'
