"""The starter: a config that is valid as it is written."""

import pytest

from initbench import run
from initbench.config.loading import load_experiment
from initbench.config.template import starter_config
from initbench.errors import UsageError


@pytest.mark.parametrize(
    "name", ["moons", "1e3", "007", "0x10", "null", "true", "no", "1.5", "a.b-c"]
)
def test_the_starter_loads_under_its_name(name, tmp_path):
    """Whatever a name may be, its starter is a valid experiment of that name."""
    path = tmp_path / "x.yaml"
    path.write_text(starter_config(name), encoding="utf-8")
    experiment = load_experiment(path)
    assert experiment.name == name
    assert len(experiment.inits) >= 3


def test_the_starter_explains_itself():
    """Every section is introduced by a comment, and no line is too long to read."""
    lines = starter_config("moons").splitlines()
    for section in ("dataset:", "network:", "training:", "inits:"):
        [index] = [number for number, line in enumerate(lines) if line.startswith(section)]
        assert lines[index - 1].startswith("# ")
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", ["", "../x", "a b", "CON", "x" * 65, "a\nb", "{name}"])
def test_a_name_that_cannot_be_a_folder_is_refused(name):
    """The starter is not written under a name that would not load."""
    with pytest.raises(UsageError, match="the name "):
        starter_config(name)


def test_the_template_has_the_described_keys(tmp_path):
    """He learns, small weights stall at chance, large ones diverge: five epochs show it."""
    path = tmp_path / "mine.yaml"
    path.write_text(starter_config("mine"), encoding="utf-8")
    changes = ["training.epochs=5", "seeds=3"]
    results = run(path, overrides=changes, results=tmp_path / "results", plots=False)
    [cell] = results.metrics["cells"]
    he, small, large = (cell["inits"][label] for label in ("he", "small random", "large random"))
    assert cell["ranking"][0] == "he"
    assert he["test_accuracy"]["min"] > 0.5  # chance is 0.1
    assert small["shares"]["stalled"]["count"] == 3
    assert large["diverged"] == 3
    assert not small["learns"]
    assert not large["learns"]
