"""The table says the same on a terminal and in Markdown."""

import numpy as np
import pytest

from initbench.report.findings import collapsed_layers, distinct_units
from initbench.report.table import (
    columns,
    markdown_table,
    settings_line,
    table_lines,
    trial_table,
    trials_note,
    tuned_grid,
)
from initbench.results import Cell, RunId
from initbench.results.metrics import leading_cells
from initbench.tables import Column, Piece, Role, as_lines, plain, rows_of

NAN = np.nan


def text_table(results, width=100):
    """Return the tables as text."""
    return plain(table_lines(results, width)) + "\n"


def table_rows(results):
    """Return the cells of the only cell's table, row by row."""
    return list(zip(*(column.cells for column in columns(results)), strict=True))


def headings(results):
    """Return what its columns hold."""
    return [column.name for column in columns(results)]


def units(final, of):
    """Return what matters of a scheme's entry."""
    return {"distinct_units": {"final": final, "of": of}}


def test_rows_are_best_first_with_their_numbers_of_runs(make_results):
    """Each row has its counts, means with intervals, and the epoch at the target."""
    results = make_results({"zeros": [0.5, 0.5, 0.5], "he": [0.9, 1.0, NAN]})
    he, zeros = sorted(table_rows(results))
    assert table_rows(results)[0] == he
    assert he[:3] == ("he", "3", "1")
    assert he[6].startswith("0.950 ± ")
    assert he[-1] == "4 (2/3)"
    assert zeros[6:] == ("0.500 ± 0.000", "a", "–")
    assert headings(results)[-2:] == ["group", "epochs to 0.9"]


def test_a_regression_has_columns_of_r2(make_results, make_setup):
    """Headings name the score that was measured, negative ones among the numbers."""
    setup = make_setup(classes=None, score="r2")
    results = make_results({"he": [-0.25]}, setup=setup, planar=False)
    assert headings(results)[3:7] == ["train loss", "test loss", "train R²", "test R²"]
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
    assert gone[1:] == ("2", "2", "–", "–", "–", "–", "–", "–")
    assert missing[1:] == ("0", "0", "–", "–", "–", "–", "–", "–")


@pytest.mark.parametrize("width", [80, 100, 200])
@pytest.mark.parametrize("length", [1, 20, 300])
def test_the_text_fits_its_width_and_is_aligned(make_results, length, width):
    """However long a label, lines fit and numbers stand below one another."""
    label = "l" * length
    results = make_results(
        {label: [0.9, 0.8, NAN], "zeros": [0.5, 0.5, 0.5]}, units={"zeros": (1, 1)}
    )
    lines = text_table(results, width).splitlines()
    assert max(map(len, lines)) <= width
    assert len({len(line) for line in lines[:4]}) == 1
    assert "Distinct hidden units of `zeros`: 1 of 4 in layer 1, 1 of 3 in layer 2." in lines


@pytest.mark.parametrize(
    "labels",
    [
        ("random 0.01", "random 0.1", "random"),
        ("a long description of a scheme, std 0.01", "a long description of a scheme, std 0.1"),
        ("x" * 40 + "a" + "x" * 40, "x" * 40 + "b" + "x" * 40),
    ],
)
def test_shortened_labels_differ_at_eighty_columns(make_results, labels):
    """Those that begin alike, end alike, or do both."""
    text = text_table(make_results({label: [0.9, 0.8, 0.7] for label in labels}), 80)
    rows = text.splitlines()[2 : 2 + len(labels)]
    shown = {row[: row.index("  3  ")].strip() for row in rows}
    assert len(shown) == len(labels)
    assert max(map(len, text.splitlines())) <= 80


def test_columns_that_find_no_room_are_named(make_results):
    """The least telling go first; where there is room, none is missing."""
    results = make_results({"he": [0.9, 0.8, 0.7], "zeros": [0.5, 0.5, 0.5]})
    assert "Hidden columns: train loss (use a wider terminal or --json)." in text_table(results, 80)
    assert "Hidden columns" not in text_table(results, 120)
    wild = make_results({"he": [0.9, 0.8, NAN], "zeros": [0.5, 0.5, 0.5]})
    assert "diverged" in text_table(wild, 80)


