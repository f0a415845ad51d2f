r"""Gradient descent, plain and with a velocity.

.. math::
    v \leftarrow \mu v + g, \qquad w \leftarrow w - \eta v
    \quad\text{or, looking ahead,}\quad w \leftarrow w - \eta (g + \mu v)

The rate stands outside the velocity, as in PyTorch: a schedule that lowers it acts at once on all
that has been gathered.
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.optimizers.entry import Optimizer
from initbench.nn.optimizers.hyperparameters import Decay, Hyperparameter, cast, is_absent
from initbench.options import NonNegative, Positive


def sgd(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    _step: int,
    *,
    learning_rate: Positive = 0.1,
    momentum: Decay = 0.0,
    weight_decay: NonNegative = 0.0,
) -> None:
    """Descend along the gradient, or along a velocity where there is any momentum."""
    add_decay(parameters, gradients, scratch, weight_decay)
    direction = gradients
    if not is_absent(momentum):
        direction = state[0]
        _accelerate(direction, gradients, momentum)
    _descend(parameters, direction, scratch, learning_rate)


def heavy_ball(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    step: int,
    *,
    learning_rate: Positive = 0.1,
    momentum: Decay = 0.9,
    weight_decay: NonNegative = 0.0,
) -> None:
    """Descend along a velocity: `sgd` with another default."""
    sgd(
        parameters,
        gradients,
        state,
        scratch,
        step,
        learning_rate=learning_rate,
        momentum=momentum,
        weight_decay=weight_decay,
    )


def nesterov(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    _step: int,
    *,
    learning_rate: Positive = 0.1,
    momentum: Decay = 0.9,
    weight_decay: NonNegative = 0.0,
) -> None:
    """Descend along the gradient and the velocity that it has just changed."""
    add_decay(parameters, gradients, scratch, weight_decay)
    velocity = state[0]
    _accelerate(velocity, gradients, momentum)
    np.multiply(velocity, cast(momentum, parameters), out=scratch)
    np.add(gradients, scratch, out=gradients)
    _descend(parameters, gradients, scratch, learning_rate)


def add_decay(
    parameters: FloatArray,
    gradients: FloatArray,
    scratch: FloatArray,
    weight_decay: Hyperparameter,
) -> None:
    """Add the gradient of half the squared parameters times `weight_decay`."""
    if not is_absent(weight_decay):
        np.multiply(parameters, cast(weight_decay, parameters), out=scratch)
        np.add(gradients, scratch, out=gradients)


def _accelerate(velocity: FloatArray, gradients: FloatArray, momentum: Hyperparameter) -> None:
    np.multiply(velocity, cast(momentum, velocity), out=velocity)
    np.add(velocity, gradients, out=velocity)


def _descend(
    parameters: FloatArray, direction: FloatArray, scratch: FloatArray, rate: Hyperparameter
) -> None:
    np.multiply(direction, cast(rate, parameters), out=scratch)
    np.subtract(parameters, scratch, out=parameters)


def _velocities(momentum: Hyperparameter, **_others: Hyperparameter) -> int:
    return 0 if is_absent(momentum) else 1


DESCENT = (
    Optimizer(
        name="sgd",
        summary="w <- w - learning_rate g: gradient descent, with momentum where it is given",
        reference="Robbins & Monro (1951)",
        rule=sgd,
        buffers=_velocities,
    ),
    Optimizer(
        name="momentum",
        summary="v <- momentum v + g; w <- w - learning_rate v: a heavy ball",
        reference="Polyak (1964); the rate outside the velocity, as in PyTorch",
        rule=heavy_ball,
        buffers=_velocities,
        aliases=("heavy_ball",),
    ),
    Optimizer(
        name="nesterov",
        summary="v <- momentum v + g; w <- w - learning_rate (g + momentum v): looks ahead",
        reference="Nesterov (1983); Sutskever et al. (2013), as PyTorch writes it",
        rule=nesterov,
        buffers=lambda **_: 1,
        aliases=("nag",),
    ),
)
