"""One battery for every scheme: what it draws obeys the law that its entry states.

The checks are functions of an initialization, so that the same ones are seen to fail on schemes
that break their law. Draws are seeded: what passes once always passes. Five standard errors are
exceeded by chance once in 1.7 million checks.
"""

import math
from dataclasses import replace
from functools import wraps

import numpy as np
import pytest
from scipy import stats

from initbench.initializers import INITIALIZERS, LayerSpec, bind
from initbench.initializers.draws import scaled_normal, scaled_truncated_normal, scaled_uniform
from initbench.seeding import Stream, generator

FANS = [(64, 64), (16, 256), (256, 16), (1, 100), (100, 1)]
ENTRIES = 60_000
CHANCE = 2 * stats.norm.sf(5.0)
CUT_STD = stats.truncnorm(-2, 2).std()


def settings_of(scheme):
    """Return the defaults, and for every option each other choice or another number."""
    varied = [
        {name: value}
        for name, option in scheme.options.items()
        for value in option.choices or (0.3, 1.7)
        if value != option.default and (option.choices or value in option.bound)
    ]
    return [{}, *varied]


CASES = [
    pytest.param(
        bind(name, **options), id=" ".join([name, *(f"{k}={v}" for k, v in options.items())])
    )
    for name, scheme in INITIALIZERS.items()
    for options in settings_of(scheme)
]
RANDOM_CASES = [
    case for case in CASES if case.values[0].distribution not in {"constant", "identity"}
]


def stated_law(initialization, layer):
    """Return the law of one entry as a frozen scipy distribution."""
    mean, std = initialization.mean(layer), math.sqrt(initialization.variance(layer))
    if initialization.distribution == "normal":
        return stats.norm(mean, std)
    if initialization.distribution == "uniform":
        return stats.uniform(mean - math.sqrt(3) * std, 2 * math.sqrt(3) * std)
    if initialization.distribution == "truncated_normal":
        return stats.truncnorm(-2, 2, mean, std / CUT_STD)
    # An entry of a uniformly distributed unit vector with n components, as wide as the gain.
    n = max(layer.shape)
    gain = std * math.sqrt(n)
    return stats.beta((n - 1) / 2, (n - 1) / 2, -gain, 2 * gain)


STANDARD_DRAWS = {
    "normal": lambda rng: rng.standard_normal((16, 24)),
    "uniform": lambda rng: math.sqrt(3) * rng.uniform(-1, 1, (16, 24)),
    "truncated_normal": lambda rng: stats.truncnorm.ppf(rng.random((16, 24)), -2, 2) / CUT_STD,
    "orthogonal": lambda rng: math.sqrt(24) * signed_q(rng.standard_normal((24, 16))).T,
}
"""Draws of a 16 × 24 layer with mean 0 and variance 1, one for each family."""


def signed_q(normal_draw):
    """Return Q of the one factorization QR whose R has a positive diagonal."""
    q, r = np.linalg.qr(normal_draw)
    return q @ np.diag(np.sign(np.diag(r)))


def sample_of(initialization, layer):
    """Return the weights of one layer under as many seeds as give the wanted entries."""
    seeds = range(math.ceil(ENTRIES / math.prod(layer.shape)))
    return np.stack([initialization.draw([layer], seed)[0][0] for seed in seeds])


def check_moments(sample, law):
    """Hold mean and mean square to five standard errors of the law's."""
    for order in (1, 2):
        error = math.sqrt((law.moment(2 * order) - law.moment(order) ** 2) / sample.size)
        assert abs(np.mean(sample**order) - law.moment(order)) < 5 * error


def check_support(sample, law):
    """See that no entry lies outside of the law's support, save by rounding."""
    low, high = law.support()
    slack = 1e-12 * law.std()
    assert low - slack <= sample.min()
    assert sample.max() <= high + slack


def check_shape_of_law(sample, law):
    """See that a Kolmogorov-Smirnov test cannot tell the entries from the law."""
    assert stats.kstest(sample.ravel(), law.cdf, method="asymp").pvalue > CHANCE


