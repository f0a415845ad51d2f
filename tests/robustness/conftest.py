"""The command line within this process, in an empty folder."""

import pytest
from click.testing import CliRunner

from initbench.cli.program import cli


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def invoke():
    """Return a caller of the command line."""
    return lambda *arguments: CliRunner().invoke(cli, list(map(str, arguments)))
