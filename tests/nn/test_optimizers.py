"""Optimizers: PyTorch's numbers, one run's bits whatever stands beside it, and downhill."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from initbench.nn.optimizers import OPTIMIZERS, Block, clip_by_norm, power
from initbench.options import OptionError, bind_options

REFERENCE = json.loads((Path(__file__).parent / "fixtures" / "torch_reference.json").read_text())

MIXED = {
    "learning_rate": [0.1, 0.003, 0.0457],
    "momentum": [0.9, 0.0, 0.33],
    "weight_decay": [0.0, 0.1, 0.017],
    "alpha": [0.99, 0.5, 0.73],
    "beta1": [0.9, 0.81, 0.0],
    "beta2": [0.999, 0.97, 0.61],
    "epsilon": [1e-8, 1e-3, 0.1],
}
"""What three runs of a stack disagree about."""


def options_of(name, **given):
    """Return all options of a rule."""
    return bind_options(OPTIMIZERS[name].options, given)


def columns(options):
    """Return the options of several runs as columns (R, 1)."""
    return {name: np.array([[run[name]] for run in options]) for name in options[0]}


def mixed_options(name):
    """Return the options of three runs that agree on nothing."""
    return [{option: MIXED[option][run] for option in OPTIMIZERS[name].options} for run in range(3)]


def gradients_of(runs, size, dtype, steps=5):
    """Return random gradients (steps, R, P) of many magnitudes, zeros among them."""
    rng = np.random.default_rng(3)
    gradients = rng.standard_normal((steps, runs, size)) * 10.0 ** rng.integers(-6, 3, size)
    gradients[..., ::7] = 0.0
    return gradients.astype(dtype)


def train(name, start, gradients, hyperparameters, *, blocks=1):
    """Return the parameters after one step for each of the gradients (steps, R, P)."""
    entry, parameters = OPTIMIZERS[name], start.copy()
    state = np.zeros((entry.buffers(**hyperparameters), *start.shape), start.dtype)
    edges = np.linspace(0, start.shape[1], blocks + 1).astype(int)
    for step, given in enumerate(gradients, start=1):
        gradient, scratch = given.copy(), np.full_like(start, np.nan)
        for low, high in pairwise(edges):
            mine = np.s_[..., low:high]
            block = Block(parameters[mine], gradient[mine], state[mine], scratch[mine])
            entry.rule(block, step, **hyperparameters)
    return parameters


@pytest.mark.parametrize(
    "case", REFERENCE["optimizers"], ids=lambda case: f"{case['name']} {case['options']}"
)
def test_every_step_is_that_of_pytorch(case):
    """After each of six steps the parameters are PyTorch's to fourteen digits."""
    start = np.array([REFERENCE["start"]])
    gradients = np.array(REFERENCE["gradients"])[:, np.newaxis]
    options = options_of(case["name"], **case["options"])
    for steps, expected in enumerate(case["path"], start=1):
        moved = train(case["name"], start, gradients[:steps], options)
        np.testing.assert_allclose(moved[0], expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_reference_holds_the_defaults(name):
    """Every rule but the three that start from a rate of 0.1 has PyTorch's own defaults."""
    cases = [case["options"] for case in REFERENCE["optimizers"] if case["name"] == name]
    if name not in {"sgd", "momentum", "nesterov"}:
        given, options = cases[0], options_of(name)
        assert given.items() <= options.items()
    assert len(cases) >= 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_run_of_a_stack_is_the_run_alone(name, dtype):
    """Runs that agree on nothing move by the bits that each moves by with scalars, alone."""
    options = mixed_options(name)
    gradients = gradients_of(3, 37, dtype)
    start = gradients_of(3, 37, dtype, steps=1)[0] + dtype(0.5)
    together = train(name, start, gradients, columns(options))
    for run in range(3):
        mine = slice(run, run + 1)
        alone = train(name, start[mine], gradients[:, mine], options[run])
        np.testing.assert_array_equal(alone[0], together[run])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_column_blocks_give_the_bits_of_the_whole(name, dtype):
    """A rule called on views of some columns at a time moves the parameters alike."""
    hyperparameters = columns(mixed_options(name))
    gradients = gradients_of(3, 41, dtype)
    start = gradients_of(3, 41, dtype, steps=1)[0] + dtype(0.5)
    whole = train(name, start, gradients, hyperparameters)
    np.testing.assert_array_equal(train(name, start, gradients, hyperparameters, blocks=4), whole)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_rate_for_each_parameter_is_taken(name):
    """A learning rate (R, P) moves every column as that rate alone would."""
    gradients, start = gradients_of(2, 6, np.float64), np.ones((2, 6))
    options = options_of(name)
    rates = np.repeat([[0.01, 0.1]], 3, axis=-1) * np.ones((2, 1))
    mixed = train(name, start, gradients, {**options, "learning_rate": rates})
    for rate in (0.01, 0.1):
        same = train(name, start, gradients, {**options, "learning_rate": rate})
        np.testing.assert_array_equal(mixed[rates == rate], same[rates == rate])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_run_does_not_feel_a_neighbour_that_diverges(name):
    """NaN and inf stay in the row that they came in."""
    gradients, start = gradients_of(3, 8, np.float32), np.ones((3, 8), np.float32)
    options = options_of(name)
    expected = train(name, start, gradients, options)
    gradients[1:, 1] = [np.inf, np.nan] * 4
    with np.errstate(all="ignore"):
        moved = train(name, start, gradients, options)
    np.testing.assert_array_equal(moved[[0, 2]], expected[[0, 2]])
    assert np.isnan(moved[1]).any()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_ten_steps_descend_a_convex_quadratic(name):
    """Each of ten steps with the defaults lowers a sum of squares of unequal curvature."""
    entry, options = OPTIMIZERS[name], options_of(name)
    curvature = np.array([0.1, 0.5, 1.0, 2.0])
    parameters = np.array([[1.0, -2.0, 0.5, -1.0]])
    state = np.zeros((entry.buffers(**options), *parameters.shape))
    values = [(curvature * parameters**2).sum()]
    for step in range(1, 11):
        gradients, scratch = 2 * curvature * parameters, np.empty_like(parameters)
        entry.rule(Block(parameters, gradients, state, scratch), step, **options)
        values.append((curvature * parameters**2).sum())
    assert values[-1] < values[0]
    if name not in {"momentum", "nesterov"}:  # which overshoot
        assert (np.diff(values) < 0).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_normalizing_optimizers_ignore_the_scale_of_gradients(name):
    """Which is what decides how the learning rates of a scheme grow with the width."""
    gradients = np.random.default_rng(4).uniform(1.0, 2.0, (5, 1, 6))
    start, options = np.ones((1, 6)), {**options_of(name), "weight_decay": 0.0}
    moved = train(name, start, gradients, options)
    is_alike = np.allclose(train(name, start, 1000 * gradients, options), moved, rtol=1e-6)
    assert OPTIMIZERS[name].normalizes == is_alike


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_dead_gradients_leave_the_parameters(name, dtype):
    """Where every gradient has been zero nothing moves, but for decay that is asked for."""
    start = np.full((1, 4), 0.25, dtype)
    options = {**options_of(name), "weight_decay": 0.0}
    np.testing.assert_array_equal(train(name, start, np.zeros((5, 1, 4), dtype), options), start)


def test_sgd_keeps_no_velocity_without_momentum():
    """A stack of runs without any momentum needs no state; one run with some needs one buffer."""
    buffers = OPTIMIZERS["sgd"].buffers
    assert buffers(**options_of("sgd")) == 0
    assert buffers(**options_of("sgd", momentum=0.5)) == 1
    assert buffers(momentum=np.array([[0.0], [0.5]])) == 1


@pytest.mark.parametrize("exponent", [1, 2, 7, 1000])
def test_a_power_has_the_same_bits_in_an_array(exponent):
    """Scalars and arrays give one number, which is the power to its rounding."""
    bases = np.array([[0.9], [0.999], [0.0], [0.123456789]])
    powers = power(bases, exponent)
    assert powers.ravel().tolist() == [power(base, exponent) for base in bases.ravel().tolist()]
    np.testing.assert_allclose(powers, bases**exponent, rtol=4e-16 * exponent)


@pytest.mark.parametrize("case", REFERENCE["clipping"], ids=lambda case: f"{case['limit']}")
def test_clipping_is_that_of_pytorch(case):
    """A gradient is shortened, or left, as clip_grad_norm_ does."""
    gradients = np.array([case["given"], case["given"]])
    clip_by_norm(gradients, case["limit"])
    np.testing.assert_allclose(gradients, [case["clipped"]] * 2, rtol=1e-14)


def test_every_run_is_clipped_by_its_own_norm_and_limit():
    """Rows of one stack are cut to different lengths, with the bits of each row alone."""
    gradients = gradients_of(4, 53, np.float32, steps=1)[0]
    limits = np.array([[0.5], [1e9], [2.0], [1e-3]])
    together = gradients.copy()
    clip_by_norm(together, limits)
    for run, limit in enumerate(limits.ravel().tolist()):
        alone = gradients[run : run + 1].copy()
        clip_by_norm(alone, limit)
        np.testing.assert_array_equal(alone[0], together[run])
        assert np.linalg.norm(together[run]) <= limit * (1 + 1e-5)
    np.testing.assert_array_equal(together[1], gradients[1])


def test_a_norm_that_overflows_single_precision_is_clipped_all_the_same():
    """A gradient of 1e30 keeps its direction, and NaN in one row leaves the others alone."""
    gradients = np.array([[3e30, 4e30], [0.3, 0.4], [np.nan, 1.0], [np.inf, 1.0]], np.float32)
    with np.errstate(all="ignore"):
        clip_by_norm(gradients, 1.0)
    np.testing.assert_allclose(gradients[0], [0.6, 0.8], rtol=1e-6)
    np.testing.assert_array_equal(gradients[1], np.array([0.3, 0.4], np.float32))
    assert not np.isfinite(gradients[2:]).all(axis=1).any()


def test_invalid_options_raise_with_a_message():
    """A rate of zero and a momentum of one are told with the range that they miss."""
    with pytest.raises(OptionError, match=r"learning_rate: must be greater than 0, not 0"):
        options_of("adam", learning_rate=0)
    with pytest.raises(OptionError, match=r"momentum: must be at least 0 and less than 1"):
        options_of("sgd", momentum=1.0)
