"""The plane: what trained networks say of every point of it, where the data lie in one."""

from typing import Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.experiment.evaluation import logits_by_rows
from initbench.nn import StackedMLP
from initbench.nn.losses import BoundLoss
from initbench.nn.mlp import with_ones

GRID_SIDE: Final = 80
GRID_MARGIN: Final = 0.15


def boundary(network: StackedMLP, points: FloatArray, loss: BoundLoss) -> dict[str, Array]:
    """Return every run's class probabilities over the plane around `points`.

    Parameters
    ----------
    network : StackedMLP
    points : ndarray of shape (N, 2)
        The training part.
    loss : BoundLoss

    Returns
    -------
    dict
        ``boundary`` (R, 1, C, G, G), and the axes ``grid_x`` and ``grid_y`` (G,).
    """
    grid_x, grid_y = _axis_around(points[:, 0]), _axis_around(points[:, 1])
    grid = np.stack(np.meshgrid(grid_x, grid_y), axis=-1).reshape(-1, 2)
    pieces = [
        loss.probabilities(logits)
        for _, logits in logits_by_rows(network, with_ones(grid, network.dtype))
    ]
    probabilities = np.concatenate(pieces, axis=-1).astype(np.float16)
    shape = (network.runs, 1, -1, GRID_SIDE, GRID_SIDE)
    return {"boundary": probabilities.reshape(shape), "grid_x": grid_x, "grid_y": grid_y}


def _axis_around(values: FloatArray) -> FloatArray:
    low, high = float(values.min()), float(values.max())
    margin = GRID_MARGIN * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, GRID_SIDE)
