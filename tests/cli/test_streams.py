"""Streams and signals: a reader that is gone, a full device, no standard error, an interrupt."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [("--help",), ("schema",), ("run", "tiny.yaml", "--no-plots", "-q")]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_device_is_reported_in_one_line(initbench, config, arguments):
    """What cannot be shown is an error of the machine; results are complete."""
    config()
    with Path("/dev/full").open("wb") as full:
        done = initbench(*arguments, stdout=full)
    assert done.stderr == "Error: standard output cannot be written: No space left on device\n"
    assert done.returncode == 4
    assert arguments[0] != "run" or Path("results/tiny/metrics.json").is_file()


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_reader_that_is_gone_is_no_error(initbench, config, arguments):
    """`| head` ends a command quietly."""
    config()
    reader, writer = os.pipe()
    os.close(reader)
    done = initbench(*arguments, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")
    assert arguments[0] != "run" or Path("results/tiny/metrics.json").is_file()


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", ">&- 2>&-"])
def test_no_standard_error_breaks_no_run(config, environment, redirection):
    """Hints and warnings are lost, and nothing else; errors keep their code."""
    config()
    shell = f'"{sys.executable}" -m initbench run "$1" --no-plots {redirection}'
    for name, code in (("tiny.yaml", 0), ("tiny.yaml", 0), ("nowhere.yaml", 2)):
        command = ["/bin/sh", "-c", shell, "sh", name]
        done = subprocess.run(command, env=environment(), check=False, capture_output=True)
        assert done.returncode == code
    assert Path("results/tiny/metrics.json").is_file()


@pytest.mark.parametrize("arguments", [("--frob",), ("run",), ("run", "x.yaml", "-q", "-v")])
def test_a_usage_error_has_its_exit_code_without_standard_error(initbench, arguments):
    """Standard error on a full device changes nothing about exit code 2."""
    with Path("/dev/full").open("wb") as full:
        assert initbench(*arguments, stderr=full).returncode == 2


def test_characters_outside_of_the_encoding_are_replaced(initbench, monkeypatch):
    """A letter that the terminal lacks is a question mark."""
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    done = initbench("explain", "orthogonal", encoding="latin-1")
    assert done.returncode == 0
    assert "gain · Q, Q?Q = I" in done.stdout


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")],
)
def test_a_signal_ends_a_run_and_keeps_finished_runs(
    config, environment, number, code, word, initbench
):
    """One line, the signal's code, no half file; the next run goes on."""
    path = config(training="{epochs: 2000000}", inits="[he]")  # which takes many minutes
    initbench("run", path, "--no-plots", "--set", "training.epochs=1")
    finished = sorted(Path("results/tiny/runs").glob("*.npz"))
    command = [sys.executable, "-m", "initbench", "run", path, "--no-plots", "-v"]
    command += ["--results", "results/tiny"]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True)
    with process:
        try:
            assert "to be trained" in process.stderr.readline()
            process.send_signal(number)
            _, words = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == code
    assert words == f"\n{word}: finished runs are kept; run the command again to continue\n"
    files = sorted(file.name for file in Path("results/tiny/runs").iterdir())
    assert files == sorted([*(file.name for file in finished), "outline.json"])
