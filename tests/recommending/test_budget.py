"""Budgets: what may be written, and what a number of run-steps comes to."""

import pytest

from initbench.errors import UsageError
from initbench.recommending.budget import Budget, parse_budget, steps_in
from initbench.recommending.race import first_plan
from initbench.recommending.sizes import FEWEST_SEEDS, MOST_SEEDS, TRIALS, sizes_of


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("60s", Budget(seconds=60.0)),
        ("1.5 m", Budget(seconds=90.0)),
        ("2h", Budget(seconds=7200.0)),
        ("200000 steps", Budget(steps=200_000)),
        ("200,000 steps", Budget(steps=200_000)),
        ("2e5steps", Budget(steps=200_000)),
        ("1 step", Budget(steps=1)),
    ],
)
def test_a_budget_is_a_time_or_run_steps(text, budget):
    """Both are read as one writes them."""
    assert parse_budget(text) == budget


@pytest.mark.parametrize(
    "text",
    ["", "60", "s", "0s", "-5s", "1e9h", "nan s", "steps", "0 steps", "1e99 steps", "1..2s", 60],
)
def test_anything_else_is_refused_with_examples(text):
    """The message says what would be right."""
    with pytest.raises(UsageError, match=r"as 60s or 5m, or run-steps, as '200000 steps', not "):
        parse_budget(text)


def test_a_larger_budget_trains_longer_and_no_longer_than_asked():
    """What is left over goes to more seeds in the last round, up to a number."""
    least = 4 * (TRIALS + FEWEST_SEEDS) * 10
    epochs = [
        sizes_of(factor * least, 4, steps_per_epoch=10, epochs=30).epochs
        for factor in (10, 20, 30, 1000)
    ]
    assert epochs == [10, 20, 30, 30]
    large = sizes_of(1000 * least, 4, steps_per_epoch=10, epochs=30)
    assert large.seeds_left(4 * TRIALS, 4) == MOST_SEEDS
    assert large.most_runs == 4 * (TRIALS + MOST_SEEDS)


def test_the_last_round_always_has_its_fewest_seeds():
    """Even where all schemes try all rates, and nobody leaves."""
    least = 3 * (TRIALS + FEWEST_SEEDS) * 100
    sizes = sizes_of(least, 3, steps_per_epoch=20, epochs=30)
    assert sizes.seeds_left(3 * TRIALS, 3) == FEWEST_SEEDS


def test_too_small_a_budget_is_refused_with_what_it_takes():
    """With as many run-steps as the message names it is enough."""
    with pytest.raises(UsageError, match=r"give '(\d+) steps'") as caught:
        sizes_of(1000, 4, steps_per_epoch=20, epochs=30)
    needed = int(str(caught.value).partition("give '")[2].partition(" ")[0])
    assert sizes_of(needed, 4, steps_per_epoch=20, epochs=30).epochs == 5
    with pytest.raises(UsageError, match="at least"):
        sizes_of(needed - 1, 4, steps_per_epoch=20, epochs=30)


def test_a_race_without_training_is_refused():
    """There would be nothing to tell schemes apart by."""
    with pytest.raises(UsageError, match="epochs must be at least 1"):
        sizes_of(10**6, 4, steps_per_epoch=20, epochs=0)


def test_a_time_becomes_run_steps(make_question, monkeypatch):
    """Twice the time is twice the steps, and half the speed half of them, to two digits.

    A time that is over is one step, which is too few for anything.
    """
    units = list(first_plan(make_question(inits=["he"]).experiment).groups)
    monkeypatch.setattr("initbench.recommending.budget.calibrate", lambda _: [1.0])
    steps = steps_in(2.0, units)
    assert steps_in(4.0, units) == pytest.approx(2 * steps, rel=0.1)
    assert steps_in(-1.0, units) == 1
    monkeypatch.setattr("initbench.recommending.budget.calibrate", lambda _: [2.0])
    assert steps_in(2.0, units) == pytest.approx(steps / 2, rel=0.1)
