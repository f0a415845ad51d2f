"""Loading: Matplotlib's first import is quiet, and says what is wrong where it cannot be had."""

import os
import subprocess
import sys

import pytest

from initbench.errors import StorageError
from initbench.figures.drawing import loading

DRAW = """
import numpy as np
from initbench.figures.drawing import draw, render
from initbench.figures.records import Axis, Figure, Line, Panel
line = Line("he", np.arange(3.0), np.ones(3))
assert render(draw(Figure("a", "t", (Panel(Axis("x"), Axis("y"), (line,)),))), "png")
"""


@pytest.fixture
def environment(tmp_path):
    """Return an environment whose folder for Matplotlib is a file, so that nobody may write it."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    return os.environ | {"MPLCONFIGDIR": str(blocked / "folder"), "HOME": str(blocked)}


def test_a_folder_that_cannot_be_written_goes_without_saying(environment, tmp_path):
    """Pictures are drawn, and neither output stream has a word of it."""
    done = subprocess.run(
        [sys.executable, "-c", DRAW],
        check=False,
        capture_output=True,
        text=True,
        env=environment | {"TMPDIR": str(tmp_path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_no_folder_at_all_is_an_error_of_the_machine(monkeypatch):
    """What Matplotlib raises becomes a message of ours."""

    def fail(name):
        raise OSError(f"no usable temporary folder for {name}")

    monkeypatch.setattr(loading.importlib, "import_module", fail)
    with pytest.raises(StorageError, match="figures cannot be drawn: no usable"):
        loading.load_quietly()


def test_other_messages_are_heard_again_afterwards():
    """The logger has the level that it had."""
    logger = loading.logging.getLogger("matplotlib")
    level = logger.level
    loading.load_quietly()
    assert logger.level == level
