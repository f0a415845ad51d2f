"""What single schemes are known for, checked on the matrices that they draw."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import hadamard

from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, LayerSpec, bind, layers_of


def weights_of(name, layer, seed=0, **options):
    """Return the weights of one layer."""
    return bind(name, **options).draw([layer], seed)[0][0]


def between(fan_in, fan_out, activation="relu"):
    """Return a layer between hidden ones."""
    return LayerSpec(fan_in, fan_out, 1, 3, activation, activation)


def test_a_critical_signal_keeps_its_length():
    """Twenty wide tanh layers at the critical point end at the fixed point of the theory."""
    rng = np.random.default_rng(0)
    layers = layers_of([500] * 21, "tanh")
    signal = rng.standard_normal(500)
    lengths = []
    for weights, biases in bind("critical", bias_variance=0.05).draw(layers, seed=0):
        preactivation = signal @ weights + biases
        lengths.append(float(np.mean(preactivation**2)))
        signal = np.tanh(preactivation)
    # A layer's mean square has a relative standard error of about sqrt(2 / 500) = 0.06.
    assert np.mean(lengths[10:]) == pytest.approx(0.5700, rel=0.2)


def test_a_mirrored_relu_network_starts_as_an_isometry():
    """Ten ReLU layers of looks_linear give an orthogonal linear map."""
    drawn = bind("looks_linear").draw(layers_of([12, *[24] * 9, 12], "relu"), seed=0)
    signal = np.eye(12)
    for index, (weights, _) in enumerate(drawn):
        signal = (signal if index == 0 else np.maximum(signal, 0.0)) @ weights
    assert np.allclose(signal @ signal.T, np.eye(12), atol=1e-12)


def test_looks_linear_requires_even_widths():
    """An odd hidden layer is refused with its width."""
    with pytest.raises(UsageError, match="7 of them do not pair"):
        bind("looks_linear").draw(layers_of([4, 7, 2], "relu"), seed=0)


@pytest.mark.parametrize(("fan_in", "fan_out"), [(4, 8), (3, 4), (5, 16), (3, 5)])
def test_zero_hadamard_is_a_corner_of_a_hadamard_matrix(fan_in, fan_out):
    """Where a layer widens, its entries are those of the Sylvester matrix, scaled."""
    order = 2 ** math.ceil(math.log2(fan_out))
    expected = hadamard(order)[:fan_in, :fan_out] / math.sqrt(order)
    assert np.allclose(weights_of("zero_hadamard", between(fan_in, fan_out)), expected, rtol=1e-14)


def test_zero_hadamard_is_an_identity_where_a_layer_does_not_widen():
    """Square and narrowing layers pass on what fits."""
    assert np.array_equal(weights_of("zero_hadamard", between(5, 3)), np.eye(5, 3))


def test_sinusoidal_is_the_official_formula():
    """Rows of the transpose are sin(position · j), scaled to variance 2 / (fan_in + fan_out)."""
    position = np.arange(5) * (2 * np.pi / 5) + 2 * np.pi / 3
    waves = np.sin(position[None, :] * np.arange(1, 4)[:, None])
    expected = waves * math.sqrt(2 / (8 * waves.var(ddof=1)))
    assert np.allclose(weights_of("sinusoidal", between(5, 3)), expected.T, rtol=1e-12, atol=1e-15)


def test_deep_narrow_passes_positive_signals_on():
    """Q of [[1.1, 1], [1, 1.1]] by hand: columns (1.1, 1) / √2.21 and (-1, 1.1) / √2.21."""
    q = np.array([[1.1, -1.0], [1.0, 1.1]]) / math.sqrt(2.21)
    assert np.allclose(weights_of("deep_narrow", between(2, 1))[:, 0], q[:, 0], rtol=1e-14)
    assert np.allclose(weights_of("deep_narrow", between(1, 2))[0], q[:, 0], rtol=1e-14)
    assert np.allclose(weights_of("deep_narrow", between(6, 6)), np.eye(6), atol=1e-14)
    wide = weights_of("deep_narrow", between(4, 9))
    assert np.allclose(wide @ wide.T, np.eye(4), atol=1e-14)
    assert (np.ones(4) @ wide > 0.0).all()


def test_a_unit_scaled_network_starts_with_signals_of_variance_one():
    """The first wide tanh layers have preactivations of variance one, and logits of 1 / width."""
    scheme, rng = bind("u_mup"), np.random.default_rng(0)
    [*hidden, (readout, _)] = scheme.draw(layers_of([400, 400, 400, 50], "tanh"), seed=0)
    signal = rng.standard_normal((500, 400))
    for weights, _ in hidden:
        made = signal @ weights
        assert np.mean(made**2) == pytest.approx(1.0, abs=0.1)
        signal = np.tanh(made)
    assert np.mean((signal @ readout) ** 2) == pytest.approx(1.0 / 400, rel=0.2)


@pytest.mark.parametrize("fans", [(1, 1), (2, 1), (1, 2)])
def test_sinusoidal_refuses_layers_that_no_wave_fits(fans):
    """Where all sines are zero there is nothing to scale."""
    with pytest.raises(UsageError, match="all are zero"):
        weights_of("sinusoidal", between(*fans))


@pytest.mark.parametrize(
    "passed_on",
    [
        [[1, 0], [0, 1], [0, 0], [0, 0], [0, 0]],
        [[1, 0, 1, 0, 1], [0, 1, 0, 1, 0]],
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    ],
)
def test_tanh_fixed_point_gives_each_unit_one_input(passed_on):
    """The authors' Keras initializer (1HyunwooLee/Tanh-Init) adds its noise to these matrices."""
    passed_on = np.array(passed_on, float)
    layer = between(*passed_on.shape, "tanh")
    noise = weights_of("tanh_fixed_point", layer, noise=1e-9) - passed_on
    assert 0.0 < np.abs(noise).max() < 1e-8


