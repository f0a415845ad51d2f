"""What the documents show of the atlas is what the committed table says."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from initbench.atlas.adding import SOURCES
from initbench.atlas.page import atlas_page
from initbench.atlas.table import read_atlas

ROOT = Path(__file__).parents[2]


def test_the_committed_page_is_current():
    """`python docs/build_atlas.py` writes it, in less than a megabyte."""
    page = (ROOT / "docs" / "atlas-page.html").read_bytes()
    assert page == atlas_page(read_atlas())
    assert len(page) < 1_000_000


@pytest.fixture(scope="module")
def builder():
    """Return the script that writes what the atlas found, as a module."""
    path = ROOT / "docs" / "build_atlas.py"
    spec = importlib.util.spec_from_file_location("builder", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_folder_without_results_is_refused_in_a_line(builder, tmp_path):
    """And nothing is written."""
    before = (builder.TABLE / SOURCES).read_bytes()
    done = CliRunner().invoke(builder.main, [str(tmp_path)])
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {tmp_path}")
    assert (builder.TABLE / SOURCES).read_bytes() == before


def test_the_findings_in_the_documents_are_current(builder):
    """The last section is made from the table alone."""
    sources = json.loads((builder.TABLE / SOURCES).read_text("utf-8"))
    shown = builder.PAGE.read_text("utf-8").partition(builder.HEADING)[2]
    assert shown == builder.section(read_atlas(), sources)


def test_scores_that_pages_quote_from_the_atlas_are_in_the_table():
    """Each sentence that names a cell gives scores of schemes in that cell, to three digits."""
    page = (ROOT / "docs" / "which-initialization.md").read_text("utf-8")
    quotes = re.findall(
        r"((?:`\S+` [\d.]+,? )+)\(\[atlas\]\S+ `initbench atlas --cell (\S+)`", page
    )
    assert len(quotes) >= 3
    for sentence, name in quotes:
        [cell] = [cell for cell in read_atlas() if name in cell.first.cell]
        scores = re.findall(r"`(\S+)` (\d\.\d{3})", sentence)
        assert len(scores) >= 2
        assert scores == [(each, f"{cell.by_scheme[each].mean:.3f}") for each, _ in scores]
