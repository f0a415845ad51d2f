"""Schemes of one's own: decorated, from a plugin's file, from a package, or handed over."""

import hashlib
import importlib.metadata
import os
import subprocess
import sys
import threading
from copy import deepcopy
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from initbench.errors import SchemeError, UnknownNameError, UsageError
from initbench.initializers import INITIALIZERS, Initializer, LayerSpec, bind, scheme
from initbench.initializers.digesting import digest_of
from initbench.initializers.explain import explain, explanation_text
from initbench.initializers.own import load_scheme
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
def test_invalid_schemes_raise_with_a_message(wrong, message):
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
def test_errors_name_a_plugin_that_fails(plugin, text, message):
    """With its path, the line, and what is wrong."""
    with pytest.raises(UsageError, match=message), INITIALIZERS.including([plugin(text)]):
        pass


def test_errors_name_a_missing_plugin(tmp_path):
    """A path that cannot be read is a usage error."""
    path = tmp_path / "none.py"
    with pytest.raises(UsageError, match=f"plugin {path} cannot be read: No such file"):
        INITIALIZERS.including([path]).__enter__()


def test_two_schemes_of_one_name_raise(plugin):
    """Neither hides the other."""
    paths = [plugin(), plugin(PLUGIN + "\n", name="other.py")]
    with pytest.raises(UsageError, match=r"two schemes are called 'mine', in .*my_init.py and in"):
        INITIALIZERS.including(paths).__enter__()


def test_a_plugin_is_loaded_by_origin_until_its_code_changes(plugin):
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
        ("tenths", "nothing_of_the_kind:x", "cannot be loaded: ModuleNotFoundError: No module"),
        ("tenths", "math:pi", "is no initializer of that name"),
        ("other", f"{__name__}:a_tenth", "is no initializer of that name"),
    ],
)
def test_errors_name_an_invalid_entry_point(offer, name, value, message):
    """With its name and what it points to."""
    offer(name, value)
    with pytest.raises(UsageError, match=f"entry point '{name}' .{value}. {message}"):
        bind(name)


def test_an_entry_point_does_not_hide_the_catalogue(offer):
    """A name of the catalogue means what it always has."""
    offer("zeros", "nothing_of_the_kind:x")
    assert bind("zeros").initializer.family == "Constant"


HELPED = """
import initbench
import scale


@initbench.scheme
def mine(rng, layer):
    return scale.S * rng.standard_normal(layer.shape)
"""

LAZY = """
import initbench


@initbench.scheme
def mine(rng, layer):
    from scale import S

    return S * rng.standard_normal(layer.shape)
"""

PACKAGED = """
import initbench
from sizes import of_layer


@initbench.scheme
def mine(rng, layer):
    return of_layer(layer) * rng.standard_normal(layer.shape)
"""


@pytest.fixture
def helpers(tmp_path, monkeypatch):
    """Return a writer of modules beside a plugin; at the end they are imported no longer."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def write(texts):
        for name, text in texts.items():
            path = tmp_path / f"{name}.py"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        importlib.invalidate_caches()

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def origin_and_mean(path):
    """Return the origin of a plugin's scheme, and the mean square of what it draws."""
    with INITIALIZERS.including([path]):
        [(weights, _)] = bind("mine").draw([LayerSpec(50, 40)], seed=0)
        return INITIALIZERS.origin("mine"), float(np.mean(weights**2))


@pytest.mark.parametrize("text", [HELPED, LAZY], ids=["module", "name, when drawing"])
def test_a_changed_helper_module_changes_the_digest(plugin, helpers, text):
    """A module of one's own that a plugin imports decides what is drawn, as its own file does."""
    helpers({"scale": "S = 1.0\n"})
    path = plugin(text)
    first, before = origin_and_mean(path)
    assert origin_and_mean(path) == (first, before)
    helpers({"scale": "S = 3.0\n"})
    second, after = origin_and_mean(path)
    assert second.digest != first.digest
    assert after == pytest.approx(9 * before)
    with pytest.raises(UsageError, match=r"'mine' of .* has changed since"):
        load_scheme("mine", first)
    helpers({"scale": "S = 1.0\n"})
    assert origin_and_mean(path) == (first, before)


def test_digests_follow_imports_through_packages(plugin, helpers):
    """Relative imports, classes and constants of submodules, but no unused module."""
    files = {
        "sizes/__init__": "from .laws import Law\n\nof_layer = Law().of\n",
        "sizes/laws": "from . import numbers\nclass Law:\n    of = lambda *_: numbers.S\n",
        "sizes/numbers": "S = 2.0\n",
        "unused": "S = 1.0\n",
    }
    path = plugin(PACKAGED)
    helpers(files)
    first, before = origin_and_mean(path)
    helpers({"unused": "S = 5.0\n"})
    assert origin_and_mean(path) == (first, before)
    helpers({"sizes/numbers": "S = 4.0\n"})
    second, after = origin_and_mean(path)
    assert second.digest != first.digest
    assert after == pytest.approx(4 * before)


def test_a_plugin_without_own_imports_has_the_digest_of_its_file(plugin):
    """Numpy, the standard library and initbench are of their versions, which are no code here."""
    path = plugin("import math\nimport numpy as np\n" + PLUGIN)
    with INITIALIZERS.including([path]):
        assert INITIALIZERS.origin("mine").digest == hashlib.sha256(path.read_bytes()).hexdigest()


def made(value):
    """Return a function that holds on to a value."""
    return lambda rng, layer: value * rng.random(layer.shape)


