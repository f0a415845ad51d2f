"""What the documents say is true: commands print what is shown, links lead somewhere.

tests/test_pages_run.py runs every block of every page.
"""

import doctest
import inspect
import re
import runpy
import shlex
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from initbench.cli.program import SECTIONS, cli
from initbench.initializers import LayerSpec, bind

ROOT = Path(__file__).parents[1]
OUTPUTS = runpy.run_path(str(ROOT / "docs" / "build_outputs.py"))
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
}
README = PAGES["README.md"]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")

SESSIONS = {}  # what the pages show of each command
for page, text in PAGES.items():
    for arguments, shown in OUTPUTS["SESSION"].findall(text):
        SESSIONS.setdefault(arguments, {})[page] = shown
LINKS = [
    (page, link)
    for page, text in PAGES.items()
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    if not link.startswith("https://")
]
MEAN = re.compile(r"(\d+\.\d+) ± (\d+\.\d+)")
NUMBER = re.compile(r"\d+(\.\d+)?( \(\d+/\d+\))?")


def blocks(text, language):
    """Return a page's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def agrees(shown, printed):
    """Tell whether two outputs are one, or two machines' tables of one experiment.

    Digits may differ between machines; means lie within each other's intervals, and schemes rank
    alike.
    """
    if "±" not in shown:
        return shown == printed
    forms = [NUMBER.sub("#", text).split() for text in (shown, printed)]
    means = [[tuple(map(float, pair)) for pair in MEAN.findall(text)] for text in (shown, printed)]
    return forms[0] == forms[1] and all(
        abs(a - b) <= max(half_a, half_b) + 0.001
        for (a, half_a), (b, half_b) in zip(*means, strict=True)
    )


def heading_anchors(text):
    """Return the anchors that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def run_python(text):
    """Run a page's Python in one namespace; return that, and what its sessions wrongly show."""
    names, failures = {}, []
    runner = doctest.DocTestRunner()
    block = re.compile(r"^```(python|pycon)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    for language, code in block.findall(text):
        if language == "python":
            exec(code, names)  # noqa: S102 - the page is ours, and running it is the test
            continue
        session = doctest.DocTestParser().get_doctest(code, names, "page", None, None)
        runner.run(session, out=failures.append, clear_globs=False)
        names.update(session.globs)
    return names, "".join(failures)


@pytest.fixture
def _among_configs(tmp_path, monkeypatch):
    """Work in a folder that has the configs and nothing else."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("_among_configs")
@pytest.mark.parametrize("arguments", SESSIONS)
def test_commands_print_the_output_shown(arguments, monkeypatch):
    """Where this fails because the program has changed, `make docs` mends it."""
    monkeypatch.setenv("COLUMNS", "80")
    width = 80 - 2  # of a help text, as Click makes it of a terminal's
    result = CliRunner().invoke(
        cli, shlex.split(arguments), prog_name="initbench", terminal_width=width
    )
    assert result.exit_code == 0, result.output
    for page, shown in SESSIONS[arguments].items():
        assert agrees(shown, result.stdout), f"{page}\n{result.stdout}"


@pytest.mark.parametrize(
    ("old", "new"),
    [("0.977", "0.967"), ("0 ", "1 of "), ("he ", "random "), ("0.95", "–"), ("scheme", "init")],
)
def test_a_table_that_says_something_else_is_seen(old, new):
    """A mean outside of the interval, another order, another heading: each is a disagreement."""
    table = "scheme  accuracy  epochs\nhe  0.977 ± 0.004  10\nzeros  0.95 ± 0.000  –\n"
    assert agrees(table, table.replace("0.977", "0.975").replace("10\n", "9.5 (8/10)\n"))
    assert not agrees(table, table.replace(old, new))


@pytest.mark.parametrize("command", [name for names in SECTIONS.values() for name in names])
def test_every_command_has_its_place_in_the_manual(command):
    """The page of the command line shows the help of each."""
    assert f"$ initbench {command} --help\n" in PAGES["docs/cli.md"]


@pytest.mark.parametrize(("page", "link"), LINKS, ids=[": ".join(each) for each in LINKS])
def test_links_have_targets(page, link):
    """The file is there, and so is the heading."""
    path, _, anchor = link.partition("#")
    target = ROOT / page if not path else (ROOT / page).parent / path
    assert target.exists()
    assert not anchor or anchor in heading_anchors(target.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_is_named_exists(page):
    """A path in code style that begins with a folder of this repository."""
    folders = "benchmarks|configs|docs|examples|initbench|notebooks|paper|tests"
    named = set(re.findall(rf"`((?:{folders})/[\w./-]+)`", PAGES[page]))
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_target_that_is_named_can_be_made(page):
    """What a document tells to make is a target of the Makefile that `make help` lists."""
    listed = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    shell = re.findall(r"^make (.*)$", "\n".join(blocks(PAGES[page], "sh")), re.MULTILINE)
    words = shlex.split(" ".join([*shell, *re.findall(r"`make ([^`]*)`", PAGES[page])]))
    assert {word for word in words if "=" not in word} <= listed


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("build_*.py")), ids=lambda p: p.name)
def test_make_docs_can_call_each_script_without_arguments(path):
    """And what a script takes, `--help` says; it does not go for a folder of that name."""
    main = runpy.run_path(str(path))["main"]
    if isinstance(main, click.Command):
        assert not [parameter.name for parameter in main.params if parameter.required]
        assert CliRunner().invoke(main, "--help").output.startswith("Usage: ")
    else:
        assert not inspect.signature(main).parameters


def test_the_demo_is_the_command_that_the_readme_shows():
    """What is said of `make demo` is shown of the command that it runs."""
    [recipe] = re.findall(r"^demo:.*\n\t\$\(BIN\)/(.*)$", MAKEFILE, re.MULTILINE)
    section = README.partition("## What it prints")[2]
    assert f"```console\n$ {recipe}\n" in section


def test_the_scheme_of_the_readme_obeys_its_law():
    """Its mean square is its variance, to five standard errors."""
    [code] = blocks(README, "python")
    names = {}
    exec(code, names)  # noqa: S102  # the page is ours
    layer, initialization = LayerSpec(100, 400), bind(names["double_he"])
    [(weights, _)] = initialization.draw([layer], seed=0)
    variance = initialization.variance(layer)
    assert abs((weights**2).mean() - variance) < 5 * variance * (2 / weights.size) ** 0.5


def test_a_scheme_takes_five_lines():
    """The README's scheme has as many lines as it says, imports aside."""
    [code] = blocks(README, "python")
    assert len([line for line in code.splitlines() if line and "import" not in line]) == 5
