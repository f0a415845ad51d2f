"""Verdicts on plain arrays: claims need no results folder, only the protocol `Runs`."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from initbench.claims import Claim, Kind, Vocabulary, judge_claim
from initbench.claims.evaluation import Evaluator

SCORES = {"he": [0.8, 0.9, 1.0, 0.9], "zeros": [0.5, 0.5, 0.5, 0.5]}


@dataclass
class Arrays:
    """Runs of one cell with one score each."""

    scores: dict
    seeds: tuple = (0, 1, 2, 3)
    vocabulary: Vocabulary = field(
        default_factory=lambda: Vocabulary(tuple(SCORES), {"test_accuracy": Kind.RUN}, [{}])
    )

    def hidden_layers(self, cell):
        """Return the depth of every network."""
        return 2 + cell

    def epochs(self, cell):
        """Return no curves."""
        return [] if cell == 0 else None

    def read(self, metric, cell):
        """Return the scores of the scheme that a metric selects."""
        assert cell == 0
        return np.array(self.scores[dict(metric.where)["init"]], float)


@pytest.mark.parametrize(
    ("text", "verdict", "measured"),
    [
        ("test_accuracy(he) > 0.6", "PASS", 0.9),
        ("test_accuracy(he) < 0.6", "FAIL", 0.9),
        ("test_accuracy(he) > 0.9", "INCONCLUSIVE", 0.9),
        ("test_accuracy(he) - test_accuracy(zeros) > 0.1", "PASS", 0.4),
        ("argbest(test_accuracy, init) == he", "PASS", 0.4),
    ],
)
def test_a_verdict_follows_from_the_arrays_alone(text, verdict, measured):
    """The mean of 0.8, 0.9, 1.0 and 0.9 is 0.9, and its interval decides."""
    found = judge_claim(Claim(text), Evaluator(Arrays(SCORES)))
    assert found.verdict == verdict
    assert found.measured == pytest.approx(measured)


def test_a_claim_about_curves_of_unfinished_runs_is_inconclusive():
    """Runs without recorded epochs are named as the reason."""
    runs = Arrays(SCORES)
    runs.vocabulary = Vocabulary(tuple(SCORES), {"test_accuracy": Kind.CURVE}, [{}])
    found = judge_claim(Claim("monotone(test_accuracy(he), epoch)"), Evaluator(runs))
    assert found.verdict == "INCONCLUSIVE"
    assert "none of these runs has finished yet" in found.note


def test_a_missing_seed_prevents_a_pass():
    """NaN is the value of a seed whose run is not on disk."""
    runs = Arrays({**SCORES, "he": [0.8, 0.9, 1.0, np.nan]})
    found = judge_claim(Claim("test_accuracy(he) > 0.1"), Evaluator(runs))
    assert (found.verdict, found.note) == ("INCONCLUSIVE", "1 of 4 seeds have no value")
