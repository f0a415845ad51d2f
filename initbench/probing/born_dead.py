"""Born dead: how likely a ReLU network is to give one answer to everything from the start.

A network is born dead if in some hidden layer no unit is positive for any input: what follows sees
zeros alone, gradients vanish, and training moves nothing but the biases behind that layer. Narrow
and deep networks often are. (Lu, Shin, Su, Karniadakis, "Dying ReLU and initialization: theory and
numerical examples", 2020.)
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.experiment.starting import initial_network, specs_of
from initbench.initializers import Initialization, bind
from initbench.nn import Architecture, bind_activation
from initbench.nn.mlp import with_ones
from initbench.seeding import Stream, generator

NETWORKS: Final = 1_000
"""Networks that are drawn."""

ACCEPTABLE: Final = 0.05
"""Chance of a dead start up to which a network is called safe."""

REMEDIES: Final = ("rai", "looks_linear")
"""Schemes that are tried in the place of one that often starts dead."""

_INPUTS: Final = 256
"""Points of the cube from -1 to 1 that a network is asked about."""

_WIDEST: Final = 64
_AT_ONCE: Final = 500
_NORMAL_95: Final = 1.959963984540054


@dataclass(frozen=True)
class BornDead:
    """How many of the networks that were drawn are born dead.

    Attributes
    ----------
    dead, networks : int
    """

    dead: int
    networks: int

    @property
    def probability(self) -> float:
        """The share."""
        return self.dead / self.networks

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval for the probability; Wilson (1927)."""
        n, z = self.networks, _NORMAL_95
        centre = (self.dead + z * z / 2) / (n + z * z)
        half = z / (n + z * z) * math.sqrt(self.dead * (n - self.dead) / n + z * z / 4)
        return max(centre - half, 0.0), min(centre + half, 1.0)


def born_dead(
    scheme: Initialization, *, width: int, depth: int, features: int, networks: int = NETWORKS
) -> BornDead:
    """Draw ReLU networks, seeds counted from 0, and count those that are born dead.

    Parameters
    ----------
    scheme : Initialization
    width, depth : int
        Of the hidden layers, and their number.
    features : int
        Inputs, each of which is between -1 and 1.
    networks : int
    """
    sizes = (features, *(width,) * depth, 1)
    architecture = Architecture(sizes, bind_activation("relu"))
    scheme.check(specs_of(architecture), force=True)
    points = generator(0, Stream.PROBE).uniform(-1.0, 1.0, (_INPUTS, features))
    inputs = with_ones(points, np.float64)[np.newaxis]
    dead = 0
    for start in range(0, networks, _AT_ONCE):
        seeds = range(start, min(start + _AT_ONCE, networks))
        network = initial_network(architecture, [scheme], seeds, np.float64)
        silent = np.zeros(network.runs, bool)
        *hidden, _ = (made.max(axis=(1, 2)) <= 0.0 for _, made in network.signals(inputs))
        for layer in hidden:
            silent |= layer
        dead += int(silent.sum())
    return BornDead(dead, networks)


def mend(
    scheme: Initialization, *, width: int, depth: int, features: int, networks: int = NETWORKS
) -> list[str]:
    """Return what would make a dead start unlikely, as orders: ``widen to 5``, ``use rai``.

    Each has been tried: the upper end of its interval is below `ACCEPTABLE`.
    """
    shape = {"depth": depth, "features": features, "networks": networks}
    found = [f"widen to {width}" for width in _safe_widths(scheme, width, shape)]
    return found + [
        f"use {name}"
        for name in REMEDIES
        if name != scheme.initializer.name and _is_safe(bind(name), width, shape)
    ]


def _safe_widths(scheme: Initialization, width: int, shape: dict[str, int]) -> Iterator[int]:
    """Yield the least width that is safe, if there is one that is not absurd."""
    for wider in range(width + 1, _WIDEST + 1):
        if _is_safe(scheme, wider, shape):
            yield wider
            return


def _is_safe(scheme: Initialization, width: int, shape: dict[str, int]) -> bool:
    return born_dead(scheme, width=width, **shape).interval[1] <= ACCEPTABLE
