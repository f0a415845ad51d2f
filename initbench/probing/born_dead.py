"""Born dead: the probability that a ReLU network gives the same output for all inputs.

A network is born dead if some hidden layer has no positive unit for any input: later layers then
receive zeros only, gradients vanish, and training changes only the biases behind that layer. Narrow
and deep networks often are born dead. The inputs matter: a network that is dead on positive inputs
may be alive on inputs of both signs, so experiments count on their own training inputs. (Lu, Shin,
Su, Karniadakis, "Dying ReLU and initialization: theory and numerical examples", 2020.)

chance = initbench.born_dead("he", width=3, depth=10)
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
from initbench.training.initial_weights import initial_network

NETWORKS: Final = 1_000
"""Number of networks that are drawn, at most."""

ACCEPTABLE: Final = 0.05
"""Probability of a dead network up to which a scheme is called safe."""

REMEDIES: Final = ("rai", "looks_linear")
"""Schemes that are tried instead of one that often gives dead networks."""

CUBE_POINTS: Final = 128
"""Points of the cube from -1 to 1 that are the inputs if there are no data."""

MOST_INPUTS: Final = 1_024
"""Number of samples used as inputs, at most."""

WIDEST: Final = 64
"""Width up to which wider layers are tried."""

MOST_WORK: Final = 3e9
"""Multiplications of one count; of larger networks fewer are drawn, but at least `FEWEST`."""

FEWEST: Final = 20

STACK_SIZE: Final = 2**24
"""Numbers in the parameters or the signals of a stack."""


@dataclass(frozen=True)
class BornDead:
    """How many of the drawn networks are born dead.

    Attributes
    ----------
    dead, networks : int
    inputs : str
        Description of the inputs.
    """

    dead: int
    networks: int
    inputs: str = ""

    @property
    def probability(self) -> float:
        """The estimated probability of a dead network."""
        return self.dead / self.networks

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % confidence interval for the probability."""
        low, high = wilson_interval(self.dead, self.networks) or (0.0, 1.0)
        return low, high

    @property
    def is_safe(self) -> bool:
        """Whether even the upper end of the interval is at most `ACCEPTABLE`."""
        return self.interval[1] <= ACCEPTABLE


def born_dead(
    initialization: str | Initializer,
    *,
    width: int,
    depth: int,
    features: int | None = None,
    bias: bool = True,
    inputs: Any = None,
    **options: Any,
) -> BornDead:
    """Estimate the probability that a ReLU network is born dead.

    Parameters
    ----------
    initialization : str or Initializer
    width, depth : int
        Number of units in each hidden layer, and of hidden layers.
    features : int, optional
        Number of input features. The default is that of `inputs`, or 1.
    bias : bool
        Whether layers have biases.
    inputs : array of shape (N, features), optional
        The inputs, such as the training data. The default is 128 points drawn uniformly from the
        cube from -1 to 1.
    **options
        Options of the scheme.

    Returns
    -------
    BornDead

    Raises
    ------
    UsageError
        The scheme is data-driven or its options are not valid, or the shape of the inputs is wrong.

    Examples
    --------
    >>> he, rai = (born_dead(name, width=2, depth=10) for name in ("he", "rai"))
    >>> he.interval[0] > 0.8, rai.interval[1] < 0.4
    (True, True)
    """
    if depth < 1:
        raise UsageError(f"depth must be at least 1, not {depth!r}: only hidden layers can be dead")
    scheme = bind(initialization, **options)
    points = None if inputs is None else np.asarray(inputs, np.float64)
    if features is None:
        features = 1 if points is None else points.shape[-1]
    return count_born_dead(scheme, [width] * depth, features=features, bias=bias, inputs=points)


