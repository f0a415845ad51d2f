r"""Critical points: the variances at which a gradient keeps its size through depth.

At a fixed point of the length map, :math:`q = \sigma_w^2 g(q) + \sigma_b^2` with
:math:`g(q) = E[\phi(\sqrt{q} z)^2]`, two susceptibilities say what a layer does to a small change:

.. math::
    \chi_\perp = \sigma_w^2 E[\phi'(\sqrt{q} z)^2], \qquad
    \chi_\parallel = \sigma_w^2 g'(q).

The first multiplies the mean square of a gradient, and of the difference of two inputs of equal
length; the second multiplies a change of length. Every length q is critical
(:math:`\chi_\perp = 1`) for one pair of variances,

.. math::
    \sigma_w^2 = 1 / E[\phi'(\sqrt{q} z)^2], \qquad \sigma_b^2 = q - \sigma_w^2 g(q),

so the critical line is a curve in q, and the critical points of one bias variance are where the
curve meets it. A point at which :math:`\chi_\parallel > 1` is unstable: the smallest deviation of
a length grows, and the network leaves the point.

Roberts, Yaida & Hanin, "The principles of deep learning theory" (2022), chapter 5, sort activations
by the points at which both susceptibilities are one. Scale-invariant activations (ReLU) keep every
length; smooth ones through the origin (tanh) have such a point at length zero; gelu, silu and mish
have a stable one only at a positive length, which attracts lengths from one side; softplus and
sigmoid have none.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from initbench.errors import UsageError
from initbench.theory.quadrature import Response, length_slope, mean_square, mean_square_slope

Stability: TypeAlias = Literal["stable", "half-stable", "neutral", "unstable"]
"""Whether lengths near a fixed point approach it: from both sides, from one, or from neither.

