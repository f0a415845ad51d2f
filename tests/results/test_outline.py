"""The outline survives the disk, and what is not an outline is refused in words."""

import json
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initbench.errors import StorageError
from initbench.results import Outline
from initbench.results.outline import FORMAT_VERSION, DamagedOutlineError


def changed(outline, **members):
    """Return the stored outline with some of its members changed; None removes."""
    document = {**json.loads(outline.to_json()), **members}
    return json.dumps({name: value for name, value in document.items() if value is not None})


def test_an_outline_comes_back_as_it_went(make_outline):
    """Reading undoes writing, and writing again gives the same bytes."""
    outline = make_outline(labels=("zeros", "he", "=cmd()", "</script>\n\u202e"))
    assert Outline.from_json(outline.to_json()) == outline
    assert Outline.from_json(outline.to_json()).to_json() == outline.to_json()


def test_read_only_options_can_be_stored(make_outline):
    """Options may be any mapping."""
    outline = make_outline()
    [zeros, he] = outline.schemes
    frozen = replace(zeros, options=MappingProxyType({"std": 0.5}))
    assert replace(outline, schemes=(frozen, he)).to_json() == outline.to_json()


def test_a_newer_format_is_refused_with_both_versions(make_outline):
    """The message names the format that is there and the one that can be read."""
    newer = changed(make_outline(), format_version=FORMAT_VERSION + 6)
    with pytest.raises(StorageError, match=r"format 7, .* up to 1") as caught:
        Outline.from_json(newer.encode())
    assert not isinstance(caught.value, DamagedOutlineError)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"classes": "2"}, "classes must be int, not str"),
        ({"classes": True}, "classes must be int, not bool"),
        ({"hidden": "32"}, "hidden must be list, not str"),
        ({"hidden": [32, 1.5]}, r"hidden\[1\] must be int, not float"),
        ({"schemes": [{"label": 3}]}, r"schemes\[0\].name is missing"),
        ({"cells": [{"settings": {"a": []}, "runs": {}}]}, "settings.a must be bool or int"),
        ({"cells": [{"settings": {}, "runs": {}}]}, "labels of its cells"),
        ({"name": None}, "outline.name is missing"),
        ({"format_version": None}, "states no format_version"),
        ({"format_version": "1"}, "states no format_version"),
    ],
)
def test_a_wrong_member_is_named(make_outline, members, message):
    """Damage is told from health member by member."""
    with pytest.raises(DamagedOutlineError, match=message):
        Outline.from_json(changed(make_outline(), **members).encode())


def test_two_schemes_cannot_have_one_label(make_outline):
    """A label stands for one scheme."""
    schemes = json.loads(make_outline().to_json())["schemes"]
    with pytest.raises(DamagedOutlineError, match="one label"):
        Outline.from_json(changed(make_outline(), schemes=[schemes[0], schemes[0]]).encode())


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[]", b"3", b"{", b"[" * 100_000, b'"x"'])
def test_what_is_no_outline_is_refused(data):
    """Anything but a whole outline is an error in words that says what to do."""
    with pytest.raises(DamagedOutlineError, match="run the experiment again"):
        Outline.from_json(data)


@settings(max_examples=50, deadline=None)
@given(cut=st.floats(0, 1, exclude_max=True))
def test_no_part_of_an_outline_is_an_outline(cut):
    """Wherever the file ends too early, that is noticed."""
    whole = Outline("a", "b", "c", "none", 2, 2, (), "relu", 1, 0.9, (), ()).to_json().rstrip()
    with pytest.raises(DamagedOutlineError):
        Outline.from_json(whole[: int(cut * len(whole))])
