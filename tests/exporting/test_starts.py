"""Starts: the weights that training begins from, and the refusal of what cannot be one."""

import numpy as np
import pytest

import initbench
from initbench.errors import ConfigError, UsageError
from initbench.exporting import draw_start
from initbench.exporting import starts as module
from initbench.results.weights import FOLDER

DIGITS = {"layers": [64, 16, 10], "dataset": "digits", "seed": 3}


@pytest.mark.parametrize("init", ["he", "lsuv", "torch:linear"])
def test_they_are_the_weights_of_a_run(tmp_path, init):
    """To the last bit, be they drawn or adapted to data."""
    config = {
        "dataset": "digits",
        "network": {"hidden": [16], "activation": "tanh"},
        "training": {"epochs": 0},
        "record": {"initial_weights": True},
        "inits": [init],
        "seeds": [3],
    }
    initbench.run(config, results=tmp_path, plots=False)
    [path] = (tmp_path / FOLDER).iterdir()
    stored = np.load(path)
    start = draw_start({**DIGITS, "init": init, "activation": "tanh"})
    for number, (weights, biases) in enumerate(start.weights, start=1):
        assert np.array_equal(weights, stored[f"W{number}"])
        assert np.array_equal(biases, stored[f"b{number}"])


@pytest.mark.parametrize("outputs", [1, 2, 5])
@pytest.mark.parametrize("init", ["lsuv", "gradinit"])
def test_without_data_a_scheme_looks_at_noise(init, outputs):
    """Of any number of outputs; each seed has its own."""
    settings = {"layers": [12, 8, outputs], "init": init}
    start, other = draw_start(settings), draw_start({**settings, "seed": 1})
    assert start.is_noise
    assert not np.array_equal(start.weights[0][0], other.weights[0][0])


def test_a_scheme_that_draws_needs_no_data():
    """None are made up for it."""
    start = draw_start({"layers": [4, 3], "init": "he"})
    assert start.task is None
    assert not start.is_noise


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": [784, 16, 10]}, "64 inputs and 10 outputs. Layers 64,16,10 would fit"),
        ({"layers": [64, 16, 2]}, "do not fit digits"),
        (
            {"layers": [2, 5, 2], "dataset": "moons"},
            "2 inputs and 1 output for two classes. Layers 2,5,1 would fit",
        ),
        ({"init": "siren"}, "'siren' is for networks of sin, not of relu"),
        ({"init": "fixup"}, "residual"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(changes, message):
    """Data are held to the layers whether the scheme looks at them or not."""
    with pytest.raises(UsageError, match=message):
        draw_start({**DIGITS, "init": "he", **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": [784]}, "must be at least two sizes"),
        ({"layers": [4, 0, 1]}, "layers\\[1\\]: must be at least 1"),
        ({"init": "hee"}, "unknown initializer 'hee'. Did you mean 'he'"),
        ({"init": {"name": "random", "std": -1}}, "std: must be at least 0"),
        ({"activation": "rely"}, "Did you mean 'relu'"),
        ({"seed": -1}, "seed: must be at least 0"),
        ({"hidden": [3]}, "hidden: unknown key"),
    ],
)
def test_settings_are_checked_as_those_of_a_config(changes, message):
    """With the place and the nearest name."""
    with pytest.raises(ConfigError, match=message):
        draw_start({"layers": [4, 3, 1], "init": "he", **changes})


@pytest.mark.parametrize("init", ["he", "lsuv"])
def test_more_than_memory_holds_is_refused(monkeypatch, init):
    """Before anything is drawn, noise included."""
    monkeypatch.setattr(module, "available_memory", lambda: 10**6)
    draw_start({"layers": [30, 20, 10], "init": "he"})
    with pytest.raises(UsageError, match="ask for fewer units"):
        draw_start({"layers": [10**4, 20, 10], "init": init})


def test_weights_that_are_no_numbers_are_refused():
    """What is drawn in double precision may be too large for single."""
    start = draw_start({"layers": [4, 3], "init": {"name": "random", "std": 1e39}})
    with pytest.raises(UsageError, match="'random' are too large for single precision"):
        _ = start.weights
