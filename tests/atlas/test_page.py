"""What the documents show of the atlas is what the committed table says."""

import importlib.util
import json
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
