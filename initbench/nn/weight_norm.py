r"""Weight normalization: the weights of each unit as a direction and a learned length.

.. math::
    w = g \frac{v}{\lVert v \rVert}, \qquad
    \partial g = \partial w \cdot \frac{v}{\lVert v \rVert}, \qquad
    \partial v = \frac{g}{\lVert v \rVert}
        \left(\partial w - \partial g \frac{v}{\lVert v \rVert}\right)

Biases are not normalized. Sums over inputs are products with a vector of ones, which give a run the
same bits alone and in a stack.
"""

import numpy as np

from initbench.arrays import FloatArray


class WeightNorm:
    """The weights that a layer multiplies by, and their gradients, for parameters v and g.

    Parameters
    ----------
    directions, direction_gradients : ndarray of shape (R, fan_in + bias, fan_out)
        v, with the biases as the last row if there are any.
    lengths, length_gradients : ndarray of shape (R, 1, fan_out)
        g.
    fan_in : int

    Attributes
    ----------
    weights, gradients : ndarray of shape (R, fan_in + bias, fan_out)
        w and its gradient, biases included. `compose` fills the former, and `decompose` reads the
        latter.

    References
    ----------
    Salimans, Kingma, "Weight normalization: a simple reparameterization to accelerate training of
    deep neural networks", NIPS 2016, eqs. 2 and 3.
    """

    def __init__(
        self,
        directions: FloatArray,
        lengths: FloatArray,
        direction_gradients: FloatArray,
        length_gradients: FloatArray,
        *,
        fan_in: int,
    ) -> None:
        self._directions, self._lengths = directions, lengths
        self._direction_gradients, self._length_gradients = direction_gradients, length_gradients
        self._fan_in = fan_in
        self.weights: FloatArray = np.zeros_like(directions)
        self.gradients: FloatArray = np.zeros_like(directions)

    def compose(self) -> None:
        """Compute the weights from v and g."""
        compose(self._directions, self._lengths, self._fan_in, self.weights)

    def decompose(self) -> None:
        """Compute the gradients of v and g from those of the weights."""
        rows, norms = self._fan_in, norms_of(self._directions, self._fan_in)
        units = self._directions[:, :rows] / norms
        by_weight = self.gradients[:, :rows]
        ones = np.ones((1, rows), units.dtype)
        np.matmul(ones, by_weight * units, out=self._length_gradients)
        along = by_weight - units * self._length_gradients
        np.multiply(along, self._lengths / norms, out=self._direction_gradients[:, :rows])
        self._direction_gradients[:, rows:] = self.gradients[:, rows:]


def compose(directions: FloatArray, lengths: FloatArray, fan_in: int, out: FloatArray) -> None:
    """Write w = g v / ‖v‖ and the biases to `out`, ``(R, fan_in + bias, fan_out)``."""
    scale = lengths / norms_of(directions, fan_in)
    np.multiply(directions[:, :fan_in], scale, out=out[:, :fan_in])
    out[:, fan_in:] = directions[:, fan_in:]


def norms_of(weights: FloatArray, fan_in: int) -> FloatArray:
    """Return the length of each unit's weights, ``(R, 1, fan_out)``.

    It is never zero, so that a unit without weights divides by no zero.
    """
    squares = np.square(weights[:, :fan_in])
    lengths = np.sqrt(np.matmul(np.ones((1, fan_in), squares.dtype), squares))
    return np.asarray(np.maximum(lengths, np.finfo(squares.dtype).tiny))
