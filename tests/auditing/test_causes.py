"""A sample fits a law only if its range does too, as far as the stored precision can tell."""

import numpy as np
import pytest

from initbench.auditing.causes import fits
from initbench.auditing.layouts import Sample
from initbench.initializers.laws import standard_law

UNIFORM = standard_law("uniform", 0.0, 1 / 3, (1, 1))  # from -1 to 1


def uniform(*others, dtype="float32", bits=23):
    """Return a thousand uniform values with others in the place of the first ones."""
    values = np.random.default_rng(0).uniform(-1, 1, (10, 100))
    values.flat[: len(others)] = others
    return Sample(values.astype(dtype).astype(float), True, True, bits)


@pytest.mark.parametrize("outlier", [-1.01, 1.01])
def test_one_value_out_of_range_refutes_a_law(outlier):
    """Mean, variance and distribution of a thousand values do not show it."""
    assert fits(uniform(), UNIFORM)
    assert not fits(uniform(outlier), UNIFORM)


@pytest.mark.parametrize(("dtype", "bits"), [("float32", 23), ("float16", 10)])
def test_values_on_the_ends_of_the_range_fit(dtype, bits):
    """Rounding to half precision moves them by half of the last place, which refutes nothing."""
    assert fits(uniform(-1.0, 1.0, dtype=dtype, bits=bits), UNIFORM)
