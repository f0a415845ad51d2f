"""Reports: what the raw runs of a results folder say, as tables, sentences and pictures.

Nothing here trains: a report can be made a year later, from the folder alone.
"""

from initbench.report.across import across_text
from initbench.report.difference import difference_text
from initbench.report.findings import conclusions
from initbench.report.rebuilding import report_is_current, write_report
from initbench.report.table import text_table

__all__ = [
    "across_text",
    "conclusions",
    "difference_text",
    "report_is_current",
    "text_table",
    "write_report",
]
