r"""Leading eigenvalues by Lanczos's method, and traces by Hutchinson's, for every run of a stack.

Lanczos builds an orthonormal basis of the space that a matrix spans with a vector, in which it is
tridiagonal; the eigenvalues of that small matrix approach the extreme ones of the large one. Each
new vector is made orthogonal to all earlier ones, since rounding otherwise finds large eigenvalues
again. A run's numbers are those of the step at which that run converged, whatever the others need.

References
----------
Golub, Van Loan, "Matrix computations", 4th edition, sections 10.1 and 10.3.
Hutchinson, "A stochastic estimator of the trace of the influence matrix for Laplacian smoothing
splines", Communications in Statistics 19 (1990).
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.curvature.products import Product

LEADING: Final = 3
"""Eigenvalues that are computed."""

TOLERANCE: Final = 3e-2
"""Residual of each, as a share of the largest: the error is at most that, and of its order squared
where eigenvalues are apart."""

MOST_STEPS: Final = 60

_CANCELLED: Final = 0.1
"""Share of a vector that is left of it, below which rounding asks for a second pass (Daniel, Gragg,
Kaufman, Stewart, Mathematics of Computation 30, 1976)."""

ROUNDING: Final = 100.0
"""Rounding errors of the largest eigenvalue, below which a number is zero: machine epsilons. Errors
of a product with a matrix grow as the root of the number of terms, of which networks have up to
thousands."""


def leading_eigenvalues(
    product: Product,
    start: FloatArray,
    *,
    count: int = LEADING,
    tolerance: float = TOLERANCE,
    most_steps: int = MOST_STEPS,
) -> FloatArray:
    """Return the largest eigenvalues of a symmetric matrix for each run, in descending order.

    An eigenvalue within `ROUNDING` of zero is 0.

    `start`: shape (R, P); random vectors, one for each run.
    `most_steps`: products, at most.

    Returns
    -------
    ndarray of shape (R, count)
        NaN of a run whose matrix is not finite, and beyond the number of its rows.
    """
    runs, size = start.shape
    steps = min(most_steps, size)
    basis = np.empty((runs, min(steps, 16), size), start.dtype)
    basis[:, 0] = start / _norms(start)
    found = np.full((runs, count), np.nan)
    is_done, has_restarted = np.zeros(runs, bool), np.zeros(runs, bool)
    restarted_at = np.full((runs, count), np.nan)
    diagonal, beside = np.zeros((runs, steps)), np.zeros((runs, steps))
    epsilon = ROUNDING * float(np.finfo(start.dtype).eps)
    for step in range(steps):
        newest = basis[:, step]
        vector = product(np.ascontiguousarray(newest))
        diagonal[:, step] = _dots(newest, vector)
        before = _norms(vector)[:, 0]
        vector = _without(basis[:, : step + 1], vector)
        beside[:, step] = _norms(vector)[:, 0]
        again = beside[:, step] < _CANCELLED * before
        if again.any():
            vector[again] = _without(basis[again, : step + 1], vector[again])
            beside[again, step] = _norms(vector[again])[:, 0]
        is_finite = np.isfinite(beside[:, step]) & np.isfinite(diagonal[:, step])
        largest = np.abs(diagonal[:, : step + 1]).max(axis=1)
        exhausted = beside[:, step] <= epsilon * largest
        beside[exhausted, step] = 0.0
        values, residuals, norms = _ritz(diagonal, beside, step + 1, count)
        values[np.abs(values) <= epsilon * norms] = 0.0
        allowed = tolerance * np.abs(values).max(axis=1, keepdims=True)
        done = (residuals <= allowed).all(axis=1) & (step + 1 >= count) & is_finite
        if exhausted.any() or has_restarted.any():
            # The space of one vector has one direction of each eigenvalue. Another vector may add
            # directions of the same eigenvalues, until it changes nothing.
            changes = np.abs(values - restarted_at[:, : values.shape[1]])
            is_same = (changes <= allowed).all(axis=1)
            done &= np.where(exhausted, is_same, ~has_restarted)
            restarted_at[exhausted, : values.shape[1]] = values[exhausted]
            has_restarted |= exhausted
        newly = (done | (is_finite & (step + 1 == steps))) & ~is_done
        found[newly, : values.shape[1]] = values[newly]
        is_done |= newly | ~is_finite
        if is_done.all():
            break
        if step + 1 == basis.shape[1]:
            room = np.empty((runs, min(steps, 2 * basis.shape[1]), size), start.dtype)
            room[:, : step + 1] = basis
            basis = room
        if exhausted.any():
            fresh = np.roll(start[exhausted], step + 1, axis=1)
            for _ in range(2):
                fresh = _without(basis[exhausted, : step + 1], fresh)
            vector[exhausted] = fresh
        basis[:, step + 1] = vector / _norms(vector)
    return found


def hutchinson_trace(product: Product, signs: Sequence[FloatArray]) -> FloatArray:
    """Return an estimate of the trace of a matrix for each run, the mean of products by signs.

    `signs`: each of shape (R, P); independent random signs, -1 or 1.

    Returns
    -------
    ndarray of shape (R,)
    """
    return np.asarray(np.mean([_dots(each, product(each)) for each in signs], axis=0))


def _ritz(
    diagonal: FloatArray, beside: FloatArray, size: int, count: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the largest eigenvalues of tridiagonal matrices, their residuals, and their norms.

    Of a matrix that is not finite, zeros.
    """
    matrices = np.zeros((len(diagonal), size, size))
    places = np.arange(size)
    matrices[:, places, places] = diagonal[:, :size]
    for lower, upper in ((places[1:], places[:-1]), (places[:-1], places[1:])):
        matrices[:, lower, upper] = beside[:, : size - 1]
    matrices[~np.isfinite(matrices).all(axis=(1, 2))] = 0.0
    values, vectors = np.linalg.eigh(matrices)
    residuals = np.abs(vectors[:, -1]) * beside[:, size - 1 : size]
    norms = np.abs(values).max(axis=1, keepdims=True)
    return values[:, ::-1][:, :count], residuals[:, ::-1][:, :count], norms


def _without(basis: FloatArray, vectors: FloatArray) -> FloatArray:
    """Return vectors ``(R, P)`` without their components in bases ``(R, n, P)``."""
    factors = np.matmul(basis, vectors[..., np.newaxis])
    return np.asarray(vectors - np.matmul(factors.mT, basis)[:, 0])


def _dots(left: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray(np.matmul(left[:, np.newaxis], right[..., np.newaxis])[:, 0, 0])


def _norms(vectors: FloatArray) -> FloatArray:
    return np.sqrt(_dots(vectors, vectors))[:, np.newaxis]
