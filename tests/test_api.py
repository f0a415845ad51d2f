"""The Python interface: parameters named as on the command line, and readable errors."""

from pathlib import Path

import numpy as np
import pytest

from initbench import api
from initbench.errors import ConfigError, CrashedRunsError, UsageError

SETTINGS = {
    "name": "tiny",
    "dataset": {"name": "moons", "samples": 60},
    "network": {"hidden": [4]},
    "training": {"epochs": 2},
    "inits": ["zeros", "he"],
    "seeds": 2,
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def stamps(folder):
    """Return the modification time and the bytes of each file."""
    return {
        path.relative_to(folder): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def keys_of(results):
    """Return the run keys of each scheme."""
    return results.outline.cells[0].runs


def test_run_returns_the_results_on_disk():
    """They equal those of `load_results`, in the folder named after the experiment."""
    results = api.run(SETTINGS, plots=False)
    assert results.folder == Path("results/tiny")
    assert results == api.load_results("results/tiny")
    assert results.metrics == api.load_results("results/tiny").metrics


@pytest.mark.parametrize("plots", [False, True])
def test_a_second_run_writes_nothing(plots):
    """Bytes and times of all files stay the same, with and without figures."""
    folder = api.run(SETTINGS, plots=plots).folder
    before = stamps(folder)
    api.run(SETTINGS, plots=plots)
    assert stamps(folder) == before


def test_figures_are_drawn_if_wanted_and_kept_otherwise():
    """With, without, with: drawn once; without, with: drawn by the second."""
    folder = api.run(SETTINGS).folder
    with_pictures = stamps(folder)
    assert Path("plots/loss_curves.png") in with_pictures
    api.run(SETTINGS, plots=False)
    api.run(SETTINGS)
    assert stamps(folder) == with_pictures
    without = api.run(SETTINGS, plots=False, results="other").folder
    assert not (without / "plots").exists()
    api.run(SETTINGS, results="other")
    assert (without / "plots" / "loss_curves.png").is_file()
    assert b"![" in (without / "REPORT.md").read_bytes()


def test_a_missing_figure_is_drawn_again():
    """A report without figures links to none of them; with figures it is complete again."""
    folder = api.run(SETTINGS).folder
    report = (folder / "REPORT.md").read_bytes()
    (folder / "plots" / "loss_curves.png").unlink()
    api.run(SETTINGS, plots=False)
    assert b"![" not in (folder / "REPORT.md").read_bytes()
    api.run(SETTINGS)
    assert (folder / "plots" / "loss_curves.png").is_file()
    assert (folder / "REPORT.md").read_bytes() == report


def test_progress_begins_at_zero_and_ends_at_the_total():
    """Epochs of single runs are counted; the callback is not called if nothing is trained."""
    told = []
    api.run(SETTINGS, plots=False, progress=told.append)
    assert [(each.done, each.total) for each in told] == [(0, 8), (4, 8), (8, 8)]
    told.clear()
    api.run(SETTINGS, plots=False, progress=told.append)
    assert told == []


def test_adding_a_scheme_trains_only_that_scheme():
    """Two seeds of a third scheme are two runs of two epochs."""
    api.run(SETTINGS, plots=False)
    told = []
    api.run({**SETTINGS, "inits": ["zeros", "he", "ones"]}, plots=False, progress=told.append)
    assert told[-1].total == 4


def test_fresh_trains_everything_again_and_keeps_the_old_runs():
    """The numbers are the same, and the old files are set aside."""
    first = api.run(SETTINGS, plots=False)
    told = []
    again = api.run(SETTINGS, plots=False, fresh=True, progress=told.append)
    assert told[-1].done == 8
    assert again.metrics == first.metrics
    assert (first.folder / "runs.aside-1").is_dir()


def test_a_comparison_has_the_runs_of_the_same_config():
    """Its run keys, and therefore its numbers, are those of the experiment of a file."""
    written = api.run(SETTINGS, plots=False, overrides=["training.batch_size=full"])
    asked = api.compare(
        ("zeros", "he"),
        dataset={"name": "moons", "samples": 60},
        hidden=np.array([4]),
        epochs=np.int64(2),
        batch_size="full",
        seeds=range(2),
        plots=False,
    )
    assert keys_of(asked) == keys_of(written)
    assert asked.metrics["cells"] == written.metrics["cells"]


@pytest.mark.parametrize(
    ("arguments", "optimizer"),
    [
        ({}, {"name": "sgd", "learning_rate": 0.1, "momentum": 0.0}),
        ({"momentum": 0.5}, {"name": "sgd", "momentum": 0.5}),
        ({"optimizer": "adam"}, "adam"),
        ({"optimizer": "adam", "learning_rate": 0.3}, {"name": "adam", "learning_rate": 0.3}),
        (
            {"optimizer": {"name": "adam", "beta1": 0.5}, "learning_rate": 0.3},
            {"name": "adam", "beta1": 0.5, "learning_rate": 0.3},
        ),
    ],
)
def test_hyper_parameters_default_to_those_of_the_optimizer(arguments, optimizer):
    """Learning rate and momentum, if `compare` is not given them."""
    settings = {**SETTINGS, "training": {"epochs": 0, "optimizer": optimizer}}
    written = api.run(settings, plots=False)
    ask = {"dataset": SETTINGS["dataset"], "hidden": [4], "epochs": 0, "seeds": 2, "plots": False}
    assert keys_of(api.compare(SETTINGS["inits"], **ask, **arguments)) == keys_of(written)


def test_an_activation_of_a_comparison_may_have_options():
    """As a mapping, with the meaning that it has in a config."""
    ask = {"hidden": [4], "epochs": 0, "seeds": 1, "plots": False}
    names = ["leaky_relu", {"name": "leaky_relu"}, {"name": "leaky_relu", "slope": 1}]
    first, same, other = (keys_of(api.compare(["he"], activation=each, **ask)) for each in names)
    assert first == same != other


def test_the_name_of_a_comparison_depends_on_all_settings():
    """The same settings have the same folder; an override gives another one."""
    ask = {"hidden": [4], "epochs": 0, "seeds": 1, "plots": False}
    first = api.compare(["zeros"], **ask)
    assert api.compare(["zeros"], **ask).folder == first.folder
    assert first.folder.name.startswith("compare-")
    assert first.outline.name == first.folder.name
    assert first.outline.description == "zeros on moons"
    others = [["training.dtype=float64"], ["dataset.noise=0.3"], ["target=0.8"]]
    folders = {api.compare(["zeros"], overrides=each, **ask).folder for each in others}
    assert len({first.folder, *folders}) == 4


def test_a_comparison_can_be_given_a_name_and_a_description():
    """Overrides of both are kept."""
    overrides = ["name=mine", "description=What I wanted to know."]
    results = api.compare(
        ["zeros"], hidden=[2], epochs=0, seeds=1, plots=False, overrides=overrides
    )
    assert results.folder == Path("results/mine")
    assert results.outline.description == "What I wanted to know."


@pytest.mark.parametrize(("last", "ends_with"), [(64, "c"), (65, "b, …")])
def test_a_comparison_is_described_by_at_most_two_hundred_characters(last, ends_with):
    """Labels that are more are left out whole."""
    labels = ["a" * 66, "b" * 66, "c" * last]
    inits = [{"name": "zeros", "label": label} for label in labels]
    description = api.read_comparison({"inits": inits, "dataset": "moons"}).description
    assert description.endswith(f"{ends_with} on moons")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"inits": []}, "inits: must be from 1 to 1000 initializations, not 0"),
        ({"inits": "he"}, "inits: must be a list, not 'he'"),
        ({"inits": None}, "inits: must be a list, not null"),
        ({"inits": ["hee"]}, "Did you mean 'he'?"),
        ({"inits": [3]}, "inits[0]: must be a name"),
        ({"hidden": 32}, "network.hidden: must be a list, not 32"),
        ({"hidden": [0]}, "network.hidden[0]: must be at least 1, not 0"),
        ({"hidden": [2.5]}, "network.hidden[0]: must be an integer, not 2.5"),
        ({"epochs": -1}, "training.epochs: must be at least 0, not -1"),
        (
            {"optimizer": 3, "momentum": 0.5},
            "training.optimizer: must be a name, or a mapping with",
        ),
        (
            {"optimizer": "adam", "momentum": 0.5},
            "training.optimizer.momentum: unknown key. Known:",
        ),
        ({"activation": {"slope": 1}}, "network.activation.name: is required"),
        ({"learning_rate": float("nan")}, "learning_rate: must be finite, not nan"),
        ({"seeds": "three"}, "seeds: must be a number of seeds or a list of them, not 'three'"),
        ({"seeds": [1, 1]}, "seed 1 is seeds[0] already"),
        ({"seeds": True}, "seeds: must be a number of seeds"),
        ({"dataset": "moon"}, "Did you mean 'moons'?"),
        ({"results": 3}, "results must be a path, not 3"),
        ({"results": ""}, "results must be a path, not ''"),
        ({"overrides": "seeds=3"}, "overrides must be a list of KEY=VALUE texts, not 'seeds=3'"),
        ({"overrides": [3]}, "overrides must be a list of KEY=VALUE texts, not [3]"),
    ],
)
def test_an_invalid_comparison_is_refused_with_a_message(arguments, words):
    """The message names the argument; nothing is written."""
    with pytest.raises(UsageError) as refusal:
        api.compare(**{"inits": ["he"], "plots": False, **arguments})
    assert words in str(refusal.value)
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("function", "first", "given", "near"),
    [
        (api.compare, ["he"], "epoch", "epochs"),
        (api.compare, ["he"], "job", "jobs"),
        (api.run, SETTINGS, "result", "results"),
        (api.run, SETTINGS, "how", ""),
        (api.verify, SETTINGS, "data", ""),
        (api.estimate, SETTINGS, "scheduller", "scheduler"),
    ],
)
def test_an_unknown_keyword_is_refused_in_the_name_of_the_function(function, first, given, near):
    """As Python refuses it, with the nearest parameter; nothing is written."""
    with pytest.raises(TypeError) as caught:
        function(first, **{given: 1})
    advice = f". Did you mean {near!r}?" if near else ""
    assert str(caught.value) == (
        f"{function.__name__}() got an unexpected keyword argument {given!r}{advice}"
    )
    assert not list(Path().iterdir())


