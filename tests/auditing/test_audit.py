"""An audit accepts weights that were drawn as claimed, and names what is wrong with others."""

import numpy as np
import pytest

from initbench.auditing import audit
from initbench.auditing.audit import CONSISTENT, ODD, REFUTED, UNCLAIMED
from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, bind, layers_of, scheme
from tests.initializers.battery import NAMES

SIZES = [40, 64, 64, 32, 10]
DRAWN = [name for name in NAMES if not INITIALIZERS[name].adapt]


def network(name, seed=0, activation="relu", sizes=SIZES, dtype=np.float32, **options):
    """Return the arrays of a network that a scheme draws, in single precision by default."""
    drawn = bind(name, **options).draw(layers_of(sizes, activation), seed)
    arrays = {}
    for index, (weights, biases) in enumerate(drawn, start=1):
        arrays[f"W{index}"] = weights.astype(dtype)
        arrays[f"b{index}"] = biases.astype(dtype)
    return arrays


def failed(result):
    """Return the tensors with findings, and the names of these."""
    return {(tensor.name, check.name) for tensor in result.tensors for check in tensor.findings}


def tensor_of(result, name):
    """Return what was found in the tensor of a name."""
    [tensor] = [each for each in result.tensors if each.name == name]
    return tensor


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("name", DRAWN)
def test_weights_drawn_as_claimed_are_consistent(name, dtype):
    """Every scheme of the catalogue passes the audit of its own claim, in half precision too."""
    activation = (*INITIALIZERS[name].requires.activations, "relu")[0]
    arrays = network(name, activation=activation, dtype=dtype)
    result = audit(arrays, bind(name), activation=activation)
    assert failed(result) == set()
    assert result.consistent
    assert {tensor.verdict for tensor in result.tensors} == {CONSISTENT}


@pytest.mark.parametrize("name", [name for name in NAMES if INITIALIZERS[name].adapt])
def test_data_driven_schemes_cannot_be_audited(name):
    """Such a scheme has no law to test weights against, and the audit says so."""
    with pytest.raises(UsageError, match=f"{name}' changes what it draws by looking at data"):
        audit(network("he"), bind(name))


def test_a_scheme_without_a_law_cannot_be_audited():
    """Weights cannot be tested against a scheme that states no law, and the audit says so."""
    with pytest.raises(UsageError, match="'mine' states no law"):
        audit(network("he"), bind(scheme(name="mine")(lambda rng, layer: rng.random(layer.shape))))


@pytest.mark.parametrize("name", ["torch:linear", "he_normal", "keras:he_normal"])
def test_a_true_claim_is_doubted_no_more_often_than_promised(name):
    """Of 100 audits of true claims at significance 0.05, at most 5 and chance are doubted."""
    doubted = sum(
        not audit(network(name, seed, sizes=[12, 24, 5]), bind(name), significance=0.05).consistent
        for seed in range(100)
    )
    assert doubted <= 5 + 5 * (100 * 0.05 * 0.95) ** 0.5


@pytest.mark.parametrize(
    ("drawn", "claimed", "expected"),
    [
        ("lecun_normal", "he", {("W2", "variance")}),
        ("he_uniform", "he", {("W2", "distribution")}),
        ("keras:he_normal", "he", {("W2", "tails")}),
        ("he", "keras:he_normal", {("W2", "range")}),
        ("he", "orthogonal", {("W2", "isometry")}),
        ("torch:linear", "glorot_standard", {("b2", "range")}),
        ("glorot_standard", "torch:linear", {("b2", "variance")}),
        ("he", "zeros", {("W2", "values")}),
        ("zeros", "he", {("W2", "constant")}),
        ("he", "sparse", {("W2", "zeros")}),
        ("he", "looks_linear", {("W2", "mirror"), ("W2", "isometry")}),
    ],
)
def test_another_scheme_is_recognised_by_its_differences(drawn, claimed, expected):
    """The checks that fail are those in which the two schemes differ."""
    result = audit(network(drawn), bind(claimed))
    assert expected <= failed(result)
    assert tensor_of(result, next(iter(expected))[0]).verdict == REFUTED
    assert not result.consistent


