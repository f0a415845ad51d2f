r"""The upper tail of the normal law, :math:`\Phi(-|z|)`, to the precision of the array.

SciPy computes it one number at a time, at six times the cost of all the rest of a layer. float32
has seven digits, and a rational approximation has them too, in a few array operations.
"""

from typing import Final

import numpy as np
from scipy.special import ndtr

from initbench.arrays import FloatArray

_P: Final = 0.3275911
_COEFFICIENTS: Final = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
"""Of erfc(x) = exp(-x²) (a₁ t + … + a₅ t⁵), t = 1 / (1 + p x), a₅ first; error below 1.5e-7.

Abramowitz & Stegun, Handbook of Mathematical Functions (1964), formula 7.1.26.
"""


def write_normal_tail(z: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write Φ(-|z|) to `out` and exp(-z² / 2) to `scratch`."""
    if z.dtype == np.float32:
        _write_polynomial(z, out, scratch)
        _write_exponential(z, scratch)
        np.multiply(out, scratch, out=out)
    else:
        np.abs(z, out=out)
        np.negative(out, out=out)
        ndtr(out, out=out)
        _write_exponential(z, scratch)


def _write_polynomial(z: FloatArray, out: FloatArray, scratch: FloatArray) -> None:
    """Write half of the polynomial at x = |z| / √2, by Horner's rule."""
    np.abs(z, out=scratch)
    np.multiply(scratch, _P / np.sqrt(2.0).item(), out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.divide(1.0, scratch, out=scratch)
    highest, *lower = _COEFFICIENTS
    np.multiply(scratch, 0.5 * highest, out=out)
    for coefficient in lower:
        np.add(out, 0.5 * coefficient, out=out)
        np.multiply(out, scratch, out=out)


def _write_exponential(z: FloatArray, out: FloatArray) -> None:
    np.square(z, out=out)
    np.multiply(out, -0.5, out=out)
    np.exp(out, out=out)
