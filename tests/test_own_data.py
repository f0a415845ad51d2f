"""A user's own data at every door: in memory, as the name of a file, and beside a config."""

import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import initbench
from initbench.cli.program import cli
from initbench.config.loading import load_experiment, make_dataset
from initbench.errors import UsageError

SMALL = {"seeds": 2, "epochs": 2, "hidden": [4], "plots": False}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def moons():
    """Return samples in a plane, and which half they are of."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 2))
    return X, (X.sum(axis=1) + 0.5 * rng.standard_normal(80) > 0).astype(int)


def keys(results):
    """Return the keys of all runs."""
    return set(results.outline.keys)


def test_arrays_are_compared_on_and_not_trained_on_again(moons):
    """The same numbers have the same keys, whatever holds them; others have other keys."""
    first = initbench.compare(["zeros", "he"], data=moons, **SMALL)
    again = initbench.compare(["zeros", "he"], data=(moons[0].tolist(), list(moons[1])), **SMALL)
    assert (again.folder, keys(again)) == (first.folder, keys(first))
    X = moons[0].copy()
    X[0, 0] += 1e-9
    other = initbench.compare(["zeros", "he"], data=(X, moons[1]), **SMALL)
    assert not keys(other) & keys(first)


def test_the_config_of_data_in_memory_trains_nothing_again(moons):
    """The samples are stored beside the results, and the folder's config finds them."""
    made = initbench.compare(["he"], data=moons, **SMALL)
    seen = []
    again = initbench.run(
        made.folder / "config.yaml", results=made.folder, plots=False, progress=seen.append
    )
    assert keys(again) == keys(made)
    assert not any(each.done for each in seen)


def test_a_config_is_run_on_other_data(moons):
    """Its data set's own options go, and those of the split stay."""
    config = {
        "name": "mine",
        "dataset": {"name": "blobs", "centers": 4, "test_fraction": 0.5, "scaling": "minmax"},
        "network": {"hidden": [4]},
        "training": {"epochs": 1},
        "inits": ["he"],
        "seeds": 1,
    }
    Path("mine.yaml").write_text(json.dumps(config), encoding="utf-8")
    made = [initbench.run(each, data=moons, plots=False) for each in (config, "mine.yaml")]
    assert keys(made[0]) == keys(made[1])
    dataset = load_experiment(made[0].folder / "config.yaml").dataset
    assert (dataset.name, dataset.test_fraction, dataset.scaling) == ("file", 0.5, "minmax")


def test_a_frame_is_read_as_its_csv_is(moons):
    """A frame and a file of it have the same features, the same classes and so the same curves."""
    frame = pd.DataFrame(moons[0], columns=["a", "b"]).assign(kind=np.where(moons[1], "u", "v"))
    in_memory = initbench.compare(["he"], data=(frame[["a", "b"]], frame["kind"]), **SMALL)
    alone = initbench.compare(["he"], data=frame, **SMALL)
    frame.to_csv("mine.csv", index=False)
    filed = initbench.compare(["he"], dataset="mine.csv", **SMALL)
    assert keys(in_memory) == keys(alone)
    for each in (in_memory, alone):
        np.testing.assert_array_equal(
            each.curves("he", "test_loss"), filed.curves("he", "test_loss")
        )


def test_a_frame_has_categories_and_gaps(moons):
    """Options of the data set say what becomes of them."""
    frame = pd.DataFrame(moons[0], columns=["a", "b"])
    frame.loc[3, "a"] = np.nan
    frame["word"] = np.where(np.arange(80) % 3, "NA", "None")
    options = {"categories": "one_hot", "missing": "mean", "test_fraction": 0.5}
    made = initbench.compare(["he"], data=(frame, moons[1]), dataset=options, **SMALL)
    assert made.outline.cells[0].setup.features == 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((3, 2)), r"data must be \(X, y\).*not ndarray"),
        ((1, 2, 3), "not tuple of 3"),
        (([[1, 2], [3]], [0, 1]), "X is no array"),
        (([[1, {}], [3, {}]], [0, 1]), "X must hold numbers or text, not object"),
        ((np.zeros((3, 2)), [0, 1]), "X has 3 samples, y has 2"),
        ((np.array([[1, np.nan], [2, 3]]), [0, 1]), "X: row 0, column 1"),
        ((pd.DataFrame({"a": [1, 2]}), [0, 1, 1]), "X has 2 samples, y has 3"),
        ((pd.DataFrame({"a": pd.to_datetime(["2020-01-01"] * 2)}), [0, 1]), "holds dates or times"),
    ],
)
def test_invalid_data_raise_with_a_message(data, message):
    """The message says which array, and where in it."""
    with pytest.raises(UsageError, match=message):
        initbench.compare(["he"], data=data, **SMALL)


