"""Recommendations from the atlas: what is expected, from which cells, and for which networks."""

import math

import numpy as np
import pytest

from initbench.atlas.recommendation import (
    PRIOR,
    advise,
    distance,
    expected_regrets,
    held_out_hits,
    left_out_hits,
    read_network,
    recommendations,
    shortlist,
    why_outside,
)
from initbench.atlas.report import advice_text
from initbench.initializers import specs_of
from initbench.nn import Architecture, bind_activation
from tests.atlas.cells import make_cell

LAYERS = specs_of(Architecture((64, 8, 8, 10), bind_activation("relu")))


def test_distances_add_up():
    """Another activation is 2 away, and a depth of 2.5 times as much is 1 away."""
    row = make_cell({"he_normal": 0.9}).first
    same = {
        name: getattr(row, name)
        for name in ("activation", "structure", "optimizer", "dataset", "depth", "width")
    }
    assert distance(same, row) == 0.0
    assert distance(same | {"activation": "tanh", "depth": 12.5}, row) == pytest.approx(3.0)
    assert distance(same | {"width": 16, "dataset": "moons"}, row) == pytest.approx(1.0)


def test_expected_regrets_are_weighted_means():
    """Weights of 1/2 and 1/4, and the mean of all regrets with the weight of the prior."""
    regrets = np.array([[0.0, 0.4], [0.2, math.nan]])
    expected = expected_regrets(np.array([1.0, 2.0]), regrets)
    mean = 0.2
    assert expected[0] == pytest.approx((0.25 * 0.2 + PRIOR * mean) / (0.75 + PRIOR))
    assert expected[1] == pytest.approx((0.5 * 0.4 + PRIOR * mean) / (0.5 + PRIOR))


def test_a_measured_network_is_answered_by_its_own_cell():
    """Whatever the others say; what is not measured there is not recommended."""
    regrets = np.array([[0.3, 0.0, math.nan], [0.0, 0.9, 0.0]])
    assert expected_regrets(np.array([0.0, 0.1]), regrets).tolist() == [0.3, 0.0, math.inf]


def test_a_cell_is_not_used_for_its_own_recommendation():
    """The scheme that is best elsewhere is recommended, and its regret is the cell's own."""
    cells = (
        make_cell({"a": 0.9, "b": 0.5}, "atlas-1", depth=5),
        make_cell({"a": 0.9, "b": 0.5}, "atlas-2", depth=6),
        make_cell({"a": 0.5, "b": 0.9}, "atlas-3", depth=20),
        make_cell({"a": 0.9, "b": 0.5}, "atlas-held-out-1", depth=7, held_out=True),
    )
    [(name, ranked)] = recommendations([cells[2]], cells[:3])
    assert (name, ranked) == ("atlas-3", (("a", pytest.approx(0.4)), ("b", 0.0)))
    assert (left_out_hits(cells).hits, left_out_hits(cells).cells) == (2, 3)
    assert (held_out_hits(cells).hits, held_out_hits(cells).cells) == (1, 1)


def test_a_shortlist_is_a_hit_if_one_of_its_schemes_is():
    """Of the two that are best elsewhere, the one that is better in the cell itself counts."""
    cells = (
        make_cell({"a": 0.9, "b": 0.8, "c": 0.1}, "atlas-1"),
        make_cell({"a": 0.9, "b": 0.8, "c": 0.1}, "atlas-2", depth=6),
        make_cell({"a": 0.1, "b": 0.9, "c": 0.95}, "atlas-3", depth=50, activation="tanh"),
        make_cell({"a": 0.7, "b": 0.9, "c": 0.5}, "atlas-held-out-1", depth=7, held_out=True),
    )
    assert [left_out_hits(cells, 0.02, first).hits for first in (1, 2, 3)] == [2, 2, 3]
    assert [held_out_hits(cells, 0.02, first).hits for first in (1, 2)] == [0, 1]


def test_held_out_cells_are_not_used():
    """Neither for the ranking nor as neighbours, even if they are this very network."""
    cells = (
        make_cell({"he_normal": 0.9, "zeros": 0.1}, "atlas-1"),
        make_cell({"he_normal": 0.1, "zeros": 0.9}, "atlas-held-out-1", depth=6, held_out=True),
    )
    found = advise(read_network({"depth": 6, "width": 64}), LAYERS, cells)
    assert found.pick == "he_normal"
    assert [each.cell for each in found.nearest] == ["atlas-1"]
    assert found.nearest[0].differs == ("depth",)