def check_every_position(sample, law):
    """Hold each position of the matrix, over the seeds, to the law's mean."""
    scores = (sample.mean(axis=0) - law.mean()) / (law.std() / math.sqrt(len(sample)))
    assert np.all(stats.norm.sf(np.abs(scores)) > CHANCE / scores.size)


def check_isometry(sample, initialization, layer):
    """See that the smaller Gram matrix is gain squared times I, but for rounding."""
    gain_squared = initialization.variance(layer) * max(layer.shape)
    tall = sample if layer.fan_in >= layer.fan_out else sample.mT
    gram = tall.mT @ tall
    rounding = 10 * max(layer.shape) * np.finfo(float).eps
    assert np.abs(gram / gain_squared - np.eye(gram.shape[-1])).max() < rounding


def check_exactness(initialization, layer):
    """Hold entries that are not random to the law to the last digit."""
    [(weights, _)] = initialization.draw([layer], seed=0)
    if initialization.distribution == "constant":
        assert np.all(weights == initialization.mean(layer))
    else:
        assert np.all(weights == initialization.options["gain"] * np.eye(*layer.shape))


def check_stated_moments(initialization, layer):
    """Hold mean and variance over the entries to those that are stated."""
    [(weights, _)] = initialization.draw([layer], seed=0)
    assert weights.mean() == pytest.approx(initialization.mean(layer))
    assert weights.var() == pytest.approx(initialization.variance(layer), rel=1e-9, abs=1e-30)


def check_law(initialization, layer):
    """Hold one layer to all that its law says."""
    if initialization.distribution in {"constant", "identity"}:
        check_exactness(initialization, layer)
        check_stated_moments(initialization, layer)
        return
    sample, law = sample_of(initialization, layer), stated_law(initialization, layer)
    check_moments(sample, law)
    check_support(sample, law)
    check_shape_of_law(sample, law)
    check_every_position(sample, law)
    if initialization.distribution == "orthogonal":
        check_isometry(sample, initialization, layer)


def check_law_everywhere(initialization):
    """Hold every one of the shapes to the law."""
    for fans in FANS:
        check_law(initialization, LayerSpec(*fans))


def check_independence(initialization):
    """See that two layers and two seeds share no entry and do not correlate."""
    layers = [LayerSpec(200, 300, index, depth=2) for index in range(2)]
    first, second = (weights for weights, _ in initialization.draw(layers, seed=0))
    [(other, _), _] = initialization.draw(layers, seed=1)
    entries = np.stack([draw.ravel() for draw in (first, second, other)])
    assert np.unique(entries).size == entries.size
    scores = np.corrcoef(entries)[np.triu_indices(3, 1)] * math.sqrt(first.size)
    assert np.abs(scores).max() < 5


