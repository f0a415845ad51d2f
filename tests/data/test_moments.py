"""Moments over several blocks are those of all rows together."""

import numpy as np
import pytest

from initbench.data import moments as module
from initbench.data.moments import blocks, moments

ROWS, COLUMNS = 11, 3


@pytest.mark.parametrize("numbers", [1, 3, 4, 6, 15, 32, 33, 1000])
def test_blocks_hold_every_row_once(monkeypatch, numbers):
    """Whether or not the rows can be divided evenly, and where one row exceeds a block."""
    monkeypatch.setattr(module, "BLOCK", numbers)
    covered = [row for part in blocks(ROWS, COLUMNS) for row in range(ROWS)[part]]
    assert covered == list(range(ROWS))


@pytest.mark.parametrize("numbers", [1, 6, 15, 1000])
def test_moments_in_blocks_are_those_of_the_whole_column(monkeypatch, numbers):
    """0, 1, 4, …, 100 has the mean 35 and the variance 1078; the other columns follow from it."""
    monkeypatch.setattr(module, "BLOCK", numbers)
    squares = np.arange(ROWS) ** 2
    X = np.stack([squares, -squares, 2 * squares + 1], axis=1)
    found = moments(np.vstack([X, np.full((2, COLUMNS), 10**6)]), np.arange(ROWS))
    assert found.minimum.tolist() == [0.0, -100.0, 1.0]
    assert found.maximum.tolist() == [100.0, 0.0, 201.0]
    np.testing.assert_allclose(found.mean, [35.0, -35.0, 71.0], rtol=1e-15)
    np.testing.assert_allclose(found.std**2, [1078.0, 1078.0, 4312.0], rtol=1e-14)
