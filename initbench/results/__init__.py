"""Results: raw runs on disk, and everything that is computed from them.

This package knows no scheme, no data set and no network, so a results folder opens whatever
becomes of those.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from initbench.lazy import lazy_names

if TYPE_CHECKING:
    from initbench.claims import Claim
    from initbench.results.outline import Cell, Outline, RunId, Scheme, Setup
    from initbench.results.results import Results, load_results
    from initbench.results.store import RunStore

__all__ = [
    "Cell",
    "Claim",
    "Outline",
    "Results",
    "RunId",
    "RunStore",
    "Scheme",
    "Setup",
    "load_results",
]

__getattr__: Callable[[str], object] = lazy_names(
    __name__,
    {
        "Cell": "outline",
        "Claim": "outline",
        "Outline": "outline",
        "Results": "results",
        "RunId": "outline",
        "RunStore": "store",
        "Scheme": "outline",
        "Setup": "outline",
        "load_results": "results",
    },
)