def check_reproducibility(initialization):
    """See that the same seed gives the same numbers again."""
    layer = LayerSpec(16, 8)
    [(first, _)], [(second, _)] = (initialization.draw([layer], seed=7) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("fans", FANS, ids=str)
@pytest.mark.parametrize("initialization", CASES)
def test_draws_obey_the_stated_law(initialization, fans):
    """Moments, support, distribution and exact properties are those that the entry states."""
    check_law(initialization, LayerSpec(*fans))


@pytest.mark.parametrize("initialization", CASES)
def test_the_same_seed_draws_the_same(initialization):
    """A draw depends on nothing but the scheme, the layer and the seed."""
    check_reproducibility(initialization)


@pytest.mark.parametrize("initialization", RANDOM_CASES)
def test_layers_and_seeds_are_independent(initialization):
    """What one layer of one seed draws says nothing about another."""
    check_independence(initialization)


@pytest.mark.parametrize("initialization", RANDOM_CASES)
def test_schemes_of_one_family_scale_the_same_draw(initialization):
    """Less its mean and over its deviation, a draw is the family's standard draw of that layer."""
    layer = LayerSpec(16, 24, index=2, depth=3)
    standard = STANDARD_DRAWS[initialization.distribution]
    [(weights, _)] = initialization.draw([layer], seed=11)
    deviation = math.sqrt(initialization.variance(layer))
    scaled = (weights - initialization.mean(layer)) / deviation
    np.testing.assert_allclose(
        scaled, standard(generator(11, Stream.WEIGHTS, 2)), rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("scheme", INITIALIZERS.values(), ids=lambda scheme: scheme.name)
def test_every_entry_says_what_it_is(scheme):
    """Formula, source and summary are one line each, for lists and explanations."""
    for text in (scheme.formula, scheme.reference, scheme.summary):
        assert text.strip()
        assert "\n" not in text


def broken(name, mutate):
    """Return the scheme `name`, bound, with its draw replaced by `mutate(draw, rng, layer)`."""
    scheme = INITIALIZERS[name]

    @wraps(scheme.draw)
    def draw(rng, layer, **options):
        return mutate(lambda spec: scheme.draw(rng, spec, **options), rng, layer)

    return bind(replace(scheme, draw=draw))


def unsigned_orthogonal(_draw, rng, layer):
    """Draw the Q that the factorization happens to give."""
    q, _ = np.linalg.qr(rng.standard_normal((max(layer.shape), min(layer.shape))))
    return q if layer.fan_in >= layer.fan_out else q.T


MUTANTS = {
    "gain": ("he_normal", lambda draw, _, layer: 1.05 * draw(layer)),
    "gain of a uniform draw": ("glorot_uniform", lambda draw, _, layer: 1.05 * draw(layer)),
    "gain of an orthogonal one": ("orthogonal", lambda draw, _, layer: 1.0001 * draw(layer)),
    "gain of an identity": ("identity", lambda draw, _, layer: 1.0001 * draw(layer)),
    "fan": ("he_normal", lambda draw, _, layer: draw(LayerSpec(*layer.shape[::-1])).T),
    "fan, averaged": (
        "lecun_uniform",
        lambda _, rng, layer: scaled_uniform(rng, layer, variance=2 / sum(layer.shape)),
    ),
    "truncation not corrected": (
        "variance_scaling",
        lambda draw, _, layer: CUT_STD * draw(layer),
    ),
    "truncation left out": (
        "variance_scaling",
        lambda _, rng, layer: scaled_normal(rng, layer, variance=1 / layer.fan_in),
    ),
    "truncation brought in": (
        "lecun_normal",
        lambda _, rng, layer: scaled_truncated_normal(rng, layer, variance=1 / layer.fan_in),
    ),
    "family": (
        "lecun_normal",
        lambda _, rng, layer: scaled_uniform(rng, layer, variance=1 / layer.fan_in),
    ),
    "mean": ("normal", lambda draw, _, layer: draw(layer) + 0.05),
    "sign": ("orthogonal", unsigned_orthogonal),
    "constant": ("zeros", lambda draw, _, layer: draw(layer) + 1e-9),
}


@pytest.mark.parametrize(("name", "mutate"), MUTANTS.values(), ids=MUTANTS)
def test_a_broken_law_fails_the_battery(name, mutate):
    """A wrong gain, fan, truncation, family, mean or sign is seen."""
    scheme = broken(name, mutate)
    with pytest.raises(AssertionError):
        check_law_everywhere(scheme)


@pytest.mark.parametrize("name", sorted({name for name, _ in MUTANTS.values()}))
def test_an_unbroken_copy_passes_the_battery(name):
    """What fails the mutants is what was changed, not the way that they are made."""
    check_law_everywhere(broken(name, lambda draw, _, layer: draw(layer)))


def test_a_draw_from_elsewhere_fails_the_battery():
    """Numbers that do not come from the generator that is passed are seen."""
    elsewhere = np.random.default_rng(0)
    scheme = broken("normal", lambda _, __, layer: elsewhere.standard_normal(layer.shape))
    with pytest.raises(AssertionError):
        check_reproducibility(scheme)


REPETITIONS = {
    "layers": lambda _, __, layer: np.random.default_rng(0).standard_normal(layer.shape),
    "rows": lambda draw, _, layer: np.tile(draw(LayerSpec(1, layer.fan_out)), (layer.fan_in, 1)),
}


@pytest.mark.parametrize("mutate", REPETITIONS.values(), ids=REPETITIONS)
def test_a_draw_that_repeats_itself_fails_the_battery(mutate):
    """Layers that share their draw, or rows that are alike, are seen."""
    scheme = broken("normal", mutate)
    with pytest.raises(AssertionError):
        check_independence(scheme)
