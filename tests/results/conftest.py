"""Synthetic experiments: an outline and the raw arrays of its runs, made without training."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.results import Cell, Outline, RunId, RunStore, Scheme, Setup

SETUP = Setup(
    dataset="moons",
    scaling="standard",
    classes=2,
    features=2,
    hidden=(4, 3),
    network="relu",
    training="3 epochs of sgd (learning_rate 0.1)",
    epochs=3,
    score="accuracy",
)


@pytest.fixture
def make_setup():
    """Return a maker of what the runs of a cell have in common."""
    return lambda **changes: replace(SETUP, **changes)


@pytest.fixture
def make_outline():
    """Return a maker of outlines; run keys are ``label-seed``, with the start of a long label."""

    def make(labels=("zeros", "he"), seeds=(0, 1, 2), *, setup=SETUP, **changes):
        runs = {
            label: tuple(RunId(seed, f"{label[:64]}-{seed}") for seed in seeds) for label in labels
        }
        settings = {
            "name": "moons",
            "description": "Two half-circles.",
            "target": 0.9,
            "schemes": tuple(
                Scheme(label, "normal", {"std": 0.5}, "N(0, std²)", "Someone (1999)", "A law.")
                for label in labels
            ),
            "cells": (Cell({}, setup, runs),),
        }
        return Outline(**{**settings, **changes})

    return make


@pytest.fixture
def make_runs():
    """Return a maker of one scheme's arrays, ``(S, …)``, from the final scores of its runs."""

    def make(final, loss=None, *, epochs=3, units=(4, 3), diverged_at=None, score="accuracy"):
        final = np.array(final, float)
        losses = 1.0 - final if loss is None else np.array(loss, float)
        ramp = np.linspace(0, 1, epochs + 1)
        curves = {
            f"test_{score}": 0.5 + (final[:, np.newaxis] - 0.5) * ramp,
            "test_loss": 1.0 + (losses[:, np.newaxis] - 1.0) * ramp,
        }
        curves[f"train_{score}"], curves["train_loss"] = curves.values()
        shape = (len(final), epochs + 1, len(units))
        arrays = {**curves, "distinct_units": np.broadcast_to(np.int32(units), shape)}
        arrays = {name: values.copy() for name, values in arrays.items()}
        for run, epoch in (diverged_at or {}).items():
            for values in arrays.values():
                values[run, epoch:] = 0 if values.dtype == np.int32 else np.nan
        return {**arrays, "stopped_at": np.full(len(final), -1)}

    return make


@pytest.fixture
def fill():
    """Return a function that stores an outline and each scheme's arrays, a unit a scheme."""

    def store(folder, outline, arrays, epochs=(0, 1, 2, 3)):
        runs = RunStore(folder)
        runs.write_outline(outline)
        for label, per_run in arrays.items():
            keys = [run.key for run in outline.cells[0].runs[label]]
            shared = {name: values for name, values in per_run.items() if np.ndim(values) == 0}
            arrays_of_runs = {name: per_run[name] for name in per_run if name not in shared}
            runs.write_unit(keys, arrays_of_runs, {"epochs": np.array(epochs, float), **shared})
        return runs

    return store
