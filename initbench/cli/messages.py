"""Messages beside the result: written to standard error, and never an error themselves."""

import contextlib
import logging
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import click

logger = logging.getLogger("initbench")


class Verbosity(StrEnum):
    """How many messages are written to standard error."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


def say(text: str) -> None:
    """Write a line to standard error; ignore a closed or full stream."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


@contextlib.contextmanager
def logging_to_stderr(verbosity: Verbosity) -> Iterator[None]:
    """Show the log messages of the library: warnings, and with `VERBOSE` information too."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    level = logger.level
    logger.setLevel(logging.INFO if verbosity is Verbosity.VERBOSE else logging.WARNING)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def as_json(document: Any) -> str:
    """Return a document as JSON text, formatted as in `metrics.json`."""
    from initbench.results import metrics

    return metrics.as_json(document)
