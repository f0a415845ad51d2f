"""What the frameworks call the activations of hidden layers, with options as numbers.

In Keras and JAX it is an expression in `x`. In PyTorch it is a module or, where there is none, an
expression too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from initbench.nn import BoundActivation


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """One activation in each framework."""

    torch: str
    keras: str
    jax: str

    @property
    def is_module(self) -> bool:
        """Whether PyTorch has a module of it."""
        return self.torch.startswith("nn.")


def spelled(activation: BoundActivation) -> Spelled:
    """Return what the frameworks call an activation."""
    return _ACTIVATIONS[activation.name](**activation.options)


def _named(torch: str, keras: str, jax: str = "") -> Spelled:
    return Spelled(
        torch=f"nn.{torch}()",
        keras=f"keras.activations.{keras}(x)",
        jax=f"jax.nn.{jax or keras}(x)",
    )


def _leaky_relu(slope: float) -> Spelled:
    return Spelled(
        torch=f"nn.LeakyReLU({slope!r})",
        keras=f"keras.activations.leaky_relu(x, negative_slope={slope!r})",
        jax=f"jax.nn.leaky_relu(x, {slope!r})",
    )


def _elu(alpha: float) -> Spelled:
    return Spelled(
        torch=f"nn.ELU({alpha!r})",
        keras=f"keras.activations.elu(x, alpha={alpha!r})",
        jax=f"jax.nn.elu(x, {alpha!r})",
    )


def _sin(omega: float) -> Spelled:
    return Spelled(
        torch=f"torch.sin({omega!r} * x)",
        keras=f"keras.ops.sin({omega!r} * x)",
        jax=f"jnp.sin({omega!r} * x)",
    )


_ACTIVATIONS: Final[Mapping[str, Callable[..., Spelled]]] = {
    "linear": lambda: Spelled(torch="nn.Identity()", keras="x", jax="x"),
    "relu": lambda: _named("ReLU", "relu"),
    "leaky_relu": _leaky_relu,
    "hard_tanh": lambda: Spelled(
        torch="nn.Hardtanh()", keras="keras.ops.clip(x, -1.0, 1.0)", jax="jax.nn.hard_tanh(x)"
    ),
    "abs": lambda: Spelled(torch="torch.abs(x)", keras="keras.ops.abs(x)", jax="jnp.abs(x)"),
    "elu": _elu,
    "selu": lambda: _named("SELU", "selu"),
    "softplus": lambda: _named("Softplus", "softplus"),
    "tanh": lambda: Spelled(
        torch="nn.Tanh()", keras="keras.activations.tanh(x)", jax="jnp.tanh(x)"
    ),
    "scaled_tanh": lambda: Spelled(
        torch="1.7159 * torch.tanh(2.0 / 3.0 * x)",
        keras="1.7159 * keras.ops.tanh(2.0 / 3.0 * x)",
        jax="1.7159 * jnp.tanh(2.0 / 3.0 * x)",
    ),
    "sigmoid": lambda: _named("Sigmoid", "sigmoid"),
    "softsign": lambda: _named("Softsign", "softsign", "soft_sign"),
    "gelu": lambda: Spelled(
        torch="nn.GELU()",
        keras="keras.activations.gelu(x, approximate=False)",
        jax="jax.nn.gelu(x, approximate=False)",
    ),
    "silu": lambda: _named("SiLU", "silu"),
    "mish": lambda: _named("Mish", "mish"),
    "sin": _sin,
}
