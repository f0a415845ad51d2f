"""Code to paste runs as printed, and initializes a whole network as its scheme says."""

import runpy
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from initbench.auditing import audit
from initbench.cli.program import cli
from initbench.exporting import paste_code
from initbench.initializers import INITIALIZERS, bind, specs_of
from initbench.nn import Architecture, bind_activation
from tests.frameworks.laws import CHANCE
from tests.initializers.battery import required_of

pytestmark = pytest.mark.frameworks

SIZES = (64, 96, 48, 10)
NAMES = [
    name
    for name, each in INITIALIZERS.items()
    if "path" not in each.options and not each.requires.residual and each.adapt is None
]
ADAPTED = ["lsuv", "krahenbuhl"]


def network_for(name):
    """Return a network that a scheme is for."""
    allowed = INITIALIZERS[name].requires.activations or ("relu",)
    wanted = "relu" if "relu" in allowed else allowed[0]
    return Architecture(SIZES, bind_activation(wanted))


def code_of(name, framework, **options):
    """Return the code for a scheme, and its network."""
    network = network_for(name)
    scheme = bind(name, **required_of(INITIALIZERS[name])).for_activation(network.activation)
    code = paste_code(
        scheme, framework, network, optimizer="sgd", learning_rate=0.03, dataset="digits", **options
    )
    return code, network, scheme


def torch_model(network):
    """Return the network as a module, whose activation is no matter but to those that ask."""
    torch = pytest.importorskip("torch")

    class Act(torch.nn.Module):
        def forward(self, x):
            return torch.sin(x)

    modules = ("ReLU", "Tanh", "SELU", "Sigmoid")
    act = {name.lower(): getattr(torch.nn, name) for name in modules}
    layers = []
    for fan_in, fan_out in network.layers:
        layers += [torch.nn.Linear(fan_in, fan_out), act.get(network.activation.name, Act)()]
    return torch.nn.Sequential(*layers[:-1])


def accepted(weights, scheme, network):
    """See that the audit has no doubt about weights (fan_in, fan_out) and biases.

    Weights that are not random are those that the scheme draws.
    """
    if scheme.distribution(specs_of(network)[0]) == "deterministic":
        for found, drawn in zip(weights, scheme.draw(specs_of(network), 0), strict=True):
            np.testing.assert_allclose(found[0], drawn[0], atol=1e-6)
        return
    arrays = {}
    for number, (matrix, biases) in enumerate(weights, start=1):
        arrays |= {f"W{number}": np.asarray(matrix), f"b{number}": np.asarray(biases)}
    found = audit(arrays, scheme, activation=network.activation, significance=CHANCE)
    assert found.consistent, [each for each in found.tensors if each.findings]


@pytest.mark.parametrize("name", NAMES)
def test_code_for_pytorch_initializes_a_model_whole(name):
    """Weights and biases pass the audit, and the optimizer has the learning rate."""
    code, network, scheme = code_of(name, "torch")
    model = torch_model(network)
    names = {"model": model}
    exec(code, names)  # noqa: S102 - the code is ours
    assert names["optimizer"].param_groups[0]["lr"] == 0.03
    if scheme.states_law:
        linear = [layer for layer in model if hasattr(layer, "weight")]
        weights = [
            (layer.weight.detach().numpy().T, layer.bias.detach().numpy()) for layer in linear
        ]
        accepted(weights, scheme, network)


@pytest.mark.parametrize("name", ADAPTED)
def test_code_for_schemes_that_look_at_data_takes_a_batch(name):
    """Its layers have outputs of variance one on that batch."""
    torch = pytest.importorskip("torch")
    code, network, _ = code_of(name, "torch")
    torch.manual_seed(0)
    model, batch = torch_model(network), torch.randn(256, 64)
    before = model[0].weight.detach().clone()
    exec(code, {"model": model, "batch": batch})  # noqa: S102 - the code is ours
    assert not model[0].weight.equal(before)


@pytest.mark.parametrize("name", NAMES)
def test_code_for_jax_runs_as_printed(name, tmp_path, monkeypatch):
    """Python is executed; a command exits with 0, and the file it writes holds the weights."""
    pytest.importorskip("jax")
    code, network, scheme = code_of(name, "jax")
    monkeypatch.chdir(tmp_path)
    if code.startswith("initbench "):
        weights = exported(code)["parameters"]
    else:
        names = {}
        exec(code, names)  # noqa: S102 - the code is ours
        weights = names["parameters"]
        assert names["learning_rate"] == 0.03
    if scheme.states_law:
        accepted(weights, scheme, network)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", NAMES)
def test_code_for_keras_runs_as_printed(name, tmp_path, monkeypatch):
    """As that for JAX, on a model of dense layers."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    pytest.importorskip("jax")
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(1)
    code, network, scheme = code_of(name, "keras")
    monkeypatch.chdir(tmp_path)
    if code.startswith("initbench "):
        model = exported(code)["network"]
    else:
        dense = [keras.layers.Dense(fan_out) for _, fan_out in network.layers]
        model = keras.Sequential([keras.Input((SIZES[0],)), *dense])
        exec(code, {"model": model})  # noqa: S102 - the code is ours
    if scheme.states_law:
        accepted([layer.get_weights() for layer in model.layers], scheme, network)


def exported(code):
    """Run the command, and return the names of the file that it writes."""
    command, _, comment = code.partition("  # ")
    assert "0.03" in comment
    result = CliRunner().invoke(cli, shlex.split(command)[1:])
    assert result.exit_code == 0, result.output
    return runpy.run_path(str(Path("start.py").resolve()))


def test_a_data_driven_scheme_is_exported_with_its_data(tmp_path, monkeypatch):
    """Not with noise."""
    pytest.importorskip("jax")
    monkeypatch.chdir(tmp_path)
    code, _, _ = code_of("lsuv", "jax")
    assert "--dataset digits" in code
    assert len(exported(code)["parameters"]) == 3
