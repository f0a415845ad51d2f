r"""Adam, its decoupled weight decay, and Lion, which keeps of both moments only a sign.

Running sums are kept without their factors, :math:`M = \beta_1 M + g` and
:math:`V = \beta_2 V + g^2`. What makes unbiased means of them is a number per step,

.. math::
    \hat m = a M, \quad a = \frac{1 - \beta_1}{1 - \beta_1^t}, \qquad
    \hat v = c^2 V, \quad c^2 = \frac{1 - \beta_2}{1 - \beta_2^t}, \qquad
    \frac{\eta\, \hat m}{\sqrt{\hat v} + \epsilon}
    = \frac{\eta a}{c} \cdot \frac{M}{\sqrt V + \epsilon / c}

so a step is ten passes over the parameters instead of twelve.
"""

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.optimizers.descent import add_decay
from initbench.nn.optimizers.entry import Optimizer
from initbench.nn.optimizers.hyperparameters import Decay, Hyperparameter, cast, is_absent, power
from initbench.options import NonNegative, Positive


def adam(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    step: int,
    *,
    learning_rate: Positive = 0.001,
    beta1: Decay = 0.9,
    beta2: Decay = 0.999,
    epsilon: Positive = 1e-8,
    weight_decay: NonNegative = 0.0,
) -> None:
    """Divide a running mean of gradients by the root of one of their squares."""
    add_decay(parameters, gradients, scratch, weight_decay)
    first, second = state
    _gather(first, gradients, beta1)
    np.square(gradients, out=gradients)
    _gather(second, gradients, beta2)
    mean = _unbiased(beta1, step)
    root = np.sqrt(_unbiased(beta2, step))
    np.sqrt(second, out=scratch)
    np.add(scratch, cast(epsilon / root, scratch), out=scratch)
    np.divide(first, scratch, out=scratch)
    np.multiply(scratch, cast(learning_rate * mean / root, scratch), out=scratch)
    np.subtract(parameters, scratch, out=parameters)


def adamw(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    step: int,
    *,
    learning_rate: Positive = 0.001,
    beta1: Decay = 0.9,
    beta2: Decay = 0.999,
    epsilon: Positive = 1e-8,
    weight_decay: NonNegative = 0.01,
) -> None:
    """Shrink the parameters by the rate times `weight_decay`, then step as Adam without any."""
    _shrink(parameters, learning_rate, weight_decay)
    adam(
        parameters,
        gradients,
        state,
        scratch,
        step,
        learning_rate=learning_rate,
        beta1=beta1,
        beta2=beta2,
        epsilon=epsilon,
    )


def lion(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    scratch: FloatArray,
    _step: int,
    *,
    learning_rate: Positive = 0.0001,
    beta1: Decay = 0.9,
    beta2: Decay = 0.99,
    weight_decay: NonNegative = 0.0,
) -> None:
    """Step by the sign of a mix of momentum and gradient; shrink the parameters as AdamW does."""
    _shrink(parameters, learning_rate, weight_decay)
    mixture = beta1 * (1.0 - beta2) / (1.0 - beta1)
    np.multiply(state[0], cast(mixture, scratch), out=scratch)
    np.add(scratch, gradients, out=scratch)
    _gather(state[0], gradients, beta2)
    np.sign(scratch, out=gradients)  # in place it would take ten times as long
    np.multiply(gradients, cast(learning_rate, gradients), out=gradients)
    np.subtract(parameters, gradients, out=parameters)


def _gather(running: FloatArray, values: FloatArray, decay: Hyperparameter) -> None:
    np.multiply(running, cast(decay, running), out=running)
    np.add(running, values, out=running)


def _unbiased(decay: Hyperparameter, step: int) -> Hyperparameter:
    """Return the factor that makes a mean of a running sum of `step` terms."""
    return (1.0 - decay) / (1.0 - power(decay, step))


def _shrink(
    parameters: FloatArray, learning_rate: Hyperparameter, weight_decay: Hyperparameter
) -> None:
    if not is_absent(weight_decay):
        np.multiply(
            parameters, cast(1.0 - learning_rate * weight_decay, parameters), out=parameters
        )


ADAM = (
    Optimizer(
        name="adam",
        summary="a running mean of gradients over the root of one of their squares",
        reference="Kingma & Ba (2015), algorithm 1",
        rule=adam,
        buffers=lambda **_: 2,
        normalizes=True,
    ),
    Optimizer(
        name="adamw",
        summary="Adam that shrinks the weights apart from the gradient",
        reference="Loshchilov & Hutter (2019), algorithm 2; decay times the rate, as in PyTorch",
        rule=adamw,
        buffers=lambda **_: 2,
        normalizes=True,
    ),
    Optimizer(
        name="lion",
        summary="the sign of a mix of momentum and gradient: steps of one size",
        reference="Chen et al. (2023), algorithm 2",
        rule=lion,
        buffers=lambda **_: 1,
        normalizes=True,
    ),
)
