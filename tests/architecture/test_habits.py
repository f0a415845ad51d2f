"""Habits of the core: it never prints, and draws only from generators that it was handed."""

import ast

import pytest

# What numpy.random offers that holds no state of the process.
STATELESS = {"Generator", "SeedSequence", "default_rng"}

# What may touch such a state: who repeats what scikit-learn draws, from a RandomState of its own
# for each call, and who sees to it that nobody else touches the shared one.
EXEMPT = {
    "initbench.data.toy": (": np.random.RandomState",),
    "initbench.initializers.own": (
        ": import random",
        ": np.random.get_state",
        ": np.random.set_state",
    ),
}


def prints(source):
    """Return where a module writes to the terminal."""
    return [
        f"{source.at(node)}: {ast.unparse(node)}"
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Call) and ast.unparse(node.func) == "print")
        or (isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr"})
    ]


def global_draws(source):
    """Return where a module touches a random state that the whole process shares."""
    return [
        f"{source.at(node)}: {ast.unparse(node)}"
        for node in ast.walk(source.tree)
        if _uses_global_state(node)
    ]


def _uses_global_state(node):
    if isinstance(node, ast.Attribute):
        return ast.unparse(node.value) in {"np.random", "numpy.random"} and (
            node.attr not in STATELESS
        )
    if isinstance(node, ast.ImportFrom):
        names = {alias.name for alias in node.names}
        return node.module == "random" or (node.module == "numpy.random" and names - STATELESS)
    if isinstance(node, ast.Import):
        return any(alias.name == "random" for alias in node.names)
    is_unseeded = isinstance(node, ast.Call) and not (node.args or node.keywords)
    return is_unseeded and ast.unparse(node.func).rpartition(".")[2] == "default_rng"


def eager_scipy(source):
    """Return where a module imports SciPy as it is imported itself."""
    inside = {
        id(node)
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
    }
    return [
        f"{source.at(node)}: {ast.unparse(node)}"
        for node in ast.walk(source.tree)
        if id(node) not in inside
        and isinstance(node, ast.Import | ast.ImportFrom)
        and "scipy" in ast.unparse(node)
    ]


def test_scipy_is_imported_by_the_functions_that_compute_with_it(sources):
    """Importing it takes as long as importing NumPy, and most commands do without."""
    found = [place for source in sources for place in eager_scipy(source)]
    assert not found, "\n".join(found)


def test_the_core_never_prints(sources):
    """Only the command line writes to the terminal."""
    core = [source for source in sources if not source.name.startswith("initbench.cli")]
    found = [place for source in core for place in prints(source)]
    assert not found, "\n".join(found)


def test_nothing_draws_from_a_shared_state(sources):
    """No module uses random numbers that another part of the process could move."""
    found = [
        place
        for source in sources
        for place in global_draws(source)
        if not place.endswith(EXEMPT.get(source.name, ("nothing",)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["import scipy.special", "from scipy import stats"])
def test_the_rule_finds_an_eager_import_of_scipy(text, a_source):
    """Inside a function the same line is fine."""
    assert eager_scipy(a_source("initbench.api", text))
    assert not eager_scipy(a_source("initbench.api", f"def compute():\n    {text}"))


@pytest.mark.parametrize("text", ["print('done')", "sys.stderr.write('done')"])
def test_the_rule_finds_a_print(text, a_source):
    """Both ways to write to the terminal are found, with their line."""
    [place] = prints(a_source("initbench.api", f"\n{text}"))
    assert place.startswith("initbench/api.py:2: ")


@pytest.mark.parametrize(
    "text",
    [
        "np.random.seed(0)",
        "np.random.standard_normal(3)",
        "numpy.random.RandomState(0)",
        "from numpy.random import normal",
        "import random",
        "from random import shuffle",
        "np.random.default_rng()",
    ],
)
def test_the_rule_finds_a_shared_state(text, a_source):
    """Every way to a random state that is not one's own is found, with its line."""
    [place] = global_draws(a_source("initbench.nn.mlp", f"\n{text}"))
    assert place.startswith("initbench/nn/mlp.py:2: ")


def test_a_name_or_a_docstring_is_no_offence(a_source):
    """A scheme may be called random, and an example may print."""
    text = 'def random(rng):\n    """>>> print(1)"""\n    return np.random.default_rng(0)'
    source = a_source("initbench.nn.mlp", text)
    assert prints(source) == global_draws(source) == []
