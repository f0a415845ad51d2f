"""Tuning: every scheme gets the same trials, and results come from other seeds and samples."""

import numpy as np
import pytest

import initbench
from initbench.config.loading import make_experiment
from initbench.errors import ConfigError, UsageError
from initbench.experiment.cells import FIRST_SEED, add_tuned_cells, expand_cells

KEY = "training.optimizer.learning_rate"
SETTINGS = {
    "dataset": {"name": "moons", "samples": 120},
    "network": {"hidden": [6]},
    "training": {"epochs": 4},
    "inits": ["zeros", "he"],
    "seeds": 3,
    "tune": {"values": [0.01, 0.1, 1.0], "seeds": 2},
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return the results of a small tuned experiment."""
    folder = tmp_path_factory.mktemp("tuned")
    return initbench.run(SETTINGS, results=folder, plots=False)


def cells(results, role):
    """Return the cells of a role."""
    return [cell for cell in results.outline.cells if cell.role == role]


def test_every_scheme_has_the_same_trials_with_seeds_of_their_own(results):
    """Three values, two seeds each, none of them a seed that is reported."""
    trials = cells(results, "trial")
    assert [cell.settings[KEY] for cell in trials] == [0.01, 0.1, 1.0]
    for cell in trials:
        for runs in cell.runs.values():
            assert [run.seed for run in runs] == [FIRST_SEED, FIRST_SEED + 1]


def test_the_report_has_the_fixed_value_and_each_schemes_best(results):
    """The tuned cell holds, for each label, the runs of its own best value, with fresh seeds."""
    [fixed], [tuned] = cells(results, "fixed"), cells(results, "tuned")
    for label in ("zeros", "he"):
        [choice] = results.metrics["tuning"][label]
        assert tuned.chosen[label] == choice["best"]
        again = {
            **SETTINGS,
            "training": {"epochs": 4, "optimizer": {"learning_rate": choice["best"]}},
        }
        again["dataset"] = {**SETTINGS["dataset"], "validation_fraction": 0.2}
        del again["tune"]
        alone = initbench.run(again, results=results.folder / label, plots=False)
        assert tuned.runs[label] == alone.outline.cells[0].runs[label]
    assert [run.seed for run in fixed.runs["he"]] == [0, 1, 2]
    assert fixed.chosen == {"he": 0.1, "zeros": 0.1}  # sgd's default


def test_the_choice_is_that_of_the_validation_part(results):
    """The scores are the means of the trials' last validation accuracies."""
    [choice] = results.metrics["tuning"]["he"]
    for score, cell in zip(choice["scores"], cells(results, "trial"), strict=True):
        finals = [results.runs[run.key]["validation_accuracy"][-1] for run in cell.runs["he"]]
        assert score == pytest.approx(np.mean(finals))


def test_a_second_run_trains_and_writes_nothing(results):
    """What was chosen is found again from the trials on disk."""
    before = {path: path.stat().st_mtime_ns for path in results.folder.rglob("*") if path.is_file()}
    initbench.run(SETTINGS, results=results.folder, plots=False)
    after = {path: path.stat().st_mtime_ns for path in results.folder.rglob("*") if path.is_file()}
    assert after == before


def test_a_sweep_is_tuned_at_each_of_its_settings():
    """Each setting of the sweep has its trials, then a fixed cell."""
    experiment = make_experiment({**SETTINGS, "sweep": {"network.bias": [True, False]}}, "test")
    planned = expand_cells(experiment)
    assert [cell.role for cell in planned] == ["trial", "trial", "trial", "fixed"] * 2
    assert planned[0].settings == {"network.bias": True, KEY: 0.01}


def test_each_setting_has_every_schemes_own_best_value_there():
    """The second setting's best values are places in its own trials."""
    experiment = make_experiment({**SETTINGS, "sweep": {"network.bias": [True, False]}}, "test")
    best = {"zeros": [0, 2], "he": [1, 0]}
    cells = add_tuned_cells(expand_cells(experiment), best, KEY)
    tuned = [cell for cell in cells if cell.role == "tuned"]
    assert [cell.role for cell in cells] == [*["trial"] * 3, "fixed", "tuned"] * 2
    assert [cell.settings for cell in tuned] == [{"network.bias": each} for each in (True, False)]
    for cell, values in zip(
        tuned, [{"zeros": 0.01, "he": 0.1}, {"zeros": 1.0, "he": 0.01}], strict=True
    ):
        assert cell.chosen == values
        for label, own in cell.experiments.items():
            assert own.training.optimizer.options["learning_rate"] == values[label]
            assert own.network.bias == cell.settings["network.bias"]
            assert own.seeds == (0, 1, 2)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"tune": {"values": [0.1]}}, ConfigError, "at least two values"),
        ({"tune": {"values": {"log": [0, 1, 3]}}}, ConfigError, "numbers above 0"),
        ({"tune": {"key": "seeds", "values": [1, 2]}}, ConfigError, "cannot be swept"),
        ({"tune": {"values": [0.1, -1]}}, ConfigError, "greater than 0"),
        ({"tune": {"key": "network.depth", "values": [1, 3]}}, ConfigError, "put it under sweep"),
        ({"seeds": [FIRST_SEED]}, UsageError, "used by the trials"),
    ],
)
def test_keys_that_cannot_be_tuned_are_refused(changes, error, words, tmp_path):
    """Values, keys and seeds are looked at before anything is trained."""
    with pytest.raises(error, match=words):
        initbench.run({**SETTINGS, **changes}, results=tmp_path / "r", plots=False)
    assert not (tmp_path / "r").exists()


