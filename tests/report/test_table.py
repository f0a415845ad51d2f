"""The table says the same on a terminal and in Markdown."""

import numpy as np
import pytest

from initbench.report.table import (
    collapsed_layers,
    distinct_units,
    headings,
    markdown_table,
    table_rows,
    text_table,
)
from initbench.results import Cell, RunId

NAN = np.nan


def units(final, of):
    """Return what matters of a scheme's entry."""
    return {"distinct_units": {"final": final, "of": of}}


def test_rows_are_best_first_and_say_their_runs(make_results):
    """Each row has its counts, means with intervals, and the epoch at the target."""
    results = make_results({"zeros": [0.5, 0.5, 0.5], "he": [0.9, 1.0, NAN]})
    he, zeros = sorted(table_rows(results))
    assert table_rows(results)[0] == he
    assert he[:3] == ("he", "3", "1")
    assert he[6].startswith("0.950 ± ")
    assert he[-1] == "4 (2/3)"
    assert zeros[6:] == ("0.500 ± 0.000", "–")
    assert headings(results)[-1] == "epochs to 0.9"


def test_a_regression_has_columns_of_r2(make_results, make_setup):
    """Headings name the score that was measured, negative ones among the numbers."""
    setup = make_setup(classes=None, score="r2")
    results = make_results({"he": [-0.25]}, setup=setup, planar=False)
    assert headings(results)[3:7] == ("train loss", "test loss", "train R²", "test R²")
    [row] = table_rows(results)
    assert row[6] == "-0.250"
    assert "train" in text_table(results).splitlines()[0]
    assert "R²" in text_table(results).splitlines()[1]


def test_epochs_to_the_target_may_be_fractions(make_results):
    """Points within an epoch are told as such."""
    results = make_results({"he": [1.0]}, epochs=(0, 0.25, 0.5, 0.75, 1), target=0.8)
    assert table_rows(results)[0][-1] == "0.75"


def test_one_seed_has_no_interval(make_results):
    """A single run is shown without a spread."""
    [row] = table_rows(make_results({"he": [0.9]}))
    assert row[6] == "0.900"


def test_a_scheme_without_a_figure_has_a_dash(make_results):
    """All diverged and not yet trained are shown, not left out."""
    gone, missing = table_rows(make_results({"gone": [NAN, NAN], "missing": []}))
    assert gone[1:] == ("2", "2", "–", "–", "–", "–", "–")
    assert missing[1:] == ("0", "0", "–", "–", "–", "–", "–")


@pytest.mark.parametrize("length", [1, 20, 300])
def test_the_text_fits_its_width_and_is_aligned(make_results, length):
    """However long a label, lines fit and numbers stand below one another."""
    label = "l" * length
    results = make_results(
        {label: [0.9, 0.8, NAN], "zeros": [0.5, 0.5, 0.5]}, units={"zeros": (1, 1)}
    )
    lines = text_table(results).splitlines()
    assert max(map(len, lines)) <= 100
    assert len({len(line) for line in lines[:4]}) == 1
    assert "zeros: distinct hidden units 1 of 4 | 1 of 3" in lines


def test_labels_steer_nothing(make_results):
    """Escapes are not passed to a terminal, and markup is not passed to a page."""
    results = make_results({"a\x1b[31m\nb": [0.9], "</script>|*x*": [0.5]})
    assert "\x1b" not in text_table(results)
    assert len(text_table(results).splitlines()) == 5
    assert r"| &lt;/script&gt;\|\*x\* |" in markdown_table(results)


def test_markdown_has_a_column_of_units_where_a_layer_collapsed(make_results):
    """Where none has, there is none."""
    sound = make_results({"he": [0.9], "zeros": [0.5]})
    assert "distinct units" not in markdown_table(sound)
    results = make_results({"he": [0.9], "zeros": [0.5]}, units={"zeros": (1, 1)})
    head, ruler, he, zeros = markdown_table(results).splitlines()
    assert head.endswith("| distinct units |")
    assert ruler.count("|") == he.count("|") == head.count("|")
    assert he.endswith("| – |")
    assert zeros.endswith(r"| 1 of 4 \| 1 of 3 |")


@pytest.mark.parametrize(
    ("final", "of", "text"),
    [
        ([1.0, 1.0], [32, 32], "1 of 32 | 1 of 32"),
        ([4.5, 1.0], [8, 8], "4.5 of 8 | 1 of 8"),
        ([8.0, 8.0], [8, 8], ""),
        ([1.0], [1], ""),
        ([None], [8], ""),
        ([], [], ""),
        ([1.0] * 9, [64] * 9, "1 of 64 in layers 1–9"),
        ([1.0] * 4 + [3.0], [8] * 5, "1 of 8 in layers 1–4 | 3 of 8 in layer 5"),
    ],
)
def test_collapsed_layers_are_named_and_sound_ones_are_not(final, of, text):
    """A layer has collapsed if it has several units and one is left; one of one is whole."""
    assert distinct_units(units(final, of)) == text
    assert bool(collapsed_layers(units(final, of))) == bool(text)


def test_each_point_of_a_sweep_has_its_table(make_results, make_setup):
    """A cell's settings stand above its rows."""
    cells = tuple(
        Cell({"rate": rate}, make_setup(), {"he": (RunId(0, "he-0"),)}) for rate in (0.1, 1.0)
    )
    text = text_table(make_results({"he": [0.9]}, cells=cells))
    assert text.count("rate = ") == 2
    assert "rate = 0.1\n" in text
