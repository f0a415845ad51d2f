"""A regression goes the way of a classification, with R² for accuracy, from config to pictures."""

import csv
from pathlib import Path

import numpy as np
import pytest

from initbench import api
from initbench.data import Split
from initbench.errors import UsageError
from initbench.training.samples import data_shape

SETTINGS = {
    "name": "plane",
    "dataset": "moons",
    "network": {"hidden": [8], "activation": "tanh"},
    "training": {"epochs": 60, "optimizer": {"learning_rate": 0.2}},
    "inits": ["zeros", "glorot"],
    "seeds": 3,
}


@pytest.fixture(autouse=True, params=[1, 2], ids=["one number", "two numbers"])
def _numbers(request, tmp_path, monkeypatch):
    """Put noisy linear functions of two features in the place of whatever data set is named."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 2)).astype(np.float32)
    y = X @ np.array([[1.0, -0.5], [0.3, 2.0]])[:, : request.param]
    y += 0.01 * rng.standard_normal(y.shape)
    split = Split(X[:90], y[:90], X[90:], y[90:], None)
    for place in ("training.samples", "training.stack", "api"):
        monkeypatch.setattr(f"initbench.{place}.load_split", lambda *_: split)
    monkeypatch.chdir(tmp_path)
    data_shape.cache_clear()  # a process remembers the shape of a data set by its settings
    yield
    data_shape.cache_clear()


def test_a_start_of_zeros_learns_the_mean_and_another_the_rest():
    """R² on the training part is 0 at most for one, near 1 for the other, and ranks them."""
    results = api.run(SETTINGS, plots=False)
    [cell] = results.metrics["cells"]
    assert (cell["score"], cell["ranking"]) == ("r2", ["glorot", "zeros"])
    zeros, glorot = cell["inits"]["zeros"], cell["inits"]["glorot"]
    assert all(-0.1 < r2 < 1e-6 for r2 in zeros["train_r2"]["values"])  # no constant is better
    assert glorot["test_r2"]["mean"] > 0.95
    assert glorot["epochs_to_target"]["reached"] == 3
    assert glorot["test_rmse"]["mean"] < zeros["test_rmse"]["mean"]
    assert results.outline.cells[0].setup.classes is None
    assert "boundary" not in results.run("zeros", 0)


def test_r2_and_rmse_are_one_thing_seen_twice():
    """R² is one less the squared error over the spread, which is the same in every run."""
    results = api.run(SETTINGS, plots=False)
    [cell] = results.metrics["cells"]
    ratios = [
        (1 - r2) / rmse**2
        for entry in cell["inits"].values()
        for r2, rmse in zip(entry["test_r2"]["values"], entry["test_rmse"]["values"], strict=True)
    ]
    assert ratios == pytest.approx([ratios[0]] * 6, rel=1e-6)


def test_all_files_report_r2():
    """Table, report, curves and pictures name what was measured, and nothing that was not."""
    folder = api.run(SETTINGS).folder
    report = (folder / "REPORT.md").read_text(encoding="utf-8")
    assert "a regression" in report
    assert "**glorot** ranks first: test R² " in report
    assert "accuracy" not in report
    assert "loss mean squared error" in report
    with (folder / "curves.csv").open(encoding="utf-8", newline="") as file:
        assert {row["metric"] for row in csv.DictReader(file)} == {"loss", "r2"}
    drawn = sorted(path.name for path in (folder / "plots").glob("*.png"))
    assert drawn == ["final_scores.png", "loss_curves.png"]


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ("mean_absolute_error", "loss mean absolute error, "),
        ({"name": "huber", "delta": 0.5}, "loss huber (delta 0.5), "),
    ],
)
def test_a_regression_has_its_own_losses(loss, words):
    """The score stays R²; what is made small is another, and is said."""
    training = {**SETTINGS["training"], "loss": loss}
    results = api.run({**SETTINGS, "training": training}, plots=False)
    assert results.metrics["cells"][0]["ranking"] == ["glorot", "zeros"]
    assert words in results.outline.cells[0].setup.training


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("training.loss=binary_cross_entropy", "does not fit a regression. Known for it: mean_sq"),
        ("training.stop={monitor: test_accuracy, target: 1}", "no curve is called 'test_accuracy'"),
    ],
)
def test_settings_of_classification_are_refused(override, words):
    """A loss or a curve that there cannot be is told before anything is trained."""
    with pytest.raises(UsageError, match=words):
        api.run(SETTINGS, overrides=[override], plots=False)
    assert not Path("results").exists()
