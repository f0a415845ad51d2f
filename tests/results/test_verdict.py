"""Verdicts say what was measured and how far seeds are apart, and no more than these bear out."""

import numpy as np
import pytest

from initbench.results.probes import SchemeProbe, verdict

GUESS = 2.3


@pytest.fixture
def make_scheme():
    """Return a maker of measurements from sizes (S, H) of signal and gradient."""

    def make(signal, gradient=None, loss=GUESS, **changes):
        signal = np.asarray(signal, float)
        gradient = np.ones_like(signal) if gradient is None else np.asarray(gradient, float)
        layers = {
            "preactivation_rms": signal,
            "delta_rms": gradient,
            "dead_fraction": np.zeros_like(signal),
            "saturated_fraction": np.zeros_like(signal),
            "effective_rank": np.full_like(signal, 9.0),
        }
        layers |= {name: np.broadcast_to(value, signal.shape) for name, value in changes.items()}
        with_logits = {
            name: np.concatenate([values, values[:, -1:]], axis=1)
            for name, values in layers.items()
        }
        losses = np.full(len(signal), loss)
        return SchemeProbe(with_logits, losses, GUESS, None, None, np.zeros((1, 1)), None)

    return make


def test_a_steady_fall_is_so_much_a_layer(make_scheme):
    """With the layer from which on the signal is faint, and the spread of the seeds."""
    sizes = np.stack([rate ** np.arange(40.0) for rate in (0.7, 0.75, 0.8)])
    text = verdict(make_scheme(sizes))
    assert text.startswith("The signal falls by ×0.75 a layer, 0.7 to 0.8 over 3 seeds, below 1e-4")
    assert "below 1e-4 from layer 34 on" in text  # 0.75 ** 33 is 7.5e-5
    assert "gradients change by less than a factor of 2" in text


def test_gradients_are_followed_from_the_last_layer_to_the_first(make_scheme):
    """Their growth is on the way back, and so are the layers beyond a limit."""
    gradient = np.tile(1.4 ** np.arange(40.0)[::-1], (3, 1))
    text = verdict(make_scheme(np.ones((3, 40)), gradient))
    assert "gradients grow by ×1.4 a layer on the way back, above 1e4 from layer 12 on" in text


def test_an_uneven_change_is_not_given_a_rate(make_scheme):
    """A signal that falls and then stays has no factor a layer."""
    sizes = np.tile(np.r_[0.5 ** np.arange(6.0), [0.03] * 20], (4, 1))
    text = verdict(make_scheme(sizes))
    assert "The signal falls by ×0.03 in all, unevenly" in text
    assert "a layer" not in text


def test_a_small_change_is_no_change(make_scheme):
    """Less than a factor of two from end to end is said as that, with its spread."""
    sizes = np.array([[1.0, 0.9, 0.7], [1.0, 1.1, 1.3]])
    text = verdict(make_scheme(sizes))
    assert (
        "The signal changes by less than a factor of 2 (×1 from end to end, 0.7 to 1.3 over" in text
    )


def test_seeds_that_go_different_ways_are_not_averaged(make_scheme):
    """Where some grow and others fall by much, that is what is said."""
    sizes = np.array([[1.0, 0.5, 0.1], [1.0, 0.6, 0.2], [1.0, 2.0, 4.0]])
    text = verdict(make_scheme(sizes))
    assert text.startswith("Seeds differ on the signal (×0.2 from end to end, 0.1 to 4 over 3")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dead_fraction": 0.3}, "30% of the units are dead in layer 1"),
        ({"dead_fraction": [[1.0], [0.0]]}, "a whole layer is dead in 1 of 2 seeds"),
        ({"saturated_fraction": 0.9}, "90% of the activations are saturated in layer 1"),
        ({"effective_rank": 1.0}, "all inputs look alike from layer 1 on"),
        ({"loss": 6.9}, "the initial loss is 6.9, ×3 that of a constant prediction"),
        ({"loss": np.nan}, "the loss is not finite"),
    ],
)
def test_dead_and_saturated_units_collapse_and_high_losses_are_reported(make_scheme, changes, said):
    """Dead and saturated units, inputs that look alike, and a high initial loss."""
    plain = verdict(make_scheme(np.ones((2, 4))))
    text = verdict(make_scheme(np.ones((2, 4)), **changes))
    assert said in text
    assert said not in plain


def test_the_share_of_dead_units_is_the_mean_that_the_table_shows(make_scheme):
    """Not the median, which would be 40 %."""
    text = verdict(make_scheme(np.ones((3, 4)), dead_fraction=[[0.2], [0.4], [0.9]]))
    assert "50% of the units are dead in layer 1" in text


def test_non_finite_and_zero_values_are_counted_in_seeds(make_scheme):
    """Such sizes have no rate."""
    sizes = np.ones((3, 4))
    sizes[0, 2:] = np.inf
    assert "The signal is not finite in 1 of 3 seeds" in verdict(make_scheme(sizes))
    sizes = np.ones((3, 4))
    sizes[1:, 1:] = 0.0
    text = verdict(make_scheme(sizes))
    assert "The signal is zero at layer 2 in 2 of 3 seeds; in the others the signal changes" in text


@pytest.mark.parametrize(
    ("end", "small"), [(1.99, True), (2.01, False), (0.51, True), (0.49, False)]
)
def test_a_change_is_small_below_a_factor_of_two(make_scheme, end, small):
    """From the first hidden layer to the last, up or down."""
    text = verdict(make_scheme(np.tile(np.linspace(1.0, end, 3), (3, 1))))
    assert ("The signal changes by less than a factor of 2" in text) is small
