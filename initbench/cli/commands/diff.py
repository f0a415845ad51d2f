"""``initbench diff``: what has changed between two results."""

import sys
from pathlib import Path
from typing import Final

import click

from initbench.cli.colours import show
from initbench.cli.messages import Verbosity, as_json, logging_to_stderr
from initbench.errors import UsageError

CHANGED: Final = 1
"""Exit code where something has changed."""

RESULTS: Final = click.Path(exists=True, path_type=Path)


@click.command("diff")
@click.argument("old", metavar="OLD", type=RESULTS)
@click.argument("new", metavar="NEW", type=RESULTS)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def command(*, old: Path, new: Path, is_json: bool) -> None:
    """Tell what has changed from OLD to NEW beyond what chance explains.

    Each is a results folder, or a metrics.json that was kept of one. Runs of one
    seed are compared with each other, and all figures are corrected for their
    number. The exit code is 1 where something has changed, else 0.
    """
    from initbench.config.changes import changed_settings
    from initbench.report import difference_lines
    from initbench.results.baseline import read_baseline
    from initbench.results.difference import differences_between

    with logging_to_stderr(Verbosity.NORMAL):
        difference = differences_between(
            read_baseline(old), read_baseline(new), changed_settings(old, new)
        )
    if not difference.figures:
        raise UsageError(f"{old} and {new} have no scheme in common: there is nothing to compare")
    if is_json:
        click.echo(as_json(difference.to_json()))
    else:
        show(difference_lines(difference))
    if difference.changed:
        sys.exit(CHANGED)
