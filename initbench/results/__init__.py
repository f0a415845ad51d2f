"""Results: raw runs on disk, and what is derived from them.

Nothing here knows a scheme, a data set or a network: a folder can be read whatever becomes of them.
"""

from initbench.results.outline import Cell, Outline, RunId, Scheme
from initbench.results.results import Results, load_results
from initbench.results.store import RunStore

__all__ = ["Cell", "Outline", "Results", "RunId", "RunStore", "Scheme", "load_results"]
