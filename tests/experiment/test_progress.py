"""Progress: whose runs train, and how well each scheme has done."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.config.loading import make_experiment
from initbench.experiment import progress, workers
from initbench.experiment.dispatch import execute
from initbench.experiment.plan import make_plan
from initbench.experiment.progress import Standings
from initbench.experiment.workers import InProcess, Processes
from initbench.results import RunStore

SETTINGS = {
    "dataset": {"name": "moons", "samples": 40},
    "network": {"hidden": [3]},
    "inits": ["zeros", "he", {"name": "he", "label": "he again"}],
    "sweep": {"network.hidden": [[3], [4]], "training.optimizer.learning_rate": [0.1, 0.5]},
    "seeds": 2,
}


@pytest.fixture
def epochs():
    """Return the number of epochs, which a test may choose."""
    return 5


@pytest.fixture
def plan(epochs):
    """Return the plan of two shapes, each with two learning rates; two labels share their runs."""
    return make_plan(make_experiment({**SETTINGS, "training": {"epochs": epochs}}, "the test"))


@pytest.fixture
def train(plan, tmp_path):
    """Return a function that trains units with workers, and returns the store and all progress."""

    def execute_all(workers):
        store, told = RunStore(tmp_path), []
        store.write_outline(plan.outline)
        with workers:
            execute(plan.groups, store, workers, told.append, outline=plan.outline)
        return store, told

    return execute_all


def lowest(plan, store):
    """Return the lowest test loss of each label in what is stored."""
    runs = store.read_runs(plan.outline.keys)
    return {
        label: min(
            runs[run.key]["test_loss"].min()
            for cell in plan.outline.cells
            for run in cell.runs[label]
        )
        for label in plan.outline.labels
    }


@pytest.mark.parametrize("make", [InProcess, lambda: Processes(2)], ids=["here", "processes"])
def test_the_best_loss_includes_stored_runs(plan, train, make):
    """In the end it is that of all runs, at whatever epoch, under each label that they have."""
    store, told = train(make())
    assert told[-1].best == lowest(plan, store)
    assert told[-1].best["he"] == told[-1].best["he again"]


def test_the_best_moves_while_a_unit_trains(train, monkeypatch):
    """It only falls, and is known after the first epoch."""
    monkeypatch.setattr(progress, "NOTE_SECONDS", -1.0)
    _, told = train(InProcess())
    best = [each.best["he"] for each in told[1:]]
    assert best == sorted(best, reverse=True)
    assert len(set(best)) > 3
    assert told[0].best == {}


def test_units_are_numbered_and_named_by_their_differences(train):
    """A unit has one shape and both learning rates, and all schemes."""
    _, told = train(InProcess())
    assert [each.unit for each in told] == [1, *[1] * 5, *[2] * 5]
    assert {each.units for each in told} == {2}
    shapes = [each.settings for each in told[1::5]]
    assert shapes == [{"network.hidden": "[3]"}, {"network.hidden": "[4]"}]
    assert {each.labels for each in told} == {()}


def test_a_unit_of_some_schemes_names_them(plan):
    """Runs that two labels share are those of both."""
    [unit, _] = plan.groups
    names = [variant.scheme.name for variant in unit.variants]
    part = replace(unit, variants=(unit.variants[names.index("he_normal")],))
    members = Standings(plan.outline).members(part.keys)
    assert members.labels == ("he", "he again")
    assert members.runs.tolist() == [0, 0, 1, 1]
    assert members.schemes.tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize("epochs", [1, 2, 5])
def test_runs_are_counted_by_their_epochs(train, epochs):
    """Runs that are half trained are half done, and in the end all are."""
    _, told = train(InProcess())
    done = np.linspace(0, 16, 2 * epochs + 1)
    assert [each.runs_done for each in told] == pytest.approx(done)
    assert {each.runs for each in told} == {16}


def test_a_run_without_a_finite_loss_is_not_the_best_of_anything(plan):
    """NaN is no loss, and hides no other run's."""
    standings = Standings(plan.outline)
    unit = plan.groups[0]
    members = standings.members(unit.keys)
    standings.note(members, np.full(unit.runs, np.nan))
    assert standings.best == {}
    standings.note(members, np.where(np.arange(unit.runs) == 0, 0.25, np.nan))
    assert list(standings.best.values()) == [0.25]
    before = standings.best
    standings.note(members, np.full(unit.runs, 0.5))
    assert {label: standings.best[label] for label in before} == before


def test_a_unit_that_is_cut_in_two_is_one_more(train, monkeypatch):
    """The number of the last is that of all, however many there are in the end."""
    real = workers.train_unit

    def crash(unit, on_epoch):
        if {"zeros", "he_normal"} <= {variant.scheme.name for variant in unit.variants}:
            raise ZeroDivisionError
        return real(unit, on_epoch)

    monkeypatch.setattr(workers, "train_unit", crash)
    _, told = train(InProcess())
    assert told[0].units == 2
    assert told[-1].unit == told[-1].units > 2
    assert told[-1].done == told[-1].total
