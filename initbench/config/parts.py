"""What there is to ask for short of an experiment: a learner, a start, or a data set to look at."""

from pydantic import Field, field_validator

from initbench.config.experiment import (
    ActivationConfig,
    DatasetConfig,
    InitConfig,
    NetworkConfig,
    TrainingConfig,
)
from initbench.config.field_types import Seed, Units
from initbench.config.sections import Section


class Learner(Section):
    """One network and how it is trained, for whoever brings the data."""

    network: NetworkConfig = Field(default=NetworkConfig(), description="What learns.")
    training: TrainingConfig = Field(default=TrainingConfig(), description="How it learns.")
    seed: Seed = Field(default=0, description="Of the weights and of the order of batches.")


class StartConfig(Section):
    """A network before it is trained: plain layers, and one scheme."""

    layers: Units = Field(description="Features, units of each hidden layer, outputs.")
    activation: ActivationConfig = Field(
        default=ActivationConfig.model_validate("relu"), description="What hidden layers apply."
    )
    init: InitConfig = Field(description="The initialization.")
    dataset: DatasetConfig | None = Field(
        default=None, description="What a scheme that looks at data looks at; noise, if none."
    )
    seed: Seed = Field(default=0, description="Of the weights.")

    @field_validator("layers")
    @classmethod
    def _check_layers(cls, layers: tuple[int, ...]) -> tuple[int, ...]:
        if len(layers) < 2:
            raise ValueError("must be at least two sizes, features and outputs, as [784, 256, 10]")
        return layers
