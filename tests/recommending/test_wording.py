"""Wording: notes name the schemes that they are of, and no others."""

import pytest

from initbench.recommending.verdict import Entrant
from initbench.recommending.wording import notes


def entrant(label, standing="tied", edge=""):
    """Return what a race found of a scheme."""
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
                    "ones: too few seeds to tell from he, and too uneven to call as good; a larger"
                    " budget may tell"
                ),
                "ones: best at the lowest learning rate that was tried; a lower one may do better",
                "he: best at the highest learning rate that was tried; a higher one may do better",
            ],
        ),
    ],
)
def test_notes_name_the_schemes_at_an_end_of_the_grid_and_those_that_are_unclear(
    entrants, expected
):
    """Each note with the scheme, the end, and the direction in which to go on."""
    assert notes(entrants) == expected
