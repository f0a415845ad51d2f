"""The experiment: the sections of a config, with their defaults and limits.

Validation accepts short forms and aliases. A validated experiment has the canonical name of every
scheme, data set, activation, optimizer, schedule and loss, and all of their options.
"""

import math
import os.path
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Final, Literal, Self, get_args

from pydantic import Field, ValidationInfo, field_serializer, field_validator, model_validator

from initbench.claims import ClaimError, parse_claim, resolve
from initbench.config.axes import AxisError, as_settings, axes_of, combinations
from initbench.config.claims import ClaimConfig, vocabulary
from initbench.config.sections import (
    BatchSize,
    BranchMultiplier,
    Description,
    ExperimentName,
    Fraction,
    Label,
    NamedSection,
    Section,
    Seed,
    Seeds,
    Units,
    gather_options,
    invalid,
    reject,
)
from initbench.config.validation import KeyPath, show_value
from initbench.data import DATASETS
from initbench.data.files import FILE, is_file_name
from initbench.initializers import INITIALIZERS
from initbench.initializers.biases import SHARED, shared_options
from initbench.nn import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, Residual
from initbench.nn.architecture import Normalization, check_blocks
from initbench.options import Option, OptionValue
from initbench.registry import Registry

LEARNING_RATE: Final = "training.optimizer.learning_rate"
"""The path of the key that is tuned by default."""

MAX_INITS: Final = 1_000
MAX_LAYERS: Final = 1_000
"""Hidden layers of a network."""


