r"""Curvature of untrained networks, and the learning rates and times that it predicts.

The largest stable learning rate is that of a quadratic whose curvature is that of the initial
weights (`curvature.stability` has the sources): with the largest eigenvalue :math:`\lambda` of the
Hessian, :math:`2 / \lambda` for gradient descent. In a network that holds where the quadratic
approximation at initialization does: `docs/curvature.md` compares it with training.

In a network that is linear in its parameters, gradient descent at a rate :math:`\eta` shrinks the
error along the i-th eigenvector of the tangent kernel as :math:`(1 - \eta \lambda_i)^t`, by a
factor e in about :math:`1 / (\eta \lambda_i)` steps. The eigenvalues are those of the
Gauss–Newton matrix, which the kernel of all outputs has too where it is weighted by the second
derivative of the loss: for a squared error, by 2 / N or 1 / N.

References
----------
Jacot, Gabriel, Hongler, "Neural tangent kernel: convergence and generalization in neural networks",
NeurIPS 2018, on least-squares regression: convergence is fastest along the largest kernel principal
components. Cohen et al., "Adaptive gradient methods at the edge of stability", arXiv:2207.14484
(2022), for the matrix of Adam, whose largest eigenvalue training brings to 38 / η: that is no limit
at initialization, where one gradient decides what the matrix is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.formatting import count_of, listing
from initbench.stats.intervals import mean_intervals
from initbench.stats.summaries import (
    interval_or_none,
    number_or_none,
    numbers_or_none,
    summarise,
)

EIGENVALUES: Final = ("hessian_eigenvalues", "gauss_newton_eigenvalues", "kernel_eigenvalues")
"""In descending order; of the kernel, all, of the others the first."""

PER_NETWORK: Final = (
    "hessian_trace",
    "adam_sharpness",
    "kernel_alignment",
    "gradient_confusion",
    "noise_scale",
)
"""One number of each network; NaN where it is not defined."""

NAMES: Final = (*EIGENVALUES, *PER_NETWORK)

MOMENTUM: Final = 0.9
"""The momentum for which limits are reported."""


@dataclass(frozen=True)
class Limit:
    """A predicted learning rate over the seeds of a scheme."""

    rate: float  # geometric mean over the seeds that have one; NaN if none has
    # low, high: its 95 % confidence interval; NaN with fewer than two seeds
    low: float
    high: float
    # defined, seeds: seeds that have a limit, and all seeds
    defined: int
    seeds: int
    values: FloatArray  # shape (S,)

    def as_document(self) -> dict[str, Any]:
        """Return the limit as plain values: ``rate``, ``ci95``, ``n`` and ``values``."""
        ends = numbers_or_none(np.array([self.low, self.high]))
        return {
            "rate": number_or_none(self.rate),
            "ci95": None if None in ends else ends,
            "n": self.defined,
            "values": numbers_or_none(self.values),
        }


@dataclass(frozen=True)
class SchemeCurvature:
    """The curvature of a scheme's S untrained networks."""

    arrays: Mapping[str, FloatArray]  # shape (S, …): every name of `NAMES`

    @property
    def sharpness(self) -> FloatArray:
        """The largest eigenvalue of each Hessian, ``(S,)``."""
        return self.arrays["hessian_eigenvalues"][:, 0]

    def limit(self, momentum: float = 0.0) -> Limit:
        """Return the predicted largest stable learning rate of SGD over the seeds."""
        return limit_of(2.0 * (1.0 + momentum), self.sharpness)

    @property
    def condition(self) -> FloatArray:
        """The largest over the smallest eigenvalue of each kernel; infinite if that is zero."""
        values = self.arrays["kernel_eigenvalues"]
        with np.errstate(all="ignore"):
            return np.asarray(values[:, 0] / values[:, -1])

    @property
    def effective_rank(self) -> FloatArray:
        """The participation ratio (Σ λ)² / Σ λ² of each kernel's eigenvalues."""
        values = self.arrays["kernel_eigenvalues"]
        with np.errstate(all="ignore"):
            shares = values / values[:, :1]
            return np.asarray(np.square(shares.sum(axis=1)) / np.square(shares).sum(axis=1))

    @property
    def fit_steps(self) -> FloatArray:
        """Steps in which the error along each leading direction falls by a factor e, ``(S, n)``.

        At half of the limit, a rate η = 1 / λ₁, these are 1 / (η λᵢ) = λ₁ / λᵢ, with λ₁ of the
        Hessian and λᵢ of the Gauss–Newton matrix. Infinite along a direction without curvature.
        """
        values = self.arrays["gauss_newton_eigenvalues"]
        with np.errstate(all="ignore"):
            steps = self.sharpness[:, np.newaxis] / np.maximum(values, 0.0)
        return np.where(self.sharpness[:, np.newaxis] > 0.0, steps, np.nan)


def limit_of(factor: float, eigenvalues: FloatArray) -> Limit:
    """Return the limit factor / λ over seeds, which is not defined where λ is zero or not finite.

    Examples
    --------
    >>> limit = limit_of(2.0, np.array([10.0, 40.0, 0.0]))
    >>> limit.rate, limit.defined, limit.seeds
    (0.1, 2, 3)
    """
    is_defined = np.isfinite(eigenvalues) & (eigenvalues > 0.0)
    with np.errstate(over="ignore"):
        values = np.where(is_defined, factor / np.where(is_defined, eigenvalues, 1.0), np.nan)
        values[np.isinf(values)] = np.nan
    defined = int(np.isfinite(values).sum())
    return Limit(*geometric_mean(values), defined, len(values), values)


