"""Activations that saturate on both sides; the derivative is computed from the output."""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations.entry import Activation

_LIMIT: Final = 1.7159
_STRETCH: Final = 2.0 / 3.0
"""LeCun et al. (1998), section 4.4: f(±1) is close to ±1, and the curvature is largest there."""

_LARGEST_EXPONENT: Final = 88.0
"""An argument whose exp is finite in float32, and for which 1 + exp(z) = exp(z) in float64."""


def tanh(preactivations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write tanh(z)."""
    np.tanh(preactivations, out=out)


def _tanh_derivative(activations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    np.square(activations, out=out)
    np.subtract(1.0, out, out=out)


def _tanh_second_derivative(z: FloatArray) -> FloatArray:
    """Return -2 t (1 - t²) with t = tanh(z)."""
    values = np.tanh(z)
    return np.asarray(-2.0 * values * (1.0 - np.square(values)))


def scaled_tanh(preactivations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write 1.7159 · tanh(2 z / 3)."""
    np.multiply(preactivations, _STRETCH, out=out)
    np.tanh(out, out=out)
    np.multiply(out, _LIMIT, out=out)


def _scaled_tanh_derivative(activations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    np.square(activations, out=out)
    np.multiply(out, -_STRETCH / _LIMIT, out=out)
    np.add(out, _STRETCH * _LIMIT, out=out)


def _scaled_tanh_second_derivative(z: FloatArray) -> FloatArray:
    return np.asarray(_LIMIT * _STRETCH**2 * _tanh_second_derivative(_STRETCH * z))


def sigmoid(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write 1 / (1 + exp(-z)) as exp(z) / (1 + exp(z)), which is precise far below zero."""
    np.clip(preactivations, -np.inf, _LARGEST_EXPONENT, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=scratch)
    np.divide(out, scratch, out=out)


def _sigmoid_derivative(activations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    np.subtract(1.0, activations, out=out)
    np.multiply(out, activations, out=out)


def _sigmoid_second_derivative(z: FloatArray) -> FloatArray:
    """Return s (1 - s) (1 - 2 s)."""
    from scipy.special import expit

    value, rest = expit(z), expit(-z)
    return np.asarray(value * rest * (rest - value))


def softsign(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write z / (1 + |z|)."""
    np.abs(preactivations, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.divide(preactivations, scratch, out=out)


def _softsign_derivative(activations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write 1 / (1 + |z|)² as (1 - |output|)²."""
    np.abs(activations, out=out)
    np.subtract(1.0, out, out=out)
    np.square(out, out=out)


def _softsign_second_derivative(z: FloatArray) -> FloatArray:
    """Return -2 sign(z) / (1 + |z|)³, and 0 at z = 0, between its two sides."""
    return np.asarray(-2.0 * np.sign(z) / (1.0 + np.abs(z)) ** 3)


SATURATING = (
    Activation(
        name="tanh",
        summary="hyperbolic tangent: odd, slope 1 at zero, saturates at -1 and 1",
        reference="LeCun et al. (1998)",
        function=tanh,
        derivative=_tanh_derivative,
        second_derivative=_tanh_second_derivative,
    ),
    Activation(
        name="scaled_tanh",
        summary="1.7159 tanh(2 z / 3): tanh stretched to pass through (1, 1)",
        reference="LeCun et al. (1998), Efficient BackProp, section 4.4",
        function=scaled_tanh,
        derivative=_scaled_tanh_derivative,
        second_derivative=_scaled_tanh_second_derivative,
        aliases=("lecun_tanh",),
    ),
    Activation(
        name="sigmoid",
        summary="1 / (1 + exp(-z)): slope 1/4 at zero, saturates at 0 and 1",
        reference="Rumelhart, Hinton & Williams (1986)",
        function=sigmoid,
        derivative=_sigmoid_derivative,
        second_derivative=_sigmoid_second_derivative,
        aliases=("logistic",),
    ),
    Activation(
        name="softsign",
        summary="z / (1 + |z|): saturates slowly at -1 and 1",
        reference="Bergstra, Desjardins, Lamblin & Bengio (2009)",
        function=softsign,
        derivative=_softsign_derivative,
        second_derivative=_softsign_second_derivative,
        kinks=(0.0,),
    ),
)
