"""Units: what a worker gets trains whatever its schemes draw."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.experiment.loading import make_experiment
from initbench.experiment.planning import make_plan
from initbench.experiment.units import train_unit


def a_unit(dataset, epochs, std):
    """Return a unit of a scheme that is far too large, and one that is not."""
    settings = {
        "dataset": {"name": dataset, "samples": 40},
        "network": {"hidden": [4], "activation": "linear"},
        "training": {"epochs": epochs},
        "inits": [{"name": "random", "std": std}, "he"],
        "seeds": 1,
    }
    return make_plan(make_experiment(settings, "the test")).runs


@pytest.mark.parametrize("std", [1e30, 1e300])
@pytest.mark.parametrize("epochs", [0, 2])
@pytest.mark.parametrize("dataset", ["moons", "blobs"])
def test_weights_beyond_all_numbers_are_recorded_without_a_word(dataset, epochs, std):
    """Such a run has diverged before the first epoch, and its neighbour is what it is alone."""
    unit = a_unit(dataset, epochs, std)
    records = train_unit(unit).per_run
    assert np.isnan(records["train_loss"][0]).all()
    alone = train_unit(replace(unit, schemes=unit.schemes[1:])).per_run
    for name, values in alone.items():
        np.testing.assert_array_equal(records[name][1], values[0])
