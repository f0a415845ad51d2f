"""Settings: from the sections of a config to the plain values that units are made of."""

from collections.abc import Collection

from initbench.config.experiment import (
    DatasetConfig,
    InitConfig,
    NetworkConfig,
    RecordConfig,
    TrainingConfig,
)
from initbench.config.sections import Choice
from initbench.data import dataset_digest
from initbench.errors import UsageError
from initbench.experiment.units import PATH, DatasetSettings, NetworkSettings, Variant
from initbench.initializers import INITIALIZERS
from initbench.initializers.weightfiles import FILE, origin_of
from initbench.registry import did_you_mean
from initbench.training.recording import Recording, Stop
from initbench.training.stack import Named, Options, Recipe
from initbench.training.update import CLIP


def named(choice: Choice) -> Named:
    """Return the entry that a section names, with all of its options."""
    return Named(choice.name, tuple(sorted(choice.options.items())))


def variant_of(init: InitConfig, hyperparameters: Options) -> Variant:
    """Return an initialization with hyper-parameters, and where its code or weights come from.

    Raises
    ------
    UsageError
        The weights cannot be read.
    """
    origin = INITIALIZERS.origin(init.name)
    if init.name == FILE:
        origin = origin_of(str(init.options[PATH]))
    return Variant(named(init), hyperparameters, origin)


def dataset_settings(dataset: DatasetConfig) -> DatasetSettings:
    """Return which samples there are, and how they are split and scaled."""
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
    """Return the network between the features and the logits."""
    return NetworkSettings(
        hidden=network.widths,
        activation=named(network.activation),
        bias=network.bias,
        normalization=network.normalization,
        residual=network.blocks,
        dtype=training.dtype,
    )


def recipe(training: TrainingConfig, record: RecordConfig) -> Recipe:
    """Return how a network is trained, hyper-parameters that change no shape aside."""
    stop = training.stop
    return Recipe(
        epochs=training.epochs,
        batch_size=None if training.batch_size == "full" else training.batch_size,
        optimizer=training.optimizer.name,
        schedule=named(training.schedule),
        loss=Named("auto") if training.loss is None else named(training.loss),
        recording=Recording(record.every, record.unit, record.layers, record.initial_weights),
        stop=None if stop is None else Stop(stop.monitor, stop.target, stop.patience),
    )


def hyperparameters(training: TrainingConfig) -> Options:
    """Return the optimizer's options and, where gradients are clipped, the largest norm."""
    clip = {} if training.clip_norm is None else {CLIP: training.clip_norm}
    return tuple(sorted({**training.optimizer.options, **clip}.items()))


def check_stop(stop: Stop | None, curves: Collection[str]) -> None:
    """Raise a `UsageError` if what decides when to stop is not one of the curves."""
    if stop is not None and stop.monitor not in curves:
        advice = did_you_mean(stop.monitor, curves) or f"Known: {', '.join(curves)}."
        raise UsageError(f"training.stop.monitor: no curve is called {stop.monitor!r}. {advice}")
