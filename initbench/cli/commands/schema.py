"""``initbench schema``: print the JSON Schema of a config."""

import json

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a config.

    With `initbench schema > experiment.schema.json` in the folder of a config that `initbench new`
    wrote, editors with the YAML language server complete and validate it.
    """
    from initbench.config.schema import experiment_schema

    click.echo(json.dumps(experiment_schema(), indent=2))
