"""Measurements of untrained networks: checked by hand, in any stack, and against theory."""

import math

import numpy as np
import pytest

import initbench
from initbench.config.loading import make_experiment
from initbench.errors import UsageError
from initbench.experiment.units import unit_of
from initbench.initializers import bind, layers_of
from initbench.initializers.initialization import wide_layers
from initbench.probing import untrained
from initbench.probing.report import probe_text
from initbench.results.probes import BY_LAYER
from initbench.training.layer_statistics import LAYER_STATISTICS
from initbench.training.samples import load_split

SMOOTH = ("tanh", "sigmoid", "softsign", "gelu", "silu", "sin")
KINKED = ("relu", "leaky_relu", "elu", "hard_tanh")
SCHEMES = ("he", "lecun_normal", "glorot_uniform", "torch:linear", "orthogonal")


def spreads(band):
    """Return the standard deviation of the logarithm that belongs to a 95 % band."""
    return np.log(band[1] / band[0]) / (2 * 1.96)


@pytest.mark.slow
@pytest.mark.parametrize("activation", [*SMOOTH, *KINKED])
def test_measurements_agree_with_theory(make_probe, activation):
    """Signal and gradient of five schemes, within four standard errors and the inverse width.

    The standard error is the stated spread of a network over the root of the number of seeds.
    """
    width, depth, seeds = 128, 6, 16
    found = make_probe(SCHEMES, depth=depth, width=width, activation=activation, seeds=seeds)
    for label, one in found.schemes.items():
        for kind in ("preactivation", "delta"):
            squares = np.square(one.layers[f"{kind}_rms"]).mean(axis=0)
            expected = getattr(one.expected, f"{kind}_rms")
            error = np.abs(np.log(np.sqrt(squares) / expected))
            standard = spreads(getattr(one.expected, f"{kind}_band")) / np.sqrt(seeds)
            assert (error <= 4 * standard + 1 / width).all(), (label, kind, error)


def test_the_band_of_theory_covers_95_percent_of_networks(make_probe):
    """Of 200 ReLU networks at least 95 % lie in the band, within five standard errors.

    The band is of one sample, and a batch's mean strays less.
    """
    found = make_probe(["he"], depth=10, width=32, seeds=200).schemes["he"]
    low, high = found.expected.preactivation_band[:, 9]
    sizes = found.layers["preactivation_rms"][:, 9]
    share = ((low <= sizes) & (sizes <= high)).mean()
    assert share >= 0.95 - 5 * math.sqrt(0.95 * 0.05 / 200)
    assert share < 1.0 or sizes.std() > 0.2 * (high - low)


def test_the_cosine_of_two_inputs_agrees_with_theory(make_probe):
    """It follows the arc-cosine kernel, within a few 1 / sqrt(n)."""
    found = make_probe(["he"], depth=6, width=256, seeds=8).schemes["he"]
    error = np.abs(found.layers["cosine"].mean(axis=0) - found.expected.cosine)[:-1]
    assert error.max() < 5 / math.sqrt(256 * 8) + 2 * 6 / 256


def test_measurements_are_those_of_a_network_computed_by_hand(make_probe):
    """All numbers of a small network, computed from its weights and its data."""
    found = make_probe(["he"], depth=2, width=12, activation="tanh", seeds=1)
    one, spectra = found.schemes["he"], found.layer_jacobians["he"]
    layers = {name: values[0] for name, values in one.layers.items()}
    weights = [W for W, _ in bind("he").draw(layers_of([12, 12, 12, 4], "tanh"), seed=0)]
    first = np.linalg.svd(weights[0], compute_uv=False)
    assert set(layers) == set(BY_LAYER)
    assert len(spectra) == 3
    np.testing.assert_allclose(spectra[2], np.linalg.svd(weights[2], compute_uv=False), rtol=1e-10)
    assert (spectra[0] <= first * (1 + 1e-12)).all()
    assert one.jacobian.shape == (1, 4)
    np.testing.assert_allclose(
        np.square(layers["preactivation_rms"]),
        np.square(layers["preactivation_mean"]) + np.square(layers["preactivation_std"]),
        rtol=1e-10,
    )
    np.testing.assert_allclose(layers["activation_rms"][2], layers["preactivation_rms"][2])
    assert (np.abs(layers["cosine"]) <= 1).all()
    assert (layers["effective_rank"] >= 1 - 1e-9).all()
    assert (layers["effective_rank"] <= [12, 12, 4]).all()


