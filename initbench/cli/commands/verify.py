"""``initbench verify``: check the claims of configs."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from initbench.cli.colours import show
from initbench.cli.experiments import Showing, experiment_arguments, run_all
from initbench.cli.messages import logging_to_stderr
from initbench.cli.options import RunOptions, run_options
from initbench.cli.results import MIN_WIDTH
from initbench.cli.settings import Setting

if TYPE_CHECKING:
    from initbench.results import Results

FAILED: Final = 1
"""Exit code if a claim fails."""


@click.command("verify")
@experiment_arguments
@run_options
def command(
    *,
    configs: Sequence[Path],
    inits: Setting | None,
    seeds: Setting | None,
    equivalence_margin: Setting | None,
    options: RunOptions,
) -> None:
    """Check the claims of configs, and train missing runs.

    Claims are listed under expect, such as `test_accuracy(he) > 0.9`. A claim is a PASS if the 95 %
    confidence interval over seeds satisfies it, a FAIL if the interval contradicts it, and
    INCONCLUSIVE if the interval contains the threshold; more --seeds may then decide.

    The exit code is 1 if a claim fails, and 0 if all claims pass or are inconclusive. A config that
    cannot be run gives the same exit code as with initbench run.
    """
    from initbench.api import read_claims

    settings = [setting for setting in (inits, seeds, equivalence_margin) if setting]
    verdicts: list[str] = []

    def remember(results: "Results") -> "Results":
        verdicts.extend(claim["verdict"] for claim in results.metrics["claims"])
        return results

    showing = Showing(
        lambda results: _document(remember(results)),
        lambda results, options: _show(remember(results), options),
    )
    with logging_to_stderr(options.verbosity):
        codes = run_all(read_claims, configs, settings, options, showing)
    if "FAIL" in verdicts:
        codes.append(FAILED)
    if codes:
        sys.exit(max(codes))


def _document(results: "Results") -> dict[str, object]:
    return {"name": results.outline.name, "claims": results.metrics["claims"]}


def _show(results: "Results", options: RunOptions) -> None:
    """Print the table of claims and the path of the report."""
    from initbench.report.claims import claims_lines

    width = max(MIN_WIDTH, shutil.get_terminal_size().columns)
    show(claims_lines(results.metrics["claims"], width))
    if not options.quiet:
        click.echo(f"\nReport   {results.folder / 'REPORT.md'}")
