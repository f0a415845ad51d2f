"""Schemes of one's own in Python, and in another process than the one that planned."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import initbench
from initbench.config.loading import make_experiment
from initbench.errors import UsageError
from initbench.experiment.plan import make_plan, remaining_units
from initbench.initializers import INITIALIZERS, bind
from initbench.options import Positive
from initbench.training.stack import train_unit

ROOT = Path(__file__).parents[1]
QUICK = {"epochs": 1, "seeds": 2, "plots": False}


def plain(rng, layer):
    """Draw, and promise nothing."""
    return 0.1 * rng.standard_normal(layer.shape)


@initbench.scheme(variance=lambda layer, factor: factor**2 / layer.fan_in, distribution="normal")
def scaled(rng, layer, *, factor: Positive = 1.0):
    """LeCun's draw, times a factor."""
    return factor * layer.fan_in**-0.5 * rng.standard_normal(layer.shape)


def test_functions_and_initializers_are_accepted_as_schemes(tmp_path):
    """In a list, and in a mapping with options and a label; their words are in the outline."""
    inits = [plain, "he", scaled, {"name": scaled, "factor": 3, "label": "thrice"}]
    results = initbench.compare(inits, results=tmp_path, **QUICK)
    assert results.outline.labels == ("plain", "he", "scaled", "thrice")
    assert results.outline.schemes[0].summary == "Draw, and promise nothing."
    assert dict(results.outline.schemes[3].options) == {"factor": 3.0}
    config = {"dataset": "moons", "inits": [scaled], "training": {"epochs": 1}, "seeds": 2}
    config["inits"].append(INITIALIZERS["zeros"])
    again = initbench.run(config, results=tmp_path / "run", plots=False)
    np.testing.assert_array_equal(
        again.curves("scaled", "train_loss"), results.curves("scaled", "train_loss")
    )


def test_a_model_and_a_layer_take_a_function(tmp_path):
    """As they take a name; what needs data has no single layer."""
    assert initbench.initialize(plain, fan_in=3, fan_out=4).shape == (3, 4)
    X = np.random.default_rng(0).standard_normal((20, 3))
    model = initbench.MLP([4], initialization=plain, epochs=0).fit(X, X[:, 0] > 0)
    model.save_weights(tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz") as saved:
        expected = initbench.initialize(plain, fan_in=3, fan_out=4)
        np.testing.assert_array_equal(saved["W1"], expected.astype(np.float32))
    same = initbench.MLP(
        [4], initialization=bind("file", path=str(tmp_path / "w.npz")), epochs=0
    ).fit(X, X[:, 0] > 0)
    np.testing.assert_array_equal(same.predict_proba(X), model.predict_proba(X))
    with pytest.raises(UsageError, match="'lsuv' needs data and a whole network"):
        initbench.initialize("lsuv", fan_in=3, fan_out=4)


@pytest.mark.parametrize(
    ("inits", "message"),
    [
        ([lambda rng, layer: rng.random(layer.shape)], "a scheme needs a name"),
        ([initbench.scheme(name="he")(plain)], "the catalogue has an initializer 'he' already"),
        ([plain, initbench.scheme(name="plain")(scaled.draw)], "two schemes are called 'plain'"),
        ([{"name": scaled, "facto": 3}], "facto: unknown key. Did you mean 'factor'?"),
    ],
)
def test_schemes_with_equal_labels_are_refused(tmp_path, inits, message):
    """Each has a name of its own, and takes its own options."""
    with pytest.raises(UsageError, match=message):
        initbench.compare(inits, results=tmp_path, **QUICK)


SCRIPT = """
import pickle, sys
from initbench.training.stack import train_unit
unit = pickle.load(open(sys.argv[1], "rb"))
pickle.dump(train_unit(unit).per_run, open(sys.argv[2], "wb"))
"""


def test_another_process_trains_the_same_scheme(tmp_path):
    """A unit holds plain values, from which a fresh interpreter finds the plugin's code."""
    plugin = tmp_path / "my_init.py"
    plugin.write_text(
        "import initbench\n\n\n@initbench.scheme\ndef mine(rng, layer):\n"
        "    return rng.standard_normal(layer.shape)\n"
    )
    settings = {"dataset": {"name": "moons", "samples": 60}, "inits": ["mine"], "seeds": 2}
    settings |= {"training": {"epochs": 1}, "network": {"hidden": [4]}}
    with INITIALIZERS.including([plugin]):
        plan = make_plan(make_experiment(settings, "test"))
        [unit] = remaining_units(plan.groups, ())
    there, back = tmp_path / "unit.pkl", tmp_path / "records.pkl"
    there.write_bytes(pickle.dumps(unit))
    command = [sys.executable, "-c", SCRIPT, there, back]
    subprocess.run(command, check=True, cwd=ROOT)
    found = pickle.loads(back.read_bytes())  # noqa: S301  # our own
    for name, values in train_unit(unit).per_run.items():
        np.testing.assert_array_equal(found[name], values)


def test_an_object_of_another_process_is_named():
    """What cannot be found there says what to do."""
    from initbench.initializers.own import Origin, load_scheme

    with pytest.raises(UsageError, match="write it into a file, and name that as a plugin"):
        load_scheme("mine", Origin("object", "__main__:mine", "0"))
