"""Tables for other programs say what the report says, and are only ever text."""

import csv
import io

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.report.exports import TableFormat, TableOptions, export_table, latex_table
from initbench.report.table import markdown_table
from initbench.results import Cell, RunId
from initbench.tables import latex_text

NAN = np.nan


def read_csv(results):
    """Return the rows of the exported CSV."""
    return list(csv.DictReader(io.StringIO(export_table(results, TableFormat.CSV))))


def test_csv_has_exact_numbers_with_their_intervals(make_results):
    """A row a scheme, best first; what there is not is empty."""
    results = make_results({"zeros": [0.5, 0.5, 0.5], "he": [0.9, 1.0, NAN], "gone": [NAN] * 3})
    zeros, he, gone = sorted(read_csv(results), key=lambda row: row["init"], reverse=True)
    entry = results.metrics["cells"][0]["inits"]["he"]
    assert float(he["test_accuracy"]) == entry["test_accuracy"]["mean"]
    assert [float(he[f"test_accuracy_{end}"]) for end in ("low", "high")] == entry["test_accuracy"][
        "ci95"
    ]
    assert (he["diverged"], he["reached_target"]) == ("1", "2")
    assert gone["test_accuracy"] == gone["test_accuracy_low"] == ""
    assert {row["rank"] for row in (zeros, he, gone)} == {"1", "2", "3"}
    assert he["group"]


def test_csv_has_the_settings_of_every_cell(make_results, make_setup):
    """Cells stand below one another, with a column for what was swept."""
    cells = tuple(
        Cell({"rate": rate}, make_setup(), {"he": (RunId(0, "he-0"),)}) for rate in (0.1, 1.0)
    )
    rows = read_csv(make_results({"he": [0.9]}, cells=cells))
    assert [(row["cell"], row["rate"], row["init"]) for row in rows] == [
        ("0", "0.1", "he"),
        ("1", "1.0", "he"),
    ]


def test_csv_computes_nothing(make_results):
    """A label that a spreadsheet would take for a formula is marked as text."""
    [row] = read_csv(make_results({"=cmd()": [0.9]}))
    assert row["init"] == "'=cmd()"


def test_latex_is_a_table_of_booktabs(make_results):
    """Rules, as many columns in every row, and numbers as the report has them."""
    lines = latex_table(make_results({"he": [0.9, 0.8], "zeros": [0.5, 0.5]})).splitlines()
    assert lines[0] == r"\begin{tabular}{lrrrrrrrr}"
    assert [lines[1], lines[3], lines[-2], lines[-1]] == [
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
        r"\end{tabular}",
    ]
    rows = [lines[2], *lines[4:-2]]
    assert {row.count(" & ") for row in rows} == {8}
    assert all(row.endswith(r"\\") for row in rows)
    assert r"0.500 $\pm$ 0.000" in rows[-1]


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("a_b & 50 % #1 $x$", r"a\_b \& 50 \% \#1 \$x\$"),
        ("\\input{x}^2~", r"\textbackslash{}input\{x\}\textasciicircum{}2\textasciitilde{}"),
        ("R² ± – <b>|", r"R\textsuperscript{2} $\pm$ -- $<$b$>$$|$"),
        ("a\nb", "a b"),
    ],
)
def test_latex_of_a_label_is_text(text, latex):
    """What LaTeX would act upon is set."""
    assert latex_text(text) == latex


def test_markdown_is_that_of_the_report(make_results):
    """One way to write a table."""
    results = make_results({"he": [0.9, 0.8], "zeros": [0.5, 0.5]})
    assert export_table(results, TableFormat.MARKDOWN) == markdown_table(results) + "\n"


@pytest.mark.parametrize("form", [TableFormat.MARKDOWN, TableFormat.LATEX])
def test_each_point_of_a_sweep_is_a_table(make_results, make_setup, form):
    """Its settings stand above it."""
    cells = tuple(
        Cell({"rate": rate}, make_setup(), {"he": (RunId(0, "he-0"),)}) for rate in (0.1, 1.0)
    )
    text = export_table(make_results({"he": [0.9]}, cells=cells), form)
    assert text.count("rate = ") == 2


