"""Tuning: what trials choose, and how wide the band is in which a scheme works."""

import numpy as np
import pytest

from initbench.results import Cell, RunId
from initbench.results.tuning import describe_tuning, limit_note, tunings

KEY = "training.optimizer.learning_rate"
VALUES = (0.01, 0.1, 1.0, 10.0)


@pytest.fixture
def tune(make_outline, make_setup):
    """Return a function that gives the tuning of one scheme from scores, value by value."""

    def run(scores, *, absent=(), limits=None, **settings):
        cells, runs = [], {}
        for place, (value, finals) in enumerate(zip(VALUES, scores, strict=False)):
            ids = tuple(RunId(10**6 + seed, f"{place}-{seed}") for seed in range(len(finals)))
            for one, final in zip(ids, finals, strict=True):
                if one.key not in absent:
                    runs[one.key] = {"validation_accuracy": np.array([0.5, final])}
            of_cell = {} if limits is None else {"limits": limits}
            settings_of_cell = {**settings, KEY: value}
            cells.append(Cell(settings_of_cell, make_setup(), {"he": ids}, "trial", **of_cell))
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
        "limit": None,
        "outside_range": "",
    }


@pytest.mark.parametrize(
    ("limit", "outside"),
    [
        (0.005, "above"),
        (0.0095, ""),
        (0.01, ""),
        (0.099, ""),
        (0.11, "far below"),
        (8.0, "far below"),
    ],
)
def test_a_best_rate_is_compared_with_the_limit_that_was_predicted(tune, limit, outside):
    """From 1.1 times the limit it is above it, below a tenth far below."""
    [tuning] = tune([[0.9], [0.8], [0.7], [0.5]], limits={"he": limit})
    assert describe_tuning(tuning)["limit"] == limit
    assert describe_tuning(tuning)["outside_range"] == outside


def test_a_limit_counts_for_schemes_that_learn_alone(tune):
    """No value of the others is the best."""
    [tuning] = tune([[0.5], [0.51], [0.5], [0.5]], limits={"he": 0.001})
    assert tuning.outside_range == ""


def test_one_sentence_names_the_rates_outside_the_predicted_range():
    """Not one that equals the limit but for rounding, and not a scheme without a limit."""
    rates = {"he": 0.1, "lsuv": 0.029, "zeros": 9.0, "ones": 0.01}
    note = limit_note(rates, {"he": 0.05, "lsuv": 0.0287, "ones": 0.2})
    assert note == (
        "he (0.1 above 0.05): best at a learning rate above the limit that curvature before"
        " training predicts, where the loss may rise before it falls, or diverge; ones (0.01 below"
        " 0.2): best at a learning rate below a tenth of that limit"
    )
    assert limit_note(rates, {"lsuv": 0.0287}) == ""
    assert limit_note(rates, {"ones": 0.2}) == (
        "ones (0.01 below 0.2): best at a learning rate below a tenth of the limit that curvature"
        " before training predicts"
    )


def test_a_limit_above_one_counts_as_one():
    """Where the signal vanishes curvature is tiny, and grows as soon as the network learns."""
    assert limit_note({"he": 0.1}, {"he": 8.0}) == ""
    assert limit_note({"he": 3.0}, {"he": 8.0}) == ""


def test_a_sentence_names_six_schemes_and_counts_the_others():
    """A wide sweep has a case for each of its settings."""
    names = [f"s{place}" for place in range(9)]
    note = limit_note(dict.fromkeys(names, 1.0), dict.fromkeys(names, 0.1))
    assert "s5 (1 above 0.1) and 3 more: best" in note
    assert "s6" not in note


def test_incomplete_trials_choose_no_value(tune):
    """A choice from half of the trials could be another than from all."""
    assert tune([[0.9, 0.8], [0.7, 0.7]], absent=("1-1",)) == []
