"""Decision boundaries: the class probabilities over the plane, of each scheme's median run."""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.figures.describing import cell_caption, labels_of, settings_of, title_of
from initbench.figures.records import (
    Axis,
    Field,
    Figure,
    Mark,
    Message,
    Panel,
    Points,
    Series,
)
from initbench.results import Results
from initbench.results.store import Records

MOST_FILMED: Final = 12
"""Schemes up to which there is an animation."""

_POINTS: Final = 4500
"""Samples to draw, over all panels: more would hide the field, and fill an SVG."""

_CONSTANT: Final = 0.01
"""Range of probabilities over the plane below which a prediction is called constant."""

_SCALINGS: Final = {"standard": " (standardised)", "minmax": " (scaled to 0…1)"}


def has_boundaries(results: Results, cell: int) -> bool:
    """Tell whether the data of a cell lie in a plane."""
    return any("boundary" in run for run in median_runs(results, cell).values())


def has_frames(results: Results, cell: int) -> bool:
    """Tell whether the boundaries were recorded through training, for few schemes."""
    runs = median_runs(results, cell)
    return 0 < len(runs) <= MOST_FILMED and all("frames" in run for run in runs.values())


def decision_boundaries(results: Results, cell: int) -> Figure:
    """Build the figure of the class probabilities over the plane after training."""
    return _figure(results, cell, is_animated=False)


def boundary_frames(results: Results, cell: int) -> Figure:
    """Build the figure of the class probabilities over the plane through training."""
    return _figure(results, cell, is_animated=True)


def median_runs(results: Results, cell: int) -> dict[str, Records]:
    """Return for each scheme the run that is in the middle by its test score."""
    return {
        label: results.run(label, results.median_seed(label, cell), cell)
        for label in labels_of(results, cell)
    }


def class_probabilities(probabilities: FloatArray) -> FloatArray:
    """Return probabilities of all K classes ``(K, …)``, also where class 1 is given alone."""
    if len(probabilities) > 1:
        return probabilities
    return np.concatenate([1 - probabilities, probabilities])


def thin(labels: IntArray, most: int) -> IntArray:
    """Return the indices of at most about `most` samples, evenly from each class.

    `labels`: shape (n,).
    """
    share = min(1.0, most / max(len(labels), 1))
    kept = [np.zeros(0, dtype=np.int64)]
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        count = max(round(share * len(members)), 1)
        kept.append(members[np.linspace(0, len(members) - 1, count).round().astype(np.int64)])
    return np.sort(np.concatenate(kept))


def _figure(results: Results, cell: int, *, is_animated: bool) -> Figure:
    runs, setup = median_runs(results, cell), results.outline.cells[cell].setup
    array, times = ("frames", "frame_epochs") if is_animated else ("boundary", "boundary_epochs")
    shared = next(iter(runs.values()))
    side = shared[array].shape[-1]
    x, y = (np.linspace(shared[axis][0], shared[axis][-1], side) for axis in ("grid_x", "grid_y"))
    suffix = _SCALINGS.get(setup.scaling, "")
    axes = (
        Axis(f"Feature 1{suffix}", limits=(float(x[0]), float(x[-1]))),
        Axis(f"Feature 2{suffix}", limits=(float(y[0]), float(y[-1]))),
    )
    kept = thin(shared["point_labels"], max(_POINTS // len(runs), 100))
    places, classes = shared["points"][kept].astype(float), shared["point_labels"][kept]
    series = tuple(
        Series(f"class {place}", place) for place in range(setup.classes or int(classes.max()) + 1)
    )
    points = tuple(Points(one.name, *places[classes == one.look].T) for one in series)
    epochs = shared[times].astype(float) if times in shared else shared["epochs"][-1:]
    panels = []
    for label, run in runs.items():
        seed, frames = results.median_seed(label, cell), run[array].astype(np.float64)
        scores = run["test_accuracy"][np.searchsorted(run["epochs"], epochs, side="right") - 1]
        is_sound = np.isfinite(scores) & np.isfinite(frames).all(axis=(1, 2, 3))
        titles = tuple(
            f"accuracy {score:.3f}, seed {seed}" if sound else f"diverged, seed {seed}"
            for score, sound in zip(scores, is_sound, strict=True)
        )
        marks: list[Mark] = [Field(x, y, frames, epochs, titles)]
        if is_animated or is_sound[-1]:
            marks += points
        if not is_animated:
            marks += _messages(frames[-1]) if is_sound[-1] else [Message("diverged")]
        panels.append(Panel(*axes, tuple(marks), label))
    line = " Line: both classes are equally probable." if len(series) == 2 else ""
    sentence = (
        "The most probable class over the plane of the two features"
        f" {'through' if is_animated else 'after'} training, paler where the network is less"
        f" sure.{' On the line both are equally probable.' if line else ''} Points are the training"
        " part. Each panel is the median run of a scheme by its test score."
    )
    subject = "Decision boundaries" + (" through training" if is_animated else "")
    return Figure(
        name="boundary" if is_animated else "decision_boundaries",
        title=title_of(results, subject, settings_of(results, cell)),
        panels=tuple(panels),
        note="The median run of each scheme. Colour: the most probable class, paler where less"
        f" sure.{line} Points: training part. Accuracy: test part.",
        caption=cell_caption(results, cell, sentence),
        series=series,
    )


def _messages(probabilities: FloatArray) -> list[Message]:
    """Return a message where a prediction, ``(C, G, G)``, is the same all over the plane."""
    each = class_probabilities(probabilities)
    if np.ptp(each, axis=(1, 2)).max() >= _CONSTANT:
        return []
    best = int(each.mean(axis=(1, 2)).argmax())
    probability = float(each[best].mean())
    is_chance = np.isclose(probability, 1 / len(each), atol=_CONSTANT)
    what = "every class" if is_chance else f"class {best}"
    return [Message(f"constant prediction: {probability:.2f} for {what}")]
