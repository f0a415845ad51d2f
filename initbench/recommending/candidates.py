"""Candidates: the network and data of a recommendation, and the schemes that are compared on it.

Every scheme costs the same number of runs, so the default list is short: defaults of the
frameworks, schemes that papers propose for the activation, and those that lose least in networks of
the atlas near this one. For a network of another kind than those of the atlas, schemes that theory
derives for any activation take its place. Of two schemes that draw the same weights only the first
is kept.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from initbench.atlas.recommendation import shortlist
from initbench.config.experiment import Experiment, InitConfig
from initbench.config.loading import read_experiment
from initbench.data import Split
from initbench.errors import UsageError
from initbench.experiment.cells import alone, with_validation
from initbench.experiment.units import dataset_settings, network_settings
from initbench.initializers import INITIALIZERS, Initialization, bind, specs_of
from initbench.nn import Architecture
from initbench.nn.losses import outputs_for
from initbench.theory import critical_weight_variance
from initbench.training.initial_weights import check_rates
from initbench.training.samples import load_split
from initbench.training.unit import architecture_of

Choice: TypeAlias = str | Mapping[str, Any]
"""A scheme as a config states it."""

Chooser: TypeAlias = Literal["user", "atlas", "theory"]

EPOCHS: Final = 30
"""Largest number of epochs of a run, unless the config sets it."""

FAMILIAR: Final = ("he", "glorot_uniform", "torch:linear")
"""Candidates for every network: He's scheme, and the defaults of Keras and PyTorch."""

FOR_ALL: Final = ("lecun_normal", "lsuv")
"""Candidates for every network of another kind than the atlas's: Flax's default, and LSUV."""

FOR_ACTIVATION: Final[Mapping[str, tuple[Choice, ...]]] = {
    "relu": ("looks_linear", {"name": "sinusoidal", "gain": 1.414, "mode": "fan_in"}),
    "tanh": ("tanh_fixed_point",),
    "sigmoid": ("kumar",),
    # The half-stable point, at which these activations are critical (Roberts, Yaida, Hanin 2022).
    **dict.fromkeys(("gelu", "silu", "mish"), ({"name": "critical", "label": "half-stable"},)),
}
"""Candidates that papers propose for one activation; `siren` is added for ``sin``."""

FOR_RESIDUAL: Final = ("fixup", "rezero", "zero_hadamard")

SAME_GAIN: Final = 1.01
"""Two gains that differ by less than this factor count as equal."""

COMPARED_ENTRIES: Final = 64
"""Entries of each array that are compared, besides its norm, to find schemes that draw the same."""

FORCE_ADVICE: Final = ". Say 'force: true' to use it anyway"


@dataclass(frozen=True)
class Question:
    """The network, its data and its training, with the schemes to be compared.

    Attributes
    ----------
    experiment : Experiment
        Has a validation part, and no sweep, tuned key or claims.
    architecture : Architecture
    split : Split
        The data.
    chosen_by : str
        Who chose the schemes: ``user``, ``atlas`` or ``theory``.
    """

    experiment: Experiment
    architecture: Architecture
    split: Split
    chosen_by: Chooser


def read_question(
    network: Mapping[str, Any],
    *,
    dataset: str | Mapping[str, Any],
    optimizer: str | Mapping[str, Any],
    inits: Sequence[Any],
    config: Path | str | Mapping[str, Any] | None,
    overrides: Sequence[str],
) -> Question:
    """Return the question that a config or the other settings describe, with overrides applied.

    Unless `inits`, a config or an override names schemes, they are those of `FAMILIAR`, what papers
    propose, and a shortlist from the atlas or, for a network of another kind, from theory.

    Raises `ConfigError` if the experiment is not valid; the message names all mistakes. Raises
    `UsageError` if the data cannot be loaded, or the network does not fit them.
    """
    settings = {
        "name": "recommend",
        "dataset": dataset,
        "network": network,
        "training": {"optimizer": optimizer, "epochs": EPOCHS},
        "inits": inits or ["he"],
    }
    read = read_experiment(settings if config is None else config, overrides)
    experiment = with_validation(alone(read))
    settled = network_settings(experiment.network, experiment.training)
    split = load_split(dataset_settings(experiment.dataset), settled.dtype)
    outputs = outputs_for(split.classes, split.y_train)
    architecture = architecture_of(settled, split.X_train.shape[1], outputs)
    if inits or config is not None or any(text.startswith("inits") for text in overrides):
        return Question(experiment, architecture, split, "user")
    near = shortlist(experiment, specs_of(architecture))
    choices = [*FAMILIAR, *proposed_schemes(architecture)]
    chosen = list(map(InitConfig.model_validate, choices))
    known = {init.name for init in chosen}
    others = [name for name in near if name not in known] if near else theory_schemes(architecture)
    chosen += map(InitConfig.model_validate, others)
    experiment = experiment.model_copy(update={"inits": tuple(chosen)})
    return Question(experiment, architecture, split, "atlas" if near else "theory")


