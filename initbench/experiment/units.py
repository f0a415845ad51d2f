"""Units: what a worker gets, plain values alone, and what it does with them.

A unit is a rectangle of schemes and seeds on one data set, one network and one recipe. It can be
hashed, pickled and sent away; it is short, idempotent, and knows nothing of the others.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import product
from typing import Literal, TypeAlias

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import Array
from initbench.data import Split, load_dataset, prepare
from initbench.experiment.recording import Task, boundary, make_task
from initbench.experiment.training import Recipe, train
from initbench.initializers import bind, layers_of
from initbench.nn import ACTIVATIONS, StackedMLP
from initbench.options import OptionValue

NUMERIC_FORMAT = 1
"""Part of every run key: raised when a change to the code moves the numbers of runs."""

Options: TypeAlias = tuple[tuple[str, OptionValue], ...]


@dataclass(frozen=True)
class DatasetSettings:
    """Which samples there are, and how they are split and scaled."""

    name: str
    options: Options
    seed: int
    test_fraction: float
    scaling: Literal["standard", "minmax", "none"]


@dataclass(frozen=True)
class NetworkSettings:
    """The shape of the network between the features and the logits."""

    hidden: tuple[int, ...]
    activation: str
    dtype: Literal["float32", "float64"]


@dataclass(frozen=True)
class SchemeSettings:
    """A scheme of the catalogue with all of its options."""

    name: str
    options: Options


@dataclass(frozen=True)
class Unit:
    """Runs that train together: every scheme with every seed.

    Runs are ordered seed by seed, and scheme by scheme within a seed.
    """

    dataset: DatasetSettings
    network: NetworkSettings
    recipe: Recipe
    schemes: tuple[SchemeSettings, ...]
    seeds: tuple[int, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each run: a hash of all that determines its numbers, and of nothing else."""
        shared = [
            NUMERIC_FORMAT,
            *(asdict(part) for part in (self.dataset, self.network, self.recipe)),
        ]
        return tuple(
            _digest([*shared, asdict(scheme), seed])
            for seed, scheme in product(self.seeds, self.schemes)
        )


@dataclass(frozen=True)
class UnitRecords:
    """What training a unit leaves: arrays a run (first axis R), and arrays that all runs share."""

    per_run: dict[str, Array]
    shared: dict[str, Array]


def train_unit(unit: Unit, on_epoch: Callable[[], None] = lambda: None) -> UnitRecords:
    """Train all runs of a unit as one stack.

    Parameters
    ----------
    unit : Unit
    on_epoch : callable
        Called after each epoch.
    """
    split = load_split(unit.dataset, unit.network.dtype)
    network = build_network(unit, split)
    samples = {"train": (split.X_train, split.y_train), "test": (split.X_test, split.y_test)}
    task = make_task(samples, split.classes, network.dtype)
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        records = train(network, task, unit.recipe, unit.seeds, on_epoch)
        return _with_boundary(records, network, task, split, unit.recipe.epochs)


@lru_cache(maxsize=4)
def load_split(dataset: DatasetSettings, dtype: str) -> Split:
    """Return the prepared data; a process makes each data set once."""
    made = load_dataset(dataset.name, seed=dataset.seed, **dict(dataset.options))
    return prepare(
        made,
        test_fraction=dataset.test_fraction,
        scaling=dataset.scaling,
        seed=dataset.seed,
        dtype=np.dtype(dtype),
    )


def layer_sizes(network: NetworkSettings, split: Split) -> tuple[int, ...]:
    """Return the units of every layer from the features to the logits."""
    outputs = 1 if split.classes == 2 else split.classes
    return (split.X_train.shape[1], *network.hidden, outputs)


def build_network(unit: Unit, split: Split) -> StackedMLP:
    """Return the unit's stack with every run's initial weights."""
    sizes = layer_sizes(unit.network, split)
    network = StackedMLP(
        sizes,
        ACTIVATIONS[unit.network.activation],
        runs=len(unit.seeds) * len(unit.schemes),
        streams=len(unit.seeds),
        dtype=np.dtype(unit.network.dtype),
    )
    layers = layers_of(sizes, unit.network.activation)
    schemes = [bind(scheme.name, **dict(scheme.options)) for scheme in unit.schemes]
    for run, (seed, scheme) in enumerate(product(unit.seeds, schemes)):
        network.set_weights(run, scheme.draw(layers, seed))
    return network


def _with_boundary(
    records: dict[str, Array], network: StackedMLP, task: Task, split: Split, epochs: int
) -> UnitRecords:
    """Add what the trained networks say of the plane, where the data lie in one."""
    if split.X_train.shape[1] != 2:
        return UnitRecords(records, {})
    plane = boundary(network, split.X_train, task.loss)
    shared = {
        "boundary_epochs": np.array([epochs]),
        "grid_x": plane["grid_x"],
        "grid_y": plane["grid_y"],
        "points": split.X_train,
        "point_labels": split.y_train,
    }
    return UnitRecords({**records, "boundary": plane["boundary"]}, shared)


def _digest(parts: list[object]) -> str:
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
