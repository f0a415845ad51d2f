"""Schemes that look at data do what they claim, each run by itself, and their cost is counted."""

from dataclasses import replace
from functools import wraps

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad, hessian

from initbench.data import load_dataset, prepare
from initbench.initializers import INITIALIZERS, Batch, bind
from initbench.initializers.adapting import gradient, hessian_product, lengths, weights_of
from initbench.initializers.data_driven import gradient_quotient
from initbench.nn import Architecture, StackedMLP, bind_activation, loss_for
from initbench.training.evaluation import make_task
from initbench.training.initial_weights import adapt_network, initial_network

QUICK = {"metainit": {"steps": 5}, "gradinit": {"steps": 20}}
ADAPTING = [name for name, scheme in INITIALIZERS.items() if scheme.adapt]


@pytest.fixture(scope="module")
def digits():
    """Return the task of telling digits apart."""
    split = prepare(
        load_dataset("digits"), test_fraction=0.25, scaling="standard", seed=0, dtype=np.float64
    )
    parts = {"train": (split.X_train, split.y_train)}
    return make_task(parts, 10, loss_for(10), np.float64)


def watched(name, **options):
    """Return a scheme of the catalogue, and a list that fills with the batches that it is given."""
    scheme, batches = bind(name, **options), []

    @wraps(scheme.initializer.adapt)
    def adapt(network, batch, **given):
        batches.append(batch)
        return scheme.initializer.adapt(network, batch, **given)

    return replace(scheme, initializer=replace(scheme.initializer, adapt=adapt)), batches


@pytest.fixture
def started(digits):
    """Return a maker of stacks: as drawn, as adapted, the batch that was looked at, the cost."""

    def make(name, *, depth, activation="relu", seeds=(0, 1), **options):
        architecture = Architecture((64, *[64] * depth, 10), bind_activation(activation))
        scheme, batches = watched(name, **options)
        drawn, network = (
            initial_network(architecture, [scheme], seeds, np.float64) for _ in range(2)
        )
        costs = adapt_network(network, [scheme], seeds, digits)
        [batch] = batches
        return drawn, network, batch, costs

    return make


def preactivations(network, batch):
    """Return those of each layer of ReLU units, ``(R, H, B)``, without the engine."""
    signal, found = batch.inputs.mT, []
    for layer in network.layers:
        found.append(layer.mT @ signal)
        signal = np.pad(np.maximum(found[-1], 0.0), ((0, 0), (0, 1), (0, 0)), constant_values=1.0)
    return found


def test_lsuv_gives_every_layer_the_variance_one(started):
    """In 30 ReLU layers of 64 units, on the samples that it saw, within its tolerance."""
    _, network, batch, _ = started("lsuv", depth=30)
    for made in preactivations(network, batch):
        assert np.all(np.abs(made.reshape(network.runs, -1).var(axis=1) - 1.0) < 0.02)


@pytest.mark.parametrize(("activation", "depth"), [("relu", 10), ("tanh", 3)])
def test_krahenbuhl_lets_all_layers_learn_at_one_rate(started, activation, depth):
    """The ratio of the gradient to the weights is that of every other layer, within 1 %."""
    drawn, network, batch, _ = started("krahenbuhl", depth=depth, activation=activation)

    def spread(stack):
        slopes = gradient(stack, batch, batch.noise())
        pairs = zip(weights_of(stack, slopes), weights_of(stack), strict=True)
        ratios = [np.square(g).mean(axis=(1, 2)) / np.square(w).mean(axis=(1, 2)) for g, w in pairs]
        return np.ptp(np.log(np.sqrt(ratios)), axis=0)

    assert np.all(spread(network) < 0.02)
    assert np.all(spread(drawn) > 0.1)


def test_krahenbuhl_standardises_units_before_it_calibrates(started):
    """With a tolerance that is met at once, each unit has the mean 0.1 and the deviation 1."""
    _, network, batch, _ = started("krahenbuhl", depth=3, tolerance=1e9)
    for made in preactivations(network, batch):
        np.testing.assert_allclose(made.mean(axis=-1), 0.1, atol=1e-9)
        np.testing.assert_allclose(made.std(axis=-1), 1.0, rtol=1e-9)


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_gradinit_lowers_the_loss_after_one_step(started, gain):
    """From a start that is too small or too large, descent by 0.1 along the gradient wins more.

    Where the gradient was longer than it may be, it is shorter.
    """
    drawn, network, batch, _ = started("gradinit", depth=4, gain=gain, steps=150)
    before, after = (lengths(gradient(stack, batch)) for stack in (drawn, network))
    assert np.all((after < before) | (before < 1.0))

    def loss_after_a_step(stack):
        stack.parameters -= 0.1 * gradient(stack, batch)
        logits = stack.forward(batch.inputs)
        return batch.loss.values(logits, batch.targets).mean(axis=-1).ravel()

    assert np.all(loss_after_a_step(network) < loss_after_a_step(drawn))


@pytest.mark.parametrize(("activation", "gain"), [("relu", 0.5), ("tanh", 0.5)])
def test_metainit_lowers_the_gradient_quotient(started, activation, gain):
    """After 60 of its steps, the gradient changes less in a step of training."""
    drawn, network, batch, _ = started(
        "metainit", depth=3, activation=activation, gain=gain, steps=60
    )
    assert np.all(gradient_quotient(network, batch, 1e-5) < gradient_quotient(drawn, batch, 1e-5))


