"""Findings say what the numbers show, and claim no more."""

import itertools

import numpy as np
import pytest

from initbench.report.findings import (
    caution_sentences,
    comparison_sentences,
    conclusions,
    power_sentences,
    state_sentences,
)

NAN = np.nan
SPREAD = np.array([-0.02, -0.01, 0.0, 0.01, 0.02])


def found(results):
    """Return the findings of the only cell as one text."""
    return "\n".join(conclusions(results.metrics["cells"][0]))


def cell_of(mean, low, high, *, verdict="undecided", needed=60, needed_ci95=None, n=5, **changes):
    """Return a cell of two schemes that learned, with such a difference between them."""
    score = {"n": n, "mean": 0.9, "ci95": [0.88, 0.92], "caution": None}
    entry = {"runs": n, "missing": 0, "diverged": 0, "test_accuracy": score, "learns": True}
    entry |= {"shares": dict.fromkeys(("stalled", "born_dead", "overshot"))}
    entry |= {"stopped_at": [], "distinct_units": {"final": [4.0], "of": [4]}}
    interval = None if low is None else [low, high]
    difference = {"mean": mean, "ci95": interval, "n": n}
    pair = {"a": "he", "b": "lecun", "difference": difference, "neither_diverged": difference}
    pair |= {"verdict": verdict, "p": None if n < 3 else 0.5, "distinct": verdict == "better"}
    power = {"best": "he", "second": "lecun", "seeds": n, "distinct": False, "needed": needed}
    power |= {"needed_ci95": needed_ci95}
    cell = {"score": "accuracy", "baseline": 0.5, "equivalence_margin": 0.01, "power": power}
    cell |= {"inits": {"he": entry, "lecun": dict(entry)}, "ranking": ["he", "lecun"]}
    return {**cell, "comparisons": [pair], **changes}


def test_a_clear_lead_is_claimed_with_its_interval(make_results):
    """Where the difference is significant, the lead is said."""
    text = found(make_results({"zeros": [0.5] * 5, "he": list(0.9 + SPREAD)}))
    assert "he ranks first: test accuracy 0.900 ± 0.020 over 5 seeds." in text
    assert "with 95 % intervals: 0.400 (0.380 to 0.420) over zeros." in text
    assert "ndecided" not in text


def test_where_the_interval_contains_zero_the_better_mean_is_no_finding(make_results):
    """The interval is said, and that a difference within the margin needs other evidence."""
    text = found(make_results({"he": list(0.9 + SPREAD), "xavier": list(0.899 - SPREAD)}))
    assert "he ranks first" in text
    assert "no significant difference from he: xavier, 0.001 (-0.038 to 0.040)." in text
    assert "5 seeds do not decide between he and xavier: their mean difference, 0.001, is" in text
    assert "seeds would detect" not in text
    assert "lead" not in text


