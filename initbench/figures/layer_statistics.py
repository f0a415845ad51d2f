"""Layer statistics: a recorded statistic of every layer over the epochs of training, as maps."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.axes import LOG_FROM, layer_axis
from initbench.figures.describing import cell_caption, labels_of, settings_of, title_of
from initbench.figures.records import Axis, ColourScale, Figure, Map, Panel
from initbench.metric import LAYER_PREFIX, metric_of
from initbench.results import Results

_DEEPEST: Final = 1e12
"""Factor below the largest value that colours on a log scale reach down to."""

_EPOCHS: Final = 400
"""Points in time to draw."""


def layer_statistics(results: Results, cell: int) -> list[str]:
    """Return the names of the figures of layer statistics that a cell has, in order."""
    runs = [
        results.run(label, seed, cell)
        for label in labels_of(results, cell)
        for seed in results.seeds(label, cell)
    ]
    names = {name for run in runs[:1] for name in run if name.startswith(LAYER_PREFIX)}
    return sorted(name for name in names if all(name in run for run in runs))


def layer_map(results: Results, cell: int, array: str) -> Figure:
    """Build the figure of one statistic: a map of layers over epochs for each scheme."""
    metric = metric_of(array.removeprefix(LAYER_PREFIX))
    labels, epochs = labels_of(results, cell), results.epochs(cell)
    shown = np.unique(
        np.linspace(0, len(epochs) - 1, min(len(epochs), _EPOCHS)).round().astype(int)
    )
    medians = {label: _median(results.curves(label, array, cell)[:, shown]) for label in labels}
    count = next(iter(medians.values())).shape[0]
    epoch_edges = _edges(epochs[shown])
    layer_edges = np.arange(count + 1) + 0.5
    x = Axis("Epoch", limits=(float(epoch_edges[0]), float(epoch_edges[-1])))
    return Figure(
        name=array,
        title=title_of(results, f"{metric.title} of each layer", settings_of(results, cell)),
        panels=tuple(
            Panel(x, layer_axis(count), (Map(epoch_edges, layer_edges, values),), label)
            for label, values in medians.items()
        ),
        note="Median over the seeds that have not diverged.",
        caption=cell_caption(
            results,
            cell,
            f"The {metric.label} of each layer, the first on top, over the epochs of training: the"
            " median over seeds that have not diverged. All panels share one scale.",
        ),
        colours=_scale(metric.title, list(medians.values()), is_share=array.endswith("fraction")),
    )


def _median(values: FloatArray) -> FloatArray:
    """Return medians over seeds, ``(S, T, L)`` to ``(L, T)``; NaN where every run diverged."""
    found = np.full(values.shape[1:], np.nan)
    finite = np.where(np.isfinite(values), values, np.nan)
    known = np.isfinite(finite).any(axis=0)
    if known.any():
        found[known] = np.nanmedian(finite[:, known], axis=0)
    return found.T


def _scale(label: str, medians: Sequence[FloatArray], *, is_share: bool) -> ColourScale:
    no_number = "every run diverged"
    flat = np.concatenate([each.ravel() for each in medians])
    flat = flat[np.isfinite(flat)]
    if is_share or not flat.size:
        return ColourScale(label, 0.0, 1.0, no_number=no_number)
    positive = flat[flat > 0]
    if (flat < 0).any() or not positive.size or positive.max() <= LOG_FROM * positive.min():
        low, high = float(flat.min()), float(flat.max())
        return ColourScale(label, low, high if high > low else low + 1.0, no_number=no_number)
    high = float(positive.max())
    low = max(float(positive.min()), high / _DEEPEST)
    return ColourScale(label, low, high, is_log=True, no_number=no_number)


def _edges(epochs: FloatArray) -> FloatArray:
    if len(epochs) == 1:
        return np.array([epochs[0] - 0.5, epochs[0] + 0.5])
    middles = (epochs[:-1] + epochs[1:]) / 2
    return np.concatenate([[2 * epochs[0] - middles[0]], middles, [2 * epochs[-1] - middles[-1]]])
