"""Run the experiments of several configs one after another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from initbench.cli.failures import say_error
from initbench.cli.messages import as_json
from initbench.cli.options import RunOptions
from initbench.cli.results import make_results, read_with_flags, show_estimate
from initbench.cli.settings import Setting, setting_option
from initbench.errors import InitbenchError

if TYPE_CHECKING:
    from initbench.config.experiment import Experiment
    from initbench.results import Results

F = TypeVar("F", bound=Callable[..., Any])

ARGUMENTS = (
    click.argument(
        "configs",
        metavar="CONFIG...",
        nargs=-1,
        required=True,
        type=click.Path(path_type=Path, readable=False),
    ),
    setting_option(
        "--inits",
        "inits",
        is_list=True,
        metavar="A,B",
        help="Schemes to use instead of the config's, such as zeros,he or"
        ' "zeros,{name: random, std: 10}".',
    ),
    setting_option(
        "--equivalence-margin",
        "equivalence_margin",
        metavar="M",
        help="Largest difference of test scores that makes no practical difference, such as 0.01.",
    ),
    setting_option(
        "--seeds", "seeds", metavar="N", help='Number of seeds, or a list such as "[3, 14, 15]".'
    ),
)


def experiment_arguments(function: F) -> F:
    """Add the argument for configs and the options for their settings to a command."""
    decorated: Any = function
    for argument in reversed(ARGUMENTS):
        decorated = argument(decorated)
    result: F = decorated
    return result


@dataclass(frozen=True)
class Showing:
    """The two outputs of a command: a document for ``--json``, and a function that prints text."""

    document: Callable[["Results"], Any]
    show: Callable[["Results", RunOptions], None]


def run_all(
    read: Callable[..., "Experiment"],
    configs: Sequence[Path],
    settings: Sequence[Setting],
    options: RunOptions,
    showing: Showing,
) -> list[int]:
    """Run and show all experiments, and return the exit codes of those that failed.

    Parameters
    ----------
    read : callable
        `config.loading.read_experiment` or `api.read_claims`.
    configs : sequence of Path
    settings : sequence of Setting
        From options such as ``--seeds``.
    options : RunOptions
    showing : Showing
    """
    from initbench.initializers import INITIALIZERS

    documents, codes = [], []
    with INITIALIZERS.including(options.plugins):
        experiments: list[Experiment | InitbenchError] = []
        for config in configs:
            try:
                experiments.append(read_with_flags(read, config, settings, options))
            except InitbenchError as error:
                experiments.append(error)
        if len(configs) > 1:
            _refuse_shared_folders(configs, experiments, options)
        for experiment in experiments:
            try:
                title, document, show = _run(experiment, options, showing)
            except InitbenchError as error:
                say_error(error)
                codes.append(error.exit_code)
                continue
            if options.as_json:
                documents.append(document())
                continue
            if len(configs) > 1:
                click.echo(f"\n== {title} ==\n")
            show()
    if options.as_json and (documents or len(configs) > 1):
        click.echo(as_json(documents if len(configs) > 1 else documents[0]))
    return codes


def _run(
    experiment: "Experiment | InitbenchError", options: RunOptions, showing: Showing
) -> tuple[str, Callable[[], Any], Callable[[], None]]:
    """Run an experiment, or estimate it; return its name, and how it is shown in either way."""
    from initbench.api import estimate_experiment

    if isinstance(experiment, InitbenchError):
        raise experiment
    name = experiment.name
    if options.dry_run:
        estimate = estimate_experiment(experiment, options.results, options.execution)
        return name, estimate.as_document, lambda: show_estimate(estimate, options)
    results = make_results(experiment, options)
    return name, lambda: showing.document(results), lambda: showing.show(results, options)


def _refuse_shared_folders(
    configs: Sequence[Path],
    experiments: "Sequence[Experiment | InitbenchError]",
    options: RunOptions,
) -> None:
    """Raise an error if one config would overwrite the results of another."""
    if options.results is not None:
        raise click.UsageError(
            "--results names one folder, in which several configs would overwrite each other:"
            " omit it, or run the configs one at a time"
        )
    first: dict[str, Path] = {}
    for config, experiment in zip(configs, experiments, strict=True):
        if isinstance(experiment, InitbenchError):
            continue
        name = experiment.name
        if name in first:
            raise click.UsageError(
                f"{first[name]} and {config} are both named {name!r} and would overwrite each"
                " other's results: run them one at a time, with --results"
            )
        first[name] = config
