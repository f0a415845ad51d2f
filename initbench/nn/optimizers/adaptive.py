r"""Rules that divide each gradient by the root of what its square has been: RMSprop and Adagrad.

RMSprop's mean square is kept without its factor, :math:`V = \alpha V + g^2`; the constant goes
into the step and epsilon, which saves a pass over the parameters:

.. math::
    \frac{\eta\, g}{\sqrt{c^2 V} + \epsilon}
    = \frac{\eta}{c} \cdot \frac{g}{\sqrt V + \epsilon / c}, \qquad c = \sqrt{1 - \alpha}
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.optimizers.descent import add_decay
from initbench.nn.optimizers.entry import Optimizer
from initbench.nn.optimizers.hyperparameters import Decay, Hyperparameter, cast
from initbench.options import NonNegative, Positive


def rmsprop(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    _step: int,
    *,
    learning_rate: Positive = 0.01,
    alpha: Decay = 0.99,
    epsilon: Positive = 1e-8,
    weight_decay: NonNegative = 0.0,
) -> None:
    """Divide by the root of a running mean of squares."""
    add_decay(parameters, gradients, scratch, weight_decay)
    np.multiply(state[0], cast(alpha, parameters), out=state[0])
    root = np.sqrt(np.subtract(1.0, alpha))
    _accumulate(state[0], gradients, scratch)
    _descend(parameters, gradients, scratch, learning_rate / root, epsilon / root)


def adagrad(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    _step: int,
    *,
    learning_rate: Positive = 0.01,
    epsilon: Positive = 1e-10,
    weight_decay: NonNegative = 0.0,
) -> None:
    """Divide by the root of the sum of all squares so far."""
    add_decay(parameters, gradients, scratch, weight_decay)
    _accumulate(state[0], gradients, scratch)
    _descend(parameters, gradients, scratch, learning_rate, epsilon)


def _accumulate(squares: FloatArray, gradients: FloatArray, scratch: FloatArray) -> None:
    """Add the squared gradients to `squares`, and write the root of the sum to `scratch`."""
    np.square(gradients, out=scratch)
    np.add(squares, scratch, out=squares)
    np.sqrt(squares, out=scratch)


def _descend(
    parameters: FloatArray,
    gradients: FloatArray,
    roots: FloatArray,
    rate: Hyperparameter,
    epsilon: Hyperparameter,
) -> None:
    np.add(roots, cast(epsilon, roots), out=roots)
    np.divide(gradients, roots, out=gradients)
    np.multiply(gradients, cast(rate, gradients), out=gradients)
    np.subtract(parameters, gradients, out=parameters)


ADAPTIVE = (
    Optimizer(
        name="rmsprop",
        summary="divides by the root of a running mean of squared gradients",
        reference="Tieleman & Hinton (2012), lecture 6.5, with PyTorch's epsilon outside the root",
        rule=rmsprop,
        buffers=lambda **_: 1,
        normalizes=True,
    ),
    Optimizer(
        name="adagrad",
        summary="divides by the root of the sum of all squared gradients",
        reference="Duchi, Hazan & Singer (2011)",
        rule=adagrad,
        buffers=lambda **_: 1,
        normalizes=True,
    ),
)
