r"""Activations that multiply z by a gate between 0 and 1; they are not monotone.

Two preactivations can have the same output, so the preactivation is kept for the backward pass.

gelu needs the upper tail of the normal law, :math:`\Phi(-|z|)`. SciPy computes it one number at a
time, at six times the cost of the rest of a layer. float32 has seven digits, which a rational
approximation reaches in a few array operations.
"""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations.entry import Activation
from initbench.nn.activations.saturating import sigmoid

_ONE_OVER_ROOT_TWO_PI: Final = 0.3989422804014327

_WIDE_OPEN: Final = 30.0
"""From this z on, mish's gate is 1 in float64; exp(z)² is still finite in float32."""

_TAIL_P: Final = 0.3275911
_TAIL_COEFFICIENTS: Final = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
"""erfc(x) = exp(-x²) (a₁ t + … + a₅ t⁵), t = 1 / (1 + p x), a₅ first; error below 1.5e-7.

Abramowitz & Stegun, Handbook of Mathematical Functions (1964), formula 7.1.26.
"""


def gelu(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write z Φ(z), Φ being the normal law's distribution function, as max(0, z) - |z| Φ(-|z|)."""
    _write_normal_tail(preactivations, out, scratch)
    np.abs(preactivations, out=scratch)
    np.multiply(out, scratch, out=out)
    np.clip(preactivations, 0.0, np.inf, out=scratch)
    np.subtract(scratch, out, out=out)


def _gelu_derivative(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write Φ(z) + z φ(z) as 1/2 ± (1/2 - Φ(-|z|) + |z| φ(z))."""
    _write_normal_tail(preactivations, out, scratch)
    np.multiply(scratch, preactivations, out=scratch)
    np.abs(scratch, out=scratch)
    np.multiply(scratch, _ONE_OVER_ROOT_TWO_PI, out=scratch)
    np.subtract(scratch, out, out=out)
    np.add(out, 0.5, out=out)
    np.copysign(out, preactivations, out=out)
    np.add(out, 0.5, out=out)


def _gelu_second_derivative(z: FloatArray) -> FloatArray:
    """Return (2 - z²) φ(z), φ being the normal density."""
    squares = np.square(z)
    return np.asarray((2.0 - squares) * (_ONE_OVER_ROOT_TWO_PI * np.exp(-0.5 * squares)))


def silu(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write z · sigmoid(z)."""
    sigmoid(preactivations, out, scratch)
    np.multiply(out, preactivations, out=out)


def _silu_derivative(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write s (1 + z (1 - s)) with s = sigmoid(z)."""
    sigmoid(preactivations, out, scratch)
    np.subtract(1.0, out, out=scratch)
    np.multiply(scratch, preactivations, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.multiply(out, scratch, out=out)


def _silu_second_derivative(z: FloatArray) -> FloatArray:
    """Return s (1 - s) (2 + z (1 - 2 s)) with s = sigmoid(z)."""
    from scipy.special import expit

    gate, rest = expit(z), expit(-z)
    return np.asarray(gate * rest * (2.0 + z * (rest - gate)))


def mish(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write z · tanh(softplus(z)) as z n / (n + 2) with n = e (e + 2) and e = exp(z)."""
    _write_mish_parts(preactivations, out, scratch)
    np.add(scratch, 2.0, out=out)
    np.divide(scratch, out, out=out)
    np.multiply(out, preactivations, out=out)


def _mish_derivative(preactivations: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write n / d + 4 z (n - e) / d² with d = n + 2."""
    _write_mish_parts(preactivations, out, scratch)
    np.subtract(scratch, out, out=out)
    np.add(scratch, 2.0, out=scratch)
    np.multiply(out, preactivations, out=out)
    np.multiply(out, 4.0, out=out)
    np.divide(out, scratch, out=out)
    np.subtract(out, 2.0, out=out)
    np.divide(out, scratch, out=out)
    np.add(out, 1.0, out=out)


def _mish_second_derivative(z: FloatArray) -> FloatArray:
    """Return 2 t' + z t'' for the gate t = tanh(softplus(z)), whose t' is s (1 - t²).

    With s = sigmoid(z) and q = exp(-softplus(z)) = 1 - s, t is (1 - q²) / (1 + q²).
    """
    from scipy.special import expit

    gate, rest = expit(z), expit(-z)
    squared = np.square(rest)
    tanh = (1.0 - squared) / (1.0 + squared)
    first = gate * 4.0 * squared / np.square(1.0 + squared)
    return np.asarray(first * (2.0 + z * (rest - 2.0 * tanh * gate)))


def _write_normal_tail(z: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write Φ(-|z|) to `out` and exp(-z² / 2) to `scratch`.

    In float32, `out` is half of the polynomial at x = |z| / √2, by Horner's rule, times the
    exponential.
    """
    if z.dtype == np.float32:
        np.abs(z, out=scratch)
        np.multiply(scratch, _TAIL_P / np.sqrt(2.0).item(), out=scratch)
        np.add(scratch, 1.0, out=scratch)
        np.divide(1.0, scratch, out=scratch)
        highest, *lower = _TAIL_COEFFICIENTS
        np.multiply(scratch, 0.5 * highest, out=out)
        for coefficient in lower:
            np.add(out, 0.5 * coefficient, out=out)
            np.multiply(out, scratch, out=out)
    else:
        from scipy.special import ndtr

        np.abs(z, out=out)
        np.negative(out, out=out)
        ndtr(out, out=out)
    np.square(z, out=scratch)
    np.multiply(scratch, -0.5, out=scratch)
    np.exp(scratch, out=scratch)
    if z.dtype == np.float32:
        np.multiply(out, scratch, out=out)


def _write_mish_parts(z: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write e = exp(z) to `out` and n = e (e + 2) to `scratch`."""
    np.clip(z, -np.inf, _WIDE_OPEN, out=out)
    np.exp(out, out=out)
    np.add(out, 2.0, out=scratch)
    np.multiply(scratch, out, out=scratch)


GATED = (
    Activation(
        name="gelu",
        summary="z Φ(z) with the exact normal distribution function, not its tanh approximation",
        reference="Hendrycks & Gimpel (2016)",
        function=gelu,
        derivative=_gelu_derivative,
        second_derivative=_gelu_second_derivative,
        keeps="input",
    ),
    Activation(
        name="silu",
        summary="z sigmoid(z): a smooth rectifier that is negative just below zero",
        reference="Elfwing, Uchibe & Doya (2017); Ramachandran, Zoph & Le (2017) as swish",
        function=silu,
        derivative=_silu_derivative,
        second_derivative=_silu_second_derivative,
        keeps="input",
        aliases=("swish",),
    ),
    Activation(
        name="mish",
        summary="z tanh(softplus(z)): similar to silu, slightly steeper",
        reference="Misra (2019)",
        function=mish,
        derivative=_mish_derivative,
        second_derivative=_mish_second_derivative,
        keeps="input",
    ),
)
