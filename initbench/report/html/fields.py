"""Fields: what the run in the middle of each scheme says of the plane, frame by frame.

A point is one byte: the class that is most probable there, and how sure the network is of it. That
is what a picture of the field shows, for any number of classes.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from initbench.arrays import BoolArray, FloatArray, IntArray
from initbench.figures.decision_boundaries import class_probabilities, thin
from initbench.report.html.packing import UNKNOWN, evenly, pack, rounded
from initbench.results import Results
from initbench.results.store import Records

BYTES: Final = 1_500_000
"""Of all fields of a page together, before they are compressed."""

POINTS: Final = 240


def boundary_field(results: Results, cell: int) -> dict[str, Any] | None:
    """Return the fields of a cell, or None where no run was asked about the plane."""
    runs = {
        place: (seed, results.run(label, seed, cell))
        for place, label in enumerate(results.outline.labels)
        if results.seeds(label, cell)
        for seed in [results.median_seed(label, cell)]
    }
    filmed = {place: found for place, found in runs.items() if "frames" in found[1]}
    setup = results.outline.cells[cell].setup
    if not filmed or not 2 <= (setup.classes or 0) <= UNKNOWN:
        return None
    first = next(iter(filmed.values()))[1]
    frames, step = _budget(results, first)
    shown = evenly(len(first["frame_epochs"]), frames)
    epochs = first["frame_epochs"][shown]
    points = thin(first["point_labels"], POINTS)
    side = len(range(0, first["frames"].shape[-1], step))
    return {
        "side": side,
        "classes": setup.classes,
        "levels": levels_of(setup.classes),
        "epochs": epochs.tolist(),
        "x": rounded(first["grid_x"][[0, -1]]),
        "y": rounded(first["grid_y"][[0, -1]]),
        "points": [rounded(axis) for axis in first["points"][points].T],
        "labels": first["point_labels"][points].tolist(),
        "panels": [
            {
                "scheme": place,
                "seed": seed,
                "scores": rounded(_at_epochs(run, f"test_{setup.score}", epochs)),
                "frames": pack(encode(_frames_at(run, epochs)[..., ::step, ::step])),
            }
            for place, (seed, run) in filmed.items()
        ],
    }


def encode(probabilities: FloatArray) -> NDArray[np.uint8]:
    """Return fields ``(F, C, G, G)`` as bytes ``(F, G, G)``: ``class * levels + level``.

    Level 0 is a guess, the last one certainty; `UNKNOWN` stands where a network says nothing.
    """
    each = np.moveaxis(class_probabilities(np.moveaxis(probabilities, 1, 0)), 0, 1)
    classes = each.shape[1]
    levels = levels_of(classes)
    known: BoolArray = np.all(np.isfinite(each), axis=1)
    sound = np.where(known[:, np.newaxis], each, 0.0)
    certainty = np.clip((sound.max(axis=1) - 1 / classes) / (1 - 1 / classes), 0, 1)
    level = np.minimum(certainty * levels, levels - 1).astype(np.int64)
    return np.where(known, sound.argmax(axis=1) * levels + level, UNKNOWN).astype(np.uint8)


def levels_of(classes: int | None) -> int:
    """Return how many levels of certainty a byte has room for.

    >>> levels_of(2), levels_of(10)
    (127, 25)
    """
    return UNKNOWN // (classes or 1)


def _budget(results: Results, run: Records) -> tuple[int, int]:
    """Return how many frames there is room for, and of how many points of the grid one is kept."""
    panels = len(results.outline.labels) * len(results.outline.cells)
    count, side = run["frames"].shape[0], run["frames"].shape[-1]
    step = 1 if panels * count * side**2 <= BYTES else 2
    return max(BYTES * step**2 // (panels * side**2), 2) if step == 2 else count, step


def _frames_at(run: Records, epochs: FloatArray) -> FloatArray:
    """Return a run's latest frames at some epochs, ``(F, C, G, G)``."""
    return run["frames"][_latest(run["frame_epochs"], epochs)].astype(np.float64)


def _at_epochs(run: Records, name: str, epochs: FloatArray) -> FloatArray:
    values: FloatArray = run[name][_latest(run["epochs"], epochs)]
    return values


def _latest(known: FloatArray, epochs: FloatArray) -> IntArray:
    return np.maximum(np.searchsorted(known, epochs, side="right") - 1, 0)
