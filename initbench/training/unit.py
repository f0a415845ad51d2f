"""Units: runs that train together as one stack, and the key of each run.

A unit is a rectangle of variants (a scheme with hyper-parameters that change no shape) and seeds on
one data set, one network and one training recipe. It consists of plain values, so that it can be
hashed, pickled and sent to another process. Training a unit depends on the unit alone.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, FloatArray
from initbench.data import Split
from initbench.initializers import Initialization, bind
from initbench.initializers.layers import LayerSpec
from initbench.initializers.origins import Origin, load_scheme
from initbench.initializers.weightfiles import check_digest
from initbench.nn import Architecture, Residual, bind_activation
from initbench.nn.architecture import Normalization
from initbench.training.batches import steps_per_epoch
from initbench.training.decision_boundary import GRID_SIDE, BoundaryGrid, frame_epochs
from initbench.training.evaluation import constant_loss
from initbench.training.layer_statistics import dead_fractions
from initbench.training.recipe import Named, Options, Recipe
from initbench.training.samples import DatasetSettings, DataShape, load_split, task_of
from initbench.training.stack import train
from initbench.training.starting import (
    adapt_network,
    initial_network,
    initial_weights,
    rate_factors,
)

NUMERIC_FORMAT = 7
"""Part of every run key; increased when a change of the code changes the numbers of runs."""


@dataclass(frozen=True)
class NetworkSettings:
    """A network apart from its numbers of features and outputs, which the data decide."""

    hidden: tuple[int, ...]
    activation: Named
    bias: bool
    normalization: Normalization
    residual: Residual | None
    dtype: Literal["float32", "float64"]


@dataclass(frozen=True)
class Variant:
    """An initialization scheme with hyper-parameters: how runs of one seed and unit differ.

    Attributes
    ----------
    scheme : Named
    hyperparameters : tuple of (str, float)
        The optimizer's options and, if gradients are clipped, ``clip_norm``.
    origin : Origin or None
        Where the scheme's code or its weights file is; None for schemes of the catalogue.
    """

    scheme: Named
    hyperparameters: Options
    origin: Origin | None = None

    @property
    def initialization(self) -> Initialization:
        """The scheme bound to its options.

        Raises
        ------
        UsageError
            The scheme's code or weights file cannot be loaded, or has changed.
        """
        options, origin = dict(self.scheme.options), self.origin
        if origin is None:
            return bind(self.scheme.name, **options)
        if origin.kind == "weights":
            check_digest(origin)
            return bind(self.scheme.name, **options)
        return bind(load_scheme(self.scheme.name, origin), **options)

    @property
    def identity(self) -> dict[str, Any]:
        """The plain values that enter the key of a run."""
        found = {"scheme": asdict(self.scheme), "hyperparameters": self.hyperparameters}
        if self.origin is None:
            return found
        if self.origin.kind == "weights":
            found["scheme"] = {"name": self.scheme.name}
        return {**found, "digest": self.origin.digest}

    def revision(self, activation: Named) -> dict[str, int]:
        """Return what tells draws for this activation from those of earlier versions, if any do."""
        if self.origin is not None:
            return {}
        network = bind_activation(activation.name, **dict(activation.options))
        number = self.initialization.revision(network)
        return {"revision": number} if number else {}


def draw_once(variant: Variant, layers: Sequence[LayerSpec], seed: int) -> None:
    """Draw the initial weights of a network, to see whether the scheme can.

    Raises
    ------
    UsageError
        It cannot.
    """
    variant.initialization.draw(layers, seed)


@dataclass(frozen=True)
class Unit:
    """Runs that train together: every variant with every seed.

    Runs are ordered by seed, then by variant.

    Attributes
    ----------
    dataset : DatasetSettings
    data : DataShape
        The shape of the prepared data.
    network : NetworkSettings
    recipe : Recipe
    variants : tuple of Variant
    seeds : tuple of int
    """

    dataset: DatasetSettings
    data: DataShape
    network: NetworkSettings
    recipe: Recipe
    variants: tuple[Variant, ...]
    seeds: tuple[int, ...]

    @property
    def runs(self) -> int:
        """The number of runs."""
        return len(self.seeds) * len(self.variants)

    @property
    def batch_size(self) -> int:
        """Samples of a batch, at most the size of the training part."""
        return min(self.recipe.batch_size or self.data.train, self.data.train)

    @property
    def architecture(self) -> Architecture:
        """The network from features to outputs.

        Raises
        ------
        UsageError
            The hidden layers cannot be divided into residual blocks.
        """
        return architecture_of(self.network, self.data.features, self.data.outputs)

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each run: a hash of exactly what determines the run's numbers."""
        shared = hashlib.sha256()
        for part in (
            NUMERIC_FORMAT,
            self.dataset.identity,
            asdict(self.network),
            asdict(self.recipe),
        ):
            shared.update(_as_bytes(part))
        on = self.network.activation
        variants = [_as_bytes(variant.identity | variant.revision(on)) for variant in self.variants]
        return tuple(_key(shared, variant, seed) for seed, variant in product(self.seeds, variants))


