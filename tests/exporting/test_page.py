"""The page on exports lists what frameworks draw, and its sessions print what is shown."""

import re
from pathlib import Path

import pytest

from initbench.exporting import FRAMEWORKS
from initbench.initializers import INITIALIZERS, bind
from tests.initializers.battery import NAMES
from tests.test_docs import run_python

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
LISTED = {
    name: FRAMEWORKS if drawn_by == "all three" else tuple(drawn_by.split(" and "))
    for drawn_by, names in re.findall(r"^\| ([a-z ]+) \| (`.*) \|$", PAGE, re.MULTILINE)
    for name in re.findall(r"`([^`]+)`", names)
    if name in INITIALIZERS
}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_says_which_frameworks_draw_a_scheme(name):
    """With options at their defaults."""
    assert LISTED.get(name, ()) == tuple(bind(name).spellings)


def test_the_sessions_of_the_page_are_true():
    """Python prints what stands below it."""
    names, failures = run_python(PAGE)
    assert "paste_line" in names
    assert not failures
