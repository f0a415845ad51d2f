"""Quadrature: means over one or two normal preactivations, to about twelve digits.

Gauss's rule is used on panels short enough for an activation to be nearly a polynomial on each, and
every kink is where two panels meet. In two dimensions the axes are the sum and the difference of
the preactivations: kinks are then met by splitting the inner integral at places that move with the
outer variable, and the outer one where these places meet.
"""

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final, Protocol, TypeAlias

import numpy as np

from initbench.arrays import FloatArray

Function: TypeAlias = Callable[[FloatArray], FloatArray]
"""From preactivations to numbers, element by element."""

REACH: Final = 10.0
"""Standard deviations that are integrated over; beyond, the normal law holds less than 1e-22."""

_PANEL: Final = 1.0
"""Widest panel, in standard deviations, and in inverse slopes of the activation at its steepest."""

_FINEST: Final = 1 / 200
_FINEST_OF_PAIRS: Final = 1 / 10
"""Narrowest panels. A standard deviation of 1000 still leaves 8 digits, one of 50 for a pair 6."""

_GAUSS: Final = np.polynomial.legendre.leggauss(16)
"""Nodes and weights of a panel."""

_SAME: Final = 1e-8
"""Two preactivations whose difference is so small a share of them are one."""


class Response(Protocol):
    """An activation, as theory sees it."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def kinks(self) -> tuple[float, ...]:
        """Preactivations at which it or its slope is not smooth."""

    @property
    def steepest(self) -> float:
        """The largest absolute slope."""

    def values(self, preactivations: FloatArray, /) -> FloatArray:
        """Return the activations."""

    def slopes(self, preactivations: FloatArray, /) -> FloatArray:
        """Return the derivative."""


def normal_mean(response: Response, function: Function, lengths: FloatArray) -> FloatArray:
    r"""Return :math:`E[f(\sqrt{q} z)]` for each length q, z standard normal.

    Parameters
    ----------
    response : Response
        Says where panels have to meet, and how narrow they have to be.
    function : callable
        Smooth between the kinks of the response.
    lengths : ndarray of shape (…)
        Variances of the preactivation.

    Returns
    -------
    ndarray of shape (…)
    """
    stds = np.sqrt(np.asarray(lengths, np.float64))
    flat = stds.reshape(-1, 1)
    panel = _panel(response, float(flat.max(initial=0.0)), _FINEST)
    with np.errstate(divide="ignore", invalid="ignore"):
        splits = np.nan_to_num(np.array(response.kinks) / flat)
    points, weights = _rule(splits, panel)
    means = (weights * function(flat * points)).sum(axis=-1)
    return np.asarray(means.reshape(stds.shape))


def pair_mean(
    response: Response, function: Function, lengths: tuple[float, float], correlation: float
) -> float:
    r"""Return :math:`E[f(u_1) f(u_2)]` for two normal preactivations.

    Parameters
    ----------
    response, function
        As in `normal_mean`.
    lengths : (float, float)
        The variances of both.
    correlation : float
        From -1 to 1, rounding aside.
    """
    correlation = min(max(correlation, -1.0), 1.0)
    stds = (math.sqrt(lengths[0]), math.sqrt(lengths[1]))
    shared, apart = math.sqrt((1 + correlation) / 2), math.sqrt((1 - correlation) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        places = [np.nan_to_num(np.array(response.kinks) / std) for std in stds]
    if min(shared, apart) < _SAME:
        return _mean_of_one(response, function, stds, places, 1.0 if apart < shared else -1.0)
    pairs = list(product(*places))
    meetings = np.array([sum(pair) / (2 * shared) for pair in pairs])
    around = np.add.outer(meetings, np.arange(-REACH, REACH + 1) * apart / shared)
    outer, outer_weights = _rule(
        around.reshape(1, -1), _panel(response, shared * max(stds), _FINEST_OF_PAIRS)
    )
    middle = shared * outer.reshape(-1, 1)
    inner, weights = _rule(
        np.hstack([middle[:, :0], *(np.c_[k - middle, middle - j] / apart for k, j in pairs)]),
        _panel(response, apart * max(stds), _FINEST_OF_PAIRS),
    )
    values = function(stds[0] * (middle + apart * inner))
    values *= function(stds[1] * (middle - apart * inner))
    return float(outer_weights[0] @ (weights * values).sum(axis=-1))


def _mean_of_one(
    response: Response,
    function: Function,
    stds: tuple[float, float],
    places: Sequence[FloatArray],
    sign: float,
) -> float:
    """Return the mean of the product where one preactivation is a multiple of the other."""
    splits = np.concatenate([places[0], sign * places[1]])[np.newaxis]
    points, weights = _rule(splits, _panel(response, max(stds), _FINEST))
    values = function(stds[0] * points) * function(sign * stds[1] * points)
    return float((weights * values).sum())


def _panel(response: Response, std: float, finest: float) -> float:
    """Return how wide panels are where preactivations have this standard deviation."""
    sharpness = std * max(response.steepest, 1.0)
    return max(min(_PANEL, 1.0 / max(sharpness, 1.0)), finest)


def _rule(splits: FloatArray, panel: float) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights over the normal law, ``(n, …)``, split at ``(n, s)`` places."""
    count = math.ceil(REACH / panel)
    even = np.broadcast_to(np.linspace(-REACH, REACH, 2 * count + 1), (len(splits), 2 * count + 1))
    edges = np.sort(np.concatenate([even, np.clip(splits, -REACH, REACH)], axis=-1), axis=-1)
    half = np.diff(edges)[..., np.newaxis] / 2
    points = (edges[:, :-1, np.newaxis] + half + half * _GAUSS[0]).reshape(len(splits), -1)
    density = np.exp(-0.5 * np.square(points)) / math.sqrt(2 * math.pi)
    return points, density * (half * _GAUSS[1]).reshape(len(splits), -1)
