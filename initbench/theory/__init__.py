"""Mean-field theory: how signals and gradients pass through wide untrained networks.

In a wide layer preactivations are normal, so a mean over units is an integral over the normal law,
and depth iterates a map. The package knows no networks: an activation is a `Response`, which has
values, slopes and the places of its kinks.

- `quadrature`: integrals over one or two normal preactivations, and what one layer does to the
  length of a signal and to the correlation of two.
- `fixed_points`: where both settle, and how fast; `correlation_factor` finds the depth scale of
  correlations at little cost, for maps of sweeps.
- `criticality`: the critical points of an activation, their stability and universality class.
- `depth`: the forecast for given layers and inputs, with the spread over networks of finite width.
"""

from initbench.theory.criticality import (
    CriticalPoint,
    critical_point,
    critical_points,
    critical_weight_variance,
    half_stable_point,
    universality_class,
)
from initbench.theory.depth import Forecast, WideLayer, forecast
from initbench.theory.fixed_points import (
    MeanField,
    correlation_factor,
    gradient_factors,
    mean_field,
)
from initbench.theory.quadrature import Response, normal_mean

__all__ = [
    "CriticalPoint",
    "Forecast",
    "MeanField",
    "Response",
    "WideLayer",
    "correlation_factor",
    "critical_point",
    "critical_points",
    "critical_weight_variance",
    "forecast",
    "gradient_factors",
    "half_stable_point",
    "mean_field",
    "normal_mean",
    "universality_class",
]
