"""The stated laws are those of the papers: numbers worked out by hand for 16 inputs and 256 units.

The battery compares draws with what the entry states; this compares what is stated with what was
published, so that a mistake made in both places at once is seen as well.
"""

import numpy as np
import pytest

from initbench.initializers import LayerSpec, bind

LAYER = LayerSpec(fan_in=16, fan_out=256)

VARIANCES = [
    ("zeros", {}, 0.0),
    ("ones", {}, 0.0),
    ("constant", {"value": 3}, 0.0),
    ("identity", {"gain": 2}, 4 * (1 / 256 - 1 / 256**2)),
    ("random", {}, 0.0001),
    ("random", {"std": 10}, 100),
    ("normal", {}, 1),
    ("normal", {"mean": 7, "std": 3}, 9),
    ("uniform", {}, 0.05**2 / 3),
    ("uniform", {"mean": 0.5, "bound": 0.5}, 1 / 12),
    ("lecun_normal", {}, 1 / 16),
    ("lecun_uniform", {}, 1 / 16),
    ("glorot_normal", {}, 2 / 272),
    ("glorot_normal", {"gain": 5 / 3}, 25 / 9 * 2 / 272),
    ("glorot_uniform", {}, 2 / 272),
    ("glorot_uniform", {"gain": 5 / 3}, 25 / 9 * 2 / 272),
    ("he_normal", {}, 2 / 16),
    ("he_normal", {"mode": "fan_out"}, 2 / 256),
    ("he_normal", {"negative_slope": 0.25}, 2 / (1.0625 * 16)),
    ("he_uniform", {}, 2 / 16),
    ("he_uniform", {"mode": "fan_out", "negative_slope": 0.25}, 2 / (1.0625 * 256)),
    ("variance_scaling", {}, 1 / 16),
    ("variance_scaling", {"scale": 2, "mode": "fan_out"}, 2 / 256),
    ("variance_scaling", {"scale": 3, "mode": "fan_avg", "distribution": "uniform"}, 3 / 136),
    ("orthogonal", {"gain": 3}, 9 / 256),
]

MEANS = [
    ("zeros", {}, 0),
    ("ones", {}, 1),
    ("constant", {"value": -2}, -2),
    ("identity", {"gain": 2}, 2 / 256),
    ("normal", {"mean": 7}, 7),
    ("uniform", {"mean": 0.5}, 0.5),
    ("he_normal", {}, 0),
]

ALIASES = [
    ("he", "he_normal"),
    ("kaiming", "he_normal"),
    ("kaiming_normal", "he_normal"),
    ("msra", "he_normal"),
    ("kaiming_uniform", "he_uniform"),
    ("xavier", "glorot_uniform"),
    ("glorot", "glorot_uniform"),
    ("xavier_uniform", "glorot_uniform"),
    ("xavier_normal", "glorot_normal"),
    ("lecun", "lecun_normal"),
    ("eye", "identity"),
    ("zero", "zeros"),
]


@pytest.mark.parametrize(("name", "options", "variance"), VARIANCES)
def test_stated_variances_are_the_published_ones(name, options, variance):
    """The variance of an entry is what the paper gives for these fans."""
    assert bind(name, **options).variance(LAYER) == pytest.approx(variance, rel=1e-12)


@pytest.mark.parametrize(("name", "options", "mean"), MEANS)
def test_stated_means_are_the_published_ones(name, options, mean):
    """The mean of an entry is what the scheme is known for."""
    assert bind(name, **options).mean(LAYER) == mean


@pytest.mark.parametrize(("alias", "name"), ALIASES)
def test_aliases_find_the_scheme_that_they_are_used_for(alias, name):
    """A name from a framework or an article means the same here."""
    assert bind(alias).initializer.name == name


@pytest.mark.parametrize(
    ("distribution", "bound"),
    [("uniform", np.sqrt(6 / 16)), ("truncated_normal", 2 * np.sqrt(2 / 16) / 0.87962566103424)],
)
def test_bounded_draws_come_near_their_bounds(distribution, bound):
    """The largest of 4,096 entries is within a hundredth of the bound that the formula gives."""
    scheme = bind("variance_scaling", scale=2, distribution=distribution)
    [(weights, _)] = scheme.draw([LAYER], seed=0)
    assert 0.99 * bound < np.abs(weights).max() <= bound


def test_a_product_of_orthogonal_layers_is_orthogonal():
    """Through 50 square layers the length of a signal stays what it was."""
    layers = [LayerSpec(32, 32, index, depth=50) for index in range(50)]
    product = np.linalg.multi_dot([W for W, _ in bind("orthogonal").draw(layers, seed=0)])
    assert np.linalg.svd(product, compute_uv=False) == pytest.approx(np.ones(32), rel=1e-12)


@pytest.mark.parametrize("name", ["zeros", "ones", "constant"])
def test_constant_starts_make_all_units_of_a_layer_alike(name):
    """Every column, the weights of one unit, is the same."""
    [(weights, _)] = bind(name).draw([LAYER], seed=0)
    assert np.all(weights == weights[:, :1])
