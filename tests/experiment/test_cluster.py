"""A Dask cluster trains the same units to the same bits, and each of its failures is said in words.

Scheduler and workers are processes on the loopback interface, which are killed when a test ends. No
deadline of the product is shortened but where the other side is known to say nothing.
"""

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from initbench import api
from initbench.config.loading import make_experiment
from initbench.errors import ClusterError, UsageError
from initbench.experiment import cluster
from initbench.experiment.cluster import Cluster
from initbench.experiment.dispatch import execute
from initbench.experiment.plan import make_plan
from initbench.initializers import INITIALIZERS
from initbench.results import RunStore

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore:Mismatched versions found"),  # Dask's own, to stderr
]

TEST_SECONDS = 300
"""When a test that hangs fails: far beyond what it takes on a machine under load."""

SETTINGS = {
    "name": "tiny",
    "dataset": {"name": "moons", "samples": 60},
    "network": {"hidden": [5, 4]},
    "training": {"epochs": 3},
    "inits": ["zeros", "he", {"name": "random", "std": 3}],
    "sweep": {"network.width": [3, 5, 8], "network.depth": [1, 2]},
    "seeds": 3,
}
"""Six networks of different shapes, so at least six units: more than two workers get at once."""

RUNS = 54

FATAL = '''
import os, signal
import initbench

@initbench.scheme
def fatal(rng, layer):
    """Kills the node that draws it, once or always."""
    if os.environ.get("FATAL") == "always":
        os.kill(os.getpid(), signal.SIGKILL)
    if os.environ.get("FATAL") == "once":
        try:
            os.close(os.open("killed", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return rng.standard_normal(layer.shape)
'''


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder."""
    pytest.importorskip("distributed", reason="Dask is an extra")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _deadline():
    """End a test that hangs, wherever it waits."""

    def fail(*_):
        raise AssertionError(f"not done within {TEST_SECONDS} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def start(tmp_path):
    """Return a function that starts a process; all are killed in the end, even stopped ones."""
    processes = []

    def start(*command, **environment):
        with (tmp_path / "processes.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *command],
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        processes.append(process)
        return process

    yield start
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def scheduler(start):
    """Return a function that starts a scheduler, and returns its process and address."""

    def start_scheduler(*options, **environment):
        file = Path("scheduler.json")
        process = start(
            *("-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"),
            *("--no-dashboard", "--no-show", "--scheduler-file", str(file), *options),
            **environment,
        )
        while process.poll() is None:
            with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
                return process, json.loads(file.read_text("utf-8"))["address"]
            time.sleep(0.05)
        raise AssertionError(Path("processes.log").read_text("utf-8"))

    return start_scheduler


@pytest.fixture
def worker(start):
    """Return a function that starts a worker with one thread."""

    def start_worker(address, *options, **environment):
        return start(
            *("-m", "distributed.cli.dask_worker", address, "--host", "127.0.0.1"),
            *("--nthreads", "1", "--no-dashboard", *(options or ["--no-nanny"])),
            **environment,
        )

    return start_worker


@pytest.fixture
def mute():
    """Return the address of a socket that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


def train(settings=SETTINGS, **how):
    """Run the experiment, without figures."""
    return api.run(settings, plots=False, **how)


def derived(folder):
    """Return the bytes of all files that are made of runs."""
    names = ("metrics.json", "curves.csv", "REPORT.md", "config.yaml")
    return {name: (folder / name).read_bytes() for name in names}


def test_two_workers_give_the_bits_of_one_process(scheduler, worker):
    """Several units on two nodes: metrics and curves are the same bytes."""
    _, address = scheduler()
    worker(address)
    worker(address)
    alone = train(results="alone", jobs=1).folder
    spread = train(results="spread", scheduler=address).folder
    assert derived(spread) == derived(alone)


def test_a_unit_whose_worker_is_killed_is_trained_by_another_to_the_same_bits(scheduler, worker):
    """The first worker that draws the scheme is killed there; the results are complete."""
    Path("fatal.py").write_text(FATAL, "utf-8")
    settings = {**SETTINGS, "inits": ["he", "fatal"]}
    alone = train(settings, results="alone", plugins=["fatal.py"], jobs=1).folder
    _, address = scheduler()
    workers = [worker(address, FATAL="once") for _ in range(2)]
    spread = train(settings, results="spread", plugins=["fatal.py"], scheduler=address)
    assert derived(spread.folder) == derived(alone)
    assert len(spread.runs) == 36
    assert Path("killed").exists()
    while all(each.poll() is None for each in workers):
        time.sleep(0.05)
    assert sorted(each.poll() is None for each in workers) == [False, True]


