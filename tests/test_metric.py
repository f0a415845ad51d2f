"""The table of metrics says of every stored name how it is to be read."""

import math

import pytest

from initbench.metric import METRICS, metric_of
from initbench.training.evaluation import SCORES
from initbench.training.layer_statistics import LAYER_STATISTICS


@pytest.mark.parametrize(
    ("name", "label", "better", "worst"),
    [
        ("test_accuracy", "test accuracy", "higher", 0.0),
        ("train_r2", "train R²", "higher", -math.inf),
        ("validation_loss", "validation loss", "lower", math.inf),
        ("test_log_loss", "test log loss", "lower", math.inf),
        ("test_ece", "test calibration error", "lower", 1.0),
        ("train_rmse", "train RMSE", "lower", math.inf),
        ("test_loss_best", "best test loss", "lower", math.inf),
        ("test_accuracy_area", "test accuracy area", "higher", 0.0),
        ("layer_gradient_rms", "gradient RMS", None, None),
        ("epochs_to_target", "epochs to target", "lower", math.inf),
    ],
)
def test_a_metric_has_label_and_direction(name, label, better, worst):
    """Labels are those of the field; a diverged run counts as the worse bound."""
    metric = METRICS[name]
    assert (metric.name, metric.label, metric.better, metric.worst) == (name, label, better, worst)


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("train_loss", (0, math.inf)),
        ("test_log_loss", (0, math.inf)),
        ("test_rmse", (0, math.inf)),
        ("test_r2", (-math.inf, 1)),
        ("validation_balanced_accuracy", (0, 1)),
        ("test_ece", (0, 1)),
        ("layer_activation_std", (0, math.inf)),
        ("layer_activation_mean", (-math.inf, math.inf)),
        ("layer_dead_fraction", (0, 1)),
        ("steps_to_target", (0, math.inf)),
        ("diverged", (0, 1)),
    ],
)
def test_a_metric_has_its_bounds(name, bounds):
    """Shares end at 0 and 1, spreads and losses begin at 0, and R² ends at 1."""
    assert METRICS[name].bounds == bounds


def test_every_recorded_curve_and_statistic_of_layers_is_in_the_table():
    """What training records has a label and limits, not only words made of its name."""
    curves = {f"{part}_{name}" for part in ("train", "test") for name in ("loss", *SCORES.values())}
    layers = {f"layer_{name}" for name in LAYER_STATISTICS}
    assert curves | layers <= METRICS.keys()
    assert all(METRICS[name].when == "epoch" for name in curves)
    assert all(METRICS[name].when == "layer" for name in layers)


def test_each_record_is_keyed_by_name_and_part():
    """A name is the part and the quantity, and bounds are in order."""
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.bounds[0] < metric.bounds[1]
        if metric.part:
            assert name.startswith(f"{metric.part}_{metric.quantity}")


def test_an_unknown_metric_is_named_by_its_words():
    """An array of a newer version has a label, and no direction is invented for it."""
    metric = metric_of("test_sharpness")
    assert (metric.label, metric.better, metric.worst, metric.sign) == (
        "test sharpness",
        None,
        None,
        0,
    )


def test_titles_and_axes_are_written_as_figures_need_them():
    """A title begins with a capital letter, and an axis names the unit."""
    assert METRICS["test_log_loss"].axis == "Test log loss (nats)"
    assert METRICS["test_r2"].axis == METRICS["test_r2"].title == "Test R²"
