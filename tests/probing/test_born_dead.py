"""The probability that networks are born dead: exact where it is known, otherwise bounded."""

import math
from itertools import pairwise

import numpy as np
import pytest

from initbench import probe
from initbench.errors import UsageError
from initbench.initializers import bind
from initbench.nn import Architecture, bind_activation
from initbench.probing import BornDead, count_born_dead, dead_start


def exact_of_two_layers(width):
    """Return the probability that two layers of symmetric weights are dead for one number.

    In the first layer each unit passes one sign. In the second, a unit is off for each sign that
    arrives with a chance of a half, and off for both independently, as they come by other units.
    """
    one_sign = 2 * 0.5**width
    return one_sign * 0.5**width + (1 - one_sign) * 0.25**width


def surely(found, chance):
    """Return whether a count is within five standard errors of a probability."""
    error = math.sqrt(chance * (1 - chance) / found.networks)
    return abs(found.probability - chance) < 5 * error


@pytest.mark.parametrize("width", [1, 2, 3])
def test_two_layers_have_the_exact_probability_of_being_dead(width):
    """For one input feature, with normal and with uniform weights."""
    for name in ("he", "glorot_uniform"):
        found = count_born_dead(bind(name), [width] * 2, features=1)
        assert surely(found, exact_of_two_layers(width))


@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_deep_network_is_born_dead_less_often_than_for_one_input(width):
    """A network alive for one input is alive: the probability is below 1 - (1 - 2^-width)^depth.

    With symmetric weights a layer that is reached by one input is off with a chance of 2^-width.
    """
    found = count_born_dead(bind("he"), [width] * 10, features=1)
    assert found.interval[0] < 1 - (1 - 0.5**width) ** 10
    assert found.probability > exact_of_two_layers(width)


def test_the_probability_falls_with_width_and_grows_with_depth():
    """Narrow and deep networks are born dead most often (Lu et al. 2019)."""
    by_width = [count_born_dead(bind("he"), [width] * 10, features=1) for width in (2, 4, 6)]
    assert all(a.interval[0] > b.interval[1] for a, b in pairwise(by_width))
    shallow, deep = (count_born_dead(bind("he"), [3] * depth, features=1) for depth in (4, 16))
    assert shallow.interval[1] < deep.interval[0]


def test_asymmetric_weights_are_dead_less_often():
    """At depth 10, the scheme of Lu et al. (rai) is dead far less often than He's."""
    rai, he = (count_born_dead(bind(name), [3] * 10, features=1) for name in ("rai", "he"))
    assert 4 * rai.interval[1] < he.interval[0]


def test_the_interval_is_wilsons():
    """For 0 and 10 of 10, and 50 of 100, with the digits of textbooks."""
    assert BornDead(0, 10).interval == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert BornDead(10, 10).interval == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert BornDead(50, 100).interval == pytest.approx((0.4038, 0.5962), abs=1e-4)


def test_remedies_are_safe():
    """The proposed width and schemes are safe; the next smaller width is not."""
    found = dead_start(bind("he"), Architecture((1, 3, 3, 3, 3, 1), bind_activation("relu")))
    widen, *others = found["mend"]
    width = int(widen.removeprefix("widen to "))
    assert count_born_dead(bind("he"), [width] * 4, features=1).is_safe
    assert not count_born_dead(bind("he"), [width - 1] * 4, features=1).is_safe
    for order in others:
        assert count_born_dead(bind(order.removeprefix("use ")), [3] * 4, features=1).is_safe


def test_a_safe_network_needs_no_remedy():
    """A wide network is not born dead, and the list of remedies is empty."""
    found = dead_start(bind("he"), Architecture((8, 32, 32, 1), bind_activation("relu")))
    assert (found["dead"], found["is_safe"], found["mend"]) == (0, True, [])


@pytest.mark.parametrize(
    ("activation", "options"), [("tanh", {}), ("relu", {"normalization": "layer"})]
)
def test_only_plain_relu_networks_are_born_dead(activation, options):
    """Other networks are refused with a message."""
    architecture = Architecture((8, 4, 1), bind_activation(activation), **options)
    with pytest.raises(UsageError, match=r"only networks with relu|plain networks"):
        dead_start(bind("he"), architecture)


def test_a_data_driven_scheme_is_refused():
    """Its draw, before adaptation, is not the initialization of the network."""
    with pytest.raises(UsageError, match="lsuv looks at data"):
        count_born_dead(bind("lsuv"), [4], features=1)


def test_positive_data_leave_more_networks_dead_than_points_of_the_cube():
    """A layer of two units with two inputs, where both probabilities are exact.

    He's draw without biases: a unit is off for the whole positive quadrant if both of its weights
    are negative, with a chance of a quarter, and two units are with 1 / 16. On the cube, which has
    points of both signs, each unit is on for about half of them.
    """
    data = np.random.default_rng(0).exponential(size=(4_000, 2)) ** 3
    found = count_born_dead(bind("he"), [2], features=2, bias=False, inputs=data)
    assert surely(found, 1 / 16)
    assert found.inputs == "1024 training inputs"
    cube = count_born_dead(bind("he"), [2], features=2, bias=False)
    assert (cube.dead, cube.inputs) == (0, "128 points of the cube from -1 to 1")


def test_an_experiment_counts_dead_networks_on_its_own_inputs(tmp_path):
    """With positive, unscaled inputs, a quarter of networks of one unit are dead."""
    data = np.random.default_rng(0).exponential(size=(400, 2)) ** 3
    np.savez(tmp_path / "positive.npz", X=data, y=np.arange(400) % 2)
    settings = {
        "dataset": {"name": "file", "path": str(tmp_path / "positive.npz"), "scaling": "none"},
        "network": {"hidden": [1], "activation": "relu", "bias": False},
        "inits": ["he"],
        "seeds": 1,
    }
    found = probe(config=settings)
    assert found.inputs.min() > 0.0
    chance = dead_start(found.initializations["he"], found.architecture, found.inputs)
    assert chance["inputs"] == f"{len(found.inputs)} training inputs"
    assert abs(chance["probability"] - 1 / 4) < 5 * math.sqrt(3 / 16 / chance["networks"])


def test_inputs_with_another_number_of_features_are_refused():
    """The message names the shape that is needed."""
    with pytest.raises(UsageError, match=r"one row a sample and 3 columns, not the shape \(5, 2\)"):
        count_born_dead(bind("he"), [4], features=3, inputs=np.ones((5, 2)))
