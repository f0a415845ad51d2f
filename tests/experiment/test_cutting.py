"""Runs are cut into stacks that the cache holds, each run once."""

from itertools import chain, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench.experiment.plan import runs_per_stack, stacks
from initbench.nn import Architecture, bind_activation
from initbench.training.evaluation import ROWS

RELU = bind_activation("relu")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("sizes", [(2, 8, 2), (784, 128, 10), (10, 300, 300, 1)])
def test_a_stack_is_as_large_as_twenty_mebibytes_hold(sizes, dtype):
    """A run has parameters, gradients and two states of the optimizer, and signals both ways."""
    parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes))
    numbers = 4 * parameters + 2 * sum(sizes[1:]) * (32 + ROWS)
    each = numbers * np.dtype(dtype).itemsize
    found = runs_per_stack(Architecture(sizes, RELU), 32, dtype)
    assert found * each <= 20 * 1024**2 < (found + 1) * each


def test_a_network_that_fills_the_cache_trains_alone():
    """A stack has at least one run."""
    assert runs_per_stack(Architecture((5000, 5000, 10), RELU), 32, np.float32) == 1


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 30))
def test_each_run_is_in_one_stack(seeds, variants, most):
    """No stack has more than allowed, and one with several seeds has all variants of each."""
    found = list(stacks(seeds, variants, most))
    runs = [[*product(range(seeds)[s], range(variants)[v])] for s, v in found]
    assert sorted(chain(*runs)) == [*product(range(seeds), range(variants))]
    assert all(len(each) <= most for each in runs)
    several = [each for each in runs if len({seed for seed, _ in each}) > 1]
    assert all(len(each) % variants == 0 for each in several)
