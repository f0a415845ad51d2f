"""Trainability maps: the final score, or the time to the target, of each cell over two keys."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, floor
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.figures.axes import (
    LOG_FROM,
    LOWEST_SCORE,
    between,
    cell_edges,
    swept_axis,
)
from initbench.figures.describing import summary_caption, title_of
from initbench.figures.records import ColourScale, Figure, Map, Mark, Panel, Rule
from initbench.figures.summaries import MOST_PANELS, is_number
from initbench.formatting import printable, short_names, show_settings
from initbench.metric import metric_of
from initbench.results import Results
from initbench.results.metrics import counted_scores, reported_cells

_THEORY: Final = "6 ξc of mean-field theory"
_KEPT: Final = "best rate of the narrowest network"
_BEST: Final = "best rate of each width"

ByCell = Mapping[int, Sequence[float]]
"""For each cell a number for each scheme, in the order of the config."""

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


def has_map(results: Results) -> bool:
    """Tell whether the cells make a rectangle over two keys."""
    return bool(map_keys(results))


def has_times(results: Results) -> bool:
    """Tell whether there is a map, and half of the runs of any of its cells reach the target."""
    return has_map(results) and any(
        np.isfinite(times_to_target(results, cell)).any()
        for cell in reported_cells(results.outline)
    )


def trainability(results: Results) -> Figure:
    """Build the map of the mean test score of every cell, a panel for each scheme."""
    metric = metric_of(f"test_{results.outline.cells[0].setup.score}")
    values = {cell: mean_scores(results, cell) for cell in reported_cells(results.outline)}
    known = np.concatenate(list(values.values()))
    known = np.maximum(known[np.isfinite(known)], LOWEST_SCORE)
    colours = ColourScale(
        metric.title,
        floor(10 * known.min()) / 10,
        ceil(10 * known.max()) / 10,
        no_number="no number",
    )
    sentence = (
        f"The {metric.label} after training, the mean over seeds, a diverged run counting as the"
        " worst score"
    )
    return _figure(
        results,
        "trainability",
        values,
        colours,
        title=f"{metric.title} over two settings",
        note="Mean over seeds; a diverged run has the worst score.",
        sentence=sentence,
    )


def time_to_target(results: Results) -> Figure:
    """Build the map of the median epoch at which the target is reached, for each scheme."""
    target = results.outline.target
    goal = f"{metric_of(f'test_{results.outline.cells[0].setup.score}').label} {target:g}"
    values = {cell: times_to_target(results, cell) for cell in reported_cells(results.outline)}
    known = np.concatenate(list(values.values()))
    known = known[np.isfinite(known)]
    low, high = float(known.min()), float(known.max())
    colours = ColourScale(
        f"Median epochs to {goal}",
        low,
        high if high > low else low + 1.0,
        is_log=0 < low * LOG_FROM < high,
        is_reversed=True,
        no_number="half of the runs or more do not reach it",
    )
    return _figure(
        results,
        "time_to_target",
        values,
        colours,
        title=f"Epochs to {goal} over two settings",
        note="Median over all runs.",
        sentence=f"The median number of epochs to a {goal}, grey where half of the runs or more do"
        " not reach it",
    )


def mean_scores(results: Results, cell: int) -> list[float]:
    """Return each scheme's mean test score, diverged runs at the worst; NaN without runs."""
    document = results.metrics["cells"][cell]
    scores = counted_scores(document["inits"], document["score"])
    return [
        float(scores[label].mean()) if len(scores[label]) else np.nan
        for label in results.outline.labels
    ]


def times_to_target(results: Results, cell: int) -> list[float]:
    """Return each scheme's median epoch at the target; NaN where half of its runs miss it."""
    inits = results.metrics["cells"][cell]["inits"]
    medians = [inits[label]["epochs_to_target"]["median"] for label in results.outline.labels]
    return [np.nan if median is None else median for median in medians]


