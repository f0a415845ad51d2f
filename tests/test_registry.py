"""Registries: read-only, unambiguous, and helpful to who mistypes a name."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench.data import DATASETS
from initbench.errors import UnknownNameError
from initbench.initializers import INITIALIZERS
from initbench.nn import ACTIVATIONS, LOSSES, OPTIMIZERS
from initbench.registry import Registry, did_you_mean, nearest

SHIPPED = {
    registry.kind: registry
    for registry in (ACTIVATIONS, DATASETS, INITIALIZERS, LOSSES, OPTIMIZERS)
}


@dataclass(frozen=True)
class Tea:
    """Something that can be registered."""

    name: str
    aliases: tuple[str, ...] = ()
    summary: str = "a drink"


OOLONG, ASSAM = Tea("oolong", ("blue", "wulong")), Tea("assam")
TEAS = Registry("tea", [OOLONG, ASSAM])


def test_an_entry_is_found_by_its_name_and_by_each_alias():
    """All names lead to one entry, and each counts as in the registry."""
    assert all(TEAS[name] is OOLONG for name in ("oolong", "blue", "wulong"))
    assert all(name in TEAS for name in ("oolong", "blue", "wulong", "assam"))


def test_aliases_are_not_listed():
    """Iteration and length go by canonical names, in the order of the entries."""
    assert list(TEAS) == ["oolong", "assam"]
    assert len(TEAS) == 2
    assert list(TEAS.values()) == [OOLONG, ASSAM]
    assert TEAS.all_names == ("oolong", "blue", "wulong", "assam")


@pytest.mark.parametrize(
    "entries",
    [
        (Tea("a"), Tea("a")),
        (Tea("a"), Tea("b", ("a",))),
        (Tea("a", ("b",)), Tea("b")),
        (Tea("a", ("c",)), Tea("b", ("c",))),
        (Tea("a", ("a",)),),
    ],
    ids=["two names", "an alias and a name", "a name and an alias", "two aliases", "its own alias"],
)
def test_no_name_is_claimed_twice(entries):
    """Two claims to one name are refused when the registry is made."""
    with pytest.raises(ValueError, match=r"two teas claim the name '[abc]'"):
        Registry("tea", entries)


def test_a_registry_is_read_only():
    """Nothing can be added or taken away once it is made."""
    with pytest.raises(TypeError):
        TEAS["sencha"] = Tea("sencha")
    with pytest.raises(TypeError):
        del TEAS["assam"]


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("olong", "unknown tea 'olong'. Did you mean 'oolong'?"),
        ("wulung", "unknown tea 'wulung'. Did you mean 'wulong'?"),
        ("ASSAM", "unknown tea 'ASSAM'. Did you mean 'assam'?"),
        ("samas", "unknown tea 'samas'. Did you mean 'assam'?"),
        ("sama", "unknown tea 'sama'. Known: oolong, assam."),
        ("coffee", "unknown tea 'coffee'. Known: oolong, assam."),
        ("", "unknown tea ''. Known: oolong, assam."),
        (None, "unknown tea None. Known: oolong, assam."),
        (3, "unknown tea 3. Known: oolong, assam."),
        (["assam"], "unknown tea ['assam']. Did you mean 'assam'?"),
    ],
)
def test_an_unknown_name_is_answered_with_a_near_one(name, advice):
    """The nearest name or alias is offered, or all names where none is near."""
    with pytest.raises(UnknownNameError) as caught:
        TEAS[name]
    assert str(caught.value) == advice


@pytest.mark.parametrize("kind", SHIPPED)
def test_every_entry_has_a_summary(kind):
    """Each has a summary of one line, and names that a YAML file and a shell take unquoted."""
    for entry in SHIPPED[kind].values():
        assert entry.summary
        assert "\n" not in entry.summary
        assert not entry.summary.endswith(".")
        assert entry.reference
        for name in (entry.name, *entry.aliases):
            assert name.replace("_", "").replace(":", "").isalnum(), name
            assert name == name.lower()


@pytest.mark.parametrize("kind", [kind for kind in SHIPPED if kind != "initializer"])
def test_names_are_case_insensitive(kind):
    """A shipped name in capitals is unknown, but recognised."""
    for name in SHIPPED[kind]:
        with pytest.raises(UnknownNameError, match=f"Did you mean '{name}'"):
            SHIPPED[kind][name.upper()]


@given(st.text(max_size=20), st.lists(st.text(max_size=10), max_size=5))
def test_advice_is_a_known_name_or_nothing(name, known):
    """Whatever is asked, what is offered stands in the list."""
    advice = did_you_mean(name, known)
    assert advice in {"", *(f"Did you mean {one!r}?" for one in known)}


def test_initializers_are_found_in_capitals():
    """Frameworks write them so: ``He``, ``HeNormal``."""
    registry = SHIPPED["initializer"]
    assert all(registry[name.upper()] is registry[name] for name in registry)


@pytest.mark.parametrize(
    ("name", "known", "near"),
    [
        ("npy", ("npz", "torch"), "npz"),
        ("sdg", ("adam", "sgd"), "sgd"),
        ("data", ("atlas", "audit"), ""),
        ("ab", ("ac", "xyz"), ""),
    ],
)
def test_one_wrong_letter_of_a_short_word_is_a_slip(name, known, near):
    """Or two that are swapped; a word of two letters is another word, and so is a longer one."""
    assert nearest(name, known) == near
