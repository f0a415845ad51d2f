"""The stated laws are those of the papers: numbers worked out by hand for 16 inputs and 256 units.

The battery compares draws with what the entry states; this compares what is stated with what was
published, so that a mistake made in both places at once is seen as well.
"""

from dataclasses import replace

import numpy as np
import pytest

from initbench.initializers import LayerSpec, bind
from tests.initializers.battery import NAMES

LAYER = LayerSpec(fan_in=16, fan_out=256)
HIDDEN = LayerSpec(16, 256, index=1, depth=3, activation="tanh", hidden_activation="tanh")
RELU = replace(HIDDEN, activation="relu", hidden_activation="relu")
SIGMOID = replace(HIDDEN, activation="sigmoid", hidden_activation="sigmoid")
LAST = replace(HIDDEN, index=2, activation="linear")
BRANCH = replace(RELU, depth=9, branches=4, branch_layers=3, branch_position=1)

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
    ("mean_field", {"weight_variance": 1.5}, 1.5 / 16),
    ("tanh_fixed_point", {"noise": 0.1}, 1 / 16 - 1 / 16**2 + 0.01 / 16),
    ("zero_hadamard", {}, 1 / 256 - 1 / 256**2),
    ("scaled_orthogonal", {}, 1 / 16),
    ("lsuv", {}, 1 / 256),
    ("krahenbuhl", {}, 1),
    ("metainit", {"gain": 0.5}, 2 * 0.25 / 16),
    ("gradinit", {"gain": 0.5}, 2 * 0.25 / 16),
]

