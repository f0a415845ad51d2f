"""Reports: what the raw runs of a results folder show, as tables, sentences and figures.

Nothing here trains: a report can be made a year later, from the folder alone.
"""

from initbench.figures.files import Pictures
from initbench.report.difference import difference_lines
from initbench.report.findings import conclusions
from initbench.report.rebuilding import report_is_current, write_report
from initbench.report.table import cross_dataset_lines, table_lines

__all__ = [
    "Pictures",
    "conclusions",
    "cross_dataset_lines",
    "difference_lines",
    "report_is_current",
    "table_lines",
    "write_report",
]
