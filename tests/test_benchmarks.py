"""The benchmarks' bookkeeping: same work, steps counted, ratios the right way round."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.agreement import agreement, relative_distances
from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.contenders.stacked import first_stack, stacks_of, trained
from benchmarks.matches import MATCHES, Match, Outcome, play
from benchmarks.own import multiplications
from benchmarks.pairing import Cost, Pair, Timed, take_turns
from benchmarks.process import main
from benchmarks.profile import profile
from benchmarks.report import write
from benchmarks.whole import EPOCHS, PEERS, experiment_of, figure_of
from benchmarks.workloads import WORKLOADS, make_job
from initbench.config.loading import make_experiment
from initbench.experiment.plan import make_plan, remaining_units

SMALL = replace(WORKLOADS["small"], seeds=2, variants=3, samples=64)


def test_every_match_names_a_workload_and_a_contender():
    """No match refers to what is not there."""
    assert all(match.workload in WORKLOADS and match.peer in CONTENDERS for match in MATCHES)


@pytest.mark.parametrize("name", WORKLOADS)
def test_workloads_have_whole_batches(name):
    """All steps of a workload are of one size, so that a run-step is one amount of work."""
    assert WORKLOADS[name].samples % WORKLOADS[name].batch == 0


def test_a_textbook_loop_does_the_same_work():
    """Plain NumPy, told the order of samples, ends where initbench's own batches lead it."""
    found = agreement(CONTENDERS["stacked"], CONTENDERS["numpy_loop"], SMALL)
    assert found.holds
    assert found.worst > 0.0


def test_other_batches_are_noticed():
    """A contender that reads the samples of another seed does not pass for the same work."""
    job = make_job(SMALL, 10)
    turned = replace(job)
    turned.__dict__["order"] = job.order[:, ::-1]
    loop = CONTENDERS["numpy_loop"]
    ours, theirs = loop.get_ready(job)(), loop.get_ready(turned)()
    assert relative_distances(ours, theirs, job.weights).min() > 0.01


def test_the_order_visits_every_sample_once_an_epoch():
    """The batches that peers are given are an epoch's permutation, one a seed."""
    order = make_job(SMALL, 3).order
    assert order.shape == (6, 2, 32)
    epochs = np.sort(order.reshape(3, 2, 2, 32).swapaxes(1, 2).reshape(3, 2, 64), axis=-1)
    assert (epochs == np.arange(64)).all()


