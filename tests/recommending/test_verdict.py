"""The verdict: what is a tie, what is unclear, and what is behind."""

import pytest

from initbench.recommending.race import MARGIN
from initbench.recommending.verdict import TOLERANCE, _standing


@pytest.mark.parametrize(
    ("mean", "ends", "is_distinct", "standing"),
    [
        (0.2, (0.15, 0.25), True, "behind"),
        (MARGIN / 2, (0.004, 0.006), True, "tied"),
        (0.001, (-0.01, 0.012), False, "tied"),
        (0.02, (-0.005, TOLERANCE - 0.001), False, "tied"),
        (0.02, (-0.1, 0.14), False, "unclear"),
        (0.0, None, False, "unclear"),
    ],
)
def test_a_difference_is_judged_by_its_size_and_its_interval(mean, ends, is_distinct, standing):
    """What is real and too small to matter ties; what may be large is no tie."""
    difference = {"mean": mean, "ci95": ends}
    assert _standing(difference, is_distinct=is_distinct) == standing


def test_the_best_ties_with_itself():
    """It is behind nobody."""
    assert _standing(None, is_distinct=False) == "tied"


def test_the_difference_is_what_the_best_has_more(quick):
    """Positive for all others, whichever of a pair was named first; the last is the worst."""
    schemes = [{"name": "random", "std": 1e-4}, "he", "lecun_normal"]
    for inits in (schemes, schemes[::-1]):
        found = quick(inits=inits, budget="6000 steps", folder=str(inits[0]))
        best, *others = [each for each in found.ranking if each.standing != "left"]
        assert best.difference is None
        assert all(each.difference["mean"] >= 0.0 for each in others)
        assert all(each.difference["ci95"][0] <= each.difference["mean"] for each in others)
