"""``initbench new``: a config to begin with."""

from pathlib import Path

import click

from initbench.errors import UsageError


@click.command("new")
@click.argument("name")
def command(*, name: str) -> None:
    """Write a commented config, NAME.yaml, to begin with."""
    from initbench.config.template import starter_config
    from initbench.results.files import write_atomically

    name = name.removesuffix(".yaml")
    text = starter_config(name)
    path = Path(f"{name}.yaml")
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} exists already: choose another name, or remove it")
    write_atomically(path, text.encode())
    click.echo(f"{path} is written. Run it with: initbench run {path}")
