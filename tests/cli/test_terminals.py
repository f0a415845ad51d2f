"""Terminals: a line that is rewritten while runs train, and colours in what is shown of them."""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import numpy as np
import pytest
from click import unstyle
from tqdm.utils import disp_len

from initbench.cli.output import has_colours

STREAMS = ("stdout", "stderr")


@pytest.fixture
def on_terminal(environment):
    """Return a caller of the command line with one stream on a terminal, that returns both."""

    def call(*arguments, stream, columns=100, code=0, **changes):
        terminal, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        streams = {**dict.fromkeys(STREAMS, subprocess.PIPE), stream: end}
        always = {"TERM": "xterm", "NO_COLOR": "", "TQDM_MININTERVAL": "0"}  # however fast it is
        settings = environment(**{**always, **changes})
        command = [sys.executable, "-m", "initbench", *arguments]
        with subprocess.Popen(command, env=settings, **streams) as process:
            os.close(end)
            shown = b""
            while True:
                try:
                    shown += os.read(terminal, 65536)
                except OSError:  # the other end is closed
                    break
            [other] = {*STREAMS} - {stream}
            piped = getattr(process, other).read()
        os.close(terminal)
        assert process.returncode == code
        return {stream: shown.decode().replace("\r\n", "\n"), other: piped.decode()}

    return call


def rewritten(shown):
    """Return what a line was, one time after the other; the last is blank."""
    *lines, last = shown.split("\r")
    assert last == ""
    assert lines[-1].strip() == ""
    return [line.rstrip() for line in lines if line.strip()]


def test_the_line_says_when_pictures_are_drawn(config, on_terminal):
    """Training is over, and the time that passes is theirs."""
    lines = rewritten(on_terminal("run", config(), stream="stderr", columns=120)["stderr"])
    assert lines[-1] == "drawing …"
    assert "4 of 4 runs" in lines[-2]


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_the_line_fits_any_terminal_and_is_wiped(config, on_terminal, columns):
    """It never wraps, has no colour, goes from nothing to the end, and leaves nothing behind."""
    label = "長い {label} 長い %s of a scheme, \\\\r \\\\x1b[31m"
    inits = f'[zeros, he, {{name: random, label: "{label}"}}]'
    path = config(training="{epochs: 300}", inits=inits)
    shown = on_terminal("run", path, "--no-plots", stream="stderr", columns=columns)
    assert shown["stdout"].startswith(" ")
    lines = rewritten(shown["stderr"])
    assert all(line.isprintable() and disp_len(line) <= columns for line in lines)
    assert all(re.match(r"unit 1 of 1 +\d+ % \|", line) for line in lines)
    if columns >= 80:  # the end of the line is cut
        assert all(" left, " in line and " runs/s" in line for line in lines)
        assert re.search(r"test loss: (he|zeros|長) *", lines[-1])


def test_units_of_processes_are_counted_and_named(config, on_terminal):
    """Which unit trains, at which point of the sweep: the longest first. Losses of what is done."""
    path = config(training="{epochs: 400}", sweep="{network.hidden: [[4], [5]]}")
    arguments = ("run", path, "--no-plots", "--jobs", "2")
    lines = rewritten(on_terminal(*arguments, stream="stderr", columns=200)["stderr"])
    assert any("unit 1 of 2 " in line and "training hidden [5]" in line for line in lines)
    assert " of 8 runs" in lines[-1]


def test_a_second_stage_starts_a_new_line_of_its_own_length(config, on_terminal):
    """Trials of a tuned key are followed by the runs that they chose; each has its own total."""
    tune = "{key: training.optimizer.learning_rate, values: [0.01, 0.1]}"
    path = config(training="{epochs: 100}", tune=tune)
    lines = rewritten(on_terminal("run", path, "--no-plots", stream="stderr")["stderr"])
    shares = [int(re.search(r"(\d+) %", line)[1]) for line in lines]
    assert max(shares) <= 100
    assert sorted(shares) != shares


@pytest.mark.parametrize(("term", "flags"), [("dumb", ()), ("xterm", ("-q",))])
def test_no_line_is_shown_where_it_cannot_be_or_is_not_wanted(config, on_terminal, term, flags):
    """A terminal that cannot go back in its line gets none, nor does who asked for quiet."""
    path = config()
    shown = on_terminal("run", path, "--no-plots", *flags, stream="stderr", TERM=term)
    assert shown["stderr"] == ""


