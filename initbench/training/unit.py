"""Units: runs that train together as one stack, and the key of each run.

A unit is a rectangle of variants (a scheme with hyper-parameters that change no shape) and seeds on
one data set, one network and one training recipe. It consists of plain values, so that it can be
hashed, pickled and sent to another process. Training a unit depends on the unit alone.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import product
from typing import Any, Literal

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.data import DATASETS
from initbench.initializers import Initialization, bind
from initbench.initializers.layers import LayerSpec
from initbench.initializers.own import Origin, load_scheme
from initbench.initializers.weightfiles import check_digest
from initbench.nn import Architecture, Residual, bind_activation
from initbench.nn.architecture import Dropout, Normalization
from initbench.options import OptionValue
from initbench.training.batches import steps_per_epoch

NUMERIC_FORMAT = 7
"""Part of every run key; increased when a change of the code changes the numbers of runs."""

PATH = "path"
"""The option of a data set that says where its file is."""

Options = tuple[tuple[str, OptionValue], ...]
"""Names and values of options, sorted by name."""


@dataclass(frozen=True)
class Named:
    """An entry of a registry with all of its options."""

    name: str
    options: Options = ()


@dataclass(frozen=True)
class Recording:
    """Which points of training are recorded, and what is recorded besides losses and scores."""

    every: int = 1  # number of units between two points
    # whether `every` counts epochs or steps. The first and the last point are always recorded
    unit: Literal["epoch", "step"] = "epoch"
    layers: bool = False  # whether to record the statistics of each layer
    initial_weights: bool = False  # whether to record the initial weights
    # whether to record the largest eigenvalue of the training loss's Hessian
    sharpness: bool = False

    def steps(self, epochs: int, steps_per_epoch: int) -> IntArray:
        """Return the step of each recorded point, in order; 0 is the untrained network."""
        each = self.every * (steps_per_epoch if self.unit == "epoch" else 1)
        last = epochs * steps_per_epoch
        return np.union1d(np.arange(0, last, each), [last])

    def points(self, epochs: int, steps_per_epoch: int) -> int:
        """Return the length of `steps` without building the array."""
        each = self.every * (steps_per_epoch if self.unit == "epoch" else 1)
        return -(-epochs * steps_per_epoch // each) + 1


@dataclass(frozen=True)
class Stop:
    """When to stop a run early."""

    monitor: str  # name of the monitored curve. A loss should fall; any other curve should rise
    target: float | None  # stop at the first point at which the curve reaches this value
    patience: int | None  # stop after this many points in a row without an improvement


@dataclass(frozen=True)
class Recipe:
    """How a network is trained, apart from its initial weights, data and hyper-parameters."""

    epochs: int
    batch_size: int | None  # None for full batches
    optimizer: str
    schedule: Named  # learning-rate schedule
    loss: Named
    recording: Recording
    stop: Stop | None

    @property
    def identity(self) -> dict[str, Any]:
        """The plain values that enter the key of a run.

        Settings that did not exist when runs were first stored are left out at their defaults.
        """
        found = asdict(self)
        if not self.recording.sharpness:
            del found["recording"]["sharpness"]
        return found

    def recorded_epochs(self, samples: int) -> FloatArray:
        """Return the epoch of each recorded point, ``(T,)``, for a number of training samples."""
        per_epoch = steps_per_epoch(samples, self.batch_size)
        return self.recording.steps(self.epochs, per_epoch) / per_epoch


@dataclass(frozen=True)
class DatasetSettings:
    """A data set with its options, and how its samples are split and scaled."""

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
    # SHA-256 of the files that the samples are read from; empty if there are none. Run keys contain
    # the digest in place of the path, so that a file may move
    digest: str

    @property
    def identity(self) -> dict[str, Any]:
        """The plain values that enter the key of a run.

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
class DataShape:
    """The size of a prepared data set: all that planning must know of it."""

    features: int  # features of a sample (D)
    classes: int | None  # number of classes; None for a regression
    # outputs of a network for these data: 1 for two classes, one per class for more, one per target
    # for a regression
    outputs: int
    # train, test, validation: samples of each part; ``validation`` is 0 if there is no validation
    # part
    train: int
    test: int
    validation: int = 0
    baselines: tuple[float, ...] = ()  # for each of `parts`, the score of the best constant answer

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts that are recorded."""
        return ("train", "test", "validation") if self.validation else ("train", "test")

    @property
    def samples(self) -> int:
        """Samples of all parts together."""
        return self.train + self.test + self.validation

    @property
    def has_boundary(self) -> bool:
        """Whether a decision boundary can be recorded: classes of points in a plane."""
        return self.features == 2 and self.classes is not None


@dataclass(frozen=True)
class NetworkSettings:
    """A network apart from its numbers of features and outputs, which the data decide."""

    hidden: tuple[int, ...]
    activation: Named
    bias: bool
    normalization: Normalization
    residual: Residual | None
    dtype: Literal["float32", "float64"]
    dropout: Dropout | None = None

    @property
    def identity(self) -> dict[str, Any]:
        """The plain values that enter the key of a run.

        Settings that did not exist when runs were first stored are left out at their defaults.
        """
        found = asdict(self)
        if self.dropout is None:
            del found["dropout"]
        if self.residual is not None and self.residual.multiplier == 1.0:
            del found["residual"]["multiplier"]
        return found


@dataclass(frozen=True)
class Variant:
    """An initialization scheme with hyper-parameters: how runs of one seed and unit differ."""

    scheme: Named
    hyperparameters: Options  # the optimizer's options and, if gradients are clipped, ``clip_norm``
    # where the scheme's code or its weights file is; None for schemes of the catalogue
    origin: Origin | None = None

    @property
    def initialization(self) -> Initialization:
        """The scheme bound to its options.

        Raises `UsageError` if the scheme's code or weights file cannot be loaded, or has changed.
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
            options = [option for option in self.scheme.options if option[0] != PATH]
            found["scheme"] = {
                "name": self.scheme.name,
                **({"options": options} if options else {}),
            }
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

    Raises `UsageError` if it cannot.
    """
    variant.initialization.draw(layers, seed)


@dataclass(frozen=True)
class Unit:
    """Runs that train together: every variant with every seed.

    Runs are ordered by seed, then by variant.
    """

    dataset: DatasetSettings
    data: DataShape  # the shape of the prepared data
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

        Raises `UsageError` if the hidden layers cannot be divided into residual blocks.
        """
        return architecture_of(self.network, self.data.features, self.data.outputs)

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each run: a hash of exactly what determines the run's numbers."""
        shared = hashlib.sha256()
        for part in (
            NUMERIC_FORMAT,
            self.dataset.identity,
            self.network.identity,
            self.recipe.identity,
        ):
            shared.update(_as_bytes(part))
        on = self.network.activation
        variants = [_as_bytes(variant.identity | variant.revision(on)) for variant in self.variants]
        keys = []
        for seed, variant in product(self.seeds, variants):
            whole = shared.copy()
            whole.update(variant + str(seed).encode())
            keys.append(whole.hexdigest()[:32])
        return tuple(keys)


@lru_cache(maxsize=1_000)
def architecture_of(network: NetworkSettings, features: int, outputs: int) -> Architecture:
    """Return the network with the given numbers of features and outputs.

    Raises `UsageError` if the hidden layers cannot be divided into residual blocks.
    """
    return Architecture(
        sizes=(features, *network.hidden, outputs),
        activation=bind_activation(network.activation.name, **dict(network.activation.options)),
        bias=network.bias,
        normalization=network.normalization,
        residual=network.residual,
        dropout=network.dropout,
    )


def _as_bytes(part: object) -> bytes:
    """Return plain values as JSON that ends with a line break, which JSON itself never contains."""
    text = json.dumps(part, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"
