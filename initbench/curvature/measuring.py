"""Curvature of the loss of a stack of untrained networks: all that a probe records of it."""

from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, BoolArray, FloatArray
from initbench.curvature.gradients import (
    gradient_confusion,
    kernel_alignment,
    noise_scale,
    tangent_kernel,
)
from initbench.curvature.products import Linearization
from initbench.curvature.spectrum import hutchinson_trace, leading_eigenvalues
from initbench.nn import StackedMLP
from initbench.results.curvature import LEADING
from initbench.seeding import Stream, generator
from initbench.training.evaluation import Part, Task
from initbench.training.layer_statistics import PROBED

KERNEL_SAMPLES: Final = 64
"""Samples of the neural tangent kernel, at most."""

TRACE_VECTORS: Final = 2

FAR: Final = 1e20
"""Sharpness, or its inverse, from which on single precision may overflow or underflow."""

EPSILON: Final = 1e-8
"""Of Adam, which is added to the magnitude of the gradient."""

STACK_BYTES: Final = 2**28
"""Approximate memory of the vectors of the networks that are measured at once."""

_VECTORS: Final = 24
"""Of the size of the parameters that are held for each network."""


def measure_curvature(network: StackedMLP, task: Task) -> dict[str, Array]:
    """Return the names of `results.curvature.NAMES`, each with a first axis of runs.

    The loss is that of `probed_part`. Batch normalization uses the moments of these samples.

    Parameters
    ----------
    network : StackedMLP
        In float64.
    task : Task
    """
    part = probed_part(task.parts["train"], PROBED)
    signals = 10 * PROBED * sum(network.architecture.sizes)
    each = 8 * (_VECTORS * network.parameters.shape[1] + signals)
    at_once = max(1, STACK_BYTES // each)
    pieces = []
    with np.errstate(all="ignore"):  # what is not finite is a finding
        for start in range(0, network.runs, at_once):
            stack = network.take(np.arange(start, min(start + at_once, network.runs)))
            pieces.append(_spectra(stack, part, task) | _gradients(stack, part, task))
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def sharpness_of(network: StackedMLP, task: Task, factors: FloatArray | None = None) -> FloatArray:
    """Return the largest eigenvalue of each run's Hessian, ``(R,)``, on the probed samples.

    Parameters
    ----------
    network : StackedMLP
    task : Task
    factors : ndarray of shape (R, P), optional
        On the learning rate of each parameter; steps are then those of gradient descent on
        parameters divided by the roots of the factors.
    """
    part = probed_part(task.parts["train"], PROBED)
    roots = np.ones(1) if factors is None else np.sqrt(factors)
    with np.errstate(all="ignore"):
        linear = Linearization(network, part.inputs, part.targets, task.loss)
        return leading_eigenvalues(
            lambda vectors: roots * linear.hessian_product(roots * vectors),
            _start(linear.gradient),
            count=1,
        )[:, 0]


def probed_part(part: Part, count: int) -> Part:
    """Return this many samples at most, evenly spaced, since those of a class may be in a row."""
    total = len(part.inputs)
    rows = np.linspace(0, total - 1, min(count, total)).round().astype(int)
    return Part(part.inputs[rows], part.y[rows], part.targets[rows])


def _spectra(network: StackedMLP, part: Part, task: Task) -> dict[str, Array]:
    """Measure in single precision, and in double what single precision cannot hold."""
    found = _spectra_in(network, part, task, np.float32)
    sharpness = np.abs(found["hessian_eigenvalues"][:, 0])
    lost: BoolArray = np.asarray(~((sharpness > 1.0 / FAR) & (sharpness < FAR)))
    for values in found.values():
        lost |= ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    if lost.any():
        again = _spectra_in(network.take(lost), part, task, np.float64)
        for name, values in again.items():
            found[name][lost] = values
    return found


def _spectra_in(
    network: StackedMLP, part: Part, task: Task, dtype: DTypeLike
) -> dict[str, FloatArray]:
    stack = network.take(np.arange(network.runs), dtype)
    linear = Linearization(stack, part.inputs.astype(dtype), part.targets.astype(dtype), task.loss)
    start = _start(linear.gradient)
    roots = 1.0 / np.sqrt(np.abs(linear.gradient) + linear.gradient.dtype.type(EPSILON))
    return {
        "hessian_eigenvalues": leading_eigenvalues(linear.hessian_product, start, count=LEADING),
        "gauss_newton_eigenvalues": leading_eigenvalues(
            linear.gauss_newton_product, start, count=LEADING
        ),
        "adam_sharpness": leading_eigenvalues(
            lambda vectors: roots * linear.hessian_product(roots * vectors), start, count=1
        )[:, 0],
        "hessian_trace": hutchinson_trace(linear.hessian_product, _signs(stack)),
    }


def _gradients(network: StackedMLP, part: Part, task: Task) -> dict[str, Array]:
    few = probed_part(part, KERNEL_SAMPLES)
    if network.architecture.normalization == "batch":
        nothing = np.full(network.runs, np.nan)
        eigenvalues = np.full((network.runs, len(few.inputs)), np.nan)
        names = ("kernel_alignment", "gradient_confusion", "noise_scale")
        return {"kernel_eigenvalues": eigenvalues, **dict.fromkeys(names, nothing)}
    linear = Linearization(network, part.inputs, part.targets, task.loss)
    products = linear.gradient_products()
    kernel = tangent_kernel(Linearization(network, few.inputs, few.targets, task.loss))
    is_finite: BoolArray = np.asarray(np.isfinite(kernel).all(axis=(1, 2), keepdims=True))
    eigenvalues = np.linalg.eigvalsh(np.where(is_finite, kernel, 0.0))[:, ::-1]
    return {
        "kernel_eigenvalues": np.where(is_finite[:, 0], np.maximum(eigenvalues, 0.0), np.nan),
        "kernel_alignment": kernel_alignment(kernel, few.targets),
        "gradient_confusion": gradient_confusion(products),
        "noise_scale": noise_scale(products),
    }


def _start(gradient: FloatArray) -> FloatArray:
    """Return vectors ``(R, P)`` to begin with: half the gradient, which lies in steep directions.

    The other half is random, the same for all networks of this size.
    """
    drawn = generator(0, Stream.PROBE).standard_normal((gradient.shape[1],))
    vector = drawn.astype(gradient.dtype)
    lengths = np.sqrt(np.matmul(gradient[:, np.newaxis], gradient[..., np.newaxis])[:, 0])
    unit = np.divide(gradient, lengths, out=np.zeros_like(gradient), where=lengths > 0.0)
    return np.asarray(unit + vector / np.linalg.norm(vector))


def _signs(network: StackedMLP) -> list[FloatArray]:
    """Return arrays of random signs ``(R, P)``, the same for all networks of this size."""
    shape = network.parameters.shape
    signs = generator(0, Stream.PROBE, 1).integers(0, 2, (TRACE_VECTORS, shape[1]))
    return [np.broadcast_to(each, shape) for each in (2 * signs - 1).astype(network.dtype)]
