"""Help comes at once, and knows every command."""

import inspect
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from initbench import api
from initbench.cli.program import SECTIONS

COMMANDS = [name for names in SECTIONS.values() for name in names]
HEAVY = {"numpy", "scipy", "matplotlib", "pydantic", "yaml", "tqdm"}
CALLS = [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)]


@pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
def test_help_imports_nothing_heavy(arguments, environment):
    """What takes long to import is imported when there is work for it."""
    code = (
        "import sys\nfrom initbench.cli import main\n"
        f"sys.argv[1:] = {arguments}\ntry: main()\n"
        f"finally: print(sorted(set(sys.modules) & {HEAVY}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert done.stdout


def test_every_command_is_in_the_help_with_its_summary(invoke):
    """Sections come in their order, each with its commands and what they do."""
    text = invoke("--help").stdout
    assert invoke().output == text
    places = [text.index(f"\n{title}:\n") for title in SECTIONS]
    assert places == sorted(places)
    for name in COMMANDS:
        [line] = [line for line in text.splitlines() if line.startswith(f"  {name} ")]
        summary = line.split(maxsplit=1)[1]
        assert summary in invoke(name, "--help").output.replace("\n  ", " ")
        assert summary.endswith(".")
        assert not summary.endswith("...")


def test_every_module_of_a_command_is_in_a_section():
    """A command that is written can be called."""
    folder = Path(sys.modules["initbench.cli"].__file__).parent / "commands"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == set(COMMANDS)
    assert len(COMMANDS) == len(set(COMMANDS))


def test_the_version_is_the_packages(invoke):
    """`--version` says what is installed."""
    assert invoke("--version").stdout == f"initbench, version {version('initbench')}\n"


def test_an_unknown_command_is_answered_with_the_nearest(invoke):
    """A slip of the finger is put right; what is near nothing is only refused."""
    near, far = invoke("repotr", "x"), invoke("frobnicate")
    assert (near.exit_code, far.exit_code) == (2, 2)
    assert "Did you mean 'report'?" in near.stderr
    assert "No such command 'frobnicate'" in far.stderr
    assert "Did you mean" not in far.stderr


@pytest.mark.parametrize(
    ("words", "offered"), [("initbench rep", {"report"}), ("initbench rum --n", set())]
)
def test_a_shell_can_complete_commands(initbench, monkeypatch, words, offered):
    """Names are completed as they are typed, and a wrong one is nobody's error yet."""
    monkeypatch.setenv("_INITBENCH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    done = initbench()
    assert (done.returncode, done.stderr) == (0, "")
    assert {line.rpartition(",")[2] for line in done.stdout.split()} == offered


def test_compare_offers_the_defaults_of_the_api(invoke):
    """The help of a flag says what the function does without it."""
    text = " ".join(invoke("compare", "--help").stdout.split())
    parameters = inspect.signature(api.compare).parameters
    same = ("dataset", "activation", "optimizer", "momentum", "epochs", "seeds")
    flags = {"lr": "learning_rate", "batch-size": "batch_size"} | {name: name for name in same}
    for flag, name in flags.items():
        default = parameters[name].default
        words = "the optimizer's" if default is None else default
        shown = text[text.index(f"--{flag} ") :]
        assert shown[shown.index("[default: ") :].startswith(f"[default: {words}]")
    assert "[default: 32,32]" in text
    assert parameters["hidden"].default == (32, 32)
