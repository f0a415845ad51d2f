"""Decision boundaries: class probabilities on a grid, for data with two features.

After training they are recorded on a fine grid. During training they are recorded on a coarse grid
at epochs that are dense at the start, where networks change most.
"""

from typing import Final

import numpy as np

from initbench.arrays import Array, BoolArray, FloatArray, IntArray
from initbench.nn import StackedMLP
from initbench.nn.losses import BoundLoss
from initbench.nn.mlp import with_ones
from initbench.training.evaluation import ROWS, logits_by_rows

GRID_SIDE: Final = 80
FRAME_SIDE: Final = 32
GRID_MARGIN: Final = 0.15

GROWTH: Final = 0.3
"""A gap between frames is one epoch longer than this share of the epochs before it."""

LONGEST_GAP: Final = 1 / 14
"""The longest gap between frames, as a share of all epochs."""


class BoundaryGrid:
    """A square grid around the training samples.

    `points`: shape (N, 2); features of the training part.
    """

    def __init__(self, points: FloatArray, loss: BoundLoss) -> None:
        self._loss = loss
        self._ends: list[tuple[float, float]] = []
        for column in points.T:
            low, high = float(column.min()), float(column.max())
            margin = GRID_MARGIN * (high - low) or 1.0
            self._ends.append((low - margin, high + margin))

    def axes(self, side: int) -> tuple[FloatArray, FloatArray]:
        """Return the coordinates of a grid, each ``(side,)``."""
        x, y = (np.linspace(*ends, side) for ends in self._ends)
        return x, y

    def probabilities(self, network: StackedMLP, side: int) -> Array:
        """Return the class probabilities of every run on a grid, ``(R, C, side, side)`` float16."""
        grid = np.stack(np.meshgrid(*self.axes(side)), axis=-1).reshape(-1, 2)
        inputs = with_ones(grid, network.dtype)
        found = []
        for _, group in network.groups(ROWS):
            pieces = [
                self._loss.probabilities(logits) for _, logits in logits_by_rows(group, inputs)
            ]
            each = np.concatenate(pieces, axis=-1).astype(np.float16)
            found.append(each.reshape(group.runs, -1, side, side))
        return np.concatenate(found)


class FrameRecorder:
    """Records class probabilities of R runs on a grid during training.

    `steps`: shape (F,); the step of each frame, in order.
    """

    def __init__(self, grid: BoundaryGrid, runs: int, steps: IntArray) -> None:
        self._grid, self._steps = grid, steps
        self._left_at = np.full(runs, steps[-1])
        self._frames: list[Array] = []

    def record(self, step: int, network: StackedMLP, runs: IntArray) -> None:
        """Record a frame if one is due; ``runs`` are the indices of the R' runs of `network`."""
        if step == self._steps[len(self._frames)]:
            probabilities = self._grid.probabilities(network, FRAME_SIDE)
            frame = np.full((len(self._left_at), *probabilities.shape[1:]), np.nan, np.float16)
            frame[runs] = probabilities
            self._frames.append(frame)

    def leave(self, step: int, runs: IntArray) -> None:
        """Note that runs have ended at a step."""
        self._left_at[runs] = step

    def records(self, network: StackedMLP, has_diverged: BoolArray) -> Array:
        """Return all frames, ``(R, F, C, G, G)``.

        A run that was stopped keeps its last frame to the end; a run that diverged is NaN.

        `network`: all runs, after training.
        `has_diverged`: shape (R,).
        """
        last = self._grid.probabilities(network, FRAME_SIDE)
        last[has_diverged] = np.nan
        missing = len(self._steps) - len(self._frames)
        frames = np.stack([*self._frames, *[last] * missing], axis=1)
        for run, step in enumerate(self._left_at):
            frames[run, self._steps > step] = last[run]
        return frames


def frame_epochs(epochs: int) -> IntArray:
    """Return the epoch of each frame; the first is 0 and the last is `epochs`.

    >>> frame_epochs(100).tolist()[:12]
    [0, 1, 2, 4, 6, 9, 13, 18, 24, 31, 38, 45]
    """
    found, longest = [0], max(1, round(epochs * LONGEST_GAP))
    while found[-1] < epochs:
        found.append(min(found[-1] + min(1 + round(GROWTH * found[-1]), longest), epochs))
    return np.array(found)
