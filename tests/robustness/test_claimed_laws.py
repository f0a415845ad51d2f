"""A law with numbers that are too large or too small to compute with is refused in words."""

import numpy as np
import pytest

EXTREME = (
    "{name: random, std: 1e308}",
    "{name: random, std: 1e160}",
    "{name: random, std: 1e-160}",
    "{name: constant, value: 1e308}",
    "{name: torch:normal_, mean: 1e308, std: 1e-300}",
    "{name: torch:orthogonal_, gain: 1e200}",
    "{name: keras:VarianceScaling, scale: 1e308}",
)


@pytest.mark.parametrize("scheme", EXTREME)
def test_extreme_options_are_a_usage_error(invoke, scheme):
    """`audit` and `explain` say which scheme it is."""
    np.save("w.npy", np.random.default_rng(0).standard_normal((20, 10)))
    for arguments in (("audit", "w.npy", "--claims", scheme), ("explain", scheme)):
        result = invoke(*arguments)
        assert result.exit_code == 2, result.output
        assert "too large or too small to compute the moments" in result.stderr


@pytest.mark.parametrize("scheme", ["{name: constant, value: 1e70}", "{name: random, std: 1e70}"])
def test_large_options_are_explained(invoke, scheme):
    """As long as their moments are numbers."""
    assert invoke("explain", scheme).exit_code == 0
