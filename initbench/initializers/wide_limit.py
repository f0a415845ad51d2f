"""The wide limit of a scheme: the two variances of a layer that mean-field theory needs."""

from collections.abc import Sequence
from typing import Final

from initbench.initializers.initialization import Initialization
from initbench.initializers.laws import Distribution
from initbench.initializers.layers import LayerSpec
from initbench.theory import WideLayer

_SPREAD_OUT: Final[frozenset[Distribution]] = frozenset(
    {"normal", "uniform", "truncated_normal", "orthogonal", "unit_norm", "mixture"}
)
"""Laws under which a unit sums many inputs with weights of its own, so that it becomes normal."""


def wide_layers(scheme: Initialization, layers: Sequence[LayerSpec]) -> list[WideLayer] | None:
    """Return a network's layers as mean-field theory sees them.

    Returns
    -------
    list of WideLayer, or None
        Where theory has nothing to say of the scheme: weights or biases have a mean, weights are
        copies of one another or not random at all, or they look at data, or no law is stated.
    """
    if scheme.initializer.adapt is not None or not scheme.states_law:
        return None
    found = []
    for layer in layers:
        bias_mean, bias_variance = scheme.bias_moments(layer)
        is_zero = scheme.variance(layer) == 0.0
        if bias_mean != 0.0 or scheme.mean(layer) != 0.0:
            return None
        if not is_zero and scheme.distribution(layer) not in _SPREAD_OUT:
            return None
        found.append(
            WideLayer(
                layer.fan_in,
                layer.fan_out,
                weight_variance=scheme.variance(layer),
                bias_variance=bias_variance,
            )
        )
    return found
