"""Smooth rectifiers: an exponential below zero, a line above it, or both at once."""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations.entry import Activation
from initbench.options import Positive

SELU_ALPHA: Final = 1.6732632423543772
SELU_SCALE: Final = 1.0507009873554805
"""With both, mean 0 and variance 1 are a fixed point of a layer; Klambauer et al. (2017)."""

_LARGEST_EXPONENT: Final = 88.0
"""Largest argument whose exp is finite in float32, rounded down."""


def elu(
    preactivations: FloatArray, out: FloatArray, scratch: FloatArray, *, alpha: Positive = 1.0
) -> None:
    """Write z where it is positive, and alpha · (exp(z) - 1) elsewhere."""
    _rectify(preactivations, out, scratch, alpha)


def _elu_derivative(
    activations: FloatArray, out: FloatArray, scratch: FloatArray, *, alpha: Positive
) -> None:
    """Write the derivative; at z = 0, the left one, `alpha`."""
    _rectified_slope(activations, out, scratch, 1.0, alpha)


def _elu_second_derivative(z: FloatArray, *, alpha: Positive) -> FloatArray:
    """Return alpha · exp(z) up to z = 0, and 0 above."""
    return np.where(z > 0.0, 0.0, alpha * np.exp(np.minimum(z, 0.0))).astype(z.dtype)


def selu(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write scale · elu(z), which drives signals to mean 0 and variance 1."""
    _rectify(preactivations, out, scratch, SELU_ALPHA)
    np.multiply(out, SELU_SCALE, out=out)


def _selu_derivative(activations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write the derivative; at z = 0, the left one, scale · alpha."""
    _rectified_slope(activations, out, scratch, SELU_SCALE, SELU_SCALE * SELU_ALPHA)


def _selu_second_derivative(z: FloatArray) -> FloatArray:
    return _elu_second_derivative(z, alpha=SELU_SCALE * SELU_ALPHA)


def softplus(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write log(1 + exp(z)), which equals z to the last bit where exp(z) would overflow."""
    np.clip(preactivations, -np.inf, _LARGEST_EXPONENT, out=scratch)
    np.exp(scratch, out=scratch)
    np.log1p(scratch, out=scratch)
    np.maximum(preactivations, scratch, out=out)


def _softplus_derivative(activations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write sigmoid(z), computed as 1 - exp(-output)."""
    np.negative(activations, out=out)
    np.expm1(out, out=out)
    np.negative(out, out=out)


def _softplus_second_derivative(z: FloatArray) -> FloatArray:
    """Return s (1 - s) with s = sigmoid(z)."""
    from scipy.special import expit

    return np.asarray(expit(z) * expit(-z))


def _rectify(z: FloatArray, out: FloatArray, scratch: FloatArray, alpha: float) -> None:
    np.clip(z, -np.inf, 0.0, out=scratch)
    np.expm1(scratch, out=scratch)
    np.multiply(scratch, alpha, out=scratch)
    np.clip(z, 0.0, np.inf, out=out)
    np.add(out, scratch, out=out)


def _rectified_slope(
    activations: FloatArray, out: FloatArray, scratch: FloatArray, above: float, below: float
) -> None:
    """Write `above` where the output is positive, and `below` + output elsewhere."""
    np.clip(activations, -np.inf, 0.0, out=out)
    np.add(out, below, out=out)
    if above != below:
        np.greater(activations, 0.0, out=scratch, casting="unsafe")
        np.multiply(scratch, above - below, out=scratch)
        np.add(out, scratch, out=out)


EXPONENTIAL = (
    Activation(
        name="elu",
        summary="z above zero, alpha (exp(z) - 1) below: saturates at -alpha",
        reference="Clevert, Unterthiner & Hochreiter (2015)",
        function=elu,
        derivative=_elu_derivative,
        second_derivative=_elu_second_derivative,
        kinks=(0.0,),
    ),
    Activation(
        name="selu",
        summary="elu scaled to mean 0 and variance 1: a self-normalizing network",
        reference="Klambauer, Unterthiner, Mayr & Hochreiter (2017)",
        function=selu,
        derivative=_selu_derivative,
        second_derivative=_selu_second_derivative,
        kinks=(0.0,),
    ),
    Activation(
        name="softplus",
        summary="log(1 + exp(z)): a smooth rectifier, never zero",
        reference="Dugas, Bengio, Bélisle, Nadeau & Garcia (2000)",
        function=softplus,
        derivative=_softplus_derivative,
        second_derivative=_softplus_second_derivative,
    ),
)
