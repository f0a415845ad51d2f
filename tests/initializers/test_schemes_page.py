"""The page of all schemes is that of the catalogue."""

import importlib.util
import runpy
from pathlib import Path

import pytest

from initbench.initializers import FAMILIES, INITIALIZERS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def builder():
    """Return the script that makes the page."""
    spec = importlib.util.spec_from_file_location("build_schemes", DOCS / "build_schemes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(builder):
    """``python docs/build_schemes.py`` would change nothing."""
    page = (DOCS / "schemes.md").read_text(encoding="utf-8")
    assert page == builder.schemes_page(), "run: python docs/build_schemes.py"


def test_every_family_that_draws_has_a_picture(builder):
    """The page shows it, and the script that makes it would call it so."""
    path = DOCS / "build_scheme_pictures.py"
    pictures = runpy.run_path(str(path))
    page = builder.schemes_page()
    for title in FAMILIES:
        if pictures["pictured"](title):
            name = pictures["file_name"](title)
            assert (DOCS / "schemes" / name).exists(), f"run: python {path.name}"
            assert f"](schemes/{name})" in page


def test_pictures_are_reproducible():
    """Nothing of the day or of chance is in it."""
    pictures = runpy.run_path(str(DOCS / "build_scheme_pictures.py"))
    schemes = pictures["pictured"]("Residual networks")
    first, second = (pictures["picture"]("Residual networks", schemes) for _ in range(2))
    assert first == second
    assert first.startswith(b"\x89PNG")


def test_the_page_lists_every_scheme_and_alias(builder):
    """Every name and alias, and every family, stands on the page once."""
    page = builder.schemes_page()
    for name in INITIALIZERS.all_names:
        assert page.count(f"`{name}`") >= 1
    for title in FAMILIES:
        assert page.count(f"\n## {title}\n") == 1


def test_every_row_has_every_column(builder):
    """No text breaks the tables."""
    rows = [line for line in builder.schemes_page().splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {8}
