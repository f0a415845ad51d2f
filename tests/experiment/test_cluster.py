"""A Dask cluster trains the same units to the same bits, and its loss is said in words."""

import importlib
import os
import sys
from dataclasses import replace

import pytest

from initbench import api, jobs
from initbench.config.loading import make_experiment
from initbench.errors import ClusterError, UsageError
from initbench.experiment import cluster
from initbench.experiment.cluster import Cluster
from initbench.experiment.dispatch import execute
from initbench.experiment.plan import make_plan
from initbench.results import RunStore

SETTINGS = {
    "name": "tiny",
    "dataset": {"name": "moons", "samples": 60},
    "network": {"hidden": [5, 4]},
    "training": {"epochs": 3},
    "inits": ["zeros", "he", {"name": "random", "std": 3}],
    "sweep": {"network.width": [3, 5, 8], "network.depth": [1, 2]},
    "seeds": 3,
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def local(tmp_path, monkeypatch):
    """Return a cluster of two processes on this machine, where Dask is installed."""
    (tmp_path / "deadly.py").write_text(DEADLY, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    distributed = pytest.importorskip("distributed", reason="Dask is an extra")
    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    patience = {"distributed.scheduler.allowed-failures": 0, "distributed.comm.timeouts.connect": 2}
    with (
        importlib.import_module("dask").config.set(patience),
        distributed.LocalCluster(**settings, silence_logs=50) as cluster,
    ):
        yield cluster


DEADLY = f"""
import os
from initbench.experiment.units import Unit

class Deadly(Unit):
    def __getattribute__(self, name):
        if name == "dataset" and os.getpid() != {os.getpid()}:
            os._exit(1)
        return super().__getattribute__(name)
"""


@pytest.mark.slow
def test_a_cluster_gives_the_bits_of_one_process(local):
    """Two workers, several units: metrics and curves are the same bytes."""
    alone = api.run(SETTINGS, plots=False, results="alone", jobs=1).folder
    spread = api.run(SETTINGS, plots=False, scheduler=local.scheduler_address).folder
    for name in ("metrics.json", "curves.csv", "REPORT.md", "config.yaml"):
        assert (spread / name).read_bytes() == (alone / name).read_bytes(), name


@pytest.mark.slow
def test_a_unit_that_kills_its_nodes_crashes_and_the_others_finish(local, tmp_path):
    """Dask gives it up after some nodes; it is tried again alone, and then noted."""
    plan = make_plan(make_experiment({**SETTINGS, "sweep": {}}, "the test"))
    [group] = plan.groups
    alone = [replace(group, variants=group.variants[:1], seeds=(seed,)) for seed in group.seeds]
    deadly = importlib.import_module("deadly").Deadly(**vars(alone[1]))
    store = RunStore(tmp_path / "tiny")
    store.write_outline(plan.outline)
    with Cluster(local.scheduler_address) as workers:
        assert execute([alone[0], deadly, alone[2]], store, workers) == 1
    assert store.crashes().keys() == set(deadly.keys)
    assert store.keys() == {*alone[0].keys, *alone[2].keys}


@pytest.mark.slow
def test_a_scheduler_that_is_lost_is_said_and_results_are_kept(local):
    """Exit code 4 and the words to go on; what has come back is there, and the rest follows."""
    kept = []

    def close(progress):
        if progress.done and not kept:
            kept.append(len(list((jobs.RESULTS / "tiny" / "runs").glob("*.npz"))))
            local.loop.add_callback(local.scheduler.close)

    longer = {**SETTINGS, "training": {"epochs": 400}, "seeds": 30}
    with pytest.raises(ClusterError, match=r"lost.* run it again to go on") as caught:
        api.run(longer, plots=False, scheduler=local.scheduler_address, progress=close)
    assert caught.value.exit_code == 4
    assert kept[0] >= 1
    assert len(api.run(longer, plots=False).runs) == 540


def test_nobody_at_the_address_is_said(monkeypatch):
    """Exit code 4, before anything is asked of anyone."""
    pytest.importorskip("distributed", reason="Dask is an extra")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:9 cannot be reached"):
        Cluster("tcp://127.0.0.1:9")


@pytest.mark.parametrize("address", ["", "nonsense", "ftp://x:1", "tcp://x:y"])
def test_what_is_no_address_is_a_wrong_argument(monkeypatch, address):
    """Exit code 2 or 4, and never a traceback."""
    pytest.importorskip("distributed", reason="Dask is an extra")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises((UsageError, ClusterError), match="scheduler"):
        Cluster(address)


def test_without_dask_the_extra_is_named(monkeypatch):
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"pip install 'initbench\[dask\]'"):
        api.run(SETTINGS, plots=False, scheduler="tcp://127.0.0.1:9")
