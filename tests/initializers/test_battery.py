"""Every scheme of the catalogue passes the battery: what it draws obeys the law that it states."""

import math

import numpy as np
import pytest
from scipy import stats

from initbench.initializers import INITIALIZERS
from initbench.seeding import Stream, generator
from tests.initializers.battery import (
    CASES,
    FANS,
    RANDOM_CASES,
    UNEVEN,
    check_independence,
    check_law,
    check_reproducibility,
    hidden_layer,
    layers_to_check,
)

CUT_STD = stats.truncnorm(-2, 2).std()


@pytest.mark.parametrize("fans", FANS, ids=str)
@pytest.mark.parametrize("initialization", CASES)
def test_draws_obey_the_stated_law(initialization, fans):
    """Moments, support, distribution and exact properties are those that the entry states.

    That the entry states what was published, `test_published_laws` holds to numbers worked out by
    hand; that these checks see a law that is broken, `test_battery_itself` shows.
    """
    layers = layers_to_check(initialization, fans)
    assert layers
    for layer in layers:
        check_law(initialization, layer)


@pytest.mark.parametrize("initialization", CASES)
def test_draws_are_reproducible(initialization):
    """A draw depends on nothing but the scheme, the layer and the seed."""
    check_reproducibility(initialization)


@pytest.mark.parametrize(
    "initialization",
    [case for case in RANDOM_CASES if case.values[0].initializer.name not in UNEVEN],
)
def test_layers_and_seeds_are_independent(initialization):
    """What one layer of one seed draws says nothing about another."""
    check_independence(initialization)


def signed_q(normal_draw):
    """Return Q of the one factorization QR whose R has a positive diagonal."""
    q, r = np.linalg.qr(normal_draw)
    return q @ np.diag(np.sign(np.diag(r)))


STANDARD_DRAWS = {
    "normal": lambda rng: rng.standard_normal((16, 24)),
    "uniform": lambda rng: math.sqrt(3) * rng.uniform(-1, 1, (16, 24)),
    "truncated_normal": lambda rng: stats.truncnorm.ppf(rng.random((16, 24)), -2, 2) / CUT_STD,
    "orthogonal": lambda rng: math.sqrt(24) * signed_q(rng.standard_normal((24, 16))).T,
}
"""Draws of a 16 × 24 layer with mean 0 and variance 1, one for each family."""


def has_a_standard_draw(initialization):
    """Tell whether its family, mean and variance are all that there is to its law."""
    scheme, layer = initialization.initializer, hidden_layer(initialization, (16, 24))
    return scheme.law is None and initialization.distribution(layer) in STANDARD_DRAWS


@pytest.mark.parametrize(
    "initialization", [case for case in RANDOM_CASES if has_a_standard_draw(case.values[0])]
)
def test_schemes_of_one_family_scale_the_same_draw(initialization):
    """Less its mean and over its deviation, a draw is the family's standard draw of that layer."""
    layer = hidden_layer(initialization, (16, 24), index=2)
    standard = STANDARD_DRAWS[initialization.distribution(layer)]
    [(weights, _)] = initialization.draw([layer], seed=11)
    deviation = math.sqrt(initialization.variance(layer))
    scaled = (weights - initialization.mean(layer)) / deviation
    np.testing.assert_allclose(
        scaled, standard(generator(11, Stream.WEIGHTS, 2)), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("scheme", INITIALIZERS.values(), ids=lambda scheme: scheme.name)
def test_entries_are_documented(scheme):
    """Formula, source, summary and purpose are one line each, for lists and explanations."""
    for text in (scheme.formula, scheme.reference, scheme.summary, scheme.recommended_for):
        assert text.strip()
        assert "\n" not in text
    assert scheme.family
