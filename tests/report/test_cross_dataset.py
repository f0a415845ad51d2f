"""What holds over several cells stands in the report and on the terminal."""

import pytest

from initbench.report.lines import plain
from initbench.report.markdown import report_markdown
from initbench.report.table import cross_dataset_lines, cross_dataset_sentence
from initbench.results import Cell, RunId

SCORES = {"zeros": [0.5, 0.5, 0.5], "he": [0.9, 0.8, 0.7]}


@pytest.fixture
def make_cells(make_results, make_setup):
    """Return a maker of results whose so many cells have the same runs."""

    def make(count, scores):
        runs = {
            label: tuple(RunId(seed, f"{label}-{seed}") for seed in range(3)) for label in scores
        }
        cells = tuple(Cell({"rate": rate}, make_setup(), runs) for rate in range(count))
        return make_results(scores, cells=cells, planar=False)

    return make


def test_ranks_and_scores_of_all_cells_are_told_best_first(make_cells):
    """On a terminal and in Markdown alike, with what the ranks can show."""
    results = make_cells(7, SCORES)
    lines = plain(cross_dataset_lines(results, 80)).splitlines()
    assert lines[0] == "All 7 cells together"
    he, zeros = (line.split() for line in lines[3:5])
    assert he[:3] == ["he", "1.00", "0.600"]
    assert zeros[:3] == ["zeros", "2.00", "0.000"]
    text = report_markdown(results, ())
    assert "### All 7 cells together" in text
    assert "| he | 1.00 | 0.600 |" in text
    assert "Mean ranks less than 0.74 apart do not differ significantly (Nemenyi's test)" in text


def test_ranks_that_chance_explains_are_said_to_be_that(make_cells):
    """Where schemes are alike in every cell nothing is claimed."""
    results = make_cells(3, {"a": [0.9, 0.8, 0.7], "b": [0.9, 0.8, 0.7]})
    assert "do not differ significantly (Friedman's test, p = 1)" in cross_dataset_sentence(results)


def test_one_cell_has_nothing_to_put_together(make_results):
    """Its own table says all."""
    results = make_results(SCORES)
    assert cross_dataset_lines(results, 80) == []
    assert "together" not in report_markdown(results, ())
