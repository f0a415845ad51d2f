"""``--dry-run``: what there is to train and its price, in words or as JSON, and nothing done."""

import json
import re
from pathlib import Path

import pytest


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_dry_run_reports_missing_runs(invoke, config, command):
    """Cells, runs, units, time and memory; nothing is written."""
    config(sweep="{training.optimizer.learning_rate: [0.1, 1]}")
    asked = {
        "run": ("tiny.yaml",),
        "compare": ("--inits", "zeros,he", "--seeds", "4", "--epochs", "2"),
    }
    before = sorted(Path().iterdir())
    done = invoke(command, *asked[command], "--dry-run")
    assert (done.exit_code, done.stderr) == (0, "")
    cells = "2 cells" if command == "run" else "1 cell"
    assert re.search(rf"^asked for +{cells}, 8 runs$", done.stdout, re.MULTILINE)
    assert re.search(r"^on disk +0 runs$", done.stdout, re.MULTILINE)
    assert re.search(r"^to train +8 runs in 1 unit, [\d,]+ steps", done.stdout, re.MULTILINE)
    assert re.search(r"^time +about 1 s with 1 process", done.stdout, re.MULTILINE)
    assert re.search(r"^memory +about \d+ MB of ", done.stdout, re.MULTILINE)
    assert sorted(Path().iterdir()) == before


def test_a_dry_run_counts_stored_runs(invoke, config):
    """As JSON, for programs; after a run nothing is left."""
    path = config()
    invoke("run", path, "--no-plots", "--seeds", "1")
    document = json.loads(invoke("run", path, "--dry-run", "--json").stdout)
    assert (document["runs"], document["runs_on_disk"], document["runs_to_train"]) == (4, 2, 2)
    assert document["objections"] == []
    invoke("run", path, "--no-plots")
    document = json.loads(invoke("run", path, "--dry-run", "--json").stdout)
    assert (document["runs_to_train"], document["units"], document["seconds"]) == (0, 0, 0)


def test_dry_runs_of_several_configs_are_one_document(invoke, config):
    """A list, in their order; in words, each under its name."""
    paths = [config("one"), config("two")]
    documents = json.loads(invoke("run", *paths, "--dry-run", "--json").stdout)
    assert [each["name"] for each in documents] == ["one", "two"]
    assert "== two ==" in invoke("run", *paths, "--dry-run").stdout


def test_too_large_experiments_are_refused_and_dry_runs_warn(invoke):
    """Exit code 2 with the estimate, before anything is made; the dry run is no failure."""
    huge = ("compare", "--inits", "zeros,he", "--hidden", "10000000,10000000")
    done = invoke(*huge)
    assert done.exit_code == 2
    assert re.search(r"too large for this machine: .*PB of memory.*--force", done.stderr)
    assert not Path("results").exists()
    done = invoke(*huge, "--dry-run")
    assert done.exit_code == 0
    assert re.search(r"too large: it takes about .*PB of memory", done.stdout)


@pytest.mark.parametrize("jobs", ["0", "-1", "x", "1.5"])
def test_an_invalid_number_of_jobs_is_refused(invoke, config, jobs):
    """Click names the flag."""
    done = invoke("run", config(), "--jobs", jobs)
    assert done.exit_code == 2
    assert "'--jobs'" in done.stderr


def test_a_flag_stops_at_the_first_crash(invoke, config, monkeypatch):
    """With --fail-fast the rest is not begun; what there is, is reported."""
    monkeypatch.setattr("initbench.experiment.workers.train_unit", None)  # every unit raises
    path = config(sweep="{network.hidden: [[4], [5]]}", inits="[he]")
    done = invoke("run", path, "--no-plots", "--fail-fast")
    assert done.exit_code == 3
    assert "2 of 4 runs crashed" in done.stderr
    assert "4 of 4 runs crashed" in invoke("run", path, "--no-plots").stderr
