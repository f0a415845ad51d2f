"""A forecast follows the maps, and its spread is that of Hanin & Rolnick for ReLU."""

import numpy as np
import pytest

from initbench.nn import bind_activation
from initbench.theory import WideLayer, forecast


def stack(scaled, width=100, depth=10, bias_variance=0.0):
    """Return equal layers with a weight variance of `scaled` over the fan-in."""
    return [WideLayer(width, width, scaled / width, bias_variance)] * depth


def inputs(width=100, samples=6):
    """Return samples whose mean square is one."""
    draws = np.random.default_rng(0).standard_normal((samples, width))
    return draws / np.sqrt(np.square(draws).mean(axis=1, keepdims=True))


def test_relu_at_lecuns_variance_halves_a_squared_length_a_layer():
    """After thirty layers 3.05e-5 of a length are left, and likewise of a gradient."""
    found = forecast(bind_activation("relu"), stack(1.0, depth=31), inputs())
    ratio = np.sqrt(found.lengths[30] / found.lengths[0])
    np.testing.assert_allclose(ratio, 3.05e-5, rtol=1e-3)
    np.testing.assert_allclose(np.sqrt(found.gradients[0]), ratio, rtol=1e-9)


@pytest.mark.parametrize(("activation", "scaled", "each"), [("relu", 2.0, 5), ("linear", 1.0, 2)])
def test_the_log_of_a_length_spreads_by_the_sum_of_inverse_widths(activation, scaled, each):
    """5 / n a layer for ReLU at He's variance (Hanin & Rolnick 2018), 2 / n for linear units.

    That is the first order in 1 / n; of a gradient, the second has at most 22 / n² a layer.
    """
    found = forecast(bind_activation(activation), stack(scaled), inputs())
    layers, second = np.arange(10), 22 / 100**2
    np.testing.assert_allclose(found.length_spread**2, each * layers / 100 + 2 / 100, rtol=1e-8)
    beyond = found.gradient_spread**2 - each * layers[::-1] / 100
    assert (beyond >= 0.0).all()
    assert (beyond <= second * layers[::-1] + 1e-12).all()


@pytest.mark.parametrize(("total", "published"), [(0.3, 1.6), (1.0, 5.0)])
def test_the_spread_has_the_published_value(total, published):
    """A sum of inverse widths of 0.3 gives a variance of about 1.6, one of 1.0 gives 5."""
    width = 20
    depth = round(total * width)
    found = forecast(bind_activation("relu"), stack(2.0, width, depth + 1), inputs(width))
    assert found.length_spread[-1] ** 2 - 2 / width == pytest.approx(published, rel=0.1)


def test_a_network_that_forgets_spreads_no_further():
    """Far into the ordered phase each layer's chance is soon forgotten, whatever the depth."""
    found = forecast(bind_activation("tanh"), stack(1.2, depth=40, bias_variance=0.1), inputs())
    assert found.length_spread[-1] == pytest.approx(found.length_spread[15], rel=1e-6)


def test_one_layer_is_known_but_for_its_units():
    """The first layer's preactivations have the variance of the inputs, exactly."""
    layers = stack(3.0, depth=1, bias_variance=0.5)
    found = forecast(bind_activation("tanh"), layers, 2.0 * inputs())
    np.testing.assert_allclose(found.lengths, 12.5, rtol=1e-12)
    np.testing.assert_array_equal(found.gradients, 1.0)
    assert found.gradient_spread.tolist() == [0.0]


def test_samples_may_be_equal_or_opposite():
    """A correlation that rounding takes beyond one is one."""
    draws = inputs()
    for sign in (1.0, -1.0):
        pair = np.stack([draws[0] * 1.1, sign * draws[0] * 0.7])
        found = forecast(bind_activation("relu"), stack(2.0, depth=3), pair)
        assert found.correlations[0] == pytest.approx(sign)
        assert found.correlations[-1] == pytest.approx(1.0) or sign < 0


def test_a_signal_that_overflows_or_vanishes_is_no_error():
    """Infinite, zero and undefined numbers stand where theory has no others."""
    relu = bind_activation("relu")
    large = forecast(relu, stack(1e40, depth=12), inputs())
    assert not np.isfinite(large.lengths[-1]).any()
    nothing = forecast(relu, stack(0.0, depth=4), inputs())
    assert (nothing.lengths == 0.0).all()
    assert np.isnan(nothing.correlations).all()


def draw_logarithms(name, scaled, bias_variance, width, depth, networks):
    """Return the logarithm of a gradient's mean square over that at the top, at the first layer."""
    activation, rng = bind_activation(name), np.random.default_rng(0)
    found = []
    for start in range(0, networks, 50):
        runs = min(50, networks - start)
        made, weights, signals = np.ones((runs, 1, width)), [], []
        for _ in range(depth + 1):
            drawn = rng.standard_normal((runs, width, width), np.float32)
            weights.append(np.float32(np.sqrt(scaled / width)) * drawn)
            biases = np.sqrt(bias_variance) * rng.standard_normal((runs, 1, width))
            signals.append(np.matmul(made, weights[-1]) + biases)
            made = activation.values(signals[-1])
        deltas = rng.standard_normal((runs, 1, width))
        deltas /= np.sqrt(np.square(deltas).mean(axis=-1, keepdims=True))
        for layer in range(depth - 1, -1, -1):
            back = np.matmul(deltas, weights[layer + 1].mT)
            deltas = back * activation.slopes(signals[layer])
        found.append(np.log(np.square(deltas).mean(axis=(1, 2))))
    return np.concatenate(found)


@pytest.mark.parametrize(
    ("name", "scaled", "bias_variance", "layers_per_unit"),
    [
        ("tanh", 1.760955, 0.05, 0.45),
        ("gelu", 1.983058, 0.172922, 0.16),
        ("relu", 2.0, 0.0, 0.16),
    ],
)
def test_the_band_of_a_gradient_holds_95_percent_of_drawn_networks(
    name, scaled, bias_variance, layers_per_unit
):
    """Between 93 and 97 %, at widths 32, 48 and 64, within what 700 networks each can show.

    Networks are drawn here with NumPy alone. With 2,100 networks the standard error is half a
    percent; a band without the effect of lengths on slopes holds 91 % for tanh and 89 % for gelu.
    """
    inside = []
    for width in (32, 48, 64):
        depth = round(layers_per_unit * width)
        layers = stack(scaled, width, depth + 1, bias_variance)
        ones = np.ones((2, width)) * np.array([[1.0], [-1.0]])
        found = forecast(bind_activation(name), layers, ones)
        spread = found.gradient_spread[0]
        middle = np.log(found.gradients[0, 0]) - spread**2 / 2
        logarithms = draw_logarithms(name, scaled, bias_variance, width, depth, 700)
        inside.append(np.abs(logarithms - middle) < 1.96 * spread)
    assert 0.93 <= np.mean(inside) <= 0.97
