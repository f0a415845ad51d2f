"""Layers: imports go downwards only, and each library is known where the table says.

Imports are read from the syntax tree, so those inside functions and those for type checkers count
as much as those at the head of a module.
"""

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name

import pytest

from tests.architecture.conftest import parse

# Layer, its packages, and the libraries that it and all above it may import.
LAYERS = (
    (0, ("errors", "arrays", "lazy", "metric"), ("numpy",)),
    (
        1,
        (
            "registry",
            "options",
            "optional",
            "seeding",
            "machine",
            "formatting",
            "tables",
            "stats",
            "claims",
        ),
        ("numpy",),
    ),
    (2, ("theory", "nn", "data"), ("scipy.special", "threadpoolctl")),
    (3, ("initializers", "curvature"), ("scipy",)),
    (4, ("results", "training", "auditing"), ()),
    (5, ("config",), ()),
    (6, ("experiment",), ()),
    (7, ("figures", "report", "tracking", "exporting"), ()),
    (
        8,
        (
            "estimator",
            "notebook",
            "running",
            "api",
            "mean_field_theory",
            "probing",
            "recommending",
            "atlas",
            "lab",
            "torch",
        ),
        (),
    ),
    (9, ("cli",), ("click", "tqdm")),
    (10, ("__main__",), ()),
)

# Libraries that one package alone may import.
LIBRARIES_OF_ONE = {
    "theory": ("scipy.optimize",),
    "config": ("pydantic", "pydantic_core", "yaml"),
    "experiment": ("distributed", "pydantic"),
    "stats": ("scipy",),
    "figures": ("matplotlib", "PIL"),
    "nn": ("numba",),
    "data": ("pandas",),
    "auditing": ("h5py", "torch"),
    "results": ("pandas",),
    "tracking": ("tensorboard", "mlflow"),
    "torch": ("torch",),
}

# Packages that may import less of initbench than all that lies below.
LOWEST_LAYERS_ONLY = {
    "results": (0, 1),
    "figures": (0, 1, 4),
    "report": (0, 1, 4),
    "tracking": (0, 1, 4),
}

# Packages that import another of their own layer.
BESIDE = {
    "options": ("registry",),
    "machine": ("formatting",),
    "tables": ("formatting",),
    "claims": ("registry", "stats"),
    "nn": ("theory",),
    "report": ("figures",),
    "exporting": ("report",),
    "running": ("probing",),
    "api": ("notebook", "probing", "running"),
    "atlas": ("mean_field_theory",),
    "recommending": ("atlas", "probing"),
    "torch": ("probing", "recommending"),
}

LAYER_OF = {package: layer for layer, packages, _ in LAYERS for package in packages}
FRONT = 8.5  # initbench itself, which offers what api and estimator define


