"""Messages: what is said beside the result. They go to standard error, and break nothing."""

import contextlib
import logging
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import click

logger = logging.getLogger("initbench")


class Verbosity(StrEnum):
    """How much is said beside the result."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


def say(text: str) -> None:
    """Write a line to standard error; where that is closed or full, nobody reads it."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


@contextlib.contextmanager
def logging_to_stderr(verbosity: Verbosity) -> Iterator[None]:
    """Show what the library logs: warnings, and with `VERBOSE` what it is doing."""
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
    """Return a document as ``--json`` prints it, and as files hold it."""
    from initbench.results import metrics

    return metrics.as_json(document)
