"""What an experiment is: the sections of a config, their defaults and their limits.

Validation takes what a user writes, shorthands and aliases included, and leaves nothing to look
up: schemes, data sets and the rest have their canonical names, and every option is there.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from initbench.config.axes import AxisError, axes_of
from initbench.config.claims import ClaimConfig, problems_of, vocabulary
from initbench.config.field_types import (
    BatchSize,
    Description,
    ExperimentName,
    Fraction,
    Label,
    Seed,
    Seeds,
    Units,
    invalid,
    reject,
)
from initbench.config.sections import Choice, Section, gather_options
from initbench.config.wording import show_value
from initbench.data import DATASETS
from initbench.initializers import INITIALIZERS
from initbench.nn import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, Residual
from initbench.nn.architecture import Normalization, check_blocks

MAX_INITS: Final = 1_000


class DatasetConfig(Choice):
    """What is learned: a data set by its name, or with options, and how it is split and scaled."""

    registry = DATASETS
    keys = (
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
        default=0.25, description="Share of the samples kept for testing."
    )
    seed: Seed = Field(default=0, description="Seed of the samples and of the split.")
    scaling: Literal["standard", "minmax", "none"] = Field(
        default="standard",
        description="How features are scaled, judged by the training part alone.",
    )
    imbalance: float = Field(
        default=1.0,
        ge=1,
        description="How many times as many samples the first class has as the last.",
    )
    extra_features: int = Field(default=0, ge=0, description="Features of noise that are added.")
    validation_fraction: float = Field(
        default=0.0, ge=0, lt=1, description="Share of the training part that is kept to validate."
    )
    folds: int | None = Field(
        default=None,
        ge=2,
        description="Parts of which one is the test part, in place of a fraction.",
    )
    fold: int = Field(default=0, ge=0, description="Which of them, from 0.")
    resample: bool = Field(
        default=False, description="Whether each seed of the experiment draws samples of its own."
    )


class InitConfig(Choice):
    """One initialization: a scheme by its name, or with options and a label."""

    registry = INITIALIZERS
    keys = ("name", "label", "force")

    name: str = Field(description="Scheme.")
    label: Label = Field(
        default="",
        description="What tables and plots call it; the name as it is written here, if none.",
    )
    force: bool = Field(
        default=False, description="Whether to use it on a network that it is not made for."
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> dict[str, object]:
        section = gather_options(given, cls.registry, cls.keys)
        written = given if isinstance(given, str) else section.get("name")
        if isinstance(written, str) and written in cls.registry:
            section.setdefault("label", written)
        return section


class ActivationConfig(Choice):
    """What hidden layers do to their preactivations."""

    registry = ACTIVATIONS


class ResidualConfig(Section):
    """Skip connections around blocks of hidden layers."""

    layers: int = Field(default=2, ge=1, description="Hidden layers in a block.")
    learned_scale: bool = Field(
        default=False, description="Whether each block is multiplied by a learned number."
    )
    scalar_biases: bool = Field(
        default=False,
        description="Whether a learned number is added before each activation and product.",
    )


class NetworkConfig(Section):
    """The multilayer perceptron that all schemes start."""

    hidden: Units | None = Field(
        default=None, description="Units of each hidden layer, [32, 32] by default; may be empty."
    )
    depth: int | None = Field(
        default=None, ge=0, description="Hidden layers, in place of hidden; with width."
    )
    width: int | None = Field(default=None, ge=1, description="Units of each of them.")
    activation: ActivationConfig = Field(
        default=ActivationConfig.model_validate("relu"), description="What hidden layers apply."
    )
    bias: bool = Field(default=True, description="Whether layers have biases.")
    normalization: Normalization = Field(
        default="none", description="Of preactivations: over a layer's units, or over a batch."
    )
    residual: ResidualConfig | None = Field(
        default=None, description="Whether blocks of hidden layers are skipped over, and how."
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

    @field_validator("residual", mode="before")
    @classmethod
    def _read_residual(cls, given: object) -> object:
        if isinstance(given, bool):
            return {} if given else None
        if given is None or isinstance(given, dict | ResidualConfig):
            return given
        raise ValueError(f"must be true, false or a mapping, not {show_value(given)}")

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


class OptimizerConfig(Choice):
    """How weights move."""

    registry = OPTIMIZERS
    unnamed = "sgd"


class ScheduleConfig(Choice):
    """How the learning rate changes while a network is trained."""

    registry = SCHEDULES
    unnamed = "constant"


class LossConfig(Choice):
    """What is made small."""

    registry = LOSSES


class StopConfig(Section):
    """When a run has trained enough."""

    monitor: str = Field(
        default="train_loss", description="The curve that decides, as test_accuracy."
    )
    target: float | None = Field(
        default=None, description="Stop at the first point that is as good as this."
    )
    patience: int | None = Field(
        default=None, ge=1, description="Stop after so many points without a better one."
    )

    @model_validator(mode="after")
    def _check_rule(self) -> Self:
        if self.target is None and self.patience is None:
            raise ValueError("needs a target, a patience, or both")
        return self


class TrainingConfig(Section):
    """How the network is trained; the same for every scheme."""

    optimizer: OptimizerConfig = Field(
        default=OptimizerConfig.model_validate("sgd"), description="How weights move."
    )
    schedule: ScheduleConfig = Field(
        default=ScheduleConfig.model_validate("constant"),
        description="How the learning rate changes.",
    )
    loss: LossConfig | None = Field(
        default=None,
        description="What is made small; auto is the cross-entropy or the mean squared error.",
    )
    epochs: int = Field(default=100, ge=0, description="Passes through the training part.")
    batch_size: BatchSize = Field(
        default=32, description="Samples a step, or full for all of them."
    )
    clip_norm: float | None = Field(
        default=None, gt=0, description="The largest norm that a run's gradient may have."
    )
    stop: StopConfig | None = Field(default=None, description="When a run has trained enough.")
    dtype: Literal["float32", "float64"] = Field(
        default="float32", description="Precision of training."
    )

    @field_validator("loss", mode="before")
    @classmethod
    def _read_loss(cls, given: object) -> object:
        return None if given == "auto" else given


class RecordConfig(Section):
    """What is kept of a run's training."""

    every: int = Field(default=1, ge=1, description="A point of every curve after so many units.")
    unit: Literal["epoch", "step"] = Field(default="epoch", description="Epochs or steps.")
    layers: bool = Field(
        default=False, description="Whether to record signals and gradients of each layer."
    )
    initial_weights: bool = Field(
        default=False, description="Whether to keep the weights that each run starts from."
    )


