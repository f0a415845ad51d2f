"""``initbench verify``: check the claims of configs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from initbench.cli.experiments import experiment_arguments, run_all, table_width
from initbench.cli.options import RunOptions, Setting, given_settings, run_options
from initbench.cli.output import show

if TYPE_CHECKING:
    from initbench.results import Results

FAILED: Final = 1
"""Exit code if a claim fails."""


@click.command("verify")
@experiment_arguments
@run_options
def command(*, configs: Sequence[Path], options: RunOptions, **settings: Setting | None) -> None:
    """Check the claims of configs, and train missing runs.

    Claims are listed under expect, such as `test_accuracy(he) > 0.9`. A claim is a PASS if the 95 %
    confidence interval over seeds satisfies it, a FAIL if the interval contradicts it, and
    INCONCLUSIVE if the interval contains the threshold; more --seeds may then decide.

    The exit code is 1 if a claim fails, and 0 if all claims pass or are inconclusive. A config that
    cannot be run gives the same exit code as with initbench run.
    """

    def document(results: "Results") -> dict[str, object]:
        return {"name": results.outline.name, "claims": results.metrics["claims"]}

    def exit_code(results: "Results") -> int:
        has_failed = any(claim["verdict"] == "FAIL" for claim in results.metrics["claims"])
        return FAILED if has_failed else 0

    sys.exit(
        run_all(
            "read_claims",
            configs,
            given_settings(settings),
            options,
            document=document,
            show_text=_show,
            exit_code=exit_code,
        )
    )


def _show(results: "Results", options: RunOptions) -> None:
    """Print the table of claims and the path of the report."""
    from initbench.report.claims import claims_lines

    show(claims_lines(results.metrics["claims"], table_width()))
    if not options.quiet:
        click.echo(f"\nReport   {results.folder / 'REPORT.md'}")
