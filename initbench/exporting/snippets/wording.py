"""What snippets of all frameworks say alike: their first lines, and how weights are found."""

from initbench.exporting.starts import Start
from initbench.formatting import printable


def heading(start: Start, initializer: str) -> str:
    """Return what a snippet builds and where its weights come from, as comments."""
    scheme, sizes = start.scheme, start.architecture.sizes
    activation = start.architecture.activation
    options = "".join(f", {name} {value}" for name, value in activation.options.items())
    origin = (
        "Drawn here, from the same law as initbench draws from."
        if initializer
        else f"Loaded: initbench made the weights with seed {start.seed}."
    )
    lines = [
        f"Layers {', '.join(map(str, sizes))} with {activation.name}{options} between them.",
        f"Start: {_described(scheme.initializer.name, dict(scheme.options))}",
        f"Law: {scheme.initializer.formula or 'not stated'}",
        origin,
    ]
    return "".join(f"# {printable(line)}\n" for line in lines)


def reading(weights: str) -> str:
    """Return the statement that reads the weights, nothing of which is unpickled."""
    return f"""\
with np.load(Path(__file__).with_name({weights!r}), allow_pickle=False) as file:
    arrays = dict(file)
"""


def activation_function(expression: str) -> str:
    """Return the definition of the activation as a function."""
    return f"""\
def activation(x):
    return {expression}
"""


def _described(name: str, options: dict[str, object]) -> str:
    return ", ".join([name, *(f"{key} {value}" for key, value in options.items())])
