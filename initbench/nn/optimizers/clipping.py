"""Gradients cut to a largest norm, each run by its own."""

from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.optimizers.hyperparameters import Hyperparameter, cast

_SOFTENING: Final = 1e-6
"""Added to the norm before dividing by it, as PyTorch's ``clip_grad_norm_`` does."""


def clip_by_norm(gradients: FloatArray, limit: Hyperparameter) -> None:
    """Scale every row of `gradients` (R, P) that is longer than `limit` to that length.

    A row that holds NaN or infinity stays without meaning; the others do not feel it.

    Parameters
    ----------
    limit : float or ndarray of shape (R, 1)
    """
    factors = np.minimum(limit / (_norms(gradients) + _SOFTENING), 1.0)
    np.multiply(gradients, cast(factors, gradients), out=gradients)


def _norms(gradients: FloatArray) -> FloatArray:
    """Return the length of each row, ``(R, 1)`` in float64.

    A dot product a row, whose square overflows in float32 from 1e19 on; those rows are done again
    in float64.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        norms: FloatArray = np.sqrt(np.vecdot(gradients, gradients).astype(np.float64))
    for run in np.flatnonzero(~np.isfinite(norms)):
        norms[run] = np.linalg.norm(gradients[run].astype(np.float64))
    return norms[:, np.newaxis]
