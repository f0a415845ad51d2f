"""Letters say which schemes differ, no more and no less."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench.stats.comparisons import letters

LABELS = [f"scheme {place}" for place in range(7)]
PAIRS = [frozenset(pair) for pair in combinations(LABELS, 2)]


def shared(a, b):
    """Tell whether two schemes' letters have one in common."""
    return bool(set(re.findall(r"[a-z]\d*", a)) & set(re.findall(r"[a-z]\d*", b)))


@given(st.sets(st.sampled_from(PAIRS)))
def test_schemes_share_a_letter_just_where_they_do_not_differ_significantly(distinct):
    """Whatever was told apart from whatever, in order or not."""
    found = letters(LABELS, distinct)
    assert list(found) == LABELS
    for a, b in combinations(LABELS, 2):
        assert shared(found[a], found[b]) == (frozenset({a, b}) not in distinct)
    assert all(found.values())


@pytest.mark.parametrize(
    ("distinct", "expected"),
    [
        ([], ["a", "a", "a"]),
        (["xy", "xz", "yz"], ["a", "b", "c"]),
        (["xz"], ["a", "ab", "b"]),
        (["xy", "xz"], ["a", "b", "b"]),
    ],
)
def test_letters_are_few(distinct, expected):
    """The best has an a, and letters follow the ranking."""
    assert list(letters("xyz", [frozenset(pair) for pair in distinct]).values()) == expected


def test_more_schemes_than_letters_of_the_alphabet_have_different_letters():
    """After z comes a2."""
    labels = [str(place) for place in range(60)]
    found = letters(labels, [frozenset(pair) for pair in combinations(labels, 2)])
    assert len(set(found.values())) == 60
    assert [found["25"], found["26"], found["53"]] == ["z", "a2", "b3"]


def test_no_schemes_have_no_letters():
    """No scheme, no letter."""
    assert letters([], []) == {}
