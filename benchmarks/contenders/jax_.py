"""JAX: gradients by `grad`, runs by `vmap`, steps by `scan`, all of it compiled by `jit`.

Samples are gathered inside the scan, once a seed. One form has all runs in one `vmap`; the other
trains the runs of one seed after those of another (`lax.map`), whose arrays stay in the cache.
"""

from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.contenders import Turn
from benchmarks.workloads import Job, Weights, Workload

BETA1: Final = 0.9
BETA2: Final = 0.999
EPSILON: Final = 1e-8

Train = Callable[..., Any]


def whole_stack(job: Job) -> Turn:
    """Get ready, compiled, to train all runs at once."""
    return _compiled(job, jax.vmap)


def by_seed(job: Job) -> Turn:
    """Get ready, compiled, to train the runs of one seed after those of another."""
    return _compiled(
        job, lambda train: lambda *given: jax.lax.map(lambda of_a_seed: train(*of_a_seed), given)
    )


def compiling(job: Job) -> Turn:
    """Get ready to compile and train in every turn."""

    def turn() -> Weights:
        jax.clear_caches()
        return whole_stack(job)()

    return turn


def _compiled(job: Job, over_seeds: Callable[[Train], Train]) -> Turn:
    jax.config.update("jax_enable_x64", job.workload.dtype == "float64")
    shape = (job.workload.seeds, job.workload.variants)
    parameters = [
        (jnp.asarray(W.reshape(*shape, *W.shape[1:])), jnp.asarray(b.reshape(*shape, -1)))
        for W, b in job.weights
    ]
    order = jnp.asarray(np.swapaxes(job.order, 0, 1), jnp.int32)
    train = _trainer(job.workload, jnp.asarray(job.X), jnp.asarray(job.targets))
    of_a_seed = jax.vmap(train, in_axes=(0, None))
    compiled = jax.jit(over_seeds(of_a_seed)).lower(parameters, order).compile()

    def turn() -> Weights:
        layers = jax.block_until_ready(compiled(parameters, order))
        return [
            (np.asarray(W).reshape(-1, *W.shape[2:]), np.asarray(b).reshape(-1, b.shape[-1]))
            for W, b in layers
        ]

    return turn


def _trainer(workload: Workload, X: jax.Array, targets: jax.Array) -> Train:
    """Return what trains one run: ``(parameters, order (T, B))`` to parameters."""
    gradient = jax.grad(_loss)
    update = {"sgd": _descend, "adam": _adam}[workload.optimizer]

    def train(parameters: Any, order: jax.Array) -> Any:
        def step(carry: Any, now: Any) -> Any:
            number, samples = now
            gradients = gradient(carry[0], X[samples], targets[samples])
            return update(carry, gradients, number, workload.learning_rate), None

        zeros = jax.tree.map(jnp.zeros_like, parameters) if workload.optimizer == "adam" else ()
        numbers = jnp.arange(1, len(order) + 1, dtype=X.dtype)
        (trained, *_), _ = jax.lax.scan(step, (parameters, zeros, zeros), (numbers, order))
        return trained

    return train


def _loss(parameters: Any, inputs: jax.Array, targets: jax.Array) -> jax.Array:
    *hidden, (W, b) = parameters
    signal = inputs
    for weights, bias in hidden:
        signal = jax.nn.relu(signal @ weights + bias)
    logits = signal @ W + b
    if logits.shape[-1] == 1:
        return jnp.mean(jnp.logaddexp(0.0, logits) - targets * logits)
    return -jnp.mean(jnp.sum(targets * jax.nn.log_softmax(logits), axis=-1))


def _descend(carry: Any, gradients: Any, _number: jax.Array, rate: float) -> Any:
    parameters, *state = carry
    return jax.tree.map(lambda w, g: w - rate * g, parameters, gradients), *state


def _adam(carry: Any, gradients: Any, number: jax.Array, rate: float) -> Any:
    parameters, first, second = carry
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradients)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradients)
    bias1, bias2 = 1 - BETA1**number, 1 - BETA2**number
    moved = jax.tree.map(
        lambda w, m, v: w - rate * (m / bias1) / (jnp.sqrt(v / bias2) + EPSILON),
        parameters,
        first,
        second,
    )
    return moved, first, second
