"""A finished folder is recognized without reading a run, until anything in it changes."""

import shutil

import pytest

import initbench
from initbench.errors import StorageError
from initbench.results import derived, load_results
from initbench.results.derived import read_finished, record_finished

SETTINGS = {
    "name": "tiny",
    "dataset": {"name": "moons", "samples": 60},
    "network": {"hidden": [4]},
    "training": {"epochs": 2},
    "inits": ["zeros", "random", "he"],
    "seeds": 2,
}
PLOTS = False


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the folder of an experiment, as `run` leaves it without figures."""
    folder = tmp_path_factory.mktemp("made") / "tiny"
    initbench.run(SETTINGS, results=folder, plots=PLOTS)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """Return a copy of it that a test may change."""
    return shutil.copytree(made, tmp_path / "tiny")


def found(folder, config=None, pictures=PLOTS):
    """Return the results of a folder if it is known to be finished."""
    text = (folder / "config.yaml").read_bytes() if config is None else config
    return read_finished(folder, pictures, config=text)


def test_results_of_a_finished_folder_are_those_that_are_computed(folder):
    """Metrics, seeds and curves are the same as those of a folder that is read run by run."""
    quick, slow = found(folder), load_results(folder)
    assert quick.outline == slow.outline
    assert quick.metrics == slow.metrics
    assert list(quick.metrics["cells"][0]["inits"]) == list(slow.outline.labels)
    assert quick.seeds("he") == slow.seeds("he")
    assert len(quick.runs) == len(slow.runs) == 6
    assert set(quick.runs) == set(slow.runs)
    assert (quick.curves("he", "test_loss") == slow.curves("he", "test_loss")).all()


def add_to(path):
    """Return a change that appends a byte to the first file that matches a pattern."""
    return lambda folder: (found := next(folder.glob(path))).write_bytes(found.read_bytes() + b"\n")


def lose(path):
    """Return a change that removes the first file that matches a pattern."""
    return lambda folder: next(folder.glob(path)).unlink()


def write(path, text=""):
    """Return a change that writes a file."""

    def change(folder):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)

    return change


@pytest.mark.parametrize(
    "change",
    [
        add_to("runs/*.npz"),
        add_to("runs/outline.json"),
        add_to("REPORT.md"),
        lose("runs/*.npz"),
        lose("metrics.json"),
        lose(derived.RECORD),
        write("runs/0.crashed.json", '{"keys": [], "reason": ""}'),
        write("plots/loss_curves.png"),
        write(derived.RECORD, "[]"),
    ],
)
def test_any_change_is_noticed(folder, change):
    """Whatever is added, changed or lost, the folder is looked at run by run."""
    assert found(folder) is not None
    change(folder)
    assert found(folder) is None


def test_another_wish_is_noticed(folder):
    """A folder is finished for one config and for what was asked to be drawn."""
    assert found(folder, b"name: other\n") is None
    assert found(folder, pictures="all of them") is None


def test_a_request_is_recognized_by_its_digest(folder):
    """Without one, or with another, the folder is not taken for what was asked for."""
    assert read_finished(folder, PLOTS) is None
    (folder / derived.RECORD).unlink()
    record_finished(load_results(folder), PLOTS, "asked")
    assert read_finished(folder, PLOTS, request="asked") is not None
    assert read_finished(folder, PLOTS, request="other") is None
    assert read_finished(folder, PLOTS) is None


def test_another_program_is_noticed(folder, monkeypatch):
    """Another version may compute other metrics, or write another report."""
    monkeypatch.setattr(derived, "_program", lambda: "another")
    assert found(folder) is None


def test_a_record_of_another_machine_is_not_trusted(folder, monkeypatch):
    """Its metrics may be anything, and its digests may fit them."""
    with monkeypatch.context() as patch:
        patch.setattr(derived.platform, "node", lambda: "elsewhere")
        derived._program.cache_clear()
        (folder / "metrics.json").write_text("{}", "utf-8")
        record_finished(load_results(folder), PLOTS)
        assert found(folder) is not None
    derived._program.cache_clear()
    assert found(folder) is None


def test_a_folder_without_all_runs_is_not_finished(folder):
    """Runs that are missing are to be trained, so nothing is recorded."""
    (folder / derived.RECORD).unlink()
    lose("runs/*.npz")(folder)
    record_finished(load_results(folder), PLOTS)
    assert not (folder / derived.RECORD).exists()


def test_an_unreadable_folder_is_an_error(folder):
    """What cannot be read is not taken for absent."""
    (folder / "REPORT.md").unlink()
    (folder / "REPORT.md").mkdir()
    with pytest.raises(StorageError, match=r"REPORT\.md"):
        found(folder)


def test_a_record_that_is_up_to_date_is_not_written_again(folder):
    """Its modification time stays."""
    before = (folder / derived.RECORD).stat().st_mtime_ns
    record_finished(load_results(folder), PLOTS)
    assert (folder / derived.RECORD).stat().st_mtime_ns == before


def test_an_experiment_with_files_of_its_own_is_planned_again(tmp_path):
    """The record does not cover a data file: if its samples change, all runs are trained again."""
    data = tmp_path / "coins.csv"
    rows = [f"{i},{i % 7},{'ab'[i % 2]}" for i in range(60)]
    data.write_text("\n".join(["x,y,label", *rows]))
    settings = {**SETTINGS, "dataset": {"path": str(data), "target": "label"}}
    first = initbench.run(settings, results=tmp_path / "out", plots=PLOTS)
    data.write_text("\n".join(["x,y,label", *rows[::-1]]))
    second = initbench.run(settings, results=tmp_path / "out", plots=PLOTS)
    assert first.outline.keys.isdisjoint(second.outline.keys)