def test_tanh_fixed_point_draws_its_noise_anew_for_every_layer():
    """What is added to the diagonal does not correlate between layers."""
    layers = [between(200, 300, "tanh"), replace(between(200, 300, "tanh"), index=2)]
    (first, _), (second, _) = bind("tanh_fixed_point").draw(layers, 0)
    units = np.arange(300)
    for weights in (first, second):
        weights[units % 200, units] -= 1.0
    score = np.corrcoef(first.ravel(), second.ravel())[0, 1] * math.sqrt(first.size)
    assert abs(score) < 5


def test_sparse_silences_an_equal_share_of_every_input():
    """PyTorch's scheme zeroes along the units, as many for every input and other ones."""
    zero = weights_of("sparse", between(400, 30), sparsity=0.25) == 0.0
    assert np.all(zero.sum(axis=1) == 8)
    spread = math.sqrt(400 * 8 / 30 * 22 / 30)
    assert np.all(np.abs(zero.sum(axis=0) - 400 * 8 / 30) < 5 * spread)


def test_sparse_martens_connects_every_unit_to_fifteen_inputs():
    """Martens' scheme cuts along the inputs, and leaves narrow layers whole."""
    connected = weights_of("sparse_martens", between(60, 800)) != 0.0
    assert np.all(connected.sum(axis=0) == 15)
    assert np.all(np.abs(connected.sum(axis=1) - 200) < 5 * math.sqrt(800 * 0.25 * 0.75))
    assert np.all(weights_of("sparse_martens", between(9, 4)) != 0.0)


def test_rai_spreads_its_positive_entries_over_weights_and_bias():
    """Each of the inputs, and the bias, is chosen equally often."""
    [(weights, biases)] = bind("rai").draw([between(99, 20_000)], seed=0)
    bound = 6 * 0.6007 / math.sqrt(99)  # what is not chosen stays below six deviations
    chosen = np.sum(np.vstack([weights, biases]) > bound, axis=1)
    expected = 200 * (1 - bound**2)  # Beta(2, 1) exceeds t with chance 1 - t²
    assert np.all(np.abs(chosen - expected) < 5 * math.sqrt(expected))


