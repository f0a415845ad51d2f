"""Execution: whatever becomes of a unit or its worker, the others finish and none is blamed."""

import logging
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest

from initbench.config.loading import make_experiment
from initbench.errors import ClusterError, StorageError, UsageError
from initbench.experiment import dispatch, workers
from initbench.experiment.dispatch import RETRIES, execute
from initbench.experiment.plan import make_plan
from initbench.experiment.workers import FailedUnit, InProcess, TrainedUnit, attempt
from initbench.results import RunStore

SETTINGS = {
    "dataset": {"name": "moons", "samples": 40},
    "network": {"hidden": [3]},
    "training": {"epochs": 2},
    "inits": ["zeros", "he", "lecun", "orthogonal"],
    "seeds": 2,
}


@pytest.fixture
def plan():
    """Return the plan of four schemes with two seeds."""
    return make_plan(make_experiment(SETTINGS, "the test"))


@pytest.fixture
def units(plan):
    """Return four units, one a scheme."""
    [group] = plan.groups
    return [replace(group, variants=(variant,)) for variant in group.variants]


@pytest.fixture
def store(tmp_path, plan):
    """Return a store that is ready to be written to."""
    store = RunStore(tmp_path)
    store.write_outline(plan.outline)
    return store


class Scripted:
    """Workers of which some die: as real ones, they know a unit's fate when it is asked for.

    Parameters
    ----------
    fate : callable (unit, tries) -> Exception or Outcome or None
        What becomes of a unit at its n-th try, from 1; None for what should.
    company : bool
        Whether a death takes all with it that is in flight, as in a pool.
    """

    capacity = 3

    def __init__(self, fate, *, company=False):
        self._fate, self._company = fate, company
        self._flying = []
        self.tries = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def submit(self, unit, _on_epoch):
        """Take a unit; what becomes of it is decided when all are polled."""
        future = Future()
        self._flying.append((future, unit))
        self.tries.append((schemes(unit), len(self._flying)))
        return future

    def poll(self):
        """Decide on all that is in flight."""
        fates = [self._fate_of(unit) for _, unit in self._flying]
        deaths = [fate for fate in fates if isinstance(fate, Exception)]
        for (future, unit), fate in zip(self._flying, fates, strict=True):
            if self._company and deaths:
                future.set_exception(deaths[0])
            elif isinstance(fate, Exception):
                future.set_exception(fate)
            else:
                future.set_result(fate or attempt(unit, lambda _: None))
        self._flying.clear()

    def _fate_of(self, unit):
        return self._fate(unit, sum(each == schemes(unit) for each, _ in self.tries))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """Poll at once."""
    monkeypatch.setattr(dispatch, "POLL_SECONDS", 0.001)


def schemes(unit):
    """Return the names of a unit's schemes."""
    return tuple(variant.scheme.name for variant in unit.variants)


def keys_of(*units):
    """Return all keys of units."""
    return {key for unit in units for key in unit.keys}


@pytest.mark.parametrize("company", [False, True])
def test_a_unit_that_keeps_killing_its_worker_is_retried_alone_and_noted(units, store, company):
    """It has its retries with nobody beside it; all others finish, whoever was reported dead."""
    deadly = schemes(units[1])

    def fate(unit, _tries):
        return RuntimeError("killed") if schemes(unit) == deadly else None

    scripted = Scripted(fate, company=company)
    assert execute(units, store, scripted) == 2
    assert store.keys() == keys_of(units[0], *units[2:])
    assert store.crashes().keys() == keys_of(units[1])
    assert all("killed" in reason for reason in store.crashes().values())
    tries = [in_flight for names, in_flight in scripted.tries if names == deadly]
    assert len(tries) == 1 + RETRIES
    assert set(tries[1:]) == {1}


def test_a_worker_that_dies_once_costs_nothing(units, store):
    """A unit whose first worker was killed is trained by the next."""
    scripted = Scripted(lambda _unit, tries: RuntimeError("killed") if tries == 1 else None)
    assert execute(units, store, scripted) == 0
    assert store.keys() == keys_of(*units)
    assert store.crashes() == {}


