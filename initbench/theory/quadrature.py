r"""Quadrature: means over one or two normal preactivations, to about twelve digits.

Gauss's rule is used on panels short enough for the integrand to be nearly a polynomial on each, and
every kink is where two panels meet. An activation bends near zero and near its kinks; far out it is
as smooth as it is far from them. So panels grow outwards from there (`graded`), and a mean costs
hardly more however large the preactivations are. No panel is wider than a few standard deviations,
since the normal law itself bends. In two dimensions the axes are the sum and the difference of
the preactivations: panels of the inner integral meet at places that move with the outer variable,
and those of the outer one around where such places meet.

They give the maps of a wide layer. With weights :math:`N(0, \sigma_w^2 / n)` and biases
:math:`N(0, \sigma_b^2)`, preactivations of variance q and correlation c become preactivations with

.. math::
    q' = \sigma_w^2 \, E[\phi(u)^2] + \sigma_b^2, \qquad
    q' c' = \sigma_w^2 \, E[\phi(u_1) \phi(u_2)] + \sigma_b^2,

u normal. A gradient on its way back is multiplied by :math:`\chi = \sigma_w^2 E[\phi'(u)^2]` in
the mean square. (Poole et al. 2016; Schoenholz et al. 2017, eqs. 3 and 5.)
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Protocol, TypeAlias

import numpy as np

from initbench.arrays import FloatArray

Function: TypeAlias = Callable[[FloatArray], FloatArray]
"""From preactivations to numbers, element by element."""

_NEAREST: Final = 1e-12
"""Closest to a bend that panels end, in standard deviations: twelve digits see nothing closer."""

_HALF_WAVE: Final = 3.0
"""Widest panel of a periodic activation, in inverse slopes at its steepest."""

_FINEST: Final = 1 / 200
_FINEST_OF_PAIRS: Final = 1 / 10
"""Narrowest panels of a periodic activation, in standard deviations.

