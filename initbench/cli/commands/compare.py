"""``initbench compare``: compare schemes without a config."""

import sys

import click

from initbench.cli.experiments import run_all
from initbench.cli.options import RunOptions, Setting, given_settings, run_options, setting_option


@click.command("compare")
@setting_option(
    "--inits",
    'Schemes, such as zeros,random,he or "zeros,{name: random, std: 10, label: large}".',
    required=True,
)
@setting_option(
    "--dataset", 'Data set, or with options, "{name: moons, noise: 0.3}".', default="moons"
)
@setting_option("--hidden", "Units of each hidden layer.", default="32,32")
@setting_option(
    "--activation",
    'Activation of hidden layers, or with options, "{name: leaky_relu, slope: 0.1}".',
    default="relu",
)
@setting_option(
    "--optimizer", 'Update rule, or with options, "{name: adam, beta1: 0.8}".', default="sgd"
)
@setting_option("--lr", "Learning rate.  [default: the optimizer's]")
@setting_option("--momentum", "Momentum of the optimizer.  [default: the optimizer's]")
@setting_option("--epochs", "Number of passes over the training data.", default="100")
@setting_option("--batch-size", "Samples per training step.", default="32")
@setting_option("--seeds", 'Number of seeds, or a list such as "[3, 14, 15]".', default="10")
@run_options
def command(*, options: RunOptions, **settings: Setting | None) -> None:
    """Compare schemes without a config.

    Results go to results/NAME, where NAME is compare-HASH, and HASH depends on all settings. The
    same command again trains nothing.
    """
    sys.exit(run_all("read_comparison", [{"inits": []}], given_settings(settings), options))
