"""Recording: points, scores and statistics of layers are what they say."""

import numpy as np
import pytest

from initbench.curvature.products import Linearization
from initbench.nn import loss_for
from initbench.training.evaluation import evaluate, final_metrics, make_task
from initbench.training.layer_statistics import (
    LAYER_STATISTICS,
    dead_fractions,
    distinct_units,
    layer_statistics,
)
from initbench.training.unit import Named, Recording
from tests.curvature.conftest import matrix_of


@pytest.mark.parametrize(
    ("recording", "epochs"),
    [
        (Recording(), [0, 1, 2, 3]),
        (Recording(2), [0, 2, 3]),
        (Recording(10), [0, 3]),
        (Recording(3, "step"), [0, 0.75, 1.5, 2.25, 3]),
        (Recording(5, "step"), [0, 1.25, 2.5, 3]),
    ],
)
def test_recorded_points_are_equally_spaced_and_include_both_ends(recording, epochs, make_recipe):
    """Three epochs of four steps: the start, every so many units, the end."""
    recipe = make_recipe(epochs=3, batch_size=10, recording=recording)
    np.testing.assert_allclose(recipe.recorded_epochs(samples=37), epochs)


def test_recording_more_does_not_change_training(make_clouds, make_stack, make_recipe, trained):
    """Statistics of layers, and points at other steps, leave every number as it was."""
    task, settings = make_clouds(), {"normalization": "batch"}
    plain = trained(make_stack([0, 1], [0.7], **settings), task, make_recipe(), [0, 1])
    for recording in (
        Recording(layers=True),
        Recording(1, "step", layers=True),
        Recording(4),
        Recording(sharpness=True),
    ):
        recipe = make_recipe(recording=recording)
        other = trained(make_stack([0, 1], [0.7], **settings), task, recipe, [0, 1])
        np.testing.assert_array_equal(other["parameters"], plain["parameters"])
        np.testing.assert_array_equal(other["statistics"], plain["statistics"])
        np.testing.assert_array_equal(other["test_loss"][:, -1], plain["test_loss"][:, -1])


def test_the_sharpness_is_the_largest_eigenvalue_of_the_full_hessian(
    make_clouds, make_stack, make_recipe, trained
):
    """Before and after training on the whole batch, which is all of the 37 samples measured."""
    task = make_clouds(dtype=np.float64)
    recipe = make_recipe(batch_size=None, recording=Recording(5, sharpness=True))
    network = make_stack([0, 1], [0.7], np.float64)
    part = task.parts["train"]
    expected = []
    initial = network.parameters.copy()
    found = trained(network, task, recipe, [0, 1])
    for parameters in (initial, found["parameters"]):
        network.parameters[:] = parameters
        linear = Linearization(network, part.inputs, part.targets, task.loss)
        expected.append(np.linalg.eigvalsh(matrix_of(linear.hessian_product, network))[:, -1])
    np.testing.assert_allclose(found["sharpness"].T, expected, rtol=1e-2)


def test_the_sharpness_of_a_run_does_not_depend_on_its_stack(
    make_clouds, make_stack, make_recipe, trained
):
    """Alone, and beside a run that diverges, leaves the stack, and is NaN from there."""
    task, recipe = make_clouds(), make_recipe(recording=Recording(sharpness=True))
    together = trained(make_stack([0], [0.7, 1e30]), task, recipe, [0])
    alone = trained(make_stack([0], [0.7]), task, recipe, [0])
    np.testing.assert_array_equal(together["sharpness"][0], alone["sharpness"][0])
    assert np.isnan(together["sharpness"][1]).all()
    assert "sharpness" not in trained(make_stack([0], [0.7]), task, make_recipe(), [0])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"optimizer": "sgd"}, [20.0, 4.0]),
        ({"optimizer": "momentum"}, [38.0, 7.6]),  # 2 (1 + 0.9) / rate
        ({"optimizer": "sgd", "schedule": Named("cosine")}, [np.nan, np.nan]),
        ({"optimizer": "adam"}, [np.nan, np.nan]),
    ],
)
def test_the_largest_stable_sharpness_is_that_of_a_constant_rate(
    changes, expected, make_clouds, make_stack, make_recipe, trained
):
    """2 / learning rate of each run; unknown for a rate that changes, and for Adam."""
    recipe = make_recipe(epochs=1, recording=Recording(sharpness=True), **changes)
    options = {
        "sgd": {"momentum": 0.0},
        "momentum": {"momentum": 0.9},
        "adam": {"momentum": None, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    }[changes["optimizer"]]
    stack = make_stack([0], [0.7, 0.7])
    found = trained(stack, make_clouds(), recipe, [0], learning_rate=[0.1, 0.5], **options)
    np.testing.assert_allclose(found["stable_sharpness"], expected)


@pytest.mark.parametrize("samples", [1, 255, 256, 257, 600])
def test_evaluation_is_the_mean_over_all_samples(samples, make_stack):
    """Loss and accuracy do not depend on how rows are cut."""
    rng = np.random.default_rng(4)
    X, labels = rng.standard_normal((samples, 2)), rng.integers(3, size=samples)
    task = make_task({"train": (X, labels)}, 3, loss_for(3), np.float64)
    network = make_stack([0], [0.7], np.float64, (2, 5, 3))
    loss, accuracy = evaluate(network, task.parts["train"], task.loss)
    [(W1, b1), (W2, b2)] = network.weights(0)
    logits = np.maximum(X @ W1 + b1, 0) @ W2 + b2
    chosen = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(samples), labels]
    assert loss == pytest.approx(chosen.mean())
    assert accuracy == pytest.approx(np.mean(logits.argmax(axis=1) == labels))
    assert final_metrics(network, task)["train_log_loss"] == pytest.approx(chosen.mean())


