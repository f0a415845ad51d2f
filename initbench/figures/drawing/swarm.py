"""A swarm: points of one row moved aside, each as little as needed, so that none hides another.

There is no chance in it: the same values give the same picture.
"""

import numpy as np

from initbench.arrays import FloatArray, IntArray


def swarm_offsets(positions: FloatArray, diameter: float, height: float) -> FloatArray:
    """Return how far from the middle of its row each point is put.

    Points lie on lanes one diameter apart, which close up where they would leave the row; even then
    no two points coincide.

    Parameters
    ----------
    positions : ndarray of shape (S,)
        Where along the row the points are.
    diameter : float
        Of a point, in units of `positions`.
    height : float
        Of the row, in the same units.

    Returns
    -------
    ndarray of shape (S,)

    Examples
    --------
    >>> swarm_offsets(np.array([1.0, 5.0, 1.0, 1.0]), diameter=2.0, height=10.0)
    array([ 0.,  0.,  2., -2.])
    """
    if not positions.size:
        return np.zeros(0)
    lanes = _lanes(positions, diameter)
    outermost = np.abs(lanes).max()
    room = max(height - diameter, 0.0) / 2
    offsets: FloatArray = lanes * min(diameter, room / max(outermost, 1))
    return offsets


def _lanes(positions: FloatArray, diameter: float) -> IntArray:
    """Return each point's lane: the innermost on which it touches no point to its left."""
    order = np.argsort(positions, kind="stable")
    innermost_first = np.array([0, *((i + 1) // 2 * (-1) ** (i + 1) for i in range(1, order.size))])
    ends = np.full(order.size, -np.inf)
    lanes = np.empty(order.size, dtype=np.int64)
    for point in order:
        free = int(np.argmax(positions[point] - ends >= diameter))
        ends[free] = positions[point]
        lanes[point] = innermost_first[free]
    return lanes
