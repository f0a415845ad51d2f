"""``track`` exports where it is told to, and says in words why it cannot."""

import sys

import pytest


@pytest.fixture
def trained(invoke, config):
    """Return a folder of four runs."""
    invoke("run", config(), "--results", "done", "--no-plots")
    return "done"


def test_the_runs_are_counted(invoke, trained):
    """Standard output says where they are and how many."""
    result = invoke("track", trained, "--tensorboard", "logs", "--name", "mine")
    assert result.exit_code == 0
    assert result.stdout == "TensorBoard  logs/mine: 4 runs\n"
    assert result.stderr == ""


def test_a_tracker_must_be_named(invoke, trained):
    """Without a tracker there is nothing to do: exit code 2, and how to say it."""
    result = invoke("track", trained)
    assert result.exit_code == 2
    assert "--tensorboard DIR" in result.stderr


@pytest.mark.parametrize("wrong", ["nowhere", ".", "tiny.yaml"])
def test_a_folder_without_results_is_refused(invoke, trained, wrong):  # noqa: ARG001
    """A missing folder, one without runs, a config: a message, and exit code 2."""
    result = invoke("track", wrong, "--tensorboard", "logs")
    assert result.exit_code == 2
    assert wrong in result.stderr


@pytest.mark.parametrize(
    ("flag", "place"), [("--tensorboard", "logs"), ("--mlflow", "sqlite:///m.db")]
)
def test_a_tracker_that_is_missing_is_asked_for(invoke, trained, monkeypatch, flag, place):
    """The message says how it is installed, and exit code 2 that it is a matter of usage."""
    name = flag.removeprefix("--")
    monkeypatch.setitem(sys.modules, name, None)
    result = invoke("track", trained, flag, place)
    assert result.exit_code == 2
    assert f"pip install 'initbench[{name}]'" in result.stderr


@pytest.mark.parametrize("uri", ["m.db", "ftp://host"])
def test_an_invalid_store_is_refused(invoke, trained, uri):
    """The message shows what one looks like."""
    result = invoke("track", trained, "--mlflow", uri)
    assert result.exit_code == 2
    assert "sqlite:///mlflow.db" in result.stderr
