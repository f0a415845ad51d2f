"""Data in an experiment: its parts keep apart, and folds and seeds draw samples of their own."""

import csv
import pickle

import numpy as np
import pytest

import initbench
from initbench.config.loading import make_experiment
from initbench.experiment.plan import make_plan
from initbench.training.stack import train_unit

SETTINGS = {
    "dataset": {"name": "moons", "samples": 60},
    "network": {"hidden": [4]},
    "training": {"epochs": 3, "batch_size": 8},
    "inits": ["zeros", "he"],
    "seeds": 2,
}
CURVES = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")

FINAL = ("balanced_accuracy", "log_loss", "ece")


def plan_of(*overrides, **changes):
    """Return the plan of the settings, changed."""
    return make_plan(make_experiment({**SETTINGS, **changes}, "the test", overrides))


def trained(*overrides, **changes):
    """Return what the units of the settings, changed, leave."""
    return [train_unit(unit) for unit in plan_of(*overrides, **changes).groups]


@pytest.fixture
def run(tmp_path):
    """Return a runner of the settings, changed, that draws nothing."""

    def call(*overrides, folder="out", **changes):
        experiment = {**SETTINGS, "name": "parts", **changes}
        return initbench.run(
            experiment, overrides=overrides, results=tmp_path / folder, plots=False
        )

    return call


@pytest.fixture
def archive(tmp_path):
    """Return a writer of an archive of samples, of which the test part can be moved away."""

    def write(name, shift=0.0):
        rng = np.random.default_rng(5)
        X, X_test = rng.standard_normal((60, 3)), rng.standard_normal((20, 3)) + shift
        y, y_test = X[:, 0] > 0, X_test[:, 0] > shift
        arrays = {"X": X, "y": y.astype(int), "X_test": X_test, "y_test": y_test.astype(int)}
        np.savez(tmp_path / name, **arrays)
        return {"name": "file", "path": str(tmp_path / name), "validation_fraction": 0.25}

    return write


@pytest.mark.parametrize("scaling", ["standard", "minmax", "none"])
def test_nothing_of_the_test_part_leaks_into_training(run, archive, scaling):
    """Another test part moves no number that is recorded of the other parts, to the last bit."""
    near, far = (
        run(f"dataset.scaling={scaling}", dataset=archive(f"{shift}.npz", shift), folder=str(shift))
        for shift in (0.0, 1000.0)
    )
    for label in ("zeros", "he"):
        for name in (*CURVES, "distinct_units"):
            np.testing.assert_array_equal(near.curves(label, name), far.curves(label, name))
    assert (near.curves("he", "test_loss") != far.curves("he", "test_loss")).any()


def test_a_validation_part_is_recorded_like_the_others(run):
    """Metrics and the table of curves have it; without one, neither speaks of it."""
    with_part = run("dataset.validation_fraction=0.2")
    without = run(folder="without")
    for results, splits in (
        (with_part, {"train", "test", "validation"}),
        (without, {"train", "test"}),
    ):
        entry = results.metrics["cells"][0]["inits"]["he"]
        assert {name for name in entry if name.startswith("validation")} == (
            {f"validation_{name}" for name in ("loss", "accuracy", *FINAL)}
            if "validation" in splits
            else set()
        )
        text = (results.folder / "curves.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(text.splitlines()))
        assert {row["split"] for row in rows} == splits
    curve = with_part.curves("he", "validation_loss")
    assert curve.shape == (2, 4)
    final = with_part.metrics["cells"][0]["inits"]["he"]["validation_loss"]["values"]
    np.testing.assert_array_equal(final, curve[:, -1])


def test_selection_can_use_the_validation_part():
    """A rule may watch its curve, and is refused where there is no such part."""
    stop = {"training.stop={monitor: validation_loss, patience: 1}", "training.epochs=60"}
    [records] = trained(*stop, "dataset.validation_fraction=0.2", inits=["zeros"])
    assert (records.per_run["stopped_at"] > 0).any()
    with pytest.raises(initbench.errors.UsageError, match="no curve is called 'validation_loss'"):
        plan_of(*stop)


def test_every_sample_is_tested_in_one_fold():
    """A sweep over all folds trains on each sample in all cells but one."""
    plan = plan_of(
        "dataset.folds=5", "dataset.scaling=none", sweep={"dataset.fold": [0, 1, 2, 3, 4]}
    )
    assert [cell.settings for cell in plan.outline.cells] == [
        {"dataset.fold": fold} for fold in range(5)
    ]
    parts = [train_unit(unit).shared["points"] for unit in plan.groups]
    samples, counts = np.unique(np.concatenate(parts), axis=0, return_counts=True)
    assert len(samples) == 60
    assert (counts == 4).all()


@pytest.mark.parametrize("resample", [True, False])
def test_seeds_draw_data_of_their_own_where_that_is_asked_for(resample):
    """Otherwise all seeds learn one data set; schemes of a seed always share theirs."""
    units = plan_of(f"dataset.resample={resample}".lower()).groups
    assert [unit.seeds for unit in units] == ([(0,), (1,)] if resample else [(0, 1)])
    assert all(len(unit.variants) == 2 for unit in units)
    points = [train_unit(unit).shared["points"] for unit in units]
    assert not resample or (points[0] != points[1]).any()


def test_the_first_seed_of_data_drawn_anew_is_the_fixed_one():
    """Where nothing else differs, one run is not trained twice: its data are those of seed 0."""
    fixed, drawn = (plan_of(f"dataset.resample={word}") for word in ("false", "true"))
    first = [plan.outline.cells[0].runs["he"] for plan in (fixed, drawn)]
    assert first[0][0] == first[1][0]
    assert first[0][1] != first[1][1]


def test_a_worker_is_sent_no_data():
    """What is pickled of a unit is a description, however large its data set is."""
    [unit] = plan_of("dataset.samples=100000").groups
    assert len(pickle.dumps(unit)) < 5000