A neutral point keeps the lengths near it as they are.
"""

UniversalityClass: TypeAlias = Literal["scale-invariant", "K* = 0", "half-stable", "none"]

_LENGTHS: Final = tuple((2.0 ** np.arange(-40, 14.25, 0.5)).tolist())
"""Lengths among which critical points are searched; below and above, an activation is a line."""

_EQUAL: Final = 1e-9
"""Relative difference below which two lengths are equal."""

_MARGINAL: Final = 1e-5
r"""How close to one :math:`\chi_\parallel` is called one: variances given to five digits are."""

_NEARBY: Final = 1e-2
"""Relative distance at which it is seen to which side a marginal fixed point sends lengths."""


@dataclass(frozen=True)
class CriticalPoint:
    r"""Variances with :math:`\chi_\perp = 1`, and the stability of the fixed point.

    Attributes
    ----------
    weight_variance : float
        Variance of a weight times the fan-in.
    bias_variance : float
    length : float
        The fixed point of the length map.
    chi_parallel : float
        Factor, a layer, on a small change of the length.
    stability : str
        ``stable``, ``half-stable``, ``neutral`` or ``unstable``.
    """

    weight_variance: float
    bias_variance: float
    length: float
    chi_parallel: float
    stability: Stability


def critical_points(response: Response, bias_variance: float) -> list[CriticalPoint]:
    """Return all critical points with this bias variance, the shortest length first.

    Of a scale-invariant activation, which is critical at every length, it is the point at one.
    """

    def excess(length: float) -> float:
        at = np.array(length)
        squares, slopes = float(mean_square(response, at)), float(mean_square_slope(response, at))
        return squares / slopes + bias_variance - length if slopes else math.inf

    relative = np.array([excess(length) / length for length in _LENGTHS])
    relative[np.abs(relative) < _EQUAL] = 0.0
    if not relative.any():
        kept = _point_at(response, 1.0, 0.0)
        return [replace(kept, weight_variance=round(kept.weight_variance, 12))]
    if np.abs(relative - bias_variance / np.array(_LENGTHS)).max() < _EQUAL:
        return []  # scale-invariant: every length is critical without biases
    found = []
    if bias_variance == 0.0 and relative[0] == 0.0:
        found.append(_point_at(response, 0.0, 0.0))
    places = np.flatnonzero(relative[:-1] * relative[1:] < 0.0)
    for place in places:
        # The brackets decide the last bits of a root, and these are drawn from: leave them.
        low, high = _LENGTHS[place], _LENGTHS[place + 1]
        if len(places) == 1:
            low, high = 0.0, max(1.0, 2.0 ** math.ceil(math.log2(high)))
        found.append(_point_at(response, bracketed_root(excess, low, high), bias_variance))
    return found


def half_stable_point(response: Response) -> CriticalPoint | None:
    r"""Return the point of positive length where both susceptibilities are one, or None."""

    def excess(length: float) -> float:
        slopes = float(mean_square_slope(response, np.array(length)))
        return length_slope(response, length) / slopes - 1.0 if slopes else math.nan

    found = np.array([excess(length) for length in _LENGTHS])
    found[np.abs(found) < _MARGINAL] = 0.0
    brackets = [(place, place + 1) for place in np.flatnonzero(found[:-1] * found[1:] < 0.0)]
    on_grid = (found[1:-1] == 0.0) & (found[:-2] * found[2:] < 0.0)  # tat's is made to be at 1
    brackets += [(place, place + 2) for place in np.flatnonzero(on_grid)]
    for low, high in sorted(brackets):
        length = bracketed_root(excess, _LENGTHS[low], _LENGTHS[high])
        at = np.array(length)
        weight_variance = 1.0 / float(mean_square_slope(response, at))
        bias_variance = length - weight_variance * float(mean_square(response, at))
        if bias_variance > -_MARGINAL * length:
            return _point_at(response, length, max(bias_variance, 0.0))
    return None


def universality_class(response: Response) -> UniversalityClass:
    """Return the class of an activation, after Roberts, Yaida & Hanin (2022), chapter 5."""
    without_biases = critical_points(response, 0.0)
    if any(point.stability == "neutral" for point in without_biases):
        return "scale-invariant"
    if any(point.length == 0.0 and point.stability == "stable" for point in without_biases):
        return "K* = 0"
    return "half-stable" if half_stable_point(response) else "none"


def critical_point(response: Response, bias_variance: float | None = None) -> CriticalPoint:
    """Return the critical point that lengths approach.

    Parameters
    ----------
    response : Response
    bias_variance : float, optional
        Where not given, that of the activation's class: zero, or what the half-stable point needs.

    Raises
    ------
    UsageError
        No critical point with this bias variance is stable.
    """
    wanted = 0.0 if bias_variance is None else bias_variance
    points = critical_points(response, wanted)
    approached = [point for point in points if point.stability != "unstable"]
    if approached:
        return approached[-1]
    half_stable = half_stable_point(response)
    if half_stable is not None and bias_variance is None:
        return half_stable
    with_biases = f"with bias_variance {wanted:g}"
    if wanted > 0.0 and universality_class(response) == "scale-invariant":
        raise UsageError(
            f"a {response.name} network is critical with bias_variance 0 alone:"
            f" {with_biases}, the signal grows from layer to layer"
        )
    advice = (
        ""
        if half_stable is None
        else f". It has a half-stable one at bias_variance {half_stable.bias_variance:.6g} and"
        f" weight variance {half_stable.weight_variance:.6g} / fan_in"
    )
    if points:
        raise UsageError(
            f"a {response.name} network has no stable critical point {with_biases}: at weight"
            f" variance {points[-1].weight_variance:.6g} / fan_in, signals leave the length at"
            f" which gradients keep their size{advice}"
        )
    raise UsageError(f"a {response.name} network has no critical point {with_biases}{advice}")


def critical_weight_variance(response: Response, bias_variance: float) -> float:
    r"""Return the :math:`\sigma_w^2` of `critical_point`.

    Raises
    ------
    UsageError
        No critical point with this bias variance is stable.
    """
    return critical_point(response, bias_variance).weight_variance


def stability_at(
    response: Response, length: float, weight_variance: float, bias_variance: float
) -> tuple[float, Stability]:
    r"""Return :math:`\chi_\parallel` at a fixed point of the length map, and its stability."""
    chi = weight_variance * length_slope(response, length)
    if abs(chi - 1.0) > _MARGINAL:
        return chi, "stable" if chi < 1.0 else "unstable"

    # To first order lengths are kept. Further away, see to which side the map sends them.
    def growth(nearby: float) -> float:
        after = weight_variance * float(mean_square(response, np.array(nearby))) + bias_variance
        return after / nearby - 1.0

    if length == 0.0:
        growths = (growth(nearby) for nearby in _LENGTHS)
        above = next((found for found in growths if abs(found) > _EQUAL), 0.0)
        below = -above
    else:
        reach = 1.0 + _NEARBY
        above, below = growth(length * reach), growth(length / reach)
    if max(abs(above), abs(below)) < _EQUAL:
        return chi, "neutral"
    if above < 0.0 < below:
        return chi, "stable"
    return chi, "unstable" if below < 0.0 < above else "half-stable"


def _point_at(response: Response, length: float, bias_variance: float) -> CriticalPoint:
    """Return the critical point whose fixed length this is."""
    weight_variance = 1.0 / float(mean_square_slope(response, np.array(length)))
    chi, stability = stability_at(response, length, weight_variance, bias_variance)
    return CriticalPoint(weight_variance, bias_variance, length, chi, stability)


def bracketed_root(excess: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function is zero, between two places at which its signs differ."""
    from scipy.optimize import brentq

    return float(brentq(excess, low, high, xtol=1e-14))
