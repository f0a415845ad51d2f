"""Every scheme of the catalogue trains a network that it is for, without a warning."""

import numpy as np
import pytest

from initbench.config.loading import make_experiment
from initbench.experiment.plan import make_plan, remaining_units
from initbench.initializers import INITIALIZERS, bind, layers_of
from initbench.initializers.weightfiles import encode_layers
from initbench.training.stack import train_unit
from tests.initializers.battery import required_of

FOR_ADAM = {"completep", "depth_mup", "u_mup"}
"""Schemes that state learning rates for Adam alone."""


@pytest.fixture
def settings_for(tmp_path):
    """Return a maker of small experiments on networks that suit a scheme."""

    def make(scheme):
        requirement = scheme.requires
        network = {"hidden": [8, 8, 8], "activation": (*requirement.activations, "relu")[0]}
        if requirement.residual:
            network["residual"] = {"learned_scale": requirement.scaled_branches}
        if requirement.branch_power:
            network["residual"]["multiplier"] = {-1.0: "1/L", -0.5: "1/sqrt(L)"}[
                requirement.branch_power
            ]
        init = {"name": scheme.name, **required_of(scheme)}
        if "path" in scheme.options:
            path = tmp_path / "weights.npz"
            path.write_bytes(encode_layers(bind("he").draw(layers_of([2, 8, 8, 8, 1], "relu"), 0)))
            init["path"] = str(path)
        return {
            "dataset": {"name": "moons", "samples": 60},
            "network": network,
            "training": {
                "epochs": 2,
                "optimizer": {"name": "adam" if scheme.name in FOR_ADAM else "sgd"},
            },
            "inits": [init],
            "seeds": 2,
        }

    return make


@pytest.mark.parametrize("scheme", INITIALIZERS.values(), ids=lambda scheme: scheme.name)
def test_two_epochs_without_a_warning(scheme, settings_for):
    """Losses are finite to the end; warnings are errors in every test."""
    plan = make_plan(make_experiment(settings_for(scheme), scheme.name))
    [unit] = remaining_units(plan.groups, ())
    records = train_unit(unit).per_run
    assert records["train_loss"].shape == (2, 3)
    assert np.isfinite(records["train_loss"]).all()
    assert np.all((records["initialization_epochs"] > 0) == (scheme.adapt is not None))
