"""The lifetime of a worker process: it ends with its parent, whatever it is doing.

A worker begins here, before it loads all that training needs, so that even one that has hardly
started does not outlive its parent. Hence this module imports nothing of initbench.
"""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import MutableSequence
from multiprocessing import parent_process
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""From ``linux/prctl.h``."""

_counters: list[tuple[MutableSequence[int], int]] = []
"""Where this process counts epochs: an array that it shares with its parent, and its place."""


def begin_work(epochs: MutableSequence[int], index: int, parent: int) -> None:
    """Make this process a worker: it ends with its parent, and leaves interrupts to it.

    Parameters
    ----------
    epochs : array of int
        Shared with the parent.
    index : int
        The place in it where this process counts.
    parent : int
        The parent's process number.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it had ended before that was said
            os._exit(1)
    _counters[:] = [(epochs, index)]


def count_epoch() -> None:
    """Let the parent know of an epoch."""
    for epochs, index in _counters:
        epochs[index] += 1


def _end_with_parent() -> None:
    """Wait for the parent's end, and end."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
