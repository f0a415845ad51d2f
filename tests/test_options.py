"""Options: a function's signature says what it takes, and everything else is refused in words."""

import math
from typing import Annotated, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench.data import DATASETS
from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS
from initbench.options import (
    Bound,
    NonNegative,
    OpenFraction,
    Option,
    OptionError,
    Positive,
    PositiveInt,
    bind_options,
    options_of,
)

FUNCTIONS = {
    **{f"data set {name}": entry.make for name, entry in DATASETS.items()},
    **{f"initializer {name}": entry.draw for name, entry in INITIALIZERS.items()},
}


def brew(
    leaves,
    *,
    grams: Positive,
    degrees: Annotated[float, Bound(40, 100)] = 90,
    cups: PositiveInt = 1,
    lemon: bool = False,
    pot: Literal["glass", "clay"] = "clay",
    note: str = "",
):
    """Take options of every type; the leaves are none."""


def message_of(**options):
    """Return what brewing with these options is answered."""
    with pytest.raises(OptionError) as caught:
        bind_options(options_of(brew), {"grams": 3, **options})
    return str(caught.value)


def test_options_are_the_keyword_only_parameters():
    """Name, type, range, choices and default are read from the signature, in its order."""
    assert list(options_of(brew).values()) == [
        Option("grams", float, None, Bound(0, open_minimum=True)),
        Option("degrees", float, 90, Bound(40, 100)),
        Option("cups", int, 1, Bound(1)),
        Option("lemon", bool, default=False),
        Option("pot", str, "clay", choices=("glass", "clay")),
        Option("note", str, ""),
    ]


def test_options_of_a_function_cannot_be_changed():
    """What one caller does to the mapping reaches no other."""
    with pytest.raises(TypeError):
        options_of(brew)["grams"] = None


def test_missing_options_have_their_defaults():
    """All options are returned, each as the type that it has."""
    bound = bind_options(options_of(brew), {"grams": 3})
    assert bound == {
        "grams": 3.0,
        "degrees": 90.0,
        "cups": 1,
        "lemon": False,
        "pot": "clay",
        "note": "",
    }
    assert [type(value) for value in bound.values()] == [float, float, int, bool, str, str]


def test_a_default_that_is_written_out_changes_nothing():
    """Asking for a default is asking for nothing, to the last digit of a run's key."""
    written_out = bind_options(options_of(brew), {"grams": 3, "degrees": 90})
    assert repr(written_out) == repr(bind_options(options_of(brew), {"grams": 3}))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_shipped_default_is_allowed(name):
    """An option's default passes the check that a user's value has to pass."""
    for option in options_of(FUNCTIONS[name]).values():
        if option.default is not None:
            assert option.check(option.default) == option.default


@pytest.mark.parametrize(
    ("given_value", "bound"),
    [
        (np.float64(2.5), 2.5),
        (np.float32(2.5), 2.5),
        (np.int64(2), 2.0),
        (np.uint8(2), 2.0),
        (2, 2.0),
    ],
)
def test_a_number_of_numpy_is_the_number(given_value, bound):
    """What comes from an array is taken as the Python value, which can be stored and hashed."""
    value = bind_options(options_of(brew), {"grams": given_value})["grams"]
    assert value == bound
    assert type(value) is float


def test_other_scalars_of_numpy_are_taken_too():
    """Integers, truth values and texts of NumPy are those of Python."""
    given_values = {"cups": np.int32(2), "lemon": np.True_, "pot": np.str_("glass"), "grams": 1}
    bound = bind_options(options_of(brew), given_values)
    assert [type(bound[name]) for name in ("cups", "lemon", "pot")] == [int, bool, str]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cups": True}, "cups: must be an integer, not True"),
        ({"cups": np.True_}, "cups: must be an integer, not True"),
        ({"cups": 1.0}, "cups: must be an integer, not 1.0"),
        ({"cups": "1"}, "cups: must be an integer, not '1'"),
        ({"cups": 0}, "cups: must be at least 1, not 0"),
        ({"grams": False}, "grams: must be a number, not False"),
        ({"grams": "3"}, "grams: must be a number, not '3'"),
        ({"grams": None}, "grams: must be a number, not None"),
        ({"grams": np.ones(1)}, "grams: must be a number, not array([1.])"),
        ({"grams": 0}, "grams: must be greater than 0, not 0"),
        ({"grams": -0.0}, "grams: must be greater than 0, not -0.0"),
        ({"grams": math.nan}, "grams: must be finite, not nan"),
        ({"grams": math.inf}, "grams: must be finite, not inf"),
        ({"degrees": 20}, "degrees: must be at least 40 and at most 100, not 20"),
        ({"degrees": 100.0000001}, "degrees: must be at least 40 and at most 100, not 100.0000001"),
        ({"lemon": 1}, "lemon: must be true or false, not 1"),
        ({"note": 1}, "note: must be text, not 1"),
        ({"pot": "clai"}, "pot: must be one of glass, clay, not 'clai'. Did you mean 'clay'?"),
        ({"pot": "xx"}, "pot: must be one of glass, clay, not 'xx'."),
        ({"pot": 1}, "pot: must be text, not 1"),
        ({"gram": 1}, "gram: unknown option. Did you mean 'grams'?"),
        (
            {"xyz": 1},
            "xyz: unknown option. Known: grams, degrees, cups, lemon, pot, note.",
        ),
    ],
)
def test_an_invalid_option_raises_with_a_message(options, message):
    """The message says which option, what it must be and what it is."""
    assert message_of(**options) == message


