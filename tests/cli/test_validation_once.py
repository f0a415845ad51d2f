"""An experiment is validated once, whichever command runs it."""

import pytest

from initbench.config.experiment import Experiment


@pytest.fixture
def validated(monkeypatch):
    """Return the names of the experiments that are validated from now on."""
    names = []
    validate = Experiment.model_validate.__func__

    def count(cls, given, *arguments, **keywords):
        made = validate(cls, given, *arguments, **keywords)
        names.append(made.name)
        return made

    monkeypatch.setattr(Experiment, "model_validate", classmethod(count))
    return names


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "tiny.yaml", "--no-plots"),
        ("run", "tiny.yaml", "--dry-run"),
        ("verify", "tiny.yaml", "--no-plots"),
        ("compare", "--inits", "zeros,he", "--epochs", "1", "--seeds", "2", "--no-plots"),
    ],
)
def test_a_command_validates_its_experiment_once(invoke, config, validated, arguments):
    """Names, folders, plans and runs all come from one validated experiment."""
    config(expect="[train_loss(he) > 0]")
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    assert len(validated) == 1


def test_several_configs_are_validated_once_each(invoke, config, validated):
    """The check that no two share a results folder takes the same experiments."""
    config()
    config("other")
    assert invoke("run", "tiny.yaml", "other.yaml", "--dry-run").exit_code == 0
    assert validated == ["tiny", "other"]