@pytest.fixture
def both(config, on_terminal, invoke, monkeypatch):
    """Return a caller of a command that gives what a terminal shows, and what a pipe gets.

    Of three schemes one is best, one learns nothing and one diverges; of two claims, one holds.
    """
    monkeypatch.setenv("COLUMNS", "120")
    config(
        "wild",
        dataset="{name: moons, samples: 200, noise: 0.1}",
        training="{epochs: 30, optimizer: {name: sgd, learning_rate: 1}}",
        inits="[he, zeros, {name: random, std: 1.0e+30, label: wild}]",
        seeds=8,
        expect='["test_accuracy(he) > 0.6", "test_accuracy(zeros) > 0.9"]',
    )
    invoke("run", "wild.yaml", "--no-plots")

    def call(*arguments, code=0, **changes):
        shown = on_terminal(*arguments, stream="stdout", code=code, **changes)["stdout"]
        return shown, invoke(*arguments).stdout

    return call


def test_a_terminal_shows_the_text_of_a_pipe_in_colours(both):
    """They help to find the best, what diverged, and what learned nothing; no letter differs."""
    shown, piped = both("run", "wild.yaml", "--no-plots", "-q")
    assert unstyle(shown) == piped
    assert "\x1b" not in piped
    rows = {unstyle(line).split()[0]: line for line in shown.splitlines() if line.strip()}
    assert rows["scheme"].startswith("\x1b[2m")
    assert rows["he"].startswith("\x1b[32m\x1b[1mhe")
    assert re.match(r"\x1b\[2mzeros +\x1b\[0m", rows["zeros"])
    assert re.search(r"\x1b\[31m\x1b\[1m +[1-8] *\x1b\[0m", rows["wild"])


def test_a_terminal_that_wants_no_colours_gets_none(both):
    """Then it gets the same letters as a pipe."""
    shown, piped = both("run", "wild.yaml", "--no-plots", "-q", NO_COLOR="1")
    assert shown == piped


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),  # https://no-color.org: "not an empty string"
        ({"TERM": "xterm", "NO_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(monkeypatch, variables, expected):
    """NO_COLOR forbids them whatever its value, and a simple terminal has none."""
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal, end = pty.openpty()
    with open(terminal, "rb"), open(end, "w", encoding="utf-8") as stream:  # noqa: PTH123  # not paths
        assert has_colours(stream) is expected
    assert not has_colours(io.StringIO())
    assert not has_colours(None)


def test_json_has_no_colour(both):
    """A document is the same wherever it goes."""
    shown, piped = both("run", "wild.yaml", "--no-plots", "--json")
    assert shown == piped


def test_verdicts_are_coloured(both):
    """A claim that holds is green, one that does not is red."""
    shown, piped = both("verify", "wild.yaml", "--no-plots", code=1)
    assert unstyle(shown) == piped
    assert "\x1b[32m\x1b[1mPASS" in shown
    assert "\x1b[31m\x1b[1mFAIL" in shown


def test_differences_are_coloured(both, invoke):
    """Green where nothing has changed, yellow where something has."""
    shown, piped = both("diff", "results/wild", "results/wild")
    assert unstyle(shown) == piped
    assert shown.startswith("\x1b[32m\x1b[1mNo significant difference")
    invoke("run", "wild.yaml", "--no-plots", "--results", "less", "--set", "training.epochs=1")
    shown, piped = both("diff", "results/wild", "less", code=1)
    assert unstyle(shown) == piped
    assert re.search(r"^\x1b\[33m\d+ of \d+ metrics differ", shown, re.MULTILINE)


def test_audits_are_coloured(both):
    """Each layer's verdict, and that on the whole."""
    rng = np.random.default_rng(0)
    np.savez("he.npz", W1=rng.normal(0, np.sqrt(2 / 64), (64, 64)), W2=rng.normal(0, 1, (64, 64)))
    shown, piped = both("audit", "he.npz", "--claims", "he", code=1)
    assert unstyle(shown) == piped
    assert "\x1b[32m\x1b[1mconsistent" in shown
    assert "\x1b[31m\x1b[1mnot as claimed" in shown
    assert "\x1b[31m\x1b[1mFindings against he_normal in 1 of 2 tensors." in shown
