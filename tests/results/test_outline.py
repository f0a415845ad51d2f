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


def test_an_outline_from_before_there_were_validation_parts_is_read(make_outline):
    """It recorded the two parts that there were."""
    document = json.loads(make_outline().to_json())
    del document["cells"][0]["setup"]["parts"]
    assert Outline.from_json(json.dumps(document).encode()) == make_outline()


def test_a_newer_format_is_refused_with_both_versions(make_outline):
    """The message names the format that is there and the one that can be read."""
    newer = changed(make_outline(), format_version=FORMAT_VERSION + 6)
    with pytest.raises(
        StorageError, match=rf"format {FORMAT_VERSION + 6}, .* up to {FORMAT_VERSION}"
    ) as caught:
        Outline.from_json(newer.encode())
    assert not isinstance(caught.value, DamagedOutlineError)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"target": "0.9"}, "target must be float, not str"),
        ({"target": True}, "target must be float, not bool"),
        ({"schemes": [{"label": 3}]}, r"schemes\[0\].name is missing"),
        ({"cells": {}}, "cells must be list, not dict"),
        ({"name": None}, "outline.name is missing"),
        ({"format_version": None}, "states no format_version"),
        ({"format_version": "1"}, "states no format_version"),
    ],
)
def test_a_wrong_member_is_named(make_outline, members, message):
    """Damage is told from health member by member."""
    with pytest.raises(DamagedOutlineError, match=message):
        Outline.from_json(changed(make_outline(), **members).encode())


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"setup": {"classes": "2"}}, "setup.classes must be int or null, not str"),
        ({"setup": {"classes": True}}, "setup.classes must be int or null, not bool"),
        ({"setup": {"hidden": "32"}}, "setup.hidden must be list, not str"),
        ({"setup": {"hidden": [32, 1.5]}}, r"setup.hidden\[1\] must be int, not float"),
        ({"settings": {"a": []}}, "settings.a must be bool or int"),
        ({"runs": {}}, "its labels are not those of the schemes"),
        ({"setup": {"score": None}}, "setup.score must be str, not null"),
    ],
)
def test_a_wrong_member_of_a_cell_is_named(make_outline, members, message):
    """What runs have in common is read as strictly as the rest."""
    [cell] = json.loads(make_outline().to_json())["cells"]
    setup = {**cell["setup"], **members.pop("setup", {})}
    cells = [{**cell, "setup": setup, **members}]
    with pytest.raises(DamagedOutlineError, match=message):
        Outline.from_json(changed(make_outline(), cells=cells).encode())


def test_every_cell_has_the_labels_of_the_schemes(make_outline):
    """One that has not is found among others that have."""
    [cell] = json.loads(make_outline().to_json())["cells"]
    damaged = changed(make_outline(), cells=[cell, {**cell, "runs": {}}])
    with pytest.raises(DamagedOutlineError, match="its labels are not those of the schemes"):
        Outline.from_json(damaged.encode())


def test_a_regression_has_no_classes(make_outline, make_setup):
    """It comes back as it went, and a constant prediction explains none of the spread."""
    outline = make_outline(setup=make_setup(classes=None, score="r2"))
    [cell] = Outline.from_json(outline.to_json()).cells
    assert cell.setup == outline.cells[0].setup
    assert cell.setup.chance == 0
    assert cell.setup.curves == ("train_loss", "test_loss", "train_r2", "test_r2")


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_chance_is_one_in_as_many_as_there_are_classes(make_setup, classes):
    """A constant prediction is right as often as one class comes."""
    assert make_setup(classes=classes).chance == pytest.approx(1 / classes)


def test_two_schemes_cannot_have_one_label(make_outline):
    """A label stands for one scheme."""
    schemes = json.loads(make_outline().to_json())["schemes"]
    with pytest.raises(DamagedOutlineError, match="one label"):
        Outline.from_json(changed(make_outline(), schemes=[schemes[0], schemes[0]]).encode())


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[]", b"3", b"{", b"[" * 100_000, b'"x"'])
def test_an_invalid_outline_is_refused(data):
    """Anything but a whole outline is an error in words that says what to do."""
    with pytest.raises(DamagedOutlineError, match="run the experiment again"):
        Outline.from_json(data)


@settings(max_examples=50, deadline=None)
@given(cut=st.floats(0, 1, exclude_max=True))
def test_no_part_of_an_outline_is_an_outline(cut):
    """Wherever the file ends too early, that is noticed."""
    whole = Outline("a", "b", 0.9, (), ()).to_json().rstrip()
    with pytest.raises(DamagedOutlineError):
        Outline.from_json(whole[: int(cut * len(whole))])


def test_an_outline_from_before_bibtex_opens(make_outline):
    """What has a default may be missing; it is then empty."""
    document = json.loads(make_outline().to_json())
    for scheme in document["schemes"]:
        del scheme["bibtex"]
    assert Outline.from_json(json.dumps(document).encode()) == make_outline()


def test_an_outline_from_before_depth_scales_opens(make_outline):
    """Nothing is known then of how far a signal reaches."""
    document = json.loads(make_outline().to_json())
    del document["cells"][0]["correlation_factors"]
    [cell] = Outline.from_json(json.dumps(document).encode()).cells
    assert cell.correlation_factors == {}
