"""Help comes at once, and knows every command."""

import inspect
import json
import re
import shlex
import subprocess
import sys
from importlib.metadata import metadata, version
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

from initbench import api
from initbench.cli.commands import doctor
from initbench.cli.commands.doctor import EXTRAS
from initbench.cli.program import SECTIONS

COMMANDS = [name for names in SECTIONS.values() for name in names]
HEAVY = {"numpy", "scipy", "matplotlib", "pydantic", "yaml", "tqdm"}
CALLS = [[], ["--help"], *([name, "--help"] for name in COMMANDS)]


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


def test_the_version_names_numpy_and_its_blas(invoke):
    """`--version` prints what a result depends on, in one line."""
    [line] = invoke("--version").stdout.splitlines()
    assert line.startswith(f"initbench {version('initbench')}, NumPy {version('numpy')}")
    kernels = [each for each in threadpool_info() if each["user_api"] == "blas"]
    assert all(each["architecture"] in line for each in kernels)


def test_without_a_command_three_examples_are_shown(invoke):
    """Each example is a command with valid options, and the exit code is 0."""
    result = invoke()
    assert result.exit_code == 0
    examples = re.findall(r"^  initbench (.*)$", result.stdout, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        for line in example.split(" && initbench "):
            name, *arguments = shlex.split(line)
            known = invoke(name, "--help").stdout
            assert all(each in known for each in arguments if each.startswith("--"))


def test_doctor_prints_what_a_bug_report_needs(invoke):
    """Versions, BLAS, cores, memory and extras, as lines and as JSON with the same topics."""
    found = json.loads(invoke("doctor", "--json").stdout)
    lines = invoke("doctor").stdout
    for topic in ("initbench", "Python", "NumPy", "cores", "memory", "extras", "encoding"):
        assert re.search(rf"^{topic} ", lines, re.MULTILINE)
        assert found[topic]
    assert version("numpy") in found["NumPy"]
    assert all(extra in found["extras"] for extra in EXTRAS)


def test_doctor_knows_the_extras_of_the_package():
    """An extra that is added to the package is examined too."""
    assert set(metadata("initbench").get_all("Provides-Extra")) == set(EXTRAS)


def test_doctor_says_when_the_folder_is_read_only(invoke, monkeypatch):
    """Results could not be written there."""

    def refuse(**_):
        raise PermissionError

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    assert "NOT WRITABLE" in invoke("doctor").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_documented_line_prints_a_completion_script(initbench, monkeypatch, shell):
    """docs/cli.md has a line for each shell, and what the line evaluates is a script for it."""
    manual = (Path(__file__).parents[2] / "docs" / "cli.md").read_text("utf-8")
    assert f"_INITBENCH_COMPLETE={shell}_source initbench" in manual
    monkeypatch.setenv("_INITBENCH_COMPLETE", f"{shell}_source")
    done = initbench()
    assert done.returncode == 0
    assert f"_INITBENCH_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("run", "nope.yaml"), "initbench new nope"),
        (("compare", "--inits", "qqqqqqqqqqqq"), "initbench list inits"),
        (("compare", "--inits", "he", "--dataset", "qqqqqqqqqq"), "initbench list datasets"),
        (("compare", "--inits", "he", "--seeds", "0"), "initbench compare --help"),
        (("recommend", "--depth", "-1"), "initbench recommend --help"),
        (("recommend", "--depth", "2", "--set", "network.x=1"), "initbench recommend --help"),
        (("probe", "--inits", "he", "--width", "0"), "initbench probe --help"),
        (("export", "--init", "he", "--layers", "2,x"), "initbench export --help"),
        (("describe", "{name: moons, noise: -1}"), "initbench describe --help"),
        (("audit", "initbench/weights.npz"), "initbench audit --help"),
        (("theory", "--activation", "relu", "--bias-variance", "-1"), "initbench theory --help"),
    ],
)
def test_an_error_ends_with_the_command_that_helps(invoke, arguments, command):
    """The last line of the message names the command."""
    result = invoke(*arguments)
    assert result.exit_code == 2
    usage = f"Try '{command.removesuffix('--help')}-"  # Click 8.2 goes on with h, newer with -help
    assert command in result.stderr.splitlines()[-1] or usage in result.stderr


def test_a_mistake_in_a_config_ends_with_the_command_that_writes_one(invoke, config):
    """A mistake in an option of the same command ends with the options of that command."""
    path, other = config(), config(name="bad", training={"epochs": -1})
    example = "Try: initbench new NAME, which writes a commented example config"
    for command in ("run", "probe", "recommend", "verify"):
        in_file = invoke(command, other).stderr.splitlines()
        in_option = invoke(command, path, "--set", "training.epochs=-1").stderr.splitlines()
        assert (in_file[-1], in_option[-1]) == (example, f"Try: initbench {command} --help")


def test_an_error_of_one_of_several_experiments_ends_with_the_command(invoke, config):
    """Also where a command reports it by itself, and goes on with the next experiment."""
    assert invoke("verify", config()).stderr.splitlines()[-1] == "Try: initbench verify --help"


def test_an_unknown_command_is_answered_with_the_nearest(invoke):
    """A slip of the finger is put right; what is near nothing is only refused."""
    near, far = invoke("repotr", "x"), invoke("frobnicate")
    assert (near.exit_code, far.exit_code) == (2, 2)
    assert "Did you mean 'report'?" in near.stderr
    assert "No such command 'frobnicate'" in far.stderr
    assert "Did you mean" not in far.stderr


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("data", "describe"),
        ("dat", "describe"),
        ("datasets", "list datasets"),
        ("schemes", "list inits"),
        ("optimizers", "list optimizers"),
        ("train", "run"),
        ("plot", "report"),
        ("help", "--help"),
        ("version", "--version"),
        ("lst", "list"),
        ("atlass", "atlas"),
        ("date", "describe"),
        ("lasso", ""),
        ("tree", ""),
    ],
)
def test_a_word_that_is_no_command_leads_to_the_one_that_is_meant(invoke, word, meant):
    """What is only a little like a command is not offered."""
    advice = f"Did you mean {meant!r}?" if meant else "See initbench --help."
    assert invoke(word).stderr.splitlines()[-1].endswith(f"No such command {word!r}. {advice}")


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
