"""Why a scheme trains or does not: its signal and gradient before training, or its first losses."""

from math import isfinite, log

import numpy as np

from initbench.figures.axes import loss_axis, size_axis
from initbench.figures.describing import loss_label, median_line, series_of
from initbench.figures.learning_curves import quartiles_of
from initbench.figures.records import Axis, Figure, Line, Message, Panel, Rule
from initbench.results import Results
from initbench.results.probes import SchemeProbe


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
    panel = _signals(label, probe) if probe is not None else _losses(results, label, cell)
    return Figure("why", label, (panel,), series=series_of(results, [label]))


def _signals(label: str, probe: SchemeProbe) -> Panel:
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
    title = "Training loss"
    if not results.seeds(label, cell):
        return Panel(Axis("Epoch"), Axis(name), (Message("no runs yet"),), title)
    epochs = results.epochs(cell)
    one = quartiles_of(results.curves(label, "train_loss", cell))
    constant = constant_loss(results, cell, None)
    line = Line(label, epochs, one.median, one.low, one.high, is_marked=len(epochs) == 1)
    rules = () if constant is None else (Rule("loss of a constant prediction", constant),)
    shown = [one.median, one.low, one.high]
    axis = loss_axis(name, shown if constant is None else [np.array([constant]), *shown])
    return Panel(Axis("Epoch"), axis, (*rules, line), title)
