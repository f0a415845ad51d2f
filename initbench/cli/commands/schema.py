"""``initbench schema``: print the JSON Schema of a config, or validate configs."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from initbench.cli.failures import say_error
from initbench.cli.options import PLUGINS
from initbench.errors import InitbenchError


@click.command("schema")
@click.option("--check", is_flag=True, help="Validate CONFIG instead of printing the schema.")
@click.argument(
    "configs", metavar="[CONFIG]...", nargs=-1, type=click.Path(path_type=Path, readable=False)
)
@PLUGINS
def command(*, check: bool, configs: Sequence[Path], plugins: Sequence[str]) -> None:
    """Print the JSON Schema of a config, or validate configs.

    With `initbench schema > experiment.schema.json` in the folder of a config that `initbench new`
    wrote, editors with the YAML language server complete and validate it.

    With --check, each CONFIG is validated, every setting of its sweep included. Data are not
    read. The exit code is 2 if one of them is not valid.
    """
    if not check:
        if configs:
            raise click.UsageError("to validate configs, use: initbench schema --check CONFIG...")
        from initbench.config.schema import experiment_schema

        click.echo(json.dumps(experiment_schema(), indent=2))
        return
    if not configs:
        raise click.UsageError("name the configs to validate: initbench schema --check CONFIG...")
    from initbench.config.loading import read_experiment
    from initbench.experiment.cells import expand_cells
    from initbench.initializers import INITIALIZERS

    codes = [0]
    with INITIALIZERS.including(plugins):
        for config in configs:
            try:
                expand_cells(read_experiment(config, []), force=True)
            except InitbenchError as error:
                say_error(error)
                codes.append(error.exit_code)
    sys.exit(max(codes))
