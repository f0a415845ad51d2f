"""Maps: which cells of a sweep make a rectangle over two keys, what came of them, and lines there.

Pictures and the page show the same. Nothing here computes a theory: how far a signal reaches was
stored with the cells when they were planned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.plots.spacing import between, cell_edges
from initbench.results import Results
from initbench.results.metrics import counted_scores, reported_cells

DEPTH: Final = "network.depth"
WIDTH: Final = "network.width"
RATE: Final = "training.optimizer.learning_rate"

REACH: Final = 6.0
r"""Depth scales :math:`\xi_c` up to which networks were seen to train: Schoenholz, Gilmer, Ganguli,
Sohl-Dickstein, "Deep information propagation", ICLR 2017, section 5, figure 5."""

_UPWARDS: Final[tuple[str, ...]] = (DEPTH, RATE)
"""Keys that stand upright, the first of them that there is."""

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


def map_keys(results: Results) -> list[tuple[str, str]]:
    """Return the pairs of keys that have a map, the one with most cells first.

    Both take numbers, all of which meet; one takes two or more and the other three. Before the
    first run there are none.

    Returns
    -------
    list of (str, str)
        The key to the right and the key upwards.
    """
    settings = _settings(results)
    if not any(each["runs"] for cell in settings for each in _entries(results, cell)):
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
            pairs.append(_turned(first, second, counts))
    return sorted(pairs, key=lambda pair: -len(values[pair[0]]) * len(values[pair[1]]))


def cell_maps(results: Results, keys: tuple[str, str]) -> list[CellMap]:
    """Return the maps over a pair of `map_keys`, one for each combination of the other keys."""
    settings, (x_key, y_key) = _settings(results), keys
    x, y = (np.unique([each[key] for each in settings.values()]) for key in keys)
    met = len(x) * len(y)
    others = [
        key
        for key in next(iter(settings.values()))
        if key not in keys and _count(settings.values(), (*keys, key)) > met
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


def over(of: CellMap, by_cell: Mapping[int, Sequence[Any]] | Sequence[Any], place: int) -> Any:
    """Return what is known of the scheme at a place in the config, cell by cell, ``(Y, X)``."""
    return np.array([[by_cell[cell][place] for cell in row] for row in of.cells.tolist()])


def final_scores(results: Results, cell: int) -> list[float]:
    """Return each scheme's mean test score, diverged runs at the worst; NaN without runs."""
    document = results.metrics["cells"][cell]
    scores = counted_scores(document["inits"], document["score"])
    return [
        float(scores[label].mean()) if len(scores[label]) else np.nan
        for label in results.outline.labels
    ]


def times_to_target(results: Results, cell: int) -> list[float]:
    """Return each scheme's median epoch at the target; NaN where half of its runs never do."""
    medians = [entry["epochs_to_target"]["median"] for entry in _entries(results, cell)]
    return [np.nan if median is None else median for median in medians]


def runs_of(results: Results, cell: int) -> tuple[list[bool], list[bool]]:
    """Return for each scheme whether it has no run at all, and whether all that it has diverged."""
    entries = _entries(results, cell)
    return (
        [not entry["runs"] for entry in entries],
        [entry["runs"] > 0 and entry["diverged"] == entry["runs"] for entry in entries],
    )


def reach(results: Results, of: CellMap, label: str) -> FloatArray | None:
    r"""Return the line of :math:`6 \xi_c` over a map that has the depth upwards, ``(P, 2)``.

    Between cells :math:`1 / \xi_c`, which is zero at the critical point, is interpolated; where a
    signal reaches to any depth the line is far above the map.

    Returns
    -------
    ndarray of shape (P, 2), or None
        Where the depth is not upwards, or theory has nothing to say of all cells or says of one
        value what depends on the depth.
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
    depths = REACH / np.maximum(rates, REACH / (_BEYOND * of.y[-1]))
    return np.column_stack([fine, depths])


def best_rates(of: CellMap, scores: FloatArray) -> FloatArray | None:
    """Return the best learning rate of every width, ``(M, 2)``; None on maps of other keys.

    Parameters
    ----------
    of : CellMap
    scores : ndarray of shape (Y, X)
        NaN where there are no runs; of equals the lowest rate is taken.
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


def _entries(results: Results, cell: int) -> list[Mapping[str, Any]]:
    """Return what came of each scheme, in the order of the config."""
    inits = results.metrics["cells"][cell]["inits"]
    return [inits[label] for label in results.outline.labels]


def _settings(results: Results) -> dict[int, Mapping[str, Any]]:
    return {cell: results.outline.cells[cell].settings for cell in reported_cells(results.outline)}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(settings: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> int:
    """Return how many combinations of the keys' values there are."""
    return len({tuple(str(each[key]) for key in keys) for each in settings})


def _turned(first: str, second: str, counts: tuple[int, int]) -> tuple[str, str]:
    """Return two keys, the one that stands upright last: as `_UPWARDS` says, or of fewer values."""
    fewest = second if counts[1] <= counts[0] else first
    upwards = next((key for key in _UPWARDS if key in {first, second}), fewest)
    return (second, first) if upwards == first else (first, second)
