"""``run`` and ``compare``: the result on standard output, everything else beside it."""

import csv
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from initbench import api
from initbench.experiment import session
from initbench.report import table_lines
from initbench.tables import plain


def test_the_result_is_the_table_and_where_to_look(invoke, config):
    """Standard output has a row a scheme and the places; standard error is empty."""
    done = invoke("run", config(), "--no-plots")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert {line.split()[0] for line in lines if line} >= {"scheme", "zeros", "he"}
    assert lines[-2:] == ["Results  results/tiny", "Report   results/tiny/report.html"]
    assert done.stderr == ""


def test_pictures_are_named_where_there_are_some(invoke, config):
    """They are drawn unless that is declined."""
    assert "Figures  results/tiny/plots" in invoke("run", config()).stdout
    assert Path("results/tiny/plots/loss_curves.png").is_file()


def test_a_run_that_trains_nothing_says_so(invoke, config):
    """The table is the same, and one line on standard error says why it came at once."""
    first = invoke("run", config(), "--no-plots")
    again = invoke("run", config(), "--no-plots")
    assert again.stdout == first.stdout
    assert again.stderr == "results/tiny: all 4 runs were already on disk\n"


def test_a_run_that_has_nothing_to_draw_does_not_wait_for_matplotlib(invoke, config, environment):
    """It takes longer to import than all that such a run does; the page needs none of it."""
    path = config()
    invoke("run", path)
    code = (
        f"import sys\nfrom initbench.cli import main\nsys.argv[1:] = ['run', {path!r}, '-q']\n"
        "try: main()\nfinally: print('matplotlib' in sys.modules, file=sys.stderr)"
    )
    for more in ("'-q'", "'--no-plots', '--fresh', '-q'"):
        done = subprocess.run(
            [sys.executable, "-c", code.replace("'-q'", more)],
            env=environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr.splitlines()[-1] == "False"


def test_quiet_leaves_the_table_alone(invoke, config):
    """Neither hints where to look nor words on standard error."""
    full = invoke("run", config(), "--no-plots").stdout
    done = invoke("run", config(), "--no-plots", "-q")
    assert done.stderr == ""
    assert full.startswith(done.stdout)
    assert "report.html" not in done.stdout


def test_verbose_logs_the_units(invoke, config):
    """What the library logs is shown, and its logger is left as it was."""
    logger = logging.getLogger("initbench")
    before = (logger.level, list(logger.handlers))
    done = invoke("run", config(), "--no-plots", "-v")
    assert "INFO: results/tiny: 4 of 4 runs are to be trained" in done.stderr
    assert (logger.level, logger.handlers) == before


def test_json_is_the_metrics_document(invoke, config):
    """One document, which is the file's to the byte."""
    done = invoke("run", config(), "--no-plots", "--json")
    assert done.stdout == Path("results/tiny/metrics.json").read_text(encoding="utf-8")
    assert json.loads(done.stdout)["name"] == "tiny"


@pytest.mark.parametrize(("columns", "width"), [(20, 80), (120, 120)])
def test_the_table_is_as_wide_as_the_terminal_and_never_below_80(
    invoke, config, monkeypatch, columns, width
):
    """A long label is cut to what the terminal has."""
    monkeypatch.setenv("COLUMNS", str(columns))
    path = config(inits=f"[{{name: he, label: {'a long label ' * 6}}}]")
    done = invoke("run", path, "--no-plots", "-q")
    results = api.load_results("results/tiny")
    assert done.stdout == plain(table_lines(results, width)) + "\n"
    assert table_lines(results, 80) != table_lines(results, 120)


def test_flags_override_settings(invoke, config):
    """`--inits` and `--seeds` replace the config's, and `--set` has the last word."""
    flags = ("--inits", "zeros,{name: random, std: 10, label: big}", "--seeds", "[3, 14]")
    invoke("run", config(), "--no-plots", *flags, "--set", "inits.0=ones")
    outline = api.load_results("results/tiny").outline
    assert outline.labels == ("ones", "big")
    assert outline.schemes[1].options == {"std": 10.0}
    assert [run.seed for run in outline.cells[0].runs["big"]] == [3, 14]


def test_brackets_of_a_list_may_be_left_out_or_written(invoke, config):
    """Both are the same list."""
    for inits in ("zeros,ones", "[zeros, ones]", " [zeros, ones,]"):
        invoke("run", config(), "--no-plots", "--inits", inits)
        assert api.load_results("results/tiny").outline.labels == ("zeros", "ones")


def test_fresh_trains_again(invoke, config):
    """What is on disk is set aside, not believed."""
    invoke("run", config(), "--no-plots")
    done = invoke("run", config(), "--no-plots", "--fresh")
    assert "already on disk" not in done.stderr
    assert Path("results/tiny/runs.aside-1").is_dir()


def test_several_configs_are_run_one_after_another(invoke, config):
    """Each has its table under its name, or its place in one list of documents."""
    paths = [config("one"), config("two", inits="[ones]")]
    text = invoke("run", *paths, "--no-plots").stdout
    assert text.index("== one ==") < text.index("== two ==")
    documents = json.loads(invoke("run", *paths, "--no-plots", "--json").stdout)
    assert [each["name"] for each in documents] == ["one", "two"]


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_config_that_fails_loses_no_other(invoke, config, flags):
    """The others are run and shown, the failure is told, and the worst has the exit code."""
    Path("results").mkdir()
    Path("results/blocked").write_bytes(b"")
    paths = [config("one"), config("wrong", seeds=-1), config("blocked"), config("two")]
    done = invoke("run", *paths, "--no-plots", *flags)
    assert done.exit_code == 4
    assert "Error: wrong.yaml is not a valid experiment" in done.stderr
    assert "Error: results/blocked is a file" in done.stderr
    if flags:
        assert [each["name"] for each in json.loads(done.stdout)] == ["one", "two"]
    assert Path("results/two/metrics.json").is_file()
    assert invoke("run", *paths[:2], "--no-plots").exit_code == 2


def test_crashed_runs_have_their_exit_code(invoke, config, monkeypatch):
    """The error is logged with its traceback, counted in a line, and the code is 3."""

    def crash(*_arguments):
        raise RuntimeError("a scheme's own mistake")

    monkeypatch.setattr("initbench.experiment.workers.train_unit", crash)
    done = invoke("run", config(), "--no-plots")
    assert done.exit_code == 3
    assert "a scheme's own mistake" in done.stderr
    assert done.stderr.endswith(
        "Error: 4 of 4 runs crashed; the others are in results/tiny. Run it again to try the"
        " crashed runs once more.\n"
    )


def test_a_bug_shows_its_traceback(invoke, config, monkeypatch):
    """What nobody foresaw is not dressed up as a user's mistake."""

    def fail(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(session, "make_plan", fail)
    done = invoke("run", config())
    assert isinstance(done.exception, ZeroDivisionError)
    assert done.exit_code == 1


def test_a_comparison_has_the_runs_of_the_same_config(invoke, config):
    """Every flag of `compare` says what a key of a config says: the run keys are equal."""
    path = config(
        inits="[zeros, he]",
        dataset="{name: circles, samples: 80}",
        network="{hidden: [3, 5], activation: tanh}",
        training="{optimizer: {name: sgd, learning_rate: 0.5, momentum: 0.25}, epochs: 3,"
        " batch_size: full, dtype: float64}",
        seeds="[3, 14]",
    )
    invoke("run", path, "--no-plots")
    flags = {
        "inits": "zeros,he",
        "dataset": "{name: circles, samples: 80}",
        "hidden": "3,5",
        "activation": "tanh",
        "optimizer": "sgd",
        "lr": 0.5,
        "momentum": 0.25,
        "epochs": 3,
        "batch-size": "full",
        "seeds": "[3, 14]",
        "set": "training.dtype=float64",
        "results": "asked",
    }
    given = [part for flag, value in flags.items() for part in (f"--{flag}", value)]
    assert invoke("compare", *given, "--no-plots").exit_code == 0
    asked, written = (api.load_results(folder) for folder in ("asked", "results/tiny"))
    assert asked.outline.cells == written.outline.cells
    assert asked.metrics["cells"] == written.metrics["cells"]


def optimizer_of(folder):
    """Return what the config of a results folder says of the optimizer and the activation."""
    settings = yaml.safe_load((Path(folder) / "config.yaml").read_text(encoding="utf-8"))
    return settings["training"]["optimizer"], settings["network"]["activation"]


@pytest.mark.parametrize(
    ("flags", "optimizer"),
    [
        ((), {"name": "sgd", "learning_rate": 0.1, "momentum": 0.0}),
        (("--lr", "0.3"), {"name": "sgd", "learning_rate": 0.3}),
        (("--optimizer", "adam"), {"name": "adam", "learning_rate": 0.001}),
        (("--optimizer", "adam", "--lr", "0.3"), {"name": "adam", "learning_rate": 0.3}),
        (("--lr", "0.3", "--optimizer", "adam"), {"name": "adam", "learning_rate": 0.3}),
        (("--optimizer", "nesterov"), {"name": "nesterov", "momentum": 0.9}),
        (("--optimizer", "nesterov", "--momentum", "0.5"), {"name": "nesterov", "momentum": 0.5}),
        (
            ("--optimizer", "{name: adam, beta1: 0.5}", "--lr", "0.3"),
            {"name": "adam", "beta1": 0.5, "learning_rate": 0.3},
        ),
    ],
)
def test_rates_are_the_optimizers_unless_they_are_given(invoke, flags, optimizer):
    """`--lr` and `--momentum` go to the optimizer that is named, wherever it stands in the call."""
    least = ("compare", "--inits", "he", "--epochs", "0", "--seeds", "1", "--no-plots")
    done = invoke(*least, "--results", "x", *flags)
    assert done.exit_code == 0, done.stderr
    found, _ = optimizer_of("x")
    assert {key: found[key] for key in optimizer} == optimizer


def test_an_activation_may_have_options(invoke):
    """A name, or a mapping as in a config."""
    least = ("compare", "--inits", "he", "--epochs", "0", "--seeds", "1", "--no-plots")
    for given in ("leaky_relu", "{name: leaky_relu}"):
        invoke(
            *least, "--results", "x", "--activation", given, "--set", "network.activation.slope=1"
        )
        _, activation = optimizer_of("x")
        assert activation == {"name": "leaky_relu", "slope": 1.0}


def test_points_between_epochs_reach_the_table_of_curves(invoke, config):
    """A point every five steps stands at its fraction of an epoch; the last is the end."""
    path = config(training="{epochs: 1, batch_size: 4}", record="{every: 5, unit: step}", seeds=1)
    assert invoke("run", path, "--no-plots").exit_code == 0
    with Path("results/tiny/curves.csv").open(encoding="utf-8", newline="") as file:
        epochs = {row["epoch"]: None for row in csv.DictReader(file)}
    assert [float(epoch) for epoch in epochs] == pytest.approx([0, 5 / 11, 10 / 11, 1])


def test_stopped_runs_are_reported(invoke, config):
    """The report says how many were stopped and when, the metrics for each run."""
    stop = "{epochs: 50, stop: {monitor: train_accuracy, target: 0.8}}"
    path = config(inits="[he]", network="{hidden: [16]}", training=stop)
    assert invoke("run", path, "--no-plots").exit_code == 0
    [cell] = api.load_results("results/tiny").metrics["cells"]
    stopped = cell["inits"]["he"]["stopped_at"]
    assert all(0 < epoch < 50 for epoch in stopped)
    assert "was stopped early in 2 of 2 runs" in Path("results/tiny/REPORT.md").read_text("utf-8")


def test_a_comparison_says_where_it_is(invoke):
    """Its folder is named by what was asked for, so the same question trains nothing again."""
    flags = ("--inits", "zeros", "--hidden", "2", "--epochs", "1", "--seeds", "1", "--no-plots")
    first, again = invoke("compare", *flags), invoke("compare", *flags)
    [folder] = Path("results").iterdir()
    assert folder.name.startswith("compare-")
    assert f"Results  {folder}" in first.stdout
    assert again.stderr == f"{folder}: all 1 runs were already on disk\n"
    invoke("compare", *flags, "--set", "training.dtype=float64")
    assert len(list(Path("results").iterdir())) == 2


def test_compare_has_the_defaults_of_the_api(invoke):
    """The command and the function, left to their defaults, name the same folder."""
    less = ["training.epochs=0", "seeds=1"]
    invoke("compare", "--inits", "he", "--no-plots", "--set", less[0], "--set", less[1])
    results = api.compare(["he"], overrides=less, plots=False)
    assert list(Path("results").iterdir()) == [results.folder]
