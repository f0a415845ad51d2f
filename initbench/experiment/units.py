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
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, FloatArray
from initbench.data import Split, load_dataset, prepare
from initbench.experiment.batches import steps_per_epoch
from initbench.experiment.evaluation import constant_loss, make_task
from initbench.experiment.layer_statistics import dead_fractions
from initbench.experiment.plane import boundary
from initbench.experiment.starting import initial_network, rate_factors
from initbench.experiment.training import Named, Options, Recipe, epochs_of_points, train
from initbench.initializers import bind
from initbench.nn import Architecture, Residual, StackedMLP, bind_activation
from initbench.nn.architecture import Normalization
from initbench.nn.losses import BoundLoss, loss_for, outputs_for

PATH = "path"
"""The option of a data set that says where its file is."""

NUMERIC_FORMAT = 3
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
        """What determines the numbers, for the key of a run."""
        options = [(name, value) for name, value in self.options if name != PATH or not self.digest]
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
        A scheme of the catalogue with all of its options.
    hyperparameters : tuple of (str, float)
        The optimizer's options and, where gradients are clipped, ``clip_norm``.
    """

    scheme: Named
    hyperparameters: Options


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
        variants = [_as_bytes(asdict(variant)) for variant in self.variants]
        return tuple(_key(shared, variant, seed) for seed, variant in product(self.seeds, variants))


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
        Called after each epoch that is trained.

    Raises
    ------
    UsageError
        The loss does not fit the data, or a scheme does not fit the network.
    """
    split = load_split(unit.dataset, unit.network.dtype)
    architecture = unit_architecture(unit, split)
    schemes = [
        bind(variant.scheme.name, **dict(variant.scheme.options)) for variant in unit.variants
    ]
    network = initial_network(architecture, schemes, unit.seeds, unit.network.dtype)
    loss = loss_for(split.classes, unit.recipe.loss.name, **dict(unit.recipe.loss.options))
    task = make_task(_parts(split), split.classes, loss, network.dtype)
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
        dead_at_start = dead_fractions(network, task)
        records = train(
            network,
            task,
            unit.recipe,
            hyperparameters_of(unit),
            unit.seeds,
            factors=rate_factors(network, schemes, unit.recipe.optimizer),
            on_epoch=on_epoch,
        )
        records["dead_at_start"] = dead_at_start
        samples = len(split.X_train)
        shared = {
            "epochs": epochs_of_points(unit.recipe, samples),
            "steps_per_epoch": np.array(steps_per_epoch(samples, unit.recipe.batch_size)),
            "constant_loss": np.array(constant_loss(task)),
        }
        return _with_boundary(UnitRecords(records, shared), network, split, loss)


def unit_architecture(unit: Unit, split: Split) -> Architecture:
    """Return the network that a unit trains on its data."""
    outputs = outputs_for(split.classes, split.y_train)
    return architecture_of(unit.network, split.X_train.shape[1], outputs)


@lru_cache(maxsize=4)
def load_split(dataset: DatasetSettings, dtype: str) -> Split:
    """Return the prepared data; a process makes each data set once."""
    options: dict[str, Any] = dict(dataset.options)
    made = load_dataset(
        dataset.name,
        seed=dataset.seed,
        imbalance=dataset.imbalance,
        extra_features=dataset.extra_features,
        **options,
    )
    return prepare(
        made,
        test_fraction=dataset.test_fraction,
        scaling=dataset.scaling,
        seed=dataset.seed,
        dtype=np.dtype(dtype),
        validation_fraction=dataset.validation_fraction,
        folds=dataset.folds,
        fold=dataset.fold,
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


def _parts(split: Split) -> dict[str, tuple[FloatArray, Array]]:
    """Return the parts that are recorded, by name."""
    parts = {"train": (split.X_train, split.y_train), "test": (split.X_test, split.y_test)}
    if split.X_validation is not None and split.y_validation is not None:
        parts["validation"] = (split.X_validation, split.y_validation)
    return parts


def hyperparameters_of(unit: Unit) -> dict[str, FloatArray]:
    """Return each hyper-parameter of the unit's runs, ``(R,)``."""
    each = [dict(variant.hyperparameters) for variant in unit.variants]
    return {
        name: np.tile(np.array([values[name] for values in each], np.float64), len(unit.seeds))
        for name in each[0]
    }


def _with_boundary(
    records: UnitRecords, network: StackedMLP, split: Split, loss: BoundLoss
) -> UnitRecords:
    """Add what the trained networks say of the plane, where the data lie in one."""
    if split.X_train.shape[1] != 2 or split.classes is None:
        return records
    plane = boundary(network, split.X_train, loss)
    shared = {
        **records.shared,
        "boundary_epochs": records.shared["epochs"][-1:],
        "grid_x": plane["grid_x"],
        "grid_y": plane["grid_y"],
        "points": split.X_train,
        "point_labels": split.y_train,
    }
    return UnitRecords({**records.per_run, "boundary": plane["boundary"]}, shared)


def _as_bytes(part: object) -> bytes:
    """Return a part of what determines a run; each ends where no text of it can."""
    text = json.dumps(part, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def _key(shared: "hashlib._Hash", variant: bytes, seed: int) -> str:
    whole = shared.copy()
    whole.update(variant + str(seed).encode())
    return whole.hexdigest()[:32]
