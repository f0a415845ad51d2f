"""Initial weights for export: a plain network of given layers, a scheme and a seed.

The weights are those of `initbench run` with the same layers, activation, data and seed, to the
last bit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits

from initbench.arrays import FloatArray
from initbench.config.experiment import DatasetConfig, StartConfig
from initbench.config.loading import validated
from initbench.errors import UsageError
from initbench.experiment.units import dataset_settings
from initbench.formatting import count_of, show_bytes
from initbench.initializers import Initialization, LayerSpec, bind, specs_of
from initbench.initializers.entry import SAMPLES
from initbench.machine import available_memory
from initbench.nn import LOSSES, Architecture, bind_activation
from initbench.nn.losses import BoundLoss, loss_for, outputs_for
from initbench.nn.mlp import parameter_count
from initbench.seeding import Stream, generator
from initbench.training.evaluation import Task, make_task
from initbench.training.initial_weights import adapt_network, initial_network
from initbench.training.samples import load_split, parts_of

_DTYPE: Final = np.dtype(np.float32)
"""Precision of training by default."""


@dataclass(frozen=True)
class Start:
    """An untrained network, with the scheme and the seed of its weights.

    Attributes
    ----------
    scheme : Initialization
    architecture : Architecture
        Layers with biases and an activation.
    seed : int
    task : Task or None
        Data for a data-dependent scheme; None for other schemes.
    is_noise : bool
        Whether the data are noise because no data set was given.
    """

    scheme: Initialization
    architecture: Architecture
    seed: int
    task: Task | None = None
    is_noise: bool = False

    @property
    def layers(self) -> tuple[LayerSpec, ...]:
        """The description of each layer that the scheme receives."""
        return specs_of(self.architecture)

    @cached_property
    def weights(self) -> list[tuple[FloatArray, FloatArray]]:
        """Weights (fan_in, fan_out) and biases (fan_out,) of each layer.

        Raises `UsageError` if the scheme does not apply to such layers, or its weights overflow in
        single precision.
        """
        schemes, seeds = [self.scheme], [self.seed]
        with threadpool_limits(limits=1, user_api="blas"), np.errstate(all="ignore"):
            network = initial_network(self.architecture, schemes, seeds, _DTYPE)
            if self.task is not None:
                adapt_network(network, schemes, seeds, self.task)
        if not np.isfinite(network.parameters).all():
            name = self.scheme.initializer.name
            raise UsageError(f"weights of {name!r} are too large for single precision")
        return network.weights(0)


def draw_start(settings: Mapping[str, object], overrides: Sequence[str] = ()) -> Start:
    """Return an untrained network of plain layers.

    Parameters
    ----------
    settings : mapping
        ``layers``: numbers of features, units of each hidden layer and outputs; or, with a
        ``dataset`` that has the first and the last, ``hidden``, or ``depth`` and ``width``; then
        ``init``, and optionally ``activation``, ``dataset`` and ``seed``, each as in a config.
    overrides : sequence of str
        ``"init=lecun"``, as ``--set`` takes them.

    Raises
    ------
    ConfigError
        They are not valid; the message names all mistakes.
    UsageError
        The scheme does not apply to the network, or the layers do not fit the data or the memory.

    Examples
    --------
    >>> start = draw_start({"layers": [4, 8, 3], "init": "he"})
    >>> [matrix.shape for matrix, _ in start.weights]
    [(4, 8), (8, 3)]
    """
    config = validated(StartConfig, settings, "this", overrides, noun="start")
    init, activation = config.init, config.activation
    sizes = config.layers
    if sizes is None and config.dataset is not None:
        split = load_split(dataset_settings(config.dataset), _DTYPE.name)
        outputs = outputs_for(split.classes, split.y_train)
        sizes = (split.X_train.shape[1], *config.hidden_units, outputs)
    architecture = Architecture(sizes or (), bind_activation(activation.name, **activation.options))
    scheme = bind(init.name, **init.options).for_activation(architecture.activation)
    scheme.check(specs_of(architecture), force=init.force)
    samples = 0 if scheme.initializer.adapt is None else int(scheme.options[SAMPLES])
    numbers = parameter_count(architecture) + samples * sum(architecture.sizes)
    need, have = 4 * 8 * numbers, available_memory()
    if have is not None and need > have:
        raise UsageError(
            f"layers {_listed(architecture.sizes)} take about {show_bytes(need)} of memory, and"
            f" there are {show_bytes(have)}: ask for fewer units"
        )
    task = None if config.dataset is None else _task(config.dataset, architecture.sizes)
    if not samples:
        return Start(scheme, architecture, config.seed)
    if task is None:  # normal inputs with arbitrary classes
        features, outputs = architecture.sizes[0], architecture.sizes[-1]
        inputs = generator(config.seed, Stream.DATA).standard_normal((samples, features))
        classes, labels = max(outputs, 2), np.arange(samples) % max(outputs, 2)
        loss = LOSSES["binary_cross_entropy" if outputs == 1 else "softmax_cross_entropy"]
        task = make_task({"train": (inputs, labels)}, classes, BoundLoss(loss, {}), _DTYPE)
    return Start(scheme, architecture, config.seed, task, is_noise=config.dataset is None)


def _task(dataset: DatasetConfig, sizes: Sequence[int]) -> Task:
    """Return the training task of a data set, for a data-dependent scheme."""
    split = load_split(dataset_settings(dataset), _DTYPE.name)
    features, outputs = split.X_train.shape[1], outputs_for(split.classes, split.y_train)
    if (features, outputs) != (sizes[0], sizes[-1]):
        for_two = " for two classes" if split.classes == 2 else ""
        raise UsageError(
            f"layers {_listed(sizes)} do not fit {dataset.name}: a network for it has"
            f" {count_of(features, 'input')} and {count_of(outputs, 'output')}{for_two}. Layers"
            f" {_listed((features, *sizes[1:-1], outputs))} would fit"
        )
    return make_task(parts_of(split), split.classes, loss_for(split.classes), _DTYPE)


def _listed(sizes: Sequence[int]) -> str:
    return ",".join(map(str, sizes))
