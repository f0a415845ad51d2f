"""Keras, on JAX, draws and loads what initbench exports."""

import os

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

pytestmark = [
    pytest.mark.frameworks,
    # Keras 3.15 asks NumPy for a copy in a way that NumPy 2.4 is about to refuse.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(scope="module", autouse=True)
def _keras():
    """Import Keras, here alone, so that tests can be selected without it."""
    global keras  # noqa: PLW0603 - as an import at the top would
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip(os.environ["KERAS_BACKEND"])
    keras = pytest.importorskip("keras")


def weights_of(names):
    """Return the kernels and biases of a snippet's network."""
    return [tuple(layer.get_weights()) for layer in names["network"].layers]


def outputs_of(names, inputs):
    """Return what a snippet's network makes of inputs."""
    return keras.ops.convert_to_numpy(names["network"](inputs))


@pytest.mark.parametrize("law", spelled_laws("keras"))
def test_a_line_draws_from_the_law_of_the_scheme(law):
    """At unequal fans, where a swapped fan would show."""
    keras.utils.set_random_seed(0)

    def draw(fan_in, fan_out):
        w = keras.Variable(np.zeros((fan_in, fan_out), np.float32))
        exec(paste_line(law, "keras"), {"keras": keras, "w": w})  # noqa: S102 - the line is ours
        return keras.ops.convert_to_numpy(w)

    check_line(law, draw)


@pytest.mark.parametrize("init", ["he", "orthogonal", "keras:dense"])
def test_a_snippet_that_draws_has_the_law_of_the_scheme(tmp_path, init):
    """All layers, biases included."""
    check_redrawn("keras", weights_of, tmp_path, init)


@pytest.mark.parametrize(("activation", "options"), activation_cases())
def test_a_snippet_that_loads_is_the_same_network(tmp_path, activation, options):
    """Its weights are those of the file, and its outputs those of initbench's network."""
    check_loaded("keras", weights_of, outputs_of, tmp_path, activation, **options)
