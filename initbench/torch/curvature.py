"""Curvature of a module's loss by Hessian–vector products of autograd, as `initbench.curvature`.

The products are exact, in the precision of the module's parameters; eigenvalues, kernel and noise
follow from them by the functions that the NumPy engine uses.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from initbench.arrays import Array, FloatArray
from initbench.curvature.gradients import (
    gradient_confusion,
    kernel_alignment,
    kernel_eigenvalues,
    noise_scale,
)
from initbench.curvature.measuring import EPSILON, KERNEL_SAMPLES, TRACE_VECTORS, evenly_spaced
from initbench.curvature.products import Product
from initbench.curvature.spectrum import LEADING, hutchinson_trace, leading_eigenvalues
from initbench.errors import UsageError
from initbench.seeding import Stream, generator
from initbench.torch.passes import Batch, Loss, call, logits_of, loss_of, moved, seeded

MOST_NUMBERS: Final = 2**27
"""Numbers in the gradients of single samples beyond which kernel and noise are not computed."""


class ModuleCurvature:
    """The derivatives of a module's loss on a batch, for one network.

    Parameters
    ----------
    model : nn.Module
        In training mode; its random numbers are those of one seed, and its buffers may change.
    batch : Batch
    loss : Loss

    Raises
    ------
    UsageError
        The loss depends on no parameter.
    """

    def __init__(self, model: nn.Module, batch: Batch, loss: Loss) -> None:
        self._parameters = [each for each in model.parameters() if each.requires_grad]
        dtype = self._parameters[0].dtype
        with seeded(0), torch.enable_grad():
            output = call(model, moved(batch.inputs, dtype))
            value = loss_of(loss, output, moved(batch.target, dtype))
        self.outputs: torch.Tensor = logits_of(output)
        if not value.requires_grad:
            raise UsageError("the loss depends on no parameter that requires a gradient")
        [self._by_outputs] = torch.autograd.grad(value, [self.outputs], create_graph=True)
        self._gradient = self._flat(value, create_graph=True)
        self.gradient: FloatArray = self._gradient.detach().numpy()[np.newaxis]

    def hessian_product(self, vectors: FloatArray) -> FloatArray:
        """Return the product of the Hessian with one vector ``(1, P)``."""
        along = self._gradient @ self._vector(vectors)
        return _array(
            self._flat(along) if along.requires_grad else torch.zeros_like(self._gradient)
        )

    def gauss_newton_product(self, vectors: FloatArray) -> FloatArray:
        """Return the product of the Gauss–Newton matrix with one vector ``(1, P)``."""
        weights = torch.zeros_like(self.outputs, requires_grad=True)
        back = self._flat(self.outputs, weights, create_graph=True)
        [change] = torch.autograd.grad(back, [weights], self._vector(vectors))
        if not self._by_outputs.requires_grad:  # the loss is linear in the outputs
            return np.zeros_like(vectors)
        [curved] = torch.autograd.grad(
            self._by_outputs, [self.outputs], change, retain_graph=True, materialize_grads=True
        )
        return _array(self._flat(self.outputs, curved))

    def sample_gradients(self) -> FloatArray:
        """Return the gradient of each sample's loss, ``(B, P)``."""
        size = len(self.outputs)
        rows = []
        for sample in range(size):
            weights = torch.zeros_like(self.outputs)
            weights[sample] = size * self._by_outputs[sample].detach()
            rows.append(self._flat(self.outputs, weights))
        return np.asarray(torch.stack(rows).numpy())

    def output_gradients(self, samples: Array) -> Iterator[FloatArray]:
        """Yield, for each output, its gradients at some samples, ``(n, P)``."""
        flat = self.outputs.reshape(len(self.outputs), -1)
        for output in range(flat.shape[1]):
            rows = [self._flat(flat[sample, output]) for sample in samples]
            yield torch.stack(rows).numpy()

    def _flat(
        self,
        value: torch.Tensor,
        weights: torch.Tensor | None = None,
        *,
        create_graph: bool = False,
    ) -> torch.Tensor:
        """Return the gradient of a value, or of outputs weighted, by all parameters, ``(P,)``."""
        parts = torch.autograd.grad(
            value,
            self._parameters,
            weights,
            retain_graph=True,
            create_graph=create_graph,
            materialize_grads=True,
        )
        return torch.cat([each.reshape(-1) for each in parts])

    def _vector(self, vectors: FloatArray) -> torch.Tensor:
        return torch.from_numpy(np.array(vectors[0])).to(self._gradient.dtype)


def curvature_of(model: nn.Module, batch: Batch, loss: Loss) -> dict[str, Array]:
    """Return the names of `results.curvature.NAMES` for one network.

    Kernel, confusion and noise are NaN with batch normalization, where samples have no gradients of
    their own, and where the gradients of single samples have more than `MOST_NUMBERS` numbers.
    """
    module = ModuleCurvature(model, batch, loss)
    size, samples = module.gradient.shape[1], len(module.outputs)
    start = generator(0, Stream.PROBE).standard_normal((1, size))
    signs = 2.0 * generator(0, Stream.PROBE, 1).integers(0, 2, (TRACE_VECTORS, 1, size)) - 1.0
    roots = 1.0 / np.sqrt(np.abs(module.gradient) + EPSILON)

    def scaled(vectors: FloatArray) -> FloatArray:
        return np.asarray(roots * module.hessian_product(roots * vectors))

    def leading(product: Product, count: int) -> FloatArray:
        return np.asarray(leading_eigenvalues(product, start, count=count)[0])

    chosen = evenly_spaced(samples, KERNEL_SAMPLES)
    found: dict[str, Array] = {
        "hessian_eigenvalues": leading(module.hessian_product, LEADING),
        "gauss_newton_eigenvalues": leading(module.gauss_newton_product, LEADING),
        "adam_sharpness": leading(scaled, 1)[0],
        "hessian_trace": hutchinson_trace(module.hessian_product, list(signs))[0],
        "kernel_eigenvalues": np.full(len(chosen), np.nan),
        **dict.fromkeys(
            ("kernel_alignment", "gradient_confusion", "noise_scale"), np.array(np.nan)
        ),
    }
    # PyTorch has no public name for all normalizations of batches.
    mixes = any(isinstance(each, nn.modules.batchnorm._BatchNorm) for each in model.modules())
    if mixes or size * samples > MOST_NUMBERS:
        return found
    kernel = np.zeros((1, len(chosen), len(chosen)))
    for gradients in module.output_gradients(chosen):
        kernel[0] += gradients @ gradients.T
    each = module.sample_gradients()
    products = (each @ each.T)[np.newaxis]
    with np.errstate(all="ignore"):
        targets = _targets(batch.target, chosen)
        return found | {
            "kernel_eigenvalues": kernel_eigenvalues(kernel, module.gradient.dtype)[0],
            "kernel_alignment": kernel_alignment(kernel, targets)[0]
            if targets is not None
            else np.array(np.nan),
            "gradient_confusion": gradient_confusion(products)[0],
            "noise_scale": noise_scale(products)[0],
        }


def _targets(target: Any, chosen: Array) -> FloatArray | None:
    """Return targets of some samples as numbers ``(n, K)``, classes one-hot; None without any."""
    if not isinstance(target, torch.Tensor):
        return None
    target = target.detach()
    if not target.is_floating_point() and target.ndim == 1:
        target = F.one_hot(target.long())
    return np.asarray(target.reshape(len(target), -1).double().numpy()[chosen])


def _array(vector: torch.Tensor) -> FloatArray:
    return np.asarray(vector.detach().numpy()[np.newaxis])
