"""Figures of untrained networks: signals and gradients, histograms of preactivations, Jacobians.

Cells of a sweep that differ in training alone have the same untrained networks, which are drawn
once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from initbench.figures.axes import log_axis, rank_axis, size_axis, some_layers
from initbench.figures.curvature import spectra, stable_rates
from initbench.figures.describing import cell_caption, grouped, median_line, series_of, title_of
from initbench.figures.records import Axis, Bars, Figure, Line, Mark, Message, Panel, Series
from initbench.results import Results
from initbench.results.probes import SchemeProbe, magnitude_edges

MOST_THEORY_BANDS: Final = 3
"""Schemes up to which the range that theory expects of single networks is drawn."""

_ROUNDING: Final = 1e-12
"""Share of the largest singular value below which others are zero."""

_MOST_RIDGES: Final = 10
_RIDGE: Final = 1.6
"""Height of the highest ridge, in distances between two layers."""

_SMALLEST: Final = 1e-280

Probes = Mapping[str, SchemeProbe]
"""By label; a scheme without measurements has no entry."""


def probed_groups(results: Results) -> list[list[int]]:
    """Return the cells that were probed, those with the same untrained networks in one list."""
    groups: dict[tuple[tuple[str, tuple[str, ...]], ...], list[int]] = {}
    for place, cell in enumerate(results.outline.cells):
        if any(key in results.probes for keys in cell.probes.values() for key in keys):
            groups.setdefault(tuple(sorted(cell.probes.items())), []).append(place)
    return list(groups.values())


def probes_of(results: Results, cell: int) -> dict[str, SchemeProbe]:
    """Return the measurements of a cell's untrained networks, by label."""
    found = {label: results.probe(label, cell) for label in results.outline.labels}
    return {label: one for label, one in found.items() if one is not None}


def shared_settings(results: Results, cells: Sequence[int]) -> str:
    """Name the settings that some cells of a sweep have in common: ``network.depth = 2``."""
    first, *others = [results.outline.cells[cell].settings for cell in cells]
    shared = first.items() & set.intersection(*(set(each.items()) for each in [first, *others]))
    return ", ".join(
        f"{path} = {value}" for path, value in first.items() if (path, value) in shared
    )


def untrained_figure(results: Results, cell: int, name: str) -> Figure:
    """Build one of the figures `UNTRAINED` of a cell."""
    [cells] = [each for each in probed_groups(results) if cell in each]
    probes = probes_of(results, cell)
    series = series_of(results, probes)
    build, sentence = UNTRAINED[name]
    title = title_of(results, TITLES[name], shared_settings(results, cells))
    return build(probes, series, title, cell_caption(results, cell, sentence))


def signals(probes: Probes, series: Sequence[Series], title: str, caption: str = "") -> Figure:
    """Build the figure of signal and gradient in each layer, beside mean-field theory."""
    panels = _in_groups(
        series,
        [
            _sizes(probes, "Signal", "RMS preactivation", "preactivation"),
            _sizes(probes, "Gradient", "RMS of ∂loss / ∂preactivation", "delta"),
        ],
    )
    bands = ", with whiskers over 95 % of networks" if len(probes) <= MOST_THEORY_BANDS else ""
    return Figure(
        name="signals",
        title=title,
        panels=tuple(panels),
        note="Line and band: median and quartiles over the seeds."
        f" Open markers: mean-field theory{bands}.",
        caption=caption,
        series=tuple(_with_note(one, panels) for one in series),
        columns=2,
    )


def histograms(probes: Probes, series: Sequence[Series], title: str, caption: str = "") -> Figure:
    """Build the figure of the magnitudes of preactivations in some layers, on a log axis."""
    sizes = [one.layers["preactivation_rms"][0] for one in probes.values()]
    edges = magnitude_edges()
    bounds = size_axis("", [np.concatenate(sizes)]).limits or (0.1, 10.0)
    x = log_axis("|Preactivation|", bounds[0] * edges[0] ** 0.5, bounds[1] * edges[-1])
    panels = []
    for one in series:
        probe = probes[one.name]
        rms = probe.layers["preactivation_rms"][0]
        layers = some_layers(len(rms), _MOST_RIDGES)
        ticks = tuple((-float(row), str(layer + 1)) for row, layer in enumerate(layers))
        y = Axis("Layer", limits=(0.6 - len(layers), _RIDGE + 0.1), ticks=ticks)
        panels.append(Panel(x, y, _ridges(one.name, probe, layers), one.name))
    return Figure(
        name="histograms",
        title=title,
        panels=tuple(panels),
        note="Magnitudes of the preactivations of one seed before training, the first layer on top."
        " All ridges have the same height.",
        caption=caption,
        series=tuple(series),
    )


def jacobians(probes: Probes, series: Sequence[Series], title: str, caption: str = "") -> Figure:
    """Build the figure of the singular values of Jacobians at one input."""
    panels = []
    for subject, name in (
        ("Logits by the input", "jacobian"),
        ("Middle layer with its activation", "layer_jacobian"),
    ):
        found = {label: getattr(one, name) for label, one in probes.items()}
        lines = tuple(  # values that are zero but for rounding are left out
            median_line(
                label,
                np.where(values >= _ROUNDING * values.max(axis=1, keepdims=True), values, np.nan),
            )
            for label, values in found.items()
            if values is not None
        )
        length = max((len(line.x) for line in lines), default=1)
        x = rank_axis("Rank of the singular value", length)
        panels.append(
            Panel(x, size_axis("Singular value", [one.y for one in lines]), lines, subject)
        )
    panels = _in_groups(series, panels)
    return Figure(
        name="jacobians",
        title=title,
        panels=tuple(panels),
        note="Jacobians at one input before training. Line and band: median and quartiles over the"
        " seeds; a line ends where the remaining values are zero.",
        caption=caption,
        series=tuple(_with_note(one, panels) for one in series),
        columns=2,
    )


