r"""Kernel shaping: constants with which an activation keeps a deep network trainable.

In a wide layer of weights :math:`N(0, 1 / n_\text{in})` and no biases, preactivations whose mean
square is 1 and whose correlation is c become preactivations of correlation
:math:`C(c) = E[\varphi(u_1) \varphi(u_2)]` if :math:`Q(1) = E[\varphi(u)^2] = 1`. Over H layers,
C is applied H times: its slope at 1 to the power of H, or H times its curvature, says whether the
inputs of a network become alike or unrelated. Deep kernel shaping (DKS) and tailored activation
transformations (TAT) replace an activation by

.. math::
    \hat\varphi(z) = \gamma \, (\varphi(\alpha z + \beta) + \delta)

with constants that fix both whatever the depth.

References
----------
Martens et al., "Rapid training of deep neural networks without skip connections or normalization
layers using Deep Kernel Shaping", arXiv:2110.01765; Zhang, Botev, Martens, "Deep learning without
shortcuts: shaping the kernel with tailored rectifiers", ICLR 2022. Conditions, starting points and
the closed form for leaky ReLU as in the authors' ``activation_transform.py``
(google-deepmind/dks), whose solutions are the same to eight digits.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.theory.quadrature import REACH, Function, Response, nodes_between

_EDGES: Final = np.linspace(-REACH, REACH, 81)
_STEP: Final = 1e-3
"""Step of the differences that give second derivatives, to ten digits."""

_STARTS: Final = {"scale": (1.0, 0.1), "shift": (0.0, 1.0, -1.0)}
_TOO_STEEP: Final = 2.0
"""TAT's authors refuse solutions from which input_scale times output_scale is as large as this."""


@dataclass(frozen=True)
class Constants:
    """The constants α, β, δ and γ of a transformed activation."""

    input_scale: float = 1.0
    input_shift: float = 0.0
    output_shift: float = 0.0
    output_scale: float = 1.0


def dks_constants(response: Response, slope: float) -> Constants:
    r"""Return the constants for which :math:`C'(1)` is `slope`, C(0) = 0, Q(1) = 1 and Q'(1) = 1.

    Parameters
    ----------
    response : Response
        A smooth activation.
    slope : float
        Of one layer: the H-th root of that of a network of H hidden layers.
    """

    def conditions(point: FloatArray) -> list[float]:
        values, slopes = _transformed(response, _with_zero_mean(response, *point))
        inputs = _mean(lambda x: x * values(x) * slopes(x))
        return [inputs - 1.0, _mean(lambda x: slopes(x) ** 2) - slope]

    starts = itertools.product(_STARTS["scale"], _STARTS["shift"])
    found = _solve(conditions, starts, lambda point: _with_zero_mean(response, *point))
    if found is None:
        raise UsageError(f"dks finds no constants for {response.name} with a slope of {slope:.6g}")
    return found


def tat_constants(response: Response, curvature: float) -> Constants:
    r"""Return the constants for which :math:`C''(1)` is `curvature`, and C'(1), Q(1), Q'(1) are 1.

    Parameters
    ----------
    response : Response
        A smooth activation.
    curvature : float
        Of one layer: that of a network of H hidden layers over H.
    """

    def conditions(point: FloatArray) -> list[float]:
        values, slopes = _transformed(response, _with_unit_square(response, *point))

        def second(x: FloatArray) -> FloatArray:
            near, far = (slopes(x + k * _STEP) - slopes(x - k * _STEP) for k in (1, 2))
            return (8.0 * near - far) / (12.0 * _STEP)

        inputs = _mean(lambda x: x * values(x) * slopes(x))
        curved = _mean(lambda x: second(x) ** 2)
        return [inputs - 1.0, _mean(lambda x: slopes(x) ** 2) - 1.0, curved - curvature]

    starts = itertools.product(_STARTS["scale"], _STARTS["shift"], _STARTS["shift"])
    found = _solve(
        conditions,
        starts,
        lambda point: _with_unit_square(response, *point),
        lambda constants: constants.input_scale * constants.output_scale < _TOO_STEEP,
    )
    if found is None:
        raise UsageError(
            f"tat finds no constants for {response.name} with a curvature of {curvature:.6g}"
        )
    return found


