"""An initialization draws a whole network, and refuses in words what cannot be drawn."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from initbench.errors import SchemeError, UnknownNameError, UsageError
from initbench.initializers import INITIALIZERS, Bias, LayerSpec, bind, layers_of
from initbench.seeding import Stream, generator
from tests.initializers.battery import NAMES

LAYERS = layers_of([3, 8, 8, 2], "relu")


def own_scheme(draw):
    """Return a scheme of one's own that draws like this."""
    return replace(INITIALIZERS["he_normal"], name="mine", aliases=(), draw=draw)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_gets_finite_float64_weights_and_biases(name):
    """Weights are (fan_in, fan_out), biases (fan_out,), for every layer."""
    activation = (*INITIALIZERS[name].requires.activations, "relu")[0]
    drawn = bind(name).draw(layers_of([3, 8, 8, 2], activation), seed=0)
    assert [weights.shape for weights, _ in drawn] == [(3, 8), (8, 8), (8, 2)]
    for weights, biases in drawn:
        assert weights.dtype == biases.dtype == np.float64
        assert np.isfinite(weights).all()
        assert np.isfinite(biases).all()
        assert biases.shape == weights.shape[1:]


def test_layers_have_their_index_and_activation():
    """Fans chain, indices count from the input, and the last layer gives logits."""
    assert (
        LayerSpec(3, 8, 0, 3, "relu", "relu"),
        LayerSpec(8, 8, 1, 3, "relu", "relu"),
        LayerSpec(8, 2, 2, 3, "linear", "relu"),
    ) == LAYERS


def test_he_and_random_differ_by_a_factor():
    """Two schemes that scale a normal draw scale the same one, layer by layer."""
    pairs = zip(bind("he").draw(LAYERS, 5), bind("random", std=10).draw(LAYERS, 5), strict=True)
    for layer, ((he, _), (large, _)) in zip(LAYERS, pairs, strict=True):
        factor = math.sqrt(2 / layer.fan_in) / 10
        np.testing.assert_allclose(he, factor * large, rtol=1e-14)


def test_a_deeper_network_begins_with_the_same_layers():
    """Adding a layer moves no other layer's numbers."""
    shallow = bind("he").draw(layers_of([3, 8, 8], "relu"), 0)
    deep = bind("he").draw(layers_of([3, 8, 8, 8], "relu"), 0)
    for (first, _), (second, _) in zip(shallow, deep, strict=False):
        assert np.array_equal(first, second)


@pytest.mark.parametrize(
    ("name", "first_row"),
    [
        ("he_normal", [0.15618540843812176, -0.9392003619763128]),
        ("he_uniform", [-0.6638249476073586, -1.1280458184502415]),
        ("variance_scaling", [-0.390416787454288, -0.7734416404549864]),
        ("orthogonal", [0.16866815957581882, -0.618800334317202]),
    ],
)
def test_draws_equal_the_stored_numbers(name, first_row):
    """Stored runs are taken up again by key: where this fails, the keys' format has to change."""
    [(weights, _)] = bind(name).draw([LayerSpec(3, 2)], seed=0)
    assert weights[0] == pytest.approx(first_row, rel=1e-13)


@pytest.mark.parametrize("std", [1e-200, 1e200])
def test_extreme_standard_deviations_neither_overflow_nor_vanish(std):
    """The size is never squared on its way, so it neither overflows nor vanishes."""
    [(drawn, _)] = bind("random", std=std).draw(LAYERS[:1], seed=0)
    [(unit, _)] = bind("normal").draw(LAYERS[:1], seed=0)
    assert np.array_equal(drawn, std * unit)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("he", {"std": 1}, "'he_normal': std: unknown option"),
        ("he", {"mode": "fan"}, "'he_normal': mode: must be one of fan_in, fan_out, not 'fan'"),
        ("random", {"std": -1}, "'random': std: must be at least 0, not -1"),
        ("random", {"std": "big"}, "'random': std: must be a number, not 'big'"),
        ("random", {"std": True}, "'random': std: must be a number, not True"),
        ("constant", {"value": math.nan}, "'constant': value: must be finite, not nan"),
        ("glorot", {"gain": 0}, "'glorot_uniform': gain: must be greater than 0, not 0"),
        ("zeros", {"value": 1}, "'zeros': value: unknown option. It takes none."),
    ],
)
def test_invalid_options_raise_with_a_message(name, options, message):
    """The message names the scheme, the option and what is wrong with it."""
    with pytest.raises(UsageError) as raised:
        bind(name, **options)
    assert message in str(raised.value)


def test_an_unknown_scheme_suggests_the_nearest_name():
    """A typing error gets the name that was meant."""
    with pytest.raises(UnknownNameError, match="Did you mean 'he_normal'"):
        bind("he_norml")


