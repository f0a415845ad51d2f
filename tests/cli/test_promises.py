"""The promises of docs/architecture.md, as one who only has the command line can check them."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from initbench import api


def metrics_of(done):
    """Return the schemes' metrics of what ``--json`` printed."""
    assert done.exit_code == 0
    return json.loads(done.stdout)["cells"][0]["inits"]


def test_a_run_alone_has_the_bits_of_the_run_in_a_stack(invoke, config):
    """One scheme and one seed have the numbers that they have among many, to the last bit."""
    path = config(inits="[zeros, {name: random, std: 1}, he, orthogonal]", seeds=4)
    invoke("run", path, "--no-plots")
    flags = ("--inits", "he", "--seeds", "[2]", "--results", "alone")
    invoke("run", path, "--no-plots", *flags)
    together, alone = api.load_results("results/tiny"), api.load_results("alone")
    for name, values in alone.run("he", 2).items():
        assert values.tobytes() == together.run("he", 2)[name].tobytes(), name


def test_results_do_not_depend_on_the_order_of_runs(invoke, config):
    """Schemes and seeds added bit by bit give the bytes of all at once."""
    path = config(inits="[zeros, he]", seeds=3)
    invoke("run", path, "--no-plots", "--results", "once")
    for flags in (("--inits", "he", "--seeds", "1"), ("--inits", "zeros"), ()):
        invoke("run", path, "--no-plots", "--results", "grown", *flags)
    assert len(list(Path("grown/runs").glob("*.npz"))) > 1
    for name in ("metrics.json", "curves.csv", "REPORT.md", "config.yaml"):
        assert Path("grown", name).read_bytes() == Path("once", name).read_bytes(), name


def test_divergence_is_a_finding(invoke, config):
    """It is counted, null in JSON, no failure, and not felt by the scheme beside it."""
    huge = "{name: random, std: 1.0e+30, label: huge}"
    path = config(training="{epochs: 5}")
    inits = metrics_of(invoke("run", path, "--no-plots", "--json", "--inits", f"he,{huge}"))
    assert inits["huge"]["diverged"] == inits["huge"]["runs"] == 2
    assert inits["huge"]["test_loss"]["mean"] is None
    assert inits["huge"]["test_accuracy"]["values"] == [None, None]
    alone = invoke("run", path, "--no-plots", "--json", "--inits", "he", "--results", "alone")
    assert metrics_of(alone)["he"] == inits["he"]


def test_a_killed_run_is_taken_up_again(invoke, config, environment):
    """After kill -9 the next run has the bytes of one that was never disturbed."""
    path = config(training="{epochs: 5000}", inits="[he]")
    command = [sys.executable, "-m", "initbench", "run", path, "--no-plots", "-v"]
    process = subprocess.Popen(command, env=environment(), stderr=subprocess.PIPE, text=True)
    with process:
        assert "2 of 2 runs are to be trained" in process.stderr.readline()
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not list(Path("results/tiny/runs").glob("*.npz"))
    for folder in ("results/tiny", "undisturbed"):
        assert invoke("run", path, "--no-plots", "--results", folder).exit_code == 0
    for name in ("metrics.json", "curves.csv", "REPORT.md"):
        assert Path("results/tiny", name).read_bytes() == Path("undisturbed", name).read_bytes()
