"""``initbench new``: write a first config."""

from pathlib import Path

import click

from initbench.errors import UsageError


@click.command("new")
@click.argument("name")
def command(*, name: str) -> None:
    """Write a commented example config, NAME.yaml."""
    from initbench.config.template import starter_config
    from initbench.results.files import write_atomically

    name = name.removesuffix(".yaml")
    text = starter_config(name)
    path = Path(f"{name}.yaml")
    if path.exists() or path.is_symlink():
        raise UsageError(f"{path} already exists: choose another name, or remove the file")
    write_atomically(path, text.encode())
    click.echo(f"Wrote {path}. Run it with: initbench run {path}")