def proposed_schemes(architecture: Architecture) -> list[Choice]:
    """Return the schemes that papers propose for an activation, or for residual networks."""
    activation = architecture.activation
    choices = list(FOR_ACTIVATION.get(activation.name, ()))
    if activation.name == "sin":
        choices.append({"name": "siren", "omega": activation.options["omega"]})
    if architecture.residual is not None:
        choices += FOR_RESIDUAL
    return choices


def theory_schemes(architecture: Architecture) -> list[Choice]:
    """Return schemes for networks of another kind than the atlas's: `FOR_ALL` and orthogonal ones.

    Orthogonal weights are included with the critical gain and with the gain of the activation.
    """
    activation = architecture.activation
    try:
        critical_gain = math.sqrt(critical_weight_variance(activation, 0.0))
    except UsageError:
        critical_gain = math.nan
    gains: list[float] = []
    for gain in (critical_gain, activation.gain):
        is_new = all(max(gain, other) > SAME_GAIN * min(gain, other) for other in gains)
        if math.isfinite(gain) and is_new:
            gains.append(gain)
    rounded = [float(f"{gain:.4g}") for gain in gains]
    return [
        *FOR_ALL,
        *({"name": "orthogonal", "gain": g, "label": f"orthogonal ×{g:g}"} for g in rounded),
    ]


def applicable(
    experiment: Experiment, architecture: Architecture
) -> tuple[dict[str, Initialization], dict[str, str]]:
    """Return the schemes of an experiment that apply to a network, and why the others do not.

    Returns
    -------
    schemes, left_out : dict
        By label, the schemes that apply, and the reasons for the others.
    """
    layers = specs_of(architecture)
    schemes: dict[str, Initialization] = {}
    fingerprints: dict[str, np.ndarray] = {}
    left_out: dict[str, str] = {}
    for init in experiment.inits:
        scheme = bind(init.name, **init.options)
        try:
            scheme.check(layers, force=init.force)
            check_rates(scheme, layers, experiment.training.optimizer.name)
            arrays = [array.ravel() for pair in scheme.draw(layers, 0) for array in pair]
        except UsageError as error:
            why = str(error).removeprefix(f"initializer {init.name!r} ")
            left_out[init.label] = why.removesuffix(FORCE_ADVICE)
            continue
        if _is_only_a_draw(scheme):
            fingerprint = np.concatenate(
                [[*array[:COMPARED_ENTRIES], np.linalg.norm(array)] for array in arrays]
            )
            for label, other in fingerprints.items():
                if np.allclose(fingerprint, other, atol=0.0):
                    left_out[init.label] = f"on this network it draws what {label} does"
                    break
            else:
                fingerprints[init.label] = fingerprint
        if init.label not in left_out:
            schemes[init.label] = scheme
    return schemes, left_out


def _is_only_a_draw(scheme: Initialization) -> bool:
    """Return whether a scheme consists of its draw, without adaptation, rates or scales."""
    entry, plain = scheme.initializer, INITIALIZERS["zeros"]
    return (
        entry.adapt is None
        and entry.branch_scale == plain.branch_scale
        and entry.learning_rate_factor is plain.learning_rate_factor
    )
