"""The verdict: which schemes tie with the best, which are unclear, and which are behind."""

import numpy as np
import pytest

from initbench.recommending.race import Outcome, Trials
from initbench.recommending.verdict import Entrant, judge, learns, notes, reason
from initbench.results import Cell, Outline, RunId, Scheme, Setup

SETUP = Setup(
    dataset="digits",
    scaling="standard",
    classes=10,
    features=64,
    hidden=(8, 8),
    network="relu",
    training="4 epochs of sgd (learning_rate 0.1)",
    epochs=4,
    score="accuracy",
)


@pytest.fixture
def make_outcome():
    """Return a maker of outcomes of races that were never run.

    It takes the mean scores of the schemes, best first, and of each pair with the best the
    difference, its interval and whether it is significant.
    """

    def make(means, pairs=(), *, dropped=(), gains=(), epochs=3.0):
        means, dropped = dict(means), dict(dropped)
        labels = [*means, *dropped]
        cell = {
            "score": "accuracy",
            "ranking": list(means),
            "comparisons": [
                {
                    "a": a,
                    "b": b,
                    "difference": {"mean": mean, "ci95": ends, "p": 0.5},
                    "distinct": is_distinct,
                }
                for a, b, mean, ends, is_distinct in pairs
            ],
            "inits": {
                label: {
                    "test_accuracy": {"values": [mean - 0.01, mean, mean + 0.01]},
                    "test_accuracy_area": {"mean": mean / 2},
                    "epochs_to_target": {"median": epochs},
                    "diverged": 0,
                }
                for label, mean in means.items()
            },
        }
        outline = Outline(
            name="race",
            description="",
            target=0.9,
            schemes=tuple(
                Scheme(label, "normal", {}, "N(0, 1)", "Someone (1999)", "A law.")
                for label in labels
            ),
            cells=(Cell({}, SETUP, {label: (RunId(0, f"{label}-0"),) for label in means}),),
        )
        trials = {label: Trials({0.1: [0.5] * 3}, {0.1: [0.5] * 3}) for label in labels}
        return Outcome(trials, dict.fromkeys(labels, 0.1), dropped, outline, cell, 9, dict(gains))

    return make


@pytest.mark.parametrize(
    ("is_short", "gain", "standing"),
    [(True, 0.03, "unclear"), (True, 0.01, "behind"), (False, 0.03, "behind")],
)
def test_a_scheme_that_is_still_rising_is_not_called_behind(make_outcome, is_short, gain, standing):
    """If the budget cut training short, and its score grew by its lag in the second half."""
    pairs = [("kumar", "orthogonal", 0.02, (0.015, 0.025), True)]
    outcome = make_outcome({"kumar": 0.82, "orthogonal": 0.8}, pairs, gains={"orthogonal": gain})
    entrants = judge(outcome, is_short=is_short)
    assert entrants[1].standing == standing
    said = " ".join(notes(entrants, outcome))
    assert ("still rising" in said) == (standing == "unclear")


@pytest.mark.parametrize(
    ("mean", "ends", "is_distinct", "standing"),
    [
        (0.2, (0.15, 0.25), True, "behind"),
        (0.011, (0.0105, 0.0115), True, "behind"),
        (0.009, (0.008, 0.0095), True, "tied"),
        (0.001, (-0.01, 0.012), False, "tied"),
        (0.02, (-0.005, 0.049), False, "tied"),
        (0.02, (-0.005, 0.051), False, "unclear"),
        (0.2, (-0.1, 0.5), False, "unclear"),
        (0.0, None, False, "unclear"),
    ],
)
def test_a_difference_is_judged_by_its_size_and_its_interval(
    make_outcome, mean, ends, is_distinct, standing
):
    """Significant and above one point is behind; not significant and below five points is a tie."""
    outcome = make_outcome(
        {"he": 0.9, "other": 0.9 - mean}, [("he", "other", mean, ends, is_distinct)]
    )
    best, other = judge(outcome)
    assert (best.label, best.standing, best.difference) == ("he", "tied", None)
    assert (other.label, other.standing) == ("other", standing)
    assert other.score["mean"] == pytest.approx(0.9 - mean)


def test_the_difference_is_the_lead_of_the_best_scheme_in_either_order_of_the_pair(make_outcome):
    """A pair in the other order gives the negated mean and interval."""
    means = {"he": 0.9, "other": 0.8}
    forward = make_outcome(means, [("he", "other", 0.1, [0.07, 0.12], True)])
    backward = make_outcome(means, [("other", "he", -0.1, [-0.12, -0.07], True)])
    for outcome in (forward, backward):
        _, other = judge(outcome)
        assert other.difference == {"mean": 0.1, "ci95": [0.07, 0.12]}
        assert other.standing == "behind"


def test_schemes_that_left_follow_with_their_validation_scores(make_outcome):
    """The higher score first, without an interval, since they have no run of the last round."""
    outcome = make_outcome({"he": 0.9}, dropped={"low": 0.2, "lower": 0.1, "middle": 0.5})
    _, *left = judge(outcome)
    assert [(each.label, each.standing) for each in left] == [
        ("middle", "left"),
        ("low", "left"),
        ("lower", "left"),
    ]
    assert left[0].score == {"mean": 0.5, "ci95": None, "n": 3}


@pytest.mark.parametrize(
    ("score", "does"), [(0.1, False), (0.14, False), (0.15, True), (0.9, True)]
)
def test_a_scheme_learns_if_it_ends_clearly_above_chance(make_outcome, score, does):
    """By a twentieth of the distance from chance (0.1 here) to 1."""
    outcome = make_outcome({"he": score})
    [entrant] = judge(outcome)
    assert learns(outcome, entrant) is does


