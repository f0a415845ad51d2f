"""The kernels of `initbench.nn.fast`, compiled by numba, which only that module imports.

Each line does one operation of the NumPy rule that the kernel replaces, in the same order. There is
no fast-math, so LLVM keeps each of them, and their order. Numbers are of the arrays' precision:
``zero`` and ``one`` are not literals, which would be float64.
"""

# mypy: ignore-errors

from typing import Any

import numpy as np
from numba import njit

from initbench.arrays import Array, FloatArray

compiled: Any = njit(cache=True, error_model="numpy")


@compiled
def relu_forward(given: FloatArray, made: FloatArray) -> None:
    zero = given.dtype.type(0)
    for i in range(given.size):
        z = given[i]
        made[i] = max(z, zero)  # NaN and -0 stay


@compiled
def relu_backward(kept: FloatArray, delta: FloatArray) -> None:
    zero, one = kept.dtype.type(0), kept.dtype.type(1)
    for i in range(kept.size):
        delta[i] = delta[i] * (one if kept[i] > zero else zero)


@compiled
def leaky_relu_forward(given: FloatArray, made: FloatArray, slope: float) -> None:
    for i in range(given.size):
        z = given[i]
        low = z * slope
        made[i] = low if low > z or low != low else z  # as a maximum, NaN if either is


@compiled
def leaky_relu_backward(kept: FloatArray, delta: FloatArray, slope: float) -> None:
    zero, one = kept.dtype.type(0), kept.dtype.type(1)
    for i in range(kept.size):
        delta[i] = delta[i] * (one if kept[i] > zero else slope)


@compiled
def hard_tanh_forward(given: FloatArray, made: FloatArray) -> None:
    one = given.dtype.type(1)
    for i in range(given.size):
        z = given[i]
        z = max(z, -one)
        made[i] = min(z, one)


@compiled
def hard_tanh_backward(kept: FloatArray, delta: FloatArray) -> None:
    zero, one = kept.dtype.type(0), kept.dtype.type(1)
    for i in range(kept.size):
        delta[i] = delta[i] * (one if abs(kept[i]) < one else zero)


@compiled
def abs_backward(kept: FloatArray, delta: FloatArray) -> None:
    zero, one = kept.dtype.type(0), kept.dtype.type(1)
    for i in range(kept.size):
        z = kept[i]
        sign = one if z > zero else (-one if z < zero else (zero if z == zero else z))
        delta[i] = delta[i] * sign


@compiled
def descend(weights: FloatArray, direction: FloatArray, rate: FloatArray) -> None:
    for i in range(weights.shape[0]):
        eta = rate[i % rate.size]
        for j in range(weights.shape[1]):
            weights[i, j] = weights[i, j] - direction[i, j] * eta


@compiled
def descend_with_momentum(
    weights: FloatArray,
    gradients: FloatArray,
    velocity: FloatArray,
    momentum: FloatArray,
    rate: FloatArray,
) -> None:
    for i in range(weights.shape[0]):
        mu, eta = momentum[i % momentum.size], rate[i % rate.size]
        for j in range(weights.shape[1]):
            v = velocity[i, j] * mu
            v = v + gradients[i, j]
            velocity[i, j] = v
            weights[i, j] = weights[i, j] - v * eta


@compiled
def rmsprop(
    weights: FloatArray,
    gradients: FloatArray,
    squares: FloatArray,
    alpha: FloatArray,
    rate: FloatArray,
    epsilon: FloatArray,
) -> None:
    for i in range(weights.shape[0]):
        a, eta, e = alpha[i % alpha.size], rate[i % rate.size], epsilon[i % epsilon.size]
        for j in range(weights.shape[1]):
            g = gradients[i, j]
            s = squares[i, j] * a
            s = s + g * g
            squares[i, j] = s
            r = np.sqrt(s) + e
            weights[i, j] = weights[i, j] - (g / r) * eta


@compiled
def adam(
    weights: FloatArray,
    gradients: FloatArray,
    first: FloatArray,
    second: FloatArray,
    beta1: FloatArray,
    beta2: FloatArray,
    rate: FloatArray,
    epsilon: FloatArray,
) -> None:
    for i in range(weights.shape[0]):
        b1, b2 = beta1[i % beta1.size], beta2[i % beta2.size]
        eta, e = rate[i % rate.size], epsilon[i % epsilon.size]
        for j in range(weights.shape[1]):
            g = gradients[i, j]
            m = first[i, j] * b1
            m = m + g
            first[i, j] = m
            s = second[i, j] * b2
            s = s + g * g
            second[i, j] = s
            r = np.sqrt(s) + e
            weights[i, j] = weights[i, j] - (m / r) * eta


@compiled
def lion(
    weights: FloatArray,
    gradients: FloatArray,
    momentum: FloatArray,
    beta2: FloatArray,
    mixture: FloatArray,
    rate: FloatArray,
) -> None:
    zero, one = weights.dtype.type(0), weights.dtype.type(1)
    for i in range(weights.shape[0]):
        b2, mix, eta = beta2[i % beta2.size], mixture[i % mixture.size], rate[i % rate.size]
        for j in range(weights.shape[1]):
            g, m = gradients[i, j], momentum[i, j]
            x = m * mix
            x = x + g
            m = m * b2
            momentum[i, j] = m + g
            sign = one if x > zero else (-one if x < zero else (zero if x == zero else x))
            weights[i, j] = weights[i, j] - sign * eta


@compiled
def take_rows(source: Array, rows: Array, out: Array) -> None:
    for s in range(rows.shape[0]):
        for b in range(rows.shape[1]):
            for d in range(source.shape[1]):
                out[s, b, d] = source[rows[s, b], d]
