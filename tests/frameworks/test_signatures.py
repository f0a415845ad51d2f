"""Every initializer of an installed framework is known here, with its options and its defaults."""

import inspect
import os

import pytest

from initbench.initializers import INITIALIZERS

pytestmark = pytest.mark.frameworks

UNRELATED = {
    *("tensor", "generator", "seed", "dtype"),
    *("in_axis", "out_axis", "batch_axis", "column_axis", "input_axes", "output_axes"),
}
"""Parameters that say nothing of the law of a dense layer."""

NOT_FOR_DENSE = {"dirac_", "delta_orthogonal", "STFT", "STFTInitializer", "stft"}
"""Initializers of convolutions and of Fourier layers."""


def torch_initializers():
    """Return PyTorch's functions that fill a tensor."""
    init = pytest.importorskip("torch.nn.init")
    names = [name for name in dir(init) if name.endswith("_") and not name.startswith("_")]
    return {f"torch.nn.init.{name}": getattr(init, name) for name in names}


def keras_initializers():
    """Return Keras' classes, each once."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    pytest.importorskip(os.environ["KERAS_BACKEND"])
    module = pytest.importorskip("keras").initializers
    named = {
        name: value
        for name, value in vars(module).items()
        if inspect.isclass(value) and value is not module.Initializer
    }
    camel = {name: value for name, value in named.items() if name == value.__name__}
    return {f"keras.initializers.{name}": value for name, value in camel.items()}


def jax_initializers():
    """Return JAX's functions; zeros and ones are initializers themselves."""
    module = pytest.importorskip("jax.nn.initializers")
    names = [name for name in dir(module) if name.islower() and not name.startswith("_")]
    return {f"jax.nn.initializers.{name}": getattr(module, name) for name in names}


@pytest.mark.parametrize(
    "initializers",
    [torch_initializers, keras_initializers, jax_initializers],
    ids=lambda each: each.__name__,
)
def test_options_and_defaults_are_those_of_the_framework(initializers):
    """A dialect takes what the framework's own initializer takes, with the same defaults."""
    found = initializers()
    assert len(found) > 8
    for name, function in found.items():
        if name.rpartition(".")[2] in NOT_FOR_DENSE:
            continue
        parameters = inspect.signature(function).parameters
        if "key" in parameters:  # JAX's zeros and ones
            parameters = {}
        theirs = {
            each.name: None if each.default is inspect.Parameter.empty else each.default
            for each in dict(parameters).values()
            if each.name not in UNRELATED
        }
        ours = {key: option.default for key, option in INITIALIZERS[name].options.items()}
        assert ours == theirs, name
