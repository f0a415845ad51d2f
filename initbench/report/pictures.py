"""Pictures: which a results folder has, and how its numbers are handed to `initbench.plots`.

A folder of a few cells has pictures of each. Of many nobody would look at them all: there, the
summaries alone are drawn, which every folder of several cells has.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from initbench.arrays import Array
from initbench.report.formatting import metric_name
from initbench.report.summaries import DRAW_SUMMARY, summary_kinds
from initbench.report.table import settings_line
from initbench.results import Results

if TYPE_CHECKING:
    from initbench.plots import BoundaryPanel

FOLDER = "plots"
FORMATS = ("png", "svg")
LAYERS = "layer_"
"""How arrays begin that hold a statistic of every layer, and how their pictures are named."""

MOST_CELLS = 6
"""Cells up to which each has pictures of its own."""

SCORE_NAMES = {"accuracy": "Test accuracy (share of right answers)", "r2": "Test R²"}


def picture_names(results: Results) -> tuple[str, ...]:
    """Return the names, relative to the results folder, of all pictures that it has.

    A cell without runs has none, and decision boundaries exist only where the data lie in a plane.
    """
    return tuple(f"{name}.{form}" for name, _ in _drawings(results) for form in FORMATS)


def draw_pictures(results: Results) -> Iterator[tuple[str, bytes]]:
    """Draw all pictures, one after another.

    Yields
    ------
    name : str
        Relative to the results folder, as in `picture_names`.
    data : bytes
    """
    from initbench.plots import render

    for name, draw in _drawings(results):
        figure = draw()
        for form in FORMATS:
            yield f"{name}.{form}", render(figure, form)


def is_ours(name: str) -> bool:
    """Tell whether a file of the folder of pictures is one that this module names."""
    kinds = "|".join([*DRAW, *DRAW_SUMMARY, f"{LAYERS}[a-z_]+?"])
    return re.fullmatch(rf"({kinds})(_\d+)?\.({'|'.join(FORMATS)})", name) is not None


def _drawings(results: Results) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the name of each picture, without its format, and what draws it."""
    for kind in summary_kinds(results):
        yield f"{FOLDER}/{kind}", partial(DRAW_SUMMARY[kind], results)
    cells = results.outline.cells
    shown = [place for place, cell in enumerate(cells) if cell.role != "trial"]
    for cell in shown if len(shown) <= MOST_CELLS else ():
        for kind in _kinds(results, cell):
            suffix = f"_{cell}" if len(cells) > 1 else ""
            yield f"{FOLDER}/{kind}{suffix}", partial(_draw, results, cell, kind)


def _kinds(results: Results, cell: int) -> list[str]:
    labels = _labels(results, cell)
    runs = list(_median_runs(results, cell).values())
    planar = any("boundary" in run for run in runs)
    plain = [kind for kind in DRAW if labels and (planar or kind != "decision_boundaries")]
    recorded = {name for run in runs for name in run if name.startswith(LAYERS)}
    return plain + sorted(recorded)


def _draw(results: Results, cell: int, kind: str) -> Any:
    """Return the figure of a kind: one of `DRAW`, or a map of what was recorded of every layer."""
    return DRAW[kind](results, cell) if kind in DRAW else _layer_map(results, cell, kind)


def _layer_map(results: Results, cell: int, array: str) -> Any:
    from initbench.plots import layer_map

    name = metric_name(array.removeprefix(LAYERS))
    return layer_map(
        {
            label: np.stack(
                [results.run(label, seed, cell)[array] for seed in results.seeds(label, cell)]
            )
            for label in _labels(results, cell)
        },
        results.epochs(cell),
        statistic=name[0].upper() + name[1:],
        is_share=array.endswith("fraction"),
        title=_title(results, cell, f"{name[0].upper()}{name[1:]} of each layer"),
    )


def _labels(results: Results, cell: int) -> list[str]:
    """Return the schemes that have a run."""
    return [label for label in results.outline.labels if results.seeds(label, cell)]


def _median_runs(results: Results, cell: int) -> dict[str, Mapping[str, Array]]:
    return {
        label: results.run(label, results.median_seed(label, cell), cell)
        for label in _labels(results, cell)
    }


def _loss_curves(results: Results, cell: int) -> Any:
    from initbench.plots import loss_curves

    train, test = (
        {label: results.curves(label, name, cell) for label in _labels(results, cell)}
        for name in ("train_loss", "test_loss")
    )
    return loss_curves(
        train,
        test,
        results.epochs(cell),
        unit="" if results.outline.cells[cell].setup.classes is None else "nats",
        title=_title(results, cell, "Loss"),
    )


def _final_scores(results: Results, cell: int) -> Any:
    from initbench.plots import final_scores

    labels, setup = _labels(results, cell), results.outline.cells[cell].setup
    metric = f"test_{setup.score}"
    name = metric_name(metric)
    summaries: dict[str, Any] = {
        label: results.metrics["cells"][cell]["inits"][label][metric] for label in labels
    }
    return final_scores(
        {label: results.curves(label, metric, cell)[:, -1] for label in labels},
        {label: one["ci95"] and tuple(one["ci95"]) for label, one in summaries.items()},
        score=SCORE_NAMES[setup.score],
        chance=setup.chance,
        chance_name="chance" if setup.classes else "the mean as answer",
        title=_title(results, cell, f"{name[0].upper()}{name[1:]} after training"),
    )


def _decision_boundaries(results: Results, cell: int) -> Any:
    from initbench.plots import decision_boundaries

    runs = _median_runs(results, cell)
    shared = next(iter(runs.values()))
    return decision_boundaries(
        [_panel(results, label, cell) for label in runs],
        shared["grid_x"],
        shared["grid_y"],
        shared["points"],
        shared["point_labels"],
        title=_title(results, cell, "Decision boundaries of each scheme's median seed"),
        scaling=results.outline.cells[cell].setup.scaling,
    )


def _panel(results: Results, label: str, cell: int) -> "BoundaryPanel":
    from initbench.plots import BoundaryPanel

    seed = results.median_seed(label, cell)
    run = results.run(label, seed, cell)
    return BoundaryPanel(
        label=label,
        seed=seed,
        accuracy=float(run["test_accuracy"][-1]),
        probabilities=run["boundary"][-1].astype(np.float64),
    )


def _title(results: Results, cell: int, subject: str) -> str:
    settings = settings_line(results, cell)
    return f"{subject}: {results.outline.name}{f' ({settings})' if settings else ''}"


# What they return is a Figure; that is for initbench.plots to know.
DRAW: Mapping[str, Callable[[Results, int], Any]] = {
    "loss_curves": _loss_curves,
    "decision_boundaries": _decision_boundaries,
    "final_scores": _final_scores,
}
