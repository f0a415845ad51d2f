"""The shipped experiment through the command line, from an empty folder to the last byte."""

import json
import math
import shutil
from pathlib import Path

import pytest

FOLDER = Path("results/moons")


@pytest.fixture
def run(initbench, moons):
    """Return a caller of ``run configs/moons.yaml --seeds 3`` that expects success."""

    def call(*flags):
        done = initbench("run", moons, "--seeds", "3", *flags)
        assert done.returncode == 0, done.stderr
        return done

    return call


def runs():
    """Return the files of units."""
    return set((FOLDER / "runs").glob("*.npz"))


def keys(label):
    """Return the run keys of a scheme."""
    outline = json.loads((FOLDER / "runs" / "outline.json").read_text(encoding="utf-8"))
    return [each["key"] for each in outline["cells"][0]["runs"][label]]


def test_the_start_alone_decides(run):
    """Zeros stay at chance with one unit a layer, He's start learns, a small draw is in between."""
    run("--no-plots")
    document = json.loads((FOLDER / "metrics.json").read_text(encoding="utf-8"))
    [cell] = document["cells"]
    inits = cell["inits"]
    assert cell["ranking"] == ["he", "random", "zeros"]
    assert all(each["runs"] == 3 and each["diverged"] == 0 for each in inits.values())
    zeros, random, he = inits["zeros"], inits["random"], inits["he"]
    assert zeros["test_accuracy"]["values"] == pytest.approx([0.5] * 3)
    assert zeros["test_loss"]["mean"] == pytest.approx(math.log(2), abs=0.005)
    assert zeros["distinct_units"]["final"] == [1, 1]
    assert he["test_accuracy"]["mean"] > 0.9
    assert he["distinct_units"]["final"] == [32, 32]
    assert 0.5 < random["test_accuracy"]["mean"] < he["test_accuracy"]["mean"]
    reached = random["epochs_to_target"]["median"]
    assert reached is None or reached > 3 * he["epochs_to_target"]["median"]


@pytest.mark.slow
def test_a_folder_grows_and_is_rebuilt(run, initbench, stamps):
    """A second run writes nothing, a new scheme trains alone, and a report restores all files."""
    run()
    first = stamps(FOLDER)
    derived = {"metrics.json", "curves.csv", "REPORT.md", "report.html"}
    assert derived | {"config.yaml", "manifest.json"} <= set(first)
    assert sum(name.startswith("plots/") for name in first) == 11

    again = run()
    assert "all 9 runs were already on disk" in again.stderr
    assert stamps(FOLDER) == first

    before, old_keys = runs(), keys("he")
    more = run("--inits", "zeros,random,he,orthogonal", "--json")
    [new_file] = runs() - before
    assert keys("he") == old_keys
    assert all(stamps(FOLDER)[f"runs/{each.name}"] == first[f"runs/{each.name}"] for each in before)
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["runs_trained"], manifest["runs_reused"]) == (3, 9)
    assert len(json.loads(more.stdout)["cells"][0]["inits"]) == 4
    assert new_file.name not in first

    whole = {name: data for name, (_, data) in stamps(FOLDER).items() if name != "manifest.json"}
    for name in ("metrics.json", "curves.csv", "REPORT.md", "manifest.json"):
        (FOLDER / name).unlink()
    shutil.rmtree(FOLDER / "plots")
    assert initbench("report", FOLDER).returncode == 0
    assert {name: data for name, (_, data) in stamps(FOLDER).items()} == whole