PLACED_VARIANCES = [
    ("truncated_normal", {"std": 1}, LAYER, 0.87962566103423978**2),
    ("truncated_normal", {"std": 2, "cut": 1}, LAYER, 4 * 0.29112509477279314),
    ("sparse", {"sparsity": 0.3}, LAYER, 0.0001 * (256 - 77) / 256),
    ("sparse_martens", {}, LAYER, 15 / 16),
    ("sparse_martens", {"connections": 20}, LAYER, 1),
    ("nguyen_widrow", {}, HIDDEN, (0.7 * 256 ** (1 / 16)) ** 2 / 16),
    ("nguyen_widrow", {}, LAST, 1 / 12),
    ("glorot_standard", {}, LAYER, 1 / 48),
    ("random_walk", {}, RELU, 2 * 1.092245090640267**2 / 16),
    ("random_walk", {}, HIDDEN, 1.13**2 / 16),
    ("random_walk", {}, LAYER, 1.0644944589178593 / 16),
    ("selu_lecun", {}, HIDDEN, 1 / 16),
    ("kumar", {}, HIDDEN, 1 / 16),
    ("kumar", {}, SIGMOID, 12.8 / 16),
    ("siren", {}, HIDDEN, 6 / 16 / 900 / 3),
    ("siren", {}, LAYER, 1 / 256 / 3),
    ("hanin_rolnick", {}, HIDDEN, 2 / 16),
    ("looks_linear", {}, RELU, 1 / 128),
    ("rai", {}, LAYER, 2 / 16),
    ("irnn", {}, RELU, 1e-6),
    ("critical", {}, RELU, 2 / 16),
    ("critical", {}, HIDDEN, 1 / 16),
    ("dynamical_isometry", {}, HIDDEN, 1 / 256),
    ("sinusoidal", {}, LAYER, 2 / 272 * 4095 / 4096),
    ("sinusoidal", {"gain": 2**0.5, "mode": "fan_in"}, LAYER, 2 / 16 * 4095 / 4096),
    ("fixup", {}, BRANCH, 2 / 16 / 2),
    ("fixup", {}, replace(BRANCH, branch_position=2), 0),
    ("fixup", {}, LAST, 0),
    ("fixup", {}, HIDDEN, 2 / 16),
    ("rezero", {}, BRANCH, 2 / 16),
    ("mup", {}, HIDDEN, 1 / 16),
    ("mup", {}, LAST, 1 / 256),
    ("mup", {"base_width": 8}, LAST, 1 / 32),
    ("spectral", {}, HIDDEN, 1 / 16),
    ("spectral", {}, LayerSpec(256, 16), 1 / 256 / 16),
    ("torch:linear", {}, LAYER, 1 / 48),
    ("torch:kaiming_normal", {"nonlinearity": "tanh"}, LAYER, 25 / 9 / 16),
    ("torch:kaiming_uniform", {"a": 5**0.5}, LAYER, 1 / 48),
    ("torch:kaiming_normal", {"nonlinearity": "selu", "mode": "fan_out"}, LAYER, 9 / 16 / 256),
    ("torch:uniform", {}, LAYER, 1 / 12),
    ("torch:trunc_normal", {"std": 0.02}, LAYER, 0.0004),
    ("keras:dense", {}, LAYER, 2 / 272),
    ("keras:glorot_normal", {}, LAYER, 2 / 272),
    ("keras:he_normal", {}, LAYER, 2 / 16),
    ("keras:lecun_normal", {}, LAYER, 1 / 16),
    ("keras:random_normal", {}, LAYER, 0.0025),
    ("keras:random_uniform", {}, LAYER, 0.01 / 12),
    ("flax:dense", {}, LAYER, 1 / 16),
    ("jax:uniform", {}, LAYER, 0.0001 / 12),
    ("jax:truncated_normal", {}, LAYER, 0.0001 * 0.87962566103423978**2),
    ("sklearn:mlp", {}, RELU, 2 / 272),
    ("sklearn:mlp", {}, SIGMOID, 2 / 3 / 272),
    ("torch:constant", {"val": 3}, LAYER, 0),
    ("torch:eye", {}, LAYER, 1 / 256 - 1 / 256**2),
    ("torch:sparse", {"sparsity": 0.3}, LAYER, 0.0001 * (256 - 77) / 256),
    ("keras:constant", {}, LAYER, 0),
    ("keras:he_uniform", {}, LAYER, 2 / 16),
    ("keras:truncated_normal", {}, LAYER, (0.05 * 0.87962566103423978) ** 2),
    ("keras:variance_scaling", {"scale": 2, "mode": "fan_out"}, LAYER, 2 / 256),
    ("jax:constant", {"value": 3}, LAYER, 0),
    ("jax:normal", {}, LAYER, 0.0001),
    ("jax:orthogonal", {"scale": 3}, LAYER, 9 / 256),
    (
        "jax:variance_scaling",
        {"scale": 3, "mode": "fan_geo_avg", "distribution": "normal"},
        LAYER,
        3 / 64,
    ),
    ("caffe:xavier", {}, LAYER, 1 / 16),
    ("caffe:msra", {"variance_norm": "average"}, LAYER, 2 / 136),
    ("gpt2", {}, HIDDEN, 0.0004),
    ("gpt2", {}, replace(BRANCH, branch_position=2), 0.0004 / 4),
    ("bert", {}, LAYER, 0.0004 * 0.87962566103423978**2),
    ("siren_pytorch", {}, HIDDEN, 6 / 16 / 900 / 3),
    ("autoinit", {}, RELU, 2 / 16),
    ("autoinit", {}, LAYER, 1 / 16),
    ("autoinit", {}, HIDDEN, 1 / 16 / 0.394294490398),
    ("autoinit", {}, SIGMOID, 1 / 16 / 0.293379035858),
    ("depth_mup", {}, BRANCH, 1 / 16),
    ("depth_mup", {}, LAST, 1 / 256),
    ("completep", {}, BRANCH, 1 / 16),
    ("arpit", {}, HIDDEN, 2 / 256),
    ("arpit", {}, LAST, 1 / 48),
    ("krahenbuhl_pca", {}, LAYER, 1),
    ("krahenbuhl_kmeans", {}, LAYER, 1),
    ("salimans_kingma", {}, LAYER, 0.0025),
    ("deep_narrow", {}, LayerSpec(2, 1), (0.1 / 2) ** 2 / 2.21),
    # 1 / Var relu(z) in closed form, 1 / Var tanh(z) by adaptive quadrature.
    ("u_mup", {}, RELU, 2 / (1 - 1 / np.pi) / 16),
    ("u_mup", {}, LAST, 2.536175433217449 / 256),
    ("u_mup", {}, replace(RELU, index=0), 1 / 16),
    ("playground", {}, LAYER, 1 / 12),
]

