"""What is wrong with a config is said by its path, in words, all of it at once."""

import time

import pytest

from initbench.config.loading import make_experiment
from initbench.config.sections import MAX_SEEDS
from initbench.config.validation import explain
from initbench.errors import ConfigError

LEAST = {"dataset": "moons", "inits": ["he"]}

PROBLEMS = [
    ({"training": {"epochs": True}}, "training.epochs: must be an integer, not true"),
    ({"training": {"epochs": "ten"}}, "training.epochs: must be an integer, not 'ten'"),
    ({"training": {"epochs": 3.0}}, "training.epochs: must be an integer, not 3.0"),
    ({"training": {"epochs": -1}}, "training.epochs: must be at least 0, not -1"),
    ({"training": None}, "training: must be a mapping, not null"),
    ({"training": []}, "training: must be a mapping, not a list"),
    ({"training": {"epoch": 1}}, "training.epoch: unknown key. Did you mean 'epochs'?"),
    ({"epochs": 1}, "epochs: unknown key. Did you mean 'training.epochs'?"),
    ({"scaling": "none"}, "scaling: unknown key. Did you mean 'dataset.scaling'?"),
    ({"residual": True}, "residual: unknown key. Did you mean 'network.residual'?"),
    ({"nothing": True}, "nothing: unknown key. Known: name, description, dataset, network, "),
    ({"options": 1}, "options: unknown key. "),
    ({"training": {"batch_size": 0}}, "training.batch_size: must be an integer of at least 1, or "),
    ({"training": {"batch_size": True}}, "training.batch_size: must be an integer of at least 1"),
    ({"training": {"batch_size": "ful"}}, "training.batch_size: must be an integer of at least 1"),
    ({"training": {"dtype": "double"}}, "training.dtype: must be one of float32, float64, not"),
    ({"training": {"optimizer": "sdg"}}, "training.optimizer: unknown optimizer 'sdg'. Did you"),
    ({"training": {"optimizer": []}}, "training.optimizer: must be a name, or a mapping with a"),
    ({"training": {"optimizer": None}}, "training.optimizer: must be a name, or a mapping with"),
    (
        {"training": {"optimizer": {"momentm": 1}}},
        "training.optimizer.momentm: unknown key. Did you mean 'momentum'?",
    ),
    (
        {"training": {"optimizer": {"name": "adam", "momentum": 0.9}}},
        "training.optimizer.momentum: unknown key. Known: name, learning_rate, beta1, beta2, ",
    ),
    ({"training": {"optimizer": {"name": "sdg"}}}, "training.optimizer.name: unknown optimizer"),
    (
        {"training": {"optimizer": {"learning_rate": float("nan")}}},
        "training.optimizer.learning_rate: must be finite, not nan",
    ),
    (
        {"training": {"optimizer": {"learning_rate": True}}},
        "training.optimizer.learning_rate: must be a number, not True",
    ),
    (
        {"training": {"optimizer": {"learning_rate": 0}}},
        "training.optimizer.learning_rate: must be greater than 0, not 0",
    ),
    (
        {"training": {"optimizer": {"momentum": 1}}},
        "training.optimizer.momentum: must be at least 0 and less than 1, not 1",
    ),
    ({"training": {"schedule": "cosin"}}, "training.schedule: unknown schedule 'cosin'. Did you"),
    (
        {"training": {"schedule": {"name": "step", "every": 0}}},
        "training.schedule.every: must be at least 1, not 0",
    ),
    (
        {"training": {"schedule": {"name": "one_cycle", "warmup": 1}}},
        "training.schedule.warmup: unknown key. Known: name, rise, start, end.",
    ),
    ({"training": {"loss": "huberr"}}, "training.loss: unknown loss 'huberr'. Did you mean 'hub"),
    ({"training": {"loss": {"delta": 1}}}, "training.loss.name: is required"),
    (
        {"training": {"loss": {"name": "huber", "delta": 0}}},
        "training.loss.delta: must be greater than 0, not 0",
    ),
    ({"training": {"clip_norm": 0}}, "training.clip_norm: must be greater than 0, not 0"),
    ({"training": {"clip_norm": "big"}}, "training.clip_norm: must be a number, not 'big'"),
    ({"training": {"stop": {}}}, "training.stop: needs a target, a patience, or both"),
    ({"training": {"stop": 5}}, "training.stop: must be a mapping, not 5"),
    ({"training": {"stop": {"patience": 0}}}, "training.stop.patience: must be at least 1, not 0"),
    (
        {"training": {"stop": {"target": float("nan")}}},
        "training.stop.target: must be finite, not nan",
    ),
    (
        {"training": {"stop": {"patients": 3, "target": 1}}},
        "training.stop.patients: unknown key. Did you mean 'patience'?",
    ),
    ({"record": None}, "record: must be a mapping, not null"),
    ({"record": {"every": 0}}, "record.every: must be at least 1, not 0"),
    ({"record": {"every": 0.5}}, "record.every: must be an integer, not 0.5"),
    ({"record": {"unit": "stp"}}, "record.unit: must be one of epoch, step, not 'stp'. Did you"),
    ({"record": {"layers": 1}}, "record.layers: must be true or false, not 1"),
    ({"every": 5}, "every: unknown key. Did you mean 'record.every'?"),
    ({"momentum": 0.9}, "momentum: unknown key. Did you mean 'training.optimizer.momentum'?"),
    ({"network": {"layers": 1}}, "network.layers: unknown key. Did you mean 'network.residual.lay"),
    ({"network": {"depth": 3}}, "network: depth and width go together: give both"),
    ({"network": {"width": 3}}, "network: depth and width go together: give both"),
    ({"network": {"hidden": None}}, "network: needs hidden, or depth and width"),
    ({"network": {"hidden": [3], "depth": 3}}, "network: give hidden, or depth and width, and not"),
    (
        {"network": {"hidden": [3], "depth": 3, "width": 3}},
        "network: give hidden, or depth and width, and not all of them",
    ),
    ({"network": {"depth": -1, "width": 3}}, "network.depth: must be at least 0, not -1"),
    ({"network": {"bias": "no"}}, "network.bias: must be true or false, not 'no'"),
    (
        {"network": {"normalization": "bach"}},
        "network.normalization: must be one of none, layer, b",
    ),
    ({"network": {"residual": 2}}, "network.residual: must be true, false or a mapping, not 2"),
    ({"network": {"residual": {"layers": 0}}}, "network.residual.layers: must be at least 1, not"),
    ({"network": {"residual": {"layer": 1}}}, "network.residual.layer: unknown key. Did you mean"),
    (
        {"network": {"hidden": [4, 4], "residual": True}},
        "network: residual blocks of 2 need 1 + 2 n hidden layers, not 2: use 3",
    ),
    (
        {"network": {"hidden": [4, 5, 6], "residual": True}},
        "network: residual blocks begin and end with layers of one width, but",
    ),
    (
        {"network": {"activation": {"name": "leaky_relu", "slope": 2}}},
        "network.activation.slope: must be at least 0 and at most 1, not 2",
    ),
    ({"network": {"activation": {"slope": 0.1}}}, "network.activation.name: is required"),
    (
        {"network": {"activation": {"name": "relu", "slope": 0.1}}},
        "network.activation.slope: unknown key. Known: name.",
    ),
    ({"network": {"hidden": 32}}, "network.hidden: must be a list, not 32"),
    ({"network": {"hidden": [8, 0]}}, "network.hidden[1]: must be at least 1, not 0"),
    ({"network": {"hidden": [True]}}, "network.hidden[0]: must be an integer, not true"),
    ({"network": {"activation": "rleu"}}, "network.activation: unknown activation 'rleu'. Did you"),
    ({"network": {"activation": 3}}, "network.activation: must be a name, or a mapping with a"),
    ({"network": {"activation": {"name": 3}}}, "network.activation.name: must be text, not 3: put"),
    ({"dataset": "mons"}, "dataset: unknown data set 'mons'. Did you mean 'moons'?"),
    ({"dataset": {"name": "mons"}}, "dataset.name: unknown data set 'mons'. Did you mean 'moons'?"),
    ({"dataset": {"noise": 1}}, "dataset.name: is required"),
    ({"dataset": 3}, "dataset: must be a name, or a mapping with a name, not 3"),
    ({"dataset": {"name": "moons", "nois": 1}}, "dataset.nois: unknown key. Did you mean 'noise'?"),
    ({"dataset": {"name": "moons", "noise": -1}}, "dataset.noise: must be at least 0, not -1"),
    ({"dataset": {"name": "moons", "noise": float("inf")}}, "dataset.noise: must be finite, not"),
    ({"dataset": {"name": "moons", "samples": True}}, "dataset.samples: must be an integer, not"),
    ({"dataset": {"name": "moons", "options": {}}}, "dataset.options: unknown key."),
    ({"dataset": {"name": "moons", "seed": -1}}, "dataset.seed: must be at least 0, not -1"),
    ({"dataset": {"name": "moons", "test_fraction": 1}}, "dataset.test_fraction: must be less"),
    ({"dataset": {"name": "moons", "scaling": "minmx"}}, "dataset.scaling: must be one of stan"),
    (
        {"dataset": {"name": "moons", "folds": 3, "fold": 3}},
        "dataset.fold: must be from 0 to 2, since folds is 3, not 3",
    ),
    ({"dataset": {"name": "moons", "fold": 3}}, "dataset.fold: needs folds, the number of parts"),
    ({"dataset": {"name": "moons", "folds": 1, "fold": 3}}, "dataset.folds: must be at least 2"),
    ({"inits": []}, "inits: must be from 1 to 1000 initializations, not 0"),
    ({"inits": ["x"] * 1_001}, "inits: must be from 1 to 1000 initializations, not 1001"),
    ({"inits": "he"}, "inits: must be a list, not 'he'"),
    ({"inits": ["hee"]}, "inits[0]: unknown initializer 'hee'. Did you mean 'he'?"),
    ({"inits": [["he"]]}, "inits[0]: must be a name, or a mapping with a name, not a list"),
    ({"inits": [{"std": 1}]}, "inits[0].name: is required"),
    ({"inits": [{"name": 3}]}, "inits[0].name: must be text, not 3: put it in quotes"),
    ({"inits": [{"name": "random", "st": 1}]}, "inits[0].st: unknown key. Did you mean 'std'?"),
    (
        {"inits": [{"name": "zeros", "std": 1}]},
        "inits[0].std: unknown key. Known: name, label, force, bias, zero_output.",
    ),
    ({"inits": [{"name": "he", "label": 3}]}, "inits[0].label: must be text, not 3: put it in"),
    ({"inits": ["he", "he"]}, "inits[1]: is labelled 'he', as inits[0] is: give one another"),
    ({"seeds": 0}, "seeds: must be from 1 to 10000 seeds, not 0"),
    ({"seeds": []}, "seeds: must be from 1 to 10000 seeds, not 0"),
    ({"seeds": MAX_SEEDS + 1}, "seeds: must be from 1 to 10000 seeds, not 10001"),
    ({"seeds": [0] * (MAX_SEEDS + 1)}, "seeds: must be from 1 to 10000 seeds, not 10001"),
    ({"seeds": True}, "seeds: must be a number of seeds or a list of them, not true"),
    ({"seeds": "ten"}, "seeds: must be a number of seeds or a list of them, not 'ten'"),
    ({"seeds": [1, 2, 1]}, "seeds[2]: seed 1 is seeds[0] already"),
    ({"seeds": [-1]}, "seeds[0]: must be at least 0, not -1"),
    ({"seeds": [2**64]}, "seeds[0]: must be less than 9223372036854775808, not 1844674407370955"),
    ({"seeds": [10**5_000]}, "seeds[0]: must be an integer, not inf"),
    ({"seeds": [True]}, "seeds[0]: must be an integer, not true"),
    ({"target": 0}, "target: must be greater than 0, not 0"),
    ({"target": 1.5}, "target: must be at most 1, not 1.5"),
    ({"sweep": 1}, "sweep: must be a mapping, not 1"),
    (
        {"sweep": {"training.epochs": [1, 2, 1]}},
        "sweep.'training.epochs': repeats 1: list each value once",
    ),
    ({"tune": {"values": [0.1, 0.2, 0.1]}}, "tune: repeats 0.1: list each value once"),
    ({"sweep": [-0.0]}, "sweep: must be a mapping, not a list"),
    ({"network": {"hidden": 1e15}}, "network.hidden: must be a list, not 1000000000000000.0"),
    ({"network": {"hidden": [4] * 10_000}}, "network.hidden: must have at most 1000 hidden layers"),
    ({"network": {"depth": 10**9, "width": 4}}, "network.depth: must be at most 1000, not 100000"),
    ({"description": 3}, "description: must be text, not 3: put it in quotes"),
    ({"description": "x" * 10_001}, "description: must have at most 10000 characters, not 10001"),
    ({"description": "\x1b"}, "description: must be printable text, not '\\x1b'"),
    ({"a\nb": 3}, "'a\\nb': unknown key."),
]


