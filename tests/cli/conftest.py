"""The command line as it is used: a process of its own, or, where that is enough, a call."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from initbench.cli.program import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder, with nothing of the surroundings that output depends on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def moons():
    """Return the path of the shipped experiment on moons."""
    return str(ROOT / "configs" / "moons.yaml")


@pytest.fixture
def config():
    """Return a maker of small configs in the working folder."""

    def make(name="tiny", inits="[zeros, he]", **changes):
        settings = {"dataset": "{name: moons, samples: 60}", "network": "{hidden: [4]}"}
        settings |= {"training": "{epochs: 2}", "inits": inits, "seeds": 2, **changes}
        path = Path(f"{name}.yaml")
        path.write_text("".join(f"{key}: {value}\n" for key, value in settings.items()))
        return str(path)

    return make


@pytest.fixture
def invoke():
    """Return a caller of the command line within this process."""

    def call(*arguments):
        return CliRunner().invoke(cli, list(map(str, arguments)), prog_name="initbench")

    return call


@pytest.fixture
def initbench():
    """Return a caller of the command line as a process, which captures what it is not given."""

    def call(*arguments, **options):
        command = [sys.executable, "-m", "initbench", *map(str, arguments)]
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.run(command, check=False, text=True, env=environment(), **options)

    return call


def environment(**changes):
    """Return the environment in which the program under test is the checkout's."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


@pytest.fixture(name="environment")
def environment_fixture():
    """Return the maker of environments."""
    return environment


@pytest.fixture
def stamps():
    """Return a reader of the bytes and times of all files below a folder."""

    def read(folder):
        return {
            str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file()
        }

    return read
