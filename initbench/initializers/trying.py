"""Trying: own schemes first run in a process apart, which they may end or keep for ever.

A plugin is any Python code. It may call `sys.exit` or `os._exit`, crash inside of a library, or
never return. So its file is first imported, and each of its schemes first drawn, in a process that
has a deadline. A block of `InitializerRegistry.including` has one such process; where no plugin is
named, none is started.

A plugin may also call `os.fork`. The copy of a process would go on with all that its parent was
about to do, so it ends at once.
"""

import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from initbench.errors import InitbenchError, SchemeError

DEADLINE: Final = 30
"""Seconds for the import of a plugin, and likewise for drawing one network."""

_PROGRAM: Final = "from initbench.initializers.trying import serve; serve()"


class EndedError(Exception):
    """The process ended, or the deadline passed, before a trial was over."""


class TrialProcess:
    """A process that calls functions, one at a time; it starts with the first call.

    Attributes
    ----------
    ended : mapping of str to str
        By name, how the schemes ended the process that did: they are not drawn again.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.ended: dict[str, str] = {}

    def call(self, function: Callable[..., object], *arguments: object) -> str:
        """Call a function, and return the message of the error that it raises; empty for none.

        `function`: a function of a module, which the process imports.
        `*arguments`: values that can be pickled.

        Raises `EndedError` if the process ended, or the deadline passed; the next call starts
        another.
        """
        is_new = self._process is None
        path = os.pathsep.join(place or str(Path.cwd()) for place in sys.path)
        self._process = process = self._process or subprocess.Popen(  # noqa: S603  # Python itself
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
        assert process.stdin is not None  # noqa: S101  # for the type checker: both are pipes
        assert process.stdout is not None  # noqa: S101
        if is_new:
            pickle.load(process.stdout)  # noqa: S301  # it has begun
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(pickle.dumps((DEADLINE, function, arguments)))
            process.stdin.flush()
        is_ready, _, _ = select.select([process.stdout], [], [], DEADLINE)
        try:
            message: str = pickle.load(process.stdout) if is_ready else ""  # noqa: S301  # our own
        except (EOFError, pickle.UnpicklingError):
            code = self.end()
            ending = f"with exit code {code}" if code >= 0 else f"by {signal.Signals(-code).name}"
            raise EndedError(f"ended its process {ending}") from None
        if not is_ready:
            self.end()
            raise EndedError(f"did not return within {DEADLINE} s")
        return message

    def end(self) -> int:
        """End the process with all that it started, and return how it ended as `Popen` does."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with process, contextlib.suppress(BrokenPipeError):
            assert process.stdin is not None  # noqa: S101
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        return process.returncode


_trials: Final[ContextVar[TrialProcess | None]] = ContextVar("trial process", default=None)


@contextlib.contextmanager
def trials() -> Iterator[None]:
    """Have own schemes tried in a process apart within a ``with`` block."""
    process = TrialProcess()
    token = _trials.set(process)
    try:
        yield
    finally:
        _trials.reset(token)
        process.end()


def try_import(function: Callable[..., object], *arguments: object) -> None:
    """Call what imports a plugin in the process of the block; do nothing outside of a block.

    Raises `EndedError` if the process ended, or the deadline passed.
    """
    process = _trials.get()
    if process is not None:
        process.call(function, *arguments)  # here, it raises the same error with its cause


def try_drawing(name: str, function: Callable[..., object], *arguments: object) -> None:
    """Call what draws a scheme in the process of the block; outside of a block, call it here.

    Raises `EndedError` if the process ended, or the deadline passed. In this block, the scheme is
    not drawn any more. Raises `SchemeError` if the function raised an error.
    """
    process = _trials.get()
    if process is None:
        function(*arguments)
        return
    try:
        message = process.call(function, *arguments)
    except EndedError as error:
        process.ended[name] = f"initializer {name!r} {error} in a trial"
        raise
    if message:
        raise SchemeError(message)


def how_it_ended(name: str) -> str:
    """Return how a scheme ended the process in which it was tried; empty if it did not."""
    process = _trials.get()
    return "" if process is None else process.ended.get(name, "")


_entered: Final[list[str]] = []
"""What of own code is running in this process, the outermost first."""


@contextlib.contextmanager
def without_copies(what: str) -> Iterator[None]:
    """Run own code; a copy of this process that it makes ends at once."""
    _entered.append(what)
    try:
        yield
    finally:
        _entered.remove(what)


os.register_at_fork(after_in_child=lambda: os._exit(1) if _entered else None)


def serve() -> None:
    """Call what the parent asks for until it closes its end; the program of a trial process."""
    replies = os.fdopen(os.dup(1), "wb")
    replies.write(pickle.dumps(""))  # from here on, the deadline counts
    replies.flush()
    silence = os.open(os.devnull, os.O_RDWR)
    requests = os.fdopen(os.dup(0), "rb")
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    while True:
        try:
            deadline, function, arguments = pickle.load(requests)  # noqa: S301  # from the parent
        except EOFError:
            return
        signal.alarm(2 * deadline)  # even if the parent is killed meanwhile
        try:
            function(*arguments)
        except InitbenchError as error:
            reply = str(error)
        except Exception as error:  # noqa: BLE001  # the parent tells the user
            reply = describe(error)
        else:
            reply = ""
        signal.alarm(0)
        replies.write(pickle.dumps(reply))
        replies.flush()


def describe(error: BaseException) -> str:
    """Return an exception's kind and words, as far as it has any."""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001  # its code is anybody's
        words = "(it has no message)"
    return f"{type(error).__name__}: {words}".removesuffix(": ")