def test_all_invalid_options_are_reported_together():
    """Unknown, missing and unfit options are named together, and each can be looked up."""
    with pytest.raises(UsageError) as caught:
        bind_options(options_of(brew), {"cups": 0, "gramms": 3})
    assert set(caught.value.problems) == {"cups", "gramms", "grams"}
    assert caught.value.problems["grams"] == "is required"
    assert "gramms: unknown option. Did you mean 'grams'?; " in str(caught.value)


def test_a_function_without_options_says_so():
    """There is nothing to list, and the message does not pretend that there were."""
    with pytest.raises(OptionError, match=r"std: unknown option\. It takes none\."):
        bind_options(options_of(lambda rng: rng), {"std": 1})


def test_numbers_of_any_length_raise_with_a_message():
    """An integer that no float can hold is an unfit option, not an overflow."""
    huge = 10**400
    assert message_of(grams=huge).startswith("grams: must be finite, not 1000")
    assert message_of(degrees=-huge).startswith("degrees: must be finite, not -1000")
    with pytest.raises(UsageError, match="at least 2 and at most 10000000, not 1000"):
        bind_options(DATASETS["moons"].options, {"samples": huge})


def test_messages_shorten_long_values():
    """A long value is cut in the message."""
    assert len(message_of(grams="x" * 10_000, pot=list(range(10_000)), cups=-(10**4_000))) < 400


def test_an_option_without_a_type_is_the_authors_mistake():
    """Who does not annotate an option, or not with a plain type, is told when it is read."""

    def untyped(rng, layer, *, std=1.0): ...

    def listed(rng, layer, *, stds: list[float]): ...

    for function, name in ((untyped, "std"), (listed, "stds")):
        with pytest.raises(TypeError, match=f"option '{name}' has no type that a config can give"):
            options_of(function)


@pytest.mark.parametrize(
    ("kind", "inside", "outside"),
    [
        (Positive, (1e-300, 1, 1e300), (0, -1e-300)),
        (NonNegative, (0, 1e300), (-1e-300,)),
        (OpenFraction, (1e-9, 0.5, 1 - 1e-9), (0, 1)),
        (PositiveInt, (1, 10**9), (0, -1)),
    ],
)
def test_ranges_contain_what_their_names_say(kind, inside, outside):
    """Ends belong to a range, or not, as its name says."""
    [bound] = kind.__metadata__
    assert all(value in bound for value in inside)
    assert not any(value in bound for value in outside)


@given(
    st.floats(allow_nan=False),
    st.floats(allow_nan=False),
    st.booleans(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_range_is_its_inequalities(minimum, maximum, open_minimum, open_maximum, value):
    """Membership is two comparisons, strict where an end is open."""
    bound = Bound(minimum, maximum, open_minimum, open_maximum)
    above = value > minimum or (value == minimum and not open_minimum)
    below = value < maximum or (value == maximum and not open_maximum)
    assert (value in bound) == (above and below)


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        (Bound(), ""),
        (Bound(0), "at least 0"),
        (Bound(maximum=0.5, open_maximum=True), "less than 0.5"),
        (Bound(0, 1, open_minimum=True, open_maximum=True), "greater than 0 and less than 1"),
        (Bound(0, 2**63 - 1), "at least 0 and at most 9223372036854775807"),
    ],
)
def test_a_range_reads_as_a_sentence(bound, text):
    """Ends are written in full, so that a limit is never rounded."""
    assert str(bound) == text


@given(
    st.fixed_dictionaries(
        {"grams": st.floats(0, exclude_min=True, allow_infinity=False)},
        optional={
            "degrees": st.floats(40, 100),
            "cups": st.integers(1),
            "lemon": st.booleans(),
            "pot": st.sampled_from(["glass", "clay"]),
            "note": st.text(),
        },
    )
)
def test_binding_is_idempotent(options):
    """Values within range are kept as they are, and what was bound is a fixed point."""
    bound = bind_options(options_of(brew), options)
    assert {name: bound[name] for name in options} == options
    assert bind_options(options_of(brew), bound) == bound


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.floats() | st.text(), min_size=1))
def test_any_invalid_value_is_an_option_error(options):
    """No value that a config can give escapes as another error, or is left out of the message."""
    with pytest.raises(OptionError) as caught:
        bind_options(options_of(brew), options)
    assert "is required" in str(caught.value)
    assert set(options) <= set(caught.value.problems)
