"""The battery: checks that hold any scheme to the law that its entry states.

They are functions of an initialization, so that the same ones are seen to fail on schemes
that break their law. Draws are seeded: what passes once always passes. Five standard errors are
exceeded by chance once in 1.7 million checks.
"""

import contextlib
import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, LayerSpec, bind

FANS = [(64, 64), (16, 256), (256, 16), (1, 100), (100, 1)]
ENTRIES = 30_000
CHANCE = 2 * stats.norm.sf(5.0)

ACTIVATIONS = ("tanh", "relu", "sigmoid")
POSITIONS = (
    {"index": 1, "depth": 3},
    {"index": 0, "depth": 3},
    {"index": 2, "depth": 3},
    {"index": 0, "depth": 1},
    {"index": 1, "depth": 9, "branches": 4, "branch_layers": 3, "branch_position": 1},
    {"index": 1, "depth": 9, "branches": 4, "branch_layers": 3, "branch_position": 2},
)

NOT_RANDOM = {"constant", "deterministic"}
ISOMETRIES = {"orthogonal", "isometry", "mirrored"}
UNEVEN = {"tanh_fixed_point"}
"""Entries differ in their law from place to place; `test_named_schemes` looks at the places."""


def activations_of(initialization):
    """Return the activations that the scheme is for, or three where it is for all."""
    return initialization.initializer.requires.activations or ACTIVATIONS


def hidden_layer(initialization, fans, index=1):
    """Return a layer between hidden ones, in a network that the scheme is for."""
    activation = activations_of(initialization)[0]
    return LayerSpec(*fans, index, depth=4, activation=activation, hidden_activation=activation)


def settings_of(scheme):
    """Return the defaults, and for every option each other choice or number that it takes."""
    varied = [
        {name: value}
        for name, option in scheme.draw_options.items()
        for value in option.choices or ((3, 40) if option.type is int else (0.3, 1.7))
        if value not in (option.default, 0.3 if option.default is None else None)
        if option.choices or value in option.bound
    ]
    given = required_of(scheme)
    return [given, *({**given, **each} for each in varied if agrees(bind(scheme, **given | each)))]


def required_of(scheme):
    """Return a value for each option that has no default."""
    return {
        name: option.choices[0] if option.choices else 0.3
        for name, option in scheme.options.items()
        if option.default is None
    }


def agrees(initialization):
    """Tell whether the options do not contradict each other, as a minimum above a maximum does."""
    try:
        initialization.draw([hidden_layer(initialization, (2, 4))], seed=0)
    except UsageError:
        return False
    return True


NAMES = [
    name
    for name, scheme in INITIALIZERS.items()
    if all(option.default is not None for option in scheme.options.values())
]
"""Schemes that need nothing but their name."""

CASES = [
    pytest.param(
        bind(name, **options), id=" ".join([name, *(f"{k}={v}" for k, v in options.items())])
    )
    for name, scheme in INITIALIZERS.items()
    if "path" not in scheme.options
    for options in settings_of(scheme)
]


def is_random(initialization):
    """Tell whether two seeds differ between hidden layers."""
    layer = hidden_layer(initialization, (64, 32))
    return initialization.distribution(layer) not in NOT_RANDOM


RANDOM_CASES = [case for case in CASES if is_random(case.values[0])]


def places(activations, fans):
    """Yield a layer in every position of networks with these activations."""
    for activation, position in product(activations, POSITIONS):
        is_last = position["index"] == position["depth"] - 1
        yield LayerSpec(
            *fans,
            **position,
            activation="linear" if is_last else activation,
            hidden_activation=activation,
        )


def fingerprint(initialization, layer):
    """Return what a scheme makes of a layer from one generator, and what it states of it."""
    scheme, options = initialization.initializer, initialization.draw_options
    parts = [scheme.draw(np.random.default_rng(0), layer, **options)]
    if scheme.bias is not None and not scheme.draws_bias:
        parts.append(scheme.bias.draw(np.random.default_rng(0), layer, **options))
    biases = initialization.bias_law(layer)
    stated = (
        initialization.mean(layer),
        initialization.variance(layer),
        biases.mean,
        biases.variance,
    )
    return *(part.tobytes() for part in parts), stated


def layers_to_check(initialization, fans):
    """Return one layer for each of the places that the scheme tells apart and does not refuse."""
    told_apart = {}
    for layer in places(activations_of(initialization), fans):
        with contextlib.suppress(UsageError):
            told_apart.setdefault(fingerprint(initialization, layer), layer)
    return list(told_apart.values())


def sample_of(initialization, layer):
    """Return weights and biases of one layer under as many seeds as give the wanted entries."""
    seeds = range(math.ceil(ENTRIES / math.prod(layer.shape)))
    drawn = [initialization.draw([layer], seed)[0] for seed in seeds]
    return np.stack([weights for weights, _ in drawn]), np.stack([biases for _, biases in drawn])


def check_moments(sample, law):
    """Hold mean and mean square to five standard errors of the law's."""
    for order in (1, 2):
        spread = law.moment(2 * order) - law.moment(order) ** 2
        error = math.sqrt(max(spread, 0.0) / sample.size)
        rounding = 1e-9 * math.sqrt(law.moment(2 * order))
        assert abs(np.mean(sample**order) - law.moment(order)) <= 5 * error + rounding


