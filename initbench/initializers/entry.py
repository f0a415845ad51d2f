"""What an initializer is: a function that draws one layer, and the law that it promises to obey."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from initbench.arrays import FloatArray
from initbench.initializers.adapting import Passes
from initbench.initializers.citations import Citation
from initbench.initializers.draws import scaled
from initbench.initializers.laws import Distribution, Law
from initbench.initializers.layers import LayerSpec
from initbench.initializers.spellings import Spellings, no_spellings
from initbench.nn import BoundActivation
from initbench.options import Bound, Option, options_of

OptimizerFamily: TypeAlias = Literal["sgd", "adam"]
"""How a step depends on the gradient's size: in proportion, or not at all."""

Parameters: TypeAlias = Literal["weights", "biases"]

SAMPLES: Final = "samples"
"""The option of every scheme that looks at data: how many samples."""


def _zero(_layer: LayerSpec, **_options: object) -> float:
    return 0.0


def _first_version(_activation: BoundActivation, **_options: object) -> int:
    return 0


def _one(
    _layer: LayerSpec, _optimizer: OptimizerFamily, _part: Parameters, **_options: object
) -> float:
    return 1.0


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """The networks that a scheme is made for.

    Attributes
    ----------
    activations : tuple of str
        Of hidden layers; empty where any will do.
    residual : bool
        Whether the network has to have residual branches.
    scaled_branches : bool
        Whether it has to multiply each of them by a learned factor.
    branch_power : float
        The power of the number of branches that multiplies each of them; 0 where any factor will
        do.
    why : str
        What the scheme rests on, as the end of a sentence.
    """

    activations: tuple[str, ...] = ()
    residual: bool = False
    scaled_branches: bool = False
    branch_power: float = 0.0
    why: str = ""

    def missing(self, layers: Sequence[LayerSpec]) -> str:
        """Return what the scheme is for, and this network is not; empty if it fits."""
        hidden = {layer.hidden_activation for layer in layers if not layer.is_last}
        unfit = sorted(hidden - set(self.activations)) if self.activations else []
        if unfit:
            return f"networks of {', '.join(self.activations)}, not of {', '.join(unfit)}"
        if self.residual and not any(layer.branches for layer in layers):
            return "residual networks, and this one has no residual branches"
        if self.scaled_branches and not any(layer.scaled_branches for layer in layers):
            return "residual networks with 'learned_scale: true', which this one has not"
        factors = {layer.branch_multiplier: layer.branches**self.branch_power for layer in layers}
        if self.branch_power and any(
            not math.isclose(given, wanted) for given, wanted in factors.items()
        ):
            name = {-0.5: "1/sqrt(L)", -1.0: "1/L"}[self.branch_power]
            return f"residual networks with 'multiplier: {name}', which this one has not"
        return ""


ANY_NETWORK: Final = Requirement()
"""The networks that most schemes are for."""


@dataclass(frozen=True, kw_only=True)
class Bias:
    """How biases start where they do not start at zero; every function gets the scheme's options.

    Attributes
    ----------
    draw : callable (rng, layer, *, options…) -> ndarray of shape (fan_out,)
        Drawn from a stream of its own. Not called where the scheme draws both together.
    variance, mean : callable (layer, *, options…) -> float
    distribution : str
    formula : str
        The law in one line.
    law : callable (layer, *, options…) -> Law
        Where `distribution`, mean and variance do not say it all.
    """

    draw: Callable[..., FloatArray]
    variance: Callable[..., float] = _zero
    mean: Callable[..., float] = _zero
    distribution: Distribution
    formula: str
    law: Callable[..., Law] | None = None


