"""Processes: units train in them to the same bits, and they never outlive who started them."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from initbench.config.loading import make_experiment
from initbench.experiment.dispatch import execute
from initbench.experiment.plan import make_plan
from initbench.experiment.workers import InProcess, Processes
from initbench.results import RunStore
from initbench.training.unit import Unit

ROOT = Path(__file__).parents[2]
SETTINGS = {
    "dataset": {"name": "moons", "samples": 60},
    "network": {"hidden": [5, 4]},
    "training": {"epochs": 3, "optimizer": "adam"},
    "inits": ["zeros", "he", {"name": "random", "std": 3}],
    "sweep": {"training.optimizer.learning_rate": [0.001, 0.1, 30]},
    "seeds": 4,
}


@pytest.fixture(scope="module")
def plan():
    """Return a plan of 36 runs."""
    return make_plan(make_experiment(SETTINGS, "the test"))


@pytest.fixture(scope="module")
def expected(plan, tmp_path_factory):
    """Return the arrays of all runs as one stack in this process leaves them."""
    return trained(plan, list(plan.groups), InProcess(), tmp_path_factory.mktemp("expected"))


def trained(plan, units, workers, folder):
    """Return the arrays of all runs as these workers leave them."""
    store = RunStore(folder)
    store.write_outline(plan.outline)
    with workers:
        assert execute(units, store, workers) == 0
    return store.read_runs(plan.outline.keys)


def pieces(plan, seed):
    """Cut the plan into small units of odd shapes, in any order."""
    rng = np.random.default_rng(seed)
    [group] = plan.groups
    units = []
    for place in range(len(group.seeds)):
        cuts = np.sort(rng.choice(np.arange(1, 9), size=rng.integers(0, 3), replace=False))
        for part in np.split(np.arange(9), cuts):
            variants = tuple(group.variants[index] for index in part)
            units.append(replace(group, seeds=group.seeds[place : place + 1], variants=variants))
    return [units[index] for index in rng.permutation(len(units))]


def assert_same_bits(runs, expected):
    """See that all arrays of all runs are the same to the last bit."""
    assert runs.keys() == expected.keys()
    for key, arrays in expected.items():
        assert arrays.keys() == runs[key].keys()
        for name, values in arrays.items():
            assert values.tobytes() == runs[key][name].tobytes(), (key, name)


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_runs_have_the_same_bits_however_many_processes_train_them(plan, expected, tmp_path, jobs):
    """Cut into odd pieces, shuffled, and spread: all as in one stack of this process."""
    assert_same_bits(trained(plan, pieces(plan, jobs), Processes(jobs), tmp_path), expected)


def test_runs_have_the_same_bits_in_any_pieces_and_order(plan, expected, tmp_path):
    """Several cuts at random in this process."""
    for seed in range(5):
        runs = trained(plan, pieces(plan, seed), InProcess(), tmp_path / str(seed))
        assert_same_bits(runs, expected)


class Deadly(Unit):
    """A unit that ends the process that reads it."""

    def __reduce__(self):
        return os._exit, (1,)


LONG = "import pathlib, time; pathlib.Path({path!r}).touch(); time.sleep(600)"


class Long(Unit):
    """A unit that takes ten minutes, and leaves a file where its first key says when it begins."""

    def __reduce__(self):
        return exec, (LONG.format(path=self.keys[0]),)


def test_every_epoch_is_reported_once(plan):
    """However often the processes are asked, and after the unit has ended."""
    [group] = plan.groups
    unit = replace(group, seeds=(0,), recipe=replace(group.recipe, epochs=1000))
    reported = []
    with Processes(1) as workers:
        for units in (1, 2):
            future = workers.submit(unit, reported.append)
            while not future.done():
                workers.poll()
                time.sleep(0.001)
            workers.poll()
            assert reported == [None] * 1000 * units


def test_a_unit_that_kills_its_process_crashes_alone(plan, tmp_path):
    """The others finish, in the same and in other processes."""
    [group] = plan.groups
    alone = [replace(group, variants=group.variants[:1], seeds=(seed,)) for seed in group.seeds]
    deadly = Deadly(**vars(alone[1]))
    store = RunStore(tmp_path)
    store.write_outline(plan.outline)
    with Processes(2) as workers:
        assert execute([alone[0], deadly, *alone[2:]], store, workers) == 1
    assert store.crashes().keys() == set(deadly.keys)
    assert store.keys() == {key for unit in (alone[0], *alone[2:]) for key in unit.keys}


def test_a_process_that_is_killed_in_the_middle_costs_nothing(plan, expected, tmp_path):
    """Its unit is trained by another."""
    units = pieces(plan, 0)
    store = RunStore(tmp_path)
    store.write_outline(plan.outline)
    with Processes(2) as workers:
        victim = []

        def kill_one(_progress):
            if active_children() and not victim:
                victim.append(active_children()[0].pid)
                os.kill(victim[0], signal.SIGKILL)

        assert execute(units, store, workers, kill_one) == 0
    assert victim
    assert_same_bits(store.read_runs(plan.outline.keys), expected)


def is_alive(pid):
    """Tell whether a process is there and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def end_early(pids):
    """Tell whether processes end long before their units do, on a busy machine too."""
    return comes_true(lambda: not any(map(is_alive, pids)))


