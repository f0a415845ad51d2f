"""``initbench diff``: compare two results folders."""

import sys
from pathlib import Path
from typing import Final

import click

from initbench.cli.options import JSON
from initbench.cli.output import Verbosity, json_text, logging_to_stderr, show
from initbench.errors import UsageError

CHANGED: Final = 1
"""Exit code if a result has changed."""

RESULTS: Final = click.Path(exists=True, path_type=Path)


@click.command("diff")
@click.argument("old", metavar="OLD", type=RESULTS)
@click.argument("new", metavar="NEW", type=RESULTS)
@JSON
def command(*, old: Path, new: Path, as_json: bool) -> None:
    """List significant changes from results OLD to NEW.

    OLD and NEW are results folders or their metrics.json. Runs are paired by seed, and p-values are
    corrected for the number of comparisons. The exit code is 1 if a metric changed significantly,
    otherwise 0.
    """
    from initbench.config.changes import changed_settings
    from initbench.report.difference import difference_lines
    from initbench.results.difference import differences_between, read_baseline

    with logging_to_stderr(Verbosity.NORMAL):
        difference = differences_between(
            read_baseline(old), read_baseline(new), changed_settings(old, new)
        )
    if not difference.figures:
        raise UsageError(f"{old} and {new} have no scheme in common, so nothing can be compared")
    if as_json:
        click.echo(json_text(difference.to_json()))
    else:
        show(difference_lines(difference))
    if difference.changed:
        sys.exit(CHANGED)