@pytest.fixture
def elsewhere(moons):
    """Write a table and a config beside it into another folder than the working directory."""
    folder = Path("deep/er")
    folder.mkdir(parents=True)
    frame = pd.DataFrame(moons[0], columns=["a", "b"]).assign(y=moons[1])
    frame.to_csv(folder / "mine.csv", index=False)
    config = "dataset: {dataset}\ninits: [he]\nseeds: 1\ntraining: {{epochs: 1}}\n"

    def write(dataset):
        (folder / "mine.yaml").write_text(config.format(dataset=dataset), encoding="utf-8")
        return folder / "mine.yaml"

    return write


@pytest.mark.parametrize(
    "dataset", ["mine.csv", "{path: mine.csv}", "{name: file, path: ../er/mine.csv}"]
)
def test_a_path_in_a_config_is_relative_to_the_config(elsewhere, dataset):
    """The results' own config finds the file from any working directory."""
    made = initbench.run(elsewhere(dataset), plots=False)
    stored = load_experiment(made.folder / "config.yaml").dataset.options["path"]
    assert Path(stored).is_absolute()
    assert Path(stored).resolve() == Path("deep/er/mine.csv").resolve()


def test_a_path_is_looked_for_in_the_working_directory_too(elsewhere):
    """Configs from before still find their files; what is beside the config comes first."""
    assert load_experiment(elsewhere("deep/er/mine.csv")).dataset.options["path"] == (
        "deep/er/mine.csv"
    )


def test_home_is_expanded(elsewhere, monkeypatch):
    """``~`` is the home folder, in a config as on the command line."""
    monkeypatch.setenv("HOME", str(Path("deep").resolve()))
    elsewhere("mine.csv")
    assert initbench.describe("~/er/mine.csv").samples == 80
    made = load_experiment(elsewhere('"~/er/mine.csv"')).dataset
    assert made.options["path"] == str(Path("deep/er/mine.csv").resolve())


def test_a_file_name_is_accepted_wherever_a_data_set_is():
    """A name that ends as a file's does is a file, alone or with options."""
    for choice in ("a.csv", {"name": "a.csv"}, {"path": "a.csv"}, "{name: a.csv}"):
        made = make_dataset(choice)
        assert (made.name, made.options["path"]) == ("file", "a.csv")


COMMANDS = {
    "describe": "describe mine.csv --no-plots",
    "compare": "compare --inits he --epochs 1 --seeds 1 --no-plots --dataset mine.csv",
    "probe": "probe --inits he --depth 2 --width 4 --seeds 1 --dataset mine.csv",
    "export": "export --init lsuv --layers 2,4,1 -o w.npz --dataset mine.csv",
    "run": "run moons.yaml --no-plots --set dataset=mine.csv",
    "run, an option of it": "run moons.yaml --no-plots --set dataset.path=mine.csv",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_the_name_of_a_file(moons, command):
    """It stands where a data set's name does."""
    frame = pd.DataFrame(moons[0], columns=["a", "b"]).assign(y=moons[1])
    frame.to_csv("mine.csv", index=False)
    dataset = "{path: other.csv}" if "option" in command else "moons"
    config = f"dataset: {dataset}\ninits: [he]\nseeds: 1\ntraining: {{epochs: 1}}\n"
    Path("moons.yaml").write_text(config, encoding="utf-8")
    done = CliRunner().invoke(cli, COMMANDS[command].split(), prog_name="initbench")
    assert done.exit_code == 0, done.stderr


def test_notices_are_logged_before_training(moons, caplog):
    """One line names the file, what was done, and the option that changes it."""
    frame = pd.DataFrame(moons[0], columns=["a", "b"]).assign(y=moons[1].astype(float))
    frame.to_csv("mine.csv", index=False)
    with caplog.at_level(logging.WARNING, "initbench"):
        initbench.compare(["he"], dataset="mine.csv", **SMALL)
    [record] = caplog.records
    assert record.getMessage().startswith("mine.csv: target 'y' holds only 0.0 and 1.0, written")
    assert "task: classification" in record.getMessage()


def test_files_are_read_in_a_worker_as_here(moons):
    """Two processes train on the file as one does."""
    frame = pd.DataFrame(moons[0], columns=["a", "b"]).assign(y=moons[1])
    frame.to_csv("mine.csv")  # with an unnamed index
    alone = initbench.compare(["zeros", "he"], dataset="mine.csv", jobs=1, **SMALL)
    two = initbench.compare(
        ["zeros", "he"], dataset="mine.csv", jobs=2, results="two", fresh=True, **SMALL
    )
    assert keys(alone) == keys(two)
    for label in ("zeros", "he"):
        np.testing.assert_array_equal(
            alone.curves(label, "train_loss"), two.curves(label, "train_loss")
        )
