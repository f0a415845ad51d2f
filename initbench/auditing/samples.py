"""Samples: the entries of a tensor that an audit looks at, all of them or whole rows of it.

A standard deviation is known to 0.2 % from 131,072 entries, so a larger tensor is sampled: groups
of consecutive rows, spread evenly from its first to its last.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.auditing.checkpoints import PRECISION
from initbench.auditing.layouts import Placed

LIMIT: Final = 2**17
"""Entries above which a tensor is sampled."""

GROUPS: Final = 16
"""Places of a large tensor at which rows are read."""


@dataclass(frozen=True)
class Sample:
    """Rows of a tensor, as it is stored.

    Attributes
    ----------
    rows : ndarray of shape (rows, columns)
        Of the tensor as a matrix (`Placed.matrix`), in float64.
    is_whole : bool
        Whether these are all of its entries.
    has_units_as_rows : bool
    bits : int
        Of the significand in which the tensor is stored.
    """

    rows: FloatArray
    is_whole: bool
    has_units_as_rows: bool
    bits: int

    @property
    def values(self) -> FloatArray:
        """All entries of the sample, flat."""
        return self.rows.reshape(-1)

    @property
    def units(self) -> FloatArray:
        """One row for each unit: of the sampled units all weights, or of all units the sampled."""
        return self.rows if self.has_units_as_rows else self.rows.T

    @property
    def rounding(self) -> float:
        """Largest relative error of an entry that rounding to the stored type makes."""
        return float(2.0 ** -(self.bits + 1))

    @cached_property
    def dithered(self) -> FloatArray:
        """Entries with the rounding undone: each is moved at random within its rounding interval.

        Entries stored in half precision have few values, which a test of a continuous law would
        refuse however they were drawn. Before rounding, an entry was anywhere in the interval that
        rounds to its value, so a uniform draw from the interval follows the law again.
        """
        values = self.values
        if self.bits >= PRECISION["float32"]:
            return values
        smallest = -14 if self.bits == PRECISION["float16"] else -126
        _, exponents = np.frexp(values)
        steps = np.ldexp(1.0, np.maximum(exponents - 1, smallest) - self.bits)
        shifts = np.random.default_rng(0).uniform(-0.5, 0.5, values.size)
        return np.asarray(np.where(values == 0.0, 0.0, values + shifts * steps))


def read_sample(placed: Placed) -> Sample:
    """Read a tensor, or rows of it where it has more than `LIMIT` entries."""
    tensor, (rows, columns) = placed.tensor, placed.matrix
    is_whole = tensor.size <= LIMIT
    if is_whole:
        found = tensor.read(0, tensor.size).reshape(rows, columns)
    else:
        width = min(columns, LIMIT // 2)
        count = min(rows, max(2, LIMIT // width))
        groups = min(GROUPS, max(1, count // 2))
        height = count // groups
        begins = np.linspace(0, rows - height, groups).astype(int)
        pieces = (
            [
                tensor.read(row * columns, (row + height - 1) * columns + width)
                for row in begins.tolist()
            ]
            if width == columns
            else [
                tensor.read((row + step) * columns, (row + step) * columns + width)
                for row in begins.tolist()
                for step in range(height)
            ]
        )
        found = np.concatenate(pieces).reshape(-1, width)
    return Sample(found, is_whole, placed.layout == "out_in", PRECISION[tensor.dtype])
