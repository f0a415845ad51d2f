"""Results folders made without training, and records of every kind with hostile labels."""

import numpy as np
import pytest

from initbench.figures.records import (
    Axis,
    Bars,
    ColourScale,
    Field,
    Figure,
    Line,
    Map,
    Message,
    Panel,
    Points,
    Rule,
    Series,
    Span,
    Strip,
)
from tests.report.conftest import make_results, make_setup  # noqa: F401 - fixtures

TITLE = "Loss: wide and deep (training.optimizer.learning_rate = 0.1, network.depth = 30)"
HOSTILE = (
    "$x^{2$ \\frac{1} 100 %",  # no formula that could be set
    "</script>--><img onerror=alert(1)>",
    "\u05e2\u05d1\u05e8\u05d9\u05ea \u0645\u0631\u062d\u0628\u0627",
    "\U0001f389 \U0001d518 \u202e a\x00b\x1b[31m\ud800",
    "a label that is long, longer than what any legend, row or panel could ever have room for",
    "W" * 200,
    "_hidden",
    "\u0301\u0301\u0301 \ufffe",
)
NOTE = "Line: median over the seeds. Band: from the lower to the upper quartile. " * 2
LAYERS = Axis("Layer", limits=(0.5, 8.5))


def labels_of(count):
    """Return labels of a scheme each, hostile ones among them."""
    long = "variance scaling, fan_avg, truncated normal, number"
    plain = [f"{long} {place}" if place % 2 else f"he {place}" for place in range(count)]
    return [*[f"{HOSTILE[i % 8]} {i}" for i in range(count // 3)], *plain][:count]


def series_of(count):
    """Return series of so many schemes; of every fourth, runs diverged."""
    return tuple(
        Series(label, place, "2 of 5 diverged" if place % 4 == 3 else "")
        for place, label in enumerate(labels_of(count))
    )


def make_lines(count):
    """Return lines with bands, crosses, theory, gaps and a reference, in two panels."""
    x, rng = np.arange(1.0, 9.0), np.random.default_rng(count)
    marks = [Rule("chance", 0.5)]
    for place, one in enumerate(series_of(count)):
        y = np.exp(np.cumsum(rng.normal(-0.5 + place % 3, 0.1, 8)))
        if place % 4 == 3:
            y[4:] = np.nan
        marks += [
            Line(one.name, x, y, y / 1.2, 1.2 * y, crosses=np.array([3] * (place % 4 == 3), int)),
            Line(one.name, x[::3], y[::3], style="markers", label="mean-field theory"),
        ]
    y = Axis("RMS preactivation", "log", (1e-6, 1e6), ((1e-6, "10⁻⁶"), (1.0, "1")))
    panels = (
        Panel(LAYERS, y, tuple(marks), "Training part"),
        Panel(LAYERS, y, (Span(marks[1].series, 2, 4, "working band"), *marks), "Test part"),
    )
    return Figure("lines", TITLE, panels, NOTE, "", series_of(count), columns=2)


def make_strips(count):
    """Return strips on a broken axis; every fourth scheme has no value."""
    rng = np.random.default_rng(count)
    names = tuple((float(row), label) for row, label in enumerate(labels_of(count)))
    strips = [
        Strip(label, row, rng.integers(90, 100, 5 * (row % 4 != 3)) / 100, 0.95, (0.9, 1.0))
        for row, label in enumerate(labels_of(count))
    ]
    x = Axis(
        "Test accuracy", "linear", (0.48, 1.01), ((0.5, "0.5"), (0.9, "0.9")), False, (0.52, 0.88)
    )
    panel = Panel(x, Axis("", "category", ticks=names), (Rule("chance: 0.5", 0.5, "y"), *strips))
    return Figure("strips", TITLE, (panel,), NOTE, "", series_of(count))


def make_maps(count):
    """Return maps with every kind of cell and a line, a panel for each scheme."""
    values = np.random.default_rng(count).uniform(0.1, 1, (4, 7))
    values[0, 0] = values[1, 1] = values[3, 6] = np.nan
    missing, crossed = np.zeros((2, 4, 7), bool)
    missing[0, 0] = crossed[3, 6] = True
    edges = np.geomspace(0.001, 10, 8)
    x = Axis("learning_rate", "log", (0.001, 10), tuple((v, f"{v:.3g}") for v in edges))
    y = Axis(
        "depth", limits=(0, 4), ticks=tuple((place + 0.5, f"{5 * place}") for place in range(4))
    )
    mark = Map(edges, np.arange(5.0), values, missing, crossed)
    line = Rule("6 ξc of mean-field theory", points=np.array([[0.001, 0], [10, 9]]))
    best = Rule("best rate", points=np.array([[0.1, 1.5]]), is_marked=True)
    panels = tuple(Panel(x, y, (mark, line, best), label) for label in labels_of(count))
    scale = ColourScale("Median epochs to test accuracy 0.9", 0.1, 1.0, no_number="not reached")
    return Figure("maps", TITLE, panels, NOTE, colours=scale)


def make_fields(count, classes=2):
    """Return fields with points; every fourth diverged, every fifth is constant."""
    axis = np.linspace(-2, 2, 12)
    x, y = np.meshgrid(axis, axis)
    feature = Axis("Feature 1 (standardised)", limits=(-2, 2))
    series = tuple(Series(f"class {place}", place) for place in range(classes))
    points = np.random.default_rng(0).uniform(-2, 2, (classes, 2, 20 // classes))
    marks = [Points(one.name, *points[place]) for place, one in enumerate(series)]
    panels = []
    for place, label in enumerate(labels_of(count)):
        angles = 2 * np.pi * np.arange(classes)[:, np.newaxis, np.newaxis] / classes + place
        scores = np.exp(np.cos(angles) * x + np.sin(angles) * y)
        frame = (scores / scores.sum(axis=0))[1 if classes == 2 else 0 :]
        if place % 4 == 3:
            frame[:] = np.nan
        field = Field(
            axis, axis, np.stack([frame] * 2), np.array([0, 4]), ("accuracy 0.9, seed 7",) * 2
        )
        said = Message("constant prediction: probability 0.50 of every class")
        panels.append(Panel(feature, feature, (field, *marks, said), label))
    return Figure("fields", TITLE, tuple(panels), NOTE, series=series)


def make_ridges(count):
    """Return ridges of histograms, or a message, a panel for each scheme."""
    edges = np.geomspace(1e-12, 10, 61)
    heights = np.exp(-(np.linspace(-2, 2, 60) ** 2))
    x = Axis("|Preactivation|", "log", (1e-12, 10), ((1e-12, "10⁻¹²"), (1.0, "1")))
    y = Axis(
        "Layer", limits=(-9.4, 1.7), ticks=tuple((-float(row), str(row + 1)) for row in range(10))
    )
    panels = tuple(
        Panel(
            x,
            y,
            (Message("not finite"),)
            if place % 4 == 3
            else tuple(Bars(label, edges, heights, -float(row)) for row in range(10)),
            label,
        )
        for place, label in enumerate(labels_of(count))
    )
    return Figure("ridges", TITLE, panels, NOTE, series=series_of(count))


MAKE = {
    "lines": make_lines,
    "strips": make_strips,
    "maps": make_maps,
    "fields": make_fields,
    "fields of ten classes": lambda count: make_fields(count, 10),
    "ridges": make_ridges,
}


@pytest.fixture(params=MAKE)
def make(request):
    """Return a function from a count of schemes to a figure record, for each kind of record."""
    return MAKE[request.param]
