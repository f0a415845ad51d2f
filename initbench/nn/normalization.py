r"""Normalization of preactivations, over a layer's units or over a batch, with a gain and a shift.

.. math::
    \hat z = \frac{z - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad y = \gamma \hat z + \beta

Means are products with a vector of equal weights: faster than a sum and, like every product here,
equal for a run alone and in a stack.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.architecture import Normalization
from initbench.nn.layers import Call, Planned, Workspace

EPSILON = 1e-5
MOMENTUM = 0.1
"""Weight of the newest batch in the running statistics. Both values are PyTorch's defaults."""


class Normalize:
    """Normalization of a layer's preactivations.

    Parameters
    ----------
    units : int
    kind : {"layer", "batch"}
        Over the units of a sample, or over the samples of a batch; the latter uses the statistics
        of the batch in training and running statistics in evaluation.
    index : int
        Index of the layer.

    References
    ----------
    Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450 (2016), eq. 4. Ioffe, Szegedy, "Batch
    normalization", ICML 2015, algorithm 1.
    """

    def __init__(
        self, units: int, kind: Normalization, workspace: Workspace, *, index: int
    ) -> None:
        self.shapes: list[tuple[int, ...]] = [(2, units)]
        self.is_batch: bool = kind == "batch"
        self._name, self._workspace = f"normalized {index}", workspace
        self._units = units

    def bind(self, parameters: Sequence[FloatArray], gradients: Sequence[FloatArray]) -> None:
        [both], [self._gradients] = parameters, gradients
        self.gain: FloatArray = both[:, 0, :, np.newaxis]
        self.shift: FloatArray = both[:, 1, :, np.newaxis]

    def bind_statistics(self, statistics: FloatArray) -> None:
        """Keep a view ``(R, 2, units)`` of the running means and variances."""
        self.running_mean: FloatArray = statistics[:, 0, :, np.newaxis]
        self.running_variance: FloatArray = statistics[:, 1, :, np.newaxis]

    def forward(self, signal: FloatArray, *, training: bool) -> Planned:
        z, batch = signal[:, :-1], signal.shape[-1]
        made = self._workspace.array(f"{self._name} out", self._units + 1, batch)
        self._hat = self._workspace.array(self._name, self._units, batch)
        self._scale, mean = self._statistic("scale", batch), self._statistic("mean", batch)
        if self.is_batch and not training:
            calls: list[Call] = [partial(np.subtract, z, self.running_mean, out=self._hat)]
            variance = self.running_variance
        else:
            variance = self._statistic("variance", batch)
            squares = self._workspace.array("squares", self._units, batch)
            calls = [
                self._average(z, mean),
                partial(np.subtract, z, mean, out=self._hat),
                partial(np.square, self._hat, out=squares),
                self._average(squares, variance),
                *(self._remember(mean, variance, batch) if self.is_batch else ()),
            ]
        out = made[:, :-1]
        return made, [
            *calls,
            partial(np.add, variance, self._scale.dtype.type(EPSILON), out=self._scale),
            partial(np.sqrt, self._scale, out=self._scale),
            partial(np.reciprocal, self._scale, out=self._scale),
            partial(np.multiply, self._hat, self._scale, out=self._hat),
            partial(np.multiply, self._hat, self.gain, out=out),
            partial(np.add, out, self.shift, out=out),
        ]

    def backward(self, delta: FloatArray) -> Planned:
        delta_y, batch = delta[:, :-1], delta.shape[-1]
        ones = np.ones((batch, 1), delta.dtype)
        product = self._workspace.array("squares", self._units, batch)
        mean = self._statistic("mean", batch)
        return delta, [
            partial(np.multiply, delta_y, self._hat, out=product),
            partial(np.matmul, product, ones, out=self._gradients[:, 0, :, np.newaxis]),
            partial(np.matmul, delta_y, ones, out=self._gradients[:, 1, :, np.newaxis]),
            partial(np.multiply, delta_y, self.gain, out=delta_y),
            partial(np.multiply, delta_y, self._hat, out=product),
            self._average(product, mean),
            partial(np.multiply, self._hat, mean, out=product),
            self._average(delta_y, mean),
            partial(np.subtract, delta_y, mean, out=delta_y),
            partial(np.subtract, delta_y, product, out=delta_y),
            partial(np.multiply, delta_y, self._scale, out=delta_y),
        ]

    def _statistic(self, name: str, batch: int) -> FloatArray:
        """Return a buffer ``(R, units, 1)`` for batches, ``(R, 1, B)`` for layers."""
        shape = (self._units, 1) if self.is_batch else (1, batch)
        return self._workspace.array(f"{self._name} {name}", *shape)

    def _average(self, values: FloatArray, out: FloatArray) -> Call:
        """Plan the means of ``(R, units, B)`` over samples (batch) or over units (layer)."""
        _, units, batch = values.shape
        if self.is_batch:
            weights = np.full((batch, 1), 1.0 / batch, values.dtype)
            return partial(np.matmul, values, weights, out=out)
        return partial(np.matmul, np.full((1, units), 1.0 / units, values.dtype), values, out=out)

    def _remember(self, mean: FloatArray, variance: FloatArray, batch: int) -> list[Call]:
        """Plan the update of the running statistics, with the unbiased variance of the batch."""
        newest = self._statistic("newest", batch)
        unbiased = batch / max(batch - 1, 1)
        return [
            call
            for running, of_batch, share in (
                (self.running_mean, mean, MOMENTUM),
                (self.running_variance, variance, MOMENTUM * unbiased),
            )
            for call in (
                partial(np.multiply, of_batch, share, out=newest),
                partial(np.multiply, running, 1.0 - MOMENTUM, out=running),
                partial(np.add, running, newest, out=running),
            )
        ]
