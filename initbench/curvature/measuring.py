"""Curvature of the loss of a stack of networks: what a probe records, and the sharpness alone."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import Array, BoolArray, FloatArray, IntArray
from initbench.curvature.gradients import (
    gradient_confusion,
    kernel_alignment,
    kernel_eigenvalues,
    noise_scale,
    tangent_kernel,
)
from initbench.curvature.products import Linearization
from initbench.curvature.spectrum import LEADING, hutchinson_trace, leading_eigenvalues
from initbench.nn import StackedMLP
from initbench.nn.losses import BoundLoss
from initbench.seeding import Stream, generator

SAMPLES: Final = 128
"""Samples on which the loss is measured, at most."""

KERNEL_SAMPLES: Final = 64
"""Samples of the neural tangent kernel, at most."""

TRACE_VECTORS: Final = 2

FAR: Final = 1e20
"""Sharpness, or its inverse, from which on single precision may overflow or underflow."""

EPSILON: Final = 1e-8
"""Of Adam, which is added to the magnitude of the gradient."""

STACK_BYTES: Final = 2**26
"""Approximate memory of the vectors and signals of networks that are measured at once: those of
more do not stay in the cache, and all of them wait for the one that needs most steps."""

_VECTORS: Final = 24
"""Of the size of the parameters that are held for each network."""


def measure_curvature(
    network: StackedMLP, inputs: FloatArray, targets: FloatArray, loss: BoundLoss
) -> dict[str, Array]:
    """Return the names of `results.curvature.NAMES`, each with a first axis of runs.

    The loss is the mean over at most `SAMPLES` of the samples, evenly spaced. Batch normalization
    uses the moments of these samples.

    `network`: in float64.
    `inputs`: shape (B, D + 1); from `with_ones`.
    `targets`: shape (B, K).
    """
    rows = evenly_spaced(len(inputs), SAMPLES)
    data = inputs[rows], targets[rows]
    with np.errstate(all="ignore"):  # what is not finite is a finding
        pieces = [
            _spectra(stack, *data, loss) | _gradients(stack, *data, loss)
            for _, stack in _stacks(network)
        ]
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def sharpness_of(
    network: StackedMLP,
    inputs: FloatArray,
    targets: FloatArray,
    loss: BoundLoss,
    factors: FloatArray | None = None,
) -> FloatArray:
    """Return the largest eigenvalue of each run's Hessian, ``(R,)``.

    The loss is that of `measure_curvature`.

    `inputs`: shape (B, D + 1).
    `targets`: shape (B, K).
    `factors`: shape (R, P); on the learning rate of each parameter; steps are then those of
    gradient descent on parameters divided by the roots of the factors.
    """
    rows = evenly_spaced(len(inputs), SAMPLES)
    found = np.empty(network.runs)
    with np.errstate(all="ignore"):
        for runs, stack in _stacks(network):
            linear = Linearization(stack, inputs[rows], targets[rows], loss)
            roots = np.ones(1, stack.dtype) if factors is None else np.sqrt(factors[runs])

            def product(
                vectors: FloatArray, linear: Linearization = linear, roots: FloatArray = roots
            ) -> FloatArray:
                return np.asarray(roots * linear.hessian_product(roots * vectors))

            found[runs] = leading_eigenvalues(product, _start(linear.gradient), count=1)[:, 0]
    return found


def evenly_spaced(total: int, count: int) -> IntArray:
    """Return this many of all places at most, evenly spaced.

    Samples are taken so because those of a class may stand in a row.
    """
    return np.linspace(0, total - 1, min(count, total)).round().astype(np.int64)


def _stacks(network: StackedMLP) -> Iterator[tuple[IntArray, StackedMLP]]:
    """Yield the runs and the networks that are measured together."""
    signals = 10 * SAMPLES * sum(network.architecture.sizes)
    each = 8 * (_VECTORS * network.parameters.shape[1] + signals)
    at_once = max(1, STACK_BYTES // each)
    for start in range(0, network.runs, at_once):
        runs = np.arange(start, min(start + at_once, network.runs))
        yield runs, network.take(runs)


def _spectra(
    network: StackedMLP, inputs: FloatArray, targets: FloatArray, loss: BoundLoss
) -> dict[str, Array]:
    """Measure in single precision, and in double what single precision cannot hold."""
    found = _spectra_in(network, inputs, targets, loss, np.float32)
    sharpness = np.abs(found["hessian_eigenvalues"][:, 0])
    lost: BoolArray = np.asarray(~((sharpness > 1.0 / FAR) & (sharpness < FAR)))
    for values in found.values():
        lost |= ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    if lost.any():
        again = _spectra_in(network.take(lost), inputs, targets, loss, np.float64)
        for name, values in again.items():
            found[name][lost] = values
    return found


def _spectra_in(
    network: StackedMLP,
    inputs: FloatArray,
    targets: FloatArray,
    loss: BoundLoss,
    dtype: DTypeLike,
) -> dict[str, FloatArray]:
    stack = network.take(np.arange(network.runs), dtype)
    linear = Linearization(stack, inputs.astype(dtype), targets.astype(dtype), loss)
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


def _gradients(
    network: StackedMLP, inputs: FloatArray, targets: FloatArray, loss: BoundLoss
) -> dict[str, Array]:
    few = evenly_spaced(len(inputs), KERNEL_SAMPLES)
    if network.architecture.normalization == "batch":
        nothing = np.full(network.runs, np.nan)
        names = ("kernel_alignment", "gradient_confusion", "noise_scale")
        return {
            "kernel_eigenvalues": np.full((network.runs, len(few)), np.nan),
            **dict.fromkeys(names, nothing),
        }
    products = Linearization(network, inputs, targets, loss).gradient_products()
    kernel = tangent_kernel(Linearization(network, inputs[few], targets[few], loss))
    return {
        "kernel_eigenvalues": kernel_eigenvalues(kernel, network.dtype),
        "kernel_alignment": kernel_alignment(kernel, targets[few]),
        "gradient_confusion": gradient_confusion(products),
        "noise_scale": noise_scale(products),
    }


def _start(gradient: FloatArray) -> FloatArray:
    """Return vectors ``(R, P)`` to begin with: half the gradient, which lies in steep directions.

    The other half is random, the same for all networks of this size.
    """
    drawn = generator(0, Stream.PROBE).standard_normal(gradient.shape[1])
    vector = np.asarray(drawn, gradient.dtype)
    lengths = np.sqrt(np.matmul(gradient[:, np.newaxis], gradient[..., np.newaxis])[:, 0])
    unit = np.divide(gradient, lengths, out=np.zeros_like(gradient), where=lengths > 0.0)
    return np.asarray(unit + vector / np.linalg.norm(vector))


def _signs(network: StackedMLP) -> list[FloatArray]:
    """Return arrays of random signs ``(R, P)``, the same for all networks of this size."""
    shape = network.parameters.shape
    signs = generator(0, Stream.PROBE, 1).integers(0, 2, (TRACE_VECTORS, shape[1]))
    return [np.broadcast_to(each, shape) for each in (2 * signs - 1).astype(network.dtype)]
