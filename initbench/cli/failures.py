"""Turn exceptions into a message on standard error and an exit code.

Errors that a user can cause are `InitbenchError`s with an exit code of their own. Events of the
system (an interrupt, a closed pipe, a full device behind standard output) are reported in one line.
Any other exception is a bug and keeps its traceback.
"""

import contextlib
import errno
import functools
import os
import sys
import traceback
from collections.abc import Callable
from typing import Final, NoReturn, ParamSpec, TypeVar

import click

from initbench.cli.output import say
from initbench.errors import InitbenchError, StorageError

STOPPED: Final = "finished runs are kept; run the command again to continue"

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
            _end_without_output(error)

    return reporting


def say_error(error: InitbenchError) -> None:
    """Write an error to standard error."""
    say(f"Error: {error}")


def _is_of_output(error: OSError) -> bool:
    """Return whether the error is from writing to standard output, which only `click.echo` does."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code is click.echo.__code__


def _end_without_output(error: OSError) -> NoReturn:
    """Exit silently if the reader closed the pipe (``| head``), otherwise with the reason."""
    # What could not be written is still buffered: without this, Python tries it again on exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        sys.exit(0)
    say(f"Error: standard output cannot be written: {error.strerror}")
    sys.exit(StorageError.exit_code)
