"""The page of the atlas: its cells in one HTML file, on which a kind of network is chosen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from initbench.atlas.answers import MARGIN
from initbench.atlas.report import cell_document
from initbench.atlas.table import AtlasCell
from initbench.errors import UsageError
from initbench.report.html.document import html_document
from initbench.report.html.page import PACKAGE as REPORT
from initbench.results import files

PACKAGE: Final = "initbench.atlas"
TITLE: Final = "Atlas of initializations"

DEPTHS: Final = (1, 2, 5, 10, 20, 50)
"""Levels of the depth; residual networks of an even depth have one more layer."""


def write_page(path: Path, cells: Sequence[AtlasCell]) -> Path:
    """Write the page to a file, and return its path.

    Raises
    ------
    UsageError
        The file exists and is not such a page.
    StorageError
        It cannot be written.
    """
    known = files.read(path)
    if known is not None and f"<title>{TITLE}".encode() not in known:
        raise UsageError(f"{path} exists and is not a page of the atlas: name another file")
    files.make_folder(path.parent)
    files.write_atomically(path, atlas_page(cells))
    return path


def atlas_page(cells: Sequence[AtlasCell]) -> bytes:
    """Return the page as one HTML file."""
    documents = [cell_document(cell) for cell in cells]
    for document in documents:
        del document["rates"]
        for scheme in document["schemes"]:
            del scheme["scores"], scheme["validation"], scheme["p"]
    return html_document(
        TITLE,
        template=(PACKAGE, "atlas.html"),
        styles=[(REPORT, "report.css"), (PACKAGE, "atlas.css")],
        scripts=[(REPORT, "dom.js"), (PACKAGE, "atlas.js")],
        data=_rounded({"cells": documents, "depths": DEPTHS, "margin": MARGIN}),
    )


def _rounded(value: object) -> object:
    """Return a document with four digits after the point, without numbers that are not finite."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value
