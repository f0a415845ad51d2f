"""Checks that all frameworks share: a line is run, and what it draws is held to the scheme's law.

The tests of a framework run where it is installed: ``make frameworks``.
"""

import runpy

import numpy as np
import pytest
from scipy import stats

from initbench.auditing import audit, tensors_of
from initbench.auditing.audit import CONSISTENT
from initbench.auditing.checks import check_weights
from initbench.auditing.layouts import place, read_sample
from initbench.exporting import draw_start, export_start, redraws
from initbench.initializers import bind
from initbench.nn import ACTIVATIONS, StackedMLP
from initbench.nn.mlp import with_ones
from tests.initializers.battery import CASES, hidden_layer

CHANCE = 2 * stats.norm.sf(5.0)
FANS = [(300, 120), (120, 300)]
EDGES = [
    bind("random", std=0.0),
    bind("uniform", mean=0.5, bound=0.5),
    bind("uniform", bound=0.0),
    bind("truncated_normal", std=0.0),
    bind("truncated_normal", mean=1.0, cut=1.0),
    bind("truncated_normal", cut=6.0),
    bind("torch:trunc_normal", mean=3.0, std=1.0, a=-2.0, b=2.0),
    bind("torch:trunc_normal", std=0.02),
    bind("jax:truncated_normal", stddev=1.0, lower=3.0, upper=4.0),
    bind("jax:truncated_normal", stddev=1.0, lower=-1.0, upper=0.5),
    bind("variance_scaling", scale=2.5, distribution="uniform"),
    bind("variance_scaling", scale=1.9, distribution="normal", mode="fan_out"),
    bind("glorot_normal", gain=5.0 / 3.0),
    bind("he_normal", negative_slope=0.2, mode="fan_out"),
    bind("sparse", sparsity=0.95, std=1.0),
    bind("sparse", sparsity=1.0),
]
LAWS = [case.values[0] for case in CASES] + EDGES


def spelled_laws(framework):
    """Return a parameter for each law of the catalogue that a framework can spell."""
    return [
        pytest.param(law, id=f"{law.initializer.name} {dict(law.draw_options)}")
        for law in LAWS
        if framework in law.spellings
    ]


def check_line(law, draw):
    """Hold what a line draws, at two shapes, to all that the scheme's law says.

    Parameters
    ----------
    law : Initialization
    draw : callable (fan_in, fan_out) -> ndarray of shape (fan_in, fan_out)
    """
    for fans in FANS:
        layer = hidden_layer(law, fans)
        drawn = np.asarray(draw(*fans), np.float64)
        assert drawn.shape == fans
        sample = read_sample(place(tensors_of({"W1": drawn}), "in_out")[0])
        checks = check_weights(sample, drawn, layer, law)
        doubts = [each for each in checks if each.p_value <= CHANCE]
        assert not doubts


def check_redrawn(form, weights_of, folder, init="he"):
    """Run a snippet that draws, and hold its network to the scheme's law.

    Parameters
    ----------
    form : str
    weights_of : callable (namespace) -> list of (W (fan_in, fan_out), b (fan_out,))
    folder : Path
    init : str
    """
    start = draw_start({"layers": [300, 120, 100], "init": init, "seed": 2**40 + 1})
    assert redraws(start, form)
    arrays = {}
    for number, (matrix, biases) in enumerate(weights_of(_run(start, form, folder)), start=1):
        arrays |= {f"W{number}": matrix, f"b{number}": biases}
    found = audit(arrays, start.scheme, significance=CHANCE)
    assert {tensor.verdict for tensor in found.tensors} == {CONSISTENT}, found


def check_loaded(form, weights_of, outputs_of, folder, activation="relu", **options):
    """Run a snippet that loads, and compare weights to the bit and outputs but for rounding.

    Parameters
    ----------
    form, weights_of, folder
        As `check_redrawn`.
    outputs_of : callable (namespace, inputs (B, D)) -> ndarray of shape (B, K)
    activation : str
    **options
        The activation's.
    """
    chosen = {"name": activation, **options}
    start = draw_start({"layers": [12, 20, 16, 5], "init": "metainit", "activation": chosen})
    assert not redraws(start, form)
    names = _run(start, form, folder)
    for found, made in zip(weights_of(names), start.weights, strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(found, made, strict=True))
    inputs = np.random.default_rng(0).standard_normal((30, 12)).astype(np.float32)
    network = StackedMLP(start.architecture, runs=1, dtype=np.float64)
    network.set_weights(0, start.weights)
    expected = network.forward(with_ones(inputs, np.float64)[np.newaxis])[0, 0].T
    rounding = 100 * np.finfo(np.float32).eps * max(1.0, np.abs(expected).max())
    assert np.abs(outputs_of(names, inputs) - expected).max() < rounding


def activation_cases():
    """Return each activation, and each that has options once more with another value."""
    plain = [pytest.param(name, {}, id=name) for name in ACTIVATIONS]
    changed = {"leaky_relu": {"slope": 0.3}, "elu": {"alpha": 0.7}, "sin": {"omega": 3.0}}
    return plain + [pytest.param(name, each, id=f"{name} {each}") for name, each in changed.items()]


def _run(start, form, folder):
    path = folder / "start.py"
    export_start(start, form, path)
    return runpy.run_path(str(path))