def test_a_unit_that_kills_all_its_workers_crashes_and_the_others_finish(scheduler, worker):
    """Dask gives the unit up; it is tried again alone, and then noted."""
    Path("fatal.py").write_text(FATAL, "utf-8")
    _, address = scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    worker(address, "--nanny", FATAL="always")
    settings = {**SETTINGS, "sweep": {}, "inits": ["he", "fatal"]}
    with INITIALIZERS.including(["fatal.py"], []):
        plan = make_plan(make_experiment(settings, "the test"))
    [group] = plan.groups
    healthy, deadly = (replace(group, variants=(variant,)) for variant in group.variants)
    store = RunStore(Path("tiny"))
    store.write_outline(plan.outline)
    with Cluster(address) as workers:
        assert execute([healthy, deadly], store, workers) == 3
    assert store.crashes().keys() == set(deadly.keys)
    assert store.keys() == set(healthy.keys)


@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_a_scheduler_that_is_killed_or_stopped_is_an_error_and_finished_runs_are_kept(
    scheduler, worker, monkeypatch, fault
):
    """Exit code 4 and the words to go on; the finished runs are kept, and the rest follows."""
    process, address = scheduler()
    worker(address)
    kept = []

    def strike(progress):
        if progress.done and not kept:
            kept.append(progress.done)
            process.send_signal(fault)
            monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.5)

    with pytest.raises(ClusterError, match=r"is lost: .*kept: run it again to go on") as caught:
        train(scheduler=address, progress=strike)
    assert caught.value.exit_code == 4
    assert 1 <= len(list(Path("results/tiny/runs").glob("*.npz"))) < 6
    told = []
    assert len(train(progress=told.append, jobs=1).runs) == RUNS
    assert told[0].total < RUNS * SETTINGS["training"]["epochs"]


def test_the_command_says_that_the_scheduler_is_lost_without_a_traceback(scheduler):
    """Exit code 4; the last line of standard error says how to go on."""
    process, address = scheduler()
    Path("tiny.yaml").write_text(json.dumps(SETTINGS), "utf-8")
    command = [sys.executable, "-m", "initbench", "run", "tiny.yaml", "--scheduler", address]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as running:
        try:
            while "waiting for them" not in running.stderr.readline():
                assert running.poll() is None
            process.kill()
            said = running.stderr.read()
            assert running.wait() == 4
        finally:
            running.kill()
    assert "run it again to go on" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("module", ["batched", "client", "comm.tcp", "core", "utils"])
def test_dask_logs_no_errors_while_connected(scheduler, module):
    """Which of its modules notices first that the scheduler is lost hangs on the machine's load."""
    _, address = scheduler()
    logger = logging.getLogger(f"distributed.{module}")
    before = logger.getEffectiveLevel()
    with Cluster(address):
        assert not logger.isEnabledFor(logging.ERROR)
    assert logger.getEffectiveLevel() == before


def test_a_mute_scheduler_is_an_error(mute, monkeypatch):
    """Dask's own timeout does not cover the greeting."""
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.5)
    with pytest.raises(ClusterError, match=r"cannot be reached: no answer in time"):
        train(scheduler=mute)


def test_an_address_without_scheduler_is_an_error(monkeypatch):
    """Exit code 4, and the system's reason."""
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.5)
    with pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:9 cannot be reached"):
        Cluster("tcp://127.0.0.1:9")


@pytest.mark.parametrize("address", ["", "nonsense", "ftp://x:1", "tcp://x:y"])
def test_an_invalid_address_is_a_usage_error(monkeypatch, address):
    """Exit code 2 or 4, and never a traceback."""
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 0.5)
    with pytest.raises((UsageError, ClusterError), match="scheduler"):
        Cluster(address)


def test_a_worker_with_another_numpy_is_refused(scheduler, worker):
    """Its numbers could be others: both versions are named, and nothing of it is stored."""
    Path("older.py").write_text("import numpy\nnumpy.__version__ = '2.99.0'\n", "utf-8")
    _, address = scheduler()
    worker(address, "--no-nanny", "--preload", "older.py")
    with pytest.raises(ClusterError, match=r"NumPy 2\.99\.0, this machine .* install the same"):
        train(scheduler=address)
    assert not list(Path("results/tiny/runs").glob("*.npz"))


def test_a_scheduler_with_another_dask_is_refused(scheduler):
    """Both versions are named."""
    Path("older.py").write_text(
        "from distributed import versions\n"
        "versions.get_package_info = lambda _: {'distributed': '2020.1.0'}\n",
        "utf-8",
    )
    _, address = scheduler("--preload", "older.py")
    with pytest.raises(ClusterError, match=r"Dask 2020\.1\.0, this machine .* install the same"):
        Cluster(address)


def test_a_worker_without_initbench_is_refused(scheduler, worker):
    """It cannot read what it is sent, and the words say what to install."""
    Path("absent.py").write_text("import sys\nsys.modules['initbench'] = None\n", "utf-8")
    _, address = scheduler()
    worker(address, "--no-nanny", "--preload", "absent.py")
    with pytest.raises(ClusterError, match="same initbench, NumPy, Python and Dask"):
        train(scheduler=address)
