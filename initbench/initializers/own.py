"""Schemes that are not in the catalogue: made of functions, found in files and packages, guarded.

A function becomes a scheme by `scheme`. Its code may change, and with it what it draws. A
user-defined scheme therefore has an `Origin` with a digest of its code, which is part of the key of
every run.

Whatever such a scheme does wrong is told with its name. A generator that the whole process shares
is not reproducible, and whoever draws from it moves the numbers of others, so `guarded` looks at
its state before and after, and puts it back. Python's generator is left alone outside of the main
thread, as in a Dask worker: Dask draws from it in other threads at any time, and its state does not
say who drew.
"""

import importlib.util
import inspect
import pickle
import random
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, overload

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import InitbenchError, SchemeError, UsageError
from initbench.initializers.digesting import digest_of, digest_of_file, own_modules
from initbench.initializers.entry import Initializer
from initbench.initializers.trying import (
    EndedError,
    describe,
    how_it_ended,
    try_import,
    without_copies,
)

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Draw = Callable[..., FloatArray]


@overload
def scheme(draw: Draw, /) -> Initializer: ...


@overload
def scheme(**fields: Any) -> Callable[[Draw], Initializer]: ...


def scheme(
    draw: Draw | None = None, /, **fields: Any
) -> Initializer | Callable[[Draw], Initializer]:
    """Make an initializer of a function that draws one layer; a decorator.

    The name is the function's, the summary the first line of its docstring, and its keyword-only
    parameters are the options.

    Parameters
    ----------
    draw : callable (rng, layer, *, options…) -> ndarray of shape (fan_in, fan_out)
    **fields
        Of `Initializer`, such as ``variance``, ``distribution`` and ``formula``. Without a
        variance, the scheme states no law.

    Raises
    ------
    UsageError
        The function has no name, draws with other arguments, or has options without a type.

    Examples
    --------
    >>> import numpy as np
    >>> @scheme
    ... def sixteenth(rng, layer):
    ...     '''A sixteenth of the inputs at random.'''
    ...     return 4.0 * rng.standard_normal(layer.shape) / np.sqrt(layer.fan_in)
    >>> sixteenth.name, sixteenth.summary
    ('sixteenth', 'A sixteenth of the inputs at random.')
    """
    if draw is None:
        return lambda function: _entry(function, fields)
    return _entry(draw, fields)


def as_initializer(given: Initializer | Draw) -> Initializer:
    """Return an initializer unchanged, or make one of a function."""
    return given if isinstance(given, Initializer) else _entry(given, {})


def _entry(draw: Draw, fields: dict[str, Any]) -> Initializer:
    name = fields.get("name", getattr(draw, "__name__", ""))
    if not isinstance(name, str) or not name.isidentifier():
        raise UsageError(f"a scheme needs a name: define {draw!r} with def, or give it one")
    try:
        inspect.signature(draw).bind(None, None)
    except (TypeError, ValueError):
        raise UsageError(
            f"scheme {name!r} must be a function (rng, layer, *, options with defaults)"
        ) from None
    documented = (inspect.getdoc(draw) or "").partition("\n")[0]
    summary = documented or "a user-defined scheme"
    try:
        return Initializer(**{"name": name, "draw": draw, "summary": summary, **fields})
    except TypeError as error:
        raise UsageError(f"scheme {name!r}: {error}") from None


GROUP: Final = "initbench.initializers"
"""The group of entry points under which packages offer schemes."""


@dataclass(frozen=True)
class Origin:
    """Where a scheme comes from, in plain values that can be sent to another process."""

    # a plugin's file, a package's entry point, a function of this process, a file of weights
    kind: Literal["file", "entry point", "object", "weights"]
    place: str  # the path; the name of the entry point; ``module:name``
    digest: str


@dataclass(frozen=True)
class OwnScheme:
    """A scheme that is not in the catalogue."""

    entry: Initializer
    origin: Origin


_objects: Final[dict[Origin, Initializer]] = {}
"""Those that were handed over in this process."""

_plugins: Final[dict[Path, tuple[str, ModuleType]]] = {}
"""Plugins that were run in this process, with the digest of their code."""

_helpers: Final[set[str]] = set()
"""Modules that were first imported by plugins, which import them again when code has changed."""


def schemes_in(path: Path | str) -> tuple[OwnScheme, ...]:
    """Run a plugin's file, and return the initializers that it defines."""
    path = Path(path)
    if path.exists() and not path.is_file():
        raise UsageError(f"plugin {path} cannot be read: it is not a file")
    try:
        digest = digest_of_file(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"plugin {path} cannot be read: {reason}") from None
    module = _module_of(path.resolve(), digest)
    entries = {id(each): each for each in vars(module).values() if isinstance(each, Initializer)}
    if not entries:
        raise UsageError(
            f"plugin {path} defines no scheme: decorate a function with @initbench.scheme"
        )
    origin = Origin("file", str(path), digest)
    return tuple(OwnScheme(entry, origin) for entry in entries.values())


