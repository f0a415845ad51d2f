"""Schemes of one's own: decorated, from a plugin's file, from a package, or handed over."""

import importlib.metadata
from functools import partial

import numpy as np
import pytest

from initbench.errors import SchemeError, UnknownNameError, UsageError
from initbench.initializers import INITIALIZERS, Initializer, LayerSpec, bind, scheme
from initbench.initializers.digesting import digest_of
from initbench.initializers.explain import explain, explanation_text
from initbench.initializers.origins import load_scheme
from initbench.options import Positive

PLUGIN = '''
import initbench
from initbench.options import Positive


@initbench.scheme(variance=lambda layer, factor: factor**2, distribution="normal")
def mine(rng, layer, *, factor: Positive = 1.0):
    """A draw of one size."""
    return factor * rng.standard_normal(layer.shape)
'''


@pytest.fixture
def plugin(tmp_path):
    """Return a maker of plugins."""

    def make(text=PLUGIN, name="my_init.py"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return make


@pytest.fixture
def offer(monkeypatch):
    """Return a function that lets a package offer something under a name."""

    def offered(name, value):
        point = importlib.metadata.EntryPoint(name, value, "initbench.initializers")
        monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: (point,))

    return offered


@scheme(name="tenths")
def a_tenth(rng, layer, *, factor: Positive = 0.1):
    """Ones, times a factor.

    And more words.
    """
    return factor * np.ones(layer.shape) * np.sign(rng.random())


def test_a_function_and_its_docstring_make_an_initializer():
    """Name, summary and options are the function's; fields that are given come before."""
    assert isinstance(a_tenth, Initializer)
    assert (a_tenth.name, a_tenth.summary) == ("tenths", "Ones, times a factor.")
    [(weights, _)] = bind(a_tenth, factor=2).draw([LayerSpec(3, 4)], seed=0)
    assert np.all(weights == 2.0)


def test_a_scheme_without_a_law_is_explained_without_one():
    """What is measured of a draw is called so."""
    found = explain(bind(a_tenth), LayerSpec(3, 4))
    assert not found.states_law
    text = explanation_text(found)
    assert "law         not stated" in text
    assert "0.1 in one draw" in text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: scheme(lambda rng, _layer: rng), "a scheme needs a name: define .* with def"),
        (lambda: scheme(name="two words")(a_tenth.draw), "a scheme needs a name"),
        (lambda: scheme(name="mine")(lambda rng: rng), r"must be a function \(rng, layer"),
        (lambda: scheme(name="mine", varience=1)(a_tenth.draw), "unexpected .*'varience'"),
    ],
)
def test_what_cannot_be_a_scheme_is_refused_in_words(wrong, message):
    """Names, arguments and fields are looked at when the scheme is made."""
    with pytest.raises(UsageError, match=message):
        wrong()


def test_a_plugin_adds_its_schemes_within_a_block(plugin):
    """Afterwards the catalogue is as it was."""
    names = INITIALIZERS.all_names
    with INITIALIZERS.including([plugin()]):
        assert "mine" in INITIALIZERS
        assert list(INITIALIZERS)[-1] == "mine"
        assert bind("mine", factor=2).options == {"factor": 2.0}
        with pytest.raises(UnknownNameError, match="Did you mean 'mine'"):
            INITIALIZERS["mini"]
    assert INITIALIZERS.all_names == names
    with pytest.raises(UnknownNameError):
        INITIALIZERS["mine"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", "defines no scheme: decorate a function with @initbench.scheme"),
        ("x = 1\n1 / 0\n", "fails in line 2: ZeroDivisionError: division by zero"),
        ("def f(:\n", "fails in line 1: SyntaxError"),
        ("import nothing_of_the_kind\n", "fails in line 1: ModuleNotFoundError"),
        (PLUGIN.replace("def mine", "def he"), "the catalogue has an initializer 'he' already"),
    ],
)
def test_a_plugin_that_fails_is_named(plugin, text, message):
    """With its path, the line, and what is wrong."""
    with pytest.raises(UsageError, match=message), INITIALIZERS.including([plugin(text)]):
        pass


