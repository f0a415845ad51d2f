"""Rewrite what documents show of the command line: ``python docs/build_outputs.py``.

A document shows a command as a block of its own, which begins with ``$ initbench``; what stands
below it is what the command prints.
"""  # noqa: INP001  # a script, not a package

import functools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = (
    ROOT / "README.md",
    *(ROOT / "docs" / name for name in ("cli.md", "export.md", "tutorial.md")),
)
SESSION = re.compile(r"^```console\n\$ initbench (.*)\n((?:.*\n)*?)```$", re.MULTILINE)


def main() -> None:
    """Rewrite all pages."""
    for page in PAGES:
        page.write_text(rebuilt(page.read_text("utf-8")), "utf-8")


def rebuilt(text: str) -> str:
    """Return a page's text with the output of its commands as it is today."""
    return SESSION.sub(
        lambda session: f"```console\n$ initbench {session[1]}\n{output(session[1])}```", text
    )


@functools.cache
def output(arguments: str) -> str:
    """Return the standard output of a command, in a folder with the configs alone."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "configs", Path(folder) / "configs")
        return subprocess.run(  # noqa: S603  # the commands are those of our own pages
            [sys.executable, "-m", "initbench", *shlex.split(arguments)],
            check=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ).stdout


if __name__ == "__main__":
    main()
