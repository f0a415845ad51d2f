"""The race: grids of learning rates, trials, and schemes that leave."""

import pytest

from initbench.experiment.cells import FIRST_SEED
from initbench.recommending.race import (
    KEY,
    MARGIN,
    Trials,
    clearly_behind,
    first_plan,
    next_rates,
    rate_grid,
)
from initbench.results import RunStore


def trials(**scores):
    """Return trials with these scores by rate, as ``r1=[0.5]`` at rate 1."""
    by_rate = {float(name[1:].replace("_", ".")): values for name, values in scores.items()}
    losses = {rate: [1.0 - value for value in values] for rate, values in by_rate.items()}
    return Trials(by_rate, losses)


def test_the_grid_surrounds_the_rate_of_the_config():
    """In half decades: three rates below it and one above."""
    assert rate_grid(0.1) == [0.0032, 0.01, 0.032, 0.1, 0.32]
    assert rate_grid(0.001)[3] == 0.001


def test_the_best_rates_have_the_highest_means_and_then_the_lowest_losses():
    """Only rates with all seeds are compared."""
    own = trials(r1=[0.5], r2=[0.9], r3=[0.9])
    own.losses[3.0] = [0.01]
    assert own.best(2) == [3.0, 2.0]
    own.scores[2.0] += [0.8, 0.9]
    assert own.best() == [2.0]


@pytest.mark.parametrize(
    ("scores", "side"),
    [
        ({"r1": [0.9], "r2": [0.8], "r3": [0.7]}, -1),
        ({"r1": [0.7], "r2": [0.8], "r3": [0.9]}, 1),
        ({"r1": [0.7], "r2": [0.9], "r3": [0.8]}, 0),
        ({"r1": [0.9], "r2": [0.9 - MARGIN / 2], "r3": [0.8]}, 0),
        ({"r1": [0.9]}, 0),
    ],
)
def test_a_best_rate_at_an_endpoint_of_the_grid_extends_it(scores, side):
    """Not if its neighbour is as good within the margin."""
    own = trials(**scores)
    assert own.edge_of(own.best()[0]) == side


def test_the_grid_is_extended_at_the_end_that_more_schemes_need():
    """And not extended if no scheme needs it."""
    lower = trials(r1=[0.9], r10=[0.5])
    higher = trials(r1=[0.5], r10=[0.9])
    level = trials(r1=[0.5], r10=[0.5])
    assert next_rates({"a": lower, "b": level}) == {"a": 0.32, "b": 0.32}
    assert next_rates({"a": higher, "b": level}) == {"a": 32.0, "b": 32.0}
    assert set(next_rates({"a": higher, "b": higher, "c": lower}).values()) == {32.0}
    assert next_rates({"a": level, "b": level}) == {}


def test_schemes_leave_only_if_all_their_runs_are_far_below_the_leaders_worst_run():
    """One good run of three keeps a scheme in the race."""
    found = clearly_behind(
        {
            "leader": trials(r1=[0.95, 0.9, 0.92]),
            "near": trials(r1=[0.86, 0.86, 0.86]),
            "uneven": trials(r1=[0.1, 0.1, 0.9]),
            "far": trials(r1=[0.5, 0.4, 0.6]),
        }
    )
    assert found == {"far": pytest.approx(0.5)}


def test_all_schemes_have_the_same_number_of_trials(quick):
    """And the seeds of the last round are not those of the trials."""
    found = quick(inits=["he", "random", "lecun_normal", "torch:linear"], budget="9000 steps")
    assert len(found.ranking) == 4
    store = RunStore(found.folder)
    outline = store.read_outline()
    [cell] = outline.cells
    used = {run.seed for runs in cell.runs.values() for run in runs}
    assert used == set(range(found.seeds))
    assert max(used) < FIRST_SEED
    trained = len(store.keys())
    in_last = len(outline.keys)
    assert (trained - in_last) % 4 == 0
    assert found.run_steps <= found.budget


def test_grids_lie_around_the_predicted_limits(make_question):
    """Each scheme has its own, the config's rate where none is predicted, and no centre above 1."""
    experiment = make_question(inits=["he", "zeros", "random"]).experiment
    plan = first_plan(experiment, {"he": 0.02, "random": 40.0})
    tried = {label: [] for label in ("he", "zeros", "random")}
    for cell in plan.outline.cells:
        for label in cell.runs:
            tried[label].append(cell.settings[KEY])
    assert tried["he"] == rate_grid(0.02)
    assert tried["random"] == rate_grid(1.0)
    assert tried["zeros"] == rate_grid(
        float(experiment.training.optimizer.options["learning_rate"])
    )
