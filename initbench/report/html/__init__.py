"""``report.html``: one file that shows a results folder in a browser, offline.

Python makes tables and figure records (`payload` and what it calls), JavaScript in ``assets/``
draws any record, and `page` puts both into one document that requests nothing from a network.
"""

from initbench.report.html.page import html_comparison, html_report

__all__ = ["html_comparison", "html_report"]
