"""Large experiments: planning takes time in proportion to the numbers of cells, runs and units."""

import pytest

from benchmarks.scale import measure
from initbench.config.experiment import Experiment
from initbench.config.loading import make_experiment
from initbench.data import load_dataset
from initbench.experiment.execution import Execution
from initbench.experiment.session import plan_session
from initbench.nn import Architecture, bind_activation
from initbench.nn.mlp import parameter_count
from initbench.training import samples
from initbench.training.stack import train_unit

SMALL = {
    "dataset": {"name": "moons", "samples": 60},
    "network": {"hidden": [4]},
    "training": {"epochs": 1},
    "inits": ["he"],
    "seeds": 1,
}


def test_an_experiment_is_planned_cut_stored_and_resumed_without_training(tmp_path):
    """Ten thousand runs have keys, units and files; the second half follows the first."""
    stages = {stage.name: stage.count for stage in measure(10_000, tmp_path)}
    assert stages["plan and key"] == stages["find that all is there"] == 10_000
    halves = stages["store the first half"], stages["store the second half"]
    assert sum(halves) == stages["cut"] == len(list(tmp_path.glob("runs/*.npz")))
    assert halves[1] == stages["read what is there, and cut the rest"]


@pytest.mark.parametrize(("kept", "times"), [(2**28, 1), (0, 2)])
def test_each_data_set_of_a_sweep_is_loaded_once(monkeypatch, tmp_path, kept, times):
    """Planning 20 cells on 10 data sets loads 10 data sets, and training them loads no more.

    If memory is short, training loads them again.
    """
    loaded = []

    def load(name, **options):
        loaded.append(options["noise"])
        return load_dataset(name, **options)

    monkeypatch.setattr(samples, "load_dataset", load)
    monkeypatch.setattr(samples, "KEPT_BYTES", kept)
    samples.data_shape.cache_clear()
    samples._kept.clear()
    sweep = {"dataset.noise": {"linear": [0.1, 0.3, 10]}, "network.hidden": [[4], [5]]}
    session = plan_session(make_experiment({**SMALL, "sweep": sweep}, "x"), tmp_path, Execution())
    session.estimate(measure=False)
    assert len(session.units) == 20
    assert len(loaded) == len(set(loaded)) == 10
    for unit in session.units:
        train_unit(unit)
    assert len(loaded) == 10 * times


def test_each_cell_is_validated_once(monkeypatch, tmp_path):
    """Two depths with three tuned values and the config's own are eight experiments."""
    validated = []
    validate = Experiment.model_validate

    def count(settings):
        validated.append(settings)
        return validate(settings)

    settings = {**SMALL, "tune": {"values": [0.1, 0.3, 1.0], "seeds": 1}}
    sweep = {"network.hidden": [[4], [5]]}
    experiment = make_experiment({**settings, "sweep": sweep}, "x")
    monkeypatch.setattr(Experiment, "model_validate", count)
    plan_session(experiment, tmp_path, Execution()).estimate(measure=False)
    assert len(validated) == 2 * (3 + 1)


def test_the_fans_of_a_deep_network_are_computed_once():
    """The cost of a network with thousands of layers grows linearly with their number."""
    architecture = Architecture((4,) * 10_001, bind_activation("relu"))
    assert architecture.layers is architecture.layers
    assert parameter_count(architecture) == 10_000 * (4 + 1) * 4
