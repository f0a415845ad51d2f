"""Reports of a results folder: tables, sentences and figures.

Nothing here trains: a report can be made a year later, from the folder alone.
"""

from initbench.figures.pictures import Pictures

__all__ = ["Pictures"]
