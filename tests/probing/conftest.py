"""Probes of small networks on normal noise."""

import pytest

from initbench.config.loading import make_experiment
from initbench.probing import probe_experiment


@pytest.fixture
def make_settings():
    """Return a maker of settings."""
    return settings_of


@pytest.fixture
def make_probe():
    """Return a maker of probes."""
    return lambda inits, **network: probe_experiment(
        make_experiment(settings_of(inits, **network), "the probe")
    )


def settings_of(inits, *, depth=4, width=24, activation="relu", seeds=3, dataset=None, **network):
    """Return the settings of a small network on normal noise."""
    return {
        "dataset": dataset or {"name": "gaussian", "dimensions": width, "classes": 4},
        "network": {"depth": depth, "width": width, "activation": activation, **network},
        "inits": inits,
        "seeds": seeds,
    }