@pytest.mark.parametrize("kind", ["raises", "kills"])
def test_of_a_stack_only_the_scheme_that_fails_is_lost(plan, store, kind):
    """A unit of four schemes is cut until the one is alone."""
    [unit] = plan.groups

    def fate(part, _tries):
        if "lecun_normal" not in schemes(part):
            return None
        return RuntimeError("killed") if kind == "kills" else FailedUnit("ValueError: a mistake")

    [bad] = [variant for variant in unit.variants if variant.scheme.name == "lecun_normal"]
    assert execute([unit], store, Scripted(fate)) == 2
    assert store.crashes().keys() == keys_of(replace(unit, variants=(bad,)))
    assert store.keys() | store.crashes().keys() == keys_of(unit)


def test_exceptions_of_schemes_are_logged_and_stored_with_traceback(
    units, store, monkeypatch, caplog
):
    """Type, words and place are there."""

    def crash(*_arguments):
        raise ZeroDivisionError("a scheme's own mistake")

    monkeypatch.setattr(workers, "train_unit", crash)
    with caplog.at_level(logging.ERROR):
        assert execute(units[:1], store, InProcess()) == 2
    [reason] = set(store.crashes().values())
    assert reason in caplog.text
    assert reason.startswith("Traceback")
    assert "in crash" in reason
    assert reason.endswith("ZeroDivisionError: a scheme's own mistake\n")


def test_who_wants_to_fail_fast_sees_one_crash(units, store):
    """Nothing more is asked for when the first has crashed; what has finished is kept."""
    scripted = Scripted(lambda unit, _: FailedUnit("bad") if unit == units[0] else None)
    scripted.capacity = 2
    assert execute(units, store, scripted, fail_fast=True) == 2
    assert store.keys() <= keys_of(units[1])
    assert len(scripted.tries) == 2


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UsageError("this scheme is not for that"), "not for that"),
        (StorageError("disk full"), "disk full"),
    ],
)
def test_an_error_of_our_own_ends_it_all(units, store, error, words):
    """What a user can mend is said at once, and is no crash."""
    scripted = Scripted(lambda *_: FailedUnit(str(error), error))
    with pytest.raises(type(error), match=words):
        execute(units, store, scripted)
    assert store.crashes() == {}


def test_a_node_with_other_run_keys_is_refused(units, store):
    """Another version of initbench would file its numbers under the wrong runs."""
    with pytest.raises(ClusterError, match="install the same initbench"):
        execute(units, store, Scripted(lambda *_: TrainedUnit(("x",), b"", np.zeros(1))))
    assert store.keys() == frozenset()


def test_a_unit_that_fails_with_a_cluster_error_ends_the_run_and_is_not_blamed(units, store):
    """The error is passed on as it is; no unit is tried again or noted as crashed."""
    scripted = Scripted(lambda *_: ClusterError("dropped: run it again to go on"))
    with pytest.raises(ClusterError, match="run it again to go on"):
        execute(units, store, scripted)
    assert len(scripted.tries) == Scripted.capacity
    assert store.crashes() == {}


def test_progress_never_goes_back_and_ends_at_everything(units, store):
    """A death or a crash does not move it back, and it ends at the total."""
    told = []
    scripted = Scripted(lambda _unit, tries: RuntimeError() if tries < 2 else None)
    execute(units, store, scripted, told.append)
    done = [each.done for each in told]
    assert done == sorted(set(done))
    assert (done[0], done[-1]) == (0, told[-1].total) == (0, 16)


def test_a_second_attempt_replaces_the_record_of_the_first(units, store):
    """Runs that have crashed are tried again, and then are runs as all others."""
    execute(units, store, Scripted(lambda *_: FailedUnit("bad")))
    assert store.crashes().keys() == keys_of(*units)
    store.forget_crashes()
    execute(units, store, InProcess())
    assert (store.keys(), store.crashes()) == (keys_of(*units), {})


def test_a_note_that_cannot_be_understood_is_passed_over(store, tmp_path):
    """It blames nobody, and is gone with the next attempt."""
    (tmp_path / "runs" / "0.crashed.json").write_bytes(b"{")
    assert store.crashes() == {}
    store.forget_crashes()
    assert not list(tmp_path.glob("runs/*.crashed.json"))
