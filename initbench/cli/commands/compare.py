"""``initbench compare``: compare schemes without a config."""

import click

from initbench.cli.messages import logging_to_stderr
from initbench.cli.options import RunOptions, run_options
from initbench.cli.results import make_results, read_with_flags, show_estimate, show_results
from initbench.cli.settings import Setting, sections_first, setting_option


@click.command("compare")
@setting_option(
    "--inits",
    "inits",
    is_list=True,
    required=True,
    metavar="A,B",
    help='Schemes, such as zeros,random,he or "zeros,{name: random, std: 10, label: large}".',
)
@setting_option(
    "--dataset",
    "dataset",
    metavar="NAME|FILE",
    default="moons",
    show_default=True,
    help='Data set, or with options, "{name: moons, noise: 0.3}".',
)
@setting_option(
    "--hidden",
    "network.hidden",
    is_list=True,
    metavar="N,N",
    default="32,32",
    show_default=True,
    help="Units of each hidden layer.",
)
@setting_option(
    "--activation",
    "network.activation",
    metavar="NAME",
    default="relu",
    show_default=True,
    help='Activation of hidden layers, or with options, "{name: leaky_relu, slope: 0.1}".',
)
@setting_option(
    "--optimizer",
    "training.optimizer",
    metavar="NAME",
    default="sgd",
    show_default=True,
    help='Update rule, or with options, "{name: adam, beta1: 0.8}".',
)
@setting_option(
    "--lr",
    "training.optimizer.learning_rate",
    metavar="X",
    help="Learning rate.  [default: the optimizer's]",
)
@setting_option(
    "--momentum",
    "training.optimizer.momentum",
    metavar="X",
    help="Momentum of the optimizer.  [default: the optimizer's]",
)
@setting_option(
    "--epochs",
    "training.epochs",
    metavar="N",
    default="100",
    show_default=True,
    help="Number of passes over the training data.",
)
@setting_option(
    "--batch-size",
    "training.batch_size",
    metavar="N|full",
    default="32",
    show_default=True,
    help="Samples per training step.",
)
@setting_option(
    "--seeds",
    "seeds",
    metavar="N",
    default="10",
    show_default=True,
    help='Number of seeds, or a list such as "[3, 14, 15]".',
)
@run_options
def command(*, options: RunOptions, **settings: Setting | None) -> None:
    """Compare schemes without a config.

    Results go to results/compare-HASH, where HASH depends on all settings. The same command again
    trains nothing.
    """
    from initbench.api import estimate_experiment, read_comparison
    from initbench.initializers import INITIALIZERS

    given = [setting for setting in settings.values() if setting is not None]
    with logging_to_stderr(options.verbosity), INITIALIZERS.including(options.plugins):
        experiment = read_with_flags(read_comparison, {"inits": []}, sections_first(given), options)
        if options.dry_run:
            estimate = estimate_experiment(experiment, options.results, options.execution)
            show_estimate(estimate, options)
            return
        results = make_results(experiment, options)
    show_results(results, options)