def test_a_tie_of_all_schemes_is_reported_with_the_range_of_scores(make_outcome):
    """The reason describes no single scheme."""
    outcome = make_outcome({"he": 0.971, "b": 0.965}, [("he", "b", 0.006, (0.001, 0.011), True)])
    assert reason(outcome, judge(outcome), {}, "he").startswith(
        "All 2 end alike, from 96.5% to 97.1%"
    )


def test_an_unclear_scheme_has_a_note_and_prevents_a_tie_of_all(make_outcome):
    """The reason describes the best scheme, and the note advises a larger budget."""
    outcome = make_outcome({"he": 0.971, "b": 0.94}, [("he", "b", 0.031, (-0.02, 0.08), False)])
    entrants = judge(outcome)
    [note] = notes(entrants)
    assert note.startswith("b: no significant difference from he")
    signals = {"preactivation_rms": np.ones((3, 3)), "delta_rms": np.ones((3, 3))}
    said = reason(outcome, entrants, dict.fromkeys(["he", "b"], signals), "he")
    assert said.startswith(
        "he changes signal and gradients by less than a factor of 2 through 2 layers (×1 a layer),"
        " reaches 90% after 3 epochs and ends at 97.1%; b "
    )


@pytest.mark.parametrize(
    ("signal", "gradient", "fact"),
    [
        ([1, 0.5, 0.25], [1, 1, 1], "weakens the signal by ×0.5 a layer"),
        ([3, 6, 12], [5, 5, 5], "amplifies the signal by ×2 a layer"),
        ([1, 1, 1], [4, 1, 0.25], "weakens gradients by ×0.25 a layer"),
        ([1, 0.5, 0.25], [1, 3, 9], "amplifies gradients by ×3 a layer"),
        ([1, 0.5, 0.25], [0, 0, 0], "weakens the signal by ×0.5 a layer"),
        ([1, 0.5, 0.25], [1, np.inf, np.inf], "weakens the signal by ×0.5 a layer"),
        ([1, 0, 0], [0, 0, 0], "loses the signal"),
        ([1, np.inf, np.inf], [1, 1, 1], "loses the signal"),
        ([1, np.nan, np.nan], [1, 1, 1], "loses the signal"),
        (
            [1, 1.4, 1.96],
            [1, 1, 1],
            "changes signal and gradients by less than a factor of 2 through 3 layers (×1.4 a",
        ),
    ],
)
def test_the_reason_describes_signal_and_gradients(make_outcome, signal, gradient, fact):
    """The signal runs from the first hidden layer to the last, and gradients run back.

    The output layer does not count; of several seeds the median does.
    """
    sizes = np.array([[0.5], [2.0], [7.0]])
    layers = {
        "preactivation_rms": np.hstack([sizes * np.array(signal, float), 99 * sizes]),
        "delta_rms": np.hstack([sizes * np.array(gradient, float)[::-1], 99 * sizes]),
    }
    outcome = make_outcome({"he": 0.9})
    said = reason(outcome, judge(outcome)[:1], {"he": layers}, "he")
    assert said.startswith(f"he {fact}")
    assert "reaches 90% after 3 epochs" in said


@pytest.mark.parametrize(("epochs", "words"), [(1.0, "1 epoch and"), (2.5, "2.5 epochs and")])
def test_one_epoch_is_no_plural(make_outcome, epochs, words):
    """A median over seeds may lie between two epochs."""
    outcome = make_outcome({"he": 0.9}, epochs=epochs)
    signals = dict.fromkeys(("preactivation_rms", "delta_rms"), np.ones((3, 2)))
    said = reason(outcome, judge(outcome), {"he": signals}, "he")
    assert said.startswith(f"he reaches 90% after {words}")


@pytest.mark.parametrize("layers", [1, 2])
def test_a_network_of_one_hidden_layer_passes_nothing_on(make_outcome, layers):
    """There is no factor from layer to layer."""
    outcome = make_outcome({"he": 0.9})
    signals = dict.fromkeys(("preactivation_rms", "delta_rms"), np.ones((3, layers)))
    said = reason(outcome, judge(outcome), {"he": signals}, "he")
    assert said.startswith("he reaches 90% after 3 epochs")


def entrant(label, standing="tied", edge=""):
    """Return the result of a scheme."""
    score = {"mean": 0.9, "ci95": [0.8, 1.0], "n": 5}
    return Entrant(label, standing, learning_rate=0.1, edge=edge, score=score)


@pytest.mark.parametrize(
    ("entrants", "expected"),
    [
        ([entrant("he"), entrant("zeros", "behind")], []),
        (
            [entrant("he", edge="lowest"), entrant("zeros", "behind")],
            ["he: best at the lowest learning rate that was tried; a lower one may do better"],
        ),
        (
            [entrant("he"), entrant("ones", edge="highest"), entrant("mup", edge="highest")],
            [
                (
                    "ones and mup: best at the highest learning rate that was tried; a higher one"
                    " may do better"
                )
            ],
        ),
        (
            [entrant("he", edge="highest"), entrant("ones", "unclear", edge="lowest")],
            [
                (
                    "ones: no significant difference from he, but the interval is too wide to call"
                    " them equally good; a larger budget may decide"
                ),
                "ones: best at the lowest learning rate that was tried; a lower one may do better",
                "he: best at the highest learning rate that was tried; a higher one may do better",
            ],
        ),
    ],
)
def test_notes_name_unclear_schemes_and_those_with_a_best_rate_at_an_endpoint(entrants, expected):
    """Each note has the schemes, the endpoint, and the direction to try next."""
    assert notes(entrants) == expected
