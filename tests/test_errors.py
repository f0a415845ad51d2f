"""Errors: each knows its exit code, and a config's message shows all that is wrong at once."""

import inspect
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench import errors
from initbench.errors import ConfigError, InitbenchError, Problem
from initbench.options import OptionError
from initbench.results.locking import LockedError
from initbench.results.outline import DamagedOutlineError

EXIT_CODES = {
    "InitbenchError": 1,
    "UsageError": 2,
    "UnknownNameError": 2,
    "SchemeError": 2,
    "ConfigError": 2,
    "CrashedRunsError": 3,
    "StorageError": 4,
    "ClusterError": 4,
}
FAMILY = [
    ConfigError("moons.yaml", [Problem(7, 14, "inits[2]", "is wrong")], "model"),
    OptionError({"std": "must be at least 0, not -1"}),
    errors.UnknownNameError("unknown scheme"),
    errors.SchemeError("mine: drew NaN"),
    errors.CrashedRunsError("2 of 4"),
    errors.ClusterError("lost"),
    DamagedOutlineError("damaged"),
    LockedError("in use"),
]


def test_every_error_has_the_exit_code_that_is_promised():
    """The family has these members, and the command line ends with these codes."""
    family = {
        name: error.exit_code
        for name, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, Exception)
    }
    assert family == EXIT_CODES


@pytest.mark.parametrize("name", EXIT_CODES)
def test_one_clause_catches_the_family(name):
    """Whatever initbench raises on purpose is an InitbenchError."""
    assert issubclass(getattr(errors, name), InitbenchError)


@pytest.mark.parametrize("error", FAMILY, ids=lambda error: type(error).__name__)
def test_errors_can_be_pickled(error):
    """Pickled and read again, it says the same and is of the same kind."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


@pytest.mark.parametrize("name", ["UsageError", "UnknownNameError", "ConfigError"])
def test_a_wrong_argument_is_a_value_error(name):
    """Who knows nothing of initbench catches a wrong argument as Python calls it."""
    assert issubclass(getattr(errors, name), ValueError)


def test_problems_of_a_config_are_listed_by_line():
    """The message names the source, then a line for each problem, as an editor would find them."""
    error = ConfigError(
        "moons.yaml",
        [
            Problem(9, 3, "training.epoch", "unknown key. Did you mean 'epochs'?"),
            Problem(7, 14, "inits[2]", "unknown initializer 'he_norml'."),
            Problem(7, 2, "", "is not YAML"),
        ],
    )
    assert str(error) == (
        "moons.yaml is not a valid experiment\n"
        "  line 7, column 2: is not YAML\n"
        "  line 7, column 14: inits[2]: unknown initializer 'he_norml'.\n"
        "  line 9, column 3: training.epoch: unknown key. Did you mean 'epochs'?"
    )


@given(st.permutations([Problem(line, 1, "name", "is wrong") for line in (0, 1, 2, 10)]))
def test_the_order_in_which_problems_are_found_does_not_matter(problems):
    """One message for one set of problems; those without a line come first."""
    error = ConfigError("x.yaml", problems)
    assert [problem.line for problem in error.problems] == [0, 1, 2, 10]
    assert str(error) == str(ConfigError("x.yaml", problems[::-1]))


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem(3, 4, "seeds", "is wrong"), "line 3, column 4: seeds: is wrong"),
        (Problem(0, 0, "seeds", "is wrong"), "seeds: is wrong"),
        (Problem(3, 4, "", "is wrong"), "line 3, column 4: is wrong"),
        (Problem(0, 0, "", "is wrong"), "is wrong"),
    ],
)
def test_a_problem_has_its_position(problem, text):
    """A position that is not known, or no path, leaves no trace in the message."""
    assert str(problem) == text
