"""Expressions and modules of the frameworks for the activations of hidden layers.

In Keras and JAX an activation is an expression in `x`. In PyTorch it is a module or, if there is no
such module, an expression too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from initbench.nn import BoundActivation


@dataclass(frozen=True)
class Spelled:
    """One activation in each framework; in the table below, with fields for its options."""

    torch: str
    keras: str
    jax: str

    @property
    def is_module(self) -> bool:
        """Whether PyTorch has a module for the activation."""
        return self.torch.startswith("nn.")


def spelled(activation: BoundActivation) -> Spelled:
    """Return the code of an activation, with its options, in each framework."""
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