BIAS_VARIANCES = [
    ("he", LAYER, 0),
    ("torch:linear", LAYER, 1 / 48),
    ("keras:dense", LAYER, 0),
    ("sklearn:mlp", RELU, 2 / 272),
    ("nguyen_widrow", HIDDEN, (0.7 * 256 ** (1 / 16)) ** 2 / 3),
    ("nguyen_widrow", LAST, 0),
    ("rai", LAYER, 0),
]

RATES = [
    ("he", HIDDEN, "sgd", "weights", 1),
    ("mup", LAYER, "sgd", "weights", 1),
    ("mup", replace(LAYER, depth=3), "sgd", "weights", 256),
    ("mup", replace(LAYER, depth=3), "adam", "weights", 1),
    ("mup", HIDDEN, "sgd", "weights", 1),
    ("mup", HIDDEN, "adam", "weights", 1 / 16),
    ("mup", LAST, "sgd", "weights", 1 / 16),
    ("mup", LAST, "adam", "weights", 1 / 16),
    ("mup", HIDDEN, "sgd", "biases", 256),
    ("mup", HIDDEN, "adam", "biases", 1),
    ("mup", LAST, "sgd", "biases", 1),
    # In unit_scaling, a linear layer's products are divided by √fan_in and its rate too, and the
    # last layer's products by fan_in; activations are multiplied by s, whose square is above.
    ("u_mup", RELU, "adam", "weights", (2 / (1 - 1 / np.pi)) ** 0.5 / 16),
    ("u_mup", RELU, "adam", "biases", 1 / 4),
    ("u_mup", replace(RELU, index=0), "adam", "weights", 1 / 16),
    ("u_mup", replace(RELU, index=2), "adam", "weights", (2 / (1 - 1 / np.pi)) ** 0.5 / 16),
    ("u_mup", replace(RELU, index=2), "adam", "biases", 1 / 16),
    ("spectral", HIDDEN, "sgd", "weights", 16),
    ("spectral", LayerSpec(256, 16), "sgd", "weights", 1 / 16),
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
    ("torch:xavier_uniform", "glorot_uniform"),
    ("torch:xavier_normal", "glorot_normal"),
    ("jax:glorot_normal", "keras:glorot_normal"),
    ("keras:glorot_uniform", "keras:dense"),
    ("skipinit", "rezero"),
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


@pytest.mark.parametrize(("name", "options", "layer", "variance"), PLACED_VARIANCES)
def test_variances_in_their_place_are_the_published_ones(name, options, layer, variance):
    """Where a scheme knows position, activation or branch, each place has its variance."""
    assert bind(name, **options).variance(layer) == pytest.approx(variance, rel=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_every_scheme_has_a_variance_that_was_worked_out_by_hand(name):
    """The battery alone would not see a law that is wrong in the entry and in the draw."""
    worked_out = [bind(name, **options) for name, options, *_ in [*VARIANCES, *PLACED_VARIANCES]]
    assert name in {each.initializer.name for each in worked_out}


@pytest.mark.parametrize(("name", "layer", "variance"), BIAS_VARIANCES)
def test_variances_of_biases_are_the_published_ones(name, layer, variance):
    """Biases start where the paper or the framework starts them."""
    assert bind(name).bias_law(layer).variance == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize(("name", "layer", "optimizer", "part", "factor"), RATES)
def test_learning_rates_are_the_published_ones(name, layer, optimizer, part, factor):
    """Factors of 16 inputs and 256 units are those of the table; most schemes have none."""
    assert bind(name).learning_rate_factor(layer, optimizer, part) == pytest.approx(factor)


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
def test_constant_schemes_make_all_units_of_a_layer_equal(name):
    """Every column, the weights of one unit, is the same."""
    [(weights, _)] = bind(name).draw([LAYER], seed=0)
    assert np.all(weights == weights[:, :1])