@pytest.mark.parametrize(
    ("fans", "message"),
    [
        ((0, 3), "fan_in must be an integer of at least 1, not 0"),
        ((3, -1), "fan_out must be an integer of at least 1, not -1"),
        ((2.5, 3), "fan_in must be an integer of at least 1, not 2.5"),
        ((True, 3), "fan_in must be an integer of at least 1, not True"),
        ((3, 3, 2, 2), "there is no layer 2 in a network of 2"),
    ],
)
def test_invalid_layers_raise(fans, message):
    """Fans are positive integers, and a layer stands in its network."""
    with pytest.raises(UsageError, match=message):
        LayerSpec(*fans)


def test_fans_may_be_integers_of_numpy():
    """The size of an array is a fan as it is."""
    assert LayerSpec(np.int64(3), np.int64(4)).shape == (3, 4)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (
            lambda _, layer: np.zeros((layer.fan_out, layer.fan_in)),
            r"'mine' drew weights of shape \(8, 3\)",
        ),
        (
            lambda _rng, _layer: None,
            "'mine' failed, drawing 3 × 8: TypeError: it drew object numbers",
        ),
        (lambda _, layer: np.full(layer.shape, np.nan), "'mine' drew NaN or infinite weights"),
        (lambda _, layer: np.full(layer.shape, 1e308) * 10, "'mine' drew NaN or infinite weights"),
    ],
    ids=["transposed", "nothing", "nan", "overflow"],
)
def test_errors_name_a_scheme_that_draws_wrong_shapes_or_values(draw, message):
    """A wrong shape and numbers that are not finite are the scheme's error, without a warning."""
    with pytest.raises(UsageError, match=message):
        bind(own_scheme(draw)).draw(LAYERS[:1], seed=0)


def test_errors_name_a_scheme_that_raises():
    """What went wrong is said with the scheme's name, the layer, and the line of its code."""

    def draw(_rng, _layer):
        raise ZeroDivisionError

    message = "'mine' failed, drawing 3 × 8: ZeroDivisionError .test_initialization.py, line"
    with pytest.raises(SchemeError, match=message):
        bind(own_scheme(draw)).draw(LAYERS, seed=0)


@pytest.mark.parametrize("module", [np.random, random], ids=["numpy", "python"])
def test_global_random_state_is_restored_and_its_use_raises(module):
    """A generator that all share is as it was, and the scheme is told what to draw from."""

    def draw(_rng, layer):
        module.seed(3)
        return np.full(layer.shape, module.random())

    module.seed(7)
    expected = module.random()
    module.seed(7)
    with pytest.raises(SchemeError, match="'mine' draws from a generator that the whole process"):
        bind(own_scheme(draw)).draw(LAYERS, seed=0)
    assert module.random() == expected


def test_draws_of_other_types_become_float64():
    """What is drawn in float32 or as nested lists is taken as float64."""
    scheme = own_scheme(lambda rng, layer: rng.random(layer.shape, np.float32).tolist())
    [(weights, _)] = bind(scheme).draw([LayerSpec(2, 3)], seed=0)
    assert weights.dtype == np.float64


def test_biases_have_a_stream_of_their_own():
    """Drawing biases moves no weight, and the layers' biases differ."""
    plain = bind("glorot_standard").draw(LAYERS, seed=3)
    biased = bind("torch:linear").draw(LAYERS, seed=3)
    for (weights, _), (same, _) in zip(plain, biased, strict=True):
        assert np.array_equal(weights, same)
    layer = LAYERS[1]
    expected = generator(3, Stream.BIASES, 1).uniform(-1.0, 1.0, 8) / math.sqrt(layer.fan_in)
    assert np.array_equal(biased[1][1], expected)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda _rng, _layer: np.zeros(3), r"'mine' drew biases of shape \(3,\)"),
        (lambda _rng, layer: np.full(layer.fan_out, np.inf), "drew NaN or infinite biases"),
    ],
)
def test_invalid_biases_raise(draw, message):
    """Wrong shapes and infinite biases are the scheme's error."""
    bias = Bias(draw=draw, distribution="normal", formula="none")
    scheme = replace(INITIALIZERS["lecun_normal"], name="mine", aliases=(), bias=bias)
    with pytest.raises(UsageError, match=message):
        bind(scheme).draw(LAYERS[1:2], seed=0)


def test_draws_bias_requires_a_last_row_of_biases():
    """What is drawn together has one row more than there are inputs."""
    scheme = replace(INITIALIZERS["he_normal"], name="mine", aliases=(), draws_bias=True)
    with pytest.raises(UsageError, match=r"drew weights and biases of shape \(8, 8\)"):
        bind(scheme).draw(LAYERS[1:2], seed=0)


def test_a_position_outside_the_branch_raises():
    """A branch of two layers has no third."""
    assert LayerSpec(3, 3, branch_layers=2, branch_position=1).ends_branch
    assert not LayerSpec(3, 3, branch_layers=2).ends_branch
    with pytest.raises(UsageError, match="no layer 2 in a branch of 2"):
        LayerSpec(3, 3, branch_layers=2, branch_position=2)
