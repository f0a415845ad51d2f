"""Snippets: Python that builds a whole network with its initial weights.

Python for a network draws with the framework's own initializer if that has the scheme's law and
biases are zero at first; otherwise it loads the weights from the file beside it. It needs the
framework and NumPy, but not initbench.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from initbench.errors import UsageError
from initbench.exporting.lines import DEFAULT
from initbench.exporting.starts import Start
from initbench.formatting import printable
from initbench.initializers.laws import constant
from initbench.initializers.spellings import FRAMEWORKS
from initbench.initializers.weightfiles import encode_layers
from initbench.nn import BoundActivation
from initbench.nn.activations import transformation
from initbench.registry import advice_for
from initbench.results import files

NPZ: Final = "npz"
FORMATS: Final = (NPZ, *FRAMEWORKS)

_SHADOWS: Final = {"jax", "keras", "numpy", "pathlib", "torch"}
"""Modules that a snippet imports; a snippet with such a name would shadow them."""


_MODULE: Final = """

class Activation(nn.Module):
    def forward(self, x):
        return {}

"""

_LINEAR: Final = "\nlinear = [layer for layer in network if isinstance(layer, nn.Linear)]\n"

_SEED_LIMIT: Final = 2**32
"""Seeds of Keras are less than this."""


@dataclass(frozen=True)
class Spelled:
    """The code of an activation in each framework; in the table below, with fields for options.

    In Keras and JAX it is an expression in `x`. In PyTorch it is a module or, if there is no such
    module, an expression too.
    """

    torch: str
    keras: str
    jax: str

    @property
    def is_module(self) -> bool:
        """Whether PyTorch has a module for the activation."""
        return self.torch.startswith("nn.")


def _spelled(activation: BoundActivation) -> Spelled:
    """Return the code of an activation, with its options, in each framework."""
    if shaped := transformation(activation):
        base, constants = shaped
        spelled = _spelled(base)
        torch = f"{spelled.torch}(x)" if spelled.is_module else spelled.torch
        inside = f"({constants.input_scale!r} * x + {constants.input_shift!r})"
        outside = f"{constants.output_scale!r} * ({{}} + {constants.output_shift!r})"
        texts = (torch, spelled.keras, spelled.jax)
        return Spelled(*(outside.format(re.sub(r"\bx\b", inside, text)) for text in texts))
    entry = _ACTIVATIONS[activation.name]
    texts = (entry.torch, entry.keras, entry.jax)
    return Spelled(*(text.format(**activation.options) for text in texts))


_ACTIVATIONS: Final[Mapping[str, Spelled]] = {
    "linear": Spelled("nn.Identity()", "x", "x"),
    "relu": Spelled("nn.ReLU()", "keras.activations.relu(x)", "jax.nn.relu(x)"),
    "leaky_relu": Spelled(
        "nn.LeakyReLU({slope!r})",
        "keras.activations.leaky_relu(x, negative_slope={slope!r})",
        "jax.nn.leaky_relu(x, {slope!r})",
    ),
    "hard_tanh": Spelled("nn.Hardtanh()", "keras.ops.clip(x, -1.0, 1.0)", "jax.nn.hard_tanh(x)"),
    "abs": Spelled("torch.abs(x)", "keras.ops.abs(x)", "jnp.abs(x)"),
    "elu": Spelled(
        "nn.ELU({alpha!r})",
        "keras.activations.elu(x, alpha={alpha!r})",
        "jax.nn.elu(x, {alpha!r})",
    ),
    "selu": Spelled("nn.SELU()", "keras.activations.selu(x)", "jax.nn.selu(x)"),
    "softplus": Spelled("nn.Softplus()", "keras.activations.softplus(x)", "jax.nn.softplus(x)"),
    "tanh": Spelled("nn.Tanh()", "keras.activations.tanh(x)", "jnp.tanh(x)"),
    "scaled_tanh": Spelled(
        "1.7159 * torch.tanh(2.0 / 3.0 * x)",
        "1.7159 * keras.ops.tanh(2.0 / 3.0 * x)",
        "1.7159 * jnp.tanh(2.0 / 3.0 * x)",
    ),
    "sigmoid": Spelled("nn.Sigmoid()", "keras.activations.sigmoid(x)", "jax.nn.sigmoid(x)"),
    "softsign": Spelled("nn.Softsign()", "keras.activations.softsign(x)", "jax.nn.soft_sign(x)"),
    "gelu": Spelled(
        "nn.GELU()",
        "keras.activations.gelu(x, approximate=False)",
        "jax.nn.gelu(x, approximate=False)",
    ),
    "silu": Spelled("nn.SiLU()", "keras.activations.silu(x)", "jax.nn.silu(x)"),
    "mish": Spelled("nn.Mish()", "keras.activations.mish(x)", "jax.nn.mish(x)"),
    "sin": Spelled(
        "torch.sin({omega!r} * x)", "keras.ops.sin({omega!r} * x)", "jnp.sin({omega!r} * x)"
    ),
}


def redraws(start: Start, framework: str) -> bool:
    """Return whether a framework's own initializers have the law of these initial weights."""
    scheme = start.scheme
    if framework == "torch" and scheme.initializer.name == DEFAULT:
        return True
    has_biases = any(scheme.bias_law(layer) != constant(0.0) for layer in start.layers)
    return framework in scheme.spellings and not has_biases