class Held:
    """A value of a class of one's own."""

    def __init__(self, value):
        self.value = value


@dataclass(frozen=True)
class Sized:
    """A dataclass of one's own."""

    size: float


def with_default(value):
    """Return a function with a default."""
    return lambda rng, layer, size=value: size * rng.random(layer.shape)


def with_keyword(value):
    """Return a function with a default of an argument that is given by name."""
    return lambda rng, layer, *, size=value: size * rng.random(layer.shape)


HELD = [
    1.0,
    2.0,
    1,
    "1",
    None,
    (),
    [],
    (1,),
    [1],
    (1, 2),
    (2, 1),
    ((1,), 2),
    (1, (2,)),
    {"a": 1},
    {"a": 2},
    {1},
    {1, 2},
    frozenset({1, 2}),
    Held(1.0),
    Held(2.0),
    Held({1}),
    Sized(1.0),
    Sized(2.0),
    with_default(1.0),
    with_default(2.0),
    with_keyword(1.0),
    with_keyword(2.0),
    np.float32(1.0),
    np.float32(2.0),
    np.ones(2),
    np.zeros(2),
    np.ones((2, 1)),
    np.ones(2, np.float32),
    made(1.0),
    made(2.0),
    [made(1.0)],
    {"draw": made(3.0)},
    {"draw": made(4.0)},
    partial(made, 1.0),
    partial(made, 2.0),
    np.sin,
    np.cos,
]
"""Values of which each makes another scheme."""


def test_digests_depend_on_closures_and_defaults():
    """Equal closures have equal digests, all others differ: numbers, containers, functions."""
    digests = [digest_of(made(value)) for value in HELD]
    assert len(set(digests)) == len(HELD)
    assert [digest_of(made(deepcopy(value))) for value in HELD] == digests
    assert digest_of(a_tenth) not in digests


@pytest.mark.parametrize(
    "value", [(n for n in ()), threading.Lock(), [threading.Lock()]], ids=["iterator", "lock", "in"]
)
def test_values_without_a_digest_raise(value):
    """With the value, and what to do."""
    with pytest.raises(UsageError, match="changes of that object cannot be detected"):
        digest_of(made(value))


def test_recursive_values_have_a_digest():
    """A list in itself does not end in a recursion."""
    loop = [1]
    loop.append(loop)
    assert digest_of(made(loop)) != digest_of(made([1]))


TYPED = """
S, NAMES = 1.0, {"a", "b", "c", "d"}


class Law:
    FACTOR = 2.0

    def of(self, value):
        return value * self.FACTOR + self.half(1.0) + self.tenth(2.0)

    @staticmethod
    def half(value):
        return value / 2

    @property
    def tenth(self):
        return lambda value: value / 10


def scaled(value):
    inner = lambda: NAMES
    return S * value if "a" in {"x", "y", "a"} else len(inner())


def mine(rng, layer):
    return Law().of(scaled(rng.random(layer.shape)))
"""


def typed(text):
    """Return the digest of a function that is typed in, as into a notebook, and has no file."""
    exec(text, found := {"__name__": "typed"})  # noqa: S102
    return digest_of(found["mine"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("S, NAMES = 1.0", "S, NAMES = 2.0"),
        ('"c", "d"}', '"c", "e"}'),
        ("S * value", "S + value"),
        ('"y", "a"}', '"z", "a"}'),
        ("FACTOR = 2.0", "FACTOR = 3.0"),
        ("value * self.FACTOR", "value / self.FACTOR"),
        ("value / 2", "value / 3"),
        ("value / 10", "value / 11"),
        ("class Law:", "class Law(dict):"),
    ],
)
def test_interactive_functions_are_digested_with_their_globals(old, new):
    """Constants, functions and classes among the globals that it reads, but no others."""
    first = typed(TYPED)
    assert typed(TYPED + "\nunused = 3\n") == first
    assert typed(TYPED.replace(old, new)) != first


def test_interactive_functions_are_digested_with_their_modules(helpers):
    """A module among its globals is its file."""
    text = "import scale\ndef mine(rng, layer):\n    return scale.S * rng.random(layer.shape)\n"
    helpers({"scale": "S = 1.0\n"})
    first = typed(text)
    assert typed(text) == first
    helpers({"scale": "S = 2.0\n"})
    assert typed(text) != first


SEEDED = """
from initbench.initializers.digesting import digest_of

class Names:
    def __init__(self):
        self.names = {"a", "b", "c", "d", "e"}

def made(value):
    return lambda rng, layer: value

names = set("abcdefgh")
for value in (names, frozenset(names), [names], {"names": names}, Names()):
    print(digest_of(made(value)))
text = TEXT
exec(text, found := {"__name__": "typed"})
print(digest_of(found["mine"]))
"""


def test_digests_are_the_same_in_every_process():
    """Python orders a set of words by a number that it draws when it starts."""
    script = SEEDED.replace("TEXT", repr(TYPED))
    found = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1


def test_errors_of_own_adapt_functions_name_the_scheme():
    """An error while adapting is told with the scheme's name, and so is a missing count."""
    failing = scheme(name="mine", adapt=lambda _network, _batch: 1 / 0)(a_tenth.draw)
    with pytest.raises(SchemeError, match="'mine' failed, adapting: ZeroDivisionError"):
        bind(failing).adapt(None, None)
    silent = scheme(name="mine", adapt=lambda _network, _batch: None)(a_tenth.draw)
    with pytest.raises(SchemeError, match="'mine' must return Passes from adapting, not None"):
        bind(silent).adapt(None, None)
