"""Comparison: one page that shows two results folders side by side."""

from pathlib import Path

from initbench.errors import UsageError
from initbench.report.difference import difference_lines
from initbench.report.html import html_comparison
from initbench.report.lines import plain
from initbench.results import Results, RunStore, files, load_results
from initbench.results.baseline import read_baseline
from initbench.results.difference import differences_between
from initbench.results.locking import locked

_WIDTH = 100


def write_comparison(first: Path, second: Path) -> Path:
    """Write the page of two results folders into the first, and return its path.

    Nothing else in either folder changes.

    Raises
    ------
    UsageError
        One of them is not a results folder, or both are the same.
    StorageError
        A folder cannot be read or written.
    """
    if first.resolve() == second.resolve():
        raise UsageError(f"{first} and {second} are the same folder: name two that differ")
    sides = [(_load(folder), _config(folder)) for folder in (first, second)]
    difference = differences_between(read_baseline(first), read_baseline(second))
    words = plain(difference_lines(difference, _WIDTH)) if difference.figures else ""
    page = first / f"comparison-with-{second.resolve().name}.html"
    with locked(first):
        files.write_atomically(page, html_comparison(sides[0], sides[1], words))
    return page


def _load(folder: Path) -> Results:
    RunStore(folder).read_outline()
    return load_results(folder)


def _config(folder: Path) -> str:
    return (files.read(folder / "config.yaml") or b"").decode("utf-8", "replace")