@dataclass(frozen=True)
class CellMap:
    """Cells that differ in two keys alone, every value of one with every value of the other."""

    x_key: str
    y_key: str
    # x, y: shapes (X,) and (Y,): their values, in order
    x: FloatArray
    y: FloatArray
    cells: IntArray  # shape (Y, X): places in the outline
    settings: Mapping[str, Any]  # what the sweep sets besides, the same in all of them

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
        if all(is_number(each.get(key)) for each in settings.values())
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
    others = []  # keys that do not follow from the two
    for key in (key for key in next(iter(settings.values())) if key not in keys):
        met = {tuple(str(each[one]) for one in (*keys, key)) for each in settings.values()}
        if len(met) > len(x) * len(y):
            others.append(key)
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

    `scores`: shape (Y, X); NaN where there are no runs; of equal scores the lowest rate is taken.
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


def _figure(
    results: Results,
    name: str,
    values: ByCell,
    colours: ColourScale,
    *,
    title: str,
    note: str,
    sentence: str,
) -> Figure:
    keys = map_keys(results)[0]
    maps, names = cell_maps(results, keys), short_names(keys)
    x, y = swept_axis(names[keys[0]], maps[0].x), swept_axis(names[keys[1]], maps[0].y)
    panels = [
        Panel(x, y, marks, panel_title)
        for each in maps
        for panel_title, marks in _panels(results, each, values, colours)
    ]
    if len(panels) > MOST_PANELS:
        note += f" The first {MOST_PANELS} of {len(panels)} panels."
    rules = {mark.label for panel in panels for mark in panel.marks if isinstance(mark, Rule)}
    over = (
        f" over {printable(keys[0])} (x) and {printable(keys[1])} (y). A cell reaches half way to"
        " its neighbours, and all panels share one colour scale."
    )
    if _THEORY in rules:
        over += (
            " The line is six times the depth scale of mean-field theory for the untrained network,"
            " known at the swept values and interpolated between them; up to there Schoenholz et"
            " al. (ICLR 2017, figure 5) could train."
        )
    if _BEST in rules:
        over += (
            " Circles are the best learning rate of each width among those that were tried, by this"
            " score. The line keeps that of the narrowest network: under the maximal update"
            " parametrization all lie on it (Yang et al. 2022, figure 1)."
        )
    return Figure(
        name=name,
        title=title_of(results, title),
        panels=tuple(panels[:MOST_PANELS]),
        note=note,
        caption=summary_caption(results, f"{sentence},{over}"),
        colours=colours,
    )


def _panels(
    results: Results, of: CellMap, values: ByCell, colours: ColourScale
) -> Iterator[tuple[str, tuple[Mark, ...]]]:
    """Yield the title and the marks of each scheme's panel; a map of times has no best rates."""
    inits = {cell: results.metrics["cells"][cell]["inits"] for cell in values}
    labels = results.outline.labels
    missing = {cell: [not inits[cell][one]["runs"] for one in labels] for cell in values}
    crossed = {
        cell: [0 < inits[cell][one]["runs"] == inits[cell][one]["diverged"] for one in labels]
        for cell in values
    }
    settings = show_settings(of.settings, in_short=True)
    for place, label in enumerate(labels):
        each = of.over(values, place)
        marks: list[Mark] = [
            Map(
                cell_edges(of.x),
                cell_edges(of.y),
                each,
                of.over(missing, place),
                of.over(crossed, place),
            )
        ]
        best = None if colours.is_reversed else best_rates(of, each)
        if best is not None:
            marks += [
                Rule(_KEPT, points=kept_rate(of, best)),
                Rule(_BEST, points=best, is_marked=True),
            ]
        elif (line := depth_scale_line(results, of, label)) is not None:
            marks.append(Rule(_THEORY, points=line))
        yield ", ".join(filter(None, [label, settings])), tuple(marks)


def _settings(results: Results) -> dict[int, Mapping[str, Any]]:
    return {cell: results.outline.cells[cell].settings for cell in reported_cells(results.outline)}
