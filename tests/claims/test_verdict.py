"""Verdicts on plain arrays: claims need no results folder, only the protocol `Runs`."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from initbench.claims import (
    Claim,
    ClaimError,
    Kind,
    Vocabulary,
    check_form,
    judge_claim,
    parse_claim,
    resolve,
)
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

    def singular_values(self, metric, cell):
        """Return how many singular values every network has."""
        assert (metric, cell) == ("probe_jacobian", 0)
        return 2

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


def test_a_true_claim_seldom_fails():
    """A claim at its own threshold fails as rarely as the interval misses, and so does not hold."""
    rng = np.random.default_rng(7)
    verdicts = [
        judge_claim(
            Claim("test_accuracy(he) > 0.6"),
            Evaluator(Arrays({"he": rng.normal(0.6, 0.05, 10)}, tuple(range(10)))),
        ).verdict
        for _ in range(600)
    ]
    # 17 are expected, 2.9 % of 600; more than 31 is one in a thousand.
    assert verdicts.count("FAIL") <= 31
    assert verdicts.count("PASS") <= 31


def test_a_missing_seed_prevents_a_pass():
    """NaN is the value of a seed whose run is not on disk."""
    runs = Arrays({**SCORES, "he": [0.8, 0.9, 1.0, np.nan]})
    found = judge_claim(Claim("test_accuracy(he) > 0.1"), Evaluator(runs))
    assert (found.verdict, found.note) == ("INCONCLUSIVE", "1 of 4 seeds have no value")


@pytest.mark.parametrize(
    ("claim", "note"),
    [
        ("> 0.8", "about 3 more seeds would decide"),
        ("< 0.8", "about 3 more seeds would decide"),
        ("> 0.88", "about 160 more seeds would decide"),
        ("< 0.922", "about 140 more seeds would decide"),
        ("> 0.775", "about 1 more seed would decide"),
        ("> 0.898", "about 17000 more seeds would decide"),
        ("> 0.9", "the estimate lies on the threshold, and adding seeds is unlikely to decide"),
    ],
)
def test_an_open_verdict_says_how_many_seeds_would_decide(claim, note):
    """The half-width 3.182 * 0.08165 / √n of n seeds must be less than the distance to the mean.

    The mean is 0.9 and n is 4 now: the half-width is 0.1299, and a distance of 0.02 takes
    4 * (0.1299 / 0.02)² = 169 seeds, 165 more, of which two digits are said.
    """
    found = judge_claim(Claim(f"test_accuracy(he) {claim}"), Evaluator(Arrays(SCORES)))
    assert (found.verdict, found.note) == ("INCONCLUSIVE", note)


@pytest.mark.parametrize(
    ("relation", "verdict"), [(">=", "PASS"), (">", "FAIL"), ("<=", "PASS"), ("<", "FAIL")]
)
def test_a_number_without_spread_is_compared_as_numbers_are(relation, verdict):
    """All four seeds have exactly the threshold."""
    found = judge_claim(Claim(f"test_accuracy(zeros) {relation} 0.5"), Evaluator(Arrays(SCORES)))
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("text", "margin", "verdict"),
    [
        # The difference is -0.1, 0, 0.1 and 0: mean 0, standard error 0.0408, t(3) = 3.18.
        ("test_accuracy(he) == test_accuracy(other)", 0.14, "PASS"),
        ("test_accuracy(he) == test_accuracy(other)", 0.12, "INCONCLUSIVE"),
        ("test_accuracy(he) >= test_accuracy(other)", 0.14, "PASS"),
        ("test_accuracy(he) >= test_accuracy(other)", 0.12, "INCONCLUSIVE"),
        ("test_accuracy(he) <= test_accuracy(other)", 0.14, "PASS"),
        # zeros is 0.4 below, in every seed within 0.13.
        ("test_accuracy(zeros) >= test_accuracy(he)", 0.1, "FAIL"),
        ("test_accuracy(zeros) <= test_accuracy(he)", 0.1, "PASS"),
        ("test_accuracy(zeros) == test_accuracy(he)", 0.1, "FAIL"),
        ("test_accuracy(he) == test_accuracy(other) == 0.9", 0.14, "PASS"),
        ("test_accuracy(he) == 0.9 == test_accuracy(zeros)", 0.14, "FAIL"),
        ("0.6 >= test_accuracy(zeros)", 0.05, "PASS"),
        ("0.46 >= test_accuracy(zeros)", 0.05, "PASS"),
        ("0.44 >= test_accuracy(zeros)", 0.05, "FAIL"),
    ],
)
def test_a_margin_decides_equivalence_and_non_inferiority(text, margin, verdict):
    """The interval of the difference lies within the margin, or on the side that it leaves."""
    runs = Arrays({**SCORES, "other": [0.9, 0.9, 0.9, 0.9]})
    labels = (*SCORES, "other")
    runs.vocabulary = Vocabulary(labels, {"test_accuracy": Kind.RUN}, [{}])
    assert judge_claim(Claim(text, margin=margin), Evaluator(runs)).verdict == verdict


@pytest.mark.parametrize(
    ("text", "margin", "words"),
    [
        ("test_accuracy(he) == test_accuracy(zeros)", None, r"== needs a margin.*character 19"),
        ("test_accuracy(he) > test_accuracy(zeros)", 0.1, "takes no margin"),
        ("0.1 < test_accuracy(he) <= 1", 0.1, "takes no margin"),
        ("argbest(test_accuracy, init) == he", 0.1, "takes no margin"),
        ("test_accuracy(he)", 0.1, "compares nothing"),
    ],
)
def test_a_margin_belongs_to_an_equivalence_or_an_order_that_allows_equality(text, margin, words):
    """A strict comparison with a margin would be a comparison with another threshold."""
    with pytest.raises(ValueError, match=words):
        check_form(Claim(text, margin=margin))


def test_a_mean_over_seeds_can_be_part_of_an_expression():
    """The logarithm of the mean of 0.8, 0.9, 1 and 0.9 is log 0.9, the mean of logarithms less.

    It has the interval of all four seeds, which can decide.
    """
    found = judge_claim(Claim("log(mean(test_accuracy(he))) > -1"), Evaluator(Arrays(SCORES)))
    assert found.measured == pytest.approx(np.log(0.9))
    assert found.verdict == "PASS"


def test_singular_values_have_a_key_of_their_own():
    """They are counted from the largest, and functions run through all of them."""
    runs = Arrays({"he": None})
    runs.vocabulary = Vocabulary(("he",), {"probe_jacobian": Kind.SPECTRUM}, [{}])
    runs.read = lambda metric, _cell: np.full(4, 2.0 / dict(metric.where)["singular_value"])
    found = judge_claim(
        Claim("average(probe_jacobian(he), singular_value)", published=1.5, margin=0.01),
        Evaluator(runs),
    )
    assert (found.verdict, found.measured) == ("PASS", 1.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("probe_jacobian(he) > 1", "at which singular_value\\? Give singular_value=1"),
        ("probe_jacobian(he, layer=1) > 1", "has no layer: leave out layer"),
        ("probe_jacobian(he, singular_value=0) > 1", "singular_values are counted from 1"),
        ("probe_cosine(he, layer=1, epoch=0) > 1", "is measured once: leave out epoch"),
        ("layer_activation_std(he, layer=1) > 1", "need record.layers: true"),
        ("sharpness(he) > 1", "need record.sharpness: true"),
        ("stable_sharpness(he) > 1", "need record.sharpness: true"),
    ],
)
def test_an_unknown_quantity_of_untrained_networks_is_an_error(text, words):
    """The message names the key, and the switch that records what is missing."""
    metrics = {"probe_jacobian": Kind.SPECTRUM, "probe_cosine": Kind.UNTRAINED_LAYERS}
    with pytest.raises(ClaimError, match=words):
        resolve(parse_claim(text), Vocabulary(("he",), metrics, [{}]))


@pytest.mark.parametrize("text", ["test_accuracy(he) > 0.1", "0.1 < test_accuracy(he)"])
def test_one_seed_decides_nothing(text):
    """There is no interval, on whichever side of the comparison the number stands."""
    found = judge_claim(Claim(text), Evaluator(Arrays({"he": [0.8]}, seeds=(0,))))
    assert (found.verdict, found.measured) == ("INCONCLUSIVE", 0.8)
    assert found.note == "it takes two seeds or more"


@dataclass
class Layered(Arrays):
    """Runs of two networks, of two and three hidden layers; a layer has the score / its number."""

    curves: tuple = ((), ())
    vocabulary: Vocabulary = field(
        default_factory=lambda: Vocabulary(
            tuple(SCORES),
            {"layer_activation_std": Kind.LAYERS, "test_loss": Kind.CURVE},
            [{"network.depth": 2}, {"network.depth": 3}],
        )
    )

    def epochs(self, cell):
        """Return the points of the curves of a network."""
        return self.curves[cell]

    def read(self, metric, cell):
        """Return the scores, divided by the number of the layer or of the epoch."""
        where = dict(metric.where)
        assert where["network.depth"] == 2 + cell
        return np.array(self.scores[where["init"]]) / where.get("layer", where.get("epoch"))


def judged_along(quantity, claim, curves=((), ())):
    """Return the verdict on a claim about a quantity of the two networks."""
    shallow, deep = (f"{quantity}(he, depth={depth})" for depth in (2, 3))
    text = claim.format(shallow=shallow, deep=deep)
    return judge_claim(Claim(text), Evaluator(Layered(SCORES, curves=curves)))


@pytest.mark.parametrize(
    ("claim", "verdict", "measured"),
    [
        ("average({shallow}, layer) > 0", "PASS", 0.9 * (1 + 1 / 2) / 2),
        ("average({deep}, layer) > 0", "PASS", 0.9 * (1 + 1 / 2 + 1 / 3) / 3),
        ("lowest({deep}, layer) > 0", "PASS", 0.3),
        ("highest({deep}, layer) < 0.5", "FAIL", 0.9),
        ("monotone({shallow}, layer, falling)", "PASS", 0.45 - 0.9),
        ("monotone({shallow}, layer, rising)", "FAIL", 0.45 - 0.9),
    ],
)
def test_a_claim_runs_through_the_layers_of_a_network(claim, verdict, measured):
    """All hidden layers count, from the first to the last."""
    found = judged_along("layer_activation_std", claim)
    assert found.verdict == verdict
    assert found.measured == pytest.approx(measured)


def test_layers_of_networks_of_two_depths_are_not_run_through_together():
    """There is no third layer to subtract."""
    found = judged_along("layer_activation_std", "average({shallow} - {deep}, layer) < 1")
    assert found.verdict == "INCONCLUSIVE"
    assert "layers can be run through in networks of one depth only" in found.note


@pytest.mark.parametrize(
    ("curves", "verdict", "note"),
    [
        (([[1.0, 2.0]], [[1.0, 2.0]]), "PASS", ""),
        (([[1.0, 2.0]], [[1.0, 4.0]]), "INCONCLUSIVE", "have the same points only"),
        (([[1.0, 2.0]], [[1.0, 2.0], [1.0]]), "INCONCLUSIVE", "have the same points only"),
        (([], []), "INCONCLUSIVE", "none of these runs has finished yet"),
    ],
)
def test_a_claim_runs_through_the_epochs_that_all_curves_have(curves, verdict, note):
    """Curves of other epochs have no difference at these."""
    found = judged_along("test_loss", "average({shallow} + {deep}, epoch) > 1", curves)
    assert found.verdict == verdict
    assert note in found.note
