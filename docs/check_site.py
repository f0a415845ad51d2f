"""Check that a built site asks nobody for anything: ``python docs/check_site.py [FOLDER]``.

A page may link to other sites, and must not load scripts, styles, fonts or pictures from there.
"""  # noqa: INP001  # a script, not a package

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import click

LOADS: Final = {
    ("audio", "src"),
    ("iframe", "src"),
    ("img", "src"),
    ("img", "srcset"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("video", "src"),
}
"""Attributes that make a browser fetch something, by their elements."""

POINTERS: Final = {"alternate", "author", "canonical", "license", "next", "prev"}
"""Relations of a link element that say something of the page, and load nothing."""

_ELSEWHERE: Final = re.compile(r"\s*(?:https?:)?//")

_IN_STYLE: Final = re.compile(r"""(?:url\(|@import)\s*["']?\s*((?:https?:)?//[^"')\s]+)""")


@click.command()
@click.argument("folder", default="site", type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Say what the site in FOLDER loads from elsewhere, and fail if anything is."""
    found = [f"{path}: {address}" for path, address in requests(folder)]
    if found or not (folder / "index.html").exists():
        raise click.ClickException("\n".join([f"{folder} is no site that stands alone", *found]))


def requests(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield each page or style with each address elsewhere from which it loads something."""
    for path in sorted(folder.rglob("*.html")):
        yield from ((path, address) for address in of_page(path.read_text("utf-8")))
    for path in sorted(folder.rglob("*.css")):
        yield from ((path, address) for address in _IN_STYLE.findall(path.read_text("utf-8")))


def of_page(html: str) -> list[str]:
    """Return the addresses elsewhere from which a page loads something."""
    page = _Page()
    page.feed(html)
    return page.addresses


class _Page(HTMLParser):
    """Collects what a page loads from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        loaded = [value for name, value in given.items() if (tag, name) in LOADS]
        if given.get("rel") not in POINTERS:
            self.addresses += [value for value in loaded if _ELSEWHERE.match(value)]
        self.addresses += _IN_STYLE.findall(given.get("style", ""))

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            self.addresses += _IN_STYLE.findall(data)


if __name__ == "__main__":
    main()
