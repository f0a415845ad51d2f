"""Estimates: what is left and what it takes, before anything large is begun."""

import math
import tracemalloc
from dataclasses import replace
from types import SimpleNamespace

import pytest

from initbench import api
from initbench.config.loading import make_experiment
from initbench.errors import UsageError
from initbench.experiment import estimate
from initbench.experiment.estimate import (
    cost_of,
    estimate_text,
    kind_of,
    longest_first,
    make_estimate,
    probe_cost_of,
    seconds_of,
)
from initbench.experiment.plan import make_plan, remaining_units
from initbench.nn import Architecture, bind_activation

SETTINGS = {
    "name": "tiny",
    "dataset": {"name": "moons", "samples": 200},
    "network": {"hidden": [16, 16]},
    "training": {"epochs": 4},
    "inits": ["zeros", "he"],
    "sweep": {"training.optimizer.learning_rate": [0.01, 0.1, 1.0]},
    "seeds": 5,
}

FRIEDMAN = {"name": "friedman1", "samples": 200}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def plan_of(**changes):
    """Return the plan of the settings, changed."""
    return make_plan(make_experiment({**SETTINGS, **changes}, "the test"))


def units_of(**changes):
    """Return all units of the settings, changed."""
    return remaining_units(plan_of(**changes).groups, ())


def test_an_estimate_counts_missing_and_stored_runs(tmp_path):
    """Runs on disk are no longer to be trained, and asking leaves nothing behind."""
    found = api.estimate(SETTINGS)
    assert (found.cells, found.runs, found.runs_on_disk) == (3, 30, 0)
    assert found.run_steps == 30 * 4 * 5
    assert list(tmp_path.iterdir()) == []
    api.run({**SETTINGS, "seeds": 3}, plots=False)
    found = api.estimate(SETTINGS)
    assert (found.runs, found.runs_on_disk) == (30, 18)
    assert api.estimate(SETTINGS, fresh=True).runs_on_disk == 0
    api.run(SETTINGS, plots=False)
    found = api.estimate(SETTINGS)
    assert (found.runs_on_disk, found.units, found.core_seconds) == (30, 0, 0.0)
    assert "time" not in estimate_text(found)


def test_an_estimate_counts_probes_once_for_all_points_that_share_them():
    """Ten networks at three rates, their time and what they leave; none where all is measured."""
    asked = {**SETTINGS, "probe": True}
    plain, found = api.estimate(SETTINGS), api.estimate(asked)
    assert (plain.networks, plain.probe_seconds) == (0, 0.0)
    assert found.networks == 10
    assert found.seconds == pytest.approx(found.core_seconds + found.probe_seconds)
    assert found.result_bytes > plain.result_bytes
    assert "10 untrained networks" in estimate_text(found)
    assert "probe" not in estimate_text(plain)
    api.run(SETTINGS, plots=False)
    assert (api.estimate(asked).runs_on_disk, api.estimate(asked).networks) == (30, 10)
    api.run(asked, plots=False)
    assert api.estimate(asked).networks == 0


@pytest.fixture
def machine(monkeypatch):
    """Return a machine on which a step of one run takes as many seconds as it is told.

    It trains nothing: its clock goes on by what training would take.
    """
    pretended = SimpleNamespace(step_seconds=0.001, now=0.0)

    def train_on(split, unit):
        steps = unit.recipe.epochs * math.ceil(len(split.X_train) / unit.recipe.batch_size)
        pretended.now += unit.runs * steps * pretended.step_seconds

    monkeypatch.setattr(estimate, "train_on", train_on)
    monkeypatch.setattr(estimate, "time", SimpleNamespace(perf_counter=lambda: pretended.now))
    return pretended