def geometric_mean(values: FloatArray) -> tuple[float, float, float]:
    """Return the geometric mean of the finite positive values ``(S,)``, and its 95 % interval.

    The mean is NaN without any, the interval with fewer than two. It is Student's, of the
    logarithms.
    """
    logs = np.log(values[np.isfinite(values) & (values > 0.0)])
    with np.errstate(over="ignore"):
        low, high = np.exp(mean_intervals(logs[np.newaxis])[0]) if len(logs) > 1 else [np.nan] * 2
        return (
            float(f"{np.exp(logs.mean()):.15g}") if len(logs) else np.nan,
            float(low),
            float(high),
        )


def scheme_curvature(records: Sequence[Mapping[str, Array]]) -> SchemeCurvature | None:
    """Return the curvature of a scheme from the records of its networks; None if not measured."""
    if not all(name in record for record in records for name in NAMES):
        return None
    return SchemeCurvature({name: np.stack([each[name] for each in records]) for name in NAMES})


def describe_curvature(curvature: SchemeCurvature) -> dict[str, Any]:
    """Return the curvature of a scheme as plain values, for ``metrics.json`` and JSON.

    Returns
    -------
    dict
        The ``sentence``; the predicted ``limits`` of ``sgd`` and ``momentum`` (0.9); a summary over
        seeds of the ``sharpness``, ``adam_sharpness``, ``hessian_trace``, ``kernel_condition``,
        ``kernel_effective_rank``, ``kernel_alignment``, ``gradient_confusion`` and ``noise_scale``;
        the medians of the leading eigenvalues; and as ``fit_steps``, for each leading direction,
        the ``steps`` at half of the limit (geometric mean), its ``ci95``, how many seeds have one
        (``n``), and all ``values``.
    """
    arrays = curvature.arrays
    return {
        "sentence": curvature_sentence(curvature),
        "limits": {
            "sgd": curvature.limit().as_document(),
            "momentum": curvature.limit(momentum=MOMENTUM).as_document(),
        },
        "sharpness": summarise(curvature.sharpness),
        "adam_sharpness": summarise(arrays["adam_sharpness"]),
        "hessian_trace": summarise(arrays["hessian_trace"]),
        "hessian_eigenvalues": _medians(arrays["hessian_eigenvalues"]),
        "gauss_newton_eigenvalues": _medians(arrays["gauss_newton_eigenvalues"]),
        "kernel_eigenvalues": _medians(arrays["kernel_eigenvalues"]),
        "kernel_condition": summarise(curvature.condition),
        "kernel_effective_rank": summarise(curvature.effective_rank),
        "kernel_alignment": summarise(arrays["kernel_alignment"]),
        "fit_steps": [_steps_document(steps) for steps in curvature.fit_steps.T],
        "gradient_confusion": summarise(arrays["gradient_confusion"]),
        "noise_scale": summarise(arrays["noise_scale"]),
    }


def curvature_sentence(curvature: SchemeCurvature) -> str:
    """Return a sentence on the largest stable learning rate, and on the time to fit at half of it.

    Examples
    --------
    >>> import textwrap
    >>> values = np.array([[20.0, 10.0, 0.0]])
    >>> arrays = {"hessian_eigenvalues": values, "gauss_newton_eigenvalues": values}
    >>> for part in curvature_sentence(SchemeCurvature(arrays)).split("; "):
    ...     print(textwrap.fill(part, 92))
    SGD is stable up to about 0.1 (1 seed)
    at half of that rate, the error falls by a factor e in 1, 2 and ∞ steps along the leading
    directions
    """
    limit = curvature.limit()
    missing = limit.seeds - limit.defined
    if not limit.defined:
        is_flat = np.isfinite(curvature.sharpness).all()
        why = "zero: no step is too large" if is_flat else "not finite"
        return f"SGD has no predicted limit: the curvature of the loss is {why}"
    count = count_of(limit.defined, "seed")
    over = f"{limit.low:.2g} to {limit.high:.2g} over {count}" if limit.defined > 1 else count
    text = f"SGD is stable up to about {limit.rate:.2g} ({over})"
    if missing:
        text += f"; the curvature is zero or not finite in {missing} of {limit.seeds} seeds"
    steps = listing([_show_steps(each) for each in curvature.fit_steps.T])
    return (
        f"{text}; at half of that rate, the error falls by a factor e in {steps} steps along the"
        " leading directions"
    )


def _show_steps(values: FloatArray) -> str:
    """Return the steps along one direction as text: ``2.4 (1.8 to 3.1)``."""
    mean, low, high = geometric_mean(values)
    if np.isnan(mean):
        return "∞"
    never = int(np.isinf(values).sum())
    shown, *ends = [f"{x:.2g}" if not 99.5 <= x < 1e6 else f"{x:.0f}" for x in (mean, low, high)]
    notes = [] if np.isnan(low) else [" to ".join(ends)]
    notes += [f"∞ in {never} of {len(values)} seeds"] if never else []
    return f"{shown} ({'; '.join(notes)})" if notes else shown


def _steps_document(values: FloatArray) -> dict[str, Any]:
    mean, low, high = geometric_mean(values)
    return {
        "steps": number_or_none(mean),
        "ci95": interval_or_none([number_or_none(low), number_or_none(high)]),
        "n": int(np.isfinite(values).sum()),
        "values": numbers_or_none(values),
    }


def _medians(values: FloatArray) -> list[float | None]:
    """Return the median over seeds of each column."""
    with np.errstate(all="ignore"):
        return numbers_or_none(np.median(values, axis=0))
