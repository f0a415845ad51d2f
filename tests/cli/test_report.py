"""``initbench report``: two folders make one page, and rebuild nothing."""

import pytest


@pytest.fixture
def folders(invoke, config, tmp_path):
    """Return two results folders of different schemes."""
    made = []
    for name, inits in (("one", "[zeros, he]"), ("two", "[he, lecun]")):
        made.append(tmp_path / name)
        done = invoke(
            "run", config(name, inits=inits), "--results", made[-1], "--no-plots", "--quiet"
        )
        assert done.exit_code == 0, done.output
    return made


def test_two_folders_make_a_page_in_the_first(invoke, folders):
    """The path is printed; what was in the folders is not written again."""
    one, two = folders
    report = (one / "report.html").stat().st_mtime_ns
    done = invoke("report", one, two)
    assert done.exit_code == 0
    page = one / "comparison-with-two.html"
    assert done.stdout == f"Comparison {page}\n"
    assert page.is_file()
    assert (one / "report.html").stat().st_mtime_ns == report


@pytest.mark.parametrize("option", [("--json",), ("--table", "csv")])
def test_options_of_one_folder_are_refused_for_two(invoke, folders, option):
    """A table is of one folder."""
    done = invoke("report", *folders, *option)
    assert done.exit_code == 2
    assert "one results folder, not two" in done.stderr


def test_a_folder_is_not_compared_with_itself(invoke, folders):
    """The message says what to do."""
    done = invoke("report", folders[0], folders[0])
    assert done.exit_code == 2
    assert "name two that differ" in done.stderr
