"""Guarding: whatever a scheme of one's own does wrong is told with its name, and stays its own.

A generator that the whole process shares is not reproducible, and whoever draws from it moves the
numbers of others. So its state is looked at before and after, and put back. Python's generator is
left alone outside of the main thread, as in a Dask worker: Dask draws from it in other threads at
any time, and its state does not say who drew.

A scheme may also call `os.fork`. The copy of the process would go on with all that its parent was
about to do, so it ends at once.
"""

import os
import pickle
import random
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from initbench.errors import InitbenchError, SchemeError
from initbench.initializers.trying import describe, how_it_ended

_entered: list[str] = []
"""What of own code is running in this process, the outermost first."""


@contextmanager
def without_copies(what: str) -> Iterator[None]:
    """Run own code; a copy of this process that it makes ends at once."""
    _entered.append(what)
    try:
        yield
    finally:
        _entered.remove(what)


def _end_copy() -> None:
    if _entered:
        os._exit(1)


os.register_at_fork(after_in_child=_end_copy)


@contextmanager
def guarded(name: str, doing: str) -> Iterator[None]:
    """Run a part of a scheme of one's own.

    Parameters
    ----------
    name : str
        The scheme's.
    doing : str
        What it does, for the message: ``drawing 2 × 32``.

    Raises
    ------
    SchemeError
        It raised an error, drew from a generator of the whole process, or ended the process in
        which it was tried.
    """
    if reason := how_it_ended(name):
        raise SchemeError(reason)
    is_alone = threading.current_thread() is threading.main_thread()
    numpys, pythons = np.random.get_state(), random.getstate()  # noqa: NPY002  # to guard it
    try:
        with without_copies(name):
            yield
    except InitbenchError:
        raise
    except (Exception, SystemExit) as error:
        raise SchemeError(
            f"initializer {name!r} failed, {doing}: {describe(error)}{_place(error)}"
        ) from error
    finally:
        is_moved = _is_moved(numpys, np.random.get_state())  # noqa: NPY002
        np.random.set_state(numpys)  # noqa: NPY002
        if is_alone:
            is_moved = is_moved or pythons != random.getstate()
            random.setstate(pythons)
    if is_moved:
        raise SchemeError(
            f"initializer {name!r} draws from a generator that the whole process shares: draw from"
            " its argument rng"
        )


def _is_moved(before: Any, after: Any) -> bool:
    return pickle.dumps(before) != pickle.dumps(after)


def _place(error: BaseException) -> str:
    """Say where it was raised."""
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return f" ({Path(frame.f_code.co_filename).name}, line {line})"
