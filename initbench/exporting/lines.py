"""Lines to paste: code that initializes a network in a framework, or the command to export it."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Final

from initbench.errors import UsageError
from initbench.initializers import Initialization, specs_of
from initbench.initializers.laws import constant
from initbench.initializers.layers import changed_options
from initbench.initializers.spellings import FRAMEWORKS
from initbench.nn import Architecture
from initbench.options import OptionValue
from initbench.registry import advice_for

DEFAULT: Final = "torch:linear"
"""The scheme that a Linear layer of PyTorch draws by itself, biases included."""

_STATEMENTS: Final[Mapping[str, str]] = {
    "torch": "{}",
    "keras": "w.assign({}(w.shape))",
    "jax": "w = {}(key, w.shape)",
}
"""The statement that applies an initializer to the weight `w` of a layer."""


_TORCH: Final = """
for layer in model.modules():
    if isinstance(layer, torch.nn.Linear):
        {}
"""

_KERAS: Final = """\
import keras

for layer in model.layers:
    if isinstance(layer, keras.layers.Dense):
        layer.kernel.assign({}(layer.kernel.shape))
        layer.bias.assign(keras.ops.zeros(layer.bias.shape))
learning_rate = {}"""

_JAX: Final = """\
import jax
import jax.numpy as jnp

