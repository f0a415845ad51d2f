"""A results folder from anyone opens, or is refused in words; nothing in it is executed."""

import random
import resource
import shutil
import sys
import tracemalloc
import zipfile

import pytest

import initbench
from initbench.errors import StorageError
from initbench.report.rebuilding import write_report
from initbench.results import load_results
from tests.robustness.altering import alter

CASES = 180
SETTINGS = {
    "name": "small",
    "dataset": {"name": "moons", "samples": 40, "validation_fraction": 0.25},
    "network": {"hidden": [3, 2]},
    "training": {"epochs": 2, "batch_size": 16},
    "record": {"layers": True, "initial_weights": True},
    "probe": True,
    "inits": ["he", {"name": "random", "std": 0.5}],
    "seeds": 2,
    "expect": ["test_accuracy(he) > 0.1", "train_loss(he) < 10 * train_loss(random)"],
}
MEMORY = 200 * 2**20
"""Bytes that a folder may take beyond what its arrays declare."""


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Return a trained results folder."""
    folder = tmp_path_factory.mktemp("trained") / "small"
    initbench.run(SETTINGS, results=folder, plots=False)
    return folder


@pytest.mark.parametrize("part", range(6))
def test_altered_folders_are_reported_or_refused(original, tmp_path, part, caplog):
    """Neither a traceback, nor memory without bound, nor a file elsewhere, nor code that runs."""
    problems = []
    for case in range(part * CASES // 6, (part + 1) * CASES // 6):
        rng = random.Random(f"altered {case}")  # noqa: S311  # no secret
        place = tmp_path / str(case)
        folder = place / "small"
        shutil.copytree(original, folder)
        what = alter(folder, rng)
        before = _outside(place)
        memory = _peak_memory()
        try:
            write_report(load_results(folder), plots=False)
        except StorageError:
            pass
        except Exception as error:  # noqa: BLE001  # all are collected
            problems.append(f"{case}: {what}: {type(error).__name__}: {error}")
        if _outside(place) != before:
            problems.append(f"{case}: {what}: wrote outside of the folder")
        if _peak_memory() - memory > MEMORY:
            problems.append(f"{case}: {what}: took too much memory")
        shutil.rmtree(place)
    assert not problems, "\n".join(problems)
    assert any("is damaged" in each or "does not fit" in each for each in caplog.messages)


def _outside(place):
    """Return the files and folders beside the results folder."""
    return sorted(map(str, (place / "outside").rglob("*")))


def _peak_memory():
    """Return the most bytes that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


@pytest.mark.parametrize("name", ["plots", "initial_weights"])
def test_a_folder_of_derived_files_that_is_a_link_is_replaced(original, tmp_path, name):
    """Nothing is written or removed where the link points to."""
    folder, elsewhere = shutil.copytree(original, tmp_path / "small"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "loss_curves.png").write_bytes(b"mine")
    shutil.rmtree(folder / name, ignore_errors=True)
    (folder / name).symlink_to(elsewhere)
    (folder / "metrics.json").unlink()  # so that figures would be stale
    write_report(load_results(folder), plots=False)
    assert [path.name for path in elsewhere.iterdir()] == ["loss_curves.png"]
    assert not (folder / name).is_symlink()


def test_runs_behind_a_link_are_read_and_never_changed(original, tmp_path):
    """A damaged file there keeps its name, and training writes nothing there."""
    folder, elsewhere = shutil.copytree(original, tmp_path / "small"), tmp_path / "elsewhere"
    shutil.move(folder / "runs", elsewhere)
    (folder / "runs").symlink_to(elsewhere)
    (elsewhere / "data.npz").write_bytes(b"damaged")
    before = {path.name: path.read_bytes() for path in elsewhere.iterdir()}
    assert load_results(folder).runs
    with pytest.raises(StorageError, match="runs is a link"):
        initbench.run({**SETTINGS, "seeds": 3}, results=folder, plots=False)
    assert before == {path.name: path.read_bytes() for path in elsewhere.iterdir()}


def test_a_small_file_that_unpacks_to_a_large_one_is_not_unpacked(original, tmp_path):
    """300 MB of zeros are refused by their size, before memory is taken."""
    folder = shutil.copytree(original, tmp_path / "small")
    bomb = folder / "runs" / "bomb.npz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("keys.npy", bytes(3 * 10**8))
    # The peak of this process includes the 300 MB above, so that memory is counted by Python.
    tracemalloc.start()
    assert load_results(folder).runs
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEMORY / 10
    assert bomb.with_name("bomb.npz.damaged").exists()
