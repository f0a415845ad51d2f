"""Updates: an optimizer with the state, the schedule and the hyper-parameters of one stack.

A hyper-parameter that all runs share is a number, otherwise a column; either way a run moves the
same to the last bit. Large arrays are worked on in contiguous blocks that fit in the cache, so that
a rule of ten passes reads memory once.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from initbench.arrays import BoolArray, FloatArray
from initbench.nn import OPTIMIZERS, StackedMLP
from initbench.nn.optimizers import Block, Hyperparameter, clip_by_norm

BLOCK_BYTES: Final = 2**18
"""Size of a block of each array that a rule reads or writes."""

WHOLE_BYTES: Final = 2**20
"""Size up to which arrays are not divided into blocks."""

CLIP: Final = "clip_norm"


class Update:
    """Updates the parameters of a stack.

    `hyperparameters`: by name, of shape (R,); the rule's, and ``clip_norm``, the largest norm of a
    run's gradient, if it is limited.
    `schedule`: shape (T,); the factor on the learning rate in each step.
    `factors`: shape (R, P); a further factor for each parameter.
    """

    def __init__(
        self,
        network: StackedMLP,
        optimizer: str,
        hyperparameters: Mapping[str, FloatArray],
        schedule: FloatArray,
        factors: FloatArray | None = None,
    ) -> None:
        self._optimizer = OPTIMIZERS[optimizer]
        self._each = dict(hyperparameters)
        self._schedule = schedule
        self._factors = factors
        self._take_over(network)
        buffers = self._optimizer.buffers(**self._others)
        self._state = np.zeros((buffers, *network.parameters.shape), network.dtype)
        self._blocks = self._make_blocks()

    def keep(self, runs: BoolArray, network: StackedMLP) -> None:
        """Drop all runs but those of a mask ``(R,)``, which `network` now holds."""
        self._each = {name: values[runs] for name, values in self._each.items()}
        if self._factors is not None:
            self._factors = self._factors[runs]
        self._take_over(network)
        self._state = self._state[:, runs]
        self._blocks = self._make_blocks()

    def apply(self, step: int) -> None:
        """Update the parameters of the network from its gradients; `step` counts from 1."""
        if self._clip is not None:
            clip_by_norm(self._network.gradients, self._clip)
        rate = self._rate * float(self._schedule[step - 1])
        for rows, columns, block in self._blocks:
            hyperparameters = {
                name: _part(value, rows, columns) for name, value in self._others.items()
            }
            self._optimizer.rule(
                block, step, learning_rate=_part(rate, rows, columns), **hyperparameters
            )

    def _take_over(self, network: StackedMLP) -> None:
        self._network = network
        # One number where all runs agree, else a column (R, 1).
        values: dict[str, Hyperparameter] = {
            name: float(each[0]) if (each == each[0]).all() else each[:, np.newaxis]
            for name, each in self._each.items()
        }
        self._clip = values.pop(CLIP, None)
        self._rate = values.pop("learning_rate")
        self._others = values
        if self._factors is not None:
            self._rate = self._rate * self._factors

    def _make_blocks(self) -> list[tuple[slice, slice, Block]]:
        """Return rows and columns of the flat arrays, with views of them."""
        parameters, gradients = self._network.parameters, self._network.gradients
        runs, size = parameters.shape
        # All of it, groups of rows, or parts of a row: contiguous blocks.
        height, width = runs, size
        if parameters.nbytes > WHOLE_BYTES:
            numbers = BLOCK_BYTES // parameters.itemsize
            height, width = max(1, numbers // size), min(numbers, size)
        places = [
            (slice(top, min(top + height, runs)), slice(left, min(left + width, size)))
            for top in range(0, runs, height)
            for left in range(0, size, width)
        ]
        scratch = np.empty_like(parameters[places[0]])
        return [
            (
                rows,
                columns,
                Block(
                    parameters[rows, columns],
                    gradients[rows, columns],
                    self._state[:, rows, columns],
                    scratch[: rows.stop - rows.start, : columns.stop - columns.start],
                ),
            )
            for rows, columns in places
        ]


def _part(value: Hyperparameter, rows: slice, columns: slice) -> Hyperparameter:
    """Return what a block needs of a number, of ``(R, 1)`` or of ``(R, P)``."""
    if isinstance(value, float):
        return value
    return value[rows, columns] if value.shape[1] > 1 else value[rows]
