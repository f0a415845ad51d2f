"""The configs that are shipped: each runs as it stands, at a size that takes a moment."""

import json
import runpy
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from initbench.config.axes import axes_of
from initbench.config.loading import load_experiment
from initbench.experiment.cells import expand_cells
from initbench.figures.catalogue import MOST_CELLS

MANY = 100
"""Cells from which on a sweep takes two values of each key."""

CONFIGS = Path(__file__).parents[2] / "configs"
# Trials have seeds of their own, and their cells have no figures.
SHIPPED = sorted(set(CONFIGS.glob("*.yaml")) - {CONFIGS / "tuned-digits.yaml"})


def write_idx(folder, stem, count):
    """Write pictures of 28 × 28 pixels and labels, ten classes in turn, as MNIST comes."""
    random = np.random.default_rng(count)
    pixels, labels = random.bytes(count * 28 * 28), bytes(each % 10 for each in range(count))
    images = struct.pack(">4I", 0x803, count, 28, 28) + pixels
    (folder / f"{stem}-images-idx3-ubyte").write_bytes(images)
    (folder / f"{stem}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, count) + labels)


@pytest.fixture
def _files():
    """Make what configs read: those beside them, and a small MNIST where one is to be put."""
    shutil.copytree(CONFIGS, "configs")
    folder = Path("data/mnist")
    folder.mkdir(parents=True)
    write_idx(folder, "train", 60)
    write_idx(folder, "t10k", 20)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
@pytest.mark.usefixtures("_files")
def test_a_shipped_config_runs(invoke, path):
    """One epoch of one seed: all schemes and cells have a result, with pictures and a report."""
    small = ["training.epochs=1", "seeds=1"]
    experiment = load_experiment(path, small)
    if len(expand_cells(experiment)) > MANY:
        few = {
            key: [values[place] for values in axis.values[:2]]
            for axis in axes_of(experiment.sweep)
            for place, key in enumerate(axis.keys)
        }
        small.append(f"sweep={json.dumps(few)}")
        experiment = load_experiment(path, small)
    overrides = [each for override in small for each in ("--set", override)]
    done = invoke("run", f"configs/{path.name}", *overrides, "-q")
    assert (done.exit_code, done.stderr) == (0, "")
    folder = Path("results", experiment.name)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    cells = len(expand_cells(experiment))
    assert len(metrics["cells"]) == cells
    for cell in metrics["cells"]:
        assert list(cell["inits"]) == sorted(init.label for init in experiment.inits)
        assert all(entry["runs"] == 1 for entry in cell["inits"].values())
    pictures = len(list((folder / "plots").glob("loss_curves*.png")))
    assert pictures == (cells if cells <= MOST_CELLS else 0)
    assert (folder / "REPORT.md").is_file()


@pytest.mark.usefixtures("_files")
def test_a_folder_of_results_runs_again_from_its_own_config(invoke):
    """A file's path is taken from where one works, so the config in the results finds it too."""
    small = ("--set", "training.epochs=1", "--seeds", "1", "--no-plots")
    assert invoke("run", "configs/coins.yaml", *small).exit_code == 0
    again = invoke("run", "results/coins/config.yaml", "--no-plots")
    assert again.exit_code == 0
    assert "all 4 runs were already on disk" in again.stderr


@pytest.mark.usefixtures("_files")
def test_a_file_that_moves_is_the_same_data_and_one_that_changes_is_not(invoke):
    """Runs are known by what the file holds."""
    small = ("--set", "training.epochs=1", "--seeds", "1", "--no-plots")
    invoke("run", "configs/coins.yaml", *small)
    file = Path(shutil.move("configs/coins.csv", "moved.csv"))
    moved = ("configs/coins.yaml", *small, "--set", "dataset.path=moved.csv")
    assert "already on disk" in invoke("run", *moved).stderr
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("21.09", "21.10"), encoding="utf-8")
    assert "already on disk" not in invoke("run", *moved).stderr


def test_the_coin_files_equal_the_output_of_their_script():
    """The file can be made again, to the byte."""
    script = runpy.run_path(str(CONFIGS / "make_coins.py"))
    assert (CONFIGS / "coins.csv").read_bytes() == script["coins_csv"]().encode()