@pytest.mark.parametrize(
    ("difference", "verdict", "needed", "said"),
    [
        ((0.011, -0.02, 0.042), "undecided", 60, "about 60 seeds would detect a difference"),
        (
            (1e-17, -0.02, 0.02),
            "undecided",
            None,
            "difference, 0.000, is within the margin of 0.01",
        ),
        ((0.010, -0.02, 0.040), "undecided", 60, "within the margin of 0.01, and more seeds may"),
        ((0.02, -0.02, 0.06), "undecided", None, "takes more than 10,000 seeds"),
        ((0.02, -0.02, 0.06), "undecided", 2278, "about 2,278 seeds would detect"),
        ((0.0, 0.0, 0.0), "equivalent", None, ""),
        ((0.001, -0.008, 0.0099), "equivalent", 2278, ""),
        ((0.02, 0.01, 0.03), "better", None, ""),
        ((None, None, None), "undecided", None, "do not decide between he and lecun."),
        ((np.inf, None, None), "undecided", None, "do not decide between he and lecun."),
    ],
)
def test_seeds_are_advised_only_for_a_difference_that_matters(difference, verdict, needed, said):
    """None for an equivalence or a lead, and none for a mean difference within the margin."""
    sentences = power_sentences(cell_of(*difference, verdict=verdict, needed=needed))
    assert (said in sentences[0]) if said else (sentences == [])


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ([300, 8000], "about 1,743 seeds (between 300 and 8,000) would detect a difference"),
        ([300, None], "about 1,743 seeds (300 or more) would detect a difference"),
        (None, "about 1,743 seeds would detect a difference"),
    ],
)
def test_the_seeds_needed_have_an_interval(interval, said):
    """The effect is known from few seeds, and so is their number."""
    cell = cell_of(0.02, -0.02, 0.06, needed=1743, needed_ci95=interval)
    assert said in power_sentences(cell)[0]


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (
            [0.5, 0.94, 0.95, 0.95, 0.96],
            (
                "The test accuracy of he has two groups: 1 of 5 runs (20 %; 95 % interval: between"
                " 4 % and 62 %) with a mean of 0.500, and the others with 0.950 ± 0.013. The mean"
                " of all runs has no interval."
            ),
        ),
        (
            [0.5, 0.5, 0.5, 0.5, 0.7],
            (
                "More than two thirds of the runs have the same test accuracy and the others"
                " differ: he. This mean has no interval."
            ),
        ),
        (
            [0.5] * 5,
            (
                "Test accuracy is the same in all runs: he. This interval has no width, and other"
                " seeds may still differ."
            ),
        ),
        ([0.80, 0.85, 0.9, 0.95, 0.99], None),
    ],
)
def test_a_mean_without_a_reliable_interval_has_a_note(make_results, scores, said):
    """Student's interval of the four is ±0.013, Wilson's of one in five 3.6 to 62.4 %."""
    [cell] = make_results({"he": scores}).metrics["cells"]
    assert caution_sentences(cell) == ([said] if said else [])
    assert not said or said in conclusions(cell)


@pytest.mark.parametrize(("n", "said"), [(1, "1 seed is too few"), (2, "2 seeds are too few")])
def test_the_text_says_that_fewer_than_three_seeds_are_too_few(n, said):
    """Nothing is tested, and nothing is called undecided."""
    cell = cell_of(0.02, None, None, n=n)
    assert power_sentences(cell) == [f"{said} to compare he with lecun: use at least 3."]
    assert "Undecided" not in "".join(comparison_sentences(cell))


def test_equivalence_is_claimed_with_its_margin():
    """An interval within the margin is a finding, and says which margin."""
    text = "\n".join(comparison_sentences(cell_of(0.001, -0.008, 0.0099, verdict="equivalent")))
    assert "Equivalent to he within 0.01: lecun, 0.001 (-0.008 to 0.010)." in text
    assert "ndecided" not in text


def test_a_comparison_that_was_stored_the_other_way_round_is_turned():
    """A's loss is b's lead, with its interval and verdict."""
    cell = cell_of(-0.02, -0.03, -0.01, verdict="worse", ranking=["lecun", "he"])
    assert "0.020 (0.010 to 0.030) over he." in "\n".join(comparison_sentences(cell))


def test_an_interval_without_zero_is_no_lead_among_many_pairs(make_results):
    """What one comparison in twenty shows by chance is not claimed where many are made."""
    others = {f"scheme {place}": list(0.9 - 0.01 * SPREAD) for place in range(8)}
    text = found(make_results({"he": list(0.912 + 0.5 * SPREAD[::-1]), **others}))
    assert "he ranks first" in text
    assert "lead" not in text
    assert "An interval that excludes zero is not significant among so many pairs." in text
    assert "and 3 more." in text


def test_the_best_of_many_is_compared_by_name_with_a_few(make_results):
    """The others are counted."""
    others = {f"scheme {place}": [0.5 + place / 100] * 5 for place in range(8)}
    text = found(make_results({"he": list(0.9 + SPREAD), **others}))
    assert "over scheme 7" in text
    assert "and 3 more." in text


