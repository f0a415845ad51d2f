"""Hyper-parameters of a stack: one number where all runs agree, a column where they do not.

What a rule derives from them is computed in float64 and cast to the parameters' precision before
it meets an array, so a run moves by the same bits whether its numbers came as a scalar or as a row
of a column.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.options import Bound, OptionValue

Hyperparameter: TypeAlias = float | FloatArray
"""A float, or a float64 array of shape (R, 1); a learning rate also of shape (R, P)."""

Decay: TypeAlias = Annotated[float, Bound(0, 1, open_maximum=True)]
"""What is left of a running sum after one step."""


def stack_hyperparameters(
    options: Sequence[Mapping[str, OptionValue]],
) -> dict[str, Hyperparameter]:
    """Join the options of R runs of one rule, each to a float or to a column (R, 1).

    Examples
    --------
    >>> stack_hyperparameters([{"learning_rate": 0.1, "momentum": 0.9}] * 2)
    {'learning_rate': 0.1, 'momentum': 0.9}
    """
    return {name: _join([run[name] for run in options]) for name in options[0]}


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


def _join(values: Sequence[OptionValue]) -> Hyperparameter:
    column = np.array(values, np.float64)[:, np.newaxis]
    return float(column[0, 0]) if (column == column[0]).all() else column