def leaky_dks(slope: float) -> tuple[float, Constants]:
    r"""Return the negative slope a of a leaky ReLU, and the constants, of `dks_constants`.

    There, :math:`C'(1) = (1 + a^2) / (1 + a^2 - (1 - a)^2 / \pi)` with α = 1 and β = 0.
    """
    rest = 1.0 - math.pi * (1.0 - 1.0 / slope)
    if rest < 0.0:
        raise UsageError(
            f"dks cannot give leaky_relu a slope of {slope:.6g} a layer; the largest is"
            f" {math.pi / (math.pi - 1.0):.6g}: use more layers or a smaller slope"
        )
    negative = 0.0 if rest == 0.0 else (1.0 - math.sqrt(1.0 - rest * rest)) / rest
    mean = (1.0 - negative) / math.sqrt(2.0 * math.pi)
    variance = (1.0 + negative**2) / 2.0 - mean**2
    return negative, Constants(output_shift=-mean, output_scale=1.0 / math.sqrt(variance))


def leaky_tat(similarity: float, depth: int) -> tuple[float, Constants]:
    r"""Return the negative slope a of a leaky ReLU, and the constants, for which C^H(0) is given.

    Parameters
    ----------
    similarity : float
        The correlation, after all layers, of inputs that are uncorrelated.
    depth : int
        H.
    """
    from scipy.optimize import brentq

    def too_similar(negative: float) -> float:
        c = 0.0
        for _ in range(depth):
            bent = (math.sqrt(1.0 - c * c) + (math.pi - math.acos(c)) * c) / math.pi
            c = ((1.0 - negative) ** 2 * bent + 2.0 * negative * c) / (1.0 + negative**2)
            c = min(c, 1.0)
        return c - similarity

    if too_similar(0.0) < 0.0:
        raise UsageError(
            f"tat cannot give leaky_relu a similarity of {similarity:g} in {depth} layers; the"
            f" largest is {similarity + too_similar(0.0):.6g}: use more layers or a smaller one"
        )
    negative = float(brentq(too_similar, 0.0, 1.0, xtol=1e-15, rtol=1e-14))
    return negative, Constants(output_scale=math.sqrt(2.0 / (1.0 + negative**2)))


def _transformed(response: Response, constants: Constants) -> tuple[Function, Function]:
    """Return values and slopes of the transformed activation."""
    a, b = constants.input_scale, constants.input_shift
    c, d = constants.output_shift, constants.output_scale
    return (
        lambda x: d * (response.values(a * x + b) + c),
        lambda x: d * a * response.slopes(a * x + b),
    )


def _mean(function: Function) -> np.float64:
    """Return the mean of a function of a standard normal number."""
    points, weights = nodes_between(_EDGES[:-1], _EDGES[1:])
    return np.float64((weights * function(points)).sum())


def _with_unit_square(response: Response, scale: float, shift: float, output: float) -> Constants:
    square = _mean(lambda x: (response.values(scale * x + shift) + output) ** 2)
    return Constants(float(scale), float(shift), float(output), float(1.0 / np.sqrt(square)))


def _with_zero_mean(response: Response, scale: float, shift: float) -> Constants:
    mean = _mean(lambda x: response.values(scale * x + shift))
    return _with_unit_square(response, scale, shift, -mean)


def _solve(
    conditions: Callable[[FloatArray], list[float]],
    starts: "itertools.product[tuple[float, ...]]",
    constants_at: Callable[[FloatArray], Constants],
    accepts: Callable[[Constants], bool] = lambda _: True,
) -> Constants | None:
    """Return the first solution from any of the starting points that is accepted."""
    from scipy.optimize import root

    for start in starts:
        with np.errstate(all="ignore"):
            found = root(conditions, np.asarray(start), method="hybr")
        if found.success and accepts(constants_at(found.x)):
            return constants_at(found.x)
    return None
