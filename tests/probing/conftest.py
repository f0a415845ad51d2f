"""Probes of small networks on normal noise."""

import pytest

from initbench.experiment.loading import make_experiment
from initbench.probing import probe_experiment


@pytest.fixture
def make_probe():
    """Return a maker of probes."""

    def make(inits, *, depth=4, width=24, activation="relu", seeds=3, dataset=None, **network):
        settings = {
            "dataset": dataset or {"name": "gaussian", "dimensions": width, "classes": 4},
            "network": {"depth": depth, "width": width, "activation": activation, **network},
            "inits": inits,
            "seeds": seeds,
        }
        return probe_experiment(make_experiment(settings, "the probe"))

    return make
