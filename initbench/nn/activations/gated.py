"""Activations that multiply z by a gate between 0 and 1: neither monotone nor invertible.

Two preactivations can give one output, so the preactivation is kept for the way back.
"""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations.entry import Activation
from initbench.nn.activations.normal_tail import write_normal_tail
from initbench.nn.activations.saturating import sigmoid

_ONE_OVER_ROOT_TWO_PI: Final = 0.3989422804014327

_WIDE_OPEN: Final = 30.0
"""Where mish's gate is 1 in float64, and exp's square is far from the end of float32."""


def gelu(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Give z Φ(z), Φ being the normal law's distribution function, as max(0, z) - |z| Φ(-|z|)."""
    write_normal_tail(preactivations, out, scratch)
    np.abs(preactivations, out=scratch)
    np.multiply(out, scratch, out=out)
    np.clip(preactivations, 0.0, np.inf, out=scratch)
    np.subtract(scratch, out, out=out)


def _gelu_derivative(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Give Φ(z) + z φ(z) as 1/2 ± (1/2 - Φ(-|z|) + |z| φ(z))."""
    write_normal_tail(preactivations, out, scratch)
    np.multiply(scratch, preactivations, out=scratch)
    np.abs(scratch, out=scratch)
    np.multiply(scratch, _ONE_OVER_ROOT_TWO_PI, out=scratch)
    np.subtract(scratch, out, out=out)
    np.add(out, 0.5, out=out)
    np.copysign(out, preactivations, out=out)
    np.add(out, 0.5, out=out)


def silu(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Give z · sigmoid(z)."""
    sigmoid(preactivations, out, scratch)
    np.multiply(out, preactivations, out=out)


def _silu_derivative(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Give s (1 + z (1 - s)), s being sigmoid(z)."""
    sigmoid(preactivations, out, scratch)
    np.subtract(1.0, out, out=scratch)
    np.multiply(scratch, preactivations, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.multiply(out, scratch, out=out)


def mish(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Give z · tanh(softplus(z)) as z n / (n + 2), n being e (e + 2) and e exp(z)."""
    _write_mish_parts(preactivations, out, scratch)
    np.add(scratch, 2.0, out=out)
    np.divide(scratch, out, out=out)
    np.multiply(out, preactivations, out=out)


def _mish_derivative(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Give n / d + 4 z (n - e) / d², d being n + 2."""
    _write_mish_parts(preactivations, out, scratch)
    np.subtract(scratch, out, out=out)
    np.add(scratch, 2.0, out=scratch)
    np.multiply(out, preactivations, out=out)
    np.multiply(out, 4.0, out=out)
    np.divide(out, scratch, out=out)
    np.subtract(out, 2.0, out=out)
    np.divide(out, scratch, out=out)
    np.add(out, 1.0, out=out)


def _write_mish_parts(z: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write e = exp(z) to `out` and n = e (e + 2) to `scratch`."""
    np.clip(z, -np.inf, _WIDE_OPEN, out=out)
    np.exp(out, out=out)
    np.add(out, 2.0, out=scratch)
    np.multiply(scratch, out, out=scratch)


GATED = (
    Activation(
        name="gelu",
        summary="z Φ(z), the normal law's gate, exact: not the tanh approximation",
        reference="Hendrycks & Gimpel (2016)",
        function=gelu,
        derivative=_gelu_derivative,
        keeps="input",
    ),
    Activation(
        name="silu",
        summary="z sigmoid(z): a rectifier that dips below zero and is smooth",
        reference="Elfwing, Uchibe & Doya (2017); Ramachandran, Zoph & Le (2017) as swish",
        function=silu,
        derivative=_silu_derivative,
        keeps="input",
        aliases=("swish",),
    ),
    Activation(
        name="mish",
        summary="z tanh(softplus(z)): silu with a slightly steeper gate",
        reference="Misra (2019)",
        function=mish,
        derivative=_mish_derivative,
        keeps="input",
    ),
)
