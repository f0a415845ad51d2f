"""Results folders made without training, and plots made without Matplotlib."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from initbench.results import Cell, Outline, RunId, RunStore, Scheme, load_results

EPOCHS, GRID = 4, 6


def key(label, seed):
    """Return ``label-seed``, in letters that a real key could have."""
    return f"{label.encode('ascii', 'backslashreplace').decode()}-{seed}"


def outline_of(labels, seeds, **changes):
    """Return an outline of schemes with a law each."""
    schemes = tuple(
        Scheme(label, "normal", {"std": 0.5}, "N(0, std²)", "Someone (1999)", "one of many")
        for label in labels
    )
    runs = {label: tuple(RunId(seed, key(label, seed)) for seed in seeds) for label in labels}
    settings = {
        "name": "moons",
        "description": "Two half-circles.",
        "dataset": "moons",
        "scaling": "standard",
        "classes": 2,
        "features": 2,
        "hidden": (4, 3),
        "activation": "relu",
        "epochs": EPOCHS,
        "target": 0.9,
        "schemes": schemes,
        "cells": (Cell({}, runs),),
    }
    return Outline(**{**settings, **changes})


def arrays_of(accuracies, units, *, planar):
    """Return the arrays of runs that end at these accuracies; NaN: the run diverges at epoch 2."""
    final = np.array(accuracies, float)
    ramp = np.linspace(0, 1, EPOCHS + 1)
    accuracy = 0.5 + (np.nan_to_num(final)[:, np.newaxis] - 0.5) * ramp
    arrays = {"train_accuracy": accuracy, "test_accuracy": accuracy.copy()}
    arrays |= {"train_loss": 1.2 - accuracy, "test_loss": 1.3 - accuracy}
    arrays["distinct_units"] = np.tile(np.int32(units), (len(final), EPOCHS + 1, 1))
    for values in arrays.values():
        values[np.isnan(final), 2:] = 0 if values.dtype == np.int32 else np.nan
    if planar:
        arrays["boundary"] = np.full((len(final), 1, 1, GRID, GRID), 0.5, np.float16)
    return arrays


@pytest.fixture
def make_results(tmp_path):
    """Return a maker of results folders from each scheme's final accuracies, seed by seed."""

    def make(accuracies, *, units=None, planar=True, folder=tmp_path / "moons", **changes):
        seeds = range(max(map(len, accuracies.values())))
        store = RunStore(folder)
        store.write_outline(outline_of(tuple(accuracies), seeds, **changes))
        shared = {
            "grid_x": np.linspace(-1, 1, GRID),
            "grid_y": np.linspace(-1, 1, GRID),
            "points": np.zeros((5, 2)),
            "point_labels": np.array([0, 1, 0, 1, 0]),
        }
        for label, finals in accuracies.items():
            arrays = arrays_of(finals, (units or {}).get(label, (4, 3)), planar=planar)
            if finals:
                keys = [key(label, seed) for seed in range(len(finals))]
                store.write_unit(keys, arrays, shared if planar else {})
        return load_results(folder)

    return make


@pytest.fixture
def plots(monkeypatch):
    """Put a stand-in for `initbench.plots` in its place, and return the calls that it gets."""
    calls = {}

    def keep(kind):
        def draw(*arguments, **options):
            calls[kind] = SimpleNamespace(arguments=arguments, **options)
            return kind

        return draw

    module = ModuleType("initbench.plots")
    for kind in ("loss_curves", "final_scores", "decision_boundaries"):
        setattr(module, kind, keep(kind))
    module.BoundaryPanel = SimpleNamespace
    module.render = lambda figure, form: f"{figure} as {form}".encode()
    monkeypatch.setitem(sys.modules, "initbench.plots", module)
    return calls
