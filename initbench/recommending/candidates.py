"""Candidates: which schemes are worth a race on a network, and which do not apply to it.

The list is short on purpose, since every scheme costs as many trials as any other: what the three
frameworks start a layer from, what theory offers for any activation, and what papers offer for this
one. Of two that draw the same weights one is left.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.config.experiment import Experiment, InitConfig
from initbench.errors import UsageError
from initbench.experiment.settings import named
from initbench.initializers import INITIALIZERS, Initialization, LayerSpec, bind
from initbench.nn import Architecture, BoundActivation
from initbench.theory import critical_weight_variance
from initbench.training.starting import check_rates, specs_of

FOR_ALL: Final = ("he", "glorot_uniform", "lecun_normal", "torch:linear", "lsuv")
"""He's draw, what Keras, Flax and PyTorch start a dense layer from, and the one that looks."""

FOR_ACTIVATION: Final[Mapping[str, tuple[str | Mapping[str, Any], ...]]] = {
    "relu": ("looks_linear", {"name": "sinusoidal", "gain": 1.414, "mode": "fan_in"}),
    "tanh": ("tanh_fixed_point",),
    "sigmoid": ("kumar",),
}
"""What papers offer for one activation; `siren` is added with the frequency of the network."""

FOR_RESIDUAL: Final = ("fixup", "rezero", "zero_hadamard")

SHOWN: Final = 64
"""Entries of each array by which two draws are compared, beside its norm."""

FORCE_ADVICE: Final = ". Say 'force: true' to use it all the same"

ALIKE: Final = 1.01
"""Two gains that differ by less than this factor are one."""


@dataclass(frozen=True)
class Candidate:
    """A scheme that may be raced.

    Attributes
    ----------
    config : InitConfig
    scheme : Initialization
    """

    config: InitConfig
    scheme: Initialization

    @property
    def label(self) -> str:
        """What it is called."""
        return self.config.label


def usual_candidates(architecture: Architecture) -> tuple[InitConfig, ...]:
    """Return the schemes that are tried on a network where nobody names any."""
    activation = architecture.activation
    choices: list[str | Mapping[str, Any]] = [
        *FOR_ALL,
        *_orthogonal(activation),
        *FOR_ACTIVATION.get(activation.name, ()),
    ]
    if activation.name == "sin":
        choices.append({"name": "siren", "omega": activation.options["omega"]})
    if architecture.residual is not None:
        choices += FOR_RESIDUAL
    return tuple(InitConfig.model_validate(choice) for choice in choices)


def fitting(
    experiment: Experiment, architecture: Architecture
) -> tuple[list[Candidate], dict[str, str]]:
    """Part the schemes of an experiment into those that apply to its network and the others.

    Returns
    -------
    candidates : list of Candidate
    unfit : dict
        By label, why one is left out.
    """
    layers = specs_of(architecture)
    found: list[Candidate] = []
    prints: dict[str, FloatArray] = {}
    unfit: dict[str, str] = {}
    for init in experiment.inits:
        choice = named(init)
        scheme = bind(choice.name, **dict(choice.options))
        try:
            scheme.check(layers, force=init.force)
            check_rates(scheme, layers, experiment.training.optimizer.name)
            own = _fingerprint(scheme, layers)
        except UsageError as error:
            why = str(error).removeprefix(f"initializer {init.name!r} ")
            unfit[init.label] = why.removesuffix(FORCE_ADVICE)
            continue
        same = [label for label, other in prints.items() if np.allclose(own, other, atol=0.0)]
        if same and _only_draws(scheme):
            unfit[init.label] = f"on this network it draws what {same[0]} does"
            continue
        if _only_draws(scheme):
            prints[init.label] = own
        found.append(Candidate(init, scheme))
    return found, unfit


def _orthogonal(activation: BoundActivation) -> Iterator[dict[str, Any]]:
    """Yield orthogonal draws: of the gain that keeps lengths, and of the critical one."""
    gains: list[float] = []
    for gain in (_critical_gain(activation), activation.gain):
        is_new = all(max(gain, other) > ALIKE * min(gain, other) for other in gains)
        if math.isfinite(gain) and is_new:
            gains.append(gain)
            written = float(f"{gain:.4g}")
            yield {"name": "orthogonal", "gain": written, "label": f"orthogonal ×{written:g}"}


def _critical_gain(activation: BoundActivation) -> float:
    try:
        return math.sqrt(critical_weight_variance(activation, 0.0))
    except UsageError:
        return math.nan


def _only_draws(scheme: Initialization) -> bool:
    """Tell whether a scheme is its draw: it looks at no data, and has no rates or scales."""
    entry, plain = scheme.initializer, INITIALIZERS["zeros"]
    return (
        entry.adapt is None
        and entry.branch_scale == plain.branch_scale
        and entry.learning_rate_factor is plain.learning_rate_factor
    )


def _fingerprint(scheme: Initialization, layers: Sequence[LayerSpec]) -> FloatArray:
    """Return some of what a scheme draws, by which two draws can be told apart.

    Raises
    ------
    UsageError
        The scheme cannot draw these layers.
    """
    parts = [part.ravel() for pair in scheme.draw(layers, 0) for part in pair]
    return np.concatenate([[*part[:SHOWN], np.linalg.norm(part)] for part in parts])
