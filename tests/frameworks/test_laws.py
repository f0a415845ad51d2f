"""The checks of lines can fail: another fan, other tails or another size are seen."""

import numpy as np
import pytest

from initbench.initializers import bind
from tests.frameworks.laws import FANS, check_line
from tests.initializers.battery import hidden_layer

HE = bind("he_normal")


def draws(scheme):
    """Return what a framework would draw that has a scheme's law."""
    return lambda *fans: scheme.draw([hidden_layer(scheme, fans)], seed=0)[0][0]


def test_the_law_of_the_scheme_passes():
    """In single precision, as frameworks draw."""
    check_line(HE, lambda *fans: np.float32(draws(HE)(*fans)))


@pytest.mark.parametrize(
    "other",
    [bind("he", mode="fan_out"), bind("keras:he_normal"), bind("he_uniform"), bind("lecun")],
    ids=lambda scheme: scheme.initializer.name,
)
def test_another_law_does_not(other):
    """Swapped fans, cut tails, another shape, another gain."""
    with pytest.raises(AssertionError):
        check_line(HE, draws(other))


def test_fans_are_unequal():
    """Both ways, so that no scheme has the same law at both."""
    assert all(fan_in != fan_out for fan_in, fan_out in FANS)
    assert FANS[0] == FANS[1][::-1]
