"""The guide to PyTorch models: every block of it runs as it is shown."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from initbench.cli.program import cli
from tests.test_docs import blocks, run_python

pytestmark = pytest.mark.frameworks

PAGE = (Path(__file__).parents[2] / "docs" / "pytorch.md").read_text("utf-8")
MODEL, WIDE, CHOICE = blocks(PAGE, "python")
"""The model's file, a function for the same file, and a race."""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Work beside the file of the guide."""
    monkeypatch.chdir(tmp_path)
    Path("digits_net.py").write_text(f"{MODEL}\n\n{WIDE}")


def test_its_commands_run():
    """As it says: without findings where it says so."""
    commands = "".join(blocks(PAGE, "sh")).splitlines()
    assert len(commands) == 3
    for command in commands:
        result = CliRunner().invoke(cli, shlex.split(command)[1:])
        assert result.exit_code == 0, f"{command}\n{result.output}"


def test_its_python_answers_as_shown(capsys):
    """Block after block, the race included, whose code runs too."""
    names, failures = run_python(PAGE)
    assert not failures
    assert names["found"].pick in {"default", "he", "lsuv"}
    assert "after 3 epochs (102 steps)" in " ".join(capsys.readouterr().out.split())
