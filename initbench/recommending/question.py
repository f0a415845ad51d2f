"""The question: which network, trained how on what, and which schemes are to be tried on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from initbench.config.experiment import Experiment
from initbench.data import Split
from initbench.errors import UsageError
from initbench.experiment.cells import with_validation
from initbench.experiment.settings import dataset_settings, network_settings
from initbench.jobs import read_experiment
from initbench.nn import Architecture
from initbench.nn.losses import outputs_for
from initbench.recommending.candidates import usual_candidates
from initbench.training.batches import steps_per_epoch
from initbench.training.samples import load_split
from initbench.training.unit import architecture_of

DATASET: Final = "digits"
"""What is learned where nobody says: real, bundled, and learned in seconds."""

WIDTH: Final = 64

EPOCHS: Final = 30
"""Passes through the training part, at most, where nobody says how many."""


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes
    ----------
    experiment : Experiment
        With the schemes to be tried, a validation part, and neither sweep, tuned key nor claims.
    architecture : Architecture
    split : Split
        The data.
    """

    experiment: Experiment
    architecture: Architecture
    split: Split

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one run in an epoch."""
        size = self.experiment.training.batch_size
        return steps_per_epoch(len(self.split.X_train), None if size == "full" else size)


def ask(
    network: Mapping[str, Any],
    *,
    dataset: str | Mapping[str, Any],
    optimizer: str | Mapping[str, Any],
    inits: Sequence[Any],
    config: Path | str | Mapping[str, Any] | None,
    overrides: Sequence[str],
) -> Question:
    """Return a question, from a config or from settings, and what overrides change of it.

    Raises
    ------
    ConfigError
        It is no valid experiment; all that is wrong is named.
    UsageError
        The data cannot be had, or the network does not fit them.
    """
    settings = {
        "name": "recommend",
        "dataset": dataset,
        "network": network,
        "training": {"optimizer": optimizer, "epochs": EPOCHS},
        "inits": inits or ["he"],
    }
    read = read_experiment(settings if config is None else config, overrides)
    experiment = with_validation(read.model_copy(update={"sweep": {}, "tune": None, "expect": ()}))
    settled = network_settings(experiment.network, experiment.training)
    split = load_split(dataset_settings(experiment.dataset), settled.dtype)
    outputs = outputs_for(split.classes, split.y_train)
    architecture = architecture_of(settled, split.X_train.shape[1], outputs)
    are_named = inits or config is not None or any(map(_names_schemes, overrides))
    if not are_named:
        experiment = experiment.model_copy(update={"inits": usual_candidates(architecture)})
    return Question(experiment, architecture, split)


def network_of(
    activation: str | Mapping[str, Any],
    depth: int | None,
    width: int,
    hidden: Sequence[int] | None,
) -> dict[str, Any]:
    """Return the settings of a network.

    Raises
    ------
    UsageError
        Its layers are not given, or twice.
    """
    if (depth is None) == (hidden is None):
        raise UsageError("give depth, with width, or hidden: which layers has the network?")
    layers = {"depth": depth, "width": width} if hidden is None else {"hidden": hidden}
    return {**layers, "activation": activation}


def _names_schemes(override: str) -> bool:
    return override.partition("=")[0].startswith("inits")