@pytest.mark.parametrize(("settings", "words"), PROBLEMS, ids=[words[:60] for _, words in PROBLEMS])
def test_each_invalid_value_has_its_message(settings, words):
    """A wrong value or key is named by its path, with what it should be."""
    with pytest.raises(ConfigError) as caught:
        make_experiment({**LEAST, **settings}, "x")
    [problem] = caught.value.problems
    assert str(problem).startswith(words)


def test_everything_wrong_is_said_at_once():
    """Problems in all sections, and several in one, come together."""
    wrong = {
        "dataset": {"name": "mons", "seed": -1},
        "training": {"epoch": 1, "dtype": "x", "optimizer": {"momentum": 2}},
        "inits": ["hee", {"name": "random", "st": 1, "std": "x", "label": ""}],
        "seeds": [True],
    }
    with pytest.raises(ConfigError) as caught:
        make_experiment(wrong, "x")
    assert sorted(problem.path for problem in caught.value.problems) == [
        "dataset.name",
        "dataset.seed",
        "inits[0]",
        "inits[1].label",
        "inits[1].st",
        "inits[1].std",
        "seeds[0]",
        "training.dtype",
        "training.epoch",
        "training.optimizer.momentum",
    ]


def test_an_error_that_has_no_wording_is_said_in_general_words():
    """A kind of error that a later version of Pydantic adds is a message, and no traceback."""
    error = {"type": "of_tomorrow", "input": 3, "loc": ("target",), "msg": "Input should be"}
    assert explain(error, {}) == "cannot be 3"


@pytest.mark.parametrize("network", [{"hidden": [4] * 10_000}, {"depth": 10**9, "width": 4}])
def test_a_network_of_very_many_layers_is_refused_at_once(network):
    """The number of layers is limited before anything of their size is made."""
    start = time.process_time()
    with pytest.raises(ConfigError):
        make_experiment({**LEAST, "network": network}, "x")
    assert time.process_time() - start < 1