def test_the_text_says_that_seeds_are_too_few(make_results):
    """The first two do not differ significantly, and how many seeds would do is told."""
    close = {"he": [0.9, 0.8, 0.85, 0.7], "xavier": [0.85, 0.8, 0.8, 0.72]}
    text = " ".join(text_table(make_results(close)).split())
    assert "4 seeds do not decide between `he` and `xavier`: about" in text
    assert "or more) would detect a difference of this size with 80 % power." in text
    assert "do not decide" not in text_table(
        make_results({"he": [0.9, 0.91, 0.9], "zeros": [0.5] * 3})
    )


def test_labels_cannot_control_a_terminal(make_results):
    """Escapes are not passed to a terminal, and markup is not passed to a page."""
    results = make_results({"a\x1b[31m\nb": [0.9], "</script>|*x*": [0.5]})
    assert "\x1b" not in text_table(results)
    assert len(text_table(results, 200).splitlines()) == 7
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
    assert zeros.endswith(r"| 1 of 4 in layer 1, 1 of 3 in layer 2 |")


@pytest.mark.parametrize(
    ("final", "of", "text"),
    [
        ([1.0, 1.0], [32, 32], "1 of 32 in layers 1–2"),
        ([4.5, 1.0], [8, 8], "4.5 of 8 in layer 1, 1 of 8 in layer 2"),
        ([8.0, 8.0], [8, 8], ""),
        ([1.0], [1], ""),
        ([None], [8], ""),
        ([], [], ""),
        ([1.0] * 9, [64] * 9, "1 of 64 in layers 1–9"),
        ([1.0] * 4 + [3.0], [8] * 5, "1 of 8 in layers 1–4, 3 of 8 in layer 5"),
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


def roles(results):
    """Return the role of each piece of the table's rows, by its text."""
    return {piece.text.strip(): piece.role for line in table_lines(results) for piece in line}


def test_roles_mark_the_best_schemes_diverged_runs_and_stalled_schemes(make_results):
    """The best group's labels, counts of runs that diverged, and rows that all stalled."""
    scores = {"he": [0.9, 0.91, 0.92], "zeros": [0.5] * 3, "wild": [0.6, NAN, 0.61]}
    results = make_results({label: values * 4 for label, values in scores.items()})
    entries = results.metrics["cells"][0]["inits"]
    entries["zeros"]["shares"]["stalled"] = {"count": 12, "of": 12}
    found = roles(results)
    assert found["scheme"] is Role.HEADING
    assert found["he"] is found["a"] is Role.GOOD
    assert found["wild"] is Role.PLAIN
    assert found["4"] is Role.BAD
    assert found["zeros"] is found["0.500 ± 0.000"] is Role.FAINT


def test_no_scheme_is_best_if_all_share_a_letter(make_results):
    """A scheme alone, or schemes that do not differ significantly, are not marked."""
    for scores in ({"he": [0.9, 0.8]}, {"he": [0.9, 0.8], "lecun": [0.9, 0.7]}):
        assert Role.GOOD not in roles(make_results(scores)).values()


def test_the_gap_between_two_columns_has_no_colour():
    """Only the text of a cell, padded to its column, has the role of the cell."""
    table = [
        Column("scheme", ["he"], roles=[Role.GOOD], align="left"),
        Column("diverged", ["4"], roles=[Role.BAD]),
    ]
    [_, row], _ = as_lines(table)
    assert row == (
        Piece("he    ", Role.GOOD),
        Piece("  ", Role.PLAIN),
        Piece("       4", Role.BAD),
    )


def test_the_text_has_no_letters_where_no_scheme_learned_and_runs_diverged(make_results):
    """The column is hidden, and the legend does not explain letters."""
    results = make_results({"zeros": [0.5] * 4, "he": [NAN] * 4})
    text = plain(table_lines(results, 80))
    assert "group" not in text
    assert "same letter" not in text
    assert "same letter" in plain(table_lines(make_results({"he": [0.9] * 3, "zeros": [0.5] * 3})))


def test_stalled_and_never_trained_schemes_are_named_in_the_text(make_results):
    """What a faint row tells by its colour stands below the table in words."""
    results = make_results({"he": [0.9, 0.91], "zeros": [0.5, 0.5], "late": [0.8]})
    entries = results.metrics["cells"][0]["inits"]
    entries["zeros"]["shares"]["stalled"] = {"count": 2, "of": 2}
    entries["late"]["shares"]["born_dead"] = {"count": 1, "of": 2}
    text = text_table(results)
    assert "No better than a constant prediction (stalled): `zeros` (every run)." in text
    assert "All units of a hidden layer dead before training: `late` (1 of 2 runs)." in text
    assert "Runs not trained yet: `late` (1 of 2 runs)." in text


@pytest.mark.parametrize(("target", "is_noted"), [(0.5, True), (0.51, False)])
def test_a_target_at_the_baseline_is_noted(make_results, target, is_noted):
    """Two classes of one size have a baseline of 0.5."""
    text = text_table(make_results({"he": [0.9, 0.91]}, target=target))
    assert ("is not above the majority-class baseline, 0.5" in text) is is_noted


RATE = "training.optimizer.learning_rate"


@pytest.fixture
def tuned(make_results, make_setup):
    """Return a maker of results whose learning rate is tuned at the given depths.

    The scores are those of all runs of a scheme, so the first of three rates is the best.
    """

    def make(depths=(1,), limit=None):
        setup = make_setup(parts=("train", "test", "validation"))
        scores = {"he": [0.9, 0.9, 0.92], "zeros": [0.5, 0.5, 0.5]}
        runs = {name: tuple(RunId(s, f"{name}-{s}") for s in range(3)) for name in scores}
        cells = []
        for depth in depths:
            settings = {"network.depth": depth} if len(depths) > 1 else {}
            trials = [Cell({**settings, RATE: rate}, setup, runs, "trial") for rate in (0.1, 1.0)]
            chosen = {"he": 1.0, "zeros": 0.1}
            cells += [*trials, Cell(settings, setup, runs, "fixed")]
            cells += [Cell(settings, setup, runs, "tuned", chosen)]
        results = make_results(
            scores, setup=setup, cells=tuple(cells), tuned_key=RATE, planar=False, extra_part=True
        )
        one = {"values": [0.1, 1.0], "band": [1.0, 1.0], "band_factor": 1.0}
        one |= {"limit": limit, "outside_range": "above" if limit else ""}
        he = {**one, "scores": [0.7, 0.9], "best": 1.0, "learns": True, "at_edge": True}
        zeros = {**one, "scores": [0.5, None], "best": 0.1, "learns": False, "at_edge": False}
        zeros |= {"outside_range": ""}
        results.metrics["tuning"].update(
            {
                label: [
                    {**entry, "settings": {"network.depth": depth} if len(depths) > 1 else {}}
                    for depth in depths
                ]
                for label, entry in (("he", he), ("zeros", zeros))
            }
        )
        return results

    return make


def test_each_scheme_at_its_own_best_rate_leads_and_trials_are_left_out(tuned):
    """The rate stands beside the scheme, a grid endpoint is marked and explained."""
    results = tuned()
    assert leading_cells(results.outline) == [3, 2]
    assert [settings_line(results, cell) for cell in (3, 2)] == [
        "Each scheme at its own best learning rate",
        "All schemes at the config's learning rate",
    ]
    shown = columns(results, 3)
    assert [column.name for column in shown[:2]] == ["scheme", "learning rate"]
    assert list(shown[1].cells) == ["1 (endpoint)", "0.1"]
    assert "learning rate" not in [column.name for column in columns(results, 2)]
    text = " ".join(text_table(results).split())
    assert text.startswith("Each scheme at its own best learning rate")
    assert "a better one may lie beyond it" in text
    assert "`zeros` learns at no learning rate that was tried." in text
    assert "rial" not in text


def test_a_rate_outside_the_predicted_range_is_said_once(tuned):
    """In the text, and with the trials of the page, where it names the setting of a sweep."""
    results = tuned(limit=0.25)
    sentence = "(1 above 0.25): best at a learning rate above the limit that curvature before"
    assert " ".join(text_table(results).split()).count(f"`he` {sentence}") == 1
    assert trials_note(results).count(f"he {sentence}") == 1
    assert f"he, network.depth = 8 {sentence}" not in trials_note(results)
    assert "he, network.depth = 8 (1 above 0.25)" in trials_note(tuned(depths=(2, 8), limit=0.25))
    assert "predicts" not in text_table(tuned()) + trials_note(tuned())


def test_a_tuned_sweep_has_one_table_of_schemes_and_settings(tuned):
    """Each cell is the test score with the rate of the scheme, if it learns at any."""
    results = tuned(depths=(2, 8))
    table = tuned_grid(results)
    assert [column.name for column in table] == ["scheme", "depth = 2", "depth = 8"]
    he, zeros = rows_of(table)
    assert he == ("he", *["0.907 ± 0.029 at 1 (endpoint)"] * 2)
    assert zeros == ("zeros", *["0.500 ± 0.000"] * 2)
    assert tuned_grid(tuned()) == []
    text = text_table(results, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "0.907 at 1 (endpoint)" in text
    assert "A score without a learning rate" in " ".join(text.split())


def test_the_legend_names_the_test(make_results):
    """With ten schemes and ten seeds no permutation could pass Holm's correction for 45 pairs."""
    rng = np.random.default_rng(0)
    ten = {f"s{number}": list(rng.uniform(0.6, 0.9, 10)) for number in range(10)}
    few = " ".join(text_table(make_results(ten)).split())
    assert "by Student's paired test, since the seeds are too few for a permutation test" in few
    two = {"s0": ten["s0"], "s1": ten["s1"]}
    assert "by a permutation test" in " ".join(text_table(make_results(two)).split())


def test_trials_have_a_table_of_their_own(tuned):
    """Mean validation scores value by value, a dash where every run was lost."""
    he, zeros = rows_of(trial_table(tuned()))
    assert he == ("he", "0.700", "0.900", "1 (endpoint)", "1")
    assert zeros == ("zeros", "0.500", "–", "0.1", "–")


def test_the_text_says_that_trials_are_incomplete(make_results, make_setup):
    """Before the trials have chosen, the config's value is all that there is to show."""
    runs = {"he": (RunId(0, "he-0"),)}
    cells = (
        Cell({RATE: 0.1}, make_setup(), {"he": (RunId(9, "absent"),)}, "trial"),
        Cell({}, make_setup(), runs, "fixed", {"he": 0.1}),
    )
    results = make_results({"he": [0.9]}, cells=cells, tuned_key=RATE)
    text = " ".join(text_table(results).split())
    assert text.startswith("The trials of the tuned key are not complete")
    assert "All schemes at the config's learning rate, 0.1" in text


def test_the_text_says_where_no_scheme_learned_and_which_are_equivalent(make_results):
    """Neither can be seen from means and letters."""
    text = " ".join(text_table(make_results({"zeros": [0.5] * 4, "gone": [NAN] * 4})).split())
    assert "No scheme learned: the highest mean test accuracy, 0.500 of `zeros`," in text
    assert "Lower the learning rate." in text
    near = [0.9, 0.91, 0.92, 0.93]
    text = " ".join(text_table(make_results({"he": near, "lecun": near})).split())
    assert "Equivalent to `he` within 0.01: `lecun`, 0.000 (0.000 to 0.000)." in text