def count_born_dead(
    scheme: Initialization,
    hidden: Sequence[int],
    *,
    features: int,
    bias: bool = True,
    networks: int = NETWORKS,
    inputs: FloatArray | None = None,
) -> BornDead:
    """Draw ReLU networks with seeds counted from 0, and count those that are born dead.

    `hidden`: units of each hidden layer.
    `networks`: the largest number of networks; fewer large networks are drawn.
    `inputs`: shape (N, features); the inputs, of which the first 1,024 are used. The default is 128
    points drawn uniformly from the cube from -1 to 1.

    Raises `UsageError` if the scheme is data-driven, or the inputs have another number of features.
    """
    refuse_data_driven(scheme.initializer)
    sizes = (features, *hidden, 1)
    architecture = Architecture(sizes, bind_activation("relu"), bias=bias)
    if inputs is None:
        points: FloatArray = generator(0, Stream.PROBE).uniform(-1.0, 1.0, (CUBE_POINTS, features))
        described = f"{CUBE_POINTS} points of the cube from -1 to 1"
    else:
        points = inputs[:MOST_INPUTS]
        described = f"{len(points)} training inputs"
        if points.ndim != 2 or points.shape[1] != features or not len(points):
            raise UsageError(
                f"inputs must have one row a sample and {features} columns, not the shape"
                f" {inputs.shape}"
            )
    each = parameter_count(architecture)
    networks = min(networks, max(FEWEST, int(MOST_WORK / (each * len(points)))))
    signals = with_ones(points, np.float64)[np.newaxis]
    at_once = max(1, STACK_SIZE // max(each, len(points) * max(sizes)))
    dead = 0
    for start in range(0, networks, at_once):
        seeds = range(start, min(start + at_once, networks))
        network = initial_network(architecture, [scheme], seeds, np.float64)
        silent = np.zeros((network.runs, 1 + len(hidden)), bool)
        for layer, (_, made) in enumerate(network.signals(signals)):
            silent[:, layer] = made.max(axis=(1, 2)) <= 0.0
        dead += int(silent[:, :-1].any(axis=1).sum())
    return BornDead(dead, networks, described)


def refuse_data_driven(initializer: Initializer) -> None:
    """Raise a `UsageError` if a scheme is data-driven: its weights depend on the data."""
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
    """Return changes that make a dead network unlikely, as orders: ``widen to 5``, ``use rai``.

    Each change has been tried and is safe: the upper end of its interval is at most `ACCEPTABLE`.
    """

    def is_safe(scheme: Initialization, hidden: Sequence[int]) -> bool:
        return count_born_dead(scheme, hidden, features=features, bias=bias, inputs=inputs).is_safe

    found = []
    for width in range(min(hidden) + 1, WIDEST + 1):
        if is_safe(scheme, [max(units, width) for units in hidden]):
            found.append(f"widen to {width}")
            break
    layers = layers_of((features, *hidden, 1), "relu")
    for name in REMEDIES:
        other = bind(name)
        if name == scheme.initializer.name:
            continue
        try:
            other.check(layers)
            other.draw(layers, seed=0)
        except UsageError:
            continue  # the scheme is not for networks of this shape
        if is_safe(other, hidden):
            found.append(f"use {other.initializer.name}")
    return found


def dead_start(
    scheme: Initialization, architecture: Architecture, inputs: FloatArray | None = None
) -> dict[str, Any]:
    """Return the probability that a network of this architecture is born dead, and remedies.

    `inputs`: shape (N, D); as in `count_born_dead`.

    Raises `UsageError` if the network is not a plain ReLU network.

    Returns
    -------
    dict
        ``dead``, ``networks``, ``inputs`` (a description), ``probability``, ``ci95``, ``is_safe``
        and ``mend``, a list that is empty if the network is safe.
    """
    features, *hidden, _ = architecture.sizes
    if architecture.activation.name != "relu" or not hidden:
        raise UsageError("only networks with relu in hidden layers are born dead")
    if architecture.normalization != "none" or architecture.residual is not None:
        raise UsageError("the chance of a dead start is known for plain networks alone")
    bias = architecture.bias
    found = count_born_dead(scheme, hidden, features=features, bias=bias, inputs=inputs)
    remedies = []
    if found.dead and not found.is_safe:
        remedies = mend(scheme, hidden, features=features, bias=bias, inputs=inputs)
    return {
        "dead": found.dead,
        "networks": found.networks,
        "inputs": found.inputs,
        "probability": found.probability,
        "ci95": list(found.interval),
        "is_safe": found.is_safe,
        "mend": remedies,
    }
