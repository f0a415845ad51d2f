"""Training a stack: a run is the same run anywhere, and divergence is a finding."""

from itertools import pairwise

import numpy as np
import pytest

from initbench.experiment.recording import boundary, distinct_units, evaluate, make_task
from initbench.experiment.training import Recipe, train
from initbench.nn import ACTIVATIONS, StackedMLP

SIZES = (2, 8, 6, 1)
SCALES = (0.0, 0.01, 0.7, 30.0)
SEEDS = (0, 5, 9)


def a_task(classes=2, samples=50, dtype=np.float32):
    """Return a task of separable clouds."""
    rng = np.random.default_rng(3)
    labels = np.arange(samples) % classes
    X = rng.standard_normal((samples, 2)) + 2.0 * labels[:, np.newaxis]
    cut = samples * 3 // 4
    return make_task(
        {"train": (X[:cut], labels[:cut]), "test": (X[cut:], labels[cut:])}, classes, dtype
    )


def a_stack(seeds, scales, dtype=np.float32, sizes=SIZES):
    """Return networks whose weights are draws of the seed times a scale."""
    runs = len(seeds) * len(scales)
    network = StackedMLP(sizes, ACTIVATIONS["relu"], runs=runs, streams=len(seeds), dtype=dtype)
    for run, (seed, scale) in enumerate((seed, scale) for seed in seeds for scale in scales):
        rng = np.random.default_rng(seed)
        weights = [
            (scale * rng.standard_normal(fans), np.zeros(fans[1])) for fans in pairwise(sizes)
        ]
        network.set_weights(run, weights)
    return network


def a_recipe(**changes):
    """Return a short recipe."""
    settings = {"epochs": 5, "batch_size": 8, "optimizer": "sgd", "learning_rate": 0.1}
    return Recipe(**{**settings, "momentum": 0.9, **changes})


def trained(network, recipe, seeds, task):
    """Train the stack; return its records and its final parameters."""
    records = train(network, task, recipe, seeds, lambda: None)
    return {**records, "parameters": network.parameters}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [8, 16, None, 1000])
def test_every_run_of_a_stack_is_the_run_alone(batch_size, dtype):
    """Records and final weights of twelve runs are bit-identical stacked and one at a time."""
    task, recipe = a_task(dtype=dtype), a_recipe(batch_size=batch_size)
    stacked = trained(a_stack(SEEDS, SCALES, dtype), recipe, SEEDS, task)
    pairs = [(seed, scale) for seed in SEEDS for scale in SCALES]
    for run, (seed, scale) in enumerate(pairs):
        alone = trained(a_stack([seed], [scale], dtype), recipe, [seed], task)
        for name, values in alone.items():
            np.testing.assert_array_equal(values[0], stacked[name][run], err_msg=name)


def test_the_order_of_seeds_does_not_matter():
    """A stack of the seeds in another order has the same runs in that order."""
    task, recipe = a_task(), a_recipe()
    forwards = trained(a_stack(SEEDS, [0.7]), recipe, SEEDS, task)
    backwards = trained(a_stack(SEEDS[::-1], [0.7]), recipe, SEEDS[::-1], task)
    for name, values in forwards.items():
        np.testing.assert_array_equal(values, backwards[name][::-1], err_msg=name)


def test_a_diverging_neighbour_is_not_felt_and_is_not_hidden():
    """One run blows up: the other's numbers do not move, and its own curve is kept until then."""
    task, recipe = a_task(), a_recipe(epochs=8, learning_rate=0.3, momentum=0.0)
    records = trained(a_stack([0], [0.7, 1e12]), recipe, [0], task)
    alone = trained(a_stack([0], [0.7]), recipe, [0], task)
    np.testing.assert_array_equal(records["train_loss"][0], alone["train_loss"][0])
    curve = records["train_loss"][1]
    assert np.isfinite(curve[0])
    assert np.isnan(curve[-1])
    first = np.flatnonzero(np.isnan(curve))[0]
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        assert np.isfinite(records[name][1, :first]).all()
        assert np.isnan(records[name][1, first:]).all()
    assert (records["distinct_units"][1, first:] == 0).all()


def test_all_schemes_of_a_seed_see_the_same_batches():
    """Two runs that start from the same weights in one stream end at the same weights."""
    network = a_stack(SEEDS, [0.7, 0.7])
    train(network, a_task(), a_recipe(), SEEDS, lambda: None)
    np.testing.assert_array_equal(network.parameters[0::2], network.parameters[1::2])


def test_seeds_see_different_batches():
    """The same start under two seeds ends elsewhere, because the batches come in another order."""
    network = a_stack([0, 0], [0.7])
    train(network, a_task(), a_recipe(), [0, 1], lambda: None)
    assert not np.array_equal(network.parameters[0], network.parameters[1])


def test_zero_epochs_record_the_start():
    """A curve of a run that is not trained has one point."""
    records = train(a_stack([0], [0.7]), a_task(), a_recipe(epochs=0), [0], lambda: None)
    assert records["train_loss"].shape == (1, 1)
    assert records["distinct_units"].shape == (1, 1, 2)