def imported_names(source):
    """Yield each node that imports, and the full name of each thing that it imports."""
    package = source.name if source.path.endswith("__init__.py") else source.name.rpartition(".")[0]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            yield from ((node, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and re.fullmatch(
            r"(importlib\.)?import_module|__import__", ast.unparse(node.func)
        ):
            yield from ((node, name.value) for name in node.args if isinstance(name, ast.Constant))


def may_import(importer, imported):
    """Tell whether a module of one name may import something of another."""
    root, _, rest = imported.partition(".")
    if root == "initbench":
        return _may_import_package(_package(importer), rest.partition(".")[0])
    return root in sys.stdlib_module_names or _may_import_library(_package(importer), imported)


def _package(module):
    """Return the package of the table to which a module belongs; none for initbench itself."""
    return module.partition(".")[2].partition(".")[0]


def _may_import_package(importer, imported):
    if importer == imported or imported in BESIDE.get(importer, ()):
        return True
    own, other = LAYER_OF.get(importer, FRONT), LAYER_OF.get(imported, FRONT)
    return other < own and other in LOWEST_LAYERS_ONLY.get(importer, [other])


def _may_import_library(importer, imported):
    own = LAYER_OF.get(importer, FRONT)
    known = [name for layer, _, names in LAYERS if layer <= own for name in names]
    known += LIBRARIES_OF_ONE.get(importer, ())
    return any(f"{imported}.".startswith(f"{name}.") for name in known)


def violations(source):
    """Return the imports of a module that the table forbids, each with its place."""
    return [
        f"{source.at(node)}: {source.name} may not import {name}"
        for node, name in imported_names(source)
        if not may_import(source.name, name)
    ]


def test_imports_go_downwards_only(sources):
    """No module imports what the table of layers forbids it."""
    found = [violation for source in sources for violation in violations(source)]
    assert not found, "\n".join(found)


def test_every_module_has_a_layer(sources):
    """The table names all packages, and no others."""
    packages = {_package(source.name) for source in sources} - {""}
    assert packages == set(LAYER_OF)


def test_the_documented_table_is_the_one_that_is_tested(architecture_page):
    """Packages and libraries stand in the same layers in docs/architecture.md."""
    row = re.compile(r"^\| (\d+) \| (.*) \| (.*?) ?\|$", re.MULTILINE)
    documented = [
        (
            int(layer),
            set(re.findall(r"`(\w+)`", packages)),
            set(re.findall(r"[A-Za-z]\w*(?:\.[a-z]+)?", libraries)) & _documented_libraries(LAYERS),
        )
        for layer, packages, libraries in row.findall(architecture_page)
    ]
    tested = [(each[0], set(each[1]), _documented_libraries([each])) for each in LAYERS]
    assert documented == tested


def _documented_libraries(layers):
    """Return the libraries of some layers; pydantic_core is a part of pydantic."""
    of_all = {name for _, _, names in layers for name in names}
    of_one = {
        name
        for _, packages, _ in layers
        for package in packages
        for name in LIBRARIES_OF_ONE.get(package, ())
    }
    return (of_all | of_one) - {"pydantic_core"}


def circle(sources):
    """Return modules that import each other in a circle, the first also at the end, or nothing.

    What a package only hands on is imported from the module that defines it.
    """
    by_name = {source.name: source for source in sources}

    def defining(name):
        if name in by_name and not by_name[name].path.endswith("__init__.py"):
            return name
        package, _, last = name.rpartition(".")
        if package not in by_name:
            return None
        if by_name[package].path.endswith("__init__.py"):
            handed_on = (full for _, full in imported_names(by_name[package]) if full != name)
            for full in handed_on:
                if full.rpartition(".")[2] == last and full.startswith("initbench."):
                    return defining(full)
        return package

    graph = {
        source.name: {found for _, name in imported_names(source) if (found := defining(name))}
        for source in sources
        if not source.path.endswith("__init__.py")
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_modules_import_each_other_in_a_circle(sources):
    """Not even inside functions."""
    assert circle(sources) == []


def test_a_circle_is_found_through_a_package(a_source):
    """The module that defines a name counts, not the package that hands it on."""
    package = parse(
        "initbench.nn", "initbench/nn/__init__.py", "from initbench.nn.mlp import MLP as MLP"
    )
    mlp = a_source("initbench.nn.mlp", "def f():\n    from initbench.nn.layers import g")
    layers = a_source("initbench.nn.layers", "from initbench.nn import MLP")
    assert set(circle([package, mlp, layers])) == {"initbench.nn.mlp", "initbench.nn.layers"}


FORBIDDEN = {
    "upwards": ("initbench.nn.mlp", "from initbench.initializers import bind"),
    "sideways": ("initbench.nn.mlp", "from initbench.data import DATASETS"),
    "theory: networks": ("initbench.theory.quadrature", "from initbench.nn import bind_activation"),
    "a package as a name": ("initbench.data.toy", "from initbench import nn"),
    "the front": ("initbench.report.table", "from initbench import run"),
    "the front as a whole": ("initbench.report.table", "import initbench"),
    "inside a function": ("initbench.nn.mlp", "def f():\n    import initbench.api"),
    "for type checkers": (
        "initbench.nn.mlp",
        "if TYPE_CHECKING:\n    from initbench.results import Results",
    ),
    "relative": ("initbench.nn.mlp", "from ..results import store"),
    "by name at run time": ("initbench.nn.mlp", "importlib.import_module('initbench.api')"),
    "results: above the names": ("initbench.results.metrics", "import initbench.initializers"),
    "claims: runs on disk": ("initbench.claims.verdict", "from initbench.results import Results"),
    "figures: config": ("initbench.figures.summaries", "from initbench.config import loading"),
    "figures: report": ("initbench.figures.summaries", "from initbench.report import table"),
    "report: schemes": ("initbench.report.table", "from initbench.initializers import bind"),
    "api from a command's neighbour": ("initbench.api", "from initbench import cli"),
    "pydantic": ("initbench.results.outline", "from pydantic import BaseModel"),
    "yaml above experiment": ("initbench.api", "import yaml"),
    "matplotlib in a report": ("initbench.report.pictures", "import matplotlib.pyplot as plt"),
    "trackers: schemes": ("initbench.tracking.runs", "from initbench.initializers import bind"),
    "mlflow in a report": ("initbench.report.table", "from mlflow import MlflowClient"),
    "click in the core": ("initbench.api", "import click"),
    "tqdm in the core": ("initbench.experiment.dispatch", "from tqdm import tqdm"),
    "scipy too low": ("initbench.nn.losses", "from scipy import stats"),
    "a library that nobody asked for": ("initbench.cli", "import pandas"),
    "a name that begins alike": ("initbench.nn", "import numpydoc"),
}


@pytest.mark.parametrize(("name", "text"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_rule_finds(name, text, a_source):
    """A forbidden import is reported with file, line and name, wherever it hides."""
    [violation] = violations(a_source(name, f'"""A module."""\n{text}\n'))
    line = 1 + len(text.splitlines())
    assert violation.startswith(f"{name.replace('.', '/')}.py:{line}: {name} may not import ")


ALLOWED = {
    "downwards": ("initbench.nn.mlp", "from initbench.arrays import FloatArray"),
    "theory beside networks": ("initbench.nn.x", "from initbench.theory import normal_mean"),
    "within a package": ("initbench.nn.mlp", "from initbench.nn.activations import Activation"),
    "beside, where the table says so": (
        "initbench.report.x",
        "from initbench.figures.drawing import render",
    ),
    "the front lazily": ("initbench", "from initbench.api import run"),
    "the front from above": ("initbench.cli.run", "import initbench"),
    "standard library": ("initbench.errors", "import json"),
    "a part of a library": ("initbench.nn.losses", "from scipy.special import expit"),
}


@pytest.mark.parametrize(("name", "text"), ALLOWED.values(), ids=ALLOWED)
def test_the_rule_passes(name, text, a_source):
    """What the table allows is not reported."""
    assert violations(a_source(name, text)) == []
