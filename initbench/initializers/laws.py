"""Laws: how an entry that is picked at random from a layer is distributed.

A law is a mixture of continuous laws and of single values (the zeros of a sparse layer, say). From
it follow moments, range and distribution function, which tests and audits hold weights to. SciPy's
statistics are slow to import, and drawing needs none of them, so they are imported when asked for.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np

from initbench.arrays import FloatArray

Distribution = Literal[
    "constant",
    "deterministic",
    "normal",
    "uniform",
    "truncated_normal",
    "orthogonal",
    "isometry",
    "mirrored",
    "unit_norm",
    "mixture",
    "unstated",
]
"""What a layer's entries have in common.

``constant``: one value; ``deterministic``: one matrix, whatever the seed. ``orthogonal``: singular
values all equal, and every such matrix equally likely; ``isometry``: singular values all equal, and
no more. ``mirrored``: two or four copies of an orthogonal block, signs alternating. ``unit_norm``:
the weights of every unit have one length. ``mixture``: as the scheme's `Law` says. ``unstated``: it
does not say.
"""

TRUNCATED_STD: Final = 0.87962566103423978
"""Standard deviation of N(0, 1) truncated to ±2: sqrt(1 - 4 φ(2) / (2 Φ(2) - 1))."""


@dataclass(frozen=True)
class Law:
    """A mixture; its shares sum to one.

    Attributes
    ----------
    parts : tuple of (share, frozen scipy distribution)
        What is continuous.
    atoms : tuple of (share, value)
        Values that are met exactly.
    """

    parts: tuple[tuple[float, Any], ...] = ()
    atoms: tuple[tuple[float, float], ...] = ()

    def moment(self, order: int) -> float:
        """Return the mean of an entry to the power of `order`."""
        continuous = sum(share * float(part.moment(order)) for share, part in self.parts)
        return continuous + sum(share * value**order for share, value in self.atoms)

    @cached_property
    def mean(self) -> float:
        """Mean of an entry."""
        return self.moment(1)

    @cached_property
    def variance(self) -> float:
        """Variance of an entry."""
        return self.moment(2) - self.mean**2

    def central_moment(self, order: int) -> float:
        """Return the mean of an entry's distance from the mean to the power of `order`."""
        return sum(
            math.comb(order, k) * self.moment(k) * (-self.mean) ** (order - k)
            for k in range(order + 1)
        )

    @property
    def is_normal(self) -> bool:
        """Whether it is one normal law."""
        return not self.atoms and [part.dist.name for _, part in self.parts] == ["norm"]

    @property
    def support(self) -> tuple[float, float]:
        """The least and the greatest value that an entry can have."""
        ends = [part.support() for _, part in self.parts] + [(v, v) for _, v in self.atoms]
        return min(low for low, _ in ends), max(high for _, high in ends)

    def cdf(self, values: FloatArray) -> FloatArray:
        """Return the distribution function of those entries that are not atoms."""
        total = np.sum([share * part.cdf(values) for share, part in self.parts], axis=0)
        return np.asarray(total / sum(share for share, _ in self.parts))


def constant(value: float) -> Law:
    """Return the law of one value."""
    return Law(atoms=((1.0, value),))


def normal(mean: float, std: float) -> Law:
    """Return the normal law; of no width, it is its mean."""
    from scipy import stats

    return Law(parts=((1.0, stats.norm(mean, std)),)) if std > 0 else constant(mean)


def uniform(low: float, high: float) -> Law:
    """Return the uniform law; of no width, it is its lower end."""
    from scipy import stats

    return Law(parts=((1.0, stats.uniform(low, high - low)),)) if high > low else constant(low)


def truncated_normal(mean: float, std: float, low: float = -2.0, high: float = 2.0) -> Law:
    """Return the law of mean + std · z, z normal and cut at `low` and `high`."""
    from scipy import stats

    return Law(parts=((1.0, stats.truncnorm(low, high, mean, std)),)) if std > 0 else constant(mean)


def truncated_moments(mean: float, std: float, low: float, high: float) -> tuple[float, float]:
    """Return mean and variance of `truncated_normal`, without SciPy for the usual cut at ±2."""
    if (low, high) == (-2.0, 2.0):
        return mean, (TRUNCATED_STD * std) ** 2
    law = truncated_normal(mean, std, low, high)
    return law.mean, law.variance


def sphere(radius: float, dimensions: int) -> Law:
    """Return the law of one component of a vector of this length, all directions being alike."""
    from scipy import stats

    if dimensions == 1:
        return Law(atoms=((0.5, -radius), (0.5, radius)))
    shape = (dimensions - 1) / 2
    return Law(parts=((1.0, stats.beta(shape, shape, -radius, 2 * radius)),))


def beta(a: float, b: float) -> Law:
    """Return the beta law on the numbers from 0 to 1."""
    from scipy import stats

    return Law(parts=((1.0, stats.beta(a, b)),))


def mixture(*components: tuple[float, Law]) -> Law:
    """Return the law of an entry that obeys each of some laws with a given chance."""
    return Law(
        parts=tuple(
            (chance * share, part)
            for chance, law in components
            for share, part in law.parts
            if chance > 0
        ),
        atoms=tuple(
            (chance * share, value)
            for chance, law in components
            for share, value in law.atoms
            if chance > 0
        ),
    )


def standard_law(
    distribution: Distribution, mean: float, variance: float, shape: tuple[int, int]
) -> Law | None:
    """Return the law that mean, variance and kind settle, or None where they do not."""
    std = math.sqrt(variance)
    if distribution == "constant":
        return constant(mean)
    if distribution == "normal":
        return normal(mean, std)
    if distribution == "uniform":
        return uniform(mean - math.sqrt(3.0) * std, mean + math.sqrt(3.0) * std)
    if distribution == "truncated_normal":
        return truncated_normal(mean, std / TRUNCATED_STD)
    if distribution == "orthogonal":
        return sphere(std * math.sqrt(max(shape)), max(shape))
    return None
