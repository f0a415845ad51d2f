"""Schemes of one's own on the command line: --plugin, and what goes wrong with them."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

PLUGIN = '''
import initbench


@initbench.scheme(variance=lambda layer: 4 / layer.fan_in, distribution="normal")
def double_he(rng, layer):
    """Twice He's variance."""
    return (4 / layer.fan_in) ** 0.5 * rng.standard_normal(layer.shape)


@initbench.scheme
def moody(rng, layer):
    """Refuses some seeds."""
    weights = rng.standard_normal(layer.shape)
    {mood}
    return weights / 10
'''
MOODS = {
    "raises": "if weights[0, 0] < 0: raise ValueError('moody')",
    "has a wrong shape": "if weights[0, 0] < 0: return weights.T[1:]",
    "is NaN": "if weights[0, 0] < 0: weights *= float('nan')",
    "moves the process": "if weights[0, 0] < 0: __import__('random').random()",
}


@pytest.fixture
def plugin():
    """Return a maker of a plugin's file in the working folder."""

    def make(mood="pass", **changes):
        text = PLUGIN.replace("{mood}", mood)
        for old, new in changes.items():
            text = text.replace(old, new)
        Path("my_init.py").write_text(text)
        return "my_init.py"

    return make


def trained(results="results/tiny"):
    """Return how many runs the latest session trained."""
    return json.loads(Path(results, "manifest.json").read_text())["runs_trained"]


def test_a_config_can_name_a_plugin_s_scheme(invoke, config, plugin):
    """With --plugin it trains and is reported; without, its name is unknown."""
    path = config(inits="[he, double_he]")
    result = invoke("run", path, "--plugin", plugin(), "--no-plots", "--json")
    assert result.exit_code == 0, result.output
    assert set(json.loads(result.stdout)["cells"][0]["inits"]) == {"he", "double_he"}
    assert "Twice He's variance" in Path("results/tiny/REPORT.md").read_text()
    result = invoke("run", path, "--no-plots")
    assert result.exit_code == 2
    assert "unknown initializer 'double_he'" in result.stderr


def test_a_config_alone_executes_nothing(invoke, config, plugin):
    """There is no key that would run a file."""
    for key in ("plugin", "plugins"):
        result = invoke("run", config(**{key: plugin()}))
        assert result.exit_code == 2
        assert f"{key}: unknown key" in result.stderr


def test_changed_code_trains_anew_and_nothing_else_does(invoke, config, plugin):
    """The same code, wherever it lies, has its runs on disk."""
    run = ("run", config(inits="[he, double_he]"), "--no-plots", "--plugin")
    invoke(*run, plugin())
    assert trained() == 4
    Path("elsewhere").mkdir()
    moved = Path(plugin()).rename("elsewhere/same.py")
    assert "all 4 runs were already on disk" in invoke(*run, moved).stderr
    invoke(*run, plugin(**{"(4 /": "(5 /"}))
    assert trained() == 2


def test_a_changed_module_that_a_plugin_imports_trains_again(invoke, config, plugin, monkeypatch):
    """Its runs are not those of the module as it was; those of the catalogue are kept."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(Path.cwd())
    run = ("run", config(inits="[he, double_he]"), "--no-plots", "--plugin")
    statements = "import initbench\nfrom plugin_size import SIZE\n"
    imported = {"import initbench\n": statements, "(4 /": "(SIZE /"}
    Path("plugin_size.py").write_text("SIZE = 4\n")
    invoke(*run, plugin(**imported))
    assert trained() == 4
    assert "all 4 runs were already on disk" in invoke(*run, plugin(**imported)).stderr
    Path("plugin_size.py").write_text("SIZE = 9\n")
    invoke(*run, plugin(**imported))
    assert trained() == 2


@pytest.mark.parametrize("mood", MOODS.values(), ids=MOODS)
def test_a_scheme_that_fails_for_one_seed_is_named_and_isolated(invoke, config, plugin, mood):
    """Its runs crash, exit 3; those of the others are as they are without it."""
    path = config(inits="[he, moody]", seeds=8)
    result = invoke("run", path, "--plugin", plugin(mood), "--no-plots", "--json")
    assert result.exit_code == 3
    assert "initializer 'moody'" in result.stderr
    left = json.loads(Path("results/tiny/metrics.json").read_text())["cells"][0]["inits"]
    assert (left["he"]["runs"], left["moody"]["missing"]) == (8, 8)
    alone = invoke("run", config(inits="[he]", seeds=8), "--no-plots", "--json", "--results", "r")
    assert json.loads(alone.stdout)["cells"][0]["inits"]["he"] == left["he"]


def test_a_scheme_that_fails_at_once_is_refused_before_anything_is_trained(invoke, config, plugin):
    """The message says which entry of the config, which line of the plugin, and what."""
    result = invoke("run", config(inits="[he, moody]"), "--plugin", plugin("1 / 0"))
    assert result.exit_code == 2
    assert "inits[1]: initializer 'moody' failed, drawing 2 × 4: ZeroDivisionError" in result.stderr
    assert "(my_init.py, line " in result.stderr
    assert not Path("results").exists()


def test_compare_list_explain_and_audit_take_plugins(invoke, plugin):
    """Each finds the plugin's schemes, and says what family they are of."""
    path = plugin()
    options = ("--epochs", 1, "--seeds", 1, "--no-plots", "--plugin", path)
    assert invoke("compare", "--inits", "he,double_he", *options).exit_code == 0
    assert "Your own\n    double_he" in invoke("list", "inits", "--plugin", path).stdout
    explained = invoke("explain", "moody", "--plugin", path).stdout
    assert "law         not stated" in explained
    np.save("w.npy", np.random.default_rng(0).standard_normal((60, 50)) * (4 / 60) ** 0.5)
    assert invoke("audit", "w.npy", "--claims", "double_he", "--plugin", path).exit_code == 0
    refused = invoke("audit", "w.npy", "--claims", "moody", "--plugin", path)
    assert refused.exit_code == 2
    assert "'moody' states no law" in refused.stderr


def test_weights_that_were_kept_are_a_start(invoke, config):
    """Kept raw, written a file a run, rebuilt byte for byte, and read by a scheme."""
    path = config(inits="[he, zeros]", record="{initial_weights: true}")
    assert invoke("run", path, "--no-plots").exit_code == 0
    folder = Path("results/tiny/initial_weights")
    names = sorted(each.name for each in folder.iterdir())
    assert names == [
        f"{p}-{name}-seed-{s}.npz" for p, name in ((0, "he"), (1, "zeros")) for s in (0, 1)
    ]
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    for each in folder.iterdir():
        each.unlink()
    assert invoke("report", "results/tiny", "--no-plots").exit_code == 0
    assert {each.name: each.read_bytes() for each in folder.iterdir()} == before
    assert invoke("audit", folder / names[0], "--claims", "he").exit_code == 0
    inits = f"[{{name: file, path: {folder / names[0]}}}]"
    again = invoke("run", config("again", inits), "--no-plots", "--json")
    same = json.loads(again.stdout)["cells"][0]["inits"]["file"]["train_loss"]["values"]
    original = json.loads(Path("results/tiny/metrics.json").read_text())["cells"][0]["inits"]["he"]
    assert same[0] == original["train_loss"]["values"][0]


def test_the_cost_of_data_driven_schemes_is_reported(invoke, config):
    """In the metrics of every scheme, and in words for those where it is something."""
    result = invoke("run", config(inits="[he, lsuv]"), "--no-plots")
    assert "Cost of initialization, in epochs of training: lsuv 0." in result.stdout
    metrics = json.loads(Path("results/tiny/metrics.json").read_text())["cells"][0]["inits"]
    assert metrics["he"]["initialization_epochs"]["values"] == [0.0, 0.0]
    assert metrics["lsuv"]["initialization_epochs"]["mean"] > 0
    assert "in epochs of training: lsuv 0." in Path("results/tiny/REPORT.md").read_text()
