r"""Neural tangent kernels and the differences of the gradients of samples, for a stack.

All are inner products of gradients, which `Linearization.gradient_products` computes without the
gradients themselves. With batch normalization a sample has no gradient of its own, so nothing here
is defined.
"""

from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import BoolArray, FloatArray
from initbench.curvature.products import Linearization
from initbench.curvature.spectrum import ROUNDING

BATCH: Final = 16
"""Samples of each batch whose gradients are compared."""


def tangent_kernel(linear: Linearization) -> FloatArray:
    r"""Return the empirical neural tangent kernel, summed over outputs, ``(R, B, B)``.

    :math:`\Theta(x, x') = \sum_k \nabla f_k(x) \cdot \nabla f_k(x')`, with the gradients by all
    parameters (Jacot, Gabriel, Hongler, "Neural tangent kernel: convergence and generalization in
    neural networks", NeurIPS 2018, section 4).
    """
    runs, outputs, batch = linear.outputs.shape
    kernel = np.zeros((runs, batch, batch), linear.outputs.dtype)
    for output in range(outputs):
        deltas = np.zeros_like(linear.outputs)
        deltas[:, output] = 1.0
        kernel += linear.gradient_products(deltas)
    return kernel


def kernel_eigenvalues(kernel: FloatArray, dtype: DTypeLike) -> FloatArray:
    """Return the eigenvalues of kernels in descending order, ``(R, B)``; NaN of one not finite.

    A kernel has no negative eigenvalue. What is below `spectrum.ROUNDING` machine epsilons of the
    largest is 0.

    `kernel`: shape (R, B, B).
    `dtype`: precision of the gradients.
    """
    is_finite: BoolArray = np.asarray(np.isfinite(kernel).all(axis=(1, 2)))
    kernel = np.where(is_finite[:, np.newaxis, np.newaxis], kernel, 0.0)
    values = np.linalg.eigvalsh(kernel)[:, ::-1]
    is_zero = values <= ROUNDING * np.finfo(dtype).eps * values[:, :1]
    return np.where(is_finite[:, np.newaxis], np.where(is_zero, 0.0, values), np.nan)


def kernel_alignment(kernel: FloatArray, targets: FloatArray) -> FloatArray:
    r"""Return the alignment of kernels with targets, ``(R,)``, at most 1.

    It is the cosine :math:`\langle K, Y Y^T \rangle / (\lVert K \rVert \lVert Y Y^T \rVert)`
    between the kernel and the products of the targets, both centred, as matrices (Cortes, Mohri,
    Rostamizadeh, "Algorithms for learning kernels based on centered alignment", JMLR 13, 2012,
    definition 4). NaN if all targets are equal.

    `kernel`: shape (R, B, B).
    `targets`: shape (B, K).
    """
    centred = targets - targets.mean(axis=0)
    ideal = centred @ centred.T
    kernel = kernel - kernel.mean(axis=1, keepdims=True)
    kernel = kernel - kernel.mean(axis=2, keepdims=True)
    products = (kernel * ideal).sum(axis=(1, 2))
    norms = np.sqrt(np.square(kernel).sum(axis=(1, 2)) * np.square(ideal).sum())
    return np.asarray(products / norms)


def gradient_confusion(products: FloatArray) -> FloatArray:
    """Return the smallest cosine between the gradients of two batches of `BATCH` samples, ``(R,)``.

    Batches share no samples, and each takes its own from all over the order.

    Far below zero, steps on one batch undo those on another (Sankararaman, De, Xu, Huang,
    Goldstein, "The impact of neural network overparameterization on gradient confusion and
    stochastic gradient descent", ICML 2020, definition 2.1 and section 6). NaN with fewer than two
    batches.

    `products`: shape (R, B, B); of the gradients of all pairs of samples.
    """
    runs, samples, _ = products.shape
    batches = samples // BATCH
    if batches < 2:
        return np.full(runs, np.nan)
    kept = products[:, : batches * BATCH, : batches * BATCH]
    sums = kept.reshape(runs, BATCH, batches, BATCH, batches).sum(axis=(1, 3))
    lengths = np.sqrt(np.diagonal(sums, axis1=1, axis2=2))
    cosines = sums / (lengths[:, :, np.newaxis] * lengths[:, np.newaxis])
    pairs = np.triu_indices(batches, k=1)
    return np.asarray(cosines[:, pairs[0], pairs[1]].min(axis=1))


def noise_scale(products: FloatArray) -> FloatArray:
    r"""Return the gradient noise scale tr(Σ) / ‖G‖², ``(R,)``, a number of samples.

    About the batch size from which on larger batches help little. Both terms are estimated without
    bias from batches of one sample and of all (McCandlish, Kaplan, Amodei, "An empirical model of
    large-batch training", arXiv:1812.06162, eq. 2.9 and appendix A.1). Infinite where the noise
    hides the gradient; NaN of a single sample.

    `products`: shape (R, B, B); of the gradients of all pairs of samples.
    """
    samples = products.shape[1]
    if samples < 2:
        return np.full(len(products), np.nan)
    each = np.trace(products, axis1=1, axis2=2) / samples
    whole = products.sum(axis=(1, 2)) / samples**2
    squared = (samples * whole - each) / (samples - 1)
    noise = (each - whole) / (1.0 - 1.0 / samples)
    with np.errstate(all="ignore"):
        return np.where(squared > 0.0, noise / squared, np.where(each > 0.0, np.inf, np.nan))