They leave a pair twelve digits up to a standard deviation of 100 inverse slopes, where waves are as
many as nodes can see; eight at 150 and, where both are alike, hardly one at 300.
"""

_SAME: Final = 1e-8
"""Two preactivations whose difference is so small a share of them are one."""

_NO_STD: Final = 1e-200
"""In place of a standard deviation of zero, to divide by."""

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


class Response(Protocol):
    """An activation, as theory sees it."""

    @property
    def name(self) -> str:
        """The name in messages."""

    @property
    def kinks(self) -> tuple[float, ...]:
        """Preactivations at which it or its slope is not smooth."""

    @property
    def steepest(self) -> float:
        """The largest absolute slope."""

    @property
    def periodic(self) -> bool:
        """Whether it bends as much far out as near zero and near its kinks."""

    def values(self, preactivations: FloatArray, /) -> FloatArray:
        """Return the activations."""

    def slopes(self, preactivations: FloatArray, /) -> FloatArray:
        """Return the derivative."""


def normal_mean(
    response: Response, function: Function, lengths: FloatArray, *, panel: float = WIDEST
) -> FloatArray:
    r"""Return :math:`E[f(\sqrt{q} z)]` for each length q, z standard normal.

    Parameters
    ----------
    response : Response
        Says where panels have to meet, and how narrow they have to be.
    function : callable
        Smooth where the response is.
    lengths : ndarray of shape (…)
        Variances of the preactivation.
    panel : float
        Widest panel, in standard deviations, for a function that bends more than the response.

    Returns
    -------
    ndarray of shape (…)
    """
    stds = np.sqrt(np.asarray(lengths, np.float64))
    flat = stds.reshape(-1, 1)
    largest = float(flat.max(initial=0.0, where=np.isfinite(flat)))
    edges = edges_over(
        _in_deviations(_seams(response, largest), flat),
        min(panel, _even_panel(response, largest, _FINEST)),
    )
    points, weights = nodes_between(edges[:, :-1], edges[:, 1:])
    points, weights = points.reshape(len(flat), -1), weights.reshape(len(flat), -1)
    points *= flat
    weights *= function(points)
    return np.asarray(weights.sum(axis=-1).reshape(stds.shape))


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
    places = [_in_deviations(_seams(response, std, _NEAREST), std) for std in stds]
    if min(shared, apart) < _SAME:
        return _mean_of_one(response, function, stds, places, 1.0 if apart < shared else -1.0)
    outer_edges = edges_over(
        _outer_seams(response, stds, apart)[np.newaxis] / shared,
        _even_panel(response, shared * max(stds), _FINEST_OF_PAIRS),
    )
    outer, outer_weights = nodes_between(outer_edges[0, :-1], outer_edges[0, 1:])
    middle = shared * outer.reshape(-1, 1)
    edges = edges_over(
        np.hstack([places[0] - middle, middle - places[1]]) / apart,
        _even_panel(response, apart * max(stds), _FINEST_OF_PAIRS),
    )
    # Alike, both may be exchanged, and the half where the first is the larger will do.
    alike = stds[0] == stds[1]
    row, column = np.nonzero((np.diff(edges) > 0.0) & (edges[:, :-1] >= (0.0 if alike else -REACH)))
    inner, weights = nodes_between(edges[row, column], edges[row, column + 1])
    weights *= (2.0 if alike else 1.0) * outer_weights.reshape(-1, 1)[row]
    inner *= apart
    weights *= function(stds[0] * (middle[row] + inner))
    weights *= function(stds[1] * (middle[row] - inner))
    return float(weights.sum())


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


def _mean_of_one(
    response: Response,
    function: Function,
    stds: tuple[float, float],
    places: list[FloatArray],
    sign: float,
) -> float:
    """Return the mean of the product where one preactivation is a multiple of the other."""
    edges = edges_over(
        np.concatenate([places[0], sign * places[1]])[np.newaxis],
        _even_panel(response, max(stds), _FINEST),
    )
    points, weights = nodes_between(edges[0, :-1], edges[0, 1:])
    values = function(stds[0] * points) * function(sign * stds[1] * points)
    return float((weights * values).sum())


def _seams(response: Response, std: float, closest: float = 0.0) -> FloatArray:
    """Return the preactivations at which panels meet, up to the reach of a standard deviation.

    Apart from bends themselves, none is closer to one than so many standard deviations.
    """
    if response.periodic:
        return np.array(response.kinks)
    nearest = max(1.0 / _sharpness(response), closest * std)
    return graded((0.0, *response.kinks), nearest, REACH * std)


def _outer_seams(response: Response, stds: tuple[float, float], apart: float) -> FloatArray:
    """Return where the inner integral bends, as a function of half the sum of both.

    That is where a bend of the one meets a bend of the other or, near total correlation, the other
    itself. A kink is smoothed there over the deviation of both from their mean.
    """
    bends = np.array([0.0, *response.kinks])
    places = [_in_deviations(bends, std) for std in stds]
    meetings = np.add.outer(*places).ravel() / 2
    nearest = 1.0 / (_sharpness(response) * max(*stds, 1.0 / REACH))
    if response.kinks:
        nearest = min(nearest, apart)
    return graded((*places[0], *places[1], *meetings), max(nearest, _NEAREST), REACH)


def _sharpness(response: Response) -> float:
    """Return by how much an activation bends more sharply than over a unit."""
    return max(response.steepest, 1.0)


def _even_panel(response: Response, std: float, finest: float) -> float:
    """Return how wide panels may be anywhere, in standard deviations."""
    if not response.periodic:
        return WIDEST
    return max(min(WIDEST, _HALF_WAVE / max(std * _sharpness(response), 1.0)), finest)


def _in_deviations(places: FloatArray, stds: FloatArray | float) -> FloatArray:
    """Return preactivations in standard deviations, clipped to twice the reach."""
    return np.clip(places / np.maximum(stds, _NO_STD), -2 * REACH, 2 * REACH)


def graded(bends: tuple[float, ...], nearest: float, reach: float) -> FloatArray:
    """Return the bends, and places around each at growing distances, in order, ``(S,)``.

    Places begin at the distance `nearest` on either side, and none is needed beyond `reach`. A
    place belongs to the bend that is closest.
    """
    return _graded(bends, nearest, math.ceil(math.log(max(reach / nearest, 1.0), _GROWTH)))


@lru_cache
def _graded(bends: tuple[float, ...], nearest: float, steps: int) -> FloatArray:
    """Return the places of `graded`, `steps` on either side of each bend."""
    centres = np.unique(bends)
    distances = nearest * _GROWTH ** np.arange(steps)
    offsets = np.concatenate([-distances, [0.0], distances])
    places = np.add.outer(centres, offsets)
    closest = np.abs(np.subtract.outer(places, centres)).min(axis=-1)
    # Halfway between two bends a place belongs to both, whatever rounding says.
    graded = np.unique(places[np.abs(offsets) <= closest * (1.0 + 1e-9)])
    graded.flags.writeable = False
    return graded


# --- The maps of a wide layer ---------------------------------------------------------------------


def mean_square(response: Response, lengths: FloatArray) -> FloatArray:
    """Return the mean square of the activations for each variance of preactivations."""
    return normal_mean(response, lambda u: np.square(response.values(u)), lengths)


def mean_square_slope(response: Response, lengths: FloatArray) -> FloatArray:
    """Return the mean square of the slopes for each variance of preactivations.

    Where that is zero it is the limit: a kink at zero has both of its slopes.
    """
    lengths = np.maximum(lengths, _NO_LENGTH)
    return normal_mean(response, lambda u: np.square(response.slopes(u)), lengths)


def length_slope(response: Response, length: float) -> float:
    r"""Return by how much :math:`E[\phi(u)^2]` changes with the variance of u.

    It is :math:`E[\phi(u) \phi'(u) u] / q`, which asks for no second derivative, and by Stein's
    lemma the same as the :math:`E[\phi'^2 + \phi \phi'']` of Schoenholz et al. (2017).
    """
    length = max(length, _NO_LENGTH)
    mean = normal_mean(
        response, lambda u: response.values(u) * response.slopes(u) * u, np.array(length)
    )
    return float(mean) / length


def correlation_map(
    response: Response,
    correlation: float,
    lengths: tuple[float, float],
    *,
    weight_variance: float,
    bias_variance: float,
) -> float:
    """Return the correlation of two preactivations after a layer.

    Parameters
    ----------
    correlation : float
        Before it.
    lengths : (float, float)
        Variances of both before it.

    Returns
    -------
    float
        NaN where a signal vanishes.
    """
    after = weight_variance * mean_square(response, np.array(lengths)) + bias_variance
    shared = pair_mean(response, response.values, lengths, correlation)
    scale = math.sqrt(after[0] * after[1])
    return (weight_variance * shared + bias_variance) / scale if scale else math.nan


def correlation_slope(response: Response, correlation: float, length: float) -> float:
    r"""Return :math:`E[\phi'(u_1) \phi'(u_2)]` for two preactivations of one variance."""
    length = max(length, _NO_LENGTH)
    return pair_mean(response, response.slopes, (length, length), correlation)


_NO_LENGTH = 1e-30
"""Where a length of zero is meant, and a limit has to be taken."""
