"""Optimizers: rules that move all parameters of a stack at once.

Parameters, gradients and state are flat, ``(R, P)``, so a rule is a handful of array operations
whatever the depth. Hyper-parameters are columns ``(R, 1)``: runs of different learning rates share
a stack.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from initbench.arrays import FloatArray
from initbench.registry import Registry


@dataclass(frozen=True)
class Hyperparameters:
    """How far to move: one row a run.

    Attributes
    ----------
    learning_rate, momentum : ndarray of shape (R, 1)
    """

    learning_rate: FloatArray
    momentum: FloatArray


@dataclass(frozen=True)
class Optimizer:
    """An update rule and how many buffers ``(R, P)`` of state it keeps.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    buffers : int
        State buffers, zero at the start.
    step : callable (parameters, gradients, state, hyperparameters, scratch) -> None
        Move `parameters` in place. `state` has shape (buffers, R, P); `scratch`, of the shape of
        `parameters`, may be overwritten.
    """

    name: str
    summary: str
    reference: str
    buffers: int
    step: Callable[[FloatArray, FloatArray, FloatArray, Hyperparameters, FloatArray], None]
    aliases: tuple[str, ...] = ()


def _sgd(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    hyperparameters: Hyperparameters,
    scratch: FloatArray,
) -> None:
    velocity = state[0]
    np.multiply(velocity, hyperparameters.momentum, out=velocity)
    np.add(velocity, gradients, out=velocity)
    np.multiply(velocity, hyperparameters.learning_rate, out=scratch)
    np.subtract(parameters, scratch, out=parameters)


OPTIMIZERS = Registry(
    "optimizer",
    [
        Optimizer(
            name="sgd",
            summary="v <- momentum v + g; w <- w - learning_rate v",
            reference="Sutskever et al. (2013), with the rate outside the velocity",
            buffers=1,
            step=_sgd,
        ),
    ],
)
