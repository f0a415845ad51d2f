"""What a release needs: notes, citation, recipe, paper, and hooks that agree with the package."""

import re
import runpy
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from initbench.atlas import read_atlas
from initbench.atlas.answers import MARGIN
from initbench.atlas.report import atlas_document
from initbench.cli.program import cli
from initbench.initializers import INITIALIZERS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAPER = (ROOT / "paper" / "paper.md").read_text("utf-8")


def read(path):
    """Return a YAML file of the repository."""
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


@pytest.mark.parametrize(
    ("version", "notes"), [("1.1.0", "### Added\n\n- b"), ("1.0.0", "- a"), ("2.0.0", "")]
)
def test_the_notes_of_a_release_are_its_section_of_the_changelog(version, notes):
    """The text between the version's heading and the next one; nothing for another version."""
    section = runpy.run_path(str(ROOT / ".github" / "release_notes.py"))["section"]
    text = "# Changelog\n\n## [1.1.0] - 2026-01-01\n\n### Added\n\n- b\n\n## [1.0.0]\n\n- a\n"
    assert section(text, version) == notes


def test_the_recipe_requires_what_the_package_requires():
    """The same packages with the same lowest versions; Matplotlib without its graphical parts."""
    required = read("packaging/conda/recipe.yaml")["requirements"]["run"]
    assert required[0] == "python >=${{ python_min }}"
    listed = {each.replace(" ", "").replace("-base", "") for each in required[1:]}
    assert listed == set(PROJECT["dependencies"])


def test_the_citation_names_the_package_and_its_licence():
    """As `cff-version` 1.2.0 requires: message, title and authors."""
    citation = read("CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    assert citation["title"].startswith(PROJECT["name"])


def test_every_citation_of_the_paper_is_in_its_bibliography():
    """And nothing is in the bibliography that is not cited, but for the sources of schemes."""
    cited = set(re.findall(r"@(\w+)", PAPER.partition("# Summary")[2]))
    entries = re.findall(
        r"^@\w+\{(\w+),", (ROOT / "paper/paper.bib").read_text("utf-8"), re.MULTILINE
    )
    assert cited <= set(entries)
    assert len(entries) == len(set(entries))


def test_the_numbers_of_the_paper_are_those_of_the_repository():
    """Schemes, configs, and verdicts."""
    verdicts = re.search(
        r"(\d+) configs with (\d+) claims, (\d+) PASS, (\d+) FAIL and (\d+) INCONCLUSIVE",
        (ROOT / "docs" / "papers.md").read_text("utf-8"),
    )
    configs, claims, passed, failed, open_ = map(int, verdicts.groups())
    flat = " ".join(PAPER.split())
    assert f"has {len(INITIALIZERS)} schemes" in flat
    assert f"{configs} configs with {claims} claims" in flat
    assert passed + failed + open_ == claims
    assert f"{passed} claims pass, {failed} fail and {open_} are inconclusive" in flat


def test_the_numbers_of_the_atlas_in_the_paper_are_those_of_its_table():
    """The best schemes everywhere, and hits of recommendations."""
    document, flat = atlas_document(read_atlas()), " ".join(PAPER.split())
    schemes, hits = document["schemes"], document["hits"][f"{MARGIN:g}"]
    everywhere = {name: schemes[name] for name in document["everywhere"]["schemes"]}
    often = max(everywhere, key=lambda name: everywhere[name]["within"])
    least = min(everywhere, key=lambda name: everywhere[name]["regret"])
    assert f"In the {document['design_cells']} networks of the design" in flat
    assert f"`{often}`, the default of PyTorch, ends most often within {MARGIN:g}" in flat
    assert f"in {everywhere[often]['within']}. Always using `{least}` loses least" in flat
    assert f"{everywhere[least]['regret']:.3f} on average" in flat
    left_out, held_out = hits["left_out"], hits["held_out"]
    assert f"in {left_out['hits']} of {left_out['cells']} networks that were left out" in flat
    assert f"in {held_out['hits']} of {held_out['cells']} that were held out" in flat
    short = document["shortlist"]
    left_out, held_out = short["left_out"], short["held_out"]
    assert f"in {left_out['hits']} of {left_out['cells']} networks left out" in flat
    assert f"in {held_out['hits']} of {held_out['cells']} held out" in flat


@pytest.mark.parametrize(
    ("text", "code"),
    [("dataset: moons\ninits: [he]\n", 0), ("dataset: moons\ninits: [hee]\n", 2)],
)
def test_the_public_hook_validates_configs(tmp_path, text, code):
    """The command of .pre-commit-hooks.yaml, as pre-commit calls it: with names of files."""
    [hook] = read(".pre-commit-hooks.yaml")
    config = tmp_path / "one.yaml"
    config.write_text(text)
    program, *arguments = hook["entry"].split()
    result = CliRunner().invoke(cli, [*arguments, str(config)])
    assert program == "initbench"
    assert result.exit_code == code, result.output
    assert code == 0 or "line 2, column 9: inits[0]" in result.stderr


def test_a_config_is_checked_at_every_setting_of_its_sweep(tmp_path):
    """A value that only one setting has is found too, once."""
    config = tmp_path / "one.yaml"
    config.write_text("dataset: moons\ninits: [he]\nsweep: {training.epochs: [1, -1]}\n")
    result = CliRunner().invoke(cli, ["schema", "--check", str(config)])
    assert result.exit_code == 2
    assert result.stderr.count("training.epochs = -1") == 1
