"""Failures: what ends a command before its time, as words on standard error and an exit code.

What a user can cause is an `InitbenchError`, and knows its code. What the system does (an
interrupt, a reader that is gone, a full device behind standard output) is told in a line. Anything
else is a bug, and shows its traceback.
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

from initbench.cli.messages import say
from initbench.errors import InitbenchError, StorageError

STOPPED: Final = "finished runs are kept; run it again to go on"

P = ParamSpec("P")
T = TypeVar("T")


class Terminated(BaseException):
    """The system asks the program to end, as `KeyboardInterrupt` does for a user."""


def reports_errors(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function so that its failures become a message and the program's exit."""

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
    """Tell an error on standard error."""
    say(f"Error: {error}")


def _is_of_output(error: OSError) -> bool:
    """Tell whether it was raised in writing what a command says, which always does `click.echo`."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code is click.echo.__code__


def _end_without_output(error: OSError) -> NoReturn:
    """Exit: quietly where the reader has enough (``| head``), else saying why nothing is shown."""
    # What could not be written is still buffered: without this, Python tries it again on exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if error.errno == errno.EPIPE:
        sys.exit(0)
    say(f"Error: standard output cannot be written: {error.strerror}")
    sys.exit(StorageError.exit_code)