@dataclass(frozen=True)
class UnitRecords:
    """Recorded arrays of a unit: per run (first axis R), and shared by all runs."""

    per_run: dict[str, Array]
    shared: dict[str, Array]


def train_unit(unit: Unit, on_epoch: Callable[[FloatArray], None] = lambda _: None) -> UnitRecords:
    """Train all runs of a unit as one stack.

    Parameters
    ----------
    unit : Unit
    on_epoch : callable
        Called after each epoch with the lowest test loss of each run so far, ``(R,)``.

    Raises
    ------
    UsageError
        The loss does not fit the data, or a scheme does not fit the network.
    """
    return train_on(load_split(unit.dataset, unit.network.dtype), unit, on_epoch)


def train_on(
    split: Split, unit: Unit, on_epoch: Callable[[FloatArray], None] = lambda _: None
) -> UnitRecords:
    """Train all runs of a unit on the given samples in place of its own; see `train_unit`."""
    schemes = [variant.initialization for variant in unit.variants]
    task = task_of(split, unit.recipe.loss, unit.network.dtype)
    grid = BoundaryGrid(split.X_train, task.loss) if unit.data.has_boundary else None
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        network = initial_network(unit.architecture, schemes, unit.seeds, unit.network.dtype)
        start = {"initialization_epochs": adapt_network(network, schemes, unit.seeds, task)}
        if unit.recipe.recording.initial_weights:
            start |= initial_weights(network)
        start["dead_at_start"] = dead_fractions(network, task)
        records = train(
            network,
            task,
            unit.recipe,
            hyperparameters_of(unit),
            unit.seeds,
            factors=rate_factors(network, schemes, unit.recipe.optimizer),
            grid=grid,
            on_epoch=on_epoch,
        )
        samples = len(split.X_train)
        shared: dict[str, Array] = {
            "epochs": unit.recipe.recorded_epochs(samples),
            "steps_per_epoch": np.array(steps_per_epoch(samples, unit.recipe.batch_size)),
            "constant_loss": np.array(constant_loss(task)),
        }
        if grid is not None:
            records["boundary"] = grid.probabilities(network, GRID_SIDE)[:, np.newaxis]
            grid_x, grid_y = grid.axes(GRID_SIDE)
            shared |= {
                "boundary_epochs": np.array([float(unit.recipe.epochs)]),
                "frame_epochs": frame_epochs(unit.recipe.epochs).astype(np.float64),
                "grid_x": grid_x,
                "grid_y": grid_y,
                "points": split.X_train,
                "point_labels": split.y_train,
            }
        return UnitRecords({**start, **records}, shared)


@lru_cache(maxsize=1_000)
def architecture_of(network: NetworkSettings, features: int, outputs: int) -> Architecture:
    """Return the network with the given numbers of features and outputs.

    Raises
    ------
    UsageError
        The hidden layers cannot be divided into residual blocks.
    """
    return Architecture(
        sizes=(features, *network.hidden, outputs),
        activation=bind_activation(network.activation.name, **dict(network.activation.options)),
        bias=network.bias,
        normalization=network.normalization,
        residual=network.residual,
    )


def hyperparameters_of(unit: Unit) -> dict[str, FloatArray]:
    """Return each hyper-parameter of the unit's runs, ``(R,)``."""
    each = [dict(variant.hyperparameters) for variant in unit.variants]
    return {
        name: np.tile(np.array([values[name] for values in each], np.float64), len(unit.seeds))
        for name in each[0]
    }


def _as_bytes(part: object) -> bytes:
    """Return plain values as JSON that ends with a line break, which JSON itself never contains."""
    text = json.dumps(part, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def _key(shared: "hashlib._Hash", variant: bytes, seed: int) -> str:
    whole = shared.copy()
    whole.update(variant + str(seed).encode())
    return whole.hexdigest()[:32]
