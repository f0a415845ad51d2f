r"""Curvature of untrained networks, and the learning rates that it predicts.

Gradient descent on a quadratic diverges along an eigenvector of its Hessian whose eigenvalue is
above :math:`2 / \eta`; with momentum :math:`\mu`, above :math:`2 (1 + \mu) / \eta`, and with
Nesterov's, above that over :math:`1 + 2 \mu`. In a network
that holds where the quadratic approximation at initialization does: `docs/curvature.md` compares it
with training.

References
----------
Cohen, Kaur, Li, Kolter, Talwalkar, "Gradient descent on neural networks typically occurs at the
edge of stability", ICLR 2021, section 2 and appendix B, for these limits. Cohen et al., "Adaptive
gradient methods at the edge of stability", arXiv:2207.14484 (2022), for the matrix of Adam, whose
largest eigenvalue training brings to 38 / η: that is no limit at initialization, where one gradient
decides what the matrix is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.stats.intervals import mean_intervals
from initbench.stats.summaries import number_or_none, numbers_or_none, summarise

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

        At half of the limit, a rate of 1 / λ₁, and to first order in the network's linearization:
        λ₁ / λᵢ, with λ₁ of the Hessian and λᵢ of the Gauss–Newton matrix.
        """
        with np.errstate(all="ignore"):
            return self.sharpness[:, np.newaxis] / self.arrays["gauss_newton_eigenvalues"]


def stability_factor(optimizer: str, options: Mapping[str, Any]) -> float | None:
    """Return the largest stable learning rate times the sharpness of a quadratic; None if unknown.

    `options`: with ``momentum``, if the optimizer has it.

    Examples
    --------
    >>> stability_factor("sgd", {}), stability_factor("momentum", {"momentum": 0.5})
    (2.0, 3.0)
    """
    momentum = float(options.get("momentum", 0.0))
    if optimizer in {"sgd", "momentum"}:
        return 2.0 * (1.0 + momentum)
    return 2.0 * (1.0 + momentum) / (1.0 + 2.0 * momentum) if optimizer == "nesterov" else None


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
        logs = np.log(values[np.isfinite(values)])
        ends = np.exp(mean_intervals(logs[np.newaxis])[0]) if len(logs) > 1 else (np.nan, np.nan)
    rate = float(f"{np.exp(logs.mean()):.15g}") if len(logs) else np.nan
    return Limit(rate, float(ends[0]), float(ends[1]), len(logs), len(values), values)


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
        and the medians of the leading eigenvalues and of ``fit_steps``.
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
        "fit_steps": _medians(curvature.fit_steps),
        "gradient_confusion": summarise(arrays["gradient_confusion"]),
        "noise_scale": summarise(arrays["noise_scale"]),
    }


def curvature_sentence(curvature: SchemeCurvature) -> str:
    """Return a sentence on the largest stable learning rate of gradient descent.

    Examples
    --------
    >>> values = np.array([[20.0, 1.0, 0.1], [40.0, 1.0, 0.1]])
    >>> curvature_sentence(SchemeCurvature({"hessian_eigenvalues": values}))
    'SGD is stable up to about 0.071 (0.00086 to 5.8 over 2 seeds)'
    """
    limit = curvature.limit()
    missing = limit.seeds - limit.defined
    if not limit.defined:
        is_flat = np.isfinite(curvature.sharpness).all()
        why = "zero: no step is too large" if is_flat else "not finite"
        return f"SGD has no predicted limit: the curvature of the loss is {why}"
    count = f"{limit.defined} seed{'s' if limit.defined > 1 else ''}"
    over = f"{limit.low:.2g} to {limit.high:.2g} over {count}" if limit.defined > 1 else count
    text = f"SGD is stable up to about {limit.rate:.2g} ({over})"
    if missing:
        text += f"; the curvature is zero or not finite in {missing} of {limit.seeds} seeds"
    return text


def _medians(values: FloatArray) -> list[float | None]:
    """Return the median over seeds of each column."""
    with np.errstate(all="ignore"):
        return numbers_or_none(np.median(values, axis=0))
