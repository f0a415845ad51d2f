"""Digests of code: what a scheme draws can only change together with its digest.

A digest is made from all that a scheme reaches: the file of each of its functions and classes, the
modules of the user's own that this file imports, directly or through other modules, and the values
that functions hold (defaults, variables of enclosing functions, arguments of partial functions).
A function without a file, such as one typed into a notebook, is digested by its code and by the
values of the globals that the code reads.

Imports are found in the source, without running it, so an import inside a function counts too.
Installed packages, the standard library and initbench are not followed: their versions change
deliberately. What a scheme reads from other files is not seen.

A digest is the same in every process. Python orders sets of words differently in each process, so
the items of a set are ordered by their digests.
"""

import ast
import copyreg
import dis
import functools
import hashlib
import importlib.util
import inspect
import sys
import sysconfig
from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from importlib.machinery import ModuleSpec, PathFinder
from itertools import chain
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any, Final

from initbench.errors import UsageError

_ATOMS: Final = (type(None), bool, int, float, complex, str, bytes, type(...))

_LIBRARIES: Final = (
    *(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")),
    Path(__file__).resolve().parents[1],
)
"""Folders of code that is not the user's: Python's and initbench's."""

_INSTALLED: Final = {"site-packages", "dist-packages"}
"""Names of folders that hold installed packages."""


def digest_of(value: object) -> str:
    """Return the digest of a scheme, or of any value that a scheme holds."""
    return _digest(value, ()).hex()


def digest_of_file(path: Path) -> str:
    """Return the digest of a Python file together with the modules of the user's own it imports.

    Without such modules it is the SHA-256 of the file.

    Raises `OSError` if the file cannot be read.
    """
    return hashlib.sha256(_with_imports(path, "")).hexdigest()


def own_modules(path: Path, package: str = "") -> dict[str, Path]:
    """Return the modules of the user's own that a file imports, directly or not, by their names.

    `package`: the package that relative imports in this file begin at.
    """
    found: dict[str, Path] = {}
    waiting = [(path, package)]
    while waiting:
        file, package = waiting.pop()
        if file.suffix != ".py":
            continue
        for name in _imported_names(_bytes_of(file), package):
            imported = None if name in found else _own_file(name)
            if imported is not None:
                found[name] = imported
                is_package = imported.name == "__init__.py"
                waiting.append((imported, name if is_package else name.rpartition(".")[0]))
    return found


def _with_imports(path: Path, package: str) -> bytes:
    """Return the bytes of a file, then the name and a digest of each module that it imports."""
    modules = sorted(own_modules(path, package).items())
    imported = (
        b"\0" + name.encode() + b"\0" + hashlib.sha256(_bytes_of(file)).digest()
        for name, file in modules
    )
    return b"".join([path.read_bytes(), *imported])


@functools.lru_cache(maxsize=1024)
def _imported_names(source: bytes, package: str) -> tuple[str, ...]:
    """Return the names that may be modules in all import statements, their packages first."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # whoever imports the file will say so
        return ()
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            try:
                base = importlib.util.resolve_name(relative, package or None)
            except ImportError:
                continue
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    parts = [name.split(".") for name in names]
    packages = (".".join(each[:end]) for each in parts for end in range(1, len(each) + 1))
    return tuple(dict.fromkeys(packages))


def _own_file(name: str) -> Path | None:
    """Return the file of a module of the user's own, found without running any code."""
    top, *rest = name.split(".")
    try:
        spec: ModuleSpec | None = importlib.util.find_spec(top)
    except (ImportError, ValueError):  # the module that is run as a program has no specification
        return None
    for part in rest:
        if spec is None or spec.submodule_search_locations is None:
            return None
        spec = PathFinder.find_spec(f"{spec.name}.{part}", list(spec.submodule_search_locations))
    if spec is None or not spec.has_location or spec.origin is None:
        return None
    file = Path(spec.origin)
    return file if _is_own(file) else None


def _is_own(file: Path) -> bool:
    """Return whether a file is the user's own: not part of Python, initbench or a package."""
    file = file.resolve()
    return not _INSTALLED & set(file.parts) and not any(map(file.is_relative_to, _LIBRARIES))


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # whoever imports the file will say so
        return b""


def _digest(value: object, above: tuple[int, ...]) -> bytes:
    """Return the digest of a value; `above` are the ids of the values that hold it."""
    whole = hashlib.sha256(type(value).__qualname__.encode())
    if isinstance(value, _ATOMS):
        whole.update(repr(value).encode())
    elif id(value) in above:
        whole.update(str(above.index(id(value))).encode())
    else:
        held = _held_by(value)
        digests = [_digest(each, (*above, id(value))) for each in held]
        whole.update(b"".join(sorted(digests) if isinstance(value, set | frozenset) else digests))
    return whole.digest()


@functools.singledispatch
def _held_by(value: object) -> list[object]:
    """Return the values that a value consists of: of most objects, those that pickle would keep."""
    if is_dataclass(value):
        return [type(value), *(getattr(value, field.name) for field in fields(value))]
    try:
        reduce = copyreg.dispatch_table.get(type(value))
        found = reduce(value) if reduce else value.__reduce_ex__(4)
    except Exception as error:
        raise UsageError(
            f"a scheme uses {value!r}, and changes of that object cannot be detected: make it"
            " an option"
        ) from error
    if isinstance(found, str):
        return [getattr(value, "__module__", None), found]
    make, arguments, state, items, pairs = (*found, None, None, None)[:5]
    name = f"{make.__module__}.{make.__qualname__}"
    return [name, arguments, state, list(items or ()), list(pairs or ())]


@_held_by.register(tuple | list | set | frozenset)
def _(value: Collection[object]) -> list[object]:
    return [type(value), getattr(value, "__dict__", None), *value]


@_held_by.register(dict | MappingProxyType)
def _(value: Mapping[object, object]) -> list[object]:
    return [type(value), getattr(value, "__dict__", None), *chain.from_iterable(value.items())]


@_held_by.register
def _(value: FunctionType) -> list[object]:
    source = _source_of(value)
    code: list[object] = [source]
    if source is None:  # with the globals that the code reads, and that of functions inside it
        names = sorted(set(_global_names(value.__code__)) & value.__globals__.keys())
        code = [value.__code__, {name: value.__globals__[name] for name in names}]
    cells: list[object] = []
    for cell in value.__closure__ or ():
        try:
            cells.append(cell.cell_contents)
        except ValueError:  # it is not filled yet
            cells.append(None)
    return [value.__qualname__, *code, value.__defaults__, value.__kwdefaults__, *cells]


@_held_by.register
def _(value: CodeType) -> list[object]:
    return [value.co_code, value.co_names, value.co_varnames, value.co_consts]


@_held_by.register
def _(value: type) -> list[object]:
    name = f"{value.__module__}.{value.__qualname__}"
    if not _is_own_module(value.__module__):
        return [name]
    source = _source_of(value)
    if source is not None:
        return [name, source]
    added = {"__module__", "__dict__", "__weakref__", "__doc__", "__firstlineno__"}  # by Python
    members = {each: member for each, member in vars(value).items() if each not in added}
    return [name, value.__bases__, members]


@_held_by.register
def _(value: ModuleType) -> list[object]:
    if value.__file__ is None or not _is_own_module(value.__name__):
        return [value.__name__]
    return [value.__name__, _with_imports(Path(value.__file__), value.__package__ or "")]


@_held_by.register(staticmethod | classmethod)
def _(value: Any) -> list[object]:
    return [value.__func__]


@_held_by.register
def _(value: property) -> list[object]:
    return [value.fget, value.fset, value.fdel]


def _source_of(value: FunctionType | type) -> bytes | None:
    """Return the file that a function or class is written in, with its imports; None without."""
    try:
        file = Path(inspect.getsourcefile(value) or "")
        if not _is_own(file):
            return file.read_bytes()
        module = sys.modules.get(value.__module__)
        return _with_imports(file, getattr(module, "__package__", None) or "")
    except (OSError, TypeError):
        return None


def _is_own_module(name: str) -> bool:
    """Tell whether a module is the user's: from a file of the user's own, or typed in."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return name not in sys.builtin_module_names if file is None else _is_own(Path(file))


def _global_names(code: CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)
