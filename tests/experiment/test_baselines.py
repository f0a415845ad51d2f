"""Better than a constant answer: what an experiment on unequal classes says of its schemes."""

import numpy as np
import pytest

import initbench
from initbench.training.evaluation import constant_score

SETTINGS = {
    "dataset": {"name": "moons", "imbalance": 9},
    "network": {"hidden": [4]},
    "training": {"epochs": 2, "optimizer": {"learning_rate": 0.01}},
    "inits": ["zeros"],
    "seeds": 3,
}


def test_a_scheme_that_answers_the_largest_class_has_not_learned(tmp_path):
    """Nine samples in ten are of one class: zeros are right in nine of ten, and learn nothing."""
    results = initbench.run(SETTINGS, results=tmp_path, plots=False)
    [cell] = results.metrics["cells"]
    zeros = cell["inits"]["zeros"]
    assert zeros["test_accuracy"]["mean"] == cell["baseline"] == pytest.approx(0.9, abs=0.01)
    assert zeros["learns"] is False
    assert zeros["epochs_to_target"]["reached"] == 0
    assert zeros["test_balanced_accuracy"]["mean"] == 0.5


def test_the_margin_of_the_config_is_that_of_the_results(tmp_path):
    """It changes no run, so nothing is trained again for it."""
    initbench.run(SETTINGS, results=tmp_path, plots=False)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("*.npz")}
    wider = initbench.run({**SETTINGS, "equivalence_margin": 0.03}, results=tmp_path, plots=False)
    assert wider.metrics["cells"][0]["equivalence_margin"] == 0.03
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "runs").glob("*.npz")}
    assert after == before


def test_the_constant_prediction_has_the_shares_of_the_classes(tmp_path):
    """Its loss is their entropy, 0.325 for nine to one, and not ln 2."""
    results = initbench.run({**SETTINGS, "probe": True}, results=tmp_path, plots=False)
    probe = results.metrics["cells"][0]["inits"]["zeros"]["probe"]
    assert probe["guess"] == pytest.approx(-0.9 * np.log(0.9) - 0.1 * np.log(0.1), abs=0.01)


@pytest.mark.parametrize(
    ("y", "classes", "score"),
    [([0, 0, 0, 1], 2, 0.75), ([2, 2, 2], 3, 1.0), ([], 2, 0.0), ([0.1, 0.5], None, 0.0)],
)
def test_a_constant_answer_scores_the_share_of_the_largest_class(y, classes, score):
    """A regression's mean explains nothing of its variance."""
    assert constant_score(np.array(y), classes) == score
