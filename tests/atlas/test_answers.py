"""Answers of the atlas: standings, regret, sufficient sets and the hit rate of theory."""

from itertools import combinations

import numpy as np
import pytest

from initbench.atlas.answers import (
    MARGIN,
    compare_everywhere,
    default_rate_loss,
    judge,
    sufficient_set,
    summarise_schemes,
    theory_hits,
)
from initbench.atlas.report import atlas_document, coverage
from tests.atlas.cells import make_cell

NOISE = [-0.002, -0.001, 0.0, 0.001, 0.002]


def around(mean, factor=1.0):
    """Return five scores with a mean."""
    return [mean + factor * each for each in NOISE]


def test_each_standing_is_what_the_design_says():
    """Differences that do not vary are certain; one that varies by 0.2 is not."""
    cell = make_cell(
        {
            "best": around(0.9),
            "near": around(0.89),
            "far": around(0.8),
            "wild": [0.5, 0.9, 0.9, 0.9, 0.9],
            "dead": 0.1,
        },
        failing=["dead"],
    )
    standings = judge(cell)
    assert {each.scheme: each.verdict for each in standings} == {
        "best": "leader",
        "near": "equivalent",
        "far": "worse",
        "wild": "undecided",
        "dead": "fails",
    }
    assert [each.scheme for each in standings] == ["best", "near", "wild", "far", "dead"]
    regrets = {each.scheme: each.regret for each in standings}
    assert regrets == pytest.approx(
        {"best": 0, "near": 0.01, "wild": 0.08, "far": 0.1, "dead": 0.8}
    )
    assert [each.scheme for each in standings if each.is_within] == ["best", "near"]


def test_a_cell_in_which_nothing_learns_has_no_leader():
    """It counts nowhere."""
    cell = make_cell({"a": 0.1, "b": 0.11}, failing=["a", "b"])
    assert {each.verdict for each in judge(cell)} == {"fails"}
    assert summarise_schemes([cell]) == {}
    assert compare_everywhere([cell]) is None
    assert sufficient_set([cell]) == ()


def test_regret_and_shares_over_cells():
    """A scheme counts in the cells in which it is measured, and the lowest regret is first."""
    cells = [
        make_cell({"a": 0.9, "b": 0.8, "c": 0.89}, "atlas-1"),
        make_cell({"a": 0.7, "b": 0.9}, "atlas-2"),
    ]
    found = summarise_schemes(cells)
    assert list(found) == ["c", "b", "a"]
    assert found["a"]["regret"] == pytest.approx(0.1)
    assert (found["a"]["worst"], found["a"]["worst_cell"]) == (pytest.approx(0.2), "atlas-2")
    assert (found["a"]["within"], found["c"]["within"], found["c"]["cells"]) == (1, 1, 1)
    everywhere = compare_everywhere(cells)
    assert {name: each["mean_rank"] for name, each in everywhere["schemes"].items()} == {
        "a": 1.5,
        "b": 1.5,
    }
    assert everywhere["schemes"]["b"]["factors"] == pytest.approx([1.0, 2.0])


def test_schemes_that_are_measured_in_few_cells_come_last():
    """A scheme that leads in one of three cells was not compared in the others."""
    cells = [
        make_cell({"a": 0.9, "b": 0.8, "rare": 0.95}, "atlas-1"),
        make_cell({"a": 0.7, "b": 0.9}, "atlas-2"),
        make_cell({"a": 0.7, "b": 0.9}, "atlas-3"),
    ]
    assert list(summarise_schemes(cells)) == ["b", "a", "rare"]


def test_the_sufficient_set_is_a_smallest_one():
    """By trying all subsets, on random tables."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        cells = [
            make_cell({name: float(rng.choice([0.9, 0.5])) for name in "abcdef"}, f"atlas-{number}")
            for number in range(8)
        ]
        covers = [{each.scheme for each in judge(cell) if each.is_within} for cell in cells]
        sizes = [
            len(chosen)
            for size in range(1, 7)
            for chosen in combinations("abcdef", size)
            if all(cover & set(chosen) for cover in covers)
        ]
        found = sufficient_set(cells)
        assert len(found) == min(sizes)
        assert all(cover & set(found) for cover in covers)


def test_theory_is_held_to_six_depth_scales():
    """Three times the depth scale is trainable, sixty times is not; no prediction, no pair."""
    nan = float("nan")
    cells = [
        make_cell({"a": 0.9, "b": 0.1}, "atlas-1", failing=["b"], depth=30, xi_c=10.0),
        make_cell({"a": 0.9, "b": 0.1}, "atlas-2", failing=["b"], depth=60, xi_c=1.0),
        make_cell({"a": 0.9}, "atlas-3", xi_c=nan),
        make_cell({"a": 0.9}, "atlas-4", structure="layer"),
    ]
    found = theory_hits(cells)
    assert (found["hits"], found["pairs"]) == (2, 4)
    assert (found["false_alarms"], found["misses"]) == (1, 1)


def test_the_loss_at_the_default_rate():
    """The mean at the own rate less the mean at the default rate, of the named schemes."""
    cells = [make_cell({"a": 0.9, "b": 0.8})]
    assert default_rate_loss(cells, ["a"]) == pytest.approx([0.4])


def test_the_margin_is_the_one_of_the_page():
    """A scheme exactly at the margin is within it."""
    cell = make_cell({"a": 0.5, "b": 0.5 - MARGIN})
    assert judge(cell)[1].is_within


def test_recommendations_are_compared_with_always_using_one_scheme():
    """`he` is within 0.02 of the best in both cells, and `zeros` in neither."""
    scores = {"he": 0.9, "orthogonal": 0.91, "zeros": 0.1}
    others = {"he": 0.8, "orthogonal": 0.7, "zeros": 0.1}
    document = atlas_document([make_cell(scores, "atlas-a"), make_cell(others, "atlas-b", depth=2)])
    assert coverage(document)[-1] == (
        "For comparison: always using `he` is within 0.02 in 2 of 2 cells of the design."
    )
