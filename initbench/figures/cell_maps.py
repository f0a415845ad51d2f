"""Cell maps: the cells of a sweep that make a rectangle over two keys, and lines drawn over them.

Nothing here computes theory: the depth scale of each cell was stored when the sweep was planned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.figures.axes import between, cell_edges
from initbench.results import Results
from initbench.results.metrics import reported_cells

DEPTH: Final = "network.depth"
WIDTH: Final = "network.width"
RATE: Final = "training.optimizer.learning_rate"

DEPTH_SCALES: Final = 6.0
r"""Depth scales :math:`\xi_c` up to which networks were seen to train: Schoenholz, Gilmer, Ganguli,
Sohl-Dickstein, "Deep information propagation", ICLR 2017, section 5, figure 5."""

_UPWARDS: Final[tuple[str, ...]] = (DEPTH, RATE)
"""Keys that are on the y axis, the first of them that a sweep has."""

_FINE: Final = 16
"""Points of a line from one cell to the next."""

_BEYOND: Final = 100.0
"""Times the deepest network, where a line ends that has no end."""

_SAME: Final = 1e-6
_LEAST: Final = 1e-300


@dataclass(frozen=True)
class CellMap:
    """Cells that differ in two keys alone, every value of one with every value of the other.

    Attributes
    ----------
    x_key, y_key : str
    x, y : ndarray of shape (X,), (Y,)
        Their values, in order.
    cells : ndarray of shape (Y, X)
        Places in the outline.
    settings : mapping of str to value
        What the sweep sets besides, the same in all of them.
    """

    x_key: str
    y_key: str
    x: FloatArray
    y: FloatArray
    cells: IntArray
    settings: Mapping[str, Any]

    def over(self, by_cell: Mapping[int, Sequence[Any]], scheme: int) -> Any:
        """Return the values of the scheme at a place in the config, cell by cell, ``(Y, X)``."""
        return np.array([[by_cell[cell][scheme] for cell in row] for row in self.cells.tolist()])


def map_keys(results: Results) -> list[tuple[str, str]]:
    """Return the pairs of keys that have a map, the one with most cells first.

    Both take numbers, and every combination of their values has a cell; one takes two values or
    more and the other three. Before the first run there are none.

    Returns
    -------
    list of (str, str)
        The key of the x axis and the key of the y axis.
    """
    settings = _settings(results)
    if not any(
        entry["runs"]
        for cell in settings
        for entry in results.metrics["cells"][cell]["inits"].values()
    ):
        return []
    numeric = [
        key
        for key in next(iter(settings.values()), {})
        if all(_is_number(each.get(key)) for each in settings.values())
    ]
    values = {key: {each[key] for each in settings.values()} for key in numeric}
    pairs = []
    for first, second in combinations(numeric, 2):
        counts = len(values[first]), len(values[second])
        met = {(each[first], each[second]) for each in settings.values()}
        if min(counts) >= 2 and max(counts) >= 3 and len(met) == counts[0] * counts[1]:
            fewest = second if counts[1] <= counts[0] else first
            upwards = next((key for key in _UPWARDS if key in {first, second}), fewest)
            pairs.append((second, first) if upwards == first else (first, second))
    return sorted(pairs, key=lambda pair: -len(values[pair[0]]) * len(values[pair[1]]))


def cell_maps(results: Results, keys: tuple[str, str]) -> list[CellMap]:
    """Return the maps over a pair of `map_keys`, one for each combination of the other keys."""
    settings, (x_key, y_key) = _settings(results), keys
    x, y = (np.unique([each[key] for each in settings.values()]) for key in keys)
    others = [
        key
        for key in next(iter(settings.values()))
        if key not in keys and _count(settings.values(), (*keys, key)) > len(x) * len(y)
    ]
    maps: dict[tuple[Any, ...], IntArray] = {}
    for cell, each in settings.items():
        cells = maps.setdefault(
            tuple(each[key] for key in others), np.full((len(y), len(x)), -1, np.int64)
        )
        cells[np.searchsorted(y, each[y_key]), np.searchsorted(x, each[x_key])] = cell
    return [
        CellMap(
            x_key,
            y_key,
            x.astype(float),
            y.astype(float),
            cells,
            dict(zip(others, shared, strict=True)),
        )
        for shared, cells in maps.items()
        if (cells >= 0).all()
    ]


def depth_scale_line(results: Results, of: CellMap, label: str) -> FloatArray | None:
    r"""Return the line of :math:`6 \xi_c` over a map that has the depth upwards, ``(P, 2)``.

    Between cells :math:`1 / \xi_c`, which is zero at the critical point, is interpolated; where a
    signal passes any depth the line is far above the map.

    Returns
    -------
    ndarray of shape (P, 2), or None
        Where the depth is not upwards, or theory has no answer for some cells or one that depends
        on the depth.
    """
    if of.y_key != DEPTH:
        return None
    factors = np.array(
        [
            [results.outline.cells[cell].correlation_factors.get(label, np.nan) for cell in row]
            for row in of.cells
        ]
    )
    if not np.isfinite(factors).any(axis=0).all():
        return None
    least, most = np.nanmin(factors, axis=0), np.nanmax(factors, axis=0)
    if (most - least > _SAME).any():
        return None
    fine = between(of.x, _FINE)
    rates = np.interp(fine, of.x, -np.log(np.maximum(most, _LEAST)))
    depths = DEPTH_SCALES / np.maximum(rates, DEPTH_SCALES / (_BEYOND * of.y[-1]))
    return np.column_stack([fine, depths])


def best_rates(of: CellMap, scores: FloatArray) -> FloatArray | None:
    """Return the best learning rate of every width, ``(M, 2)``; None on maps of other keys.

    Parameters
    ----------
    of : CellMap
    scores : ndarray of shape (Y, X)
        NaN where there are no runs; of equal scores the lowest rate is taken.
    """
    if (of.x_key, of.y_key) != (WIDTH, RATE):
        return None
    known = [x for x in range(len(of.x)) if np.isfinite(scores[:, x]).any()]
    if not known:
        return None
    return np.array([(of.x[x], of.y[np.nanargmax(scores[:, x])]) for x in known])


def kept_rate(of: CellMap, best: FloatArray) -> FloatArray:
    """Return the line on which the best rate of the narrowest network stays, ``(2, 2)``.

    So it does under the maximal update parametrization: Yang, Hu, Babuschkin, Sidor, Liu, Farhi,
    Ryder, Pachocki, Chen, Gao, "Tensor programs V", 2022, figure 1.
    """
    return np.array([(end, best[0, 1]) for end in cell_edges(of.x)[[0, -1]]])


def _settings(results: Results) -> dict[int, Mapping[str, Any]]:
    return {cell: results.outline.cells[cell].settings for cell in reported_cells(results.outline)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(settings: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> int:
    """Return how many combinations of the keys' values there are."""
    return len({tuple(str(each[key]) for key in keys) for each in settings})
