"""What an experiment is: the sections of a config, their defaults and their limits.

Validation takes what a user writes, shorthands and aliases included, and leaves nothing to look
up: schemes, data sets and the rest have their canonical names, and every option is there.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from initbench.data import DATASETS
from initbench.experiment.field_types import (
    ActivationName,
    BatchSize,
    Description,
    ExperimentName,
    Fraction,
    Label,
    OptimizerName,
    Seed,
    Seeds,
    Units,
    invalid,
    reject,
)
from initbench.experiment.wording import KeyPath, show_value, unknown_key
from initbench.initializers import INITIALIZERS
from initbench.options import OptionError, OptionValue, bind_options, options_of
from initbench.registry import Registry

MAX_INITS: Final = 1_000
DATASET_KEYS: Final = ("name", "test_fraction", "seed", "scaling")
INIT_KEYS: Final = ("name", "label")
"""What a section holds beside the options of the entry that it names."""


class Section(BaseModel):
    """A part of an experiment: frozen, exact in its types, and closed to keys that it lacks."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class DatasetConfig(Section):
    """What is learned: a data set by its name, or with options, and how it is split and scaled."""

    name: str = Field(description="Data set.")
    options: Mapping[str, OptionValue] = Field(description="What its generator is given.")
    test_fraction: Fraction = Field(
        default=0.25, description="Share of the samples kept for testing."
    )
    seed: Seed = Field(default=0, description="Seed of the samples and of the split.")
    scaling: Literal["standard", "minmax", "none"] = Field(
        default="standard",
        description="How features are scaled, judged by the training part alone.",
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> dict[str, object]:
        return _gather_options(given, DATASETS, DATASET_KEYS)

    @field_validator("name")
    @classmethod
    def _canonical(cls, name: str) -> str:
        return DATASETS[name].name

    @field_validator("options", mode="plain")
    @classmethod
    def _complete(cls, given: dict[str, object], info: ValidationInfo) -> dict[str, Any]:
        if "name" not in info.data:
            return given
        return _complete_options(given, DATASETS[info.data["name"]].make, DATASET_KEYS)


class InitConfig(Section):
    """One initialization: a scheme by its name, or with options and a label."""

    scheme: str = Field(validation_alias="name", description="Scheme.")
    options: Mapping[str, OptionValue] = Field(description="What the scheme is given.")
    label: Label = Field(
        default="",
        description="What tables and plots call it; the name as it is written here, if none.",
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> dict[str, object]:
        section = _gather_options(given, INITIALIZERS, INIT_KEYS)
        written = given if isinstance(given, str) else section.get("name")
        if isinstance(written, str) and written in INITIALIZERS:
            section.setdefault("label", written)
        return section

    @field_validator("scheme")
    @classmethod
    def _canonical(cls, name: str) -> str:
        return INITIALIZERS[name].name

    @field_validator("options", mode="plain")
    @classmethod
    def _complete(cls, given: dict[str, object], info: ValidationInfo) -> dict[str, Any]:
        if "scheme" not in info.data:
            return given
        return _complete_options(given, INITIALIZERS[info.data["scheme"]].draw, INIT_KEYS)


class NetworkConfig(Section):
    """The multilayer perceptron that all schemes start."""

    hidden: Units = Field(default=(32, 32), description="Units of each hidden layer; may be empty.")
    activation: ActivationName = Field(default="relu", description="What hidden layers apply.")


class OptimizerConfig(Section):
    """How weights move."""

    name: OptimizerName = Field(default="sgd", description="Update rule.")
    learning_rate: float = Field(default=0.1, gt=0, description="Step size.")
    momentum: float = Field(
        default=0.0, ge=0, lt=1, description="Share of a step that the next repeats."
    )


class TrainingConfig(Section):
    """How the network is trained; the same for every scheme."""

    optimizer: OptimizerConfig = Field(default=OptimizerConfig(), description="How weights move.")
    epochs: int = Field(default=100, ge=0, description="Passes through the training part.")
    batch_size: BatchSize = Field(
        default=32, description="Samples a step, or full for all of them."
    )
    dtype: Literal["float32", "float64"] = Field(
        default="float32", description="Precision of training."
    )


class Experiment(Section):
    """One network, trained from every initialization with every seed."""

    name: ExperimentName = Field(
        default="experiment",
        description="Also its folder under results/; the file's name, if none.",
    )
    description: Description = Field(default="", description="What it shows, in a sentence or two.")
    dataset: DatasetConfig = Field(description="What is learned.")
    network: NetworkConfig = Field(default=NetworkConfig(), description="What learns it.")
    training: TrainingConfig = Field(default=TrainingConfig(), description="How it is learned.")
    inits: tuple[InitConfig, ...] = Field(
        strict=False,
        description="The initializations that are compared.",
        json_schema_extra={"minItems": 1, "maxItems": MAX_INITS},
    )
    seeds: Seeds = Field(
        default=tuple(range(10)), description="How many seeds, counted from 0, or a list of them."
    )
    target: float = Field(
        default=0.9, gt=0, le=1, description="Test accuracy that counts as learned."
    )

    @field_validator("inits", mode="before")
    @classmethod
    def _check_number(cls, inits: object) -> object:
        if isinstance(inits, list) and not 1 <= len(inits) <= MAX_INITS:
            raise ValueError(f"must be from 1 to {MAX_INITS} initializations, not {len(inits)}")
        return inits

    @field_validator("inits")
    @classmethod
    def _check_labels(cls, inits: tuple[InitConfig, ...]) -> tuple[InitConfig, ...]:
        first: dict[str, int] = {}
        problems: dict[KeyPath, str] = {}
        for index, init in enumerate(inits):
            other = first.setdefault(init.label, index)
            if other != index:
                problems[index,] = (
                    f"is labelled {init.label!r}, as inits[{other}] is: give one another label"
                )
        reject(invalid(problems, inits))
        return inits


def _gather_options(
    given: object, registry: Registry[Any], keys: Collection[str]
) -> dict[str, object]:
    """Tell a section's own keys from the options of the entry that it names."""
    if isinstance(given, str):
        return {"name": registry[given].name, "options": {}}
    if not isinstance(given, dict):
        raise ValueError(f"must be a name, or a mapping with a name, not {show_value(given)}")  # noqa: TRY004  # pydantic collects ValueErrors alone
    options = {key: value for key, value in given.items() if key not in keys}
    return {key: given[key] for key in keys if key in given} | {"options": options}


def _complete_options(
    given: Mapping[str, object], function: Callable[..., Any], keys: Collection[str]
) -> dict[str, OptionValue]:
    """Return all options of a function, or reject what is wrong with those that are given."""
    options = options_of(function)
    known = [*keys, *options]
    strangers: dict[KeyPath, str] = {
        (key,): unknown_key(key, known) for key in given if key not in options
    }
    details = invalid(strangers, given, "unknown_key")
    bound: dict[str, OptionValue] = {}
    try:
        bound = bind_options(function, {key: given[key] for key in given if key in options})
    except OptionError as error:
        unfit: dict[KeyPath, str] = {(name,): text for name, text in error.problems.items()}
        details += invalid(unfit, given)
    reject(details)
    return bound
