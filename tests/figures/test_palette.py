"""Colours are a property of the scheme, and no two series of a figure look alike."""

from itertools import permutations

import pytest

from initbench.figures.palette import (
    COLOURS,
    FAMILIES,
    RAMPS,
    family_of,
    look,
    scheme_looks,
    to_json,
)
from initbench.initializers import INITIALIZERS

COMMON = {
    "he": "he_normal",
    "random": "random",
    "glorot": "glorot_uniform",
    "zeros": "zeros",
    "orthogonal": "orthogonal",
    "lecun": "lecun_normal",
}


@pytest.mark.parametrize("label", COMMON)
def test_a_common_scheme_has_one_colour_in_every_experiment(label):
    """Alone, beside all others in any place, and under another label."""
    alone = scheme_looks({label: COMMON[label]})[label]
    for order in list(permutations(COMMON))[::97]:
        assert scheme_looks({each: COMMON[each] for each in order})[label] == alone
    assert scheme_looks({"mine": COMMON[label]})["mine"] == alone
    assert COLOURS[alone] == COLOURS[FAMILIES.index(label)]


def test_another_scheme_has_the_same_look_wherever_it_does_not_meet_its_like():
    """It is determined by its label, not by its place in the config."""
    alone = scheme_looks({"lsuv": "lsuv"})["lsuv"]
    assert scheme_looks({**COMMON, "lsuv": "lsuv"})["lsuv"] == alone
    assert scheme_looks({"lsuv": "lsuv", **COMMON})["lsuv"] == alone
    assert alone not in range(len(FAMILIES))


def test_schemes_of_an_experiment_have_different_looks():
    """All schemes of the catalogue together, and forty variants of one."""
    for names in (
        {name: name for name in INITIALIZERS},
        {f"std {place}": "random" for place in range(40)},
    ):
        looks = scheme_looks(names)
        assert list(looks) == list(names)
        drawn = [look(place) for place in looks.values()]
        assert len({(each.colour, each.dashes, each.marker) for each in drawn}) == len(names)


def test_the_first_ten_have_ten_colours():
    """Dashes are used for the colours' second round."""
    looks = scheme_looks({f"std {place}": "random" for place in range(10)})
    assert {look(place).colour for place in looks.values()} == set(COLOURS)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("he_uniform", "he"),
        ("torch:kaiming_normal", "he"),
        ("keras:dense", "dense"),
        ("xavier", "glorot"),
    ],
)
def test_laws_and_dialects_are_of_one_family(name, family):
    """A framework's name for a scheme has the colour of the scheme."""
    assert family_of(name) == family


def test_the_page_gets_the_same_palette():
    """Colours, dashes and markers in the order of their places."""
    document = to_json()
    assert document["colours"] == [look(place).colour for place in range(10)]
    assert {name: ramp[0] for name, ramp in document["ramps"].items()} == {
        "sequential": "#440154",
        "diverging": "#053061",
        "grey": "#ffffff",
    }
    assert document["markers"] == [look(place).marker for place in range(11)]
    assert [bool(dashes) for dashes in document["dashes"]] == [False, True, True, True]


def test_the_sequential_ramp_only_gets_lighter():
    """So that it can be read in grey: relative luminance rises from stop to stop."""
    channels = [[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in RAMPS["sequential"]]
    luminances = [0.2126 * r**2.2 + 0.7152 * g**2.2 + 0.0722 * b**2.2 for r, g, b in channels]
    assert luminances == sorted(luminances)
