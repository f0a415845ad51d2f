"""``recommend``: what it prints, for people and for programs, and what it refuses."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from initbench.atlas import read_atlas

SMALL = ("--depth", 2, "--width", 8, "--dataset", "{name: moons, samples: 80}", "--jobs", 1)
QUICK = (*SMALL, "--inits", "he,random,zeros", "--budget", "5000 steps")


def test_an_answer_has_a_sentence_a_table_and_lines_to_paste(invoke):
    """In a terminal's columns but for what is to be pasted, with what repeats it at the end."""
    result = invoke("recommend", *QUICK)
    assert result.exit_code == 0, result.output
    text = result.stdout
    prose = "".join(re.split(r"(?ms)^(?:PyTorch|Keras|JAX), .*(?=^- |^\\d+ epochs)", text))
    assert all(len(line) <= 80 for line in prose.splitlines())
    assert "2-8-8-1 relu on moons, after 30 epochs, with 5,000 run-steps." in " ".join(text.split())
    [heading] = [line for line in text.splitlines() if line.startswith("  scheme ")]
    assert heading.split()[-1] == "rate"
    assert "PyTorch, he:\n\nimport torch\n" in text
    assert "torch.nn.init.kaiming_normal_(layer.weight" in text
    assert "- zeros left out: " in text
    assert text.rstrip().endswith('--budget "5000 steps"')
    assert result.stderr == ""


def test_the_document_is_the_same_twice(invoke):
    """With run-steps for a budget, whatever is on disk."""
    first = invoke("recommend", *QUICK, "--json", "--results", "a")
    second = invoke("recommend", *QUICK, "--json", "--results", "b")
    assert first.stdout == second.stdout
    document = json.loads(first.stdout)
    assert document["budget"] == 5000
    assert document["run_steps"] <= 5000
    assert set(document["tied"]) <= {each["label"] for each in document["ranking"]}
    assert set(document["lines"]) == set(document["tied"])
    assert "zeros" in document["left_out"]


def test_an_answer_from_the_atlas_imports_what_reads_its_table(environment):
    """Neither what trains or draws nor what reads results, and none of SciPy: within a second."""
    cell = next(cell.first for cell in read_atlas() if cell.first.structure == "plain")
    words = ["--depth", cell.depth, "--width", cell.width, "--activation", cell.activation]
    words = ["recommend", *words, "--dataset", cell.dataset, "--optimizer", cell.optimizer]
    code = (
        f"import sys\nfrom initbench.cli import main\nsys.argv[1:] = {list(map(str, words))!r}\n"
        "try: main()\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    assert "nothing was trained" in " ".join(done.stdout.split())
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "initbench.atlas.table" in loaded
    unneeded = {
        "initbench.atlas.adding",
        "initbench.curvature",
        "initbench.experiment",
        "initbench.figures",
        "initbench.nn.mlp",
        "initbench.recommending",
        "initbench.report",
        "initbench.results.store",
        "initbench.training",
        "matplotlib",
        "multiprocessing",
        "pandas",
        "scipy",
        "threadpoolctl",
    }
    assert not loaded & unneeded


def test_results_are_named_after_the_question(invoke):
    """Another question or another budget has another folder, and the same has the same."""
    for _ in range(2):
        invoke("recommend", *QUICK)
    invoke("recommend", *QUICK[:-1], "5100 steps")
    names = [path.name for path in Path("results").iterdir()]
    assert len(names) == 2
    assert all(name.startswith("recommend-") for name in names)


def test_a_file_is_a_data_set(invoke):
    """By its name alone."""
    rows = "".join(f"{x},{x * x % 7},{x % 2}\n" for x in range(80))
    Path("own data.csv").write_text(f"a,b,label\n{rows}")
    arguments = ("--hidden", "8", "--inits", "he,random", "--budget", "5000 steps", "--jobs", 1)
    result = invoke("recommend", "--dataset", "own data.csv", *arguments, "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["network"].startswith("2-8-1 relu")


def test_a_config_is_raced_and_flags_change_it(invoke, config):
    """Its schemes are the ones that are raced."""
    path = config(inits="[he, lecun_normal]", training="{epochs: 20}")
    result = invoke("recommend", path, "--activation", "tanh", "--budget", "3000 steps", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["network"] == "2-4-1 tanh"
    assert {each["label"] for each in document["ranking"]} == {"he", "lecun_normal"}


def test_other_settings_reach_the_network(invoke):
    """As with any command that takes settings."""
    result = invoke("recommend", *QUICK, "--set", "network.normalization=layer", "--json")
    assert "layer normalization" in json.loads(result.stdout)["network"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing option '--depth' or '--hidden', or a CONFIG"),
        (["--depth", 2, "--hidden", "3"], "--depth and --hidden exclude each other"),
        (["--depth", "x"], "--depth x: "),
        (["--depth", 2, "--activation", "tahn"], "--activation tahn: unknown activation 'tahn'."),
        (["--depth", 2, "--inits", "hee"], "--inits hee: inits[0]: unknown initializer 'hee'."),
        (["--depth", 2, "--dataset", "moon"], "Did you mean 'moons'?"),
        (["--depth", 2, "--dataset", "no.csv"], "no.csv"),
        (["--depth", 2, "--optimizer", "sdg"], "Did you mean 'sgd'?"),
        (["--depth", 2, "--budget", "60"], "budget must be a time, as 60s or 5m"),
        ([*QUICK[:-1], "10 steps"], "give '"),
        ([*QUICK[:-1], "0.01s"], "0.01s is too short for 2 schemes on this machine; use at least "),
        ([*QUICK, "--plugin", "none.py"], "plugin none.py cannot be read"),
        ([*SMALL, "--inits", "zeros"], "none of the schemes can train this network"),
        (["nowhere.yaml"], "there is no config nowhere.yaml"),
    ],
)
def test_invalid_questions_are_refused_with_a_message(invoke, arguments, said):
    """Exit code 2, a message that names what was given, and nothing on standard output."""
    result = invoke("recommend", *arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_a_custom_scheme_is_raced(invoke):
    """From a plugin, with the number of seeds that is asked for; its code names the plugin."""
    Path("own.py").write_text(
        "import initbench\n\n\n@initbench.scheme\ndef mine(rng, layer):\n"
        "    return (2 / layer.fan_in) ** 0.5 * rng.standard_normal(layer.shape)\n"
    )
    arguments = (*SMALL, "--inits", "mine,zeros", "--budget", "5000 steps", "--plugin", "own.py")
    result = invoke("recommend", *arguments, "--seeds", 3, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["seeds"] == 3
    assert document["pick"] == "mine"
    assert "INITIALIZERS.including(['own.py'])" in document["lines"]["mine"]["torch"]
    assert "--plugin own.py" in document["lines"]["mine"]["jax"]


@pytest.mark.slow
def test_an_interrupt_is_reported_in_one_line_and_keeps_finished_runs(environment):
    """Exit code 130, no traceback, and runs on disk."""
    arguments = ("--depth", 6, "--budget", "100000000 steps", "--results", "race", "--jobs", 1)
    command = [sys.executable, "-m", "initbench", "recommend", *map(str, arguments)]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    )
    deadline = time.monotonic() + 120
    while not list(Path("race").glob("runs/*.npz")) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert (out, "Traceback" in err) == ("", False)
    assert "Interrupted: finished runs are kept" in err
    assert list(Path("race").glob("runs/*.npz"))