def scheme_of_object(entry: Initializer) -> OwnScheme:
    """Return a scheme that was handed over as an object, and remember it for this process."""
    place = f"{entry.draw.__module__}:{getattr(entry.draw, '__qualname__', entry.name)}"
    origin = Origin("object", place, digest_of(entry))
    _objects[origin] = entry
    return OwnScheme(entry, origin)


def entry_point_names() -> tuple[str, ...]:
    """Return the names of the schemes that installed packages offer, without loading any."""
    return tuple(sorted(_entry_points()))


def scheme_of_entry_point(name: str) -> OwnScheme | None:
    """Load the scheme that a package offers under this name, if one does."""
    found = _entry_points().get(name)
    if found is None:
        return None
    try:
        with without_copies(name):
            loaded = found.load()
    except (Exception, SystemExit) as error:
        raise UsageError(
            f"entry point {name!r} ({found.value}) cannot be loaded: {describe(error)}"
        ) from error
    if not isinstance(loaded, Initializer) or loaded.name != name:
        raise UsageError(
            f"entry point {name!r} ({found.value}) is no initializer of that name: decorate the"
            " function with @initbench.scheme"
        )
    return OwnScheme(loaded, Origin("entry point", name, digest_of(loaded)))


def load_scheme(name: str, origin: Origin) -> Initializer:
    """Return the scheme of this name, from where it comes, in whatever process."""
    if origin.kind == "object":
        return _find_object(name, origin)
    if origin.kind == "entry point":
        own = scheme_of_entry_point(name)
    else:
        own = next((each for each in schemes_in(origin.place) if each.entry.name == name), None)
    if own is None or own.origin.digest != origin.digest:
        raise UsageError(
            f"initializer {name!r} of {origin.place} has changed since the experiment was planned:"
            " run it again"
        )
    return own.entry


def _find_object(name: str, origin: Origin) -> Initializer:
    if origin in _objects:
        return _objects[origin]
    module, _, attribute = origin.place.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        raise UsageError(
            f"initializer {name!r} is an object of one process, and cannot be sent to another:"
            " write it into a file, and name that as a plugin"
        ) from None
    entry = as_initializer(found)
    _objects[origin] = entry
    return entry


def _module_of(path: Path, digest: str) -> ModuleType:
    """Run a file, unless its code and that of the modules it imports is what was run last."""
    latest, module = _plugins.get(path, ("", ModuleType("")))
    if latest == digest:
        return module
    try:
        try_import(schemes_in, str(path))
    except EndedError as error:
        raise UsageError(f"plugin {path} {error} while it was imported") from None
    name = f"initbench_plugin_{digest[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"plugin {path} is not a Python file: its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    imported = own_modules(path)
    for each in _helpers & imported.keys():
        sys.modules.pop(each, None)
    _helpers.update(imported.keys() - sys.modules.keys())
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a quick edit keeps its copy
    try:
        with without_copies(name):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        frames = traceback.walk_tb(error.__traceback__)
        lines = [line for frame, line in frames if frame.f_code.co_filename == str(path)]
        if isinstance(error, SyntaxError) and error.lineno:
            lines = [error.lineno]
        where = f" in line {lines[-1]}" if lines else ""
        raise UsageError(f"plugin {path} fails{where}: {describe(error)}") from error
    finally:
        sys.dont_write_bytecode = before
    _plugins[path] = digest, module
    return module


def _entry_points() -> "Mapping[str, EntryPoint]":
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP)}


@contextmanager
def guarded(name: str, doing: str) -> Iterator[None]:
    """Run a part of a user-defined scheme.

    `name`: the scheme's.
    `doing`: what it does, for the message: ``drawing 2 × 32``.

    Raises `SchemeError` if it raised an error, drew from a generator of the whole process, or ended
    the process in which it was tried.
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
        *_, (frame, line) = traceback.walk_tb(error.__traceback__)
        place = f"{Path(frame.f_code.co_filename).name}, line {line}"
        raise SchemeError(
            f"initializer {name!r} failed, {doing}: {describe(error)} ({place})"
        ) from error
    finally:
        is_moved = pickle.dumps(numpys) != pickle.dumps(np.random.get_state())  # noqa: NPY002
        np.random.set_state(numpys)  # noqa: NPY002
        if is_alone:
            is_moved = is_moved or pythons != random.getstate()
            random.setstate(pythons)
    if is_moved:
        raise SchemeError(
            f"initializer {name!r} draws from a generator that the whole process shares: draw from"
            " its argument rng"
        )
