"""Results folders with any numbers, made without training."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.results import Cell, Outline, RunId, RunStore, Scheme, Setup, load_results

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

ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
"""The smallest PNG."""


def key_of(place, label, seed):
    """Return the key of a run; it is the same in every folder."""
    return f"{place}-{label.encode()[:40].hex()}-{seed}"


def arrays_of(label, seeds, points, diverged):
    """Return a scheme's arrays, which its label and seeds determine."""
    shape = (len(seeds), points)
    draws = np.stack([np.random.default_rng([len(label), seed]).random(points) for seed in seeds])
    names = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")
    arrays = {name: draws / place for place, name in enumerate(names, start=1)}
    if diverged:
        for curve in arrays.values():
            curve[0, 2:] = np.nan
    arrays["distinct_units"] = np.broadcast_to(np.int32([4, 3]), (*shape, 2))
    arrays["layer_activation_std"] = np.stack([draws, 2 * draws, 3 * draws], axis=-1)
    return {**arrays, "stopped_at": np.full(len(seeds), -1)}


@pytest.fixture
def make_results(tmp_path):
    """Return a maker of results folders; the first run of a label in `diverged` diverges."""

    def make(
        labels=("zeros", "he"),
        seeds=(0, 3),
        *,
        cells=({},),
        diverged=(),
        epochs=(0, 1, 2, 3),
        **rest,
    ):
        folder = tmp_path / "moons"
        store = RunStore(folder)
        schemes = [
            Scheme(each, "normal", {"std": 0.5}, "N(0, std²)", "S.", "A.") for each in labels
        ]
        runs = [
            {
                label: tuple(RunId(seed, key_of(place, label, seed)) for seed in seeds)
                for label in labels
            }
            for place in range(len(cells))
        ]
        made = [Cell(settings, SETUP, of) for settings, of in zip(cells, runs, strict=True)]
        store.write_outline(Outline("moons", "Half-circles.", 0.9, tuple(schemes), tuple(made)))
        for cell in made:
            for label, ids in cell.runs.items():
                if ids:
                    arrays = arrays_of(label, seeds, len(epochs), label in diverged)
                    shared = {"epochs": np.array(epochs, float), **rest}
                    store.write_unit([run.key for run in ids], arrays, shared)
        return load_results(folder)

    return make


@pytest.fixture
def with_outline():
    """Return a function that changes the outline of results."""
    return lambda results, **changes: replace(results, outline=replace(results.outline, **changes))


@pytest.fixture
def with_report():
    """Return a function that puts a report and a picture into a results folder."""

    def write(results):
        (results.folder / "REPORT.md").write_text("# moons\n")
        (results.folder / "plots").mkdir()
        (results.folder / "plots" / "scores.png").write_bytes(ONE_PIXEL)
        (results.folder / "plots" / "broken.png").write_bytes(b"no picture")

    return write
