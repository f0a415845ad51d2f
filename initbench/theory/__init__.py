"""Mean-field theory: what a wide network does to a signal before it has learned anything.

In a wide layer preactivations are normal, so means over a network's units are means over a normal
law, and those over layers are iterated maps. Nothing here knows what a network is: an activation is
a `Response`, which has values, slopes and the places of its kinks.
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
    gradient_factors,
    mean_field,
)
from initbench.theory.memory import correlation_factor
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