class DatasetConfig(NamedSection):
    """The data set, by name or with options, and how it is split and scaled."""

    registry: ClassVar[Registry[Any]] = DATASETS
    unnamed: ClassVar[str] = FILE.name
    keys: ClassVar[tuple[str, ...]] = (
        "name",
        "test_fraction",
        "seed",
        "scaling",
        "imbalance",
        "extra_features",
        "validation_fraction",
        "folds",
        "fold",
        "resample",
    )

    name: str = Field(description="Data set.")
    test_fraction: Fraction = Field(
        default=0.25, description="Share of the samples that is kept for testing."
    )
    seed: Seed = Field(default=0, description="Seed of the samples and of the split.")
    scaling: Literal["standard", "minmax", "none"] = Field(
        default="standard",
        description="How features are scaled; fitted to the training part alone.",
    )
    imbalance: float = Field(
        default=1.0,
        ge=1,
        description="Ratio of the samples of the first class to those of the last class.",
    )
    extra_features: int = Field(default=0, ge=0, description="Number of noise features to add.")
    validation_fraction: float = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Share of the training part that is kept for validation.",
    )
    folds: int | None = Field(
        default=None,
        ge=2,
        description="Number of folds, of which one is the test part; in place of test_fraction.",
    )
    fold: int = Field(
        default=0, ge=0, description="Index of the fold that is the test part, from 0."
    )
    resample: bool = Field(
        default=False, description="Whether each seed of the experiment draws its own samples."
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> dict[str, object]:
        return gather_options(name_file(given), cls.registry, cls.keys)

    @field_validator("fold")
    @classmethod
    def _check_fold(cls, fold: int, info: ValidationInfo) -> int:
        folds = info.data.get("folds", math.inf)  # none if it is not valid itself
        if folds is None and fold:
            raise ValueError("needs folds, the number of parts that the samples are split into")
        if folds is not None and fold >= folds:
            raise ValueError(f"must be from 0 to {folds - 1}, since folds is {folds}, not {fold}")
        return fold


def name_file(given: object) -> object:
    """Return the section of a data set, in which a file name becomes the data set ``file``.

    >>> name_file("coins.csv"), name_file({"path": "coins.csv"}), name_file("digits")
    ({'name': 'file', 'path': 'coins.csv'}, {'name': 'file', 'path': 'coins.csv'}, 'digits')
    """
    is_name = isinstance(given, str) and given not in DATASETS
    # A file of an unknown ending gets the error about endings, not that of unknown data sets.
    if is_name and (is_file_name(given) or os.path.isfile(str(given))):  # noqa: PTH113
        return {"name": FILE.name, "path": given}
    if not isinstance(given, Mapping):
        return given
    if "path" in given:
        return {"name": FILE.name, **given}
    name = given.get("name")
    if is_file_name(name) and name not in DATASETS:
        return {**given, "name": FILE.name, "path": name}
    return given


class InitConfig(NamedSection):
    """One initialization: a scheme, by name or with options and a label."""

    registry: ClassVar[Registry[Any]] = INITIALIZERS
    keys: ClassVar[tuple[str, ...]] = ("name", "label", "force")
    shared_options: ClassVar[Collection[str]] = tuple(SHARED)

    name: str = Field(description="Scheme.")
    label: Label = Field(
        default="",
        description="Name in tables and figures; the scheme's name as written here by default.",
    )
    force: bool = Field(
        default=False,
        description="Whether to use the scheme on a network that it is not designed for.",
    )

    @classmethod
    def options_of(cls, name: str, given: Collection[str]) -> Mapping[str, Option]:
        """Return the options of a scheme, and the given ones of those that any scheme takes."""
        own = INITIALIZERS[name].options
        shared = shared_options(set(own))
        return {**own, **{key: option for key, option in shared.items() if key in given}}

    @field_validator("options", mode="after")
    @classmethod
    def _without_defaults(cls, options: Mapping[str, OptionValue]) -> Mapping[str, OptionValue]:
        """Leave out ``zero_output: false``, which is as if it were not given."""
        return {key: each for key, each in options.items() if (key, each) != ("zero_output", False)}

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> dict[str, object]:
        section = gather_options(given, cls.registry, cls.keys)
        written = given if isinstance(given, str) else section.get("name")
        if isinstance(written, str) and written in cls.registry:
            section.setdefault("label", written)
        return section


class ActivationConfig(NamedSection):
    """The activation function of hidden layers."""

    registry: ClassVar[Registry[Any]] = ACTIVATIONS


class ResidualConfig(Section):
    """Skip connections around blocks of hidden layers."""

    layers: int = Field(default=2, ge=1, description="Hidden layers in a block.")
    learned_scale: bool = Field(
        default=False, description="Whether each block is multiplied by a learned factor."
    )
    scalar_biases: bool = Field(
        default=False,
        description="Whether a learned number is added before each activation and product.",
    )
    multiplier: BranchMultiplier = Field(
        default=1.0,
        description="Fixed factor on each block: a number, or 1/sqrt(L) or 1/L for L blocks.",
    )


class DropoutConfig(Section):
    """Dropout of hidden activations in training."""

    rate: float = Field(ge=0, lt=1, description="Probability that an activation is dropped.")
    kind: Literal["standard", "alpha"] = Field(
        default="standard",
        description="standard sets activations to zero; alpha is the kind for SELU.",
    )


class NetworkConfig(Section):
    """The multilayer perceptron that all schemes initialize."""

    hidden: Units | None = Field(
        default=None,
        description="Units of each hidden layer, [32, 32] by default; [] is a linear model.",
    )
    depth: int | None = Field(
        default=None,
        ge=0,
        le=MAX_LAYERS,
        description="Number of hidden layers; together with width, in place of hidden.",
    )
    width: int | None = Field(
        default=None, ge=1, description="Units of each hidden layer; together with depth."
    )
    activation: ActivationConfig = Field(
        default=ActivationConfig.model_validate("relu"), description="Activation of hidden layers."
    )
    bias: bool = Field(default=True, description="Whether layers have biases.")
    normalization: Normalization = Field(
        default="none",
        description="Normalization of preactivations, over the units of a layer or over a batch;"
        " weight normalizes the weights of each unit.",
    )
    residual: ResidualConfig | None = Field(
        default=None, description="Skip connections around blocks of hidden layers."
    )
    dropout: DropoutConfig | None = Field(
        default=None,
        description="Dropout of hidden activations in training: a rate, or a rate and a kind.",
    )

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        return (self.width or 0,) * (self.depth or 0) if self.hidden is None else self.hidden

    @property
    def blocks(self) -> Residual | None:
        """The residual blocks, if there are any."""
        return None if self.residual is None else Residual(**self.residual.model_dump())

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> object:
        if isinstance(given, dict) and not given.keys() & {"hidden", "depth", "width"}:
            return {**given, "hidden": [32, 32]}
        return given

    @field_validator("hidden", mode="before")
    @classmethod
    def _check_number(cls, hidden: object) -> object:
        if isinstance(hidden, list | tuple) and len(hidden) > MAX_LAYERS:
            raise ValueError(f"must have at most {MAX_LAYERS} hidden layers, not {len(hidden)}")
        return hidden

    @field_validator("residual", mode="before")
    @classmethod
    def _read_residual(cls, given: object) -> object:
        if isinstance(given, bool):
            return {} if given else None
        if given is None or isinstance(given, dict | ResidualConfig):
            return given
        raise ValueError(f"must be true, false or a mapping, not {show_value(given)}")

    @field_validator("dropout", mode="before")
    @classmethod
    def _read_dropout(cls, given: object) -> object:
        if isinstance(given, int | float) and not isinstance(given, bool):
            return {"rate": given} if given else None
        if given is None or isinstance(given, dict | DropoutConfig):
            return given
        raise ValueError(f"must be a rate, or a mapping with a rate, not {show_value(given)}")

    @model_validator(mode="after")
    def _check_shape(self) -> Self:
        has_depth, has_width = self.depth is not None, self.width is not None
        if self.hidden is not None and (has_depth or has_width):
            raise ValueError("give hidden, or depth and width, and not all of them")
        if has_depth != has_width:
            raise ValueError("depth and width go together: give both")
        if self.hidden is None and not has_depth:
            raise ValueError("needs hidden, or depth and width")
        if self.blocks is not None:
            check_blocks(self.widths, self.blocks)
        return self


class OptimizerConfig(NamedSection):
    """The update rule of the weights."""

    registry: ClassVar[Registry[Any]] = OPTIMIZERS
    unnamed: ClassVar[str] = "sgd"


class ScheduleConfig(NamedSection):
    """The schedule of the learning rate."""

    registry: ClassVar[Registry[Any]] = SCHEDULES
    unnamed: ClassVar[str] = "constant"


class LossConfig(NamedSection):
    """The loss that training minimizes."""

    registry: ClassVar[Registry[Any]] = LOSSES


class StopConfig(Section):
    """The rule of early stopping."""

    monitor: str = Field(
        default="train_loss", description="The curve that decides, for example test_accuracy."
    )
    target: float | None = Field(
        default=None,
        description="Stop at the first point where the curve is at least as good as this.",
    )
    patience: int | None = Field(
        default=None, ge=1, description="Stop after this many points without improvement."
    )

    @model_validator(mode="after")
    def _check_rule(self) -> Self:
        if self.target is None and self.patience is None:
            raise ValueError("needs a target, a patience, or both")
        return self


class TrainingConfig(Section):
    """How the network is trained, in the same way for every scheme."""

    optimizer: OptimizerConfig = Field(
        default=OptimizerConfig.model_validate("sgd"), description="Update rule of the weights."
    )
    schedule: ScheduleConfig = Field(
        default=ScheduleConfig.model_validate("constant"),
        description="Schedule of the learning rate.",
    )
    loss: LossConfig | None = Field(
        default=None,
        description="Loss; auto is cross-entropy for classes, else the mean squared error.",
    )
    epochs: int = Field(default=100, ge=0, description="Passes through the training part.")
    batch_size: BatchSize = Field(
        default=32, description="Samples in each step, or full for all of them."
    )
    clip_norm: float | None = Field(
        default=None, gt=0, description="Greatest norm of a gradient; longer ones are scaled down."
    )
    stop: StopConfig | None = Field(default=None, description="Rule that ends training early.")
    dtype: Literal["float32", "float64"] = Field(
        default="float32", description="Precision of training."
    )

    @field_validator("loss", mode="before")
    @classmethod
    def _read_loss(cls, given: object) -> object:
        return None if given == "auto" else given


class RecordConfig(Section):
    """What is recorded during training."""

    every: int = Field(
        default=1, ge=1, description="Interval between two recorded points, in units."
    )
    unit: Literal["epoch", "step"] = Field(default="epoch", description="Unit of the interval.")
    layers: bool = Field(
        default=False, description="Whether to record activations and gradients of each layer."
    )
    initial_weights: bool = Field(
        default=False, description="Whether to keep the initial weights of each run."
    )
    sharpness: bool = Field(
        default=False,
        description="Whether to record the largest eigenvalue of the training loss's Hessian.",
    )


class ProbeConfig(Section):
    """What is measured before training."""

    signals: bool = Field(
        default=False, description="Whether to measure signals and gradients, beside theory."
    )
    curvature: bool = Field(
        default=False,
        description="Whether to measure the curvature of the loss, which predicts learning rates.",
    )


class TuneConfig(Section):
    """A key that is tuned for each scheme separately, by trials on a validation part."""

    key: str = Field(default=LEARNING_RATE, description="Path of the key, as in sweep.")
    values: Any = Field(
        default=None,
        description="Values to try: a list, {log: …} or {linear: …}, as in sweep; by default"
        " learning rates around the limits that curvature predicts.",
    )
    seeds: int = Field(
        default=5,
        ge=1,
        le=1000,
        description="Trials of each value, with seeds that no other run uses.",
    )

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        if self.values is None:
            if self.key != LEARNING_RATE:
                raise ValueError(f"values is required for {self.key}")
            return self
        try:
            [axis] = axes_of({self.key: self.values})
        except AxisError as error:
            raise ValueError(str(error)) from None
        if len(axis.values) < 2:
            raise ValueError("needs at least two values to choose from")
        if self.key.startswith(("dataset.", "network.")):
            raise ValueError(
                f"{self.key} would give each scheme another data set or network, but only the"
                " initial weights may differ: put it under sweep"
            )
        return self


class Experiment(Section):
    """One network, trained from each initialization with each seed."""

    name: ExperimentName = Field(
        default="experiment",
        description="Name, also of the folder under results/; the file's name by default.",
    )
    description: Description = Field(
        default="", description="What the experiment shows, in a sentence or two."
    )
    dataset: DatasetConfig = Field(description="Data set.")
    network: NetworkConfig = Field(default=NetworkConfig(), description="Network.")
    training: TrainingConfig = Field(default=TrainingConfig(), description="Training.")
    record: RecordConfig = Field(
        default=RecordConfig(), description="What is recorded during training."
    )
    probe: ProbeConfig = Field(
        default=ProbeConfig(),
        description="Whether to measure signals and gradients before training, beside theory; and"
        " with {curvature: true} the curvature of the loss.",
    )
    inits: tuple[InitConfig, ...] = Field(
        strict=False,
        description="The initializations that are compared.",
        json_schema_extra={"minItems": 1, "maxItems": MAX_INITS},
    )
    seeds: Seeds = Field(
        default=tuple(range(10)), description="Number of seeds, counted from 0, or a list of seeds."
    )
    sweep: Mapping[str, Any] = Field(
        default={},
        description="Keys of this config, each with the values that it takes in turn.",
    )
    tune: TuneConfig | None = Field(
        default=None, description="Key that is tuned for each scheme separately."
    )
    target: float = Field(
        default=0.9,
        gt=0,
        le=1,
        description="Test accuracy, or R², at which a run has reached the target.",
    )
    equivalence_margin: float | None = Field(
        default=None,
        gt=0,
        le=1,
        description="Largest difference of test scores that makes no practical difference;"
        " 0.01 if none is given.",
    )
    expect: tuple[ClaimConfig, ...] = Field(
        default=(), strict=False, description="Claims that initbench verify checks."
    )

    @field_validator("probe", mode="before")
    @classmethod
    def _read_probe(cls, given: object) -> object:
        if isinstance(given, bool):
            return {"signals": given}
        if isinstance(given, dict):
            if given.get("curvature") is True and given.get("signals") is False:
                raise ValueError(
                    "curvature is measured with the signals, which signals: false excludes"
                )
            return {"signals": True, **given}
        if isinstance(given, ProbeConfig):
            return given
        raise ValueError(f"must be true, false or a mapping, not {show_value(given)}")

    @field_serializer("probe")
    def _write_probe(self, probe: ProbeConfig) -> bool | dict[str, bool]:
        """Write what is measured as shortly as it can be given."""
        return {"curvature": True} if probe.curvature else probe.signals

    @field_validator("sweep")
    @classmethod
    def _check_sweep(cls, sweep: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            axes_of(sweep)
        except AxisError as error:
            reject(invalid(error.problems, sweep))
        return sweep

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
        problems: dict[tuple[str | int, ...], str] = {}
        for index, init in enumerate(inits):
            other = first.setdefault(init.label, index)
            if other != index:
                problems[index,] = (
                    f"is labelled {init.label!r}, as inits[{other}] is: give one another label"
                )
        reject(invalid(problems, inits))
        return inits

    @field_validator("expect")
    @classmethod
    def _check_claims(
        cls, claims: tuple[ClaimConfig, ...], info: ValidationInfo
    ) -> tuple[ClaimConfig, ...]:
        if claims and info.data.keys() >= {"inits", "sweep", "record", "probe", "tune"}:
            labels = [init.label for init in info.data["inits"]]
            probe = info.data["probe"]
            words = vocabulary(
                labels,
                map(as_settings, combinations(axes_of(info.data["sweep"]))),
                layers=info.data["record"].layers,
                sharpness=info.data["record"].sharpness,
                probe=probe.signals,
                curvature=probe.curvature,
                is_tuned=info.data["tune"] is not None,
            )
            problems: dict[tuple[str | int, ...], str] = {}
            for index, claim in enumerate(claims):
                try:
                    resolve(parse_claim(claim.claim), words)
                except ClaimError as error:
                    problems[index,] = str(error)
            reject(invalid(problems, claims))
        return claims


class Learner(Section):
    """One network and its training, without data."""

    network: NetworkConfig = Field(default=NetworkConfig(), description="Network.")
    training: TrainingConfig = Field(default=TrainingConfig(), description="Training.")
    seed: Seed = Field(default=0, description="Seed of the weights and of the batches.")


class StartConfig(Section):
    """An untrained network: plain layers, and one scheme."""

    layers: Units | None = Field(
        default=None, description="Features, units of each hidden layer, outputs."
    )
    hidden: Units | None = Field(
        default=None, description="Units of each hidden layer; the data set has the other sizes."
    )
    depth: int | None = Field(
        default=None, ge=0, le=MAX_LAYERS, description="Hidden layers, in place of hidden."
    )
    width: int | None = Field(default=None, ge=1, description="Units of each, with depth.")
    activation: ActivationConfig = Field(
        default=ActivationConfig.model_validate("relu"), description="Activation of hidden layers."
    )
    init: InitConfig = Field(description="The initialization.")
    dataset: DatasetConfig | None = Field(
        default=None, description="Data for data-dependent schemes; normal noise by default."
    )
    seed: Seed = Field(default=0, description="Seed of the weights.")

    @field_validator("layers")
    @classmethod
    def _check_layers(cls, layers: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if layers is not None and len(layers) < 2:
            raise ValueError("must be at least two sizes, features and outputs, as [784, 256, 10]")
        return layers

    @model_validator(mode="after")
    def _check_sizes(self) -> "StartConfig":
        by_depth = self.depth is not None and self.width is not None
        ways = (self.layers is not None, self.hidden is not None, by_depth)
        if sum(ways) != 1 or (not by_depth and (self.depth, self.width) != (None, None)):
            raise ValueError("needs layers or, with a dataset, hidden or both depth and width")
        if self.layers is None and self.dataset is None:
            raise ValueError("hidden, depth and width need a dataset, which has the other sizes")
        return self

    @property
    def hidden_units(self) -> tuple[int, ...]:
        """Units of each hidden layer, if the layers are not given as a whole."""
        return (self.width or 0,) * (self.depth or 0) if self.hidden is None else self.hidden


def _keys_of(section: type[Section], path: KeyPath = ()) -> dict[KeyPath, Sequence[str]]:
    """Return the keys of a section and of the sections in it."""
    if issubclass(section, NamedSection):
        options = {name for entry in section.registry.values() for name in entry.options}
        options |= set(section.shared_options)
        return {path: [*section.keys, *options]}
    found: dict[KeyPath, Sequence[str]] = {path: list(section.model_fields)}
    for name, field in section.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Section):
                found |= _keys_of(kind, (*path, name))
    return found


@cache
def section_keys() -> Mapping[KeyPath, Sequence[str]]:
    """Return the keys of each section of a config, by its path."""
    return _keys_of(Experiment)
