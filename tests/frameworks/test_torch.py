"""PyTorch draws and loads what initbench exports."""

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
def _torch():
    """Import PyTorch, here alone, so that tests can be selected without it."""
    global torch  # noqa: PLW0603 - as an import at the top would
    torch = pytest.importorskip("torch")


def weights_of(names):
    """Return the weights of a snippet's network, turned to (in, out)."""
    linear = [layer for layer in names["network"] if isinstance(layer, torch.nn.Linear)]
    return [(layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in linear]


def outputs_of(names, inputs):
    """Return what a snippet's network makes of inputs."""
    with torch.no_grad():
        return names["network"](torch.from_numpy(inputs)).numpy()


@pytest.mark.parametrize("law", spelled_laws("torch"))
def test_a_line_draws_from_the_law_of_the_scheme(law):
    """At unequal fans, where a swapped fan would show."""
    torch.manual_seed(0)

    def draw(fan_in, fan_out):
        w = torch.nn.Linear(fan_in, fan_out).weight
        exec(paste_line(law, "torch"), {"torch": torch, "w": w})  # noqa: S102 - the line is ours
        return w.detach().numpy().T

    check_line(law, draw)


@pytest.mark.parametrize("init", ["he", "orthogonal", "torch:linear"])
def test_a_snippet_that_draws_has_the_law_of_the_scheme(tmp_path, init):
    """All layers, biases included, which for PyTorch's own layer are drawn too."""
    check_redrawn("torch", weights_of, tmp_path, init)


@pytest.mark.parametrize(("activation", "options"), activation_cases())
def test_a_snippet_that_loads_is_the_same_network(tmp_path, activation, options):
    """Its weights are those of the file, and its outputs those of initbench's network."""
    check_loaded("torch", weights_of, outputs_of, tmp_path, activation, **options)