def test_one_seed_leaves_pairs_undecided(make_results):
    """A difference that was seen once is not called a lead."""
    text = found(make_results({"zeros": [0.5], "he": [0.9]}))
    assert "over one seed" in text
    assert "1 seed is too few to compare he with zeros: use at least 3." in text
    assert "lead" not in text


def test_a_layer_that_collapsed_to_one_unit_is_reported(make_results):
    """Which layers are worth one unit stands beside the accuracy."""
    accuracies = {"he": [0.9, 0.9], "zeros": [0.5, 0.5], "half": [0.6, 0.7]}
    text = found(make_results(accuracies, units={"zeros": (1, 1), "half": (1, 3)}))
    assert "zeros ends with one distinct unit in each of its 2 hidden layers" in text
    assert "half ends with one distinct unit in hidden layer 1 of 2" in text
    assert "he ends" not in text


def test_divergence_is_reported_with_the_runs_behind_the_means(make_results):
    """Some runs, or all."""
    text = found(make_results({"he": [0.9, 0.9, 0.8], "wild": [0.9, NAN, NAN], "gone": [NAN] * 3}))
    assert "wild diverged in 2 of 3 runs, which count as the worst in every comparison; its" in text
    assert "gone diverged in every run, so it has no final values." in text
    assert "(0.723 to 1.000) over gone" in text


def test_a_scheme_that_loses_runs_is_not_praised_for_the_others(make_results):
    """Ahead where it finished, it still ranks lower, and both are said."""
    text = found(make_results({"sound": list(0.7 + SPREAD), "wild": [0.99, 0.98, 0.99, NAN, NAN]}))
    assert "sound ranks first" in text
    assert "On the seeds where neither diverged, wild is ahead of sound by" in text
    assert "wild ranks lower because a diverged run counts as the worst." in text


def test_without_a_run_nothing_is_ranked():
    """No scheme is called first without a value."""
    cell = cell_of(0.0, None, None)
    for entry in cell["inits"].values():
        entry |= {"runs": 0, "missing": 3, "learns": None}
        entry["test_accuracy"] = {"n": 0, "mean": None, "ci95": None, "caution": None}
    sentences = conclusions(cell)
    assert sentences[0] == "No run has finished yet."
    assert "first" not in "".join(sentences)


def test_where_every_run_diverged_no_scheme_learned(make_results):
    """The cause is plain."""
    text = found(make_results({"a": [NAN, NAN], "b": [NAN, NAN]}))
    assert text.startswith("No scheme learned: every run diverged. Lower the learning rate.")
    assert "first" not in text


@pytest.mark.parametrize(
    ("score", "learned"), [(0.5, False), (0.525, False), (0.526, True), (0.49, False)]
)
def test_a_scheme_ranks_first_only_if_one_learned(make_results, score, learned):
    """Of two classes of one size the baseline is 0.5, and 5 % of the way to 1 is 0.525."""
    text = found(make_results({"zeros": [score] * 5, "he": [0.4] * 5}))
    assert ("zeros ranks first" in text) is learned
    assert ("No scheme learned" in text) is not learned
    if not learned:
        assert f"{score:.3f} of zeros, is not clearly above the majority-class baseline" in text
        assert "lead" not in text


@pytest.mark.parametrize(
    ("diverged", "overshot", "stalled", "train", "cause"),
    [
        (5, 0, 0, 0.5, "5 of 10 runs diverged. Lower the learning rate."),
        (4, 5, 5, 0.5, "in 5 of 10 runs training diverged or ended with more than twice the loss"),
        (
            4,
            4,
            5,
            0.5,
            "in 5 of 10 runs the training loss stayed at that of a constant prediction.",
        ),
        (4, 4, 4, 0.76, "the networks fit the training part and do not generalize."),
        (4, 4, 4, 0.75, "too little training. Train longer or raise the learning rate."),
        (0, None, None, None, "too little training."),
    ],
)
def test_the_likely_cause_of_no_learning_is_named(diverged, overshot, stalled, train, cause):
    """The commonest failure of the runs decides; what is not known decides nothing."""
    cell = cell_of(0.0, -0.02, 0.02)
    shares = {"overshot": overshot, "stalled": stalled}
    for entry in cell["inits"].values():
        entry |= {"learns": False, "train_accuracy": {"mean": train}}
    cell["inits"]["lecun"] |= {
        "diverged": diverged,
        "shares": {
            "born_dead": None,
            **{name: None if k is None else {"count": k, "of": 10} for name, k in shares.items()},
        },
    }
    [sentence] = comparison_sentences(cell)
    assert sentence.startswith("No scheme learned: the highest mean test accuracy, 0.900 of he,")
    assert f"Likely cause: {cause}" in sentence


