"""Panels: the normal law cut into pieces, each with a rule of Gauss.

The law itself asks for panels no wider than a few standard deviations. A function that bends
somewhere asks for more of them around there, and for fewer the farther off they are: places at
distances that grow by a factor are where such panels meet.
"""

import math
from functools import lru_cache
from typing import Final

import numpy as np

from initbench.arrays import FloatArray

REACH: Final = 10.0
"""Standard deviations that are integrated over; beyond, the normal law holds less than 1e-22."""

WIDEST: Final = 2.0
"""Widest panel, in standard deviations: a rule is exact there to more digits than numbers have."""

_GROWTH: Final = 3.0
r"""How far from a bend a panel ends, in multiples of how far from it the panel begins.

A pole where it bends then leaves an error of some :math:`(2 + \sqrt{3})^{-32}`, or 1e-18.
"""

_GAUSS: Final = np.polynomial.legendre.leggauss(16)
"""Nodes and weights of a panel."""


def graded(bends: tuple[float, ...], nearest: float, reach: float) -> FloatArray:
    """Return the bends, and places around each at growing distances.

    Parameters
    ----------
    bends : tuple of float
    nearest : float
        Distance of the first place on either side.
    reach : float
        Distance beyond which no place is needed.

    Returns
    -------
    ndarray of shape (S,)
        In order. A place belongs to the bend that is closest.
    """
    return _graded(bends, nearest, math.ceil(math.log(max(reach / nearest, 1.0), _GROWTH)))


def edges_over(splits: FloatArray, panel: float) -> FloatArray:
    """Return where panels over the normal law meet, ``(n, …)``, if split at ``(n, s)`` places."""
    count = math.ceil(REACH / panel)
    even = np.broadcast_to(np.linspace(-REACH, REACH, 2 * count + 1), (len(splits), 2 * count + 1))
    return np.sort(np.concatenate([even, np.clip(splits, -REACH, REACH)], axis=-1), axis=-1)


def nodes_between(left: FloatArray, right: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights over the normal law on each of these panels, ``(…, 16)``."""
    half = (right - left)[..., np.newaxis] / 2
    points = left[..., np.newaxis] + half + half * _GAUSS[0]
    weights = np.square(points)
    weights *= -0.5
    np.exp(weights, out=weights)
    weights /= math.sqrt(2 * math.pi)
    weights *= half * _GAUSS[1]
    return points, weights


@lru_cache
def _graded(bends: tuple[float, ...], nearest: float, steps: int) -> FloatArray:
    """Return what `graded` does, for a reach that is so many times the nearest's growth."""
    centres = np.unique(bends)
    distances = nearest * _GROWTH ** np.arange(steps)
    offsets = np.concatenate([-distances, [0.0], distances])
    places = np.add.outer(centres, offsets)
    closest = np.abs(np.subtract.outer(places, centres)).min(axis=-1)
    # Halfway between two bends a place belongs to both, whatever rounding says.
    graded = np.unique(places[np.abs(offsets) <= closest * (1.0 + 1e-9)])
    graded.flags.writeable = False
    return graded
