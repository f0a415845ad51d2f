"""Trainability maps: the final score, or the time to the target, of each cell over two keys."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, floor
from typing import Final

import numpy as np

from initbench.figures.axes import LOG_FROM, LOWEST_SCORE, cell_edges, named_ticks, scale_of
from initbench.figures.cell_maps import (
    CellMap,
    best_rates,
    cell_maps,
    depth_scale_line,
    kept_rate,
    map_keys,
)
from initbench.figures.describing import summary_caption, title_of
from initbench.figures.records import Axis, ColourScale, Figure, Map, Mark, Panel, Rule
from initbench.figures.sweep import MOST_PANELS
from initbench.formatting import printable, short_names
from initbench.metric import metric_of
from initbench.results import Results
from initbench.results.metrics import counted_scores, reported_cells

_THEORY: Final = "6 ξc of mean-field theory"
_KEPT: Final = "best rate of the narrowest network"
_BEST: Final = "best rate of each width"

ByCell = Mapping[int, Sequence[float]]
"""For each cell a number for each scheme, in the order of the config."""


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
    x, y = (
        Axis(
            names[key],
            scale_of(values),
            (float(cell_edges(values)[0]), float(cell_edges(values)[-1])),
            named_ticks(values),
        )
        for key, values in zip(keys, (maps[0].x, maps[0].y), strict=True)
    )
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
    names = short_names(list(of.settings))
    settings = [f"{names[key]} = {value}" for key, value in of.settings.items()]
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
        yield ", ".join([label, *settings]), tuple(marks)
