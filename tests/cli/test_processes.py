"""Runs in several processes, as a shell sees them: signals, orphans, crashes and rivals."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from initbench import api

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="needs /proc")

LONG = "{epochs: 2000000}"  # which takes many minutes
PATIENCE = 120.0
"""Seconds after which a process hangs; nothing waits as long on a machine that is not busy."""

SHAPES = "{network.hidden: [[4], [5]]}"  # two, and so two units at least


@pytest.fixture
def start(environment):
    """Return a starter of the command line in a process group of its own."""
    started = []

    def begin(*arguments):
        command = [sys.executable, "-m", "initbench", *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(command, env=environment(), process_group=0, **pipes)
        started.append(process)
        return process

    yield begin
    for process in started:
        with process:
            process.kill()


def members(group):
    """Return the processes of a group that live, by their numbers."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def comes_true(condition):
    """Tell whether something comes true long before a unit of `LONG` ends, on a busy machine."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def workers_of(process):
    """Return the workers of a process: all of its group but itself and Python's own tracker."""
    return [pid for pid in members(process.pid) if pid != process.pid and not is_tracker(pid)]


def is_tracker(pid):
    """Tell whether a process is Python's resource tracker."""
    try:
        return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


@pytest.fixture
def running(start, config, invoke):
    """Return a run of long units in two processes, of which one unit was finished before."""
    path = config(training=LONG, sweep=SHAPES)
    invoke("run", path, "--no-plots", "--seeds", "1", "--set", "training.epochs=1")
    process = start("run", path, "--no-plots", "--jobs", "2", "--results", "results/tiny")
    assert comes_true(lambda: len(workers_of(process)) == 2)
    return process


@pytest.mark.parametrize(
    ("number", "code", "word", "whom"),
    [
        (signal.SIGINT, 130, "Interrupted", "group"),  # as a terminal sends it
        (signal.SIGTERM, 143, "Terminated", "parent"),
    ],
)
def test_a_signal_ends_all_processes_and_keeps_finished_runs(running, number, code, word, whom):
    """One line, the signal's code, no orphan, no half file, and no unit is trained to its end."""
    finished = set(Path("results/tiny/runs").glob("*.npz"))
    os.kill(-running.pid if whom == "group" else running.pid, number)
    _, words = running.communicate(timeout=PATIENCE)
    assert running.returncode == code
    assert words == f"\n{word}: finished runs are kept; run the command again to continue\n"
    assert comes_true(lambda: not members(running.pid))
    assert finished == set(Path("results/tiny/runs").glob("*.npz"))
    assert not list(Path("results").rglob("*.initbench-tmp"))
    assert not Path("results/tiny/.lock").exists()


def test_a_second_interrupt_ends_at_once(running):
    """Who presses Ctrl-C twice does not wait, and leaves no orphan."""
    for _ in range(2):
        os.kill(running.pid, signal.SIGINT)
    assert running.wait(PATIENCE) in {130, -signal.SIGINT}
    assert comes_true(lambda: not members(running.pid))


def test_a_run_that_was_stopped_goes_on(start, config, invoke):
    """Ctrl-Z and `fg` change nothing in the results."""
    path = config(training="{epochs: 3000}", sweep=SHAPES)
    process = start("run", path, "--no-plots", "--jobs", "2", "--json")
    assert comes_true(lambda: len(workers_of(process)) == 2)
    os.killpg(process.pid, signal.SIGSTOP)
    time.sleep(1)
    os.killpg(process.pid, signal.SIGCONT)
    printed, words = process.communicate(timeout=PATIENCE)
    assert (process.returncode, words) == (0, "")
    peace = invoke("run", path, "--no-plots", "--json", "--results", "peace")
    assert json.loads(printed) == json.loads(peace.stdout)


def test_workers_of_a_killed_run_end_with_it(running):
    """Kill -9 leaves nothing that trains on; the folder is free for the next."""
    running.kill()
    assert comes_true(lambda: not workers_of(running))


def test_a_killed_worker_costs_nothing(start, config, invoke):
    """Its unit is trained again, and the metrics are those of a run in peace."""
    path = config(training="{epochs: 3000}", sweep=SHAPES)
    process = start("run", path, "--no-plots", "--jobs", "2", "--json")
    assert comes_true(lambda: len(workers_of(process)) == 2)
    os.kill(workers_of(process)[0], signal.SIGKILL)
    printed, words = process.communicate()
    assert (process.returncode, words) == (0, "")
    peace = invoke("run", path, "--no-plots", "--json", "--results", "peace")
    assert json.loads(printed) == json.loads(peace.stdout)


def test_the_second_run_in_a_folder_names_the_first(running, invoke, config):
    """Exit code 4, with the number of the process that has it; another folder is free."""
    path = config(training="{epochs: 1}")
    done = invoke("run", path, "--no-plots", "--results", "results/tiny")
    assert done.exit_code == 4
    assert re.search(rf"results/tiny is in use by process {running.pid} on ", done.stderr)
    assert invoke("report", "results/tiny").exit_code == 4
    assert invoke("run", path, "--no-plots", "--results", "other").exit_code == 0


def test_two_that_race_for_a_folder_leave_the_results_of_one(start, config, invoke):
    """Whoever comes first trains all; the other is done or told, and nothing is mixed."""
    path = config(training="{epochs: 200}")
    rivals = [start("run", path, "--no-plots", "-q") for _ in range(3)]
    for rival in rivals:
        rival.communicate()
    codes = [rival.returncode for rival in rivals]
    assert 0 in codes
    assert set(codes) <= {0, 4}
    invoke("run", path, "--no-plots", "--results", "alone")
    for name in ("metrics.json", "curves.csv", "REPORT.md", "config.yaml"):
        assert Path("results/tiny", name).read_bytes() == Path("alone", name).read_bytes()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_any_number_of_jobs_gives_the_same_bytes(invoke, config, jobs):
    """Derived files do not tell how many processes trained."""
    path = config(sweep=SHAPES, seeds=3)
    for folder, flags in (("many", ("--jobs", jobs)), ("one", ())):
        assert invoke("run", path, "--no-plots", "--results", folder, *flags).exit_code == 0
    for name in ("metrics.json", "curves.csv", "REPORT.md", "config.yaml"):
        assert Path("many", name).read_bytes() == Path("one", name).read_bytes()


def test_crashed_runs_are_reported_until_they_are_trained(invoke, config, monkeypatch):
    """Scheme, number and reason are told; a later run tries again, and they are gone."""
    from initbench.experiment import workers

    train = workers.train_unit

    def crash(unit, on_epoch):
        if "he_normal" in {variant.scheme.name for variant in unit.variants}:
            raise ZeroDivisionError("a scheme's own mistake")
        return train(unit, on_epoch)

    path = config()
    with monkeypatch.context() as patch:
        patch.setattr(workers, "train_unit", crash)
        done = invoke("run", path, "--no-plots")
    assert done.exit_code == 3
    assert "2 of 4 runs crashed" in done.stderr
    row = "| he | 2 | ZeroDivisionError: a scheme's own mistake |"
    assert row in Path("results/tiny/REPORT.md").read_text("utf-8")
    assert len(api.load_results("results/tiny").crashes) == 2
    assert invoke("run", path, "--no-plots").exit_code == 0
    invoke("run", path, "--no-plots", "--results", "clean")
    for name in ("metrics.json", "REPORT.md"):
        assert Path("results/tiny", name).read_bytes() == Path("clean", name).read_bytes()