def test_the_jacobian_is_the_derivative_of_the_logits(make_probe):
    """For a linear network it is the product of all weights, for every input."""
    found = make_probe(["lecun_normal"], depth=3, width=16, activation="linear", seeds=2)
    for seed in (0, 1):
        drawn = bind("lecun_normal").draw(layers_of([16, 16, 16, 16, 4], "linear"), seed)
        product = np.linalg.multi_dot([W for W, _ in drawn])
        np.testing.assert_allclose(
            found.schemes["lecun_normal"].jacobian[seed],
            np.linalg.svd(product, compute_uv=False),
            rtol=1e-9,
        )


def test_gradients_of_two_inputs_are_compared_in_every_layer(tmp_path, make_settings):
    """By hand for ReLU: the product of both matrices, with the units that an input switches on."""
    settings = make_settings(["he"], depth=1, width=12, seeds=1)
    settings["dataset"] |= {"scaling": "none"}
    initbench.run(
        {**settings, "name": "two", "probe": True, "training": {"epochs": 0}},
        results=tmp_path,
        plots=False,
    )
    results = initbench.load_results(tmp_path)
    [record] = results.probes.values()
    (first, _), (second, _) = bind("he").draw(layers_of([12, 12, 4], "relu"), seed=0)
    unit = unit_of(make_experiment(settings, "two"))
    inputs = load_split(unit.dataset, "float64").X_train[:2]
    one, other = ((first * on) @ second for on in inputs @ first > 0)
    cosine = (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum())
    np.testing.assert_allclose(record["gradient_cosine"], [cosine, 1.0], rtol=1e-9)


def test_a_linear_network_has_one_gradient(tmp_path, make_settings):
    """All inputs have the same derivative, and theory's numbers are those of its law."""
    settings = make_settings(["he"], activation="linear")
    initbench.run({**settings, "probe": True, "training": {"epochs": 0}}, results=tmp_path)
    for record in initbench.load_results(tmp_path).probes.values():
        np.testing.assert_allclose(record["gradient_cosine"], 1.0, rtol=1e-12)
        # He's variance is 2 / fan_in, and a linear layer keeps what it is given.
        assert record["theory_weight_variance"] == pytest.approx(2.0)
        assert record["theory_chi_1"] == pytest.approx(2.0)


def test_a_run_is_the_same_alone_and_in_a_stack(make_probe, monkeypatch):
    """Bit for bit, with other schemes and seeds, and for any size of the stack."""
    together = make_probe(["he", "random", "orthogonal"], seeds=[3, 0, 7])
    alone = make_probe(["random"], seeds=[7]).schemes["random"]
    monkeypatch.setattr(untrained, "STACK_BYTES", 1)
    apart = make_probe(["he", "random", "orthogonal"], seeds=[3, 0, 7])
    for name in BY_LAYER:
        stacked = together.schemes["random"].layers[name]
        np.testing.assert_array_equal(stacked[2], alone.layers[name][0])
        for label, one in apart.schemes.items():
            np.testing.assert_array_equal(one.layers[name], together.schemes[label].layers[name])
    np.testing.assert_array_equal(together.schemes["random"].jacobian[2], alone.jacobian[0])
    assert together.schemes["random"].loss[2] == alone.loss[0]


def test_training_records_the_same_statistics_as_a_probe(make_probe, make_settings, tmp_path):
    """The same numbers have the same names in both."""
    shared = set(LAYER_STATISTICS) & set(BY_LAYER)
    assert shared == set(LAYER_STATISTICS) - {"weight_norm", "update_ratio"}
    found = make_probe(["he"], seeds=2)
    training = {"epochs": 0, "dtype": "float64"}
    settings = make_settings(["he"], seeds=2)
    settings |= {"name": "probe", "training": training, "record": {"layers": True}}
    recorded = initbench.run(settings, plots=False, results=tmp_path)
    for name in shared:
        for seed in (0, 1):
            np.testing.assert_allclose(
                recorded.run("he", seed)[f"layer_{name}"][0],
                found.schemes["he"].layers[name][seed],
                rtol=1e-6,
                atol=1e-12,
                err_msg=name,
            )