def test_columns_are_in_the_chosen_order(make_results):
    """A metric that the report does not show can be chosen by its name."""
    results = make_results({"he": [0.9, 0.8], "zeros": [0.5, 0.5]})
    options = TableOptions(columns=("group", "scheme", "test_loss_best"))
    assert "group & scheme & best test loss" in latex_table(results, 0, options)
    markdown = export_table(results, TableFormat.MARKDOWN, options)
    assert markdown.splitlines()[0] == "| group | scheme | best test loss |"
    csv_options = TableOptions(columns=("init", "test_accuracy"))
    text = export_table(results, TableFormat.CSV, csv_options)
    assert text.splitlines() == ["init,test_accuracy", "he,0.8500000000000001", "zeros,0.5"]


@pytest.mark.parametrize("form", list(TableFormat))
def test_an_unknown_column_is_an_error_that_suggests_one(make_results, form):
    """What is misspelt is named."""
    results = make_results({"he": [0.9, 0.8]})
    options = TableOptions(columns=("test_acuracy",))
    with pytest.raises(UsageError, match=r"unknown column 'test_acuracy'\. Did you mean"):
        export_table(results, form, options)


def test_latex_floats_with_caption_and_label(make_results):
    """Both are text: what LaTeX would act upon is set, and a label has only plain characters."""
    options = TableOptions(caption="50 % of _all_", label="tab:my results}")
    lines = latex_table(make_results({"he": [0.9, 0.8]}), 0, options).splitlines()
    assert lines[0] == r"\begin{table}"
    assert r"\caption{50 \% of \_all\_}" in lines
    assert r"\label{tab:my-results-}" in lines
    assert lines[-1] == r"\end{table}"


def test_latex_sets_the_best_in_bold_and_marks_equivalents(make_results):
    """Only where a scheme has learned."""
    near = [0.9, 0.91, 0.92, 0.93]
    results = make_results({"he": near, "lecun": near, "zeros": [0.5] * 4})
    lines = latex_table(results).splitlines()
    he, lecun, zeros = lines[4:7]
    assert he.startswith(r"\textbf{he} & 4 & 0 &")
    assert he.count(r"\textbf") == 2
    assert lecun.startswith(r"lecun $^\dagger$ &")
    assert "textbf" not in lecun + zeros
    assert lines[-1] == r"% $^\dagger$ equivalent to the best scheme within 0.01"
    assert "textbf" not in latex_table(make_results({"a": [0.5, 0.5], "b": [0.5, 0.5]}))


def test_csv_leaves_trials_out_unless_they_are_asked_for(make_results, make_setup):
    """Where a key is tuned, each row has its role and the value that the scheme had."""
    rate, runs = "training.optimizer.learning_rate", {"he": (RunId(0, "he-0"),)}
    setup = make_setup(parts=("train", "test", "validation"))
    cells = (
        Cell({rate: 0.1}, setup, runs, "trial"),
        Cell({rate: 1.0}, setup, runs, "trial"),
        Cell({}, setup, runs, "fixed"),
        Cell({}, setup, runs, "tuned", {"he": 1.0}),
    )
    results = make_results({"he": [0.9]}, cells=cells, tuned_key=rate, extra_part=True)
    assert [(row["role"], row[rate]) for row in read_csv(results)] == [
        ("fixed", ""),
        ("tuned", "1.0"),
    ]
    text = export_table(results, TableFormat.CSV, TableOptions(with_trials=True))
    rows = csv.DictReader(io.StringIO(text))
    assert [(row["role"], row[rate]) for row in rows] == [
        ("trial", "0.1"),
        ("trial", "1.0"),
        ("fixed", ""),
        ("tuned", "1.0"),
    ]
