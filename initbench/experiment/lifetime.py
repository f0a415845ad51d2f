"""The lifetime of a worker process, which ends when its parent ends.

A worker process loads this module before all that training needs, so that even a process that has
just started does not outlive its parent. Hence this module imports nothing of initbench.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any, Final

_PR_SET_PDEATHSIG: Final = 1
"""From ``linux/prctl.h``."""

_ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")

_counters: list[tuple[MutableSequence[int], int]] = []
"""Where this process counts epochs: an array that it shares with its parent, and its place."""


class Worker(SpawnProcess):
    """A process that does not import the caller's program and ignores Ctrl-C."""

    def start(self) -> None:
        """Start the process with the environment that it inherits."""
        with _no_program(), _one_thread_each(), _no_interrupt():
            super().start()


class Context(SpawnContext):
    """Creates worker processes and keeps a list of them."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[Worker] = []

    def Process(self, *args: Any, **settings: Any) -> Worker:  # type: ignore[override]  # noqa: N802
        """Return a process, not yet started."""
        process = Worker(*args, **settings)
        self.started.append(process)
        return process


def begin_work(epochs: MutableSequence[int], index: int, parent: int) -> None:
    """Turn this process into a worker: it ends with its parent and ignores interrupts.

    `epochs`: shared with the parent.
    `index`: the place in it where this process counts.
    `parent`: the parent's process number.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it had ended before that was said
            os._exit(1)
    _counters[:] = [(epochs, index)]


def count_epoch(_losses: object) -> None:
    """Report a finished epoch to the parent; losses are sent when the unit is finished."""
    for epochs, index in _counters:
        epochs[index] += 1


def _end_with_parent() -> None:
    """Wait until the parent has ended, and exit."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _no_program() -> Iterator[None]:
    """Hide the program that runs, which a new process would import and so run again."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let new processes load matrix libraries with one thread."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Let new processes ignore Ctrl-C from the start; here, it waits until they have started.

    The mask holds for this thread and for what it starts. Another thread can take the signal, whose
    handler Python runs in the main thread, so the handler waits too.
    """
    waiting: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT)
    if is_main and handler is not None:
        signal.signal(signal.SIGINT, lambda number, _frame: waiting.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if is_main and handler is not None:
            signal.signal(signal.SIGINT, handler)
            if waiting:
                signal.raise_signal(signal.SIGINT)
