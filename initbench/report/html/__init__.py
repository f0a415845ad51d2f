"""``report.html``: one file that shows a results folder in a browser, offline and for good.

Python makes the numbers (`payload` and what it calls), JavaScript in ``assets/`` shows them, and
`page` puts both into one document that asks nobody for anything.
"""

from initbench.report.html.page import html_report

__all__ = ["html_report"]
