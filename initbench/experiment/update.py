"""Updates: an optimizer with the state, the schedule and the hyper-parameters of one stack.

A hyper-parameter that all runs share is a number, otherwise a column; either way a run moves the
same to the last bit. The flat arrays are worked on in blocks of columns that fit in the cache, so
that a rule of ten passes reads memory once.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np

from initbench.arrays import BoolArray, FloatArray
from initbench.nn import OPTIMIZERS, StackedMLP
from initbench.nn.optimizers import clip_by_norm

BLOCK_BYTES: Final = 2**17
"""Of each of the arrays that a rule passes over at a time."""

CLIP: Final = "clip_norm"

Value: TypeAlias = float | FloatArray


class Update:
    """What moves the parameters of a stack.

    Parameters
    ----------
    network : StackedMLP
    optimizer : str
    hyperparameters : mapping of str to ndarray of shape (R,)
        The rule's, and ``clip_norm``, the largest norm of a run's gradient, if it is limited.
    schedule : ndarray of shape (T,)
        The factor on the learning rate in each step.
    layer_factors : ndarray of shape (R, L), optional
        A further factor for each layer.
    """

    def __init__(
        self,
        network: StackedMLP,
        optimizer: str,
        hyperparameters: Mapping[str, FloatArray],
        schedule: FloatArray,
        layer_factors: FloatArray | None = None,
    ) -> None:
        self._optimizer = OPTIMIZERS[optimizer]
        self._each = dict(hyperparameters)
        self._schedule = schedule
        self._layer_factors = layer_factors
        self._take_over(network)
        self._state = np.zeros((self._count(), *network.parameters.shape), network.dtype)
        self._scratch: FloatArray | None = None

    def keep(self, runs: BoolArray, network: StackedMLP) -> None:
        """Go on with some of the runs alone, which `network` holds."""
        self._each = {name: values[runs] for name, values in self._each.items()}
        if self._layer_factors is not None:
            self._layer_factors = self._layer_factors[runs]
        self._state = self._state[:, runs]
        self._take_over(network)

    def apply(self, step: int) -> None:
        """Move the network's parameters along the gradients that it holds; `step` is from 1."""
        parameters, gradients = self._network.parameters, self._network.gradients
        if self._clip is not None:
            clip_by_norm(gradients, self._clip)
        rate = self._rate * float(self._schedule[step - 1])
        for block in self._blocks:
            self._optimizer.rule(
                parameters[:, block],
                gradients[:, block],
                self._state[..., block],
                self._scratch_for(block),
                step,
                learning_rate=_columns(rate, block),
                **self._others,
            )

    def _take_over(self, network: StackedMLP) -> None:
        self._network = network
        values = {name: _agreed(values) for name, values in self._each.items()}
        self._clip = values.pop(CLIP, None)
        self._rate = values.pop("learning_rate")
        self._others = values
        if self._layer_factors is not None and (self._layer_factors != 1.0).any():
            self._rate = self._rate * self._layer_factors[:, network.layer_of_parameter]
        self._blocks = _blocks(*network.parameters.shape, network.dtype.itemsize)
        self._scratch = None

    def _count(self) -> int:
        return self._optimizer.buffers(**self._others)

    def _scratch_for(self, block: slice) -> FloatArray:
        if self._scratch is None:
            self._scratch = np.empty_like(self._network.parameters[:, self._blocks[0]])
        return self._scratch[:, : block.stop - block.start]


def _agreed(values: FloatArray) -> Value:
    """Return ``(R,)`` as one number where all agree, else as a column ``(R, 1)``."""
    return float(values[0]) if (values == values[0]).all() else values[:, np.newaxis]


def _columns(value: Value, block: slice) -> Value:
    """Return a block's columns of ``(R, P)``; numbers and ``(R, 1)`` are for all columns."""
    return value[:, block] if isinstance(value, np.ndarray) and value.shape[1] > 1 else value


def _blocks(runs: int, parameters: int, itemsize: int) -> list[slice]:
    width = max(1, BLOCK_BYTES // (runs * itemsize))
    return [slice(start, min(start + width, parameters)) for start in range(0, parameters, width)]