def comes_true(condition):
    """Tell whether something comes true within two minutes."""
    end = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="needs /proc")
def test_leaving_ends_processes_in_the_middle_of_a_unit(plan, tmp_path, monkeypatch):
    """Nothing trains on for nobody."""
    monkeypatch.chdir(tmp_path)
    [group] = plan.groups
    units = [replace(group, variants=group.variants[:1], seeds=(seed,)) for seed in (0, 1)]
    with Processes(2) as workers:
        for unit in units:
            workers.submit(Long(**vars(unit)), lambda _: None)
        pids = [process.pid for process in active_children()]
        assert comes_true(lambda: all(Path(unit.keys[0]).exists() for unit in units))
    assert len(pids) == 2
    assert end_early(pids)


PARENT = """
import sys, time
from multiprocessing import active_children
from pathlib import Path
from initbench.experiment.workers import Processes
class Long:
    def __init__(self, number): self.code = {long!r}.format(path=str(number))
    def __reduce__(self): return exec, (self.code,)
with Processes(2) as workers:
    for number in (0, 1):
        workers.submit(Long(number), lambda _: None)
    while {waits} and not (Path("0").exists() and Path("1").exists()):
        time.sleep(0.01)
    print(*(process.pid for process in active_children()), flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="needs /proc")
@pytest.mark.parametrize("waits", [False, True], ids=["just started", "in the middle of a unit"])
def test_processes_end_with_a_parent_that_is_killed(tmp_path, waits):
    """Whatever they are at when it gets kill -9."""
    command = [sys.executable, "-c", PARENT.format(long=LONG, waits=waits)]
    options = {"env": {**os.environ, "PYTHONPATH": str(ROOT)}, "cwd": tmp_path, "text": True}
    with subprocess.Popen(command, stdout=subprocess.PIPE, **options) as parent:
        pids = list(map(int, parent.stdout.readline().split()))
        parent.kill()
    assert len(pids) == 2
    assert end_early(pids)


def test_a_program_without_a_guard_may_train_in_processes(tmp_path):
    """Workers do not import the program that started them: it runs once, guarded or not."""
    program = tmp_path / "program.py"
    program.write_text(
        "import initbench\nprint('once')\n"
        f"results = initbench.run({SETTINGS!r}, jobs=2, plots=False)\nprint(len(results.runs))\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "once\n36\n"
    assert done.stderr == ""


def test_a_worker_is_watched_before_it_loads_anything_large():
    """What starts it imports nothing of initbench, and ends it with its parent from the first."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import initbench.experiment.lifetime, sys; print(*sys.modules)",
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name for name in done.stdout.split() if name.startswith("initbench.")}
    packages = {"initbench.experiment"}  # which is empty
    assert loaded == packages | {"initbench.experiment.lifetime"}
    assert "numpy" not in done.stdout.split()


def test_a_worker_loads_no_more_than_it_needs():
    """Neither configs nor pictures nor the command line: it starts as fast as it can."""
    code = "import initbench.experiment.workers, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    slow = {"scipy", "numba", "pydantic", "yaml", "matplotlib", "click", "tqdm"}
    assert not loaded & {*slow, "initbench.claims", "initbench.results.outline", "initbench.theory"}


@pytest.mark.parametrize(
    "starts",
    ["multiprocessing.process.BaseProcess.start", "threading.Thread.start"],
    ids=["process", "thread that looks after it"],
)
def test_an_interrupt_while_a_process_starts_is_nothing_else(plan, starts, monkeypatch):
    """What was not started is neither killed nor waited for."""

    def interrupted(_):
        raise KeyboardInterrupt

    def submit():
        with Processes(1) as processes:
            monkeypatch.setattr(starts, interrupted)
            processes.submit(group, lambda _: None)

    [group] = plan.groups
    with pytest.raises(KeyboardInterrupt):
        submit()


INTERRUPTED_WHILE_STARTING = """
import os, signal, sys, threading, time
from initbench.experiment import lifetime

signal.signal(signal.SIGINT, signal.default_int_handler)
idle = threading.Thread(target=time.sleep, args=(60,), daemon=True)
idle.start()  # this thread takes the signal, which the main thread blocks
start = lifetime.Worker._Popen
def interrupted(process):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)
    return start(process)
lifetime.Worker._Popen = staticmethod(interrupted)
process = lifetime.Context().Process(target=print, args=("ran", ))
try:
    process.start()
except KeyboardInterrupt:
    process.join()
    sys.exit(0 if process.exitcode == 0 else 3)
sys.exit(4)
"""


def test_an_interrupt_waits_until_a_process_has_started():
    """Also where another thread takes the signal, so that no half-started process complains."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_WHILE_STARTING],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")
