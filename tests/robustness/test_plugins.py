"""A plugin may end, crash or copy its process, or never return: it is named, and others go on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from initbench.initializers import trying

SCHEMES = """
import ctypes
import os
import sys

import initbench


@initbench.scheme
def leaves(rng, layer):
    os._exit(0)


@initbench.scheme
def crashes(rng, layer):
    ctypes.string_at(0)


@initbench.scheme
def loops(rng, layer):
    while True:
        pass


@initbench.scheme
def exits(rng, layer):
    sys.exit(7)


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


@initbench.scheme
def mute(rng, layer):
    raise Mute


@initbench.scheme
def imaginary(rng, layer):
    return 1j * rng.standard_normal(layer.shape)


@initbench.scheme
def copies(rng, layer):
    os.fork()
    return rng.standard_normal(layer.shape)
"""
SMALL = ("--dataset", "{name: moons, samples: 40}", "--hidden", 3, "--epochs", 1, "--seeds", 2)


@pytest.fixture
def plugin(monkeypatch):
    """Return a maker of a plugin in the working folder; trials last two seconds."""
    monkeypatch.setattr(trying, "DEADLINE", 2)

    def make(text=SCHEMES):
        Path("mine.py").write_text(text)
        return "mine.py"

    return make


def test_schemes_that_end_or_keep_their_process_are_named_and_the_others_go_on(invoke, plugin):
    """Their runs crash, which is exit code 3."""
    inits = "he,leaves,crashes,loops"
    result = invoke("compare", "--inits", inits, *SMALL, "--no-plots", "--plugin", plugin())
    assert result.exit_code == 3, result.output
    for ending in (
        "'leaves' ended its process with exit code 0",
        "'crashes' ended its process by SIGSEGV",
        "'loops' did not return within 2 s",
    ):
        assert ending in result.stderr
    [path] = Path("results").rglob("metrics.json")
    [cell] = json.loads(path.read_text())["cells"]
    assert {label: each["runs"] for label, each in cell["inits"].items()} == {
        "he": 2,
        "leaves": 0,
        "crashes": 0,
        "loops": 0,
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("exits", "failed, drawing 2 × 3: SystemExit: 7"),
        ("mute", "failed, drawing 2 × 3: Mute: (it has no message)"),
        ("imaginary", "it drew complex128 numbers"),
    ],
)
def test_an_exception_in_a_draw_is_a_message_with_exit_code_2(invoke, plugin, name, message):
    """A scheme passes on neither its exit code nor numbers that are not real."""
    result = invoke("compare", "--inits", f"he,{name}", *SMALL, "--plugin", plugin())
    assert result.exit_code == 2
    assert f"initializer '{name}'" in result.stderr
    assert message in result.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import sys; sys.exit(0)", "mine.py fails in line 1: SystemExit: 0"),
        ("import os; os._exit(0)", "mine.py ended its process with exit code 0"),
        ("while True: pass", "mine.py did not return within 2 s"),
        ("raise type('E', (Exception,), {'__str__': None})", "(it has no message)"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_exit_code_2(invoke, plugin, text, message):
    """Nothing done is not success."""
    result = invoke("list", "inits", "--plugin", plugin(text))
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_copy_of_the_process_ends_at_once(plugin):
    """A plugin that forks, when imported and when drawing, has one run and one report."""
    path = plugin("import os; os.fork()\n" + SCHEMES)
    command = [sys.executable, "-W", "ignore", "-m", "initbench", "compare", "--inits", "copies"]
    result = subprocess.run(
        [*command, *map(str, SMALL), "--no-plots", "--json", "--plugin", path],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    json.loads(result.stdout)  # one document


def test_a_device_is_no_plugin(invoke):
    """Its end would never come."""
    result = invoke("list", "inits", "--plugin", "/dev/zero")
    assert result.exit_code == 2
    assert "plugin /dev/zero cannot be read: it is not a file" in result.stderr


def test_without_a_plugin_no_process_is_started(invoke, monkeypatch):
    """Trials cost nothing where nothing is to be tried."""
    monkeypatch.setattr(trying.subprocess, "Popen", pytest.fail)
    assert invoke("compare", "--inits", "he", *SMALL, "--dry-run").exit_code == 0