def snippet(start: Start, framework: str, weights: str = "") -> str:
    """Return Python that builds the network in a framework and sets its initial weights.

    `framework`: {"torch", "keras", "jax"}.
    `weights`: name of the file of weights beside the snippet; only needed where the snippet loads
    it.
    """
    initializer = start.scheme.spellings[framework] if redraws(start, framework) else ""
    write = {"torch": _torch, "keras": _keras, "jax": _jax}[framework]
    return write(start, initializer, weights)


def _jax(start: Start, initializer: str, weights: str) -> str:
    """Return a snippet for JAX: weights and biases, and the function that applies them."""
    sizes = start.architecture.sizes
    if initializer:
        imports = "import jax\nimport jax.numpy as jnp\n"
        parameters = f"""\
sizes = [{", ".join(map(str, sizes))}]
initializer = {initializer}
keys = jax.random.split(jax.random.key({start.seed}), len(sizes) - 1)
parameters = [
    (initializer(key, (fan_in, fan_out)), jnp.zeros(fan_out))
    for key, fan_in, fan_out in zip(keys, sizes[:-1], sizes[1:])
]
"""
    else:
        imports = (
            "from pathlib import Path\n\nimport jax\nimport jax.numpy as jnp\nimport numpy as np\n"
        )
        parameters = f"""\
{_reading(weights)}parameters = [
    (jnp.asarray(arrays[f"W{{number}}"]), jnp.asarray(arrays[f"b{{number}}"]))
    for number in range(1, {len(sizes)})
]
"""
    return f"""\
{_heading(start, initializer)}
{imports}

{_activation_function(_spelled(start.architecture.activation).jax)}

def network(parameters, x):
    *hidden, (last_w, last_b) = parameters
    for w, b in hidden:
        x = activation(x @ w + b)
    return x @ last_w + last_b


{parameters}"""


def _keras(start: Start, initializer: str, weights: str) -> str:
    """Return a snippet for Keras 3: a Sequential of Dense layers, with kernels (in, out).

    An initializer of Keras draws the same numbers each time it is called, so each layer has its
    own.
    """
    if initializer:
        imports = "import keras\n"
        before = f"""\
def initializer():
    return {initializer}


keras.utils.set_random_seed({start.seed % _SEED_LIMIT})
"""
        after, kernel = "", ", kernel_initializer=initializer()"
    else:
        imports = "from pathlib import Path\n\nimport keras\nimport numpy as np\n"
        before = kernel = ""
        after = f"""\

{_reading(weights)}for number, layer in enumerate(network.layers, start=1):
    layer.set_weights([arrays[f"W{{number}}"], arrays[f"b{{number}}"]])
"""
    inputs, *hidden, outputs = start.architecture.sizes
    layers = [f"keras.layers.Dense({units}, activation=activation{kernel})" for units in hidden]
    layers.append(f"keras.layers.Dense({outputs}{kernel})")
    return f"""\
{_heading(start, initializer)}
{imports}

{_activation_function(_spelled(start.architecture.activation).keras)}

{before}network = keras.Sequential(
    [
        keras.Input(({inputs},)),
{"".join(f"        {layer},{chr(10)}" for layer in layers)}    ]
)
{after}"""


