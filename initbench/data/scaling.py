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
    """Takes `shift` from each of D columns, then divides by `scale`.

    Attributes
    ----------
    what : str
        What is scaled, for messages.
    scaling : {"standard", "minmax", "none"}
    shift, scale : ndarray of shape (D,)
    """

    what: str
    scaling: Scaling
    shift: FloatArray
    scale: FloatArray

    def apply(self, X: Array, rows: IntArray, dtype: DTypeLike = np.float64) -> FloatArray:
        """Return some rows of ``X (N, D)``, scaled in float64 and rounded once.

        Raises
        ------
        UsageError
            A number is not finite, or too large to be scaled or stored.
        """
        scaled = np.empty((len(rows), X.shape[1]), dtype)
        is_finite = bool(np.isfinite(self.scale).all())
        for part in blocks(*scaled.shape):
            with np.errstate(over="ignore", invalid="ignore"):  # the check says it better
                scaled[part] = (X[rows[part]] - self.shift) / self.scale
            is_finite = is_finite and bool(np.isfinite(scaled[part]).all())
        if not is_finite:
            raise UsageError(
                f"{self.what} are not finite when scaled ({self.scaling}) and stored as"
                f" {scaled.dtype}"
            )
        return scaled


def fit_scaler(what: str, X: Array, rows: IntArray, scaling: Scaling) -> Scaler:
    """Learn a scaling on some rows of ``X (N, D)``; a column that is constant there becomes 0."""
    if scaling == "none":
        return Scaler(what, scaling, np.zeros(X.shape[1]), np.ones(X.shape[1]))
    seen = moments(X, rows)
    with np.errstate(over="ignore", invalid="ignore"):
        span = seen.maximum - seen.minimum
    shift, scale = (seen.mean, seen.std) if scaling == "standard" else (seen.minimum, span)
    is_constant = (span == 0) | (scale == 0)  # its deviation is 0 but for rounding
    return Scaler(
        what,
        scaling,
        shift=np.where(is_constant, seen.minimum, shift),
        scale=np.where(is_constant, 1.0, scale),
    )