def test_a_constant_answer_has_an_r2_of_zero(make_stack):
    """The mean of the targets explains nothing of them; constant targets have no R² at all."""
    X, y = np.ones((6, 2)), np.arange(12.0).reshape(6, 2)
    task = make_task({"train": (X, y), "flat": (X, y * 0)}, None, loss_for(None), np.float64)
    network = make_stack([0], [0.0], np.float64, (2, 3, 2))
    network.layers[-1][0, -1] = y.mean(axis=0)
    loss, r2 = evaluate(network, task.parts["train"], task.loss)
    assert r2 == pytest.approx(0.0)
    assert loss == pytest.approx(y.var(axis=0).mean())
    assert np.isnan(evaluate(network, task.parts["flat"], task.loss)[1])


def test_layer_statistics_equal_their_definitions(make_stack, make_clouds):
    """Checked against formulas for one batch, each run by itself."""
    task = make_clouds(dtype=np.float64)
    network = make_stack([0, 3], [0.7], np.float64, activation="tanh")
    before = network.parameters - 0.01
    found = layer_statistics(network, task, before)
    assert set(found) == set(LAYER_STATISTICS)
    part = task.parts["train"]
    for run in range(2):
        signal, (W1, b1), (W2, b2), _ = part.inputs[:, :-1], *network.weights(run)
        first = signal @ W1 + b1
        second = np.tanh(first) @ W2 + b2
        for layer, z in enumerate((first, second)):
            assert found["preactivation_mean"][run, layer] == pytest.approx(z.mean())
            assert found["preactivation_std"][run, layer] == pytest.approx(z.std())
            assert found["activation_std"][run, layer] == pytest.approx(np.tanh(z).std())
            share = np.mean(1 - np.tanh(z) ** 2 < 0.05)
            assert found["saturated_fraction"][run, layer] == pytest.approx(share)
        for layer, (W, _) in enumerate(network.weights(run)):
            norm = np.linalg.norm(W)
            assert found["weight_norm"][run, layer] == pytest.approx(norm)
            ratio = 0.01 * np.sqrt(W.size) / norm
            assert found["update_ratio"][run, layer] == pytest.approx(ratio)
        (W3, b3), made = network.weights(run)[2], np.tanh(second)
        by_logit = 1 / (1 + np.exp(-(made @ W3 + b3))) - part.y[:, np.newaxis]
        by_second = by_logit @ W3.T * (1 - made**2)
        by_first = by_second @ W2.T * (1 - np.tanh(first) ** 2)
        for layer, delta in enumerate((by_first, by_second, by_logit)):
            expected = np.sqrt(np.mean(delta**2))
            assert found["delta_rms"][run, layer] == pytest.approx(expected)
        gradient = signal.T @ by_first / len(signal)
        expected = np.sqrt(np.mean(gradient**2))
        assert found["gradient_rms"][run, 0] == pytest.approx(expected)


def test_dead_units_are_counted(make_stack, make_clouds):
    """ReLU units whose bias is far below zero are off for every sample."""
    task = make_clouds()
    network = make_stack([0], [0.7])
    network.layers[0][:, -1, :3] = -1e3
    found = layer_statistics(network, task, None)
    assert found["dead_fraction"][0, 0] >= 3 / 8
    np.testing.assert_array_equal(dead_fractions(network, task), found["dead_fraction"][:, :-1])
    assert np.isnan(found["update_ratio"]).all()
    zeros = layer_statistics(make_stack([0], [0.0]), task, None)
    assert (zeros["dead_fraction"][0, :-1] == 1).all()
    assert (zeros["gradient_rms"] == 0).all()


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


def test_units_without_weights_are_one():
    """Zeros differ by nothing, and no rounding makes them differ."""
    assert distinct_units(np.zeros((2, 4, 8), np.float32)).tolist() == [1, 1]


def test_many_narrow_units_are_counted_as_distinct():
    """A thousand random units of one input are a thousand."""
    layer = np.zeros((1, 2, 1000), np.float32)
    layer[0, 0] = np.linspace(-1, 1, 1000)
    assert distinct_units(layer).tolist() == [1000]


@pytest.mark.parametrize("unit", ["epoch", "step"])
@pytest.mark.parametrize("every", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("epochs", [0, 1, 2, 7, 12])
def test_points_are_counted_without_being_listed(epochs, every, unit):
    """As many as there are steps with a point."""
    recording = Recording(every, unit)
    assert recording.points(epochs, 5) == len(recording.steps(epochs, 5))
