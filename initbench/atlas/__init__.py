"""The atlas: which initialization wins where, measured once over many networks.

A *cell* is one network with its data and optimizer. `table` holds one row for each scheme in each
cell, derived from results folders; `answers` says what follows from them. `docs/atlas.md` has the
design, and `docs/build_atlas_configs.py` the experiments.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from initbench.lazy import lazy_names

if TYPE_CHECKING:
    from initbench.atlas.answers import Standing, judge
    from initbench.atlas.table import AtlasCell, Row, read_atlas

__all__ = ["AtlasCell", "Row", "Standing", "judge", "read_atlas"]

__getattr__: Callable[[str], object] = lazy_names(
    __name__,
    {
        "AtlasCell": "table",
        "Row": "table",
        "Standing": "answers",
        "judge": "answers",
        "read_atlas": "table",
    },
)
