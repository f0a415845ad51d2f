"""Findings say what the numbers say, and no more."""

import numpy as np
import pytest

from initbench.report import conclusions

NAN = np.nan
SPREAD = np.array([-0.02, -0.01, 0.0, 0.01, 0.02])


def found(results):
    """Return the findings of the only cell as one text."""
    return "\n".join(conclusions(results.metrics["cells"][0]))


def test_a_clear_lead_is_claimed_with_its_interval(make_results):
    """Where the interval of the difference leaves out zero, the lead is said."""
    text = found(make_results({"zeros": [0.5] * 5, "he": list(0.9 + SPREAD)}))
    assert "he ranks first: test accuracy 0.900 ± 0.020 over 5 seeds." in text
    assert "its lead, with the 95 % interval, is 0.400 (0.380 to 0.420) over zeros." in text
    assert "apart" not in text


def test_what_cannot_be_told_apart_is_said_so(make_results):
    """Where the interval contains zero, the better mean is no finding."""
    text = found(make_results({"he": list(0.9 + SPREAD), "xavier": list(0.899 - SPREAD)}))
    assert "he ranks first" in text
    assert "do not tell it apart from xavier, 0.001 (-0.038 to 0.040)." in text
    assert "5 seeds are too few to tell he from xavier" in text
    assert "lead" not in text


def test_an_interval_without_zero_is_no_lead_among_many_pairs(make_results):
    """What one comparison in twenty shows by chance is not claimed where many are made."""
    others = {f"scheme {place}": list(0.9 - 0.01 * SPREAD) for place in range(8)}
    text = found(make_results({"he": list(0.912 + 0.5 * SPREAD[::-1]), **others}))
    assert "he ranks first" in text
    assert "lead" not in text
    assert "an interval without zero is no finding among so many pairs." in text
    assert "and 3 more:" in text


def test_the_best_of_many_is_compared_by_name_with_a_few(make_results):
    """The others are counted."""
    others = {f"scheme {place}": [0.5 + place / 100] * 5 for place in range(8)}
    text = found(make_results({"he": list(0.9 + SPREAD), **others}))
    assert "over scheme 7" in text
    assert "and as clear over 3 that rank lower." in text


def test_schemes_that_are_equal_are_not_told_apart(make_results):
    """A difference of nought in every seed is no lead."""
    text = found(make_results({"zeros": [0.5] * 5, "ones": [0.5] * 5}))
    assert "do not tell it apart from ones, 0.000 (0.000 to 0.000)" in text
    assert "zeros and ones do the same in every seed: there is nothing that more seeds" in text


def test_one_seed_settles_nothing(make_results):
    """A difference that was seen once is not called a lead."""
    text = found(make_results({"zeros": [0.5], "he": [0.9]}))
    assert "over one seed" in text
    assert "One seed is too few to tell he from zeros: 3 are the least." in text
    assert "Seed by seed" not in text


def test_a_collapse_to_one_unit_is_said(make_results):
    """Which layers are worth one unit stands beside the accuracy."""
    accuracies = {"he": [0.9, 0.9], "zeros": [0.5, 0.5], "half": [0.6, 0.7]}
    text = found(make_results(accuracies, units={"zeros": (1, 1), "half": (1, 3)}))
    assert "zeros ends with one distinct unit in each of its 2 hidden layers" in text
    assert "half ends with one distinct unit in hidden layer 1 of 2" in text
    assert "he ends" not in text


def test_divergence_is_said_with_what_the_figures_rest_on(make_results):
    """Some runs, or all."""
    text = found(make_results({"he": [0.9, 0.9, 0.8], "wild": [0.9, NAN, NAN], "gone": [NAN] * 3}))
    assert "wild diverged in 2 of 3 runs, which count as lost in every comparison; its" in text
    assert "gone diverged in every run: all count as lost, and it has no final figures." in text
    assert "(0.723 to 1.000) over gone" in text


def test_a_scheme_that_loses_runs_is_not_praised_for_the_others(make_results):
    """Ahead where it finished, it still ranks lower, and both are said."""
    text = found(make_results({"sound": list(0.7 + SPREAD), "wild": [0.99, 0.98, 0.99, NAN, NAN]}))
    assert "sound ranks first" in text
    assert "Where neither diverged, wild is ahead of it by" in text
    assert "a diverged run counts as the worst" in text


@pytest.mark.parametrize(
    ("accuracies", "text"),
    [
        ({"a": [NAN, NAN], "b": [NAN, NAN]}, "Every run diverged"),
        ({"a": [], "b": []}, "No run has finished yet."),
    ],
)
def test_where_nothing_is_known_nothing_is_ranked(make_results, accuracies, text):
    """No scheme is called first without a figure."""
    results = make_results(accuracies) if accuracies["a"] else None
    cell = results.metrics["cells"][0] if results else no_runs()
    sentences = conclusions(cell)
    assert sentences[0].startswith(text)
    assert "first" not in "".join(sentences)


def no_runs():
    """Return the metrics of a cell whose two schemes have no run."""
    nothing = {"n": 0, "mean": None, "ci95": None}
    entry = {"runs": 0, "missing": 3, "diverged": 0, "test_accuracy": nothing}
    entry |= {"shares": {"stalled": None, "born_dead": None}}
    entry |= {"stopped_at": [], "distinct_units": {"final": [None], "of": [4]}}
    inits = {"a": entry, "b": entry}
    return {"score": "accuracy", "inits": inits, "ranking": ["a", "b"], "comparisons": []}


def test_runs_that_learned_nothing_are_told(make_results):
    """Stalled and born dead runs are counted where it is known."""
    cell = make_results({"he": [0.9] * 3, "zeros": [0.5] * 3}).metrics["cells"][0]
    cell["inits"]["zeros"]["shares"] |= {
        "stalled": {"count": 3, "of": 3},
        "born_dead": {"count": 2, "of": 3},
    }
    text = "\n".join(conclusions(cell))
    assert (
        "zeros stalled in 3 of 3 runs: no better than a constant answer. zeros has a layer" in text
    )
    assert "without a living unit from the start in 2 of 3 runs." in text
    assert "he stalled" not in text


def test_a_regression_is_led_by_r2(make_results, make_setup):
    """Sentences name the score that was measured."""
    setup = make_setup(classes=None, score="r2")
    scores = {"zeros": [-0.1] * 5, "he": list(0.9 + SPREAD)}
    text = found(make_results(scores, setup=setup, planar=False))
    assert "he ranks first: test R² 0.900 ± 0.020 over 5 seeds." in text
    assert "is 1.000 (0.980 to 1.020) over zeros." in text
    assert "accuracy" not in text


def test_runs_that_were_stopped_are_told(make_results):
    """Final figures that are not those of the last epoch do not pass for them."""
    text = found(make_results({"he": [0.9, 0.9], "zeros": [0.5, 0.5]}, stopped={"he": 3}))
    assert "he was stopped in 1 of 2 runs, the median at epoch 3; their final figures" in text
    assert "zeros was stopped" not in text


def test_missing_runs_are_named(make_results):
    """An experiment of which a part is trained does not pass for whole."""
    assert "zeros lacks 2 of 3 runs" in found(make_results({"he": [0.9] * 3, "zeros": [0.5]}))


def test_a_scheme_alone_is_compared_with_none(make_results):
    """Its score is said, and that is all: it is first among nobody."""
    [said] = conclusions(make_results({"he": [0.9, 0.8]}).metrics["cells"][0])
    assert said.startswith("he: test accuracy 0.850 ± ")
