"""Activation functions, each with the derivative in terms of its own output.

A network keeps what an activation returned, not what it was given, so a derivative that can be had
from the output costs no memory: :math:`tanh' = 1 - tanh^2`, and a rectifier is on where its output
is positive. Both functions write into an array that the caller owns.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from initbench.arrays import FloatArray
from initbench.registry import Registry


@dataclass(frozen=True)
class Activation:
    """A function applied to every preactivation of a hidden layer.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    function : callable (preactivations, out) -> None
        Write the activations to `out`, which may be the input itself.
    derivative : callable (activations, out) -> None
        Write the derivative, given what `function` returned, to `out`, which is another array.
    """

    name: str
    summary: str
    reference: str
    function: Callable[[FloatArray, FloatArray], object]
    derivative: Callable[[FloatArray, FloatArray], object]
    aliases: tuple[str, ...] = ()


def _linear(preactivations: FloatArray, out: FloatArray) -> None:
    if out is not preactivations:
        np.copyto(out, preactivations)


def _linear_derivative(_: FloatArray, out: FloatArray) -> None:
    out.fill(1.0)


def _relu(preactivations: FloatArray, out: FloatArray) -> None:
    np.maximum(preactivations, 0.0, out=out)


def _relu_derivative(activations: FloatArray, out: FloatArray) -> None:
    np.greater(activations, 0.0, out=out, casting="unsafe")


def _tanh(preactivations: FloatArray, out: FloatArray) -> None:
    np.tanh(preactivations, out=out)


def _tanh_derivative(activations: FloatArray, out: FloatArray) -> None:
    np.multiply(activations, activations, out=out)
    np.subtract(1.0, out, out=out)


def _sigmoid(preactivations: FloatArray, out: FloatArray) -> None:
    expit(preactivations, out=out)


def _sigmoid_derivative(activations: FloatArray, out: FloatArray) -> None:
    np.subtract(1.0, activations, out=out)
    np.multiply(out, activations, out=out)


ACTIVATIONS = Registry(
    "activation",
    [
        Activation(
            name="relu",
            summary="max(0, z): passes what is positive, and nothing else",
            reference="Nair & Hinton (2010)",
            function=_relu,
            derivative=_relu_derivative,
        ),
        Activation(
            name="tanh",
            summary="hyperbolic tangent: odd, slope 1 at zero, saturates at -1 and 1",
            reference="LeCun et al. (1998)",
            function=_tanh,
            derivative=_tanh_derivative,
        ),
        Activation(
            name="sigmoid",
            summary="1 / (1 + exp(-z)): slope 1/4 at zero, saturates at 0 and 1",
            reference="Rumelhart, Hinton & Williams (1986)",
            function=_sigmoid,
            derivative=_sigmoid_derivative,
            aliases=("logistic",),
        ),
        Activation(
            name="linear",
            summary="z itself: a deep linear network",
            reference="Saxe, McClelland & Ganguli (2013)",
            function=_linear,
            derivative=_linear_derivative,
        ),
    ],
)