@dataclass(frozen=True, kw_only=True)
class Initializer:
    """A scheme: how it draws, and what it promises of every entry that it draws.

    Attributes
    ----------
    name, aliases, summary
        As listed; the summary is one line.
    draw : callable (rng, layer, *, options…) -> ndarray of shape (fan_in, fan_out)
        Its keyword-only parameters are options of the scheme, and what follows is told them.
    variance : callable (layer, *, options…) -> float, or None
        Variance of an entry; over the entries, where they are not random. None where the scheme
        states no law.
    distribution : str, or callable (layer, *, options…) -> str
        The family of the law, which a test holds draws to.
    formula : str
        The law in one line, ``N(0, 2 / fan_in)``.
    reference : str
        Who proposed it, and where.
    mean : callable (layer, *, options…) -> float
        Mean of an entry; zero unless stated.
    law : callable (layer, *, options…) -> Law or None
        Law of an entry picked at random, where `distribution`, mean and variance do not say it.
    bias : Bias
        How biases start; at zero unless stated.
    draws_bias : bool
        Whether `draw` returns the biases too, as a last row: (fan_in + 1, fan_out).
    requires : Requirement
        The networks that the scheme is for.
    learning_rate_factor : callable (layer, optimizer family, part, *, options…) -> float
        What the scheme multiplies a layer's learning rate by.
    branch_scale : float
        What multiplies a residual branch at the start, where the network learns such a factor.
    recommended_for : str
        One line, from the source.
    adapt : callable (network, batch, *, options…) -> Passes, or None
        How the scheme changes what it drew, having looked at data: the weights of all runs of a
        stack, ``S`` of them and one a seed, each by itself. Its keyword-only parameters are options
        too. See `initbench.initializers.adapting`.
    samples : int
        How many training samples `adapt` looks at, unless the option of that name says another
        number.
    keeps_directions : bool
        Whether `adapt` changes only lengths of the weights and biases of a network with weight
        normalization, and leaves the directions as they were drawn.
    family : str
        Set by the catalogue; empty for a user-defined scheme.
    citation : Citation
    follows : mapping of str to (str, str)
        From an option to an activation and one of its options, ``{"omega": ("sin", "omega")}``: in
        networks of that activation, the option takes that value unless it is set to another than
        its default.
    revision : callable (activation, *, options…) -> int
        Version of what the scheme draws for networks of this activation, raised when the draws
        change. Part of the run keys where it is not zero.
    spellings : callable (*, options…) -> mapping of str to str
        From a framework to its initializer of the same law; set by the catalogue.
    """

    name: str
    draw: Callable[..., FloatArray]
    variance: Callable[..., float] | None = None
    distribution: Distribution | Callable[..., Distribution] = "unstated"
    formula: str = ""
    reference: str = ""
    summary: str
    mean: Callable[..., float] = _zero
    law: Callable[..., Law | None] | None = None
    bias: Bias | None = None
    draws_bias: bool = False
    requires: Requirement = ANY_NETWORK
    learning_rate_factor: Callable[..., float] = _one
    branch_scale: float = 1.0
    recommended_for: str = ""
    adapt: Callable[..., Passes] | None = None
    samples: int = 256
    keeps_directions: bool = False
    family: str = ""
    citation: Citation | None = None
    follows: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    revision: Callable[..., int] = _first_version
    spellings: Callable[..., Spellings] = no_spellings
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """What the scheme can be given, with defaults."""
        samples = {SAMPLES: Option(SAMPLES, int, self.samples, Bound(minimum=1))}
        return {**self.draw_options, **self.adapt_options, **(samples if self.adapt else {})}

    @property
    def draw_options(self) -> Mapping[str, Option]:
        """Those of the options that drawing takes, and that the law depends on."""
        return options_of(self.draw)

    @property
    def adapt_options(self) -> Mapping[str, Option]:
        """Those that adapting takes."""
        return options_of(self.adapt) if self.adapt else {}


def scaled_scheme(
    name: str,
    kind: Literal["normal", "uniform", "truncated_normal"],
    variance: Callable[..., float],
    **fields: Any,
) -> Initializer:
    """Return a scheme that draws all entries of a layer with mean zero and a given variance.

    Parameters
    ----------
    kind : {"normal", "uniform", "truncated_normal"}
        The family of the law; a truncated one is cut at two standard deviations.
    variance : callable (layer, *, options…) -> float
        Its keyword-only parameters are the options of the scheme.
    **fields
        The others of `Initializer`.
    """
    return Initializer(
        name=name, draw=scaled(kind, variance), variance=variance, distribution=kind, **fields
    )
