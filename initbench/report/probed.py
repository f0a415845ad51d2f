"""Pictures of untrained networks: signals and gradients, histograms, Jacobians."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.plots.palette import MOST_BANDS
from initbench.results.probes import REACH, SchemeProbe

if TYPE_CHECKING:
    from initbench.plots import LayerLine, LinePanel

_ROUNDING: Final = 1e-12
"""Share of the largest singular value below which others are zero."""

Schemes = Mapping[str, SchemeProbe]
"""By label; a scheme of which nothing was measured has no entry."""


def _signals(schemes: Schemes, labels: Sequence[str], subject: str, **options: Any) -> Any:
    from initbench.plots import layer_lines

    panels = [
        _panel(schemes, "Signal", "Preactivation, root mean square", "preactivation"),
        _panel(schemes, "Gradient", "Loss by preactivation, r.m.s.", "delta"),
    ]
    note = "Median over seeds, with bars between quartiles; dashed: mean-field theory" + (
        ", with the band of 95 % of networks." if len(labels) <= MOST_BANDS else "."
    )
    return layer_lines(
        panels, labels, title=f"Signals before training: {subject}", note=note, **options
    )


def _panel(schemes: Schemes, title: str, y_label: str, kind: str) -> "LinePanel":
    from initbench.plots import LayerLine, LinePanel

    lines = {
        label: LayerLine(
            one.layers[f"{kind}_rms"],
            None if one.expected is None else getattr(one.expected, f"{kind}_rms"),
            None if one.expected is None else getattr(one.expected, f"{kind}_band"),
        )
        for label, one in schemes.items()
    }
    return LinePanel(title, "Layer", y_label, lines)


def _histograms(schemes: Schemes, _labels: Sequence[str], subject: str, **options: Any) -> Any:
    from initbench.plots import layer_histograms

    heights = {label: _heights(one) for label, one in schemes.items()}
    title = f"Preactivations before training: {subject}"
    return layer_histograms(heights, reach=REACH, title=title, **options)


def _heights(scheme: SchemeProbe) -> FloatArray:
    """Return the first network's histograms, NaN for layers that hold no numbers."""
    is_sound = np.isfinite(scheme.layers["preactivation_rms"][0])
    return np.where(is_sound[:, np.newaxis], scheme.histograms, np.nan)


def _jacobians(schemes: Schemes, labels: Sequence[str], subject: str, **options: Any) -> Any:
    from initbench.plots import LinePanel, layer_lines

    axes = ("Rank of the singular value", "Singular value")
    panels = [
        LinePanel("Input to output", *axes, _spectra(schemes, "jacobian")),
        LinePanel(
            "The middle layer, activation included", *axes, _spectra(schemes, "layer_jacobian")
        ),
    ]
    note = (
        "Jacobians at one input, median over seeds with bars between quartiles; a line ends where"
        " the rest is zero."
    )
    return layer_lines(
        panels, labels, title=f"Jacobians before training: {subject}", note=note, **options
    )


def _spectra(schemes: Schemes, name: str) -> dict[str, "LayerLine"]:
    from initbench.plots import LayerLine

    found = {label: getattr(one, name) for label, one in schemes.items()}
    return {
        label: LayerLine(_above_rounding(values))
        for label, values in found.items()
        if values is not None
    }


def _above_rounding(values: FloatArray) -> FloatArray:
    """Return singular values (S, n) without those that are zero but for rounding, NaN instead."""
    return np.where(values >= _ROUNDING * values.max(axis=1, keepdims=True), values, np.nan)


# What they return is a Figure; that is for initbench.plots to know.
DRAW_PROBED: Final[Mapping[str, Callable[..., Any]]] = {
    "signals": _signals,
    "histograms": _histograms,
    "jacobians": _jacobians,
}
"""How each is drawn: from what was measured, the labels of all schemes, and what they are of.

Each takes the ``width`` of its page in inches.
"""
