"""The report page of one results folder, or of two side by side."""

from pathlib import Path
from typing import Any, Final

from initbench.formatting import printable
from initbench.report.html.document import html_document
from initbench.report.html.payload import payload
from initbench.results import Results

PACKAGE: Final = "initbench.report.html"

SCRIPTS: Final = ("dom", "unpack", "scales", "marks", "figure", "tables", "texts", "main")
"""Files of ``assets/`` in the order in which they are joined to one module."""


def html_report(results: Results, config: str = "") -> bytes:
    """Return the page of one results folder.

    Parameters
    ----------
    results : Results
    config : str
        The text of ``config.yaml``.
    """
    name = printable(results.outline.name)
    return _page(name, payload({name: (results, config)}))


def html_comparison(
    first: tuple[Results, str], second: tuple[Results, str], difference: str
) -> bytes:
    """Return the page of two results folders, side by side.

    Parameters
    ----------
    first, second : (Results, str)
        Each with the text of its ``config.yaml``.
    difference : str
        How the second differs from the first, in words.
    """
    names = distinct_names(first[0].folder, second[0].folder)
    return _page(
        f"{printable(names[0])} and {printable(names[1])}",
        payload(dict(zip(names, (first, second), strict=True)), difference),
    )


def distinct_names(first: Path, second: Path) -> tuple[str, str]:
    """Return the shortest ends of two paths that differ.

    >>> distinct_names(Path("a/moons"), Path("b/moons")), distinct_names(Path("a"), Path("b"))
    (('a/moons', 'b/moons'), ('a', 'b'))
    """
    one, other = first.resolve().parts, second.resolve().parts
    count = 1
    while one[-count:] == other[-count:] and count < max(len(one), len(other)):
        count += 1
    names = "/".join(one[-count:]), "/".join(other[-count:])
    return names if names[0] != names[1] else (names[0], f"{names[1]} (second)")


def _page(title: str, data: dict[str, Any]) -> bytes:
    return html_document(
        title,
        template=(PACKAGE, "report.html"),
        styles=[(PACKAGE, "report.css")],
        scripts=[(PACKAGE, f"{name}.js") for name in SCRIPTS],
        data=data,
    )
