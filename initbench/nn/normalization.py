r"""Normalization of preactivations, over a layer's units or over a batch, with a gain and a shift.

.. math::
    \hat z = \frac{z - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad y = \gamma \hat z + \beta

Means are products with a vector of equal weights: faster than a sum, and, as products are, the
same for a run alone and in a stack.
"""

from collections.abc import Sequence

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.architecture import Normalization
from initbench.nn.workspace import Workspace

EPSILON = 1e-5
MOMENTUM = 0.1
"""Share of the newest batch in the running statistics. Both are PyTorch's and Ioffe & Szegedy's."""


class Normalize:
    """Normalization of a layer's preactivations.

    Parameters
    ----------
    units : int
    kind : {"layer", "batch"}
        Over the units of a sample, or over the samples of a batch; the latter takes the batch's own
        statistics in training and running ones in evaluation.
    index : int
        Of the layer.

    References
    ----------
    Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450 (2016), eq. 4. Ioffe, Szegedy, "Batch
    normalization", ICML 2015, algorithm 1.
    """

    def __init__(
        self, units: int, kind: Normalization, workspace: Workspace, *, index: int
    ) -> None:
        self.shapes = [(2, units)]
        self.is_batch = kind == "batch"
        self._name, self._workspace = f"normalized {index}", workspace
        self._units = units

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        [both], [self._gradients] = parameters, gradients
        self.gain, self.shift = both[:, 0, :, np.newaxis], both[:, 1, :, np.newaxis]

    def bind_statistics(self, statistics: FloatArray) -> None:
        """Take a view ``(R, 2, units)`` of the running means and variances."""
        self.running_mean = statistics[:, 0, :, np.newaxis]
        self.running_variance = statistics[:, 1, :, np.newaxis]

    def forward(self, signal: FloatArray, *, training: bool) -> FloatArray:
        z, batch = signal[:, :-1], signal.shape[-1]
        made = self._workspace.array(f"{self._name} out", self._units + 1, batch)
        hat = self._workspace.array(self._name, self._units, batch)
        if self.is_batch and not training:
            np.subtract(z, self.running_mean, out=hat)
            variance = self.running_variance
        else:
            mean = self._mean(z)
            np.subtract(z, mean, out=hat)
            variance = self._mean(hat * hat)
            if self.is_batch:
                self._remember(mean, variance, batch)
        self._scale = 1.0 / np.sqrt(variance + EPSILON)
        np.multiply(hat, self._scale, out=hat)
        np.multiply(hat, self.gain, out=made[:, :-1])
        np.add(made[:, :-1], self.shift, out=made[:, :-1])
        self._hat = hat
        return made

    def backward(self, delta: FloatArray) -> FloatArray:
        delta_y = delta[:, :-1]
        ones = np.ones((delta.shape[-1], 1), delta.dtype)
        product = np.multiply(delta_y, self._hat)
        np.matmul(product, ones, out=self._gradients[:, 0, :, np.newaxis])
        np.matmul(delta_y, ones, out=self._gradients[:, 1, :, np.newaxis])
        np.multiply(delta_y, self.gain, out=delta_y)
        np.multiply(delta_y, self._hat, out=product)
        np.subtract(delta_y, self._mean(delta_y), out=delta_y)
        np.subtract(delta_y, self._hat * self._mean(product), out=delta_y)
        np.multiply(delta_y, self._scale, out=delta_y)
        return delta

    def _mean(self, values: FloatArray) -> FloatArray:
        """Return means over samples, ``(R, units, 1)``, or over units, ``(R, 1, B)``."""
        _, units, batch = values.shape
        if self.is_batch:
            means: FloatArray = np.matmul(values, np.full((batch, 1), 1.0 / batch, values.dtype))
        else:
            means = np.matmul(np.full((1, units), 1.0 / units, values.dtype), values)
        return means

    def _remember(self, mean: FloatArray, variance: FloatArray, batch: int) -> None:
        """Move the running statistics towards a batch's; the variance is that of a sample."""
        unbiased = variance * (batch / max(batch - 1, 1))
        for running, newest in ((self.running_mean, mean), (self.running_variance, unbiased)):
            np.multiply(running, 1.0 - MOMENTUM, out=running)
            np.add(running, MOMENTUM * newest, out=running)