class TuneConfig(Section):
    """A key whose best value each scheme finds for itself, by trials on a validation part."""

    key: str = Field(
        default="training.optimizer.learning_rate", description="The path of the key, as in sweep."
    )
    values: Any = Field(description="What is tried: a list, {log: …} or {linear: …}, as in sweep.")
    seeds: int = Field(
        default=5, ge=1, le=1000, description="Trials of each value, with seeds of their own."
    )

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        try:
            [axis] = axes_of({self.key: self.values})
        except AxisError as error:
            raise ValueError(str(error)) from None
        if len(axis.values) < 2:
            raise ValueError("needs at least two values to choose from")
        if self.key.startswith(("dataset.", "network.")):
            raise ValueError(
                f"{self.key} would give each scheme another task or network, and only their starts"
                " are to differ: put it under sweep"
            )
        return self


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
    record: RecordConfig = Field(default=RecordConfig(), description="What is kept of training.")
    probe: bool = Field(
        default=False,
        description="Whether to measure signals and gradients before training, beside theory.",
    )
    inits: tuple[InitConfig, ...] = Field(
        strict=False,
        description="The initializations that are compared.",
        json_schema_extra={"minItems": 1, "maxItems": MAX_INITS},
    )
    seeds: Seeds = Field(
        default=tuple(range(10)), description="How many seeds, counted from 0, or a list of them."
    )
    sweep: Mapping[str, Any] = Field(
        default={},
        description="Keys of this config, each with the values that it shall take in turn.",
    )
    tune: TuneConfig | None = Field(
        default=None, description="A key whose best value each scheme finds for itself."
    )
    target: float = Field(
        default=0.9, gt=0, le=1, description="Test accuracy, or R², that counts as learned."
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
        if claims and info.data.keys() >= {"inits", "sweep", "record", "tune"}:
            labels = [init.label for init in info.data["inits"]]
            words = vocabulary(
                labels,
                info.data["sweep"],
                layers=info.data["record"].layers,
                is_tuned=info.data["tune"] is not None,
            )
            texts = [claim.claim for claim in claims]
            reject(invalid(problems_of(texts, words), claims))
        return claims
