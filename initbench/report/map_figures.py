"""Trainability maps as pictures: the numbers of `maps`, handed to `initbench.plots`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from initbench.metric import metric_of
from initbench.report.formatting import short_names
from initbench.report.maps import (
    RATE,
    WIDTH,
    CellMap,
    best_rates,
    cell_maps,
    final_scores,
    kept_rate,
    map_keys,
    over,
    reach,
    runs_of,
    times_to_target,
)
from initbench.results import Results
from initbench.results.metrics import reported_cells

if TYPE_CHECKING:
    from initbench.plots import MapPanel, MapScale

LOWEST: Final = -1.0
"""Where colours of scores end, whatever is below; no accuracy is."""


def is_target_met(results: Results) -> bool:
    """Tell whether half of the runs of any scheme reach the target in any cell."""
    cells = reported_cells(results.outline)
    return any(np.isfinite(times_to_target(results, cell)).any() for cell in cells)


def has_line(results: Results) -> bool:
    r"""Tell whether :math:`6 \xi_c` is drawn over the map of a folder."""
    maps = cell_maps(results, map_keys(results)[0])
    return any(
        reach(results, each, label) is not None for each in maps for label in results.outline.labels
    )


def has_best_rates(results: Results) -> bool:
    """Tell whether the best learning rate of each width is marked on the map of a folder."""
    return map_keys(results)[0] == (WIDTH, RATE)


def trainability(results: Results, **options: Any) -> Any:
    """Draw the mean test score of every cell."""
    from initbench.plots import MapScale

    setup = results.outline.cells[0].setup
    name = metric_of(f"test_{setup.score}").title
    values = {cell: final_scores(results, cell) for cell in reported_cells(results.outline)}
    known = np.concatenate(list(values.values()))
    known = np.maximum(known[np.isfinite(known)], LOWEST)
    low, high = np.floor(10 * known.min()) / 10, np.ceil(10 * known.max()) / 10
    scale = MapScale(name=name, low=float(low), high=float(high), lower_is_better=False)
    note = "Mean over seeds; a diverged run counts as the worst score."
    return _map(results, values, scale, f"{name} over two settings", note, **options)


def time_to_target(results: Results, **options: Any) -> Any:
    """Draw the median epoch at which the target is met in every cell."""
    from initbench.plots import MapScale

    score, target = results.outline.cells[0].setup.score, results.outline.target
    values = {cell: times_to_target(results, cell) for cell in reported_cells(results.outline)}
    known = np.concatenate(list(values.values()))
    known = known[np.isfinite(known)]
    goal = f"{metric_of(f'test_{score}').label} {target:g}"
    scale = MapScale(
        name=f"Median epochs to {goal}",
        low=float(known.min()),
        high=float(known.max()),
        lower_is_better=True,
        no_number="half of the runs never get there",
    )
    title = f"Epochs to {goal} over two settings"
    return _map(results, values, scale, title, "Median over all runs.", **options)


def _map(
    results: Results,
    values: Mapping[int, Sequence[float]],
    scale: "MapScale",
    title: str,
    note: str,
    **options: Any,
) -> Any:
    from initbench.plots import MapAxes, trainability_map

    keys = map_keys(results)[0]
    maps, names = cell_maps(results, keys), short_names(keys)
    return trainability_map(
        [panel for each in maps for panel in _map_panels(results, each, values, scale)],
        MapAxes(x=maps[0].x, y=maps[0].y, x_name=names[keys[0]], y_name=names[keys[1]]),
        scale,
        line=(
            "best rate of the narrowest, kept"
            if has_best_rates(results)
            else "6 ξc of mean-field theory"
        ),
        marks="best rate of each width",
        title=f"{title}: {results.outline.name}",
        note=note,
        **options,
    )


def _map_panels(
    results: Results, of: CellMap, values: Mapping[int, Sequence[float]], scale: "MapScale"
) -> Iterator["MapPanel"]:
    """Yield a panel for each scheme; of times, none has marks."""
    from initbench.plots import MapPanel

    runs = {cell: runs_of(results, cell) for cell in values}
    names = short_names(list(of.settings))
    settings = [f"{names[key]} = {value}" for key, value in of.settings.items()]
    for place, label in enumerate(results.outline.labels):
        each = over(of, values, place)
        best = None if scale.lower_is_better else best_rates(of, each)
        yield MapPanel(
            title=", ".join([label, *settings]),
            values=each,
            missing=over(of, {cell: missing for cell, (missing, _) in runs.items()}, place),
            diverged=over(of, {cell: diverged for cell, (_, diverged) in runs.items()}, place),
            line=reach(results, of, label) if best is None else kept_rate(of, best),
            marks=best,
        )