def test_a_plugin_that_is_not_there_is_named(tmp_path):
    """A path that cannot be read is a usage error."""
    path = tmp_path / "none.py"
    with pytest.raises(UsageError, match=f"plugin {path} cannot be read: No such file"):
        INITIALIZERS.including([path]).__enter__()


def test_two_schemes_of_one_name_are_refused(plugin):
    """Neither hides the other."""
    paths = [plugin(), plugin(PLUGIN + "\n", name="other.py")]
    with pytest.raises(UsageError, match=r"two schemes are called 'mine', in .*my_init.py and in"):
        INITIALIZERS.including(paths).__enter__()


def test_a_plugin_is_found_again_while_its_code_is_the_same(plugin):
    """By whoever has its origin, in plain values; changed code is not taken for it."""
    path = plugin()
    with INITIALIZERS.including([path]):
        origin, entry = INITIALIZERS.origin("mine"), INITIALIZERS["mine"]
    assert load_scheme("mine", origin) is entry
    plugin(PLUGIN.replace("factor * rng", "2 * factor * rng"))
    with pytest.raises(UsageError, match=r"'mine' of .* has changed since"):
        load_scheme("mine", origin)


def test_a_package_offers_a_scheme_by_an_entry_point(offer):
    """It is loaded when its name is asked for, and has an origin of its own."""
    offer("tenths", f"{__name__}:a_tenth")
    assert "tenths" not in list(INITIALIZERS)
    assert bind("tenths").initializer.summary == "Ones, times a factor."
    assert INITIALIZERS.origin("tenths").kind == "entry point"
    assert load_scheme("tenths", INITIALIZERS.origin("tenths")).name == "tenths"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("tenths", "nothing_of_the_kind:x", "cannot be loaded: No module"),
        ("tenths", "math:pi", "is no initializer of that name"),
        ("other", f"{__name__}:a_tenth", "is no initializer of that name"),
    ],
)
def test_an_entry_point_that_is_no_scheme_is_named(offer, name, value, message):
    """With its name and what it points to."""
    offer(name, value)
    with pytest.raises(UsageError, match=f"entry point '{name}' .{value}. {message}"):
        bind(name)


def test_an_entry_point_does_not_hide_the_catalogue(offer):
    """A name of the catalogue means what it always has."""
    offer("zeros", "nothing_of_the_kind:x")
    assert bind("zeros").initializer.family == "Constant"


def made(value):
    """Return a function that holds on to a value."""
    return lambda rng, layer: value * rng.random(layer.shape)


def test_a_digest_tells_code_and_what_it_holds_apart():
    """Equal closures are equal, others are not; so with defaults and partial functions."""
    digests = [
        digest_of(each)
        for each in (
            made(1.0),
            made(2.0),
            made(np.ones(2)),
            made(np.zeros(2)),
            made(made(1.0)),
            partial(made, 1.0),
            partial(made, 2.0),
            a_tenth,
        )
    ]
    assert len(set(digests)) == len(digests)
    assert digest_of(made(1.0)) == digests[0]
    with pytest.raises(UsageError, match="of which cannot be told whether it changes"):
        digest_of(made(iter(lambda: 1, 2)))


def test_adapting_of_ones_own_is_guarded():
    """An error while adapting is told with the scheme's name, and so is a missing count."""
    failing = scheme(name="mine", adapt=lambda _network, _batch: 1 / 0)(a_tenth.draw)
    with pytest.raises(SchemeError, match="'mine' failed, adapting: ZeroDivisionError"):
        bind(failing).adapt(None, None)
    silent = scheme(name="mine", adapt=lambda _network, _batch: None)(a_tenth.draw)
    with pytest.raises(SchemeError, match="'mine' must return Passes from adapting, not None"):
        bind(silent).adapt(None, None)
