"""Mean-field theory of an activation by name: its numbers, their document and the phase diagram.

`initbench.theory` has the mathematics. These functions take an activation as a config names it.

theory = initbench.mean_field("tanh", bias_variance=0.05)
"""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from initbench.errors import UsageError
from initbench.nn import BoundActivation, bind_activation
from initbench.stats.summaries import number_or_none
from initbench.theory import MeanField, critical_point, gradient_factors
from initbench.theory import mean_field as fixed_points_of

PHASE_POINTS: Final = (96, 48)
"""Points of a phase diagram along the weight variance and along the bias variance."""

TRAINABLE_DEPTH_SCALES: Final = 6.0
"""Networks train to a depth of about this many ``xi_c`` (Schoenholz et al. 2017)."""


def mean_field(
    activation: str | Mapping[str, Any],
    *,
    bias_variance: float | None = None,
    weight_variance: float | None = None,
) -> MeanField:
    """Return the fixed points, phase and depth scales of wide networks of an activation.

    Parameters
    ----------
    activation : str or mapping
        A name, or a name with options.
    bias_variance : float, optional
        Variance of a bias. The default is 0, or the value that the critical point needs (gelu, silu
        and mish).
    weight_variance : float, optional
        Variance of a weight times the fan-in. The default is the value at the critical point that
        signals approach.

    Returns
    -------
    MeanField

    Raises
    ------
    UsageError
        The activation is unknown, a variance is negative, or no variance is given and no critical
        point is approached by signals.

    Examples
    --------
    >>> round(mean_field("tanh", bias_variance=0.05).weight_variance, 4)
    1.761
    >>> found = mean_field("gelu")
    >>> found.universality, round(found.bias_variance, 5), round(found.weight_variance, 5)
    ('half-stable', 0.17292, 1.98306)
    """
    response = _activation(activation)
    for name, variance in {"bias": bias_variance, "weight": weight_variance}.items():
        if variance is not None and not 0.0 <= variance < math.inf:
            raise UsageError(f"{name}_variance must be a number of at least 0, not {variance!r}")
    if weight_variance is None:
        point = critical_point(response, bias_variance)
        return fixed_points_of(
            response,
            weight_variance=point.weight_variance,
            bias_variance=point.bias_variance,
            length=point.length,
        )
    return fixed_points_of(
        response, weight_variance=weight_variance, bias_variance=bias_variance or 0.0
    )


def theory_document(
    activation: str | Mapping[str, Any],
    *,
    bias_variance: float | None = None,
    weight_variance: float | None = None,
) -> dict[str, Any]:
    """Return the result of `mean_field` as plain values, with None for numbers that are not finite.

    Two numbers are added: ``critical_weight_var``, the weight variance of the critical point that
    signals approach at this bias variance, and ``trainable_depth``, about six times ``xi_c``.
    """
    found = mean_field(activation, bias_variance=bias_variance, weight_variance=weight_variance)
    response = _activation(activation)
    numbers = {
        "weight_var": found.weight_variance,
        "bias_var": found.bias_variance,
        "critical_weight_var": _critical_weight_variance(found),
        "q_star": found.q_star,
        "c_star": found.c_star,
        "chi_1": found.chi_1,
        "chi_parallel": found.chi_parallel,
        "xi_q": found.xi_q,
        "xi_c": found.xi_c,
        "trainable_depth": TRAINABLE_DEPTH_SCALES * found.xi_c,
    }
    return {
        "activation": response.name,
        "phase": found.phase,
        "universality": found.universality,
        "stability": found.stability,
        "critical_points": [asdict(point) for point in found.critical_points],
        **{name: number_or_none(value) for name, value in numbers.items()},
    }


def phase_picture(
    activation: str | Mapping[str, Any],
    *,
    bias_variance: float | None = None,
    weight_variance: float | None = None,
    form: str = "png",
) -> bytes:
    """Return the phase diagram of an activation as an image, with a marker at the two variances.

    Raises `UsageError` as `mean_field` does, or if the format is unknown.
    """
    from initbench.figures.drawing import draw, render
    from initbench.figures.phase_diagram import phase_diagram

    found = mean_field(activation, bias_variance=bias_variance, weight_variance=weight_variance)
    response = _activation(activation)
    biases = np.linspace(0.0, max(0.3, 2.0 * found.bias_variance), PHASE_POINTS[1])
    # Both phases are visible: the critical point lies in the middle or to the left of it.
    critical = _critical_weight_variance(found)
    widest = max(found.weight_variance, 1.0, critical if math.isfinite(critical) else 0.0)
    weights = np.linspace(0.0, 2.0 * widest, PHASE_POINTS[0] + 1)[1:]
    figure = phase_diagram(
        weights,
        biases,
        gradient_factors(response, weights, biases),
        point=(found.weight_variance, found.bias_variance),
        point_label=f"σw² = {found.weight_variance:.3g}, σb² = {found.bias_variance:.3g}:"
        f" {found.phase}, χ₁ = {found.chi_1:.3g}",
        title=f"Order and chaos: wide {response.name} networks",
    )
    return render(draw(figure), form)


def _critical_weight_variance(found: MeanField) -> float:
    """Return the weight variance of the critical point that signals approach, NaN without one."""
    approached = [each for each in found.critical_points if each.stability != "unstable"]
    at_this = [found.weight_variance] if found.phase == "critical" else []
    return approached[-1].weight_variance if approached else (*at_this, math.nan)[0]


def _activation(activation: Any) -> BoundActivation:
    """Return the activation that a name or a mapping with a name stands for."""
    if isinstance(activation, str):
        return bind_activation(activation)
    if not isinstance(activation, Mapping) or not isinstance(activation.get("name"), str):
        raise UsageError(f"activation must be a name, or a mapping with a name, not {activation!r}")
    options = {str(key): value for key, value in activation.items() if key != "name"}
    return bind_activation(activation["name"], **options)
