"""Maps of layers over epochs: where in a network, and when, a recorded statistic changes."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from initbench.arrays import FloatArray
from initbench.plots.colour_bar import BAR, colours, place_bar
from initbench.plots.feature_axis import thin_ticks
from initbench.plots.grids import place_panels, scheme_grid, some_layers
from initbench.plots.page import MARGIN, WIDTH, make_page
from initbench.plots.panels import BELOW, name_axes
from initbench.plots.style import NOTHING, TICK_SIZE, house_style

_LOG_FROM: Final = 20.0
_DEEPEST_LOG: Final = 1e12
"""Factor below the largest value that colours reach down to."""

_TALLEST: Final = 2.6


def layer_map(
    values: Mapping[str, FloatArray],
    epochs: FloatArray,
    *,
    statistic: str,
    is_share: bool = False,
    title: str,
    width: float = WIDTH,
) -> Figure:
    """Draw a statistic of every layer at every epoch, a panel a scheme, on one scale of colours.

    Parameters
    ----------
    values : mapping of label to ndarray of shape (S, T, L)
        Medians over seeds that have not diverged are shown; grey is where none is left.
    epochs : ndarray of shape (T,)
    statistic : str
        What it is called beside the colours.
    is_share : bool
        Whether colours shall go from 0 to 1.
    title : str
    width : float
        Of the page, in inches.
    """
    medians = {label: _median(each) for label, each in values.items()}
    count = next(iter(medians.values())).shape[0]
    layers = some_layers(count, 8)
    ticks_y = {float(layer + 1): str(layer + 1) for layer in layers}
    grid = scheme_grid(
        len(medians),
        height=min(_TALLEST, 0.6 + 0.25 * count),
        ticks_x={},
        ticks_y=ticks_y,
        width=width,
    )
    ticks_x = _epoch_ticks(epochs)
    grid.ticks_x.update(thin_ticks(ticks_x, TICK_SIZE, 0.8 * grid.width))
    bottom = MARGIN + BAR + BELOW
    norm = Normalize(0.0, 1.0) if is_share else _norm(list(medians.values()))
    note = "Median over the seeds that have not diverged; grey where none is left."
    with house_style():
        page = make_page(grid.page_width, bottom + grid.total_height, title=title, note=note)
        panels = place_panels(page, grid, bottom, list(medians))
        for axes, each in zip(panels, medians.values(), strict=True):
            draw_map(axes, each, epochs, norm)
        name_axes(page, grid, bottom, x="Epoch", y="Layer")
        place_bar(page, grid.left, norm, statistic)
    return page


def draw_map(axes: Axes, values: FloatArray, epochs: FloatArray, norm: Normalize) -> None:
    """Draw ``(L, T)`` values as colours, the first layer on top."""
    layers, points = values.shape
    shades = colours()(norm(np.ma.masked_invalid(values)))
    spread = epochs[-1] - epochs[0]
    half = spread / max(points - 1, 1) / 2 or 0.5
    axes.set_facecolor(NOTHING)
    axes.imshow(
        shades,
        extent=(epochs[0] - half, epochs[-1] + half, layers + 0.5, 0.5),
        aspect="auto",
        interpolation="nearest",
    )
    axes.grid(visible=False)


def _median(values: FloatArray) -> FloatArray:
    """Return medians over seeds, ``(S, T, L)`` to ``(L, T)``."""
    found = np.full(values.shape[1:], np.nan)
    finite = np.where(np.isfinite(values), values, np.nan)
    known = np.isfinite(finite).any(axis=0)
    if known.any():
        found[known] = np.nanmedian(finite[:, known], axis=0)
    return found.T


def _norm(medians: list[FloatArray]) -> Normalize:
    flat = np.concatenate([each.ravel() for each in medians])
    flat = flat[np.isfinite(flat)]
    if not flat.size:
        return Normalize(0.0, 1.0)
    positive = flat[flat > 0]
    if (flat < 0).any() or not positive.size or positive.max() <= _LOG_FROM * positive.min():
        low, high = float(flat.min()), float(flat.max())
        return Normalize(low, high if high > low else low + 1.0)
    high = float(positive.max())
    return LogNorm(max(float(positive.min()), high / _DEEPEST_LOG), high, clip=True)


def _epoch_ticks(epochs: FloatArray) -> dict[float, str]:
    if len(epochs) == 1:
        return {float(epochs[0]): f"{epochs[0]:g}"}
    shown = np.linspace(epochs[0], epochs[-1], 5)
    return {float(round(each)): f"{round(each)}" for each in shown}
