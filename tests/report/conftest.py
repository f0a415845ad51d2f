"""Results folders made without training, and figures made without drawing them."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.figures.files import digest
from initbench.results import Cell, Outline, RunId, RunStore, Scheme, Setup, load_results

EPOCHS, GRID = 4, 6
FRAME_EPOCHS = (0.0, 1.0, 3.0, 4.0)

SETUP = Setup(
    dataset="moons",
    scaling="standard",
    classes=2,
    features=2,
    hidden=(4, 3),
    network="relu",
    training="4 epochs of sgd (learning_rate 0.1), batches of 32, float32",
    epochs=EPOCHS,
    score="accuracy",
)


def key(label, seed):
    """Return ``label-seed``, in letters that a real key could have."""
    return f"{label.encode('ascii', 'backslashreplace').decode()}-{seed}"


def outline_of(labels, seeds, setup, **changes):
    """Return an outline of schemes with a law each."""
    schemes = tuple(
        Scheme(label, "normal", {"std": 0.5}, "N(0, std²)", "Someone (1999)", "one of many")
        for label in labels
    )
    runs = {label: tuple(RunId(seed, key(label, seed)) for seed in seeds) for label in labels}
    settings = {
        "name": "moons",
        "description": "Two half-circles.",
        "target": 0.9,
        "schemes": schemes,
        "cells": (Cell({}, setup, runs),),
    }
    return Outline(**{**settings, **changes})


def arrays_of(scores, units, *, score, planar):
    """Return the arrays of runs that end at these scores; NaN: the run diverges at epoch 2."""
    final = np.array(scores, float)
    ramp = np.linspace(0, 1, EPOCHS + 1)
    reached = 0.5 + (np.nan_to_num(final)[:, np.newaxis] - 0.5) * ramp
    arrays = {f"train_{score}": reached, f"test_{score}": reached.copy()}
    arrays |= {"train_loss": 1.2 - reached, "test_loss": 1.3 - reached}
    arrays["distinct_units"] = np.tile(np.int32(units), (len(final), EPOCHS + 1, 1))
    for values in arrays.values():
        values[np.isnan(final), 2:] = 0 if values.dtype == np.int32 else np.nan
    arrays["stopped_at"] = np.full(len(final), -1)
    if planar:
        arrays["boundary"] = np.full((len(final), 1, 1, GRID, GRID), 0.5, np.float16)
        shape = (len(final), len(FRAME_EPOCHS), 1, GRID, GRID)
        arrays["frames"] = np.broadcast_to(np.linspace(0, 1, GRID), shape).astype(np.float16)
        arrays["frames"][np.isnan(final), 2:] = np.nan
    return arrays


@pytest.fixture
def make_setup():
    """Return a maker of what the runs of a cell have in common."""
    return lambda **changes: replace(SETUP, **changes)


@pytest.fixture
def make_results(tmp_path):
    """Return a maker of results folders from each scheme's final scores, seed by seed.

    `stopped` is the point at which the first run of a scheme was stopped, by its label.
    """

    def make(
        scores,
        *,
        units=None,
        planar=True,
        folder=tmp_path / "moons",
        setup=SETUP,
        epochs=range(EPOCHS + 1),
        stopped=None,
        **changes,
    ):
        seeds = range(max(map(len, scores.values())))
        store = RunStore(folder)
        store.write_outline(outline_of(tuple(scores), seeds, setup, **changes))
        times = {"epochs": np.array(epochs, float)}
        plane = {
            "frame_epochs": np.array(FRAME_EPOCHS),
            "grid_x": np.linspace(-1, 1, GRID),
            "grid_y": np.linspace(-1, 1, GRID),
            "points": np.zeros((5, 2)),
            "point_labels": np.array([0, 1, 0, 1, 0]),
        }
        for label, finals in scores.items():
            of_scheme = (units or {}).get(label, (4, 3))
            arrays = arrays_of(finals, of_scheme, score=setup.score, planar=planar)
            arrays["stopped_at"][:1] = (stopped or {}).get(label, -1)
            if finals:
                keys = [key(label, seed) for seed in range(len(finals))]
                store.write_unit(keys, arrays, times | (plane if planar else {}))
        return load_results(folder)

    return make


@pytest.fixture
def quick_drawing(monkeypatch):
    """Let drawing return, in place of pixels, what is drawn and how: it is not what is tested."""
    from initbench.figures import drawing

    def draw(figure, size="page", *, titles=True):
        return f"{figure.name} {digest(figure)} {size} {titles}"

    monkeypatch.setattr(drawing, "draw", draw)
    monkeypatch.setattr(drawing, "render", lambda page, form, dpi: f"{page} {form} {dpi}".encode())
    monkeypatch.setattr(drawing, "animate", lambda figure: f"GIF of {digest(figure)}".encode())
