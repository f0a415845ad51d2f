"""Units: what a worker gets, plain values alone, and what it does with them.

A unit is a rectangle of variants (a scheme, and hyper-parameters that change no shape) and seeds on
one data set, one network and one recipe. It can be hashed, pickled and sent away; it is short,
idempotent, and knows nothing of the others.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike
from threadpoolctl import threadpool_limits

from initbench.amounts import show_bytes
from initbench.arrays import Array, FloatArray
from initbench.data import DATASETS, Dataset, Split, load_dataset, prepare
from initbench.errors import UsageError
from initbench.initializers import Initialization, bind
from initbench.initializers.origins import Origin, load_scheme
from initbench.initializers.weightfiles import check_digest
from initbench.machine import available_memory
from initbench.nn import Architecture, Residual, bind_activation
from initbench.nn.architecture import Normalization
from initbench.nn.losses import loss_for, outputs_for
from initbench.training.batches import steps_per_epoch
from initbench.training.evaluation import Task, constant_loss, make_task
from initbench.training.layer_statistics import dead_fractions
from initbench.training.plane import GRID_SIDE, Plane, frame_epochs
from initbench.training.stack import Named, Options, Recipe, epochs_of_points, train
from initbench.training.starting import (
    adapt_network,
    initial_network,
    initial_weights,
    rate_factors,
)

PATH = "path"
"""The option of a data set that says where its file is."""

NUMERIC_FORMAT = 7
"""Part of every run key: raised when a change to the code moves the numbers of runs."""


@dataclass(frozen=True)
class DatasetSettings:
    """Which samples there are, and how they are split and scaled.

    Attributes
    ----------
    digest : str
        Of the files that the samples are read from, empty where there are none. Which samples they
        are is then said by this, and not by where the files lie.
    """

    name: str
    options: Options
    seed: int
    test_fraction: float
    scaling: Literal["standard", "minmax", "none"]
    imbalance: float
    extra_features: int
    validation_fraction: float
    folds: int | None
    fold: int
    digest: str

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the numbers, for the key of a run.

        Of a file, its digest does, and not its path. Options that did not exist when runs were
        first stored are left out at their defaults, so that those runs keep their keys.
        """
        entry = DATASETS[self.name]
        options = [
            (name, value)
            for name, value in self.options
            if not (name == PATH and self.digest)
            and not (name in entry.later_options and value == entry.options[name].default)
        ]
        return {**asdict(self), "options": options}


@dataclass(frozen=True)
class NetworkSettings:
    """The network between the features and the logits."""

    hidden: tuple[int, ...]
    activation: Named
    bias: bool
    normalization: Normalization
    residual: Residual | None
    dtype: Literal["float32", "float64"]


@dataclass(frozen=True)
class Variant:
    """What tells runs of one seed apart.

    Attributes
    ----------
    scheme : Named
        A scheme with all of its options.
    hyperparameters : tuple of (str, float)
        The optimizer's options and, where gradients are clipped, ``clip_norm``.
    origin : Origin or None
        Where the scheme's code, or the weights that it reads, come from; None for the catalogue's.
    """

    scheme: Named
    hyperparameters: Options
    origin: Origin | None = None

    @property
    def initialization(self) -> Initialization:
        """The scheme, wherever it comes from, bound to its options.

        Raises
        ------
        UsageError
            It cannot be had, or is not what it was.
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
        """What determines the numbers, for the key of a run."""
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


@dataclass(frozen=True)
class Unit:
    """Runs that train together: every variant with every seed.

    Runs are ordered seed by seed, and variant by variant within a seed.
    """

    dataset: DatasetSettings
    network: NetworkSettings
    recipe: Recipe
    variants: tuple[Variant, ...]
    seeds: tuple[int, ...]

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return len(self.seeds) * len(self.variants)

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each run: a hash of all that determines its numbers, and of nothing else."""
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
    """What training a unit leaves: arrays a run (first axis R), and arrays that all runs share."""

    per_run: dict[str, Array]
    shared: dict[str, Array]


def train_unit(unit: Unit, on_epoch: Callable[[FloatArray], None] = lambda _: None) -> UnitRecords:
    """Train all runs of a unit as one stack.

    Parameters
    ----------
    unit : Unit
    on_epoch : callable
        Called after each epoch that is trained, with the lowest test loss of each run so far.

    Raises
    ------
    UsageError
        The loss does not fit the data, or a scheme does not fit the network.
    """
    return train_on(load_split(unit.dataset, unit.network.dtype), unit, on_epoch)


