"""Numbers for pictures of any count of schemes, and a reader of what a page says."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from initbench.plots import (
    BoundaryPanel,
    LayerLine,
    LinePanel,
    MapAxes,
    MapPanel,
    MapScale,
    SweepPanel,
    decision_boundaries,
    final_scores,
    layer_histograms,
    layer_lines,
    layer_map,
    loss_curves,
    mean_ranks,
    performance_profile,
    sweep_scores,
    trainability_map,
)
from initbench.plots.style import house_style

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
SEEDS, EPOCHS, GRID = 5, 8, 12


def labels_of(count):
    """Return labels of a scheme each, hostile ones among them."""
    long = "variance scaling, fan_avg, truncated normal, number"
    plain = [f"{long} {place}" if place % 2 else f"he {place}" for place in range(count)]
    return [*[f"{HOSTILE[i % 8]} {i}" for i in range(count // 3)], *plain][:count]


def curves_of(count):
    """Return falling losses (S, E + 1) of schemes; of every fourth, runs diverge."""
    rng = np.random.default_rng(count)
    curves = {}
    for place, label in enumerate(labels_of(count)):
        losses = np.exp(-np.linspace(0, place % 7, EPOCHS + 1)) * rng.uniform(1, 1.2, (SEEDS, 1))
        if place % 4 == 3:
            losses[: 1 + place % SEEDS, EPOCHS // 2 :] = np.nan
        curves[label] = losses
    return curves


def accuracies_of(count):
    """Return final accuracies (S,) of schemes; of every fourth, runs diverge."""
    rng = np.random.default_rng(count)
    values = {label: rng.integers(50, 100, SEEDS) / 100 for label in labels_of(count)}
    for place, of_scheme in enumerate(values.values()):
        if place % 4 == 3:
            of_scheme[: 1 + place % SEEDS] = np.nan
    return values


def panels_of(count, classes=2):
    """Return panels of probabilities that depend on the place; every fourth run diverged."""
    x, y = np.meshgrid(np.linspace(-2, 2, GRID), np.linspace(-2, 2, GRID))
    panels = []
    for place, label in enumerate(labels_of(count)):
        angles = 2 * np.pi * np.arange(classes)[:, np.newaxis, np.newaxis] / classes + place
        scores = np.exp(np.cos(angles) * x + np.sin(angles) * y)
        each = scores / scores.sum(axis=0)
        if place % 4 == 3:
            each[:] = np.nan
        probabilities = each[1:] if classes == 2 else each
        panels.append(BoundaryPanel(label, 7 * 10 ** (place % 9), 0.875, probabilities))
    return panels


def draw_curves(count, **options):
    """Draw loss curves of so many schemes."""
    curves = curves_of(count)
    epochs = np.arange(len(next(iter(curves.values()))[0]))
    return loss_curves(curves, curves, epochs, unit="nats", title=TITLE, **options)


def draw_accuracy(count, **options):
    """Draw final accuracies of so many schemes."""
    values = accuracies_of(count)
    return final_scores(
        values,
        dict.fromkeys(values, (0.6, 0.8)),
        score="Test accuracy (share of right answers)",
        chance=0.5,
        title=TITLE,
        **options,
    )


def draw_boundaries(count, classes=2, **options):
    """Draw decision boundaries of so many schemes."""
    axis = np.linspace(-2, 2, GRID)
    points = np.random.default_rng(0).uniform(-2, 2, (90, 2))
    return decision_boundaries(
        panels_of(count, classes),
        axis,
        axis,
        points,
        np.arange(90) % classes,
        title=TITLE,
        scaling="standard",
        **options,
    )


def sizes_of(count, layers):
    """Return sizes (S, L) of schemes that fall or grow; every fourth vanishes or overflows."""
    rng = np.random.default_rng(count)
    sizes = {}
    for place, label in enumerate(labels_of(count)):
        steps = rng.normal(-0.5 + place % 3 / 2, 0.1, (SEEDS, layers))
        sizes[label] = np.exp(np.cumsum(steps, axis=1))
        if place % 4 == 3:
            sizes[label][:, layers // 2 :] = np.inf if place % 8 == 3 else 0.0
    return sizes


def draw_lines(count, layers=60, **options):
    """Draw sizes over layers; every third scheme has no theory."""
    lines = {
        label: LayerLine(
            sizes,
            None if place % 3 == 2 else np.median(sizes, axis=0),
            None if place % 3 == 2 else np.quantile(sizes, [0, 1], axis=0),
        )
        for place, (label, sizes) in enumerate(sizes_of(count, layers).items())
    }
    some = dict(list(lines.items())[: max(count - 1, 1)])
    panels = [LinePanel("Signal", "Layer", "Size", lines), LinePanel("Way", "Rank", "Value", some)]
    return layer_lines(panels, list(lines), title=TITLE, note="Dashed: theory.", **options)


def draw_ridges(count, layers=12, **options):
    """Draw histograms of layers, of every fourth scheme beyond all numbers."""
    places = np.linspace(-4, 4, 60)
    heights = {
        label: np.exp(-np.square(places / np.maximum(sizes[0][:, np.newaxis], 0.05)))
        for label, sizes in sizes_of(count, layers).items()
    }
    return layer_histograms(heights, reach=4.0, title=TITLE, **options)


def draw_map(count, layers=3, **options):
    """Draw a map of layers and epochs; of every fourth scheme, runs diverge."""
    values = {
        label: sizes[:, np.newaxis] * np.linspace(1, 30, EPOCHS + 1)[:, np.newaxis]
        for label, sizes in sizes_of(count, layers).items()
    }
    return layer_map(
        values, np.arange(EPOCHS + 1.0), statistic="Gradient rms", title=TITLE, **options
    )


def draw_ranks(count, **options):
    """Draw mean ranks of so many schemes."""
    ranks = dict(zip(labels_of(count), np.linspace(1, count, count)[::-1], strict=True))
    return mean_ranks(ranks, 2.5, cells=12, title=TITLE, **options)


def draw_profile(count, **options):
    """Draw how near so many schemes are to the best; some are infinitely far at times."""
    rng = np.random.default_rng(count)
    factors = {
        label: [*np.sort(1 + rng.gamma(1, 3, 6)), *[None] * (place % 3)]
        for place, label in enumerate(labels_of(count))
    }
    return performance_profile(factors, score="test accuracy", title=TITLE, **options)


def draw_sweep(count, panels=1, **options):
    """Draw scores of so many schemes along a key, in so many panels."""
    values, rng = np.geomspace(0.001, 10, 7), np.random.default_rng(count)
    made = []
    for panel in range(panels):
        means = {label: rng.uniform(0.3, 1, 7) for label in labels_of(count)}
        intervals = {label: np.stack([x - 0.1, x + 0.1], axis=1) for label, x in means.items()}
        title = f"network.depth = {panel}, {HOSTILE[panel % 8]}" if panels > 1 else ""
        made.append(SweepPanel(title, values, means, intervals))
    key = "training.optimizer.learning_rate"
    return sweep_scores(made, key=key, score="Test accuracy", chance=0.5, title=TITLE, **options)


def draw_cells(count, **options):
    """Draw maps of so many schemes over two keys, with all that can lie on them."""
    x, y, rng = np.geomspace(0.001, 10, 7), np.array([2.0, 5, 10, 20]), np.random.default_rng(count)
    missing, diverged = np.zeros((2, 4, 7), bool)
    missing[0, 0] = diverged[3, 6] = True
    panels = []
    for label in labels_of(count):
        values = rng.uniform(0.1, 1, (4, 7))
        values[0, 0] = values[1, 1] = np.nan
        line = np.column_stack([x, np.linspace(1, 90, 7)])
        panels.append(MapPanel(label, values, missing, diverged, line, line[:3]))
    axes = MapAxes(x, y, "training.optimizer.learning_rate", "network.depth")
    scale = MapScale("Median epochs to test accuracy 0.9", 0.1, 90.0, lower_is_better=True)
    words = {"line": "6 ξc of mean-field theory", "marks": "best rate of each width"}
    return trainability_map(panels, axes, scale, title=TITLE, note="Mean.", **words, **options)


DRAW = {
    "lines": draw_lines,
    "ridges": draw_ridges,
    "maps": draw_map,
    "curves": draw_curves,
    "accuracy": draw_accuracy,
    "boundaries": draw_boundaries,
    "ranks": draw_ranks,
    "profile": draw_profile,
    "sweep": draw_sweep,
    "cells": draw_cells,
    "sweep of two keys": lambda count: draw_sweep(count, panels=15),
    "many classes": lambda count: draw_boundaries(count, classes=10),
}

DRAW_COLUMNS = {
    "lines in a column": lambda count: draw_lines(count, width=3.5),
    "ridges in a column": lambda count: draw_ridges(count, width=3.5),
    "curves in a column": lambda count: draw_curves(count, width=3.5),
    "accuracy in a column": lambda count: draw_accuracy(count, width=3.5),
    "boundaries in a column": lambda count: draw_boundaries(count, width=3.5),
    "maps in a column": lambda count: draw_map(count, width=3.5),
    "ranks in a column": lambda count: draw_ranks(count, width=3.5),
    "profile in a column": lambda count: draw_profile(count, width=3.5),
    "sweep in a column": lambda count: draw_sweep(count, panels=3, width=3.5),
    "cells in a column": lambda count: draw_cells(count, width=3.5),
}


@pytest.fixture(params=DRAW)
def draw(request):
    """Return a function from a count of schemes to a figure, for each kind of picture."""
    return DRAW[request.param]


@pytest.fixture
def read_page():
    """Return a function from a kind of picture and a count of schemes to what a page says.

    What it returns has the `figure`, and the `texts` that are drawn on it with their boxes.
    """
    return _read_page


@cache
def _read_page(draw, count):
    figure = draw(count)
    texts = []
    original = Text.draw

    def note(self, renderer, *arguments, **options):
        if self.get_visible() and self.get_text().strip():
            box = self.get_window_extent(renderer)
            texts.append(SimpleNamespace(text=self.get_text(), box=box))
        return original(self, renderer, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch, house_style():
        patch.setattr(Text, "draw", note)
        FigureCanvasAgg(figure).draw()
    return SimpleNamespace(figure=figure, texts=texts)
