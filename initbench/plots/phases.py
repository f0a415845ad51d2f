"""The phase diagram: for which variances signals are ordered, and for which chaotic."""

from typing import Final

import numpy as np
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from initbench.arrays import FloatArray
from initbench.plots.page import MARGIN, make_page, place_axes
from initbench.plots.style import INK, NOTE_SIZE, house_style

_LEFT: Final = 0.8
_SIDE: Final = (5.4, 3.6)
_BELOW: Final = 0.55
_BAR: Final = (0.16, 0.3, 0.7)
"""Width of the bar of colours, its distance from the panel, and the room for its labels."""

_REACH: Final = 1.0
"""Colours reach from e^-1 to e^1."""


def phase_diagram(
    weight_variances: FloatArray,
    bias_variances: FloatArray,
    chi: FloatArray,
    *,
    point: tuple[float, float] | None,
    title: str,
) -> Figure:
    """Draw the factor that a gradient meets a layer, over both variances, and where it is one.

    Parameters
    ----------
    weight_variances : ndarray of shape (G,)
        Times the fan-in.
    bias_variances : ndarray of shape (H,)
    chi : ndarray of shape (H, G)
        Where a signal has settled.
    point : (float, float), optional
        A weight variance and a bias variance to mark.
    title : str
    """
    width, height = _SIDE
    bottom = MARGIN + _BELOW
    note = (
        "Blue: ordered, gradients shrink from layer to layer and inputs come to look alike."
        " Red: chaotic, gradients grow and inputs part. Line: critical, χ1 = 1."
    )
    logs = np.log(np.clip(chi, 1e-30, 1e30))
    with house_style():
        across = _LEFT + width + sum(_BAR)
        page = make_page(across, bottom + height, title=title, note=note)
        axes = place_axes(page, _LEFT, bottom, width, height)
        shades = axes.pcolormesh(
            weight_variances,
            bias_variances,
            np.clip(logs, -_REACH, _REACH),
            cmap="RdBu_r",
            norm=TwoSlopeNorm(0.0, -_REACH, _REACH),
            shading="nearest",
            rasterized=True,
        )
        if logs.min() < 0.0 < logs.max():
            axes.contour(
                weight_variances, bias_variances, logs, levels=[0.0], colors=INK, linewidths=1.6
            )
        if point is not None:
            axes.plot(*point, "o", color=INK, markeredgecolor="white", markersize=8, clip_on=False)
        axes.set_xlabel("Weight variance × fan-in, σw²")
        axes.set_ylabel("Bias variance, σb²")
        axes.grid(visible=False)
        bar = place_axes(page, _LEFT + width + _BAR[1], bottom, _BAR[0], height)
        page.colorbar(shades, cax=bar)
        bar.set_yticks([-1.0, -0.5, 0.0, 0.5, 1.0], ["0.37", "0.61", "1", "1.65", "2.7"])
        bar.set_title("χ1", size=NOTE_SIZE)
    return page
