"""Figures: how the numbers of results are handed to `initbench.plots`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.metric import metric_of
from initbench.report.probed import DRAW_PROBED
from initbench.report.starts import probes_of, shared_settings, starts_of
from initbench.report.table import settings_line
from initbench.results import Results

if TYPE_CHECKING:
    from initbench.plots import BoundaryPanel

LAYERS: Final = "layer_"
"""How arrays begin that hold a statistic of every layer, and how their pictures are named."""

MOST_FILMED: Final = 12
"""Schemes up to which there is a film; more of them could not be told apart on a slide."""


def figure_kinds(results: Results, cell: int) -> list[str]:
    """Return the kinds of figures that there are of a cell.

    One without runs has none, decision boundaries exist only where the data lie in a plane, and
    untrained networks only where they were measured.
    """
    runs = list(_median_runs(results, cell).values())
    planar = any("boundary" in run for run in runs)
    has = {
        "decision_boundaries": planar,
        **dict.fromkeys(DRAW_PROBED, bool(probes_of(results, cell))),
    }
    plain = [kind for kind in FIGURES if runs and has.get(kind, True)]
    return plain + sorted({name for run in runs for name in run if name.startswith(LAYERS)})


def draw_figure(results: Results, kind: str, cell: int = 0, **options: Any) -> Any:
    """Return a Matplotlib figure of a cell.

    Parameters
    ----------
    results : Results
    kind : str
        One of `figure_kinds`.
    cell : int
    **options
        ``width``, in inches.
    """
    if kind in FIGURES:
        return FIGURES[kind](results, cell, **options)
    return _layer_map(results, cell, kind, **options)


def has_film(results: Results, cell: int) -> bool:
    """Tell whether a cell's runs were asked about the plane while they trained, and are few."""
    runs = _median_runs(results, cell)
    return 0 < len(runs) <= MOST_FILMED and all("frames" in run for run in runs.values())


def draw_film(results: Results, cell: int) -> bytes:
    """Return the decision boundaries of a cell through training, as a GIF."""
    from initbench.plots import boundary_film

    runs = _median_runs(results, cell)
    shared = next(iter(runs.values()))
    side, epochs = shared["frames"].shape[-1], shared["frame_epochs"].tolist()
    grid_x, grid_y = (
        np.linspace(shared[axis][0], shared[axis][-1], side) for axis in ("grid_x", "grid_y")
    )
    return boundary_film(
        [
            [
                _panel(results, label, cell, run["frames"][frame], epoch)
                for label, run in runs.items()
            ]
            for frame, epoch in enumerate(epochs)
        ],
        grid_x,
        grid_y,
        shared["points"],
        shared["point_labels"],
        epochs=epochs,
        title=_title(results, cell, "Decision boundaries through training"),
        scaling=results.outline.cells[cell].setup.scaling,
    )


def _layer_map(results: Results, cell: int, array: str, **options: Any) -> Any:
    from initbench.plots import layer_map

    name = metric_of(array.removeprefix(LAYERS)).label
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
        **options,
    )


def _labels(results: Results, cell: int) -> list[str]:
    """Return the schemes that have a run."""
    return [label for label in results.outline.labels if results.seeds(label, cell)]


def _median_runs(results: Results, cell: int) -> dict[str, Mapping[str, Array]]:
    return {
        label: results.run(label, results.median_seed(label, cell), cell)
        for label in _labels(results, cell)
    }


def _loss_curves(results: Results, cell: int, **options: Any) -> Any:
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
        **options,
    )


def _final_scores(results: Results, cell: int, **options: Any) -> Any:
    from initbench.plots import final_scores

    labels, setup = _labels(results, cell), results.outline.cells[cell].setup
    metric = f"test_{setup.score}"
    name = metric_of(metric).label
    summaries: dict[str, Any] = {
        label: results.metrics["cells"][cell]["inits"][label][metric] for label in labels
    }
    return final_scores(
        {label: results.curves(label, metric, cell)[:, -1] for label in labels},
        {label: one["ci95"] and tuple(one["ci95"]) for label, one in summaries.items()},
        score=metric_of(metric).axis,
        chance=setup.chance,
        chance_name="chance" if setup.classes else "the mean as answer",
        title=_title(results, cell, f"{name[0].upper()}{name[1:]} after training"),
        **options,
    )


def _decision_boundaries(results: Results, cell: int, **options: Any) -> Any:
    from initbench.plots import decision_boundaries

    runs = _median_runs(results, cell)
    shared = next(iter(runs.values()))
    return decision_boundaries(
        [_panel(results, label, cell, run["boundary"][-1]) for label, run in runs.items()],
        shared["grid_x"],
        shared["grid_y"],
        shared["points"],
        shared["point_labels"],
        title=_title(results, cell, "Decision boundaries of each scheme's median seed"),
        scaling=results.outline.cells[cell].setup.scaling,
        **options,
    )


def _start(kind: str, results: Results, cell: int, **options: Any) -> Any:
    [cells] = [each for each in starts_of(results) if cell in each]
    settings = shared_settings(results, cells)
    subject = f"{results.outline.name}{f' ({settings})' if settings else ''}"
    draw = DRAW_PROBED[kind]
    return draw(probes_of(results, cell), results.outline.labels, subject, **options)


def _panel(
    results: Results, label: str, cell: int, probabilities: FloatArray, epoch: float = np.inf
) -> "BoundaryPanel":
    from initbench.plots import BoundaryPanel

    seed = results.median_seed(label, cell)
    run = results.run(label, seed, cell)
    point = np.searchsorted(run["epochs"], epoch, side="right") - 1
    return BoundaryPanel(
        label=label,
        seed=seed,
        accuracy=float(run["test_accuracy"][point]),
        probabilities=probabilities.astype(np.float64),
    )


def _title(results: Results, cell: int, subject: str) -> str:
    settings = settings_line(results, cell)
    return f"{subject}: {results.outline.name}{f' ({settings})' if settings else ''}"


# What they return is a Figure; that is for initbench.plots to know.
FIGURES: Final[Mapping[str, Callable[..., Any]]] = {
    "loss_curves": _loss_curves,
    "decision_boundaries": _decision_boundaries,
    "final_scores": _final_scores,
    **{kind: partial(_start, kind) for kind in DRAW_PROBED},
}