@pytest.mark.parametrize(
    ("changes", "run_steps"),
    [
        ({"dataset": FRIEDMAN, "training": {"epochs": 60}, "seeds": 20}, 120 * 60 * 5),
        (
            {"dataset": "digits", "network": {"depth": 10, "width": 64}, "training": {"epochs": 3}},
            30 * 3 * 43,
        ),
        (
            {
                "dataset": FRIEDMAN,
                "network": {"hidden": [256, 256]},
                "training": {"optimizer": "adam", "epochs": 10},
            },
            30 * 10 * 5,
        ),
    ],
)
def test_an_estimate_follows_from_measured_speeds(machine, changes, run_steps):
    """A little is trained and the whole is told from it, within a third; half the speed, twice."""
    plan = plan_of(**changes)
    units = remaining_units(plan.groups, ())
    seconds = []
    for machine.step_seconds in (0.001, 0.002):
        found = make_estimate(units, [], plan.outline, jobs=1, measure=True)
        assert found.run_steps == run_steps
        seconds.append(found.core_seconds)
    assert seconds[0] == pytest.approx(run_steps * 0.001, rel=1 / 3)
    assert seconds[1] == pytest.approx(2 * seconds[0])


def test_only_processes_with_a_unit_take_memory():
    """Of three units, one process trains one at a time, three train all, and eight no more."""
    plan = plan_of(sweep={"network.hidden": [[64, 64], [65, 65], [66, 66]]})
    units = remaining_units(plan.groups, ())
    assert len(units) == 3
    one, two, three, eight = (
        make_estimate(units, [], plan.outline, jobs=jobs, measure=False).memory_bytes
        for jobs in (1, 2, 3, 8)
    )
    assert one < two < three == eight
    assert three - two == two - one


def test_a_unit_takes_the_time_and_memory_of_its_shape():
    """Five steps an epoch of 150 samples; three products a step, all else at the stated speeds."""
    [unit, *_] = units_of()
    cost = cost_of(unit)
    parameters, outputs = (2 + 1) * 16 + (16 + 1) * 16 + (16 + 1) * 1, 16 + 16 + 1
    step = 3 * parameters * 32 * 2.6e-11 + outputs * 32 * 1.3e-9 + parameters * 0.8e-9
    assert cost.steps == 4 * 5
    assert cost.run_seconds > 20 * step
    assert cost.stack_seconds >= 20 * 3 * 2.0e-5
    assert cost.run_bytes > 4 * 4 * parameters
    assert cost.seconds_of(unit) == cost.stack_seconds + 30 * cost.run_seconds
    assert seconds_of([unit, unit]) == pytest.approx(2 * cost.seconds_of(unit))


def test_recording_the_sharpness_takes_time_at_each_point():
    """Twice the points take twice as much longer than training alone, and more memory on disk."""
    costs = {}
    for every in (10, 5):
        for is_recorded in (False, True):
            changes = {"training": {"epochs": 20}, "record": {"every": every}}
            changes["record"]["sharpness"] = is_recorded
            [unit] = units_of(**changes)
            costs[every, is_recorded] = cost_of(unit)
    more = [costs[every, True].run_seconds - costs[every, False].run_seconds for every in (10, 5)]
    assert more[1] / more[0] == pytest.approx(5 / 3)  # points: 0, 10, 20 and 0, 5, 10, 15, 20
    assert costs[5, True].result_bytes - costs[5, False].result_bytes == 5 * 8


def test_the_decision_boundary_takes_time_in_two_dimensions_only():
    """80 × 80 points at the end, and 32 × 32 at the start and after each of four epochs."""
    [unit, *_] = units_of(network={"hidden": [256, 256, 256]})
    without = replace(unit, data=replace(unit.data, classes=None))
    forward = 2 * 256 * 257 * 2.6e-11 + 3 * 256 * 1.3e-9 / 2
    more = cost_of(unit).run_seconds - cost_of(without).run_seconds
    assert more == pytest.approx((80 * 80 + 5 * 32 * 32) * forward, rel=0.02)


def test_probing_wide_layers_takes_the_time_of_their_singular_values():
    """Which grows with the cube of the width; what grows with its square is small beside it."""
    narrow, wide = (
        probe_cost_of(
            Architecture((2, width, width, 1), bind_activation("relu")), 1, 0, curvature=False
        )[0]
        for width in (2**14, 2**15)
    )
    assert 7.5 < wide / narrow < 8.0


def test_units_are_sent_the_longest_first():
    """None is lost; what begins last is short, so that no process has long to wait for another."""
    plan = plan_of(sweep={"network.depth": [1, 8, 3]}, network={"depth": 1, "width": 20}, seeds=4)
    units = remaining_units(plan.groups, ())
    sent = longest_first(units)
    assert sorted(map(repr, sent)) == sorted(map(repr, units))
    seconds = [seconds_of([unit]) for unit in sent]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[0] > seconds[-1]


