"""A mistake in a config, an override, a claim or a flag ends in a result or an error in words."""

import random
import time
from pathlib import Path

import click
import pytest
import yaml

from initbench.api import estimate_experiment
from initbench.cli.program import cli
from initbench.config.loading import load_experiment, read_experiment
from initbench.errors import InitbenchError
from initbench.experiment.session import Execution
from tests.robustness.mistakes import CLAIMS, PATHS, TEXTS, altered, altered_text

CONFIGS = sorted(Path(__file__).parents[2].glob("configs/**/*.yaml"))
SMALL = {
    "dataset": {"name": "moons", "samples": 40},
    "network": {"hidden": [3]},
    "training": {"epochs": 1},
    "inits": ["he", "zeros"],
    "seeds": 2,
}
PATIENCE = 60
"""Seconds of processor time for one case."""

GOOD = {
    "--inits": "he,zeros",
    "--hidden": "4,3",
    "--activation": "relu",
    "--dataset": "{name: moons, samples: 40}",
    "--seeds": "2",
    "--epochs": "1",
}
ARGUMENTS = {
    "run": [*map(str, CONFIGS)],
    "verify": [*map(str, CONFIGS)],
    "explain": ["he", "torch:kaiming_uniform", "{name: random, std: 1e308}", *TEXTS],
    "describe": ["moons", "digits", *TEXTS],
    "list": ["inits", "datasets", *TEXTS],
    "new": ["mine", *TEXTS],
    "compare": [],
}


@pytest.fixture(scope="module")
def documents():
    """Return the settings of all shipped configs by path."""
    return {path: yaml.safe_load(path.read_text("utf-8")) for path in CONFIGS}


def try_all(count, name, attempt):
    """Make so many attempts, each with its own random numbers, and collect what goes wrong."""
    problems = []
    for case in range(count):
        rng = random.Random(f"{name} {case}")  # noqa: S311  # no secret
        start = time.process_time()
        try:
            attempt(rng)
        except InitbenchError as error:
            if error.exit_code not in {2, 4}:
                problems.append(f"{case}: {error!r}")
        except Exception as error:  # noqa: BLE001  # all are collected
            problems.append(f"{case}: {type(error).__name__}: {error}"[:500])
        if time.process_time() - start > PATIENCE:
            problems.append(f"{case}: took too long")
    assert not problems, "\n".join(problems)


def plan_some(experiment, rng):
    """Plan a fifth of the experiments as ``--dry-run`` does, to save time."""
    if rng.random() < 0.2:
        estimate_experiment(experiment, "results", Execution())


@pytest.mark.parametrize("part", range(5))
def test_mutated_configs_are_planned_or_refused(documents, part):
    """1,100 cases."""

    def attempt(rng):
        path = rng.choice(CONFIGS)
        plan_some(read_experiment(altered(documents[path], rng)), rng)

    try_all(220, f"config {part}", attempt)


def test_mutated_files_are_planned_or_refused(documents):
    """150 cases, through YAML."""

    def attempt(rng):
        document = altered(documents[rng.choice(CONFIGS)], rng)
        Path("c.yaml").write_text(yaml.dump(document, allow_unicode=True), "utf-8")
        plan_some(load_experiment(Path("c.yaml")), rng)

    try_all(150, "file", attempt)


def test_mutated_overrides_are_planned_or_refused(documents):
    """350 cases of ``--set``."""

    def attempt(rng):
        override = f"{rng.choice(PATHS)}={rng.choice(TEXTS)}"
        plan_some(read_experiment(documents[rng.choice(CONFIGS)], [override]), rng)

    try_all(350, "override", attempt)


def test_mutated_claims_are_planned_or_refused():
    """250 cases of the language of claims."""

    def attempt(rng):
        claim = altered_text(rng.choice(CLAIMS), rng)
        plan_some(read_experiment({**SMALL, "expect": [claim]}), rng)

    try_all(250, "claim", attempt)


def test_flags_with_mistakes_end_with_an_exit_code_of_their_own(invoke):
    """150 cases of commands that train nothing."""

    def attempt(rng):
        name = rng.choice(sorted(ARGUMENTS))
        command = cli.get_command(None, name)
        arguments = [name]
        if ARGUMENTS[name]:
            arguments.append(rng.choice(ARGUMENTS[name]))
        for option in command.params:
            if isinstance(option, click.Option) and rng.random() < 0.25:
                if option.name in {"scheduler", "plugins", "overrides", "results"}:
                    continue
                arguments.append(option.opts[0])
                if not option.is_flag:
                    good = GOOD.get(option.opts[0])
                    arguments.append(good if good and rng.random() < 0.5 else rng.choice(TEXTS))
        result = invoke(
            *arguments, *(("--dry-run",) if name in {"run", "compare", "verify"} else ())
        )
        if not isinstance(result.exception, SystemExit | None) or result.exit_code not in {0, 2, 4}:
            raise AssertionError(f"{arguments}: {result.exit_code} {result.exception!r}")

    try_all(150, "flags", attempt)
