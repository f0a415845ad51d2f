"""Public names: few, imported when first used, and the same wherever they are listed."""

import ast
import importlib
import importlib.util
import inspect
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import initbench

ROOT = Path(__file__).parents[1]


def loaded_after(statement):
    """Return the modules that a fresh Python has loaded after a statement, of this checkout."""
    code = f"import sys; {statement}; print(initbench.__file__); print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    file, modules = answer.stdout.splitlines()
    assert Path(file).is_relative_to(ROOT)
    return set(modules.split())


def test_importing_initbench_imports_nothing_heavy():
    """A command line starts before NumPy, Matplotlib or a config library is loaded."""
    heavy = {"numpy", "scipy", "matplotlib", "pydantic", "yaml", "click", "tqdm"}
    assert not loaded_after("import initbench; dir(initbench)") & heavy


@pytest.mark.parametrize(
    "statement", ["initbench.run", "initbench.initialize('he', fan_in=2, fan_out=3)"]
)
def test_functions_of_the_package_import_only_their_own_libraries(statement):
    """Matplotlib is loaded with the first figure, slow parts of SciPy with the first use of them.

    click and tqdm are of the command line.
    """
    loaded = loaded_after(f"import initbench; {statement}")
    assert "numpy" in loaded
    assert not loaded & {"matplotlib", "click", "tqdm", "pandas", "scipy.optimize", "scipy.stats"}


@pytest.mark.parametrize("name", initbench.__all__)
def test_every_public_name_is_there_and_documented(name):
    """Each can be had from the package, and its docstring begins with a sentence."""
    value = getattr(initbench, name)
    assert callable(value)
    assert inspect.getdoc(value).splitlines()[0].endswith(".")


PACKAGES = [
    module.name
    for module in pkgutil.walk_packages(
        initbench.__path__, "initbench.", onerror=lambda _name: None
    )
    if module.ispkg and (module.name != "initbench.torch" or importlib.util.find_spec("torch"))
]
"""All packages; that for PyTorch only where it is installed."""


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_that_a_package_lists_can_be_imported(package):
    """`__all__` has no name that the package does not have."""
    module = importlib.import_module(package)
    assert [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)] == []


@pytest.mark.parametrize("name", initbench.__all__)
def test_every_public_name_is_listed(name):
    """Completion in a notebook offers it."""
    assert name in dir(initbench)


def test_no_public_name_is_that_of_a_module():
    """Importing a module below the package would put it in the place of the public name."""
    modules = {module.name for module in pkgutil.iter_modules(initbench.__path__)}
    assert not modules & set(initbench.__all__)


def test_type_checkers_see_the_public_names():
    """What is imported for type checkers is what __all__ promises, sorted."""
    tree = ast.parse(inspect.getsource(initbench))
    [for_checkers] = [node for node in tree.body if isinstance(node, ast.If)]
    seen = [alias.name for node in for_checkers.body for alias in node.names]
    assert sorted(seen) == sorted(initbench.__all__)


def test_a_star_imports_the_public_names():
    """`from initbench import *` brings them and nothing else."""
    names = {}
    exec("from initbench import *", names)  # noqa: S102  # as a user writes it
    assert set(names) - {"__builtins__"} == set(initbench.__all__)


def test_another_name_is_an_attribute_error():
    """The package answers as any module does, so that hasattr and pickle work."""
    with pytest.raises(AttributeError, match="module 'initbench' has no attribute 'compares'"):
        initbench.compares  # noqa: B018  # the look-up is what is tested
