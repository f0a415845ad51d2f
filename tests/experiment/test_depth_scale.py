"""Depth scales: the correlation factor of the theory is stored with each cell of a depth sweep."""

import math
from functools import cache

import pytest

from initbench.config.loading import make_experiment
from initbench.experiment import setup
from initbench.experiment.plan import make_plan
from initbench.nn import bind_activation
from initbench.results import Outline
from initbench.theory import mean_field

SETTINGS = {
    "name": "x",
    "dataset": {"name": "moons", "samples": 60},
    "network": {"depth": 3, "width": 8, "activation": "tanh"},
    "training": {"epochs": 1},
    "inits": [{"name": "mean_field", "bias_variance": 0.05}, "zeros", "lsuv"],
    "seeds": 1,
    "sweep": {
        "network.depth": [2, 5, 9],
        "inits.mean_field.weight_variance": [1.0, 2.5],
    },
}


@pytest.fixture
def theory_asked(monkeypatch):
    """Answer in the place of the theory, and return the variances that it is asked for.

    A process remembers answers, so both that remember are made again, and put back afterwards.
    """
    asked = []

    def answer(_response, *, weight_variance, bias_variance):
        asked.append((weight_variance, bias_variance))
        return 0.5

    monkeypatch.setattr(setup, "correlation_factor", answer)
    for name in ("_of_variances", "_factor"):
        monkeypatch.setattr(setup, name, cache(getattr(setup, name).__wrapped__))
    return asked


def cells_of(**changes):
    """Return the planned cells, by depth and variance."""
    outline = make_plan(make_experiment({**SETTINGS, **changes}, "x.yaml")).outline
    return {tuple(cell.settings.values()): cell for cell in outline.cells}


def test_each_cell_has_the_factor_of_its_variances():
    """It is that of the theory, whatever the depth; a scheme that adapts has none."""
    cells = cells_of()
    for (_, variance), cell in cells.items():
        found = mean_field(bind_activation("tanh"), weight_variance=variance, bias_variance=0.05)
        assert set(cell.correlation_factors) == {"mean_field", "zeros"}
        factor = cell.correlation_factors["mean_field"]
        assert factor == pytest.approx(math.exp(-1 / found.xi_c), rel=1e-6)
        assert cell.correlation_factors["zeros"] == 0.0


def test_without_biases_theirs_do_not_count():
    """The network has none, whatever the scheme says."""
    network = {**SETTINGS["network"], "bias": False}
    [first, *_] = cells_of(network=network).values()
    assert first.correlation_factors["mean_field"] == 1.0


@pytest.mark.parametrize(
    "network",
    [
        {"normalization": "layer"},
        {"residual": {"layers": 1}},
    ],
)
def test_theory_is_silent_on_other_networks(network):
    """Normalization and blocks are not what it is of."""
    cells = cells_of(network={**SETTINGS["network"], **network})
    assert all(not cell.correlation_factors for cell in cells.values())


def test_a_network_of_one_hidden_layer_has_none():
    """No layer leads from hidden units to hidden units."""
    sweep = {**SETTINGS["sweep"], "network.depth": [1, 2, 3]}
    cells = cells_of(sweep=sweep)
    assert not cells[1, 1.0].correlation_factors
    assert cells[2, 1.0].correlation_factors


def test_without_a_swept_depth_nothing_is_computed(theory_asked):
    """There would be nothing to compare it with."""
    sweep = {"inits.mean_field.weight_variance": [1.0, 2.5]}
    assert all(not cell.correlation_factors for cell in cells_of(sweep=sweep).values())
    assert theory_asked == []


def test_theory_is_asked_once_for_each_variance(theory_asked):
    """Depths and learning rates ask for nothing new."""
    rates = {"training.optimizer.learning_rate": [0.01, 0.02, 0.03]}
    cells_of(sweep={**SETTINGS["sweep"], **rates})
    assert sorted(theory_asked) == [(0.0, 0.0), (1.0, 0.05), (2.5, 0.05)]


def test_factors_are_stored_and_read_back():
    """The outline is JSON."""
    outline = make_plan(make_experiment(SETTINGS, "x.yaml")).outline
    assert Outline.from_json(outline.to_json()) == outline