def test_an_estimate_counts_the_runs_at_each_schemes_own_best_value(tmp_path, monkeypatch):
    """Two schemes: 3 values with 2 seeds, then 3 seeds at the config's value and 3 at the best."""
    monkeypatch.chdir(tmp_path)
    found = initbench.estimate(SETTINGS)
    assert (found.cells, found.runs, found.runs_on_disk) == (5, 2 * (3 * 2 + 3 + 3), 0)
    assert found.run_steps == found.runs * 4 * 3  # 4 epochs of 3 batches of 72 samples
    assert not (tmp_path / "results").exists()


def test_an_estimate_with_unfinished_trials_counts_stored_runs(tmp_path, monkeypatch):
    """With the trials of one scheme on disk, the other scheme's 12 runs are left, and 6 tuned."""
    monkeypatch.chdir(tmp_path)
    initbench.run(SETTINGS, overrides=["inits=[he]"], results="r", plots=False)
    found = initbench.estimate(SETTINGS, results="r")
    assert found.runs == 24
    assert found.runs_on_disk >= 9
    assert found.runs - found.runs_on_disk <= 15


def test_a_swept_data_set_is_tuned_with_a_validation_part(tmp_path):
    """A section of the sweep replaces that of the config, and still gets its validation part."""
    sweep = {"dataset": [{"name": "moons", "samples": 60}, {"name": "circles", "samples": 60}]}
    settings = {**SETTINGS, "sweep": sweep, "seeds": 1, "inits": ["he"]}
    results = initbench.run(settings, results=tmp_path, plots=False)
    assert all("validation" in cell.setup.parts for cell in results.outline.cells)
    assert len(results.metrics["tuning"]["he"]) == 2


def test_without_values_rates_lie_around_the_predicted_limits():
    """They are 1 and 3 times powers of ten, for all schemes, from a tenth of the lowest limit."""
    settings = {**SETTINGS, "tune": {"seeds": 2}}
    probed = initbench.probe(config={**settings, "tune": None}, curvature=True).schemes
    limits = [each.curvature.limit().values for each in probed.values()]
    tried = [cell.settings[KEY] for cell in expand_cells(make_experiment(settings, "test"))[:-1]]
    assert len(tried) >= 2
    assert all(f"{rate:e}"[0] in "13" for rate in tried)
    assert min(tried) <= np.min(limits)
    assert max(tried) <= 3.2


def test_the_report_says_which_best_rates_lie_outside_the_predicted_range(tmp_path):
    """A limit per scheme and setting is stored with the trials; metrics and report compare."""
    settings = {**SETTINGS, "tune": {"seeds": 1}, "sweep": {"network.depth": [1, 2]}, "seeds": 1}
    settings["network"] = {"depth": 1, "width": 4}
    found = initbench.run(settings, results=tmp_path, plots=False)
    trials = [cell for cell in found.outline.cells if cell.role == "trial"]
    for depth in (1, 2):
        base = {**settings, "tune": None, "sweep": {}, "seeds": 3}
        base["network"] = {"depth": depth, "width": 4}
        probed = initbench.probe(config=base, curvature=True).schemes
        for cell in trials:
            if cell.settings["network.depth"] == depth:
                expected = {label: each.curvature.limit().rate for label, each in probed.items()}
                assert cell.limits == pytest.approx(expected, rel=0.01)
    tunings = [each for one in found.metrics["tuning"].values() for each in one]
    assert all(one["limit"] > 0.0 for one in tunings)
    text = (found.folder / "REPORT.md").read_text("utf-8")
    is_said = "the limit that curvature before training predicts" in text
    assert is_said == any(one["outside_range"] for one in tunings)


def test_rates_are_predicted_for_gradient_descent_alone():
    """Another optimizer, and another key, need values in the config."""
    adam = {**SETTINGS, "tune": {}, "training": {"optimizer": "adam", "epochs": 2}}
    with pytest.raises(UsageError, match=r"not for adam: list the values to try"):
        expand_cells(make_experiment(adam, "test"))
    with pytest.raises(ConfigError, match=r"values is required for training.batch_size"):
        make_experiment({**SETTINGS, "tune": {"key": "training.batch_size"}}, "test")
