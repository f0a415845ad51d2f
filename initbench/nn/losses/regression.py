"""Losses on the distance between a network's outputs and the numbers that they are to meet.

All are means over outputs as well as over samples, as PyTorch takes them.
"""

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.nn.losses.entry import Loss
from initbench.options import Positive


def _encode_numbers(numbers: Array, _classes: int | None) -> FloatArray:
    return numbers.reshape(len(numbers), -1).astype(np.float64)


def _squared_values(outputs: FloatArray, targets: FloatArray) -> FloatArray:
    return np.asarray(np.square(outputs - targets).mean(axis=-2))


def _squared_gradient(outputs: FloatArray, targets: FloatArray, out: FloatArray) -> None:
    np.subtract(outputs, targets, out=out)
    np.multiply(out, 2.0 / _entries(outputs), out=out)


def _absolute_values(outputs: FloatArray, targets: FloatArray) -> FloatArray:
    return np.asarray(np.abs(outputs - targets).mean(axis=-2))


def _absolute_gradient(outputs: FloatArray, targets: FloatArray, out: FloatArray) -> None:
    """Take it to be 0 at the kink, where the output is the target."""
    np.subtract(outputs, targets, out=out)
    np.sign(out, out=out)
    np.multiply(out, 1.0 / _entries(outputs), out=out)


def _huber_values(outputs: FloatArray, targets: FloatArray, *, delta: Positive = 1.0) -> FloatArray:
    distance = np.abs(outputs - targets)
    near = np.minimum(distance, delta)
    return np.asarray((near * (distance - 0.5 * near)).mean(axis=-2))


def _huber_gradient(
    outputs: FloatArray, targets: FloatArray, out: FloatArray, *, delta: Positive
) -> None:
    np.subtract(outputs, targets, out=out)
    np.clip(out, -delta, delta, out=out)
    np.multiply(out, 1.0 / _entries(outputs), out=out)


def _entries(outputs: FloatArray) -> int:
    """Return how many numbers the mean over outputs and batch is of."""
    return int(outputs.shape[-2] * outputs.shape[-1])


REGRESSION = (
    Loss(
        name="mean_squared_error",
        summary="(z - y)², a mean over outputs and samples",
        reference="PyTorch, MSELoss",
        task="regression",
        encode=_encode_numbers,
        values=_squared_values,
        gradient=_squared_gradient,
        aliases=("mse",),
    ),
    Loss(
        name="mean_absolute_error",
        summary="|z - y|, a mean over outputs and samples: outliers weigh as others do",
        reference="PyTorch, L1Loss",
        task="regression",
        encode=_encode_numbers,
        values=_absolute_values,
        gradient=_absolute_gradient,
        aliases=("mae",),
    ),
    Loss(
        name="huber",
        summary="half the squared error up to delta, and a line from there on",
        reference="Huber (1964); PyTorch, HuberLoss",
        task="regression",
        encode=_encode_numbers,
        values=_huber_values,
        gradient=_huber_gradient,
    ),
)
