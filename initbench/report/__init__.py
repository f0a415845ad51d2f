"""Reports: what the raw runs of a results folder say, as tables, sentences and pictures.

Nothing here trains: a report can be made a year later, from the folder alone.
"""

from initbench.figures.files import Pictures
from initbench.report.across import across_lines, across_text
from initbench.report.difference import difference_lines, difference_text
from initbench.report.findings import conclusions
from initbench.report.rebuilding import report_is_current, write_report
from initbench.report.table import table_lines, text_table

__all__ = [
    "Pictures",
    "across_lines",
    "across_text",
    "conclusions",
    "difference_lines",
    "difference_text",
    "report_is_current",
    "table_lines",
    "text_table",
    "write_report",
]
