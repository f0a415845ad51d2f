"""``diff`` is a gate: it says what changed, and its exit code says whether anything did."""

import json

import pytest


@pytest.fixture
def trained(invoke, config):
    """Return two folders, the second trained otherwise, with one scheme more."""
    tiny = config(seeds=8, inits="[zeros, he]")
    invoke("run", tiny, "--results", "old", "--no-plots")
    invoke(
        *("run", tiny, "--results", "new", "--no-plots", "--inits", "zeros,he,lecun"),
        *("--set", "training.epochs=40"),
    )
    return "old", "new"


def test_like_results_pass(invoke, trained):
    """Nothing changed: exit code 0, in words and as JSON."""
    old, _ = trained
    result = invoke("diff", old, old)
    assert result.exit_code == 0
    assert "No significant difference from" in result.stdout
    assert json.loads(invoke("diff", old, old, "--json").stdout)["changed"] == 0


def test_a_change_fails_against_a_folder_and_against_a_kept_file(invoke, trained):
    """The losses after more epochs are others: exit code 1, and the scheme that is new is told."""
    old, new = trained
    for baseline in (old, f"{old}/metrics.json"):
        result = invoke("diff", baseline, new)
        assert result.exit_code == 1
        assert "metrics differ significantly from" in result.stdout
        assert f"Only {new} has lecun." in result.stdout
    document = json.loads(invoke("diff", old, new, "--json").stdout)
    assert document["changed"] == sum(figure["has_changed"] for figure in document["figures"]) > 0


def test_nothing_in_common_is_an_error_and_no_pass(invoke, config, trained):
    """A gate that compares nothing must not be green."""
    old, _ = trained
    invoke("run", config("other", inits="[ones]"), "--results", "other", "--no-plots")
    result = invoke("diff", old, "other")
    assert result.exit_code == 2
    assert "no scheme in common" in result.stderr


@pytest.mark.parametrize("wrong", ["nowhere", "tiny.yaml", "."])
def test_a_folder_without_results_is_refused(invoke, trained, wrong):
    """A missing file, a config, a folder without runs: a message, and exit code 2."""
    old, _ = trained
    result = invoke("diff", old, wrong)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert wrong in result.stderr


@pytest.mark.parametrize(
    ("form", "start"), [("markdown", "| scheme |"), ("csv", "cell,init,"), ("latex", "\\begin{tab")]
)
def test_the_table_comes_in_other_forms(invoke, trained, form, start):
    """Standard output is the table and nothing else."""
    old, _ = trained
    text = invoke("report", old, "--no-plots", "--table", form).stdout
    assert text.startswith(start)
    assert "Report" not in text
    assert invoke("report", old, "--table", form, "--json").exit_code == 2


def test_columns_caption_and_label_of_a_table_are_chosen(invoke, trained):
    """What has no meaning for a form is a usage error, and so is a column that does not exist."""
    old, _ = trained
    options = ("--columns", "scheme, test_accuracy", "--caption", "Moons", "--label", "tab:m")
    text = invoke("report", old, "--no-plots", "--table", "latex", *options).stdout
    assert "scheme & test accuracy" in text
    assert r"\caption{Moons}" in text
    for wrong in (
        ("--columns", "scheme"),
        ("--table", "csv", "--caption", "Moons"),
        ("--table", "latex", "--trials"),
        ("--table", "csv", "--columns", "nothing"),
    ):
        assert invoke("report", old, "--no-plots", *wrong).exit_code == 2


def test_differences_of_the_configs_come_first(invoke, trained):
    """The epochs of the new folder, before its numbers; like folders have nothing to say."""
    old, new = trained
    first, second, *_ = invoke("diff", old, new).stdout.splitlines()
    assert first.startswith("The configs differ in")
    assert second.startswith("  training.epochs: ")
    assert "configs differ" not in invoke("diff", old, old).stdout