def test_a_config_is_a_path_a_string_or_a_mapping():
    """All three give the same experiment; other types are refused with a message."""
    Path("tiny.yaml").write_text(
        "dataset: {name: moons, samples: 60}\nnetwork: {hidden: [4]}\ntraining: {epochs: 2}\n"
        "inits: [zeros, he]\nseeds: 2\n",
        encoding="utf-8",
    )
    keys = keys_of(api.run(SETTINGS, plots=False))
    assert keys_of(api.run("tiny.yaml", plots=False)) == keys
    assert keys_of(api.run(Path("tiny.yaml"), plots=False)) == keys
    with pytest.raises(UsageError, match="config must be a path or a mapping, not 5"):
        api.run(5)
    with pytest.raises(UsageError, match="there is no config"):
        api.run("tiny.yml.txt")


def test_rebuild_needs_only_the_folder():
    """As a path or a string; a folder without results is refused."""
    folder = api.run(SETTINGS, plots=False).folder
    (folder / "metrics.json").unlink()
    assert api.rebuild(str(folder), plots=False).folder == folder
    assert (folder / "metrics.json").is_file()
    for use in (api.rebuild, api.load_results):
        with pytest.raises(UsageError, match="holds no results"):
            use(Path())


def test_crashed_runs_do_not_hide_the_others(monkeypatch):
    """The report has the finished runs, and the error names its folder."""
    api.run({**SETTINGS, "inits": ["zeros"]}, plots=False)

    def crash(*_arguments):
        raise RuntimeError("a scheme's own mistake")

    monkeypatch.setattr("initbench.experiment.workers.train_unit", crash)
    with pytest.raises(CrashedRunsError, match=r"2 of 4 runs crashed.*results.tiny"):
        api.run(SETTINGS, plots=False)
    [cell] = api.load_results("results/tiny").metrics["cells"]
    assert cell["inits"]["zeros"]["runs"] == 2
    assert cell["inits"]["he"]["missing"] == 2
    assert "lacks 2 of 2 runs" in Path("results/tiny/REPORT.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", [0, 7, np.int64(7), np.uint8(7), 2**63 - 1])
