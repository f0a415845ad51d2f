"""What depends on the kernels of the BLAS changes the time of a step, and no number of a run."""

import numpy as np
import pytest

from initbench.nn import kernels, layers
from initbench.nn.kernels import COPIES_TRANSPOSED, copies_transposed, kernel_name

SHAPES = [(n, k, b) for n in (16, 33, 65, 257) for k in (2, 10, 64, 128) for b in (1, 7, 32, 64)]


def product(left, right, monkeypatch, *, copies):
    """Return the product by a transpose as a layer plans it, with or without a copy."""
    monkeypatch.setattr(layers, "copies_transposed", lambda: copies)
    out = np.empty((len(left), left.shape[1], right.shape[1]), left.dtype)
    workspace = layers.Workspace(len(left), left.dtype)
    for call in layers._multiply_transposed(left, right, out, workspace):
        call()
    return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_copy_of_the_transposed_matrix_gives_the_same_product(dtype, monkeypatch):
    """Bit by bit where the table says to do without; there, runs on disk keep their numbers."""
    rng = np.random.default_rng(0)
    for n, k, batch in SHAPES:
        left, right = (rng.standard_normal((3, each, batch)).astype(dtype) for each in (n, k))
        with_copy = product(left, right, monkeypatch, copies=True)
        without = product(left, right, monkeypatch, copies=False)
        size = np.abs(left) @ np.abs(right).mT
        rounding = 2 * batch * np.finfo(dtype).eps * size
        assert (np.abs(with_copy - without) <= rounding).all()
        if not COPIES_TRANSPOSED.get(kernel_name(), True):
            assert with_copy.tobytes() == without.tobytes()


def test_a_kernel_without_a_measurement_takes_the_copy(monkeypatch):
    """As all kernels have done, so that no number changes on a machine that nobody looked at."""
    monkeypatch.setattr(kernels, "kernel_name", lambda: "Itanium")
    copies_transposed.cache_clear()
    assert copies_transposed()
    copies_transposed.cache_clear()


def test_the_kernel_is_that_of_numpy():
    """Threadpoolctl names it, from the library that NumPy brings."""
    from threadpoolctl import threadpool_info

    names = {each.get("architecture", "") for each in threadpool_info()} | {""}
    assert kernel_name() in names
