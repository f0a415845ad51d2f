"""Activations that are straight lines between kinks: linear, rectifiers, hard tanh, abs.

With a scalar operand, `numpy.maximum` loses its vector instructions and a clip keeps them, so a
rectifier is clipped to [0, ∞). The array's method saves half of the time of calling `numpy.clip`.
"""

from typing import Annotated, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations.entry import Activation
from initbench.options import Bound

Slope: TypeAlias = Annotated[float, Bound(0, 1)]


def linear(preactivations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write z."""
    if out is not preactivations:
        np.copyto(out, preactivations)


def _linear_derivative(_activations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    out.fill(1.0)


def relu(preactivations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write z where it is positive, and 0 elsewhere."""
    preactivations.clip(0.0, np.inf, out=out)


def _relu_derivative(activations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write the derivative; 0 at z = 0, so that units that are zero for all inputs stay so."""
    np.greater(activations, 0.0, out=out, casting="unsafe")


def leaky_relu(
    preactivations: FloatArray, out: FloatArray, scratch: FloatArray, *, slope: Slope = 0.01
) -> None:
    """Write z where it is positive, and slope · z elsewhere."""
    np.multiply(preactivations, slope, out=scratch)
    np.maximum(preactivations, scratch, out=out)


def _leaky_relu_derivative(
    activations: FloatArray, out: FloatArray, scratch: FloatArray, *, slope: Slope
) -> None:
    """Write the derivative; at z = 0, the left one, `slope`."""
    np.greater(activations, 0.0, out=out, casting="unsafe")
    scratch.fill(slope)
    np.maximum(out, scratch, out=out)


def hard_tanh(preactivations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write z clipped to [-1, 1]."""
    preactivations.clip(-1.0, 1.0, out=out)


def _hard_tanh_derivative(activations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write the derivative; 0 at both kinks, whose outputs are those of all z beyond."""
    np.abs(activations, out=scratch)
    np.less(scratch, 1.0, out=out, casting="unsafe")


def absolute(preactivations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write |z|."""
    np.abs(preactivations, out=out)


def _absolute_derivative(preactivations: FloatArray, out: FloatArray, _scratch: FloatArray) -> None:
    """Write the derivative; 0 at z = 0."""
    np.sign(preactivations, out=out)


PIECEWISE = (
    Activation(
        name="linear",
        summary="z: the network is a deep linear network",
        reference="Saxe, McClelland & Ganguli (2013)",
        function=linear,
        derivative=_linear_derivative,
        aliases=("identity",),
    ),
    Activation(
        name="relu",
        summary="max(0, z): passes positive values, sets the others to zero",
        reference="Nair & Hinton (2010)",
        function=relu,
        derivative=_relu_derivative,
        kinks=(0.0,),
    ),
    Activation(
        name="leaky_relu",
        summary="max(z, slope z): a rectifier with a small slope for negative values",
        reference="Maas, Hannun & Ng (2013)",
        function=leaky_relu,
        derivative=_leaky_relu_derivative,
        kinks=(0.0,),
        aliases=("lrelu",),
    ),
    Activation(
        name="hard_tanh",
        summary="z, clipped to the range from -1 to 1",
        reference="Collobert (2004)",
        function=hard_tanh,
        derivative=_hard_tanh_derivative,
        kinks=(-1.0, 1.0),
        aliases=("hardtanh",),
    ),
    Activation(
        name="abs",
        summary="|z|: even, slope 1 or -1 everywhere",
        reference="Jarrett, Kavukcuoglu, Ranzato & LeCun (2009)",
        function=absolute,
        derivative=_absolute_derivative,
        kinks=(0.0,),
        keeps="input",
        aliases=("absolute",),
    ),
)