def test_little_is_trained_to_measure(monkeypatch):
    """About a second by the model, however many shapes there are and however long they train."""
    trained = []

    def take_note(_split, unit):
        trained.append(cost_of(unit).seconds_of(unit))

    monkeypatch.setattr(estimate, "train_on", take_note)
    shapes = {"network.hidden": [[width] for width in range(4, 44)]}
    plan = plan_of(sweep=shapes, training={"epochs": 1000}, seeds=50)
    make_estimate(remaining_units(plan.groups, ()), [], plan.outline, jobs=1, measure=True)
    assert len(trained) > 1
    assert sum(trained) < 2


def test_long_experiments_are_cut_by_time():
    """Of runs of twice the length, at most half as many go to a unit; none is lost or doubled."""
    runs = {}
    for epochs in (2000, 4000, 10**7):
        plan = plan_of(training={"epochs": epochs}, seeds=1000 if epochs < 10**7 else 2)
        units = remaining_units(plan.groups, ())
        keys = [key for unit in units for key in unit.keys]
        assert sorted(keys) == sorted(plan.outline.keys)
        runs[epochs] = max(unit.runs for unit in units)
    assert runs[2000] >= 2 * runs[4000] > runs[10**7] == 1


def test_units_of_one_shape_have_the_same_cost():
    """Seeds, schemes and rates do not matter; a width does."""
    shapes = {kind_of(unit) for unit in units_of(dataset={"name": "moons", "resample": True})}
    assert len(shapes) == 1
    assert len({kind_of(unit) for unit in units_of(sweep={"network.hidden": [[4], [5]]})}) == 2


def test_experiments_beyond_memory_are_refused_before_allocation():
    """A network of a hundred billion weights: in words, at once, and in a few megabytes."""
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match=r"about \S+ TB of memory, and there are .*--force"):
            api.run({**SETTINGS, "network": {"hidden": [300_000, 300_000]}})
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()


def test_samples_that_no_memory_holds_are_refused():
    """Features of noise count as well."""
    data = {"name": "moons", "samples": 10_000_000, "extra_features": 10_000_000}
    with pytest.raises(UsageError, match=r"the samples take about .* of memory, and there are"):
        api.run({**SETTINGS, "dataset": data})


def test_experiments_that_take_too_long_are_refused_with_the_estimate(tmp_path, monkeypatch):
    """Nothing is written; who forces it gets it."""
    monkeypatch.setattr(estimate, "MOST_SECONDS", 1e-6)
    with pytest.raises(UsageError, match=r"tiny is too large .* it takes about \S+ s\. .*--force"):
        api.run(SETTINGS, plots=False)
    assert list(tmp_path.iterdir()) == []
    assert len(api.run(SETTINGS, plots=False, force=True).runs) == 30


def test_more_than_a_million_runs_are_refused_before_they_are_planned(monkeypatch):
    """Their number is known at once."""
    monkeypatch.setattr("initbench.experiment.session.make_plan", None)
    many = {"inits.random.std": {"linear": [1, 2, 3000]}, "network.width": list(range(1, 36))}
    settings = {**SETTINGS, "inits": ["random"], "seeds": 10, "sweep": many}
    with pytest.raises(UsageError, match=r"1,050,000 runs, more than 1,000,000"):
        api.estimate(settings)


def test_little_is_trained_in_this_process_and_much_in_several(monkeypatch):
    """Without --jobs, the model decides; with it, the user does."""
    from initbench.experiment import session

    monkeypatch.setattr(session, "available_cores", lambda: 7)
    assert api.estimate(SETTINGS).jobs == 1
    much = {**SETTINGS, "training": {"epochs": 5000}, "seeds": 50}
    for asked, jobs in ((None, 7), (3, 3), (1, 1)):
        found = api.estimate(much, jobs=asked)
        assert found.jobs == jobs
        assert found.units > 7
        assert found.seconds == pytest.approx(found.core_seconds / jobs)


@pytest.mark.parametrize("jobs", [0, -1, 1.5, True, "2"])
def test_an_invalid_number_of_jobs_is_refused(jobs):
    """It is an integer of at least one."""
    with pytest.raises(UsageError, match="jobs must be an integer of at least 1"):
        api.run(SETTINGS, jobs=jobs)
