"""Comparison: one page of two results folders, and nothing else changes."""

import json
import re

import pytest

from initbench.errors import UsageError
from initbench.report.rebuilding import write_comparison


def data_of(page):
    """Return what the page shows."""
    return json.loads(re.search(r'id="data">(.*?)</script>', page.read_text(), re.DOTALL)[1])


def test_a_page_has_both_folders_and_what_changed(make_results, tmp_path):
    """In the order of the arguments, each under the name of its folder."""
    first, second = tmp_path / "first", tmp_path / "second"
    make_results({"he": [0.9, 0.8], "zeros": [0.5, 0.5]}, folder=first)
    make_results({"he": [0.7, 0.6], "lecun": [0.5, 0.5]}, folder=second)
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    page = write_comparison(first, second)
    assert page == first / "comparison-with-second.html"
    data = data_of(page)
    assert [side["title"] for side in data["sides"]] == ["first", "second"]
    assert [[one["label"] for one in side["schemes"]] for side in data["sides"]] == [
        ["he", "zeros"],
        ["he", "lecun"],
    ]
    assert "has lecun." in data["difference"]
    after = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert [path.name for path in after if path not in before if path.suffix] == [page.name]


def test_folders_without_a_common_scheme_are_shown_without_a_difference(make_results, tmp_path):
    """There is nothing that could have changed."""
    make_results({"he": [0.9, 0.8]}, folder=tmp_path / "a")
    make_results({"zeros": [0.5, 0.5]}, folder=tmp_path / "b")
    assert data_of(write_comparison(tmp_path / "a", tmp_path / "b"))["difference"] == ""


@pytest.mark.parametrize("other", ["a", "empty"])
def test_what_cannot_be_compared_is_refused(make_results, tmp_path, other):
    """The same folder, and one that holds no results."""
    make_results({"he": [0.9]}, folder=tmp_path / "a")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError):
        write_comparison(tmp_path / "a", tmp_path / other)
    assert not list(tmp_path.rglob("comparison*"))
