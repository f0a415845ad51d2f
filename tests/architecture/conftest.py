"""The package's modules as parsed text."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Source:
    """One module: its dotted name, its file as a message names it, and its syntax tree."""

    name: str
    path: str
    tree: ast.Module

    def at(self, node):
        """Return where a node stands."""
        return f"{self.path}:{node.lineno}"


def parse(name, path, text):
    """Return a module's text as a source."""
    return Source(name, path, ast.parse(text))


@pytest.fixture(scope="session")
def sources():
    """Return all modules of the package."""
    found = []
    for path in sorted((ROOT / "initbench").rglob("*.py")):
        relative = path.relative_to(ROOT)
        name = ".".join(relative.with_suffix("").parts).removesuffix(".__init__")
        found.append(parse(name, relative.as_posix(), path.read_text("utf-8")))
    return found


@pytest.fixture(scope="session")
def a_source():
    """Return a maker of sources from a module's name and text, to try a rule on."""
    return lambda name, text: parse(name, f"{name.replace('.', '/')}.py", text)


@pytest.fixture(scope="session")
def architecture_page():
    """Return the text of the page that describes the layers."""
    return (ROOT / "docs" / "architecture.md").read_text("utf-8")
