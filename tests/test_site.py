"""The documentation site: it stands alone, leads where the repository does, and reads well."""

import pkgutil
import re
import runpy
from pathlib import Path

import pytest

import initbench
from initbench.initializers import FAMILIES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
REFERENCE = "".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md"))
DOCUMENTED = re.findall(r"^::: (\S+)$", REFERENCE, re.MULTILINE)
NAVIGATION = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\ntheme:")[0]


@pytest.fixture(scope="module")
def checker():
    """Return the script that checks a built site."""
    return runpy.run_path(str(DOCS / "check_site.py"))


@pytest.fixture(scope="module")
def docstrings():
    """Return the extension that reads docstrings."""
    return runpy.run_path(str(DOCS / "docstrings.py"))


@pytest.fixture(scope="module")
def hook():
    """Return the hook that says what is in the site."""
    return runpy.run_path(str(DOCS / "site_files.py"))


@pytest.mark.parametrize(
    "path", [path for path in DOCUMENTED if not path.startswith("initbench.torch.")]
)
def test_every_name_of_the_reference_can_be_imported(path):
    """A reader who copies it gets the object that the page describes."""
    assert pkgutil.resolve_name(path).__doc__


@pytest.mark.parametrize("name", initbench.__all__)
def test_every_public_name_is_in_the_reference_once(name):
    """With its docstring, from the code."""
    assert DOCUMENTED.count(f"initbench.{name}") == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_its_functions_in_the_reference(family):
    """The modules of whatever draws its schemes stand there."""
    modules = {entry.draw.__module__ for entry in FAMILIES[family] if entry.name != "file"}
    assert modules <= set(DOCUMENTED)


def test_every_page_is_in_the_navigation_once():
    """A page that nobody is led to is an error of the build, too."""
    pages = [*ROOT.glob("*.md"), *DOCS.glob("**/*.md"), ROOT / "notebooks" / "README.md"]
    listed = re.findall(r": (\S+\.md)$", NAVIGATION, re.MULTILINE)
    assert sorted(listed) == sorted(page.relative_to(ROOT).as_posix() for page in pages)


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/a.css">',
        '<img alt="" src="http://example.org/a.png">',
        '<div style="background: url(https://example.org/a.png)"></div>',
        "<style>@import 'https://example.org/a.css';</style>",
    ],
)
def test_resources_from_other_sites_are_found(html, checker):
    """Scripts, styles, pictures, and what styles load."""
    assert len(checker["of_page"](html)) == 1


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://example.org">there</a>',
        '<link rel="canonical" href="https://example.org/page.html">',
        '<script src="assets/x.js"></script><img alt="" src="data:image/png;base64,AA==">',
        "<code>&lt;img src='https://example.org/a.png'&gt;</code>",
    ],
)
def test_links_and_files_of_the_site_are_no_requests(html, checker):
    """A page may point anywhere."""
    assert checker["of_page"](html) == []


def test_styles_of_a_site_are_checked_as_its_pages_are(checker, tmp_path):
    """Each is named with what it asks for."""
    (tmp_path / "a.css").write_text("@font-face {src: url('https://example.org/a.woff2')}", "utf-8")
    (tmp_path / "index.html").write_text("<p>Nothing</p>", "utf-8")
    assert list(checker["requests"](tmp_path)) == [
        (tmp_path / "a.css", "https://example.org/a.woff2")
    ]


def test_parameters_that_share_a_description_are_listed_apart(docstrings):
    """So that each has its own default; other lines stay."""
    text = "Parameters\n----------\nrow, column : int\n    From 1.\npath : str\n"
    assert docstrings["readable"](text, {}) == (
        "Parameters\n----------\nrow : int\n    From 1.\ncolumn : int\n    From 1.\npath : str\n"
    )


def test_a_name_that_the_reference_has_is_a_link(docstrings):
    """Other names stay, and so does code."""
    text = docstrings["readable"]("As `run`, not `it`; ``run`` is code.", {"run": "initbench.run"})
    assert text == "As [`run`][initbench.run], not `it`; ``run`` is code."


def test_a_formula_becomes_one_that_needs_no_script(docstrings, hook):
    """From the docstring's role to MathML, by what Markdown makes of it."""
    assert docstrings["readable"](r":math:`2 / n_\text{in}`", {}) == r"$2 / n_\text{in}$"
    page = hook["on_page_content"](r'<p><span class="arithmatex">\(a &lt; b\)</span></p>')
    assert page.startswith("<p><math ")
    assert "<mi>a</mi>" in page
    assert "arithmatex" not in page


def test_a_parameter_without_a_description_has_no_dash(hook):
    """A dash leads to the description, where there is one."""
    empty = '<li>a\n –\n <div class="doc-md-description">\n \n</div></li>'
    said = '<li>a\n –\n <div class="doc-md-description">\n<p>It.</p></div></li>'
    assert "–" not in hook["on_page_content"](empty)
    assert hook["on_page_content"](said) == said


@pytest.mark.parametrize("name", ["configs/moons.yaml", "LICENSE"])
def test_a_file_that_is_no_page_is_shown_on_one(name, hook):
    """As it is, in a block, under its name."""
    text = (ROOT / name).read_text("utf-8")
    page = hook["shown"](name)
    assert page.startswith(f"# {Path(name).name}\n\n```")
    assert page.endswith(f"\n{text}```\n")
    assert hook["ShownFile"](name, None, "site", use_directory_urls=False).url.endswith(".html")


def test_the_search_has_a_name(hook):
    """As WCAG requires."""
    assert hook["on_post_page"]('<div data-md-component="search" role="dialog"></div>') == (
        '<div data-md-component="search" role="dialog" aria-label="Search"></div>'
    )