def test_a_seed_may_be_any_type_of_integer(seed):
    """NumPy's integers give the same weights as Python's."""
    weights = api.initialize("he", fan_in=np.int32(6), fan_out=3, seed=seed)
    np.testing.assert_array_equal(
        weights, api.initialize("he", fan_in=6, fan_out=3, seed=int(seed))
    )
    assert weights.shape == (6, 3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"initialization": "hee"}, "Did you mean 'he'?"),
        (
            {"initialization": None},
            "initialization must be a name, a function or an Initializer, not None",
        ),
        ({"fan_in": 0}, "fan_in must be an integer of at least 1, not 0"),
        ({"fan_out": 2.5}, "fan_out must be an integer of at least 1, not 2.5"),
        ({"seed": -1}, "seed must be an integer from 0 to 9223372036854775807, not -1"),
        ({"seed": 2**63}, "seed must be an integer from 0"),
        ({"seed": 0.5}, "seed must be an integer from 0"),
        ({"seed": True}, "seed must be an integer from 0"),
        ({"seed": "0"}, "seed must be an integer from 0"),
        ({"std": 1}, "initializer 'he_normal': std: unknown option"),
        ({"mode": "fan_both"}, "must be one of fan_in, fan_out"),
    ],
)
def test_invalid_arguments_of_initialize_are_refused_with_a_message(arguments, words):
    """The message names the argument and its valid values."""
    with pytest.raises(UsageError) as refusal:
        api.initialize(**{"initialization": "he", "fan_in": 4, "fan_out": 2, **arguments})
    assert words in str(refusal.value)


def test_input_errors_are_value_errors():
    """They can be caught without importing the errors of initbench."""
    with pytest.raises(ValueError, match="not a valid experiment") as refusal:
        api.compare([], seeds=-1)
    assert isinstance(refusal.value, ConfigError)
    assert len(refusal.value.problems) == 2