def test_rezero_starts_its_branches_at_zero():
    """Only rezero has a factor before residual branches other than one."""
    scales = {name: scheme.branch_scale for name, scheme in INITIALIZERS.items()}
    assert {name for name, scale in scales.items() if scale != 1.0} == {"rezero"}
    assert scales["rezero"] == 0.0


def test_spectral_states_no_rate_for_adam():
    """What the paper does not give is refused, not guessed."""
    with pytest.raises(UsageError, match="not for Adam"):
        bind("spectral").learning_rate_factor(between(3, 4), "adam")


@pytest.mark.parametrize(
    ("name", "activation", "message"),
    [
        ("siren", "relu", "'siren' is for networks of sin, not of relu"),
        ("looks_linear", "tanh", "'looks_linear' is for networks of relu, not of tanh"),
        ("kumar", "relu", "'kumar' is for networks of sigmoid, tanh, linear, .*, not of relu"),
        ("fixup", "relu", "residual networks, and this one has no residual branches"),
    ],
)
def test_schemes_refuse_networks_they_do_not_apply_to(name, activation, message):
    """The message names what the scheme is for, and how to use it all the same."""
    layers = layers_of([4, 8, 8, 2], activation)
    with pytest.raises(UsageError, match=message) as raised:
        bind(name).check(layers)
    assert "force: true" in str(raised.value)
    bind(name).check(layers, force=True)


@pytest.mark.parametrize("name", ["he", "critical", "torch:linear"])
def test_schemes_without_requirements_accept_any_network(name):
    """What makes sense in any network is not asked about."""
    bind(name).check(layers_of([4, 8, 2], "relu"))


def test_residual_schemes_take_residual_networks():
    """Layers that stand in branches satisfy them."""
    branch = replace(between(8, 8), branches=2, branch_layers=2)
    bind("fixup").check([branch])


def test_linear_models_meet_requirements_on_activations():
    """Logistic regression can start from any scheme."""
    bind("siren").check(layers_of([4, 2], "relu"))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("torch:uniform", {"a": 1, "b": 0}),
        ("torch:trunc_normal", {"a": 2, "b": 2}),
        ("keras:random_uniform", {"minval": 1}),
        ("jax:truncated_normal", {"lower": 3}),
    ],
)
def test_a_lower_bound_above_the_upper_bound_raises(name, options):
    """A lower end above the upper one is an error in words."""
    with pytest.raises(UsageError, match="must be"):
        weights_of(name, between(3, 4), **options)


@pytest.mark.parametrize("std", [1e-3, 1e-300, 0.0])
def test_a_cut_far_out_in_the_tail_draws_finite_numbers(std):
    """PyTorch's absolute cut, thousands of deviations away, cuts nothing and breaks nothing."""
    assert np.abs(weights_of("torch:trunc_normal", between(50, 50), std=std)).max() <= 5 * std


def test_a_cut_in_the_upper_tail_keeps_its_digits():
    """Between six and seven deviations, draws differ from one another."""
    drawn = weights_of("torch:trunc_normal", between(50, 50), a=6.0, b=7.0)
    assert 6.0 <= drawn.min() < drawn.max() <= 7.0
    assert np.unique(drawn).size == drawn.size


@pytest.mark.parametrize("scheme", INITIALIZERS.values(), ids=lambda scheme: scheme.name)
def test_citations_and_reference_agree(scheme):
    """The year of the paper that is cited stands in the line that names the source."""
    if scheme.citation is not None:
        first = scheme.citation.authors.split(" and ")[0].split()[-1]
        assert first in scheme.reference
        assert str(scheme.citation.year) in scheme.reference
