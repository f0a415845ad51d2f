"""JAX: a list of weights and biases, and the function that applies them; no other library."""

from initbench.exporting.activations import spelled
from initbench.exporting.snippets.wording import activation_function, heading, reading
from initbench.exporting.starts import Start


def jax_snippet(start: Start, initializer: str, weights: str) -> str:
    """Return a snippet that calls an initializer or, if that is empty, loads the weights."""
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
{reading(weights)}parameters = [
    (jnp.asarray(arrays[f"W{{number}}"]), jnp.asarray(arrays[f"b{{number}}"]))
    for number in range(1, {len(sizes)})
]
"""
    return f"""\
{heading(start, initializer)}
{imports}

{activation_function(spelled(start.architecture.activation).jax)}

def network(parameters, x):
    *hidden, (last_w, last_b) = parameters
    for w, b in hidden:
        x = activation(x @ w + b)
    return x @ last_w + last_b


{parameters}"""
