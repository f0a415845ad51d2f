"""Output: results on standard output, messages and log records on standard error."""

import contextlib
import logging
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

if TYPE_CHECKING:
    from initbench.tables import Line

logger: logging.Logger = logging.getLogger("initbench")

STYLES: Final[dict[str, dict[str, Any]]] = {
    "HEADING": {"dim": True},
    "GOOD": {"fg": "green", "bold": True},
    "BAD": {"fg": "red", "bold": True},
    "UNSURE": {"fg": "yellow"},
    "FAINT": {"dim": True},
}
"""Click style of each role of a piece of text; plain text has none."""


class Verbosity(StrEnum):
    """How many messages are written to standard error."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


def show(lines: Sequence["Line"]) -> None:
    """Write lines to standard output, in colour if it is a terminal and NO_COLOR is not set."""
    from initbench.tables import plain

    if not has_colours(sys.stdout):
        click.echo(plain(lines))
        return
    for line in lines:
        pieces = (
            click.style(text, **STYLES.get(role.name, {})) if text.strip() else text
            for text, role in line
        )
        click.echo("".join(pieces), color=True)


def json_text(document: Any) -> str:
    """Return a document as JSON text, formatted as in `metrics.json`.

    Records become mappings, and numbers that are not finite become null.
    """
    from initbench.results import metrics

    return metrics.as_json(_plain(document))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


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


def can_rewrite(stream: TextIO | None) -> bool:
    """Return whether the stream is a terminal that can rewrite a line."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def has_colours(stream: TextIO | None) -> bool:
    """Return whether to write colours: on a terminal, unless NO_COLOR is set and not empty.

    References
    ----------
    https://no-color.org
    """
    return can_rewrite(stream) and not os.environ.get("NO_COLOR")
