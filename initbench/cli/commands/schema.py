"""``initbench schema``: what a config may hold, for editors that complete and check it."""

import json

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a config.

    With `initbench schema > experiment.schema.json` beside a config that `initbench new` wrote,
    editors that know the YAML language server complete and check it.
    """
    from initbench.config.schema import experiment_schema

    click.echo(json.dumps(experiment_schema(), indent=2))
