"""The plane: what networks say of every point of it, where the data lie in one.

At the end of training it is asked on a fine grid. While networks train it is asked on a coarse one,
at epochs that are dense at the start, where most happens.
"""

from typing import Final

import numpy as np

from initbench.arrays import Array, BoolArray, FloatArray, IntArray
from initbench.nn import StackedMLP
from initbench.nn.losses import BoundLoss
from initbench.nn.mlp import with_ones
from initbench.training.evaluation import logits_by_rows

GRID_SIDE: Final = 80
FRAME_SIDE: Final = 32
GRID_MARGIN: Final = 0.15

GROWTH: Final = 0.3
"""A gap between frames is an epoch longer than this share of what lies before it."""

LONGEST_GAP: Final = 1 / 14
"""Of the whole training."""


class Plane:
    """The plane around the training part.

    Parameters
    ----------
    points : ndarray of shape (N, 2)
        The training part.
    loss : BoundLoss
    """

    def __init__(self, points: FloatArray, loss: BoundLoss) -> None:
        self._ends = [_ends_around(points[:, axis]) for axis in range(2)]
        self._loss = loss

    def axes(self, side: int) -> tuple[FloatArray, FloatArray]:
        """Return the coordinates of a grid, each ``(side,)``."""
        x, y = (np.linspace(*ends, side) for ends in self._ends)
        return x, y

    def opinions(self, network: StackedMLP, side: int) -> Array:
        """Return every run's class probabilities on a grid, ``(R, C, side, side)`` float16."""
        grid = np.stack(np.meshgrid(*self.axes(side)), axis=-1).reshape(-1, 2)
        pieces = [
            self._loss.probabilities(logits)
            for _, logits in logits_by_rows(network, with_ones(grid, network.dtype))
        ]
        probabilities = np.concatenate(pieces, axis=-1).astype(np.float16)
        return probabilities.reshape(network.runs, -1, side, side)


class Filming:
    """Keeps what R runs say of the plane while they train.

    Parameters
    ----------
    plane : Plane
    runs : int
    steps : ndarray of shape (F,)
        After which there is a frame, in order.
    """

    def __init__(self, plane: Plane, runs: int, steps: IntArray) -> None:
        self._plane, self._steps = plane, steps
        self._left_at = np.full(runs, steps[-1])
        self._frames: list[Array] = []

    def record(self, step: int, network: StackedMLP, runs: IntArray) -> None:
        """Ask a stack of R' runs, which are these of all, if there is a frame after this step."""
        if step == self._steps[len(self._frames)]:
            opinions = self._plane.opinions(network, FRAME_SIDE)
            frame = np.full((len(self._left_at), *opinions.shape[1:]), np.nan, np.float16)
            frame[runs] = opinions
            self._frames.append(frame)

    def leave(self, step: int, runs: IntArray) -> None:
        """Note that these runs are not asked any more."""
        self._left_at[runs] = step

    def records(self, network: StackedMLP, has_diverged: BoolArray) -> Array:
        """Return all frames, ``(R, F, C, G, G)``.

        A run that was stopped says to the end what it said last, one that diverged says nothing.

        Parameters
        ----------
        network : StackedMLP
            All runs, after training.
        has_diverged : ndarray of shape (R,)
        """
        last = self._plane.opinions(network, FRAME_SIDE)
        last[has_diverged] = np.nan
        missing = len(self._steps) - len(self._frames)
        frames = np.stack([*self._frames, *[last] * missing], axis=1)
        for run, step in enumerate(self._left_at):
            frames[run, self._steps > step] = last[run]
        return frames


def frame_epochs(epochs: int) -> IntArray:
    """Return the epochs after which there is a frame, 0 and the last among them.

    >>> frame_epochs(100).tolist()[:12]
    [0, 1, 2, 4, 6, 9, 13, 18, 24, 31, 38, 45]
    """
    found, longest = [0], max(1, round(epochs * LONGEST_GAP))
    while found[-1] < epochs:
        found.append(min(found[-1] + min(1 + round(GROWTH * found[-1]), longest), epochs))
    return np.array(found)


def _ends_around(values: FloatArray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = GRID_MARGIN * (high - low) or 1.0
    return low - margin, high + margin
