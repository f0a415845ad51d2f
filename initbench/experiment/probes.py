"""Probes: which untrained networks an experiment measures, and under which keys.

A network before training is determined by its data, its shape, its scheme and its seed, and the
loss that its gradient is of. Nothing else of a run is in the key, so the points of a sweep over
learning rates have the networks of one.
"""

from dataclasses import replace
from typing import Final

from initbench.errors import UsageError
from initbench.experiment.units import Unit, Variant, load_split
from initbench.training.layer_statistics import PROBED
from initbench.training.recording import Recording
from initbench.training.stack import Named, Recipe

DTYPE: Final = "float64"

PROBE_FORMAT: Final = 2
"""Part of every key: raised when a change to the code moves what is measured of a network."""

PREFIX: Final = f"probe-{PROBE_FORMAT}-"
"""What tells a key from that of a run."""


def untrained(shape: Unit) -> Unit:
    """Return a unit's shape with all that is not known of a network before it is trained left out.

    Its batch is what a probe passes through, so that units are cut for that.

    Raises
    ------
    UsageError
        There are fewer than the two samples that a probe compares.
    """
    if len(load_split(shape.dataset, shape.network.dtype).X_train) < 2:
        raise UsageError("a probe needs at least two samples to train on")
    return replace(
        shape,
        network=replace(shape.network, dtype=DTYPE),
        recipe=Recipe(
            epochs=0,
            batch_size=PROBED,
            optimizer="sgd",
            schedule=Named("constant"),
            loss=shape.recipe.loss,
            recording=Recording(),
            stop=None,
        ),
    )


def start_of(variant: Variant) -> Variant:
    """Return a variant without the hyper-parameters of its training."""
    return replace(variant, hyperparameters=())