def test_the_standard_deviation_is_that_around_the_mean():
    """A shifted tensor keeps its standard deviation, and the finding is its mean."""
    shifted = np.random.default_rng(0).normal(0.5, (2 / 400) ** 0.5, (400, 100))
    [tensor] = audit({"W1": shifted}, "he").tensors
    assert tensor.std == pytest.approx(shifted.std())
    assert tensor.mean == pytest.approx(shifted.mean())
    failing = {check.name for check in tensor.findings}
    assert "mean" in failing
    assert "variance" not in failing
    assert tensor.cause == f"the mean is {shifted.mean():.4g}, not 0"


def test_a_gain_without_a_name_is_measured():
    """Where no known gain fits, the cause says how far the standard deviation is off."""
    arrays = {"W1": np.random.default_rng(0).normal(0, 1.2 * (2 / 400) ** 0.5, (400, 100))}
    [tensor] = audit(arrays, "he").tensors
    assert tensor.cause == "wrong gain: the standard deviation is 1.2 times the claimed one"


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_layers_that_share_their_draw_are_found(scale):
    """A generator that is seeded again for each layer gives the same numbers twice."""
    arrays = network("he")
    arrays["W3"] = np.float32(scale) * arrays["W2"].reshape(-1)[: 64 * 32].reshape(64, 32)
    assert ("W3", "stream") in failed(audit(arrays, "he"))
    arrays = network("he", sizes=[64, 64, 64])
    arrays["W2"] = arrays["W1"]
    assert failed(audit(arrays, "he")) == {("W2", "duplicate")}


def test_an_output_layer_may_be_tied_to_the_embedding():
    """The same tensor under both names is no finding."""
    weight = np.random.default_rng(0).normal(0, 0.02, (50, 16))
    assert audit({"wte.weight": weight, "lm_head.weight": weight.copy()}).consistent


def test_identical_units_are_found():
    """Two equal columns are never a draw, unless units have so few inputs that chance does it."""
    arrays = network("he")
    arrays["W2"][:, 5] = arrays["W2"][:, 3]
    assert ("W2", "units") in failed(audit(arrays, "he"))
    one_input = np.random.default_rng(0).normal(0.0, 2**0.5, (1, 500)).astype(np.float16)
    assert len(np.unique(one_input)) < 500
    assert audit({"W1": one_input}, "he").consistent


def test_biases_that_are_not_stored_are_not_tested():
    """Checkpoints without biases are asked about weights alone."""
    arrays = {name: array for name, array in network("torch:linear").items() if name[0] == "W"}
    assert audit(arrays, "torch:linear").consistent


def test_without_claims_schemes_are_named():
    """Each tensor has the schemes that it is consistent with, its own among them."""
    for name in ("he_normal", "he_uniform", "orthogonal", "torch:linear"):
        result = audit(network(name, sizes=[80, 120, 60]))
        assert result.consistent
        for tensor in result.tensors:
            if tensor.name.startswith("W"):
                assert tensor.verdict == UNCLAIMED
                assert name in (*tensor.consistent_with, "torch:linear")
    [tensor] = audit({"W1": np.random.default_rng(0).normal(0, 0.123, (80, 90))}).tensors
    assert tensor.consistent_with[0].startswith("normal, standard deviation 0.12")


def test_without_claims_constant_weights_are_reported():
    """Nothing has to be claimed for weights that are all zero to be a finding."""
    result = audit({"W1": np.zeros((5, 4)), "b1": np.zeros(4)})
    assert failed(result) == {("W1", "constant")}
    assert tensor_of(result, "W1").verdict == ODD


