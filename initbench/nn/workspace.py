"""Arrays that a stack works in, made once for each batch size and used again in every step."""

import numpy as np
from numpy.typing import DTypeLike

from initbench.arrays import FloatArray


class Workspace:
    """Buffers ``(R, rows, B)`` by name: who asks for the same one again gets the same one.

    Parameters
    ----------
    runs : int
    dtype : dtype
    """

    def __init__(self, runs: int, dtype: DTypeLike) -> None:
        self._runs, self._dtype = runs, dtype
        self._arrays: dict[tuple[str, int, int], FloatArray] = {}

    def array(self, name: str, rows: int, batch: int) -> FloatArray:
        """Return a buffer of this name and shape; it holds ones when it is new."""
        key = (name, rows, batch)
        found = self._arrays.get(key)
        if found is None:
            found = self._arrays[key] = np.ones((self._runs, rows, batch), self._dtype)
        return found
