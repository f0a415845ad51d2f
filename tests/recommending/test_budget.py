"""Budgets: their notation, and the size of a race that fits them."""

import pytest

from initbench.errors import UsageError
from initbench.recommending.budget import (
    FEWEST_SEEDS,
    MOST_SEEDS,
    TRIALS,
    Budget,
    parse_budget,
    race_size,
    run_steps_in,
    seconds_for,
    speed_of,
)
from initbench.recommending.race import first_plan


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
    """Both are read with or without spaces and separators."""
    assert parse_budget(text) == budget


@pytest.mark.parametrize(
    "text",
    ["", "60", "s", "0s", "-5s", "1e9h", "nan s", "steps", "0 steps", "1e99 steps", "1..2s", 60],
)
def test_other_texts_are_refused_with_examples(text):
    """The message shows a valid time and valid run-steps."""
    with pytest.raises(UsageError, match=r"as 60s or 5m, or run-steps, as '200000 steps', not "):
        parse_budget(text)


def test_a_larger_budget_gives_longer_runs_up_to_the_epochs_of_the_config():
    """The rest of the budget gives more seeds in the last round, at most `MOST_SEEDS`."""
    least = 4 * (TRIALS + FEWEST_SEEDS) * 10
    epochs = [
        race_size(factor * least, 4, steps_per_epoch=10, epochs=30).epochs
        for factor in (10, 20, 30, 1000)
    ]
    assert epochs == [10, 20, 30, 30]
    large = race_size(1000 * least, 4, steps_per_epoch=10, epochs=30)
    assert large.seeds_left(4 * TRIALS, 4) == MOST_SEEDS
    assert large.most_runs == 4 * (TRIALS + MOST_SEEDS)


def test_the_last_round_has_at_least_the_fewest_seeds():
    """Even if all schemes try all rates and none leaves the race."""
    least = 3 * (TRIALS + FEWEST_SEEDS) * 100
    sizes = race_size(least, 3, steps_per_epoch=20, epochs=30)
    assert sizes.seeds_left(3 * TRIALS, 3) == FEWEST_SEEDS


def test_a_budget_that_is_too_small_is_refused_with_the_smallest_that_suffices():
    """The number of run-steps in the message is enough, and one less is not."""
    with pytest.raises(UsageError, match=r"give '(\d+) steps'") as caught:
        race_size(1000, 4, steps_per_epoch=20, epochs=30)
    needed = int(str(caught.value).partition("give '")[2].partition(" ")[0])
    assert race_size(needed, 4, steps_per_epoch=20, epochs=30).epochs == 5
    with pytest.raises(UsageError, match="at least"):
        race_size(needed - 1, 4, steps_per_epoch=20, epochs=30)


def test_a_race_without_training_is_refused():
    """Without training there are no scores to compare."""
    with pytest.raises(UsageError, match="epochs must be at least 1"):
        race_size(10**6, 4, steps_per_epoch=20, epochs=0)


def test_a_time_is_converted_to_run_steps(make_question, monkeypatch):
    """Twice the time gives twice the steps, and half the speed half the steps, to two digits.

    A time that has already passed gives one step, which is refused later.
    """
    units = list(first_plan(make_question(inits=["he"]).experiment).groups)
    monkeypatch.setattr("initbench.recommending.budget.calibrate", lambda _: [1.0])
    speed = speed_of(units)
    steps = run_steps_in(2.0, speed)
    assert run_steps_in(4.0, speed) == pytest.approx(2 * steps, rel=0.1)
    assert run_steps_in(-1.0, speed) == 1
    monkeypatch.setattr("initbench.recommending.budget.calibrate", lambda _: [2.0])
    assert run_steps_in(2.0, speed_of(units)) == pytest.approx(steps / 2, rel=0.1)


@pytest.mark.parametrize("cores", [1, 2, 16])
@pytest.mark.parametrize("steps", [3, 1049, 9_999, 10_501, 10**6])
def test_the_time_for_run_steps_suffices_and_is_not_twice_as_long_as_needed(
    steps, cores, monkeypatch
):
    """Whether one process trains or all cores do, and whatever is rounded."""
    monkeypatch.setattr("initbench.recommending.budget.available_cores", lambda: cores)
    seconds = seconds_for(steps, 1000.0)
    assert run_steps_in(seconds, 1000.0) >= steps
    assert run_steps_in(seconds / 2, 1000.0) < steps