@pytest.mark.parametrize(
    ("depth", "layers"),
    [(3, ["1", "2", "3"]), (6, [*"123456"]), (40, ["1", "9", "17", "24", "32", "40"])],
)
def test_the_table_of_a_probe_has_at_most_seven_layers(make_probe, depth, layers):
    """The first and the last hidden one and the output layer are among them."""
    text = probe_text(make_probe(["he"], depth=depth, width=3))
    lines = [line.split() for line in text.splitlines()]
    table = lines[lines.index(["he"]) + 2 :]
    assert [words[0] for words in table[: len(layers) + 1]] == [*layers, "out"]


def test_networks_of_zeros_have_the_loss_of_a_constant_prediction(make_probe):
    """All classes are equally likely: the loss is ln K, and in a regression the variance."""
    found = make_probe(["zeros"])
    assert found.guess == pytest.approx(math.log(4))
    np.testing.assert_allclose(found.schemes["zeros"].loss, found.guess, rtol=1e-12)
    plane = make_probe(["zeros"], dataset={"name": "sine"})
    batch_loss = plane.schemes["zeros"].loss[0]
    assert plane.guess == pytest.approx(batch_loss, rel=0.3)


@pytest.mark.parametrize("init", ["ones", "looks_linear", "identity", "rai", "playground"])
def test_there_is_no_forecast_for_schemes_outside_the_theory(init):
    """Weights or biases with a mean, copied weights and patterns have no forecast."""
    layers = layers_of([16, 16, 16, 16], "relu")
    assert wide_layers(bind(init), layers) is None


def test_a_data_driven_scheme_is_measured_after_adaptation(make_probe):
    """LSUV gives unit variance in every layer, and has no forecast."""
    probed = make_probe(["lsuv", "he"], depth=6, width=64)
    lsuv, he = probed.schemes.values()
    np.testing.assert_allclose(lsuv.layers["preactivation_std"][:, :-1], 1.0, atol=0.2)
    assert lsuv.expected is None
    assert he.expected is not None


def test_the_variances_of_a_scheme_follow_from_its_law():
    """PyTorch's default has variance 1 / (3 n) for weights and biases."""
    layers = wide_layers(bind("torch:linear"), layers_of([30, 60, 2], "relu"))
    assert [layer.scaled for layer in layers] == pytest.approx([1 / 3, 1 / 3])
    assert [layer.bias_variance for layer in layers] == pytest.approx([1 / 90, 1 / 180])


@pytest.mark.parametrize(
    "network", [{"normalization": "layer"}, {"normalization": "batch"}, {"residual": True}]
)
def test_normalized_and_residual_networks_are_measured_without_forecast(make_probe, network):
    """All other measurements are there."""
    one = make_probe(["he"], depth=5, **network).schemes["he"]
    assert one.expected is None
    assert np.isfinite(one.layers["delta_rms"]).all()
    assert (one.jacobian is None) == (network == {"normalization": "batch"})
    if "normalization" in network:
        np.testing.assert_allclose(one.layers["preactivation_rms"][:, :-1], 1.0, atol=0.01)


def test_layers_without_biases_are_forecast_without_them(make_probe):
    """The bias variance of the scheme is then ignored."""
    one = make_probe(["torch:linear"], depth=8, bias=False).schemes["torch:linear"]
    assert one.expected.preactivation_rms[7] < 0.01


def test_schemes_that_do_not_fit_are_refused_with_their_index(make_probe):
    """One message names all of them."""
    with pytest.raises(UsageError, match=r"inits\[1\]: .*selu[\s\S]*inits\[2\]: .*tanh"):
        make_probe(["he", "selu_lecun", "tanh_fixed_point"])


def test_a_signal_that_overflows_is_a_finding(make_probe):
    """An overflowing network is measured as such, and the others are not affected."""
    found = make_probe([{"name": "random", "std": 1e300, "label": "huge"}, "he"])
    assert not np.isfinite(found.schemes["huge"].loss).any()
    alone = make_probe(["he"]).schemes["he"]
    np.testing.assert_array_equal(found.schemes["he"].loss, alone.loss)
