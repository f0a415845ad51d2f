"""JAX draws and loads what initbench exports."""

import numpy as np
import pytest

from initbench.exporting import paste_line
from tests.frameworks.laws import (
    activation_cases,
    check_line,
    check_loaded,
    check_redrawn,
    spelled_laws,
)

pytestmark = pytest.mark.frameworks


@pytest.fixture(scope="module", autouse=True)
def _jax():
    """Import JAX, here alone, so that tests can be selected without it."""
    global jax  # noqa: PLW0603 - as an import at the top would
    jax = pytest.importorskip("jax")


def weights_of(names):
    """Return the parameters of a snippet."""
    return [(np.asarray(w), np.asarray(b)) for w, b in names["parameters"]]


def outputs_of(names, inputs):
    """Return what a snippet's network makes of inputs."""
    return np.asarray(names["network"](names["parameters"], inputs))


@pytest.mark.parametrize("law", spelled_laws("jax"))
def test_a_line_draws_from_the_law_of_the_scheme(law):
    """At unequal fans, where a swapped fan would show."""

    def draw(fan_in, fan_out):
        names = {"jax": jax, "key": jax.random.key(0), "w": np.zeros((fan_in, fan_out))}
        exec(paste_line(law, "jax"), names)  # noqa: S102 - the line is ours
        return np.asarray(names["w"])

    check_line(law, draw)


@pytest.mark.parametrize("init", ["he", "orthogonal", "flax:dense"])
def test_a_snippet_that_draws_has_the_law_of_the_scheme(tmp_path, init):
    """All layers, biases included."""
    check_redrawn("jax", weights_of, tmp_path, init)


@pytest.mark.parametrize(("activation", "options"), activation_cases())
def test_a_snippet_that_loads_is_the_same_network(tmp_path, activation, options):
    """Its weights are those of the file, and its outputs those of initbench's network."""
    check_loaded("jax", weights_of, outputs_of, tmp_path, activation, **options)