def _torch(start: Start, initializer: str, weights: str) -> str:
    """Return a snippet for PyTorch: a Sequential of Linear layers, with weights (out, in)."""
    if initializer and start.scheme.initializer.name == DEFAULT:
        after = ""
    elif initializer:
        after = f"""\
{_LINEAR}for layer in linear:
    w, b = layer.weight, layer.bias
    {initializer}
    torch.nn.init.zeros_(b)
"""
    else:
        after = f"""\
{_LINEAR}{_reading(weights)}with torch.no_grad():
    for number, layer in enumerate(linear, start=1):
        layer.weight.copy_(torch.from_numpy(arrays[f"W{{number}}"].T))  # (in, out) in the file
        layer.bias.copy_(torch.from_numpy(arrays[f"b{{number}}"]))
"""
    imports = "" if initializer else "from pathlib import Path\n\nimport numpy as np\n"
    seeding = f"torch.manual_seed({start.seed})\n" if initializer else ""
    activation = _spelled(start.architecture.activation)
    definition = "" if activation.is_module else _MODULE.format(activation.torch)
    between = f"    {activation.torch if activation.is_module else 'Activation()'},\n"
    sizes = pairwise(start.architecture.sizes)
    linear = [f"    nn.Linear({fan_in}, {fan_out}),\n" for fan_in, fan_out in sizes]
    return f"""\
{_heading(start, initializer)}
{imports}import torch
from torch import nn
{definition}
{seeding}network = nn.Sequential(
{between.join(linear)})
{after}"""


def _heading(start: Start, initializer: str) -> str:
    """Return what a snippet builds and where its weights come from, as comments."""
    scheme, sizes = start.scheme, start.architecture.sizes
    activation = start.architecture.activation
    options = "".join(f", {name} {value}" for name, value in activation.options.items())
    described = [f"{key} {value}" for key, value in scheme.options.items()]
    origin = (
        "Drawn by the framework, from the same law as in initbench."
        if initializer
        else f"Loaded: initbench made the weights with seed {start.seed}."
    )
    lines = [
        f"Layers {', '.join(map(str, sizes))} with {activation.name}{options} between them.",
        f"Scheme: {', '.join([scheme.initializer.name, *described])}",
        f"Law: {scheme.initializer.formula or 'not stated'}",
        origin,
    ]
    return "".join(f"# {printable(line)}\n" for line in lines)


def _reading(weights: str) -> str:
    """Return the statement that reads the weights, nothing of which is unpickled."""
    return f"""\
with np.load(Path(__file__).with_name({weights!r}), allow_pickle=False) as file:
    arrays = dict(file)
"""


def _activation_function(expression: str) -> str:
    """Return the definition of the activation as a function."""
    return f"""\
def activation(x):
    return {expression}
"""


# --- Files: weights, or a snippet with the weights that it loads ----------------------------------


@dataclass(frozen=True)
class Export:
    """The result of an export.

    Attributes
    ----------
    text : str
        The snippet, if no file was named; else empty.
    files : tuple of Path
        Files that were written.
    """

    text: str
    files: tuple[Path, ...]


def export_start(start: Start, form: str, output: Path | None = None) -> Export:
    """Write the weights of a network, or Python that builds it.

    Parameters
    ----------
    start : Start
    form : {"npz", "torch", "keras", "jax"}
    output : Path, optional
        An ``.npz`` for weights, a ``.py`` for a snippet. A snippet that draws needs none. The
        weights of a snippet that loads them are written beside it, with the suffix ``.npz``.

    Raises
    ------
    UsageError
        The format is unknown, or the output file is missing or has an unsuitable name.
    StorageError
        The file cannot be written.
    """
    if form not in FORMATS:
        raise UsageError(f"unknown format {form!r}. {advice_for(str(form), FORMATS)}")
    ending = ".npz" if form == NPZ else ".py"
    if output is not None and output.suffix != ending:
        raise UsageError(f"{output}: a file of the format {form} must end in {ending}")
    if output is not None and ending == ".py" and output.stem in _SHADOWS:
        raise UsageError(
            f"{output}: a file of this name would be imported instead of {output.stem}; choose"
            " another name"
        )
    if form != NPZ and redraws(start, form):
        text = snippet(start, form)
        return Export(text, ()) if output is None else _written({output: text.encode()})
    if output is None:
        if form == NPZ:
            reason = "an .npz is binary, so it has to be written to a file"
        else:
            name = start.scheme.initializer.name
            reason = (
                f"{form} has no initializer with the law of {name}, so the weights have"
                " to be written to a file"
            )
        raise UsageError(f"{reason}: say where with --output (-o), as -o start{ending}")
    weights = encode_layers(start.weights)
    if form == NPZ:
        return _written({output: weights})
    beside = output.with_suffix(".npz")
    return _written({beside: weights, output: snippet(start, form, beside.name).encode()})


def _written(contents: dict[Path, bytes]) -> Export:
    for path, data in contents.items():
        files.make_folder(path.parent)
        files.write_atomically(path, data)
    return Export("", tuple(contents))
