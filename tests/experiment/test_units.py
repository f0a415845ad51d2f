"""Units: what a worker gets trains whatever its schemes draw, and is known by its keys."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.config.loading import make_experiment
from initbench.experiment.plan import make_plan
from initbench.training.stack import train_unit

SETTINGS = {
    "dataset": {"name": "moons", "samples": 40},
    "network": {"hidden": [4, 4, 4], "activation": "leaky_relu"},
    "training": {"epochs": 2, "stop": {"target": 0.1}, "schedule": "step"},
    "inits": ["he"],
    "seeds": 1,
}


def plan_of(*overrides, **changes):
    """Return the plan of the settings, changed."""
    return make_plan(make_experiment({**SETTINGS, **changes}, "the test", overrides))


def key_of(*overrides, **changes):
    """Return the key of the only run."""
    [key] = plan_of(*overrides, **changes).groups[0].keys
    return key


@pytest.mark.parametrize("std", [1e30, 1e300])
@pytest.mark.parametrize("epochs", [0, 2])
@pytest.mark.parametrize("dataset", ["moons", "blobs"])
def test_weights_beyond_all_numbers_are_recorded_without_a_word(dataset, epochs, std):
    """Such a run has diverged before the first epoch, and its neighbour is what it is alone."""
    unit = plan_of(
        dataset={"name": dataset, "samples": 40},
        network={"hidden": [4], "activation": "linear"},
        training={"epochs": epochs},
        inits=[{"name": "random", "std": std}, "he"],
    ).groups[0]
    records = train_unit(unit).per_run
    assert np.isnan(records["train_loss"][0]).all()
    alone = train_unit(replace(unit, variants=unit.variants[1:])).per_run
    for name, values in alone.items():
        np.testing.assert_array_equal(records[name][1], values[0])


@pytest.mark.parametrize(
    "override",
    [
        "dataset.noise=0.3",
        "dataset.scaling=none",
        "dataset.seed=1",
        "dataset.test_fraction=0.3",
        "network.hidden.0=5",
        "network.activation=tanh",
        "network.activation.slope=0.3",
        "network.bias=false",
        "network.normalization=layer",
        "network.residual=true",
        "network.residual.layers=1",
        "network.residual.learned_scale=true",
        "network.residual.scalar_biases=true",
        "training.optimizer=adam",
        "training.optimizer.learning_rate=0.3",
        "training.optimizer.momentum=0.3",
        "training.optimizer.weight_decay=0.3",
        "training.schedule=cosine",
        "training.schedule.every=7",
        "training.schedule.warmup=1",
        "training.loss=binary_cross_entropy",
        "training.epochs=3",
        "training.batch_size=full",
        "training.clip_norm=1",
        "training.stop=",
        "training.stop.target=0.2",
        "training.stop.patience=2",
        "training.stop.monitor=test_loss",
        "training.dtype=float64",
        "record.every=2",
        "record.unit=step",
        "record.layers=true",
        "record.sharpness=true",
        "inits.0=zeros",
        "inits.0.negative_slope=0.1",
        "seeds=[1]",
    ],
)
def test_settings_that_change_numbers_are_in_the_key(override):
    """No run is taken for another that differs in anything."""
    assert key_of(override) != key_of()


@pytest.mark.parametrize(
    ("overrides", "changes"),
    [
        (["name=other", "description=What for.", "target=0.5", "inits.0.label=x"], {}),
        (["inits.0=kaiming"], {}),
        (["network.hidden=", "network.depth=3", "network.width=4"], {}),
        (["network.activation=lrelu"], {}),
        (["network.residual=false", "training.loss=auto"], {}),
        ([], {"training": {**SETTINGS["training"], "optimizer": {"learning_rate": 0.1}}}),
    ],
)
def test_settings_that_change_no_numbers_are_not_in_the_key(overrides, changes):
    """Names, labels and targets are free to change, and so is the way that a setting is written."""
    assert key_of(*overrides, **changes) == key_of()


def test_other_runs_of_the_stack_are_not_in_the_key():
    """More seeds and schemes leave the keys of those that were there."""
    more = plan_of(inits=["zeros", "he"], seeds=[5, 0])
    [_, run] = more.outline.cells[0].runs["he"]
    assert (run.seed, run.key) == (0, key_of())


def test_points_can_be_recorded_between_epochs():
    """Thirty samples in batches of eight are four steps an epoch; the last step has a point."""
    unit = plan_of(
        "record.every=3", "record.unit=step", "training.batch_size=8", "training.stop="
    ).groups[0]
    records = train_unit(unit)
    assert records.shared["epochs"].tolist() == [0, 0.75, 1.5, 2]
    assert records.per_run["train_loss"].shape == (1, 4)
    assert records.per_run["distinct_units"].shape == (1, 4, 3)
    everything = train_unit(plan_of("record.unit=step", "training.batch_size=8").groups[0])
    np.testing.assert_array_equal(
        records.per_run["test_loss"], everything.per_run["test_loss"][:, [0, 3, 6, 8]]
    )


def test_a_stopped_run_keeps_its_last_values():
    """From the point at which its rule is met, nothing moves any more."""
    unit = plan_of(
        "training.epochs=40", "training.stop.target=0.5", "training.optimizer.learning_rate=1"
    ).groups[0]
    records = train_unit(unit).per_run
    [stop], [loss] = records["stopped_at"], records["train_loss"]
    assert 0 < stop < 40
    assert (loss[:stop] > 0.5).all()
    assert loss[stop] <= 0.5
    assert (loss[stop:] == loss[stop]).all()


@pytest.mark.parametrize(
    ("overrides", "network", "training"),
    [
        ([], "leaky_relu (slope 0.01)", "stopped by train loss (target 0.1), float32"),
        (
            ["network.bias=false", "network.normalization=batch"],
            "leaky_relu (slope 0.01), no biases, batch normalization",
            "2 epochs of sgd (learning_rate 0.1), batches of 32",
        ),
        (
            ["network.residual.learned_scale=true", "training.batch_size=full"],
            "leaky_relu (slope 0.01), residual blocks of 2, a learned scale each",
            "full batches, loss binary cross entropy, learning rate step (every 30, factor 0.1)",
        ),
        (
            ["network.activation=relu", "training.clip_norm=2.5", "training.schedule=constant"],
            "relu",
            "loss binary cross entropy, gradients clipped at norm 2.5, stopped by",
        ),
    ],
)
def test_the_unit_describes_its_training(overrides, network, training):
    """A reader of the results learns in a few words what is not in the numbers."""
    [cell] = plan_of(*overrides).outline.cells
    assert cell.setup.network == network
    assert training in cell.setup.training
