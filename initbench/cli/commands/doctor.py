"""``initbench doctor``: print what a bug report needs."""

import locale
import os
import platform
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import click

from initbench.cli.options import JSON
from initbench.cli.output import has_colours, json_text

EXTRAS: Final = {
    "checkpoints": "h5py",
    "dask": "distributed",
    "datasets": "scikit-learn",
    "fast": "numba",
    "mlflow": "mlflow-skinny",
    "parquet": "pyarrow",
    "tensorboard": "tensorboard",
    "torch": "torch",
}
"""The extras of initbench, each with a distribution that shows whether it is installed."""

REQUIRED: Final = ("scipy", "matplotlib", "pandas", "pydantic", "click")

VARIABLES: Final = (
    "NO_COLOR",
    "TERM",
    "COLUMNS",
    "LANG",
    "LC_ALL",
    "MPLBACKEND",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OPENBLAS_CORETYPE",
    "MKL_NUM_THREADS",
)
"""Environment variables that change what initbench does; no other variable is printed."""


@click.command("doctor")
@JSON
def command(*, as_json: bool) -> None:
    """Print versions, BLAS, cores, memory and extras for a bug report.

    Nothing is trained and nothing is sent. The home folder is printed as ~.
    """
    found = examine()
    if as_json:
        click.echo(json_text(found))
        return
    width = max(map(len, found))
    for name, value in found.items():
        click.echo(f"{name:{width}}  {value}")


def examine() -> dict[str, Any]:
    """Return by topic what a bug report needs."""
    from initbench.machine import available_cores, available_memory

    memory = available_memory()
    return {
        "initbench": f"{metadata.version('initbench')} in {_short(Path(__file__).parents[2])}",
        "Python": f"{platform.python_version()}, {platform.python_implementation()},"
        f" {_short(Path(sys.executable))}",
        "system": platform.platform(),
        "cores": f"{available_cores()} available of {os.cpu_count()}",
        "memory": "unknown" if memory is None else f"{memory / 1e9:.1f} GB available",
        "NumPy": numpy_and_blas(),
        "packages": ", ".join(f"{name} {_version(name)}" for name in REQUIRED),
        "extras": ", ".join(f"{each} ({_version(name)})" for each, name in EXTRAS.items()),
        "encoding": f"standard output {sys.stdout.encoding}, files {sys.getfilesystemencoding()},"
        f" locale {locale.getpreferredencoding(False)}",
        "terminal": f"{shutil.get_terminal_size().columns} columns,"
        f" {'colour' if has_colours(sys.stdout) else 'no colour'}",
        "folder": f"{_short(Path.cwd())}, {'writable' if _is_writable() else 'NOT WRITABLE'}",
        "variables": " ".join(
            f"{name}={os.environ[name]}" for name in VARIABLES if name in os.environ
        )
        or "none",
    }


def numpy_and_blas() -> str:
    """Return the version of NumPy, and the version and kernel of each BLAS that it has loaded."""
    import numpy as np
    from threadpoolctl import threadpool_info

    libraries = [
        f"{each['internal_api']} {each['version'] or ''}"
        f" ({each.get('architecture', 'kernel unknown')}, {each['num_threads']} threads)"
        for each in threadpool_info()
        if each.get("user_api") == "blas"
    ]
    return ", ".join([np.__version__, *libraries])


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def _short(path: Path) -> str:
    """Return a path with ~ for the home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _is_writable() -> bool:
    """Return whether a file can be made in the working folder, where results go."""
    try:
        with tempfile.TemporaryFile(dir="."):
            return True
    except OSError:
        return False