def check_support(sample, law):
    """See that no entry lies outside of the law's support, save by rounding."""
    low, high = law.support
    slack = 1e-12 * max(abs(low), abs(high)) if math.isfinite(high) else 0.0
    assert low - slack <= sample.min()
    assert sample.max() <= high + slack


def check_shape_of_law(sample, law):
    """See that single values have their share, and that the rest cannot be told from the law."""
    rest = sample.ravel()
    for share, value in law.atoms:
        met = np.isclose(rest, value, rtol=1e-12, atol=0.0)
        assert stats.binomtest(int(met.sum()), sample.size, min(share, 1.0)).pvalue > CHANCE
        rest = rest[~met]
    if law.parts:
        assert stats.kstest(rest, law.cdf, method="asymp").pvalue > CHANCE
    else:
        assert rest.size == 0


def check_every_position(sample, law):
    """Hold each position of the matrix, over the seeds, to the mean of a law that is not mixed."""
    if len(law.parts) == 1 and not law.atoms:
        scores = np.abs(sample.mean(axis=0) - law.mean) / math.sqrt(law.variance / len(sample))
        assert np.all(stats.norm.sf(scores) > CHANCE / scores.size)


def check_sample(sample, law, *, even=True):
    """Hold a sample to a law in every way."""
    check_moments(sample, law)
    check_support(sample, law)
    check_shape_of_law(sample, law)
    if even:
        check_every_position(sample, law)


def check_isometry(sample, radius):
    """See that the smaller Gram matrix is the radius squared times I, but for rounding."""
    tall = sample if sample.shape[1] >= sample.shape[2] else sample.mT
    gram = tall.mT @ tall / radius**2
    rounding = 10 * max(sample.shape[1:]) * np.finfo(float).eps
    assert np.abs(gram - np.eye(gram.shape[-1])).max() < rounding


def mirrored_block(sample, layer):
    """Return the block of a mirrored layer, having seen that its copies are exact."""
    rows, columns = 2 - layer.is_first, 2 - layer.is_last
    block = sample[:, : layer.fan_in // rows, : layer.fan_out // columns]
    signs = np.outer([1, -1][:rows], [1, -1][:columns])
    assert np.array_equal(sample, np.kron(signs, block))
    return block


def check_weights(initialization, layer, sample):
    """Hold the weights of one layer to all that its law says."""
    kind, law = initialization.distribution(layer), initialization.law(layer)
    if kind == "mirrored":
        sample = mirrored_block(sample, layer)
    if kind in ISOMETRIES:
        deviation = math.sqrt(initialization.variance(layer))
        check_isometry(sample, deviation * math.sqrt(max(sample.shape[1:])))
    if kind == "unit_norm":
        lengths = np.linalg.norm(sample, axis=1)
        assert np.allclose(lengths**2, initialization.variance(layer) * layer.fan_in, rtol=1e-9)
        error = math.sqrt(initialization.variance(layer) / sample.size)
        assert abs(sample.mean() - initialization.mean(layer)) < 5 * error
    if law is not None:
        assert law.mean == pytest.approx(initialization.mean(layer), abs=1e-12)
        assert law.variance == pytest.approx(initialization.variance(layer), rel=1e-9, abs=1e-12)
        check_sample(sample, law, even=initialization.initializer.name not in UNEVEN)


def check_exactness(initialization, layer):
    """Hold entries that are not random to one matrix and its stated moments."""
    [(weights, _)], [(others, _)] = (initialization.draw([layer], seed) for seed in (0, 1))
    assert np.array_equal(weights, others)
    assert weights.mean() == pytest.approx(initialization.mean(layer), abs=1e-15)
    assert weights.var() == pytest.approx(initialization.variance(layer), rel=1e-9, abs=1e-30)
    if initialization.distribution(layer) == "constant":
        assert np.all(weights == initialization.mean(layer))


def check_law(initialization, layer):
    """Hold one layer to all that its law says, biases included."""
    if initialization.distribution(layer) in NOT_RANDOM:
        check_exactness(initialization, layer)
        return
    weights, biases = sample_of(initialization, layer)
    check_weights(initialization, layer, weights)
    check_sample(biases, initialization.bias_law(layer))


def check_law_everywhere(initialization):
    """Hold every one of the shapes and positions to the law."""
    for fans in FANS:
        for layer in layers_to_check(initialization, fans):
            check_law(initialization, layer)


def core_of(initialization, drawn, layer):
    """Return the entries that do not repeat others by the scheme's own law."""
    if initialization.distribution(layer) == "mirrored":
        drawn = drawn[: layer.fan_in // 2, : layer.fan_out // 2]
    return drawn.ravel()


def check_independence(initialization):
    """See that two layers and two seeds share no entry and do not correlate."""
    layers = [hidden_layer(initialization, (200, 300), index) for index in (1, 2)]
    draws = [*initialization.draw(layers, seed=0), *initialization.draw(layers[:1], seed=1)]
    entries = np.stack([core_of(initialization, weights, layers[0]) for weights, _ in draws])
    continuous = entries[entries != 0.0]
    assert np.unique(continuous).size == continuous.size
    scores = np.corrcoef(entries)[np.triu_indices(3, 1)] * math.sqrt(entries.shape[1])
    assert np.abs(scores).max() < 5


def check_reproducibility(initialization):
    """See that the same seed gives the same numbers again."""
    layer = hidden_layer(initialization, (16, 8))
    [first], [second] = (initialization.draw([layer], seed=7) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
