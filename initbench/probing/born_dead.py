"""Born dead: how likely a ReLU network is to give one answer to everything from the start.

A network is born dead if in some hidden layer no unit is positive for any of the inputs: later
layers see zeros alone, gradients vanish, and training moves only the biases behind that layer.
Narrow and deep networks often are. Which inputs count matters: a network that is dead on positive
inputs may be alive on inputs of both signs, so an experiment counts on its own. (Lu, Shin, Su,
Karniadakis, "Dying ReLU and initialization: theory and numerical examples", 2020.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers import Initialization, Initializer, bind, layers_of
from initbench.nn import Architecture, bind_activation
from initbench.nn.mlp import parameter_count, with_ones
from initbench.seeding import Stream, generator
from initbench.stats.intervals import wilson_interval
from initbench.training.starting import initial_network

NETWORKS: Final = 1_000
"""Networks that are drawn."""

ACCEPTABLE: Final = 0.05
"""Chance of a dead start up to which a network is called safe."""

REMEDIES: Final = ("rai", "looks_linear")
"""Schemes that are tried in the place of one that often starts dead."""

_POINTS: Final = 128
"""Points of the cube from -1 to 1 that a network is asked about where there are no data."""

_INPUTS: Final = 1_024
"""Samples of data that a network is asked about, at most."""

_WIDEST: Final = 64
_WORK: Final = 3e9
"""Multiplications that a count may take; larger networks are drawn less often."""

_FEWEST: Final = 20
_STACK: Final = 2**24
"""Parameters of a stack."""


@dataclass(frozen=True)
class BornDead:
    """How many of the networks that were drawn are born dead.

    Attributes
    ----------
    dead, networks : int
    inputs : str
        Which inputs the networks were asked about, in words.
    """

    dead: int
    networks: int
    inputs: str = ""

    @property
    def probability(self) -> float:
        """The share."""
        return self.dead / self.networks

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval for the probability."""
        low, high = wilson_interval(self.dead, self.networks) or (0.0, 1.0)
        return low, high

    @property
    def is_safe(self) -> bool:
        """Whether the chance is acceptable, even at the upper end of the interval."""
        return self.interval[1] <= ACCEPTABLE


def born_dead(
    scheme: Initialization,
    hidden: Sequence[int],
    *,
    features: int,
    bias: bool = True,
    networks: int = NETWORKS,
    inputs: FloatArray | None = None,
) -> BornDead:
    """Draw ReLU networks, seeds counted from 0, and count those that are born dead.

    Parameters
    ----------
    scheme : Initialization
    hidden : sequence of int
        Units of each hidden layer.
    features : int
    bias : bool
    networks : int
        At most so many; large ones are drawn less often.
    inputs : ndarray of shape (N, features), optional
        The inputs that count, of which the first 1,024 are used. A network that is dead on positive
        inputs may be alive on others. Without them, 128 points drawn uniformly from the cube from
        -1 to 1.

    Raises
    ------
    UsageError
        The scheme looks at data, or the inputs have another number of features.
    """
    refuse_data_driven(scheme.initializer)
    sizes = (features, *hidden, 1)
    architecture = Architecture(sizes, bind_activation("relu"), bias=bias)
    if inputs is None:
        points: FloatArray = generator(0, Stream.PROBE).uniform(-1.0, 1.0, (_POINTS, features))
        asked = f"{_POINTS} points of the cube from -1 to 1"
    else:
        points = inputs[:_INPUTS]
        asked = f"{len(points)} training inputs"
        if points.ndim != 2 or points.shape[1] != features or not len(points):
            raise UsageError(
                f"inputs must have one row a sample and {features} columns, not the shape"
                f" {inputs.shape}"
            )
    each = parameter_count(architecture)
    networks = min(networks, max(_FEWEST, int(_WORK / (each * len(points)))))
    signals = with_ones(points, np.float64)[np.newaxis]
    at_once = max(1, _STACK // max(each, len(points) * max(sizes)))
    dead = 0
    for start in range(0, networks, at_once):
        seeds = range(start, min(start + at_once, networks))
        network = initial_network(architecture, [scheme], seeds, np.float64)
        silent = np.zeros((network.runs, 1 + len(hidden)), bool)
        for layer, (_, made) in enumerate(network.signals(signals)):
            silent[:, layer] = made.max(axis=(1, 2)) <= 0.0
        dead += int(silent[:, :-1].any(axis=1).sum())
    return BornDead(dead, networks, asked)


def refuse_data_driven(initializer: Initializer) -> None:
    """Raise a `UsageError` if a scheme looks at data."""
    if initializer.adapt is not None:
        raise UsageError(
            f"{initializer.name} looks at data: leave it out, since a dead start is counted of"
            " schemes that only draw"
        )


def mend(
    scheme: Initialization,
    hidden: Sequence[int],
    *,
    features: int,
    bias: bool = True,
    inputs: FloatArray | None = None,
) -> list[str]:
    """Return what would make a dead start unlikely, as orders: ``widen to 5``, ``use rai``.

    Each has been tried, and was safe: the upper end of its interval is below `ACCEPTABLE`.
    """
    found = []
    for width in range(min(hidden) + 1, _WIDEST + 1):
        wider = [max(units, width) for units in hidden]
        if born_dead(scheme, wider, features=features, bias=bias, inputs=inputs).is_safe:
            found.append(f"widen to {width}")
            break
    others = [bind(name) for name in REMEDIES if name != scheme.initializer.name]
    return found + [
        f"use {other.initializer.name}"
        for other in others
        if _fits(other, hidden, features)
        and born_dead(other, hidden, features=features, bias=bias, inputs=inputs).is_safe
    ]


def dead_start(
    scheme: Initialization, architecture: Architecture, inputs: FloatArray | None = None
) -> dict[str, Any]:
    """Return the chance of a dead start in a network of this kind, and what would mend it.

    Parameters
    ----------
    scheme : Initialization
    architecture : Architecture
    inputs : ndarray of shape (N, D), optional
        As `born_dead` takes them.

    Returns
    -------
    dict
        ``dead``, ``networks``, ``inputs`` in words, ``probability``, ``ci95``, ``is_safe`` and
        ``mend``, which is empty where there is nothing to mend.

    Raises
    ------
    UsageError
        The network is not a plain ReLU network.
    """
    if architecture.activation.name != "relu" or not architecture.sizes[1:-1]:
        raise UsageError("only networks with relu in hidden layers are born dead")
    if architecture.normalization != "none" or architecture.residual is not None:
        raise UsageError("the chance of a dead start is known for plain networks alone")
    hidden, features = architecture.sizes[1:-1], architecture.sizes[0]
    bias = architecture.bias
    found = born_dead(scheme, hidden, features=features, bias=bias, inputs=inputs)
    needs_mending = found.dead and not found.is_safe
    return {
        "dead": found.dead,
        "networks": found.networks,
        "inputs": found.inputs,
        "probability": found.probability,
        "ci95": list(found.interval),
        "is_safe": found.is_safe,
        "mend": mend(scheme, hidden, features=features, bias=bias, inputs=inputs)
        if needs_mending
        else [],
    }


def _fits(scheme: Initialization, hidden: Sequence[int], features: int) -> bool:
    try:
        scheme.check(layers_of((features, *hidden, 1), "relu"))
        scheme.draw(layers_of((features, *hidden, 1), "relu"), seed=0)
    except UsageError:
        return False
    return True
