"""The picture of the atlas: what is lost by using one scheme everywhere, by depth and structure."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.atlas.answers import learned, summarise_schemes
from initbench.atlas.page import DEPTHS
from initbench.atlas.recommendation import regret_table
from initbench.atlas.table import STRUCTURES, AtlasCell
from initbench.figures.records import Axis, ColourScale, Figure, Map, Panel

MOST: Final = 12
"""Schemes that fit on a slide: those that are measured in most cells."""

TITLES: Final = {
    "plain": "Plain layers",
    "layer": "Layer normalization",
    "residual": "Residual blocks",
}


def regret_map(cells: Sequence[AtlasCell]) -> Figure:
    """Build the figure of the mean regret of schemes by depth, with a panel for each structure."""
    cells = learned([cell for cell in cells if not cell.first.held_out])
    names, regrets = regret_table(cells)
    counts = {name: int(np.isfinite(regrets[:, place]).sum()) for place, name in enumerate(names)}
    common = sorted(names, key=lambda name: -counts[name])[:MOST]
    shown = [name for name in summarise_schemes(cells) if name in common]
    columns = [names.index(name) for name in shown]
    edges_x = np.arange(len(DEPTHS) + 1) - 0.5
    edges_y = np.arange(len(shown) + 1) - 0.5
    panels = []
    for structure in STRUCTURES:
        values = np.full((len(shown), len(DEPTHS)), np.nan)
        for place, depth in enumerate(DEPTHS):
            rows = [
                number
                for number, cell in enumerate(cells)
                if cell.first.structure == structure and nearest_level(cell.first.depth) == depth
            ]
            if rows:
                values[:, place] = _means(regrets[rows][:, columns])
        panels.append(
            Panel(
                Axis(
                    "Hidden layers",
                    "category",
                    (edges_x[0], edges_x[-1]),
                    tuple((float(place), str(depth)) for place, depth in enumerate(DEPTHS)),
                ),
                Axis(
                    "",
                    "category",
                    (edges_y[0], edges_y[-1]),
                    tuple((float(place), name) for place, name in enumerate(shown)),
                    is_reversed=True,
                ),
                (Map(edges_x, edges_y, values, missing=np.isnan(values)),),
                TITLES[structure],
            )
        )
    return Figure(
        name="atlas",
        title="What is lost by always using one initialization",
        panels=tuple(panels),
        note=f"Mean over {len(cells)} measured networks of the best scheme's test score less the"
        " scheme's own, each at its best learning rate. Hatched: not measured; blocks need two"
        " layers.",
        caption="The mean loss of test accuracy or R² by using one scheme instead of the best one"
        f" of each network, over {len(cells)} networks by depth and structure.",
        colours=ColourScale("Mean loss of score", 0.0, 0.5, is_reversed=True),
        columns=len(STRUCTURES),
    )


def nearest_level(depth: int) -> int:
    """Return the level of the depth that a network belongs to."""
    return min(DEPTHS, key=lambda level: abs(level - depth))


def _means(values: FloatArray) -> FloatArray:
    counts = np.isfinite(values).sum(axis=0)
    return np.where(counts > 0, np.nansum(values, axis=0) / np.maximum(counts, 1), np.nan)