def test_patterns_claim_different_schemes():
    """The first pattern that matches decides, and tensors without a claim have no verdict."""
    rng = np.random.default_rng(0)
    arrays = {
        "h.0.mlp.c_fc.weight": rng.normal(0, 0.02, (80, 20)),
        "h.1.mlp.c_proj.weight": rng.normal(0, 0.02 / 2, (20, 80)),
        "ln.weight": np.ones(20),
    }
    claims = {
        "*c_proj.weight": {"name": "normal", "std": 0.02, "divide_by": "sqrt(2L)"},
        "h.*": {"name": "normal", "std": 0.02},
    }
    result = audit(arrays, claims)
    assert result.blocks == 2
    assert [tensor.verdict for tensor in result.tensors] == [CONSISTENT, CONSISTENT, UNCLAIMED]
    claimed = [tensor.claimed_std for tensor in result.tensors[:2]]
    assert claimed == pytest.approx([0.02, 0.01])
    without = {"h.*": {"name": "normal", "std": 0.02}}
    assert failed(audit(arrays, without)) == {
        ("h.1.mlp.c_proj.weight", name) for name in ("variance", "distribution", "tails")
    }


def test_p_values_are_corrected_for_the_number_of_tests():
    """With 40 tensors, a p-value is up to 4 tests × 40 times the one of a tensor alone."""
    rng = np.random.default_rng(3)
    arrays = {f"W{n}": rng.normal(0, (2 / 30) ** 0.5, (30, 30)) for n in range(1, 41)}
    arrays["W1"] *= 1.08
    [alone] = audit({"W1": arrays["W1"]}, "he").tensors
    many = tensor_of(audit(arrays, "he"), "W1")
    uncorrected = next(check.p_value for check in alone.checks if check.name == "variance") / 5
    corrected = next(check.p_value for check in many.checks if check.name == "variance")
    assert corrected == pytest.approx(200 * uncorrected, rel=0.05)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "there is no tensor of floating-point numbers"),
        ({"W1": np.array([["a"]])}, "there is no tensor of floating-point numbers"),
        ({"W1": np.ones((2, 2), int)}, "there is no tensor of floating-point numbers"),
    ],
)
def test_arrays_that_are_no_weights_are_refused(arrays, message):
    """There is nothing to test."""
    with pytest.raises(UsageError, match=message):
        audit(arrays, bind("he"))


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"*.kernel": "he"}, r"claims: '\*.kernel': matches no tensor: the names are W1, W2"),
        (
            {"*": {"name": "he", "divide_by": "sqrt(3L)"}},
            "must be a positive number or one of sqrt",
        ),
        ({"*": {"name": "he", "divide_by": 0}}, "must be a positive number"),
        ({"*": ["he"]}, "must be a scheme's name, or a mapping with one"),
        ({}, "there is no pattern"),
    ],
)
def test_claims_that_cannot_be_tested_are_refused(claims, message):
    """The message says which, and what to write."""
    with pytest.raises(UsageError, match=message):
        audit(network("he"), claims)


@pytest.mark.parametrize("name", ["he", "torch:linear", "zeros", "orthogonal", "sparse"])
def test_the_smallest_networks_can_be_audited(name):
    """One weight is little evidence, and no error."""
    result = audit(network(name, sizes=[1, 1]), bind(name))
    assert result.tensors[0].shape == (1, 1)


@pytest.mark.parametrize("significance", [0, 1, -0.5, np.nan])
def test_a_significance_is_a_probability(significance):
    """With NaN, no p-value would be a finding."""
    with pytest.raises(UsageError, match="significance must be between 0 and 1, not "):
        audit({"W1": np.ones((4, 4))}, significance=significance)


def test_numbers_too_large_to_square_are_a_finding():
    """They are absurd, and no warning about an overflow."""
    [tensor] = audit({"W1": np.linspace(-1e300, 1e300, 64).reshape(8, 8)}).tensors
    assert [check.name for check in tensor.findings] == ["magnitude"]
