"""The phase diagram: for which variances signals are ordered, and for which chaotic."""

from math import e

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.axes import cell_edges
from initbench.figures.records import Axis, ColourScale, Figure, Map, Mark, Panel, Rule


def phase_diagram(
    weight_variances: FloatArray,
    bias_variances: FloatArray,
    chi: FloatArray,
    *,
    point: tuple[float, float],
    point_label: str,
    title: str,
) -> Figure:
    """Build the figure of the factor by which a layer scales gradients, over both variances.

    `weight_variances`: shape (G,); times the fan-in.
    `bias_variances`: shape (H,).
    `chi`: shape (H, G); at the fixed point of the signal's variance.
    `point`: a weight variance and a bias variance to mark.
    `point_label`: what the point is, with its numbers.
    """
    limits = [(float(each[0]), float(each[-1])) for each in (weight_variances, bias_variances)]
    points = []
    for bias_variance, row in zip(bias_variances, np.log(np.clip(chi, 1e-30, 1e30)), strict=True):
        rises = np.flatnonzero((row[:-1] < 0) & (row[1:] >= 0))
        if len(rises):
            at = slice(rises[0], rises[0] + 2)
            points.append((np.interp(0.0, row[at], weight_variances[at]), bias_variance))
    critical = np.array(points).reshape(-1, 2)
    marks: list[Mark] = [
        Map(
            cell_edges(weight_variances),
            cell_edges(bias_variances),
            np.clip(chi, 1e-30, 1e30),
        ),
        *([Rule("critical: χ₁ = 1", points=critical)] if len(critical) > 1 else []),
        Rule(point_label, points=np.array([point]), is_marked=True),
    ]
    return Figure(
        name="phase_diagram",
        title=title,
        panels=(
            Panel(
                Axis("Weight variance × fan-in, σw²", limits=limits[0]),
                Axis("Bias variance, σb²", limits=limits[1]),
                tuple(marks),
            ),
        ),
        note="Blue: ordered; gradients shrink from layer to layer and inputs become alike."
        " Red: chaotic; gradients grow and similar inputs become different.",
        colours=ColourScale(
            "χ₁, factor on squared gradients per layer", 1 / e, e, is_log=True, colours="diverging"
        ),
    )
