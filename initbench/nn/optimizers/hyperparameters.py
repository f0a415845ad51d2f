"""Hyper-parameters of a stack: one number where all runs agree, a column where they do not.

What a rule derives from them is computed in float64 and cast to the parameters' precision before
it meets an array, so a run moves by the same bits whether its numbers came as a scalar or as a row
of a column.
"""

from typing import Annotated, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.options import Bound

Hyperparameter: TypeAlias = float | FloatArray
"""A float, or a float64 array of shape (R, 1); a learning rate also of shape (R, P)."""

Decay: TypeAlias = Annotated[float, Bound(0, 1, open_maximum=True)]
"""What is left of a running sum after one step."""


def is_absent(value: Hyperparameter) -> bool:
    """Return whether it is zero for all runs, so that what it stands for need not be done."""
    return isinstance(value, float) and value == 0.0


def cast(value: Hyperparameter, like: FloatArray) -> FloatArray:
    """Return it in the precision of `like`, ready to be an operand."""
    return np.asarray(value, like.dtype)


def power(base: Hyperparameter, exponent: int) -> Hyperparameter:
    """Return ``base ** exponent`` by repeated squaring.

    Products round alike for a scalar and within an array; NumPy's and C's powers do not.
    """
    result: Hyperparameter = 1.0
    while exponent:
        if exponent & 1:
            result = result * base
        base = base * base
        exponent >>= 1
    return result
