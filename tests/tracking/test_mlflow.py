"""A store holds what the folder holds, as MLflow's own client reads it."""

import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from initbench.errors import StorageError
from initbench.tracking.mlflow import ENVIRONMENT, export_to_mlflow

for variable, value in ENVIRONMENT.items():
    os.environ.setdefault(variable, value)

from mlflow import MlflowClient  # noqa: E402

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # of MLflow about its own libraries
    pytest.mark.slow,  # its tables take a second to make
]

OFFLINE = """
import atexit, socket, sys
from initbench.cli import main
def refuse(*arguments, **options):
    print("network:", arguments[-2:], flush=True)
    raise OSError("there is no network")
socket.socket.connect = socket.getaddrinfo = refuse
atexit.register(print, "ended")  # what the libraries have registered since comes first
sys.argv = ["initbench", "track", sys.argv[1], "--mlflow", "sqlite:///m.db"]
main()
"""


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    """Return a database with MLflow's tables, which take seconds to make."""
    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def uri(tmp_path, empty_store):
    """Return the address of a store that holds nothing yet."""
    (tmp_path / "store").mkdir()
    shutil.copy(empty_store, tmp_path / "store" / "m.db")
    return f"sqlite:///{tmp_path}/store/m.db"


@pytest.fixture
def runs(uri):
    """Return a reader of the runs of an experiment by name."""

    def read(name="moons"):
        client = MlflowClient(tracking_uri=uri)
        experiment = client.get_experiment_by_name(name)
        found = list(client.search_runs([experiment.experiment_id], max_results=1000))
        assert len({run.info.run_name for run in found}) == len(found)
        return {run.info.run_name: run for run in found}

    return read


def test_mlflow_reads_the_curves(make_results, uri, runs):
    """Every point is there once and to the last bit, NaN included, its step its epoch."""
    results = make_results(diverged=["he"])
    done = export_to_mlflow(results, uri)
    assert (done.name, done.runs, done.new) == ("moons", 4, 4)
    found, client = runs(), MlflowClient(tracking_uri=uri)
    assert set(found) == {*("(report)", "zeros/seed-0", "zeros/seed-3", "he/seed-0", "he/seed-3")}
    for label in results.outline.labels:
        for number, seed in enumerate(results.seeds(label)):
            run = found[f"{label}/seed-{seed}"]
            for name in ("train_loss", "test_accuracy"):
                history = client.get_metric_history(run.info.run_id, name)
                points = sorted((point.step, point.value) for point in history)
                assert [step for step, _ in points] == [0, 1, 2, 3]
                expected = results.curves(label, name)[number]
                np.testing.assert_array_equal([value for _, value in points], expected)
            assert run.data.params["init"] == label
            assert run.data.params["seed"] == str(seed)
    assert found["he/seed-0"].data.metrics["diverged_at"] == 2
    assert {run.info.status for run in found.values()} == {"FINISHED"}


def test_a_second_export_writes_nothing(make_results, with_report, uri, runs):
    """Runs and their numbers stay those that were there."""
    results = make_results(diverged=["he"])
    with_report(results)
    export_to_mlflow(results, uri)
    before = {name: run.info.run_id for name, run in runs().items()}
    assert export_to_mlflow(results, uri).new == 0
    assert {name: run.info.run_id for name, run in runs().items()} == before


def test_more_seeds_and_fewer_schemes_are_followed(make_results, uri, runs):
    """What is new is written, what is gone is deleted, and runs of others stay."""
    export_to_mlflow(make_results(("zeros", "he")), uri)
    first = runs()
    client = MlflowClient(tracking_uri=uri)
    client.create_run(first["he/seed-0"].info.experiment_id, run_name="mine")
    assert export_to_mlflow(make_results(("he",), (0, 3, 4)), uri).new == 1
    found = runs()
    assert set(found) == {"(report)", "mine", "he/seed-0", "he/seed-3", "he/seed-4"}
    assert found["he/seed-0"].info.run_id == first["he/seed-0"].info.run_id


def test_a_run_that_was_not_finished_is_written_again(make_results, uri, runs):
    """An export that was killed leaves nothing half."""
    results = make_results()
    export_to_mlflow(results, uri)
    half = runs()["he/seed-3"].info.run_id
    MlflowClient(tracking_uri=uri).update_run(half, status="RUNNING")
    assert export_to_mlflow(results, uri).new == 1
    assert runs()["he/seed-3"].info.run_id != half


def test_many_points_are_sent_in_parts(make_results, uri, runs):
    """MLflow takes a thousand at once."""
    export_to_mlflow(make_results(("he",), (0,), epochs=range(500)), uri)
    run = runs()["he/seed-0"]
    history = MlflowClient(tracking_uri=uri).get_metric_history(run.info.run_id, "test_loss")
    assert sorted(point.step for point in history) == list(range(500))


def test_the_report_lies_beside_the_database(make_results, with_report, uri, runs, tmp_path):
    """Report and pictures can be read back; a report that has changed replaces the old one."""
    results = make_results()
    with_report(results)
    export_to_mlflow(results, uri)
    (results.folder / "REPORT.md").write_text("# changed\n")
    export_to_mlflow(results, uri)
    client = MlflowClient(tracking_uri=uri)
    run = runs()["(report)"]
    assert {file.path for file in client.list_artifacts(run.info.run_id)} == {"REPORT.md", "plots"}
    [kept] = (tmp_path / "store" / "mlruns" / "moons" / run.info.run_id).rglob("REPORT.md")
    assert kept.read_text() == "# changed\n"


@pytest.mark.parametrize("label", ["../../x", "report", "\x1b[31m\n", "a" * 7000])
def test_any_label_is_kept(make_results, uri, runs, label):
    """It stands in the parameters, as far as MLflow takes it, and names no run."""
    export_to_mlflow(make_results((label,), (0,)), uri)
    [run] = [run for name, run in runs().items() if name.endswith("/seed-0")]
    assert run.data.params["init"] == label[:6000]
    assert run.info.run_name.isprintable()


def test_a_deleted_experiment_is_an_error_with_a_message(make_results, uri, runs):
    """MLflow's reason is told."""
    results = make_results()
    export_to_mlflow(results, uri)
    client = MlflowClient(tracking_uri=uri)
    client.delete_experiment(runs()["he/seed-0"].info.experiment_id)
    with pytest.raises(StorageError, match=r"MLflow cannot write to sqlite.*deleted"):
        export_to_mlflow(results, uri)


def test_the_export_opens_no_connection_and_prints_nothing(make_results, tmp_path):
    """One line comes out of it, and no library opens a connection, not even when it ends."""
    results = make_results()
    # Where a test runs, or on CI, MLflow would call nobody anyway.
    kept = ("PATH", "HOME", "LANG")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(results.folder)],
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == "MLflow       moons in sqlite:///m.db: 4 runs, 4 new\nended\n"


def test_the_environment_of_the_process_is_as_before(make_results, uri, monkeypatch):
    """Variables that an export adds are removed, also after an error; the user's own stay."""
    for variable in ENVIRONMENT:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MLFLOW_LOGGING_LEVEL", "ERROR")
    before = dict(os.environ)
    results = make_results()
    export_to_mlflow(results, uri)
    assert dict(os.environ) == before
    MlflowClient(tracking_uri=uri).delete_experiment("1")
    with pytest.raises(StorageError):
        export_to_mlflow(results, uri)
    assert dict(os.environ) == before
