"""Probes: the untrained networks that an experiment measures, and their keys.

Data, network, loss, scheme and seed determine an untrained network and its gradient. The key of a
probe depends on nothing else, so that all learning rates of a sweep share their probes.
"""

from dataclasses import replace
from typing import Final

from initbench.errors import UsageError
from initbench.training.layer_statistics import PROBED
from initbench.training.recipe import Named, Recipe, Recording
from initbench.training.unit import Unit, Variant

DTYPE: Final = "float64"

PROBE_FORMAT: Final = 3
"""Part of every key; increased when a change of the code changes what is measured."""

PREFIX: Final = f"probe-{PROBE_FORMAT}-"
"""Distinguishes the keys of probes from those of runs."""


def probe_unit(unit: Unit) -> Unit:
    """Return the unit of untrained networks that belongs to a unit of runs.

    Its batch is the batch of a probe, so that units of probes are cut for that size.

    Raises
    ------
    UsageError
        There are fewer than two training samples, which a probe compares.
    """
    if unit.data.train < 2:
        raise UsageError("a probe needs at least two samples to train on")
    return replace(
        unit,
        network=replace(unit.network, dtype=DTYPE),
        recipe=Recipe(
            epochs=0,
            batch_size=PROBED,
            optimizer="sgd",
            schedule=Named("constant"),
            loss=unit.recipe.loss,
            recording=Recording(),
            stop=None,
        ),
        variants=tuple(dict.fromkeys(map(probe_variant, unit.variants))),
    )


def probe_variant(variant: Variant) -> Variant:
    """Return a variant without the hyper-parameters of training."""
    return replace(variant, hyperparameters=())
