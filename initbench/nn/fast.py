"""Elementwise kernels with the bits of NumPy, in one pass over memory: the extra ``fast``.

NumPy's optimizers and activations read and write an array once for each operation. Kernels that
numba compiles (`compiled`) do all operations of a rule on an element while it is in a register. The
operations and their order are those of NumPy, without contraction or reassociation, so every number
is the same to the last bit, NaN and infinities included. Activations of exp and tanh are left to
NumPy, which is faster there.

Loading takes a second or two. A process therefore begins with NumPy, and loads the kernels once it
has trained for `LOADING_SECONDS`; without numba, or where numba fails, it stays with NumPy.
"""

import importlib.util
import logging
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any, Final

import numpy as np

from initbench.arrays import Array, FloatArray

logger: logging.Logger = logging.getLogger(__name__)

LOADING_SECONDS: Final = 10.0
"""Processor time for which a process trains before it loads the kernels.

Loading takes up to 2 s, which they earn back in about as much again: they save a tenth to a fifth.
"""


class _State:
    """What this process has trained and loaded."""

    trained = 0.0
    is_loaded = False


def has_trained(seconds: float) -> bool:
    """Count processor time of training; return whether that has loaded the kernels."""
    _State.trained += seconds
    if _State.is_loaded or _State.trained < LOADING_SECONDS or not _is_installed():
        return False
    _State.is_loaded = _kernels() is not None
    return _State.is_loaded


def use(wanted: bool) -> bool:  # noqa: FBT001  # as in `gc.freeze`, the name says what is meant
    """Use the kernels from now on, or not; return whether they are used."""
    _State.is_loaded = wanted and _is_installed() and _kernels() is not None
    return _State.is_loaded


def activate(
    name: str, options: Iterable[Any], given: FloatArray, made: FloatArray
) -> Callable[[], object] | None:
    """Return a call that writes the activations of an array; None to leave that to NumPy."""
    return _call(f"{name}_forward", options, given, made)


def pass_back(
    name: str, options: Iterable[Any], kept: FloatArray, delta: FloatArray
) -> Callable[[], object] | None:
    """Return a call that multiplies `delta` by the derivative; None to leave that to NumPy."""
    return _call(f"{name}_backward", options, kept, delta)


def step(name: str, arrays: Iterable[FloatArray], numbers: Iterable[float | FloatArray]) -> bool:
    """Move parameters by a rule, and return True; return False to leave that to NumPy.

    Parameters
    ----------
    name : str
        The kernel.
    arrays : iterable of ndarray of shape (R, P)
    numbers : iterable of float or ndarray of shape (R, 1)
        Hyper-parameters; one a parameter, (R, P), is left to NumPy.
    """
    if not _State.is_loaded:
        return False
    arrays = tuple(arrays)
    values = [np.asarray(each, arrays[0].dtype) for each in numbers]
    if any(each.ndim and each.shape[1] > 1 for each in values):
        return False
    flat = [each.reshape(-1) for each in values]
    if (kernel := _compiled_for(name, (*arrays, *flat))) is None:
        return False
    kernel(*arrays, *flat)
    return True


def take_rows(source: Array, rows: Array, out: Array) -> None:
    """Write ``source[rows]`` for rows that exist."""
    kernel = _compiled_for("take_rows", (source, rows, out)) if _State.is_loaded else None
    if kernel is None:
        np.take(source, rows, axis=0, out=out, mode="clip")
    else:
        kernel(source, rows, out)


def _call(
    name: str, options: Iterable[Any], source: FloatArray, target: FloatArray
) -> Callable[[], object] | None:
    if not _State.is_loaded or getattr(_kernels(), name, None) is None:
        return None
    if not (source.flags.c_contiguous and target.flags.c_contiguous):
        return None
    numbers = [source.dtype.type(value) for value in options]
    arguments = (source.reshape(-1), target.reshape(-1), *numbers)
    kernel = _compiled_for(name, arguments)
    return None if kernel is None else partial(kernel, *arguments)


def _compiled_for(name: str, arguments: tuple[Any, ...]) -> Callable[..., object] | None:
    """Return a kernel that is compiled for arguments like these, if there is one."""
    if not all(each.flags.c_contiguous for each in arguments if isinstance(each, np.ndarray)):
        return None
    return _compile(name, tuple((each.dtype.str, np.ndim(each)) for each in arguments))


@cache
def _compile(name: str, kinds: tuple[tuple[str, int], ...]) -> Callable[..., object] | None:
    """Compile a kernel, or take it from numba's cache, by running it on empty arrays."""
    kernel: Callable[..., object] | None = getattr(_kernels(), name, None)
    if kernel is None:
        return None
    empty = [
        np.zeros((0,) * ndim, dtype) if ndim else np.dtype(dtype).type() for dtype, ndim in kinds
    ]
    return kernel if _succeeds(partial(kernel, *empty)) else None


@cache
def _kernels() -> Any:
    """Import the kernels; None where numba refuses."""
    found: list[Any] = []

    def load() -> None:
        from initbench.nn import compiled

        found.append(compiled)

    return found[0] if _succeeds(load) else None


def _succeeds(call: Callable[[], object]) -> bool:
    try:
        call()
    except Exception as error:  # noqa: BLE001  # whatever numba raises, NumPy does the work
        logger.info("numba is not used: %s", error)
        return False
    return True


@cache
def _is_installed() -> bool:
    return importlib.util.find_spec("numba") is not None