def test_schemes_that_do_not_apply_are_left_out():
    """Those for sines are not recommended to a ReLU network, nor is one that no longer exists."""
    cells = (make_cell({"siren": 0.9, "gone": 0.9, "he_normal": 0.8}, activation="sin"),)
    found = advise(read_network({"depth": 5, "width": 64}), LAYERS, cells)
    assert [each.scheme for each in found.ranking] == ["he_normal"]


def test_schemes_for_another_optimizer_are_left_out():
    """`u_mup` states rates for Adam alone: it is measured nowhere near a network trained by SGD."""
    cells = (
        make_cell({"he_normal": 0.5, "u_mup": 0.9}, "atlas-1", optimizer="adam"),
        make_cell({"he_normal": 0.5}, "atlas-2"),
    )
    ranking = advise(read_network({"depth": 6, "width": 64}), LAYERS, cells).ranking
    assert [each.scheme for each in ranking] == ["he_normal"]


SHORT = (
    make_cell({"zeros": 0.1, "he_normal": 0.9, "lsuv": 0.8, "siren": 1.0}, "atlas-1"),
    make_cell({"he_normal": 0.9, "siren": 0.8}, "atlas-2", activation="leaky_relu"),
    make_cell({"zeros": 0.5}, "atlas-3", structure="residual"),
)


@pytest.mark.parametrize(
    ("network", "more"),
    [
        ({"depth": 5, "width": 64}, ()),
        ({"depth": 500, "width": 64}, ()),
        ({"hidden": [128, 32]}, ()),
        ({"depth": 5, "width": 64, "bias": False}, ("training.batch_size=8",)),
        ({"depth": 5, "width": 64}, ("dataset=moons", "training.optimizer=rmsprop")),
    ],
)
def test_a_shortlist_names_what_is_best_in_near_networks(network, more):
    """Best first, whatever the sizes, data and training are; without schemes that do not apply."""
    asked = read_network(network, more)
    assert shortlist(asked, LAYERS, SHORT) == ("he_normal", "lsuv", "zeros")


@pytest.mark.parametrize(
    "network",
    [
        {"activation": "mish"},
        {"activation": {"name": "leaky_relu", "slope": 0.3}},
        {"normalization": "layer"},
        {"normalization": "batch"},
        {"residual": {"learned_scale": True}},
    ],
)
def test_networks_of_another_kind_have_no_shortlist(network):
    """Another activation, option, normalization or kind of block than is measured."""
    asked = read_network({"depth": 5, "width": 64, **network})
    assert shortlist(asked, LAYERS, SHORT) == ()


def test_a_shortlist_is_short():
    """However many schemes are measured."""
    names = ["he_normal", "he_uniform", "lsuv", "orthogonal", "random", "zeros", "glorot_uniform"]
    cells = (make_cell(dict.fromkeys(names, 0.5)),)
    assert len(shortlist(read_network({"depth": 6, "width": 64}), LAYERS, cells)) == 6


def test_rates_are_those_of_near_cells_of_the_optimizer():
    """The geometric mean, to one digit; unknown where the optimizer is not measured."""
    cells = (
        make_cell({"he_normal": 0.9}, "atlas-1", rate=0.1, depth=4),
        make_cell({"he_normal": 0.9}, "atlas-2", rate=0.001, depth=4),
        make_cell({"he_normal": 0.9}, "atlas-3", rate=1.0, optimizer="adam"),
    )
    asked = read_network({"depth": 5, "width": 64})
    assert advise(asked, LAYERS, cells).ranking[0].learning_rate == pytest.approx(0.01)
    momentum = read_network({"depth": 5, "width": 64}, optimizer="momentum")
    assert math.isnan(advise(momentum, LAYERS, cells).ranking[0].learning_rate)


