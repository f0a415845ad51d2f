"""Scaling: what is taken from each column and what it is divided by, learned on some rows alone."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, FloatArray, IntArray
from initbench.data.moments import blocks, moments
from initbench.errors import UsageError

Scaling = Literal["standard", "minmax", "none"]


@dataclass(frozen=True)
class Scaler:
    """Takes `shift` from each of D columns, then divides by `scale`."""

    shift: FloatArray
    scale: FloatArray

    def apply(self, X: Array, rows: IntArray, dtype: DTypeLike) -> FloatArray:
        """Return some rows of ``X (N, D)``, scaled.

        Raises
        ------
        UsageError
            A scaled number is too large for the type.
        """
        scaled = np.empty((len(rows), X.shape[1]), dtype)
        for part in blocks(*scaled.shape):
            with np.errstate(over="ignore", invalid="ignore"):
                scaled[part] = (X[rows[part]] - self.shift) / self.scale
            if not np.isfinite(scaled[part]).all():
                raise UsageError(f"holds numbers too large for {np.dtype(dtype)}")
        return scaled


def fit_scaler(X: Array, rows: IntArray, scaling: Scaling) -> Scaler:
    """Learn a scaling on some rows of ``X (N, D)``; a column that is constant there becomes 0.

    Raises
    ------
    UsageError
        The numbers are too large to be scaled.
    """
    if scaling == "none":
        return Scaler(np.zeros(X.shape[1]), np.ones(X.shape[1]))
    seen = moments(X, rows)
    with np.errstate(over="ignore"):
        span = seen.maximum - seen.minimum
    shift, scale = (seen.mean, seen.std) if scaling == "standard" else (seen.minimum, span)
    if not (np.isfinite(shift).all() and np.isfinite(scale).all()):
        raise UsageError("holds numbers too large to be scaled")
    is_constant = (span == 0) | (scale == 0)  # rounding may give a constant column a deviation
    return Scaler(np.where(is_constant, seen.minimum, shift), np.where(is_constant, 1.0, scale))
