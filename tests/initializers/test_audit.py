"""An audit believes weights that were drawn as claimed, and names what is wrong with others."""

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, bind, layers_of, scheme
from initbench.initializers.audit import CONSISTENT, REFUTED, audit, holm
from tests.initializers.battery import NAMES

SIZES = [40, 64, 64, 32, 10]


def network(name, seed=0, activation="relu", sizes=SIZES, **options):
    """Return the arrays of a network that a scheme draws, in single precision."""
    drawn = bind(name, **options).draw(layers_of(sizes, activation), seed)
    arrays = {}
    for index, (weights, biases) in enumerate(drawn, start=1):
        arrays[f"W{index}"] = weights.astype(np.float32)
        arrays[f"b{index}"] = biases.astype(np.float32)
    return arrays


def failed(result):
    """Return the names of the checks that speak against the claim, layer by layer."""
    return {
        (layer.name, check.name)
        for layer in result.layers
        for check in layer.checks
        if check.p_value < 0.01
    }


@pytest.mark.parametrize("name", [name for name in NAMES if not INITIALIZERS[name].adapt])
def test_weights_drawn_as_claimed_are_believed(name):
    """Every scheme of the catalogue passes the audit of its own claim."""
    activation = (*INITIALIZERS[name].requires.activations, "relu")[0]
    result = audit(network(name, activation=activation), bind(name), activation=activation)
    assert failed(result) == set()
    assert result.consistent
    assert {layer.verdict for layer in result.layers} == {CONSISTENT}


@pytest.mark.parametrize("name", [name for name in NAMES if INITIALIZERS[name].adapt])
def test_a_scheme_that_changes_what_it_draws_cannot_be_audited(name):
    """There is no law to hold weights to, and the audit says so."""
    with pytest.raises(UsageError, match=f"{name}' changes what it draws by looking at data"):
        audit(network("he"), bind(name))


def test_a_scheme_without_a_law_cannot_be_audited():
    """Weights of a scheme that states nothing are held to nothing, and the audit says so."""
    with pytest.raises(UsageError, match="'mine' states no law"):
        audit(network("he"), bind(scheme(name="mine")(lambda rng, layer: rng.random(layer.shape))))


def test_a_true_claim_is_doubted_no_more_often_than_promised():
    """Of 100 audits of true claims at significance 0.05, at most 5 and chance are doubted."""
    claim = bind("torch:linear")
    doubted = sum(
        not audit(
            network("torch:linear", seed, sizes=[12, 24, 5]), claim, significance=0.05
        ).consistent
        for seed in range(100)
    )
    assert doubted <= 5 + 5 * (100 * 0.05 * 0.95) ** 0.5


@pytest.mark.parametrize(
    ("drawn", "claimed", "expected"),
    [
        ("lecun", "he", {("W2", "variance")}),
        ("he_uniform", "he", {("W2", "distribution")}),
        ("keras:he_normal", "he", {("W2", "tails")}),
        ("he", "keras:he_normal", {("W2", "range")}),
        ("he", "orthogonal", {("W2", "isometry")}),
        ("torch:linear", "glorot_standard", {("W2", "biases: range")}),
        ("glorot_standard", "torch:linear", {("W2", "biases: variance")}),
        ("he", "zeros", {("W2", "values")}),
        ("zeros", "he", {("W2", "variance"), ("W2", "distribution")}),
        ("he", "sparse", {("W2", "zeros")}),
        ("he", "looks_linear", {("W2", "mirror"), ("W2", "isometry")}),
    ],
)
def test_another_scheme_is_seen_and_named(drawn, claimed, expected):
    """The checks that fail are those in which the two schemes differ."""
    result = audit(network(drawn), bind(claimed))
    assert expected <= failed(result)
    assert result.layers[1].verdict == REFUTED
    assert not result.consistent


def test_swapped_fans_are_named():
    """Weights scaled by their units instead of their inputs get that said."""
    arrays = {"W1": np.random.default_rng(0).normal(0.0, (2 / 400) ** 0.5, (20, 400))}
    [layer] = audit(arrays, bind("he")).layers
    [finding] = [check.finding for check in layer.checks if check.name == "variance"]
    assert finding.endswith("it is that of swapped fans")


def test_layers_that_share_their_draw_are_seen():
    """A seed that was set anew for every layer gives the same numbers twice."""
    arrays = network("he")
    arrays["W3"] = 2.0 * arrays["W2"][:, :32]
    assert audit(arrays, bind("he")).layers[2].verdict == REFUTED
    arrays = network("he", sizes=[64, 64, 64])
    arrays["W2"] = arrays["W1"]
    assert failed(audit(arrays, bind("he"))) == {("W2", "layers")}


def test_units_that_are_alike_are_seen():
    """Two equal columns are never a draw."""
    arrays = network("he")
    arrays["W2"][:, 5] = arrays["W2"][:, 3]
    assert ("W2", "units") in failed(audit(arrays, bind("he")))


def test_missing_biases_are_not_held_against_a_claim():
    """Who stores weights alone is asked about weights alone."""
    arrays = {name: array for name, array in network("torch:linear").items() if name[0] == "W"}
    assert audit(arrays, bind("torch:linear")).consistent


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "there is no W1"),
        ({"W2": np.ones((2, 2))}, "there is no W1"),
        ({"b1": np.ones(2)}, "there is no W1"),
        ({"weights": np.ones((2, 2))}, "unknown array 'weights'"),
        ({"W1": np.ones((3, 4)), "W2": np.ones((3, 2))}, "have to be transposed"),
        ({"W1": np.ones(3)}, r"W1 has shape \(3,\) and should have \(fan_in, fan_out\)"),
        ({"W1": np.ones((0, 3))}, "W1 has shape"),
        ({"W1": np.full((2, 2), np.nan)}, "finite numbers"),
        ({"W1": np.array([["a"]])}, "finite numbers"),
        ({"W1": np.ones((2, 2)), "b1": np.ones(3)}, "b1 has 3 biases for the 2 units of W1"),
    ],
)
def test_arrays_that_are_no_network_are_refused(arrays, message):
    """The message names the array and what is wrong with it."""
    with pytest.raises(UsageError, match=message):
        audit(arrays, bind("he"))


def test_holm_corrects_step_by_step():
    """The smallest of n counts n times, the next n - 1 times, and none falls below a smaller."""
    assert holm([0.5, 0.001, 0.02]) == pytest.approx([0.5, 0.003, 0.04])
    assert holm([0.04, 0.03]) == pytest.approx([0.06, 0.06])
    assert holm([0.9, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize("name", ["he", "torch:linear", "zeros", "orthogonal", "sparse"])
def test_the_smallest_networks_can_be_audited(name):
    """One weight is little to go by, and no error."""
    result = audit(network(name, sizes=[1, 1]), bind(name))
    assert result.layers[0].shape == (1, 1)