def _sizes(probes: Probes, title: str, label: str, kind: str) -> Panel:
    lines = []
    for name, probe in probes.items():
        lines.append(median_line(name, probe.layers[f"{kind}_rms"]))
        if probe.expected is not None:
            expected = getattr(probe.expected, f"{kind}_rms")
            low, high = getattr(probe.expected, f"{kind}_band")
            shown = some_layers(len(expected), _MOST_RIDGES)
            has_band = len(probes) <= MOST_THEORY_BANDS
            lines.append(
                Line(
                    name,
                    1.0 + np.array(shown),
                    expected[shown],
                    low[shown] if has_band else None,
                    high[shown] if has_band else None,
                    style="markers",
                    label="mean-field theory",
                )
            )
    length = max((len(line.x) for line in lines if not line.label), default=1)
    x = rank_axis("Layer", length)
    return Panel(x, size_axis(label, [line.y for line in lines]), tuple(lines), title)


def _in_groups(series: Sequence[Series], panels: Sequence[Panel]) -> list[Panel]:
    """Return the panels once for each group of series whose colours all differ."""
    found = []
    for group in grouped(series):
        names = {one.name for one in group}
        for panel in panels:
            marks = [mark for mark in panel.marks if isinstance(mark, Line)]
            found.append(replace(panel, marks=tuple(x for x in marks if x.series in names)))
    return found


def _with_note(series: Series, panels: Sequence[Panel]) -> Series:
    """Return a series with a note if its values are zero, not finite or not known."""
    lines = [
        mark
        for panel in panels
        for mark in panel.marks
        if isinstance(mark, Line) and mark.series == series.name and not mark.label
    ]
    if not lines:
        return Series(series.name, series.look, "not known")
    is_gone = any(not np.isfinite(line.y).any() for line in lines)
    return Series(series.name, series.look, "zero or not finite" if is_gone else "")


def _ridges(label: str, probe: SchemeProbe, layers: Sequence[int]) -> tuple[Mark, ...]:
    rms = probe.layers["preactivation_rms"][0]
    magnitudes = probe.magnitudes
    if magnitudes is None or not np.isfinite(rms).all():
        return (Message("not finite"),)
    bars = []
    for row, layer in enumerate(layers):
        if rms[layer] > _SMALLEST and magnitudes[layer].any():
            heights = _RIDGE * magnitudes[layer] / magnitudes[layer].max()
            bars.append(Bars(label, rms[layer] * magnitude_edges(), heights, -float(row)))
    return tuple(bars) or (Message("all zero"),)


TITLES: Final = {
    "signals": "Signals before training",
    "histograms": "Preactivations before training",
    "jacobians": "Jacobians before training",
    "stable_rates": "Stable learning rates",
    "spectra": "Curvature before training",
}

UNTRAINED: Final[Mapping[str, tuple[Callable[..., Figure], str]]] = {
    "signals": (
        signals,
        (
            "Root mean square of the preactivations, and of the loss's derivative by them, in every"
            " layer before training. Lines and bands are medians and quartiles over seeds; open"
            " markers are the prediction of mean-field theory."
        ),
    ),
    "histograms": (
        histograms,
        (
            "Histograms of the magnitudes of the preactivations of each layer before training, the"
            " first layer on top, on a logarithmic axis. Networks are those of the first seed."
        ),
    ),
    "jacobians": (
        jacobians,
        (
            "Singular values of Jacobians at one input before training: of the logits by the input,"
            " and of the middle layer with its activation. Lines and bands are medians and"
            " quartiles over seeds."
        ),
    ),
    "stable_rates": (
        stable_rates,
        (
            "Predicted largest stable learning rate of gradient descent, 2 / λ, with λ the largest"
            " eigenvalue of the Hessian of the loss before training. A point is one seed; diamond"
            " and line are the geometric mean over seeds and its 95 % interval."
        ),
    ),
    "spectra": (
        spectra,
        (
            "Leading eigenvalues of the Hessian of the loss, and all eigenvalues of the neural"
            " tangent kernel of some samples, before training. Lines and bands are medians and"
            " quartiles over seeds."
        ),
    ),
}
"""How each is built, and the first sentence of its caption."""


def untrained_kinds(probes: Probes) -> list[str]:
    """Return the names of `UNTRAINED` that measurements have what is needed for, if there are any.

    Older measurements have no histograms, and curvature is measured on request.
    """
    needs: dict[str, list[object]] = {
        "histograms": [one.magnitudes for one in probes.values()],
        "stable_rates": [one.curvature for one in probes.values()],
        "spectra": [one.curvature for one in probes.values()],
    }
    return [
        kind
        for kind in UNTRAINED
        if probes and all(each is not None for each in needs.get(kind, ()))
    ]
