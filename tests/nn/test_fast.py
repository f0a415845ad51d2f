"""Compiled kernels change the time of a step and no bit of any number."""

import logging

import numpy as np
import pytest

from initbench.nn import ACTIVATIONS, OPTIMIZERS, bind_activation, fast
from initbench.nn.layers import Activate, Workspace
from initbench.nn.optimizers import Block
from initbench.training.update import Update

RUNS, PARAMETERS = 3, 1037
OPTIONS = {"leaky_relu": [{"slope": 0.0}, {"slope": 0.01}, {"slope": 1.0}]}
STEPS = 4


@pytest.fixture(scope="module", autouse=True)
def _numba():
    """Skip where numba is not installed; leave the process as it was."""
    pytest.importorskip("numba")
    yield
    fast.use(False)


def extreme(rng, shape, dtype):
    """Return numbers of all sizes, with both zeros, subnormal numbers, infinities and NaN."""
    values = rng.standard_normal(shape) * 10.0 ** rng.integers(-30, 30, shape)
    special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, 1e-42, -1e-42, 3e38, -3e38]
    with np.errstate(all="ignore"):
        special.append(np.inf - np.float64(np.inf))  # NaN as arithmetic makes it
        places = rng.random(shape) < 0.2
        values[places] = rng.choice(special, places.sum())
        return values.astype(dtype)


def passes(activation, dtype, *, kernels):
    """Return the output of an activation and what it passes back, as a layer computes them."""
    assert fast.use(kernels) == kernels
    rng = np.random.default_rng(0)
    found = []
    for in_place in (False, True):
        step = Activate(activation, Workspace(RUNS, dtype), index=0, may_overwrite=in_place)
        signal, delta = (extreme(rng, (RUNS, 17, 23), dtype) for _ in range(2))
        with np.errstate(all="ignore"):
            for planned in (step.forward(signal, training=True), step.backward(delta)):
                for call in planned[1]:
                    call()
                found.append(planned[0].copy())
    return [each.tobytes() for each in found]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_has_the_bits_of_numpy(name, dtype):
    """Forward and backward, whether a kernel is there or NumPy does it, for extreme numbers too."""
    for options in OPTIONS.get(name, [{}]):
        activation = bind_activation(name, **options)
        assert passes(activation, dtype, kernels=True) == passes(activation, dtype, kernels=False)


def moved(name, hyperparameters, dtype, *, kernels):
    """Return parameters and state after some steps of an optimizer on extreme gradients."""
    assert fast.use(kernels) == kernels
    rng = np.random.default_rng(1)
    optimizer = OPTIMIZERS[name]
    options = {key: option.default for key, option in optimizer.options.items()} | hyperparameters
    buffers = optimizer.buffers(**{k: v for k, v in options.items() if k != "learning_rate"})
    shape = (RUNS, PARAMETERS)
    state = np.zeros((buffers, *shape), dtype)
    parameters, scratch = extreme(rng, shape, dtype), np.empty(shape, dtype)
    with np.errstate(all="ignore"):
        for step in range(1, STEPS + 1):
            gradients = extreme(rng, shape, dtype)
            optimizer.rule(Block(parameters, gradients, state, scratch), step, **options)
    return parameters.tobytes(), state.tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimizer_has_the_bits_of_numpy(name, decay, dtype):
    """Parameters and state, with numbers that all runs share, a column, and one a parameter."""
    rates = np.array([[0.1], [0.03], [0.7]])
    column = {"learning_rate": rates, "weight_decay": decay}
    each = {"learning_rate": rates * np.ones(PARAMETERS), "weight_decay": decay}
    if "momentum" in OPTIMIZERS[name].options:
        column["momentum"] = np.array([[0.0], [0.5], [0.9]])
    for options in ({"weight_decay": decay}, column, each):
        with_kernels = moved(name, options, dtype, kernels=True)
        assert with_kernels == moved(name, options, dtype, kernels=False)


def test_gathered_rows_are_those_of_numpy():
    """For features and for labels."""
    rng = np.random.default_rng(2)
    rows = rng.integers(0, 50, (3, 8))
    for source in (rng.standard_normal((50, 4), np.float32), rng.integers(0, 9, (50, 1))):
        outs = [np.empty((*rows.shape, source.shape[1]), source.dtype) for _ in range(2)]
        for out, kernels in zip(outs, (True, False), strict=True):
            assert fast.use(kernels) == kernels
            fast.take_rows(source, rows, out)
        assert outs[0].tobytes() == outs[1].tobytes()


def test_the_kernels_are_used():
    """What the tests above compare is not NumPy with itself."""
    fast.use(True)
    signal = np.ones((1, 2, 3), np.float32)
    assert fast.activate("relu", (), signal, signal) is not None
    assert fast.activate("tanh", (), signal, signal) is None
    arrays = [np.ones((1, 3), np.float32) for _ in range(2)]
    assert fast.step("descend", arrays, (0.1,))
    fast.use(False)
    assert not fast.step("descend", arrays, (0.1,))


def test_kernels_are_loaded_after_as_much_training_as_loading_takes(monkeypatch):
    """Short work never waits for numba, and long work is told once that they are there."""
    fast.use(False)
    monkeypatch.setattr(fast._State, "trained", 0.0)
    assert not fast.has_trained(0.9 * fast.LOADING_SECONDS)
    assert fast.has_trained(0.2 * fast.LOADING_SECONDS)
    assert not fast.has_trained(fast.LOADING_SECONDS)


@pytest.mark.parametrize("lost", ["_is_installed", "_kernels"])
def test_numpy_works_where_numba_is_missing_or_refuses(lost, monkeypatch):
    """Nothing is loaded, and nothing is raised."""
    monkeypatch.setattr(fast, lost, lambda: None)
    assert not fast.use(True)
    monkeypatch.setattr(fast._State, "trained", 0.0)
    assert not fast.has_trained(10 * fast.LOADING_SECONDS)


def test_a_kernel_that_does_not_compile_is_left_to_numpy(monkeypatch, caplog):
    """The reason is logged, for whoever wonders."""
    from initbench.nn import compiled

    def refuse(*_):
        raise RuntimeError("no such processor")

    fast.use(True)
    monkeypatch.setattr(compiled, "relu_forward", refuse)
    fast._compile.cache_clear()
    signal = np.ones((1, 2, 3), np.float32)
    with caplog.at_level(logging.INFO, "initbench"):
        assert fast.activate("relu", (), signal, signal) is None
    assert "no such processor" in caplog.text
    fast._compile.cache_clear()


def test_update_of_blocks_uses_contiguous_arrays():
    """All blocks of a large stack, in which a row is cut, can go to a kernel."""

    class Network:
        parameters = np.zeros((2, 2**19), np.float32)
        gradients = np.zeros_like(parameters)
        dtype = parameters.dtype

    rates = {"learning_rate": np.full(2, 0.1), "momentum": np.full(2, 0.9)}
    update = Update(Network(), "momentum", {**rates, "weight_decay": np.zeros(2)}, np.ones(1))
    assert len(update._blocks) > 1
    for _, _, block in update._blocks:
        for array in (block.parameters, block.gradients, *block.state):
            assert array.flags.c_contiguous
