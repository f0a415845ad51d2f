"""Figures: what is measured of initbench itself, and what was hoped for.

No library is imported here, so that a program can say how many threads they may have.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """Something measured.

    Attributes
    ----------
    workload, what : str
    value : str
    target : str
    reached : bool or None
        None where nothing was hoped for.
    """

    workload: str
    what: str
    value: str
    target: str = ""
    reached: bool | None = None


@dataclass(frozen=True)
class Spread:
    """Median and range over turns."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f}–{self.high:.2f})"


def spread(values: Sequence[float]) -> Spread:
    """Return median and range."""
    return Spread(statistics.median(values), min(values), max(values))
