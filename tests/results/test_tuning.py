"""Tuning: what trials choose, and how wide the band is in which a scheme works."""

import numpy as np
import pytest

from initbench.results import Cell, RunId
from initbench.results.tuning import describe_tuning, tunings

KEY = "training.optimizer.learning_rate"
VALUES = (0.01, 0.1, 1.0, 10.0)


@pytest.fixture
def tune(make_outline, make_setup):
    """Return a function that gives the tuning of one scheme from scores, value by value."""

    def run(scores, *, absent=(), **settings):
        cells, runs = [], {}
        for place, (value, finals) in enumerate(zip(VALUES, scores, strict=False)):
            ids = tuple(RunId(10**6 + seed, f"{place}-{seed}") for seed in range(len(finals)))
            for one, final in zip(ids, finals, strict=True):
                if one.key not in absent:
                    runs[one.key] = {"validation_accuracy": np.array([0.5, final])}
            cells.append(Cell({**settings, KEY: value}, make_setup(), {"he": ids}, role="trial"))
        outline = make_outline(labels=("he",), cells=tuple(cells), tuned_key=KEY)
        return tunings(outline, runs)["he"]

    return run


def test_the_highest_mean_score_is_chosen(tune):
    """Not the value of the single best trial; of equals the first."""
    [tuning] = tune([[0.8, 0.8], [0.85, 0.85], [0.6, 1.0], [0.85, 0.85]])
    assert (tuning.value, tuning.at_edge) == (0.1, False)
    np.testing.assert_allclose(tuning.scores, [0.8, 0.85, 0.8, 0.85])


def test_a_diverged_trial_counts_as_the_worst(tune):
    """A value that loses half of its runs does not win by the other half."""
    [tuning] = tune([[0.7, 0.7], [0.99, np.nan], [0.6, 0.6]])
    assert tuning.value == 0.01
    assert tuning.scores[1] == pytest.approx(0.99 / 2)


@pytest.mark.parametrize(
    ("scores", "at_edge"),
    [([0.9, 0.8, 0.7, 0.6], True), ([0.6, 0.7, 0.8, 0.9], True), ([0.6, 0.9, 0.7, 0.6], False)],
)
def test_a_best_at_the_edge_is_known(scores, at_edge, tune):
    """Beyond the first or the last value a better one may lie."""
    [tuning] = tune([[score] for score in scores])
    assert tuning.at_edge is at_edge


def test_the_working_band_reaches_as_far_as_scores_hold(tune):
    """From chance 0.5 to 0.9, the band goes down to 0.88, and not across a gap."""
    [tuning] = tune([[0.89], [0.7], [0.9], [0.881]])
    assert (VALUES[tuning.low], VALUES[tuning.high]) == (1.0, 10.0)
    assert tuning.band_factor == 10.0


def test_a_score_on_the_limit_is_in_the_band(tune):
    """Of the way from 0.5 to 1, 95 % are enough, on both sides of the best."""
    [tuning] = tune([[0.97], [0.975], [1.0], [0.975]])
    assert (VALUES[tuning.low], VALUES[tuning.high]) == (0.1, 10.0)


def test_a_scheme_that_does_not_learn_has_no_band_and_no_edge(tune):
    """All values at chance: none is better than another."""
    [tuning] = tune([[0.5], [0.51], [0.5], [0.5]])
    assert describe_tuning(tuning) == {
        "settings": {},
        "values": list(VALUES),
        "scores": [0.5, 0.51, 0.5, 0.5],
        "best": 0.1,
        "learns": False,
        "at_edge": False,
        "band": [0.1, 0.1],
        "band_factor": None,
    }


def test_trials_that_are_not_all_there_choose_nothing(tune):
    """A choice from half of the trials could be another than from all."""
    assert tune([[0.9, 0.8], [0.7, 0.7]], absent=("1-1",)) == []
