"""Units of an experiment: the sections of a config as plain values, for training and for probes.

Data, network, loss, scheme and seed determine an untrained network and its gradient. The key of a
probe depends on these alone, so that all learning rates of a sweep share their probes.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from initbench.config.experiment import (
    DatasetConfig,
    Experiment,
    InitConfig,
    NetworkConfig,
    RecordConfig,
    TrainingConfig,
)
from initbench.config.sections import NamedSection
from initbench.data import dataset_digest
from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS
from initbench.initializers.weightfiles import FROM_A_FILE, origin_of
from initbench.nn.architecture import Dropout
from initbench.registry import advice_for
from initbench.training.layer_statistics import PROBED
from initbench.training.samples import data_shape
from initbench.training.unit import (
    PATH,
    DatasetSettings,
    Named,
    NetworkSettings,
    Options,
    Recipe,
    Recording,
    Stop,
    Unit,
    Variant,
)
from initbench.training.update import CLIP

DTYPE: Final = "float64"
"""Precision of probes."""

PROBE_FORMAT: Final = 3
"""Part of every key; increased when a change of the code changes what is measured."""

PREFIX: Final = f"probe-{PROBE_FORMAT}-"
"""Distinguishes the keys of probes from those of runs."""

CURVATURE_PREFIX: Final = f"{PREFIX}curvature-2-"
"""Likewise of probes with curvature; its number increases as `PROBE_FORMAT` does."""


def probe_prefix(*, curvature: bool) -> str:
    """Return the beginning of the keys of probes, with or without the curvature of the loss."""
    return CURVATURE_PREFIX if curvature else PREFIX


def unit_of(experiment: Experiment) -> Unit:
    """Return a unit of an experiment's data, network, recipe and seeds, without any variant.

    The data are loaded, unless their shape is known already.

    Raises `UsageError` if the data cannot be read, made or split.
    """
    dataset = dataset_settings(experiment.dataset)
    network = network_settings(experiment.network, experiment.training)
    return Unit(
        dataset=dataset,
        data=data_shape(dataset, network.dtype),
        network=network,
        recipe=recipe(experiment.training, experiment.record),
        variants=(),
        seeds=experiment.seeds,
    )


def named(choice: NamedSection) -> Named:
    """Return the name and all options of a section."""
    return Named(choice.name, tuple(sorted(choice.options.items())))


def variant_of(init: InitConfig, hyperparameters: Options) -> Variant:
    """Return a scheme with hyper-parameters and the origin of its code or weights.

    Raises `UsageError` if the weights file cannot be read.
    """
    origin = INITIALIZERS.origin(init.name)
    if init.name in FROM_A_FILE:
        origin = origin_of(str(init.options[PATH]))
    return Variant(named(init), hyperparameters, origin)


def dataset_settings(dataset: DatasetConfig) -> DatasetSettings:
    """Return the data set with the digest of its files."""
    return DatasetSettings(
        name=dataset.name,
        options=tuple(sorted(dataset.options.items())),
        seed=dataset.seed,
        test_fraction=dataset.test_fraction,
        scaling=dataset.scaling,
        imbalance=dataset.imbalance,
        extra_features=dataset.extra_features,
        validation_fraction=dataset.validation_fraction,
        folds=dataset.folds,
        fold=dataset.fold,
        digest=dataset_digest(dataset.name, **dataset.options),
    )


def network_settings(network: NetworkConfig, training: TrainingConfig) -> NetworkSettings:
    """Return the network apart from its numbers of features and outputs."""
    dropout = network.dropout
    return NetworkSettings(
        hidden=network.widths,
        activation=named(network.activation),
        bias=network.bias,
        normalization=network.normalization,
        residual=network.blocks,
        dropout=Dropout(**dropout.model_dump()) if dropout and dropout.rate else None,
        dtype=training.dtype,
    )


def recipe(training: TrainingConfig, record: RecordConfig) -> Recipe:
    """Return the training recipe; hyper-parameters belong to the variants."""
    stop = training.stop
    return Recipe(
        epochs=training.epochs,
        batch_size=None if training.batch_size == "full" else training.batch_size,
        optimizer=training.optimizer.name,
        schedule=named(training.schedule),
        loss=Named("auto") if training.loss is None else named(training.loss),
        recording=Recording(**record.model_dump()),
        stop=None if stop is None else Stop(stop.monitor, stop.target, stop.patience),
    )


def hyperparameters(training: TrainingConfig) -> Options:
    """Return the optimizer's options and, if gradients are clipped, the largest norm."""
    clip = {} if training.clip_norm is None else {CLIP: training.clip_norm}
    return tuple(sorted({**training.optimizer.options, **clip}.items()))


def check_stop(stop: Stop | None, curves: Collection[str]) -> None:
    """Raise a `UsageError` if the monitored curve of early stopping is not recorded."""
    if stop is not None and stop.monitor not in curves:
        advice = advice_for(stop.monitor, curves)
        raise UsageError(f"training.stop.monitor: no curve is called {stop.monitor!r}. {advice}")


def probe_unit(unit: Unit) -> Unit:
    """Return the unit of untrained networks that belongs to a unit of runs.

    Its batch is the batch of a probe, so that units of probes are cut for that size.

    Raises `UsageError` if there are fewer than two training samples, which a probe compares.
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
