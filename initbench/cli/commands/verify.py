"""``initbench verify``: what configs claim, held against what comes of them."""

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
"""The exit code where a claim does not hold."""


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
    """Check the claims that configs make, training what is missing.

    A claim stands under expect, as `test_accuracy(he) > 0.9`. It is a PASS where the 95 % interval
    over seeds lies on the right side, a FAIL where it lies on the wrong one, and INCONCLUSIVE where
    it straddles the threshold; then --seeds with a larger number may decide.

    The exit code is 1 if a claim fails, and 0 if all pass or are inconclusive: too few seeds are no
    finding. A config that cannot be run has a code of its own, as with initbench run.
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
    """Print the table of claims, and where to look for more."""
    from initbench.report.claims import claims_lines

    width = max(MIN_WIDTH, shutil.get_terminal_size().columns)
    show(claims_lines(results.metrics["claims"], width))
    if not options.quiet:
        click.echo(f"\nReport    {results.folder / 'REPORT.md'}")