def train_on(
    split: Split, unit: Unit, on_epoch: Callable[[FloatArray], None] = lambda _: None
) -> UnitRecords:
    """Train all runs of a unit on these data, whatever its own are; as `train_unit`."""
    architecture = unit_architecture(unit, split)
    schemes = [variant.initialization for variant in unit.variants]
    task = task_of(split, unit.recipe.loss, unit.network.dtype)
    plane = None
    if split.X_train.shape[1] == 2 and split.classes is not None:
        plane = Plane(split.X_train, task.loss)
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        network = initial_network(architecture, schemes, unit.seeds, unit.network.dtype)
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
            plane=plane,
            on_epoch=on_epoch,
        )
        samples = len(split.X_train)
        shared: dict[str, Array] = {
            "epochs": epochs_of_points(unit.recipe, samples),
            "steps_per_epoch": np.array(steps_per_epoch(samples, unit.recipe.batch_size)),
            "constant_loss": np.array(constant_loss(task)),
        }
        if plane is not None:
            records["boundary"] = plane.opinions(network, GRID_SIDE)[:, np.newaxis]
            shared |= _of_plane(plane, unit.recipe, split)
        return UnitRecords({**start, **records}, shared)


def unit_architecture(unit: Unit, split: Split) -> Architecture:
    """Return the network that a unit trains on its data."""
    outputs = outputs_for(split.classes, split.y_train)
    return architecture_of(unit.network, split.X_train.shape[1], outputs)


def load_samples(dataset: DatasetSettings) -> Dataset:
    """Return the samples, neither split nor scaled.

    Raises
    ------
    UsageError
        The data cannot be had, or there are more samples than this machine has memory for.
    """
    options: dict[str, Any] = dict(dataset.options)
    _check_memory(options.get("samples", 0) * (2 + dataset.extra_features))
    return load_dataset(
        dataset.name,
        seed=dataset.seed,
        imbalance=dataset.imbalance,
        extra_features=dataset.extra_features,
        **options,
    )


@lru_cache(maxsize=4)
def load_split(dataset: DatasetSettings, dtype: str) -> Split:
    """Return the prepared data; a process makes each data set once."""
    return prepare(
        load_samples(dataset),
        test_fraction=dataset.test_fraction,
        scaling=dataset.scaling,
        seed=dataset.seed,
        dtype=np.dtype(dtype),
        validation_fraction=dataset.validation_fraction,
        folds=dataset.folds,
        fold=dataset.fold,
    )


def _check_memory(numbers: int) -> None:
    """Raise a `UsageError` if so many numbers cannot be drawn, split and scaled in memory."""
    need, have = 6 * 8 * numbers, available_memory()
    if have is not None and need > have:
        raise UsageError(
            f"the samples take about {show_bytes(need)} of memory, and there are"
            f" {show_bytes(have)}: ask for fewer"
        )


def architecture_of(network: NetworkSettings, features: int, outputs: int) -> Architecture:
    """Return the network between so many features and outputs.

    Raises
    ------
    UsageError
        Its hidden layers do not make whole residual blocks.
    """
    return Architecture(
        sizes=(features, *network.hidden, outputs),
        activation=bind_activation(network.activation.name, **dict(network.activation.options)),
        bias=network.bias,
        normalization=network.normalization,
        residual=network.residual,
    )


def parts_of(split: Split) -> dict[str, tuple[FloatArray, Array]]:
    """Return the parts that are recorded, by name."""
    parts = {"train": (split.X_train, split.y_train), "test": (split.X_test, split.y_test)}
    if split.X_validation is not None and split.y_validation is not None:
        parts["validation"] = (split.X_validation, split.y_validation)
    return parts


def task_of(split: Split, loss: Named, dtype: DTypeLike) -> Task:
    """Return the parts of the data in a type of number, and the loss that they are trained with.

    Raises
    ------
    UsageError
        The loss is not for such data.
    """
    bound = loss_for(split.classes, loss.name, **dict(loss.options))
    return make_task(parts_of(split), split.classes, bound, dtype)


def hyperparameters_of(unit: Unit) -> dict[str, FloatArray]:
    """Return each hyper-parameter of the unit's runs, ``(R,)``."""
    each = [dict(variant.hyperparameters) for variant in unit.variants]
    return {
        name: np.tile(np.array([values[name] for values in each], np.float64), len(unit.seeds))
        for name in each[0]
    }


def _of_plane(plane: Plane, recipe: Recipe, split: Split) -> dict[str, Array]:
    """Return where opinions on the plane are from, and the points that lie in it."""
    grid_x, grid_y = plane.axes(GRID_SIDE)
    return {
        "boundary_epochs": np.array([float(recipe.epochs)]),
        "frame_epochs": frame_epochs(recipe.epochs).astype(np.float64),
        "grid_x": grid_x,
        "grid_y": grid_y,
        "points": split.X_train,
        "point_labels": split.y_train,
    }


def _as_bytes(part: object) -> bytes:
    """Return a part of what determines a run; each ends where no text of it can."""
    text = json.dumps(part, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def _key(shared: "hashlib._Hash", variant: bytes, seed: int) -> str:
    whole = shared.copy()
    whole.update(variant + str(seed).encode())
    return whole.hexdigest()[:32]