@pytest.mark.parametrize("most", [1, 2, 3, 4, 6])
def test_every_run_is_trained_once_and_in_order(most):
    """However stacks are cut, their runs are all runs, and each reads its own seed."""
    pieces = list(stacks_of(SMALL, most))
    assert np.concatenate([runs for runs, _ in pieces]).tolist() == list(range(6))
    for runs, seeds in pieces:
        assert (runs // 3).tolist() == np.repeat(seeds, len(runs) // len(seeds)).tolist()


def test_cuts_move_no_weights():
    """A job's final weights are the same in stacks of any size."""
    job = make_job(SMALL, 1)
    whole, cut, alone = (
        np.concatenate([network.parameters for network in trained(job, most)]) for most in (6, 2, 1)
    )
    np.testing.assert_array_equal(whole, cut)
    np.testing.assert_array_equal(whole, alone)


def test_a_ratio_above_one_means_that_the_peer_costs_more():
    """Ratios are theirs over ours, turn by turn, whichever clock is asked for."""
    ours, theirs = [Cost(1.0, 2.0), Cost(2.0, 2.0)], [Cost(3.0, 2.0), Cost(4.0, 2.0)]
    pair = Pair(ours, theirs)
    assert (pair.ratio().median, pair.ratio().low, pair.ratio().high) == (2.5, 2.0, 3.0)
    assert pair.ratio("wall").median == 1.0


def test_contenders_alternate_and_the_first_turns_do_not_count():
    """Turns go A B A B, with one pair more than is kept."""
    turns = []
    a, b = (Timed(lambda name=name: turns.append(name), 10) for name in "AB")
    pair = take_turns(a, b, 2)
    assert "".join(turns) == "ABABAB"
    assert len(pair.ours) == len(pair.theirs) == 2


def test_a_missing_peer_is_said_to_be_missing(monkeypatch):
    """Without a peer's package there is a row that says so, and no number."""
    missing = Contender("Nobody", "nobody", "nothing", needs="a_package_that_nobody_has")
    monkeypatch.setitem(CONTENDERS, "nobody", missing)
    outcome = play(Match("small", "nobody", 2.0), turns=1)
    assert outcome == Outcome(outcome.match)
    assert "a_package_that_nobody_has is not installed" in write([], [outcome], [], 1)


def test_a_disagreement_voids_the_comparison(monkeypatch):
    """Where a contender does other work, nothing is timed and the report says why."""
    monkeypatch.setattr("benchmarks.matches.agreement", lambda *_: replace(found, worst=0.5))
    found = agreement(CONTENDERS["stacked"], CONTENDERS["alone"], SMALL)
    outcome = play(Match("full", "numpy_loop", 5.0), turns=1)
    assert outcome.pair is None
    assert "DISAGREES" in write([], [outcome], [], 1)


def test_multiplications_are_those_of_the_products():
    """A layer is multiplied with forward, for its gradient and, but for the first, backward."""
    by_hand = 32 * (2 * 3 * 32 + 3 * 33 * 32 + 3 * 33 * 1)
    assert multiplications(SMALL) == by_hand


def test_a_profile_is_of_the_steps_that_train():
    """Taken call by call, steps lead where they lead by themselves, and every kind takes time."""
    job = make_job(SMALL, 2)
    profiled, trained_alone = first_stack(job), first_stack(job)
    spent, calls = profile(profiled)
    trained_alone.train()
    np.testing.assert_array_equal(profiled.network.parameters, trained_alone.network.parameters)
    kinds = {"products", "activations", "copies", "loss", "optimizer", "batches"}
    assert set(spent) == kinds
    assert min(spent.values()) > 0.0
    assert calls > len(kinds)


@pytest.mark.parametrize("name", PEERS)
def test_whole_processes_do_the_same_work(name):
    """What initbench is asked for has the peers' networks, batches, runs and steps."""
    workload = WORKLOADS[name]
    units = remaining_units(make_plan(make_experiment(experiment_of(name), "it")).groups, ())
    recipe = units[0].recipe
    assert sum(unit.runs for unit in units) == workload.runs
    assert (units[0].data.train, units[0].data.features) == (workload.samples, workload.sizes[0])
    assert units[0].architecture.sizes == workload.sizes
    assert (recipe.epochs, recipe.batch_size) == (EPOCHS, workload.batch)
    assert recipe.optimizer == workload.optimizer
    rates = {
        dict(each.hyperparameters)["learning_rate"] for unit in units for each in unit.variants
    }
    assert rates == {workload.learning_rate}
    assert units[0].network.dtype == workload.dtype


def test_a_process_stores_its_trained_runs(tmp_path, monkeypatch):
    """The weights and biases of all runs are on disk when a peer's process ends."""
    monkeypatch.setitem(WORKLOADS, "small", SMALL)
    main("numpy_loop", "small", tmp_path / "weights.npz", epochs=1)
    with np.load(tmp_path / "weights.npz") as stored:
        shapes = [stored[name].shape for name in stored]
    assert shapes == [array.shape for layer in make_job(SMALL, 1).weights for array in layer]


def test_a_whole_process_is_compared_turn_by_turn():
    """A figure says how many times as long the other takes, and whether that is enough."""
    figure = figure_of("initbench", [4.0, 6.0, 9.0], [2.0, 2.0, 3.0], "deep")
    assert figure.value == "3.00 (2.00–3.00), of 6.0 and 2.0 s"
    assert figure.reached
    assert not figure_of("initbench", [3.4], [2.0], "deep").reached
    assert figure_of("torch", [2.6], [2.0], "deep").reached
    assert not figure_of("torch", [2.5], [2.0], "deep", cores=1).reached
