"""Calibration: how much slower or faster this machine is than the model of what runs cost.

A few shapes of an experiment, from the cheapest to the dearest, train for a moment on a part of
their data; what they took, beside what the model says, is the factor for shapes like them.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from initbench.data import Split
from initbench.experiment.cost import cost_of
from initbench.experiment.units import Unit, load_split, train_on

SECONDS: Final = 0.1
"""What a shape shall train for, by the model."""

MOST_SHAPES: Final = 5

MOST_BYTES: Final = 2**30
"""A shape of which one run takes more is not tried, nor one that takes ten times `SECONDS`."""


def calibrate(units: Sequence[Unit]) -> list[float]:
    """Return how many times as long as the model says each of these units takes here.

    Parameters
    ----------
    units : sequence of Unit
        One of each shape, from the cheapest to the dearest.
    """
    if not units:
        return []
    places = np.unique(np.linspace(0, len(units) - 1, MOST_SHAPES).round().astype(int))
    factors = [_factor(units[place]) for place in places]
    return np.interp(range(len(units)), places, factors).tolist()


def _factor(unit: Unit) -> float:
    """Train a little of a unit, and return how long it took beside the model's answer."""
    split = load_split(unit.dataset, unit.network.dtype)
    unit, split = _little_of(unit, split)
    cost = cost_of(unit, split)
    expected = cost.seconds_of(unit)
    if cost.run_bytes > MOST_BYTES or expected > 10 * SECONDS:
        return 1.0
    try:
        train_on(split, replace(unit, recipe=replace(unit.recipe, epochs=1)))
        start = time.perf_counter()
        train_on(split, unit)
    except Exception:  # noqa: BLE001  # whatever it is, it is told of when the unit is trained
        return 1.0
    return (time.perf_counter() - start) / expected


def _little_of(unit: Unit, split: Split) -> tuple[Unit, Split]:
    """Return fewer runs, samples or epochs, of which the model says that they take `SECONDS`."""
    recipe = replace(unit.recipe, epochs=1, stop=None)
    batch = min(recipe.batch_size or len(split.X_train), len(split.X_train))
    unit = replace(unit, recipe=recipe)
    one = replace(unit, variants=unit.variants[:1], seeds=unit.seeds[:1])
    step = cost_of(one, _first(split, batch))
    runs = max(1, int(SECONDS / (step.run_seconds or SECONDS)))
    unit = replace(
        unit, variants=unit.variants[:runs], seeds=unit.seeds[: -(-runs // len(unit.variants))]
    )
    batches = max(1, int(SECONDS / cost_of(unit, _first(split, batch)).seconds_of(unit)))
    split = _first(split, batches * batch)
    epochs = round(SECONDS / cost_of(unit, split).seconds_of(unit))
    return replace(unit, recipe=replace(recipe, epochs=max(1, epochs))), split


def _first(split: Split, samples: int) -> Split:
    """Return the first samples of each part."""
    return replace(
        split,
        X_train=split.X_train[:samples],
        y_train=split.y_train[:samples],
        X_test=split.X_test[:samples],
        y_test=split.y_test[:samples],
    )
