"""Periodic activations: the sine of implicit representations (SIREN)."""

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations.entry import Activation
from initbench.options import Positive


def sine(
    preactivations: FloatArray, out: FloatArray, _scratch: FloatArray, *, omega: Positive = 1.0
) -> None:
    """Write sin(omega z); SIREN uses an omega of 30."""
    np.multiply(preactivations, omega, out=out)
    np.sin(out, out=out)


def _sine_derivative(
    preactivations: FloatArray, out: FloatArray, _scratch: FloatArray, *, omega: Positive
) -> None:
    np.multiply(preactivations, omega, out=out)
    np.cos(out, out=out)
    np.multiply(out, omega, out=out)


def _sine_second_derivative(z: FloatArray, *, omega: Positive) -> FloatArray:
    return np.asarray(-(omega**2) * np.sin(omega * z))


PERIODIC = (
    Activation(
        name="sin",
        summary="sin(omega z): never saturates; largest slope omega",
        reference="Sitzmann, Martel, Bergman, Lindell & Wetzstein (2020)",
        function=sine,
        derivative=_sine_derivative,
        second_derivative=_sine_second_derivative,
        keeps="input",
        periodic=True,
        aliases=("sine",),
    ),
)
