"""Updates train every parameter of every run, whatever the size of the blocks."""

import numpy as np
import pytest

from initbench.nn import OPTIMIZERS, Architecture, StackedMLP, bind_activation
from initbench.options import bind_options
from initbench.training import update
from initbench.training.update import Update

RUNS, SIZES = 5, (3, 4, 2)
PARAMETERS = 3 * 4 + 4 + 4 * 2 + 2
STEPS = 3

BLOCKS = {
    "parts of a row": 7 * 8,
    "one row": PARAMETERS * 8,
    "two rows of five": 2 * PARAMETERS * 8,
    "four rows of five": 4 * PARAMETERS * 8,
}
"""Bytes of a block of float64 numbers; none of them divides the stack evenly but "one row"."""


@pytest.fixture
def trained(monkeypatch):
    """Return a function that trains a stack in blocks of some bytes: parameters (R, P)."""

    def train(block_bytes, optimizer="sgd", *, factors=None, kept=None):
        if block_bytes is not None:
            monkeypatch.setattr(update, "BLOCK_BYTES", block_bytes)
            monkeypatch.setattr(update, "WHOLE_BYTES", 0)
        network = StackedMLP(
            Architecture(SIZES, bind_activation("tanh")), runs=RUNS, dtype=np.float64
        )
        rng = np.random.default_rng(0)
        network.parameters[:] = rng.standard_normal((RUNS, PARAMETERS))
        options = bind_options(OPTIMIZERS[optimizer].options, {"learning_rate": 0.1})
        columns = {name: np.full(RUNS, float(value)) for name, value in options.items()}
        columns["learning_rate"] = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
        moved = Update(network, optimizer, columns, np.ones(STEPS), factors)
        for step in range(1, STEPS + 1):
            if step == 2 and kept is not None:
                network = network.take(np.flatnonzero(kept))
                moved.keep(kept, network)
            gradients = np.random.default_rng(step).standard_normal((RUNS, PARAMETERS))
            network.gradients[:] = gradients if step == 1 or kept is None else gradients[kept]
            moved.apply(step)
        return network.parameters.copy()

    return train


@pytest.mark.parametrize("block_bytes", BLOCKS.values(), ids=BLOCKS)
def test_gradient_descent_in_blocks_moves_every_parameter_by_its_rate_times_its_gradient(
    trained, block_bytes
):
    """No run and no parameter stays behind: the sum over steps is written out here."""
    expected = np.random.default_rng(0).standard_normal((RUNS, PARAMETERS))
    for step in range(1, STEPS + 1):
        gradients = np.random.default_rng(step).standard_normal((RUNS, PARAMETERS))
        expected -= np.array([[0.1], [0.2], [0.3], [0.4], [0.5]]) * gradients
    np.testing.assert_allclose(trained(block_bytes), expected, rtol=1e-13)


@pytest.mark.parametrize("block_bytes", BLOCKS.values(), ids=BLOCKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_optimizer_in_blocks_gives_the_bits_of_one_block(trained, optimizer, block_bytes):
    """State, rates of each run and factors of each parameter are cut at the same places."""
    factors = np.random.default_rng(9).uniform(0.5, 2.0, (RUNS, PARAMETERS))
    kept = np.array([True, False, True, True, True])
    for given in ({}, {"factors": factors}, {"kept": kept}, {"factors": factors, "kept": kept}):
        whole = trained(None, optimizer, **given)
        np.testing.assert_array_equal(trained(block_bytes, optimizer, **given), whole)
