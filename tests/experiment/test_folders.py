"""Results folders: another experiment of the same name gets a folder of its own."""

import json
import logging

import pytest

import initbench

SETTINGS = {
    "name": "small",
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


def folder_of(*overrides, settings=SETTINGS):
    """Return the folder to which an experiment's results go."""
    return str(initbench.run(settings, overrides=overrides, plots=False).folder)


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("network.activation=tanh", "network.activation"),
        ("training.epochs=3", "training.epochs"),
        ("dataset.noise=0.3", "dataset.noise"),
        ("sweep={network.depth: [1, 2], network.width: [4]}", "sweep"),
        ("tune.values=[0.1, 1]", "tune"),
    ],
)
def test_another_experiment_of_the_name_gets_a_numbered_folder(override, key, caplog):
    """The first report stays as it is, and one line names the difference and the new folder."""
    assert folder_of() == "results/small"
    before = initbench.load_results("results/small").metrics
    with caplog.at_level(logging.WARNING):
        assert folder_of(override) == "results/small-2"
    [line] = caplog.messages
    assert "results/small holds another experiment" in line
    assert key in line
    assert "results/small-2" in line
    assert initbench.load_results("results/small").metrics == before


@pytest.mark.parametrize(
    "override",
    [
        "seeds=3",
        "inits=[he, lecun]",
        "inits.0={name: random, std: 2}",
        "expect=[test_accuracy(he) > 0.1]",
        "target=0.8",
        "description=Another sentence.",
        "probe=true",
    ],
)
def test_schemes_seeds_claims_and_texts_do_not_make_another_experiment(override, caplog):
    """The folder is the same, and runs on disk are used again."""
    folder_of()
    with caplog.at_level(logging.WARNING):
        assert folder_of(override) == "results/small"
    assert caplog.messages == []


def test_runs_on_disk_are_used_in_either_folder():
    """Each experiment finds its own folder again, in any order, and trains nothing."""
    first = folder_of()
    second = folder_of("network.activation=tanh")
    assert folder_of("network.activation=tanh") == second == "results/small-2"
    assert folder_of() == first == "results/small"
    assert folder_of("network.activation=sigmoid") == "results/small-3"
    for overrides in ((), ("network.activation=tanh",), ("network.activation=sigmoid",)):
        assert initbench.estimate(SETTINGS, overrides=overrides).runs_on_disk == 4


def test_a_sweep_may_grow_and_a_sweep_that_loses_values_is_another():
    """Added values keep the folder; a removed value would drop its cell from the report."""
    rate = "sweep={{training.optimizer.learning_rate: [{}]}}"
    assert folder_of(rate.format("0.1, 1")) == "results/small"
    assert folder_of(rate.format("0.01, 0.1, 1")) == "results/small"
    assert folder_of(rate.format("0.1")) == "results/small-2"


def test_an_explicit_folder_is_used_as_it_is():
    """A user who names a folder has chosen."""
    initbench.run(SETTINGS, results="mine", plots=False)
    results = initbench.run({**SETTINGS, "training": {"epochs": 3}}, results="mine", plots=False)
    assert str(results.folder) == "mine"


def test_a_damaged_config_in_the_folder_is_written_again():
    """What cannot be read belongs to no other experiment."""
    folder_of()
    path = initbench.load_results("results/small").folder / "config.yaml"
    path.write_text("{")
    assert folder_of("seeds=3") == "results/small"
    assert "seeds" in path.read_text()


def test_a_scheme_that_no_longer_exists_does_not_make_another_experiment(tmp_path):
    """A stored config may name a plugin's scheme that is not loaded now."""
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "import initbench\n\n\n@initbench.scheme\ndef mine(rng, layer):\n"
        '    """Draw standard normal weights."""\n'
        "    return rng.standard_normal(layer.shape)\n"
    )
    initbench.run({**SETTINGS, "inits": ["mine"]}, plugins=[plugin], plots=False)
    assert folder_of() == "results/small"
    outline = json.loads((tmp_path / "results/small/runs/outline.json").read_text())
    assert [scheme["label"] for scheme in outline["schemes"]] == ["zeros", "he"]
