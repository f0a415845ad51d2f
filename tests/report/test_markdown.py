"""The Markdown report holds the experiment, what came of it, the way back, and nothing active."""

import re
from dataclasses import replace

import numpy as np
import pytest

from initbench.report.markdown import report_markdown, setup_of
from initbench.results import Cell, RunId, Scheme

HOSTILE = "</script><img src=x onerror=alert(1)>|[x](javascript:1)"


def test_a_report_has_the_experiment_and_its_results(make_results):
    """Set-up, findings, table, figures, schemes with law and source, and how to do it again."""
    results = make_results({"zeros": [0.5, 0.5], "he": [0.9, 0.8]})
    text = report_markdown(results, ["plots/loss_curves.png", "plots/loss_curves.svg"])
    assert text.startswith("# moons\n\nTwo half-circles.\n\n")
    assert "Data: moons, 2 features, 2 classes, scaling standard." in text
    assert "Network: 4 and 3 hidden units, relu. Training: 4 epochs of sgd (learning" in text
    assert "**he** ranks first" in text
    assert "| he | 2 | 0 |" in text
    assert text.count("Data: moons") == 1
    assert text.count("![") == 1
    assert "![Loss curves](plots/loss_curves.png)" in text
    assert "| zeros | normal, std = 0.5 | N(0, std²) | one of many | Someone (1999) |" in text
    assert "initbench run config.yaml --results ." in text


def test_a_report_says_what_a_dash_means(make_results):
    """Of the epochs to the target, and of any other number in its tables."""
    text = report_markdown(make_results({"zeros": [0.5, 0.5], "he": [0.9, 0.8]}), ())
    assert "| – |" in text
    words = " ".join(text.split())
    assert "A dash means that there is no such value; for epochs to the target, that at" in words


def test_a_report_names_the_test_that_compares_schemes(make_results, tmp_path):
    """Which one depends on the seeds."""
    few = report_markdown(make_results({"he": [0.9] * 3, "zeros": [0.5] * 3}), ())
    assert "by Student's paired test, since the seeds are too few" in " ".join(few.split())
    many = make_results({"he": [0.9] * 8, "zeros": [0.5] * 8}, folder=tmp_path / "many")
    assert "by a permutation test of the differences' signs." in " ".join(
        report_markdown(many, ()).split()
    )
    two = make_results({"he": [0.9] * 2, "zeros": [0.5] * 2}, folder=tmp_path / "two")
    assert "by no test: it takes three seeds, so all letters are the same." in " ".join(
        report_markdown(two, ()).split()
    )


def test_without_figures_no_figure_is_linked(make_results):
    """A report links what there is."""
    assert "![" not in report_markdown(make_results({"he": [0.9]}), ())


def test_names_are_text(make_results):
    """A label, a description or an option that is markup does nothing."""
    scheme = Scheme(HOSTILE, "normal", {"kind": HOSTILE}, HOSTILE, HOSTILE, HOSTILE)
    results = make_results({HOSTILE: [0.9]}, schemes=(scheme,), description=HOSTILE)
    text = report_markdown(results, ())
    assert "<" not in text
    assert not re.search(r"(?<!\\)\[x", text)
    widths = {line.count(" | ") for line in text.splitlines() if line.startswith("| &lt;")}
    assert widths == {8, 4}


@pytest.mark.parametrize("description", ["", "   "])
def test_an_empty_description_leaves_no_gap(make_results, description):
    """The set-up follows the title."""
    text = report_markdown(make_results({"he": [0.9]}, description=description), ())
    assert text.startswith("# moons\n\nData: ")


def test_a_network_without_hidden_layers_has_a_sentence(make_results, make_setup):
    """A linear model is no special case."""
    results = make_results({"he": [0.9]}, units={"he": ()}, setup=make_setup(hidden=()))
    assert "Network: no hidden layer" in report_markdown(results, ())


def test_a_regression_has_a_table_of_r2_and_no_classes(make_results, make_setup):
    """Where there are no classes, none are counted; the table is of R²."""
    setup = make_setup(dataset="diabetes", classes=None, features=10, score="r2")
    text = report_markdown(make_results({"he": [0.4]}, setup=setup, planar=False), ())
    assert "Data: diabetes, 10 features, a regression, scaling standard." in text
    assert "| train R² | test R² |" in text
    assert "accuracy" not in text
    assert "classes" not in text


def test_where_a_sweep_changes_the_network_each_cell_says_its_own(make_results, make_setup):
    """What is not shared is not said of all."""
    runs = {"he": (RunId(0, "he-0"),)}
    cells = tuple(
        Cell({"network.hidden": len(hidden)}, make_setup(hidden=hidden), runs)
        for hidden in ((4, 3), (5, 3))
    )
    text = report_markdown(make_results({"he": [0.9]}, cells=cells), ())
    assert text.index("4 and 3 hidden") > text.index("### network.hidden")
    assert text.count("Data: ") == text.count("hidden units") == 2


@pytest.mark.parametrize(
    ("hidden", "words"),
    [
        ((), "no hidden layer"),
        ((8,), "8 hidden units"),
        ((8, 8), "8 and 8 hidden units"),
        ((8,) * 30, "30 layers of 8 hidden units"),
        ((8, 8, 8, 8, 4), "8, 8, 8, 8 and 4 hidden units"),
    ],
)
def test_the_sizes_of_a_network_are_short_text(hidden, words, make_setup):
    """Layers of one width are counted where there are many."""
    assert f"Network: {words}, relu." in setup_of(make_setup(hidden=hidden))


def test_each_point_of_a_sweep_is_reported(make_results, make_setup):
    """Findings and a table stand below each cell's settings."""
    cells = tuple(
        Cell({"rate": rate}, make_setup(), {"he": (RunId(0, "he-0"),)}) for rate in (0.1, 1.0)
    )
    text = report_markdown(make_results({"he": [0.9]}, cells=cells), ())
    assert text.count("**he**: test accuracy") == 2
    assert "### rate = 0.1\n" in text
    assert text.count("Data: moons") == 1  # all cells have the same set-up, which is said once


def test_a_report_renders_where_every_run_diverged(make_results):
    """Nothing to say about the best is said; the rest of the report stands."""
    text = report_markdown(make_results({"he": [np.nan], "zeros": [np.nan]}), ())
    assert "every run diverged" in text
    assert "| he | 1 | 1 | – | – | – | – | – | – |" in text


def test_a_report_holds_no_date(make_results, monkeypatch):
    """The same runs make the same text at another time and in another place."""
    results = make_results({"he": [0.9]})
    before = report_markdown(results, ())
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert report_markdown(replace(results, folder=results.folder / "moved"), ()) == before