def test_zeros_stay_at_chance_with_one_unit_a_layer():
    """Zero weights learn the share of the classes and nothing else."""
    records = train(a_stack([0], [0.0]), a_task(samples=64), a_recipe(), [0], lambda: None)
    assert records["train_loss"][0, 0] == pytest.approx(np.log(2))
    assert (records["distinct_units"] == 1).all()
    assert records["test_accuracy"][0, -1] == pytest.approx(0.5)


def test_a_plain_loop_finds_the_same_losses():
    """A textbook implementation, batch-major and without a stack, agrees to rounding."""
    task, recipe = a_task(dtype=np.float64), a_recipe(batch_size=None)
    network = a_stack([1], [0.5], np.float64)
    weights = [[W, b] for W, b in network.weights(0)]
    records = train(network, task, recipe, [1], lambda: None)
    part = task.parts["train"]
    X, y = part.inputs[:, :-1], part.targets
    velocity = [[0.0, 0.0] for _ in weights]
    for epoch in range(recipe.epochs + 1):
        signals = [X]
        for depth, (W, b) in enumerate(weights):
            z = signals[-1] @ W + b
            signals.append(z if depth == len(weights) - 1 else np.maximum(z, 0))
        loss = np.mean(np.logaddexp(0, signals[-1]) - y * signals[-1])
        assert records["train_loss"][0, epoch] == pytest.approx(loss, rel=1e-10)
        delta = (1 / (1 + np.exp(-signals[-1])) - y) / len(X)
        for depth in reversed(range(len(weights))):
            gradient = [signals[depth].T @ delta, delta.sum(axis=0)]
            delta = (delta @ weights[depth][0].T) * (signals[depth] > 0)
            for kind in (0, 1):
                velocity[depth][kind] = 0.9 * velocity[depth][kind] + gradient[kind]
                weights[depth][kind] = weights[depth][kind] - 0.1 * velocity[depth][kind]


@pytest.mark.parametrize("samples", [1, 255, 256, 257, 600])
def test_evaluation_is_the_mean_over_all_samples(samples):
    """Loss and accuracy do not depend on how rows are cut."""
    rng = np.random.default_rng(4)
    X, labels = rng.standard_normal((samples, 2)), rng.integers(3, size=samples)
    task = make_task({"train": (X, labels)}, 3, np.float64)
    network = a_stack([0], [0.7], np.float64, (2, 5, 3))
    loss, accuracy = evaluate(network, task.parts["train"], task.loss)
    [(W1, b1), (W2, b2)] = network.weights(0)
    logits = np.maximum(X @ W1 + b1, 0) @ W2 + b2
    chosen = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(samples), labels]
    assert loss == pytest.approx(chosen.mean())
    assert accuracy == pytest.approx(np.mean(logits.argmax(axis=1) == labels))


@pytest.mark.parametrize(("copies", "expected"), [(1, 12), (2, 6), (12, 1)])
def test_distinct_units_are_counted(copies, expected):
    """Twelve units in which each stands `copies` times are 12 / copies, in any order."""
    rng = np.random.default_rng(0)
    units = np.repeat(rng.standard_normal((3, 5, 12 // copies)), copies, axis=-1)
    layer = rng.permuted(units, axis=-1) if copies == 12 else units[..., rng.permutation(12)]
    assert distinct_units(layer).tolist() == [expected] * 3


def test_units_that_differ_by_rounding_are_one():
    """What the last bits of a product make of equal units does not tell them apart."""
    layer = np.ones((1, 4, 8), np.float32)
    layer += np.random.default_rng(0).uniform(-1e-6, 1e-6, layer.shape)
    assert distinct_units(layer).tolist() == [1]


def test_many_narrow_units_are_told_apart():
    """A thousand random units of one input are a thousand."""
    layer = np.zeros((1, 2, 1000), np.float32)
    layer[0, 0] = np.linspace(-1, 1, 1000)
    assert distinct_units(layer).tolist() == [1000]


@pytest.mark.parametrize("classes", [2, 3])
def test_the_boundary_holds_the_networks_probabilities(classes):
    """Each grid point's probability is the network's at that point, y before x."""
    task = a_task(classes)
    network = a_stack([0], [0.7], sizes=(2, 5, 1 if classes == 2 else classes))
    points = task.parts["train"].inputs[:, :-1]
    plane = boundary(network, points, task.loss)
    x, y = plane["grid_x"][7], plane["grid_y"][60]
    logits = network.forward(np.array([[[x, y, 1.0]]], np.float32))
    expected = task.loss.probabilities(logits)[0, 0, :, 0]
    np.testing.assert_allclose(plane["boundary"][0, 0, :, 60, 7], expected, atol=1e-3)
    assert plane["grid_x"][0] < points[:, 0].min() < points[:, 0].max() < plane["grid_x"][-1]
