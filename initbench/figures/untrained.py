"""Figures of untrained networks: signals, preactivations, Jacobians and curvature.

Cells of a sweep that differ in training alone have the same untrained networks, which are drawn
once. The small figure `why` explains the result of one scheme by them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite, log
from typing import Final, NamedTuple

import numpy as np

from initbench.arrays import FloatArray
from initbench.figures.axes import log_axis, loss_axis, rank_axis, size_axis, some_layers
from initbench.figures.describing import (
    cell_caption,
    grouped,
    loss_label,
    median_line,
    series_of,
    title_of,
)
from initbench.figures.palette import scheme_looks
from initbench.figures.records import (
    Axis,
    Bars,
    Figure,
    Line,
    Mark,
    Message,
    Panel,
    Rule,
    Series,
    Strip,
)
from initbench.figures.training import quartiles_of
from initbench.formatting import show_settings
from initbench.results import Results
from initbench.results.probes import SchemeProbe, curvatures_of, magnitude_edges

MOST_THEORY_BANDS: Final = 3
"""Schemes up to which the range that theory expects of single networks is drawn."""

_ROUNDING: Final = 1e-12
"""Share of the largest singular value or eigenvalue below which others are zero."""

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
    return show_settings({path: first[path] for path in first if (path, first[path]) in shared})


def untrained_pictures(
    probes: Probes, subject: str, names: Sequence[str] = ()
) -> Iterator[tuple[str, bytes]]:
    """Draw figures of networks without a results folder: those of these names, or all there are.

    Yields
    ------
    name : str
        Of the file: ``signals.png``.
    data : bytes
    """
    from initbench.figures.drawing import draw, render

    looks = scheme_looks({label: label for label in probes})
    series = [Series(label, place) for label, place in looks.items()]
    for name in names or untrained_kinds(probes):
        kind = UNTRAINED[name]
        page = draw(replace(kind.build(probes, series), title=f"{kind.title}: {subject}"))
        for form in ("png", "svg"):
            yield f"{name}.{form}", render(page, form)


def untrained_figure(results: Results, cell: int, name: str) -> Figure:
    """Build one of the figures `UNTRAINED` of a cell."""
    [cells] = [each for each in probed_groups(results) if cell in each]
    probes, kind = probes_of(results, cell), UNTRAINED[name]
    figure = kind.build(probes, series_of(results, probes))
    title = title_of(results, kind.title, shared_settings(results, cells))
    return replace(figure, title=title, caption=cell_caption(results, cell, kind.sentence))


def signals(probes: Probes, series: Sequence[Series]) -> Figure:
    """Build the figure of signal and gradient in each layer, beside mean-field theory."""
    has_band = len(probes) <= MOST_THEORY_BANDS
    panels = []
    for title, label, kind in (
        ("Signal", "RMS preactivation", "preactivation"),
        ("Gradient", "RMS of ∂loss / ∂preactivation", "delta"),
    ):
        lines = []
        for name, probe in probes.items():
            lines.append(median_line(name, probe.layers[f"{kind}_rms"]))
            if probe.expected is not None:
                expected = getattr(probe.expected, f"{kind}_rms")
                low, high = getattr(probe.expected, f"{kind}_band")
                shown = some_layers(len(expected), _MOST_RIDGES)
                theory = Line(
                    name,
                    1.0 + np.array(shown),
                    expected[shown],
                    style="markers",
                    label="mean-field theory",
                )
                lines.append(
                    replace(theory, low=low[shown], high=high[shown]) if has_band else theory
                )
        length = max((len(line.x) for line in lines if not line.label), default=1)
        y = size_axis(label, [line.y for line in lines])
        panels.append(Panel(rank_axis("Layer", length), y, tuple(lines), title))
    bands = ", with whiskers over 95 % of networks" if has_band else ""
    note = (
        "Line and band: median and quartiles over the seeds."
        f" Open markers: mean-field theory{bands}."
    )
    return _in_groups("signals", series, panels, note)


def histograms(probes: Probes, series: Sequence[Series]) -> Figure:
    """Build the figure of the magnitudes of preactivations in some layers, on a log axis."""
    sizes = [one.layers["preactivation_rms"][0] for one in probes.values()]
    edges = magnitude_edges()
    bounds = size_axis("", [np.concatenate(sizes)]).limits or (0.1, 10.0)
    x = log_axis("|Preactivation|", bounds[0] * edges[0] ** 0.5, bounds[1] * edges[-1])
    panels = []
    for one in series:
        magnitudes, rms = (
            probes[one.name].magnitudes,
            probes[one.name].layers["preactivation_rms"][0],
        )
        layers = some_layers(len(rms), _MOST_RIDGES)
        marks: list[Mark] = []
        if magnitudes is None or not np.isfinite(rms).all():
            marks.append(Message("not finite"))
        else:
            for row, layer in enumerate(layers):
                if rms[layer] > _SMALLEST and magnitudes[layer].any():
                    heights = _RIDGE * magnitudes[layer] / magnitudes[layer].max()
                    marks.append(Bars(one.name, rms[layer] * edges, heights, -float(row)))
        ticks = tuple((-float(row), str(layer + 1)) for row, layer in enumerate(layers))
        y = Axis("Layer", limits=(0.6 - len(layers), _RIDGE + 0.1), ticks=ticks)
        panels.append(Panel(x, y, tuple(marks) or (Message("all zero"),), one.name))
    note = (
        "Magnitudes of the preactivations of one seed before training, the first layer on top."
        " All ridges have the same height."
    )
    return Figure("histograms", "", tuple(panels), note=note, series=tuple(series))


def jacobians(probes: Probes, series: Sequence[Series]) -> Figure:
    """Build the figure of the singular values of Jacobians at one input."""
    panels = []
    for subject, name in (
        ("Logits by the input", "jacobian"),
        ("Middle layer with its activation", "layer_jacobian"),
    ):
        lines = _spectra({label: getattr(one, name) for label, one in probes.items()})
        length = max((len(line.x) for line in lines), default=1)
        x = rank_axis("Rank of the singular value", length)
        panels.append(
            Panel(x, size_axis("Singular value", [line.y for line in lines]), lines, subject)
        )
    note = (
        "Jacobians at one input before training. Line and band: median and quartiles over the"
        " seeds; a line ends where the remaining values are zero."
    )
    return _in_groups("jacobians", series, panels, note)


def stable_rates(probes: Probes, series: Sequence[Series]) -> Figure:
    """Build the figure of the largest stable learning rate of each scheme, 2 / λ for every seed."""
    strips, shown, names = [], [], []
    for row, (label, curvature) in enumerate(curvatures_of(probes).items()):
        limit = curvature.limit()
        values = limit.values[np.isfinite(limit.values)]
        interval = (limit.low, limit.high) if limit.defined > 1 else None
        strips.append(Strip(label, row, values, limit.rate if limit.defined else None, interval))
        shown += [values, np.array(interval or ())]
        names.append((float(row), label if limit.defined else f"{label} (no limit)"))
    x = size_axis("Largest stable learning rate of SGD, 2 / λ", shown)
    y = Axis("", "category", ticks=tuple(names), is_reversed=True)
    note = "Point: one seed. Diamond and line: geometric mean and its 95 % interval."
    panels = (Panel(x, y, tuple(strips)),)
    return Figure("stable_rates", "", panels, note=note, series=tuple(series))


def spectra(probes: Probes, series: Sequence[Series]) -> Figure:
    """Build the figure of the leading eigenvalues of the Hessian, and of the tangent kernel."""
    panels = []
    for name, label, subject in (
        ("hessian_eigenvalues", "Eigenvalue of the Hessian", "Loss"),
        ("kernel_eigenvalues", "Eigenvalue of the kernel", "Neural tangent kernel"),
    ):
        found = {scheme: one.arrays[name] for scheme, one in curvatures_of(probes).items()}
        is_marked = name == "hessian_eigenvalues"
        lines = tuple(replace(line, is_marked=is_marked) for line in _spectra(found))
        drawn = [each for x in lines for each in (x.y, x.low, x.high) if each is not None]
        x = rank_axis("Rank of the eigenvalue", max((len(line.x) for line in lines), default=1))
        panels.append(Panel(x, size_axis(label, drawn), lines, subject))
    note = (
        "Before training. Line and band: median and quartiles over the seeds; a line ends"
        " where the remaining eigenvalues are zero."
    )
    return Figure("spectra", "", tuple(panels), note=note, series=tuple(series), columns=2)


def _spectra(found: Mapping[str, FloatArray | None]) -> tuple[Line, ...]:
    """Return lines of values ``(S, n)`` by rank; those that are zero but for rounding are gaps."""
    return tuple(
        median_line(
            label,
            np.where(values >= _ROUNDING * values.max(axis=1, keepdims=True), values, np.nan),
        )
        for label, values in found.items()
        if values is not None
    )


def _in_groups(name: str, series: Sequence[Series], panels: Sequence[Panel], note: str) -> Figure:
    """Return the figure of panels of lines, drawn once for each group of series by colour.

    A series has a note in the legend if its values are zero, not finite or not known.
    """
    lines = [mark for panel in panels for mark in panel.marks if isinstance(mark, Line)]
    noted = []
    for one in series:
        own = [line for line in lines if line.series == one.name and not line.label]
        is_gone = any(not np.isfinite(line.y).any() for line in own)
        text = "zero or not finite" if is_gone else "" if own else "not known"
        noted.append(replace(one, note=text))
    drawn = []
    for names in ({one.name for one in group} for group in grouped(series)):
        for panel in panels:
            marks = (mark for mark in panel.marks if isinstance(mark, Line))
            drawn.append(replace(panel, marks=tuple(x for x in marks if x.series in names)))
    return Figure(name, "", tuple(drawn), note=note, series=tuple(noted), columns=2)


class Untrained(NamedTuple):
    """A figure of untrained networks: its title, its builder, and the start of its caption."""

    title: str
    build: Callable[[Probes, Sequence[Series]], Figure]
    sentence: str
    # what every scheme must have: older measurements have no histograms, and curvature is measured
    # on request
    needs: tuple[str, ...] = ()


UNTRAINED: Final[Mapping[str, Untrained]] = {
    "signals": Untrained(
        "Signals before training",
        signals,
        "Root mean square of the preactivations, and of the loss's derivative by them, in every"
        " layer before training. Lines and bands are medians and quartiles over seeds; open"
        " markers are the prediction of mean-field theory.",
    ),
    "histograms": Untrained(
        "Preactivations before training",
        histograms,
        "Histograms of the magnitudes of the preactivations of each layer before training, the"
        " first layer on top, on a logarithmic axis. Networks are those of the first seed.",
        ("magnitudes",),
    ),
    "jacobians": Untrained(
        "Jacobians before training",
        jacobians,
        "Singular values of Jacobians at one input before training: of the logits by the input,"
        " and of the middle layer with its activation. Lines and bands are medians and"
        " quartiles over seeds.",
    ),
    "stable_rates": Untrained(
        "Stable learning rates",
        stable_rates,
        "Predicted largest stable learning rate of gradient descent, 2 / λ, with λ the largest"
        " eigenvalue of the Hessian of the loss before training. A point is one seed; diamond"
        " and line are the geometric mean over seeds and its 95 % interval.",
        ("curvature",),
    ),
    "spectra": Untrained(
        "Curvature before training",
        spectra,
        "Leading eigenvalues of the Hessian of the loss, and all eigenvalues of the neural"
        " tangent kernel of some samples, before training. Lines and bands are medians and"
        " quartiles over seeds.",
        ("curvature",),
    ),
}


def untrained_kinds(probes: Probes) -> list[str]:
    """Return the names of the figures `UNTRAINED` for which everything was measured."""
    return [
        name
        for name, kind in UNTRAINED.items()
        if probes
        and all(getattr(one, each) is not None for each in kind.needs for one in probes.values())
    ]


def constant_loss(results: Results, cell: int, probe: SchemeProbe | None) -> float | None:
    """Return the loss of the best constant prediction; None where it is not known.

    Where untrained networks were not measured, it is that of K equally probable classes.
    """
    classes = results.outline.cells[cell].setup.classes
    if probe is not None:
        return probe.guess if isfinite(probe.guess) else None
    return log(classes) if classes else None


def why(results: Results, label: str, cell: int) -> Figure:
    """Build the small figure of one scheme.

    Where untrained networks were measured, it shows the signal and the gradient in each layer;
    elsewhere the training loss, with the loss of a constant prediction.
    """
    probe = results.probe(label, cell)
    panel = _sizes(label, probe) if probe is not None else _losses(results, label, cell)
    return Figure("why", label, (panel,), series=series_of(results, [label]))


def _sizes(label: str, probe: SchemeProbe) -> Panel:
    signal, gradient = (
        median_line(label, probe.layers[name]).y for name in ("preactivation_rms", "delta_rms")
    )
    layers = np.arange(1.0, len(signal) + 1)
    lines = (
        Line(label, layers, signal, is_marked=True),
        Line(label, layers, gradient, style="dashed", is_marked=True, label="gradient"),
    )
    x = Axis("Layer", limits=(0.5, len(layers) + 0.5))
    drawn = [line.y for line in lines if np.isfinite(line.y).any()]
    title = "Signal and gradient before training"
    if not drawn:
        return Panel(x, Axis("RMS"), (Message("zero in every layer"),), title)
    return Panel(x, size_axis("RMS", drawn), lines, title)


def _losses(results: Results, label: str, cell: int) -> Panel:
    name = loss_label(results.outline.cells[cell].setup)
    if not results.seeds(label, cell):
        return Panel(Axis("Epoch"), Axis(name), (Message("no runs yet"),), "Training loss")
    epochs = results.epochs(cell)
    one = quartiles_of(results.curves(label, "train_loss", cell))
    constant = constant_loss(results, cell, None)
    line = Line(label, epochs, one.median, one.low, one.high, is_marked=len(epochs) == 1)
    shown, marks = [one.median, one.low, one.high], (line,)
    if constant is None:
        return Panel(Axis("Epoch"), loss_axis(name, shown), marks, "Training loss")
    axis = loss_axis(name, [np.array([constant]), *shown])
    rule = Rule("loss of a constant prediction", constant)
    return Panel(Axis("Epoch"), axis, (rule, *marks), "Training loss")
