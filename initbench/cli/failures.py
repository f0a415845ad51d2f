"""Turn exceptions into a message on standard error and an exit code.

Errors that a user can cause are `InitbenchError`s with an exit code of their own. Events of the
system (an interrupt, a closed pipe, a full device behind standard output) are reported in one line.
Any other exception is a bug and keeps its traceback.
"""

import contextlib
import errno
import functools
import os
import re
import sys
import traceback
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import click

from initbench.cli.output import say
from initbench.errors import (
    ClusterError,
    ConfigError,
    CrashedRunsError,
    InitbenchError,
    StorageError,
)

STOPPED: Final = "finished runs are kept; run the command again to continue"

LISTED: Final = {
    "initializer": "inits",
    "data set": "datasets",
    "activation": "activations",
    "optimizer": "optimizers",
    "loss": "losses",
    "schedule": "schedules",
}
"""Arguments of `initbench list`, by what messages call an entry."""

_COMMAND: Final = re.compile(r"(?<![\w/.-])initbench [a-z]")
"""A command in a message, and not a folder of that name."""

_UNKNOWN: Final = re.compile(f"unknown ({'|'.join(LISTED)}) ")

P = ParamSpec("P")
T = TypeVar("T")


class Terminated(BaseException):
    """Raised on SIGTERM, as `KeyboardInterrupt` is on SIGINT."""


def reports_errors(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function so that its exceptions become a message and an exit code."""

    @functools.wraps(function)
    def reporting(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except InitbenchError as error:
            say_error(error)
            sys.exit(error.exit_code)
        except click.ClickException as error:
            with contextlib.suppress(OSError):  # nobody reads it
                error.show()
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            say(f"\nInterrupted: {STOPPED}")
            sys.exit(130)
        except Terminated:
            say(f"\nTerminated: {STOPPED}")
            sys.exit(143)
        except OSError as error:
            if not _is_of_output(error):
                raise
            # What could not be written is still buffered, and Python would try again on exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if error.errno == errno.EPIPE:
                sys.exit(0)
            say(f"Error: standard output cannot be written: {error.strerror}")
            sys.exit(StorageError.exit_code)

    return reporting


def say_error(error: InitbenchError) -> None:
    """Write an error to standard error, ending with a command that helps."""
    text = f"Error: {error}"
    if not _COMMAND.search(str(error)) and not isinstance(error, CrashedRunsError):
        text += f"\nTry: {_command_that_helps(error)}"
    say(text)


def _command_that_helps(error: InitbenchError) -> str:
    """Return the command that shows what could be used instead, or the state of the machine.

    A mistake in a config has a line; any other mistake in an experiment is in an option.
    """
    if isinstance(error, StorageError | ClusterError):
        return "initbench doctor"
    if unknown := _UNKNOWN.search(str(error)):
        return f"initbench list {LISTED[unknown[1]]}"
    if (
        isinstance(error, ConfigError)
        and error.kind == "experiment"
        and any(problem.line for problem in error.problems)
    ):
        return "initbench new NAME, which writes a commented example config"
    context = click.get_current_context(silent=True)
    command = None
    if context is not None:  # of the command, or of the group once the command has ended
        command = context.info_name if context.parent else context.invoked_subcommand
    return f"initbench {command} --help" if command else "initbench --help"


def _is_of_output(error: OSError) -> bool:
    """Return whether the error is from writing to standard output, which only `click.echo` does."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code is click.echo.__code__