sizes = ({})
keys = jax.random.split(jax.random.key(0), len(sizes) - 1)
initializer = {}
parameters = [
    (initializer(key, (fan_in, fan_out)), jnp.zeros(fan_out))
    for key, fan_in, fan_out in zip(keys, sizes[:-1], sizes[1:])
]
learning_rate = {}"""

_TORCH_OPTIMIZERS: Final[Mapping[str, str]] = {
    "sgd": "torch.optim.SGD(model.parameters(), lr={})",
    "momentum": "torch.optim.SGD(model.parameters(), lr={}, momentum=0.9)",
    "nesterov": "torch.optim.SGD(model.parameters(), lr={}, momentum=0.9, nesterov=True)",
    "rmsprop": "torch.optim.RMSprop(model.parameters(), lr={})",
    "adagrad": "torch.optim.Adagrad(model.parameters(), lr={})",
    "adam": "torch.optim.Adam(model.parameters(), lr={})",
    "adamw": "torch.optim.AdamW(model.parameters(), lr={})",
    "lion": "torch.optim.Adam(model.parameters(), lr={})  # PyTorch has no Lion",
}
"""Of PyTorch, for the optimizers of the catalogue, their other options at the defaults."""


def paste_line(
    scheme: Initialization,
    framework: str,
    network: Architecture | None = None,
    dataset: str = "",
    plugins: Sequence[str] = (),
) -> str:
    """Return one line that initializes a layer's weight `w` in a framework.

    The line draws from the scheme's law with the framework's own initializer. If the framework has
    none, the line is the command that exports the weights, and Python that loads them.

    Parameters
    ----------
    scheme : Initialization
    framework : {"torch", "keras", "jax"}
    network : Architecture, optional
        The network to export; without it, the command has placeholders (``…``).
    dataset : str
        The data that the scheme looks at; noise if it is empty.
    plugins : sequence of str
        Files that define your own schemes.

    Raises
    ------
    UsageError
        The framework is unknown.

    Examples
    --------
    >>> from initbench.initializers import bind
    >>> paste_line(bind("random", std=0.05), "torch")
    'torch.nn.init.normal_(w, std=0.05)'
    >>> paste_line(bind("lsuv"), "jax")
    'initbench export --init lsuv --layers … --activation … --format jax -o start.py'
    """
    if framework not in FRAMEWORKS:
        advice = advice_for(str(framework), FRAMEWORKS)
        raise UsageError(f"unknown framework {framework!r}. {advice}")
    spelling = scheme.spellings.get(framework)
    if spelling is not None:
        return _STATEMENTS[framework].format(spelling)
    return _command(scheme, framework, network, dataset, plugins)


def _command(
    scheme: Initialization,
    framework: str,
    network: Architecture | None,
    dataset: str,
    plugins: Sequence[str],
) -> str:
    """Return the command that exports a network with its weights."""
    own = _named(scheme.initializer.name, scheme.changed_options)
    layers, activation = "…", "…"
    if network is not None:
        bound = network.activation
        layers = ",".join(map(str, network.sizes))
        activation = shlex.quote(_named(bound.name, dict(changed_options(bound))))
    words = ["initbench export --init", shlex.quote(own)]
    words += ["--layers", layers, "--activation", activation]
    if dataset and scheme.initializer.adapt is not None:
        words += ["--dataset", shlex.quote(dataset)]
    if not scheme.is_of_the_catalogue:
        words += [f"--plugin {shlex.quote(plugin)}" for plugin in plugins] or ["--plugin …"]
    return " ".join([*words, "--format", framework, "-o start.py"])


def paste_code(
    scheme: Initialization,
    framework: str,
    network: Architecture,
    *,
    optimizer: str,
    learning_rate: float,
    dataset: str = "",
    plugins: Sequence[str] = (),
) -> str:
    """Return code that initializes a whole network, biases included, and sets its learning rate.

    In PyTorch and Keras it changes a `model` that has the layers of the network; in JAX it makes
    `parameters`. A scheme that PyTorch has not is drawn by `initbench.torch`; for Keras and JAX the
    code is then the command that exports the network with its weights.

    `framework`: {"torch", "keras", "jax"}.
    `optimizer`: of the catalogue of optimizers.
    `dataset`: as in `paste_line`.
    `plugins`: as in `paste_line`.

    Returns
    -------
    str
        Empty if Keras or JAX has no initializer, and the network cannot be exported.
    """
    rate = f"{learning_rate:g}"
    biases = {scheme.bias_law(layer) for layer in specs_of(network)}
    is_spelled = framework in scheme.spellings and biases == {constant(0.0)}
    is_default = framework == "torch" and scheme.initializer.name == DEFAULT
    if framework == "torch":
        if is_default:
            body = _TORCH.format("layer.reset_parameters()")
        elif is_spelled:
            call = scheme.spellings[framework].replace("(w", "(layer.weight")
            zero = "if layer.bias is not None:\n            torch.nn.init.zeros_(layer.bias)"
            body = _TORCH.format(f"{call}\n        {zero}")
        else:
            body = _own_torch(scheme, network, plugins)
        return f"import torch\n{body}optimizer = {_TORCH_OPTIMIZERS[optimizer].format(rate)}"
    if not is_spelled:
        if network.residual is not None or network.normalization != "none" or not network.bias:
            return ""
        command = _command(scheme, framework, network, dataset, plugins)
        return f"{command}  # defines the network; its learning rate is {rate}"
    if framework == "keras":
        return _KERAS.format(scheme.spellings[framework], rate)
    return _JAX.format(", ".join(map(str, network.sizes)), scheme.spellings[framework], rate)


def _own_torch(scheme: Initialization, network: Architecture, plugins: Sequence[str]) -> str:
    """Return code for a scheme that PyTorch has no function for."""
    entry = scheme.initializer
    options = scheme.changed_options
    named = {"name": entry.name, **options} if options else entry.name
    comment = arguments = indent = ""
    if entry.adapt is not None or network.residual is not None:
        arguments = ", batch=batch"
        comment = "# batch: inputs and targets of your training data, such as the first 256.\n"
    if entry.branch_scale != 1.0:
        arguments += ", branch_scales='*scale*'"
        comment += (
            "# branch_scales: the pattern of the learned factors of your residual branches.\n"
        )
    imports = "import initbench.torch\n"
    if not scheme.is_of_the_catalogue:
        imports += "from initbench.initializers import INITIALIZERS\n"
        comment += f"with INITIALIZERS.including({list(plugins)!r}):\n"
        indent = "    "
    call = f"initbench.torch.initialize_(model, {named!r}, seed=0{arguments})"
    return f"{imports}\n{comment}{indent}{call}\n"


def _named(name: str, options: Mapping[str, OptionValue]) -> str:
    """Return an entry as it is written in a config."""
    parts = [f"{option}: {json.dumps(value)}" for option, value in options.items()]
    return f"{{{', '.join([f'name: {name}', *parts])}}}" if parts else name
