"""Optimizers: rules that move all parameters of a stack at once.

Parameters, gradients and state are flat, ``(R, P)``, so a rule is a handful of array operations
whatever the depth. Hyper-parameters are columns over the stack: runs of different learning rates
share it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import FloatArray
from initbench.registry import Registry


@dataclass(frozen=True)
class Hyperparameters:
    """How far to move: a row for each run, or one row where all runs agree.

    Attributes
    ----------
    learning_rate : ndarray of shape (R, 1) or (1, 1)
    momentum : ndarray of shape (R, 1) or (1, 1), or None
        None where no run has any, and no velocity needs to be kept.
    """

    learning_rate: FloatArray
    momentum: FloatArray | None


def hyperparameters(
    learning_rate: FloatArray, momentum: FloatArray, dtype: DTypeLike
) -> Hyperparameters:
    """Return the hyper-parameters of a stack from each run's, ``(R,)``."""
    velocity = _column(momentum, dtype) if np.any(momentum) else None
    return Hyperparameters(_column(learning_rate, dtype), velocity)


def _column(values: FloatArray, dtype: DTypeLike) -> FloatArray:
    """Return ``(R, 1)``, or ``(1, 1)`` where all values agree: a third of the cost to multiply."""
    agree = (values == values[0]).all()
    return np.array(values[:1] if agree else values, dtype)[:, np.newaxis]


@dataclass(frozen=True)
class Optimizer:
    """An update rule.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    buffers : callable (hyperparameters) -> int
        How many arrays ``(R, P)`` of state the rule keeps, zero at the start.
    step : callable (parameters, gradients, state, hyperparameters) -> None
        Move `parameters` in place. `state` has shape (buffers, R, P); `gradients` may be
        overwritten.
    """

    name: str
    summary: str
    reference: str
    buffers: Callable[[Hyperparameters], int]
    step: Callable[[FloatArray, FloatArray, FloatArray, Hyperparameters], None]
    aliases: tuple[str, ...] = ()


def _sgd_buffers(hyperparameters: Hyperparameters) -> int:
    return 0 if hyperparameters.momentum is None else 1


def _sgd(
    parameters: FloatArray,
    gradients: FloatArray,
    state: FloatArray,
    hyperparameters: Hyperparameters,
) -> None:
    if hyperparameters.momentum is not None:
        velocity = state[0]
        np.multiply(velocity, hyperparameters.momentum, out=velocity)
        np.add(velocity, gradients, out=velocity)
        moved = velocity
    else:
        moved = gradients
    np.multiply(moved, hyperparameters.learning_rate, out=gradients)
    np.subtract(parameters, gradients, out=parameters)


OPTIMIZERS = Registry(
    "optimizer",
    [
        Optimizer(
            name="sgd",
            summary="v <- momentum v + g; w <- w - learning_rate v",
            reference="Sutskever et al. (2013), with the rate outside the velocity",
            buffers=_sgd_buffers,
            step=_sgd,
        ),
    ],
)
