"""Schedules: PyTorch's factors, in epochs, with a warm-up before them."""

import json
from pathlib import Path

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.nn.schedules import SCHEDULES

REFERENCE = json.loads((Path(__file__).parent / "fixtures" / "torch_reference.json").read_text())
WARMABLE = [name for name in SCHEDULES if "warmup" in SCHEDULES[name].options]


@pytest.mark.parametrize(
    "case", REFERENCE["schedules"], ids=lambda case: f"{case['name']} {case['options']}"
)
def test_every_factor_is_that_of_pytorch(case):
    """With one step an epoch, the factors are the rates of PyTorch's scheduler from a rate of 1."""
    expected = case["factors"]
    factors = SCHEDULES[case["name"]].factors(len(expected), 1, **case["options"])
    np.testing.assert_allclose(factors, expected, rtol=1e-12)


@pytest.mark.parametrize("total", [0, 1, 2, 3, 4, 10, 997])
@pytest.mark.parametrize("name", SCHEDULES)
def test_there_is_a_positive_factor_for_every_step(name, total):
    """A training of any length, none included, has one factor a step, from above 0 to 1."""
    factors = SCHEDULES[name].factors(total, 3)
    assert factors.shape == (total,)
    assert (factors > 0).all()
    assert (factors <= 1).all()


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_training_of_more_steps_an_epoch_follows_the_same_curve(name):
    """Where an epoch begins, the factor is that of a training with one step an epoch.

    The cycle is told in steps, so its peak moves by less than an epoch.
    """
    coarse = SCHEDULES[name].factors(40, 1)
    fine = SCHEDULES[name].factors(40 * 25, 25)[::25]
    tolerance = {"atol": np.abs(np.diff(coarse)).max()} if name == "one_cycle" else {"rtol": 1e-12}
    np.testing.assert_allclose(fine, coarse, **tolerance)


def test_a_step_keeps_the_rate_within_its_epochs():
    """The rate drops with the first step of an epoch and not within one."""
    factors = SCHEDULES["step"].factors(15, 3, every=2, factor=0.5)
    assert factors.tolist() == [1.0] * 6 + [0.5] * 6 + [0.25] * 3


@pytest.mark.parametrize("name", WARMABLE)
def test_a_warm_up_comes_before_the_whole_schedule(name):
    """After two epochs of a line, the factors are those of a training two epochs shorter."""
    warmed = SCHEDULES[name].factors(30, 5, warmup=2)
    np.testing.assert_allclose(warmed[:10], np.arange(1, 11) / 11)
    np.testing.assert_array_equal(warmed[10:], SCHEDULES[name].factors(20, 5))


@pytest.mark.parametrize("name", WARMABLE)
def test_a_warm_up_may_take_longer_than_the_training(name):
    """A short look at a long recipe is on the line throughout."""
    np.testing.assert_allclose(SCHEDULES[name].factors(4, 2, warmup=5), np.array([1, 2, 3, 4]) / 11)


def test_a_warm_up_may_be_a_part_of_an_epoch():
    """Half an epoch of ten steps is five steps."""
    factors = SCHEDULES["constant"].factors(20, 10, warmup=0.5)
    assert (factors < 1).sum() == 5


def test_a_cycle_peaks_once():
    """The rate rises from start to one at the share that is said, and falls to the end."""
    factors = SCHEDULES["one_cycle"].factors(200, 7, rise=0.25, start=0.1, end=0.01)
    assert factors[0] == pytest.approx(0.1)
    assert factors.argmax() == 49
    assert factors.max() == 1.0
    assert factors[-1] == pytest.approx(0.01)
    assert (np.diff(np.sign(np.diff(factors))) != 0).sum() == 1


def test_invalid_options_raise_with_a_message():
    """A growing step, and a warm-up of a schedule that has its own, name the schedule."""
    with pytest.raises(UsageError, match=r"'step': factor: must be greater than 0 and at most 1"):
        SCHEDULES["step"].factors(1, 1, factor=2)
    with pytest.raises(UsageError, match=r"'one_cycle': warmup: unknown option"):
        SCHEDULES["one_cycle"].factors(1, 1, warmup=1)