def test_near_networks_are_named_with_what_the_recommended_scheme_loses_there():
    """Nothing is said of that where it leads itself, or is not measured."""
    cells = (
        make_cell({"he_normal": 0.9, "zeros": 0.1}, "atlas-1", depth=4),
        make_cell({"he_normal": 0.8, "lsuv": 0.9}, "atlas-2", depth=8),
        make_cell({"lsuv": 0.9}, "atlas-3", depth=9),
    )
    found = advise(read_network({"depth": 4, "width": 64}), LAYERS, cells)
    near = advice_text(found, {}).split("\n\n")[2].splitlines()
    assert near == [
        "Nearest measured networks:",
        "- atlas-1: this network; he_normal leads",
        "- atlas-2: differs in depth; lsuv leads, he_normal is 0.100 behind",
        "- atlas-3: differs in depth; lsuv leads",
    ]


@pytest.mark.parametrize(
    ("network", "more", "said"),
    [
        ({"depth": 5, "width": 64}, (), ""),
        ({"depth": 5, "width": 64, "activation": "tanh"}, (), "activation tanh is not measured"),
        ({"depth": 500, "width": 64}, (), "depth 500 is not between 5 and 50"),
        ({"depth": 5, "width": 64, "normalization": "batch"}, (), "the atlas has networks whose"),
        ({"hidden": [64, 32]}, (), "the atlas has networks whose hidden layers have one width"),
        ({"depth": 5, "width": 64, "bias": False}, (), "another bias"),
        ({"depth": 5, "width": 64}, ("training.batch_size=8",), "another batch size"),
        ({"depth": 5, "width": 64}, ("dataset=moons",), "dataset moons is not measured"),
        ({"depth": 5, "width": 64}, ("dataset.scaling=none",), "another data set"),
        ({"depth": 5, "width": 64}, ("training.optimizer=adam",), "optimizer adam is not measured"),
        (
            {"depth": 5, "width": 64},
            ("training.optimizer.momentum=0.5",),
            "another optimizer option",
        ),
    ],
)
def test_what_lies_outside_has_a_reason(network, more, said):
    """An empty reason stands for the range of the atlas."""
    cells = (
        make_cell({"he_normal": 0.9}, "atlas-1"),
        make_cell({"he_normal": 0.9}, "atlas-2", depth=50),
    )
    why = why_outside(read_network(network, more), cells)
    assert said in why
    assert bool(said) == bool(why)


def test_a_network_far_from_every_cell_is_outside():
    """Although each of its levels is measured somewhere."""
    cells = (
        make_cell({"he_normal": 0.9}, "atlas-1", activation="tanh", optimizer="adam"),
        make_cell({"he_normal": 0.9}, "atlas-2", structure="layer"),
        make_cell({"he_normal": 0.9}, "atlas-3", activation="tanh", structure="layer", depth=50),
    )
    asked = {"depth": 5, "width": 64, "activation": "tanh", "normalization": "layer"}
    assert why_outside(read_network(asked), cells) == ""
    deep = read_network({**asked, "depth": 50}, optimizer="adam")
    assert why_outside(deep, cells[:2]) == "depth 50 is not between 5 and 5"
    far = (*cells[:2], make_cell({"he_normal": 0.9}, "atlas-3", activation="sin", depth=50))
    assert "has distance 3.5, more than 3" in why_outside(
        read_network({**asked, "depth": 20}, optimizer="adam"), far
    )


def test_a_network_that_is_not_measured_has_a_shortlist_and_says_how_sure_that_is():
    """Two cells that disagree: the first recommendation misses both, and one of two hits both."""
    cells = (
        make_cell({"he_normal": 0.9, "zeros": 0.5}, "atlas-1"),
        make_cell({"he_normal": 0.5, "zeros": 0.8}, "atlas-2", depth=7),
    )
    found = advise(read_network({"depth": 6, "width": 64}), LAYERS, cells)
    assert (found.left_out.hits, found.shortlist_left_out.hits) == (0, 2)
    text = " ".join(advice_text(found, {}).split())
    assert text.startswith("Try he_normal or zeros: 6 hidden layers of 64 relu units, on digits,")
    assert "one of the first 6 was within 0.02 of the best in 2 of 2 networks left out" in text
    assert "the first alone was so in 0 of 2 networks left out" in text
    measured = advise(read_network({"depth": 5, "width": 64}), LAYERS, cells)
    assert advice_text(measured, {}).startswith("Start from he_normal: 5 hidden layers")


def test_an_empty_atlas_has_no_answer():
    """And says so."""
    assert why_outside(read_network({"depth": 5, "width": 64}), ()) == "no cell is measured"