def test_metainit_leaves_a_network_without_a_gradient_as_it_is(started):
    """Its hidden units are off for every sample, and its outputs of zero are the targets."""
    drawn, _, batch, _ = started("metainit", depth=1, seeds=(0,), steps=1)
    drawn.layers[0][:, -1] = -1e3
    before = drawn.parameters.copy()
    fitted = replace(batch, loss=loss_for(None), targets=np.zeros_like(batch.targets))
    bind("metainit", steps=5).adapt(drawn, fitted)
    assert drawn.parameters.tobytes() == before.tobytes()


@pytest.mark.parametrize("name", ADAPTING)
def test_a_run_adapts_alone_as_in_a_stack(started, name):
    """To the last bit, and at the same cost, whatever else is in the stack."""
    options = QUICK.get(name, {})
    _, together, _, costs = started(name, depth=3, seeds=(3, 4, 5), **options)
    for place, seed in enumerate((3, 4, 5)):
        _, alone, _, cost = started(name, depth=3, seeds=(seed,), **options)
        assert alone.parameters.tobytes() == together.parameters[place].tobytes()
        assert cost.tolist() == [costs[place]]


def test_a_run_that_has_converged_stays(started):
    """Adapted once, a run is not moved while others go on, and costs less than they do."""
    drawn, network, batch, _ = started("lsuv", depth=3, seeds=(0, 1))
    drawn.parameters[0] = network.parameters[0]
    passes = bind("lsuv").adapt(drawn, batch)
    assert drawn.parameters[0].tobytes() == network.parameters[0].tobytes()
    assert drawn.parameters[1].tobytes() == network.parameters[1].tobytes()
    assert passes.forward[0] < passes.forward[1]


@pytest.mark.parametrize("name", ADAPTING)
def test_neighbours_of_a_run_without_a_signal_are_adapted(digits, name):
    """Zeros, and numbers too large to compute with, harm nobody else's weights."""
    architecture = Architecture((64, 8, 8, 10), bind_activation("relu"))
    schemes, seeds = [bind(name, **QUICK.get(name, {}))], (0, 1, 2)
    network = initial_network(architecture, schemes, seeds, np.float64)
    expected = network.take(np.arange(3))
    network.parameters[0] = 0.0
    network.parameters[2] = 1e200
    for stack in (expected, network):
        adapt_network(stack, schemes, seeds, digits)
    assert network.parameters[1].tobytes() == expected.parameters[1].tobytes()


def test_schemes_that_only_draw_cost_nothing(digits):
    """Beside one that looks at data, their weights and their cost stay as they are."""
    architecture = Architecture((64, 8, 10), bind_activation("relu"))
    schemes = [bind("he"), bind("lsuv"), bind("zeros")]
    network = initial_network(architecture, schemes, (0, 1), np.float32)
    before = network.parameters.copy()
    costs = adapt_network(network, schemes, (0, 1), digits)
    assert (costs > 0).tolist() == [False, True, False] * 2
    assert ((network.parameters == before).all(axis=1)).tolist() == [True, False, True] * 2


def test_cost_is_in_epochs_of_training(started, digits):
    """Twenty gradients of N samples are twenty epochs' work, and the way forward a third of it."""
    samples = len(digits.parts["train"].inputs)
    _, _, batch, costs = started("metainit", depth=1, steps=2, samples=64)
    gradients = 2 * 3 * (1 + 2)
    assert batch.size == 64
    np.testing.assert_allclose(costs, gradients * 64 / samples, rtol=1e-12)


def test_a_batch_is_of_training_samples_with_their_targets(started, digits):
    """Each seed has others, none of them twice, and a larger batch begins with the smaller one."""
    _, _, small, _ = started("lsuv", depth=1, samples=10)
    _, _, large, _ = started("lsuv", depth=1, samples=20)
    np.testing.assert_array_equal(large.inputs[:, :10], small.inputs)
    train = digits.parts["train"]
    rows = {row.tobytes(): number for number, row in enumerate(train.inputs)}
    chosen = [[rows[sample.tobytes()] for sample in samples] for samples in large.inputs]
    assert [len(set(each)) for each in chosen] == [20, 20]
    assert set(chosen[0]) != set(chosen[1])
    for targets, each in zip(large.targets, chosen, strict=True):
        np.testing.assert_array_equal(targets[0].T, train.targets[each])


def test_a_product_with_the_hessian_has_seven_digits():
    """Held to the Hessian that reverse-mode differentiation gives of a small tanh network."""
    rng = np.random.default_rng(0)
    sizes, X, y = (3, 4, 1), rng.standard_normal((8, 3)), rng.integers(2, size=8)

    def loss(flat):
        W1, W2 = flat[:16].reshape(4, 4), flat[16:].reshape(5, 1)
        hidden = anp.tanh(anp.dot(X, W1[:3]) + W1[3])
        logits = (anp.dot(hidden, W2[:4]) + W2[4])[:, 0]
        return anp.mean(anp.logaddexp(0.0, logits) - y * logits)

    network = StackedMLP(Architecture(sizes, bind_activation("tanh")), runs=1, dtype=np.float64)
    network.parameters[:] = rng.standard_normal((1, 21))
    task = make_task({"train": (X, y)}, 2, loss_for(2), np.float64)
    part = task.parts["train"]
    batch = Batch(part.inputs[None], part.targets.T[None, None], task.loss, seeds=(0,))
    flat, direction = network.parameters[0].copy(), rng.standard_normal(21)
    np.testing.assert_allclose(gradient(network, batch)[0], grad(loss)(flat), rtol=1e-9)
    exact = hessian(loss)(flat) @ direction
    found = hessian_product(network, batch, direction[np.newaxis])[0]
    assert np.linalg.norm(found - exact) < 1e-7 * np.linalg.norm(exact)
    np.testing.assert_array_equal(network.parameters[0], flat)
