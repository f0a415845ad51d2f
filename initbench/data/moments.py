"""Moments of each column, block by block: a large set of bytes is never copied to float64 whole."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.arrays import Array, FloatArray, IntArray

BLOCK: Final = 2**20
"""How many numbers are worked on at once; a toy set is one block."""


@dataclass(frozen=True)
class Moments:
    """Minimum, maximum, mean and standard deviation of each of D columns.

    Attributes
    ----------
    minimum, maximum, mean, std : ndarray of shape (D,)
        The standard deviation is that of the samples themselves, over N.
    """

    minimum: FloatArray
    maximum: FloatArray
    mean: FloatArray
    std: FloatArray


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Cut rows into slices of about `BLOCK` numbers."""
    step = max(1, BLOCK // columns)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def moments(X: Array, rows: IntArray) -> Moments:
    """Return the moments of some rows of ``X (N, D)``, of which there is at least one.

    Missing values, NaN, are left out; the moments of a column that has no other values are NaN.
    """
    if X.dtype.kind == "f" and any(
        np.isnan(X[rows[part]]).any() for part in blocks(len(rows), X.shape[1])
    ):
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
            numbers = _numbers(X, rows)
            functions = (np.nanmin, np.nanmax, np.nanmean, np.nanstd)
            return Moments(*(np.asarray(each(numbers, axis=0)) for each in functions))
    cut = list(blocks(len(rows), X.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):  # numbers too large: the result says so
        total = sum(_numbers(X, rows[part]).sum(axis=0) for part in cut)
        mean = np.asarray(total / len(rows))
        squares = sum(((_numbers(X, rows[part]) - mean) ** 2).sum(axis=0) for part in cut)
    return Moments(
        minimum=np.min([X[rows[part]].min(axis=0) for part in cut], axis=0).astype(np.float64),
        maximum=np.max([X[rows[part]].max(axis=0) for part in cut], axis=0).astype(np.float64),
        mean=mean,
        std=np.sqrt(squares / len(rows)),
    )


def _numbers(X: Array, rows: IntArray) -> FloatArray:
    return X[rows].astype(np.float64, copy=False)
