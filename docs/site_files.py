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

PAGES: Final = ("*.md", "docs/**/*.md", "notebooks/README.md")
SHOWN: Final = (
    "CITATION.cff",
    "configs/**/*.yaml",
    "LICENSE",
    "initbench/atlas/atlas.csv",
    "initbench/data/digits.LICENSE.txt",
)
COPIED: Final = (
    "docs/iframe-worker.js",
    "docs/site.css",
    "docs/site.js",
    "docs/**/*.png",
    "notebooks/*.ipynb",
    "docs/atlas-page.html",
    "docs/terminal.gif",
    "results/gallery/*/plots/*.png",
    "results/gallery/lab.html",
)

_FORMULA: Final = re.compile(r'<(div|span) class="arithmatex">\\[\[(](.*?)\\[\])]</\1>', re.DOTALL)

_DANGLING: Final = re.compile(r'–\s*(?=<div class="doc-md-description">\s*</div>)')


class ShownFile(File):
    """A file that is no Markdown, and yet a page."""

    def is_documentation_page(self) -> bool:
        """Say that this is a page, whatever its name ends with."""
        return True


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return what the theme brings, and the files of the repository that the site has."""
    return Files(
        [
            *(file for file in files if file.src_dir != config.docs_dir),
            *(_file(path, config) for path in _matching(*PAGES, *COPIED)),
            *(_shown_file(path, config) for path in _matching(*SHOWN)),
        ]
    )


def shown(path: str) -> str:
    """Return the page of a file that is no Markdown, in Markdown."""
    file = ROOT / path
    language = file.suffix.removeprefix(".")
    return f"# {file.name}\n\n```{language}\n{file.read_text('utf-8')}```\n"


def on_page_content(html: str, **_: Any) -> str:
    """Return a page with its formulas, and without dashes that lead to no description."""
    return _FORMULA.sub(lambda formula: _mathml(formula[1], formula[2]), _DANGLING.sub("", html))


def on_post_page(output: str, **_: Any) -> str:
    """Return a page whose search has a name."""
    search = 'data-md-component="search" role="dialog"'
    return output.replace(search, f'{search} aria-label="Search"')


def _mathml(element: str, formula: str) -> str:
    """Return a formula as MathML, which browsers draw without a script."""
    return convert(unescape(formula), display="block" if element == "div" else "inline")


def _matching(*patterns: str) -> list[str]:
    paths = (path for pattern in patterns for path in sorted(ROOT.glob(pattern)))
    return [path.relative_to(ROOT).as_posix() for path in paths]


def _file(path: str, config: MkDocsConfig) -> File:
    return File(path, str(ROOT), config.site_dir, config.use_directory_urls)


def _shown_file(path: str, config: MkDocsConfig) -> File:
    level = InclusionLevel.NOT_IN_NAV
    return ShownFile.generated(config, path, content=shown(path), inclusion=level)
