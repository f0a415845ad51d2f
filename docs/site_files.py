"""What is in the documentation site: a hook of MkDocs.

The site is laid out as the repository is, so that a link that leads somewhere there leads to the
same place here. `README.md` is its first page; files that are no Markdown, and that pages link to,
are shown on pages of their own.
"""  # noqa: INP001  # a hook, not a package

import re
from html import unescape
from pathlib import Path
from typing import Any, Final

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

ROOT: Final = Path(__file__).parents[1]

PAGES: Final = ("*.md", "docs/**/*.md")
SHOWN: Final = ("configs/**/*.yaml", "LICENSE", "initbench/data/digits.LICENSE.txt")
COPIED: Final = ("docs/site.css", "docs/**/*.png", "results/gallery/*/plots/*.png")

_FORMULA: Final = re.compile(r'<(div|span) class="arithmatex">\\[\[(](.*?)\\[\])]</\1>', re.DOTALL)

_DANGLING: Final = re.compile(r'–\s*(?=<div class="doc-md-description">\s*</div>)')


class ShownFile(File):
    """A file of text that has a page, which shows it as it is."""

    def is_documentation_page(self) -> bool:
        """Say that this is a page, whatever its name ends with."""
        return True

    @property
    def content_string(self) -> str:
        """The page, in Markdown."""
        path = Path(self.src_uri)
        text = (ROOT / path).read_text("utf-8")
        return f"# {path.name}\n\n```{path.suffix.removeprefix('.')}\n{text}```\n"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return what the theme brings, and the files of the repository that the site has."""
    return Files(
        [
            *(file for file in files if file.src_dir != config.docs_dir),
            *(_file(File, path, config) for path in _matching(*PAGES, *COPIED)),
            *(_file(ShownFile, path, config) for path in _matching(*SHOWN)),
        ]
    )


def on_page_content(html: str, **_: Any) -> str:
    """Return a page with its formulas, and without dashes that lead to no description."""
    return _FORMULA.sub(lambda formula: _mathml(formula[1], formula[2]), _DANGLING.sub("", html))


def _mathml(element: str, formula: str) -> str:
    """Return a formula as MathML, which browsers draw without a script."""
    return convert(unescape(formula), display="block" if element == "div" else "inline")


def _matching(*patterns: str) -> list[str]:
    paths = (path for pattern in patterns for path in sorted(ROOT.glob(pattern)))
    return [path.relative_to(ROOT).as_posix() for path in paths]


def _file(kind: type[File], path: str, config: MkDocsConfig) -> File:
    is_shown = kind is ShownFile
    return kind(
        path,
        str(ROOT),
        config.site_dir,
        config.use_directory_urls,
        inclusion=InclusionLevel.NOT_IN_NAV if is_shown else InclusionLevel.UNDEFINED,
    )
