"""A glance: the table and the curves of results as a piece of HTML, for a notebook.

It has no script and asks for nothing; what a user has named is escaped.
"""

import base64
from html import escape
from typing import Final

from initbench.figures.describing import labels_of
from initbench.figures.learning_curves import loss_curves
from initbench.formatting import printable
from initbench.report.table import LEGEND, columns, settings_line
from initbench.report.table_model import as_html
from initbench.results import Results
from initbench.results.metrics import leading_cells

MOST_CELLS: Final = 6
"""Points of a sweep that are shown; the report shows all."""


def glance(results: Results) -> str:
    """Return the tables of the first reported cells, and the loss curves of the first one."""
    cells = leading_cells(results.outline)
    tables = [
        as_html(columns(results, cell), settings_line(results, cell)) for cell in cells[:MOST_CELLS]
    ]
    left_out = len(cells) - MOST_CELLS
    more = f"<p>{left_out} more points of the sweep are in the report.</p>" if left_out > 0 else ""
    name = escape(printable(results.outline.name))
    return f"<div><h4>{name}</h4>{''.join(tables)}{more}<p>{LEGEND}</p>{_curves(results)}</div>"


def _curves(results: Results) -> str:
    from initbench.figures.drawing import draw, render

    cell = next(iter(leading_cells(results.outline)), 0)
    if not labels_of(results, cell):
        return ""
    picture = base64.b64encode(render(draw(loss_curves(results, cell)), "png", 100)).decode()
    return f'<img alt="Loss curves" src="data:image/png;base64,{picture}">'