def test_stalled_runs_are_reported(make_results):
    """Stalled and born dead runs are counted where it is known."""
    cell = make_results({"he": [0.9] * 3, "zeros": [0.5] * 3}).metrics["cells"][0]
    cell["inits"]["zeros"]["shares"] |= {
        "stalled": {"count": 3, "of": 3},
        "born_dead": {"count": 2, "of": 3},
    }
    text = "\n".join(conclusions(cell))
    assert "zeros stalled in 3 of 3 runs: its training loss is no better than" in text
    assert "In 2 of 3 runs, all units of a hidden layer of zeros are dead before training" in text
    assert "he stalled" not in text


def test_states_are_gathered_over_schemes(make_results):
    """One line for each thing that happened, for a terminal."""
    cell = make_results({"he": [0.9] * 3, "a": [0.5, 0.5, NAN], "b": [NAN] * 3}).metrics["cells"][0]
    assert state_sentences(cell) == ["Diverged: a (1 of 3 runs) and b (every run)."]


def test_a_regression_is_led_by_r2(make_results, make_setup):
    """Sentences name the score that was measured, and the mean as the baseline."""
    setup = make_setup(classes=None, score="r2")
    scores = {"zeros": [-0.1] * 5, "he": list(0.9 + SPREAD)}
    text = found(make_results(scores, setup=setup, planar=False))
    assert "he ranks first: test R² 0.900 ± 0.020 over 5 seeds." in text
    assert "1.000 (0.980 to 1.020) over zeros." in text
    assert "accuracy" not in text


def test_no_regression_learned_is_held_against_the_mean(make_results, make_setup):
    """An R² of 0.05 or less is that of a constant prediction."""
    setup = make_setup(classes=None, score="r2")
    text = found(make_results({"he": [0.05] * 3}, setup=setup, planar=False))
    assert "is not clearly above the baseline of the mean, 0.000." in text


def test_stopped_runs_are_reported(make_results):
    """Final values that are not those of the last epoch do not pass for them."""
    text = found(make_results({"he": [0.9, 0.9], "zeros": [0.5, 0.5]}, stopped={"he": 3}))
    assert "he was stopped early in 1 of 2 runs, at a median epoch of 3; final values" in text
    assert "zeros was stopped" not in text


def test_missing_runs_are_named(make_results):
    """An experiment of which a part is trained does not pass for whole."""
    assert "zeros lacks 2 of 3 runs" in found(make_results({"he": [0.9] * 3, "zeros": [0.5]}))


def test_a_scheme_alone_is_compared_with_none(make_results):
    """Its score is said, and that is all: it is first among nobody."""
    [said] = conclusions(make_results({"he": [0.9, 0.8]}).metrics["cells"][0])
    assert said.startswith("he: test accuracy 0.850 ± ")


@pytest.mark.parametrize("scores", list(itertools.product([NAN, -1.7e308, -1e155, 0.5], repeat=2)))
def test_values_that_are_not_finite_or_overflow_have_sentences(make_results, make_setup, scores):
    """An R² may be as low as numbers go; no sum or difference of such fails or warns."""
    setup = make_setup(classes=None, score="r2")
    finals = {"he": [scores[0]] * 3, "lecun": [*scores, scores[1]]}
    text = found(make_results(finals, setup=setup, planar=False))
    assert text
    assert "nan" not in text.lower()
