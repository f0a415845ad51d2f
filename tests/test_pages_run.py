"""What pages offer to paste runs: every block of every page, in order, in one folder per page.

The folder has the configs and the baseline of the gallery. Blocks of ``sh`` and of ``console`` are
run by bash; Python runs in one namespace, sessions answer as shown, and YAML is validated. A
comment before a block says what else there is to know:

- ``<!-- file: NAME -->``: the block is the content of this file (Python also runs);
- ``<!-- first: COMMAND -->``: what has to be run before, as the page says in words;
- ``<!-- not run: REASON -->``: the block needs what the page names, or takes long.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import metadata
from pathlib import Path

import pytest
import yaml

from initbench.config.experiment import Experiment
from initbench.config.loading import make_experiment

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(
    r"((?:^<!-- (?:file|first|not run): [^\n]* -->\n)*)^```(\w+)\n(.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
NOTE = re.compile(r"<!-- (file|first|not run): (.*) -->")
SHELL = ("sh", "console")
SHOWN = ("text",)  # output and diagrams
BASE = {"dataset": "moons", "inits": ["zeros", "random", "he", "lsuv"]}


@dataclass(frozen=True)
class Block:
    """A block of code, with what the comments before it say."""

    line: int
    language: str
    code: str
    notes: tuple[tuple[str, str], ...]

    def said(self, what):
        """Return what the comments of one kind say."""
        return [text for kind, text in self.notes if kind == what]


def blocks_of(text):
    """Return the blocks of a page."""
    return [
        Block(
            text[: found.start(2)].count("\n") + 1,
            found[2],
            found[3],
            tuple(NOTE.findall(found[1])),
        )
        for found in BLOCK.finditer(text)
    ]


PAGES = {
    path.relative_to(ROOT).as_posix(): blocks_of(path.read_text("utf-8"))
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "notebooks/README.md"])
}
PARAMETERS = [
    pytest.param(
        page,
        marks=pytest.mark.frameworks
        if any("import torch" in block.code for block in blocks)
        else pytest.mark.docs,
    )
    for page, blocks in PAGES.items()
    if blocks and page != "docs/pytorch.md"  # whose blocks tests/torch runs
]


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """Return a folder with initbench and python of this environment, and with pip and make.

    What pip installs is installed already, and what make does is tested elsewhere: of pip's
    arguments it is checked that initbench has the extras that they name.
    """
    folder = tmp_path_factory.mktemp("bin")
    extras = "|".join(metadata("initbench").get_all("Provides-Extra"))
    scripts = {
        "initbench": f'exec "{sys.executable}" -m initbench "$@"',
        "python": f'exec "{sys.executable}" "$@"',
        "make": "exit 0",
        "pip": f"""[ "$1" = install ] || exit 2; shift; for each in "$@"; do
            grep -Eq '^(\\.|jupyter|initbench(\\[({extras})\\])?(==[0-9.]+)?)$' <<< "$each" || exit
        done""",
    }
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Work in a folder that has the configs, and of the gallery the baseline."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    baseline = Path("results/gallery/moons/metrics.json")
    (tmp_path / baseline).parent.mkdir(parents=True)
    shutil.copy(ROOT / baseline, tmp_path / baseline)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shell(code, programs):
    """Run lines of a shell, or those of a console that follow a dollar sign."""
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
    }
    done = subprocess.run(
        [shutil.which("bash"), "-euo", "pipefail", "-c", code],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def check_yaml(code):
    """Validate a fragment of a config; of other YAML, that it can be read."""
    value = yaml.safe_load(code)
    if isinstance(value, dict) and set(value) <= set(Experiment.model_fields):
        make_experiment(BASE | value, "the block")


@pytest.mark.parametrize("page", PARAMETERS)
def test_every_block_of_a_page_runs(page, folder, programs):
    """In its order; a failure names the line of the page."""
    names, runner, failures = {}, doctest.DocTestRunner(), []
    for block in PAGES[page]:
        place = f"{page}, line {block.line}"
        for command in block.said("first"):
            code, output = shell(command, programs)
            assert code == 0, f"{place}: {command}\n{output}"
        if block.said("not run") or block.language in SHOWN:
            continue
        for name in block.said("file"):
            (folder / name).write_text(block.code, "utf-8")
        if block.language in SHELL:
            is_session = block.language == "console"
            lines = re.findall(r"^\$ (.*)$", block.code, re.MULTILINE)
            code, output = shell("\n".join(lines) if is_session else block.code, programs)
            assert code == 0, f"{place}:\n{block.code}\n{output}"
        elif block.language == "python":
            exec(compile(block.code, place, "exec"), names)  # noqa: S102  # our own page
        elif block.language == "pycon":
            session = doctest.DocTestParser().get_doctest(block.code, names, place, None, None)
            runner.run(session, out=failures.append, clear_globs=False)
            names.update(session.globs)
            assert not failures, "".join(failures)
        elif block.language == "yaml":
            check_yaml(block.code)
        else:
            assert block.language == "toml", f"{place}: nothing runs {block.language}"
            tomllib.loads(block.code)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_names_its_language(page):
    """A block without a language would never be run; what is only shown is ``text``."""
    text = (ROOT / page).read_text("utf-8")
    fences = re.findall(r"^```(\w*)$", text, re.MULTILINE)[::2]
    assert all(fences)


@pytest.mark.parametrize("page", PAGES)
def test_a_block_that_is_not_run_has_a_reason(page):
    """It needs something, or takes long."""
    reasons = [reason for block in PAGES[page] for reason in block.said("not run")]
    assert all(re.match("(needs|takes|starts|opens|changes|installs) ", each) for each in reasons)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("<!-- not run: long -->\n```sh\nx\n```\n", [("not run", "long")]),
        ("<!-- first: a -->\n<!-- file: b -->\n```sh\nx\n```\n", [("first", "a"), ("file", "b")]),
        ("<!-- file: a -->\n```sh\nx <!-- first: b -->\n```\n", [("file", "a")]),
        ("<!-- not run: long -->\n\n```sh\nx\n```\n", []),
    ],
)
def test_comments_belong_to_the_block_below_them(text, kinds):
    """Directly below: an empty line between them separates them."""
    [block] = blocks_of(text)
    assert list(block.notes) == kinds


def test_a_command_that_fails_is_noticed(programs):
    """The first failing line decides, whatever follows it."""
    assert shell("initbench list nothing\ntrue", programs)[0] != 0
    assert shell("pip install 'initbench[nothing]'", programs)[0] != 0
    assert shell("pip install 'initbench[torch]'", programs)[0] == 0
