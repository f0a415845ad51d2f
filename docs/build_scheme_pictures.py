"""Draw the pictures of ``docs/schemes.md``: ``python docs/build_scheme_pictures.py``.

One picture a family: a panel for each scheme, with the weights of one layer between hidden ones,
64 inputs and 256 units, and below it, where they matter, the singular values. Schemes that look at
data show what each of their layers makes of it instead, before and after.
"""  # noqa: INP001  # a script, not a package

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from initbench.data import load_dataset, prepare
from initbench.figures.drawing.style import FAINT_INK, house_style, render
from initbench.initializers import FAMILIES, INITIALIZERS, Initializer, LayerSpec, bind
from initbench.nn import Architecture, StackedMLP, bind_activation, loss_for
from initbench.training.evaluation import make_task
from initbench.training.initial_weights import adapt_network, initial_network

FOLDER = Path(__file__).with_name("schemes")
WITH_SINGULAR_VALUES = {
    "Constant",
    "Orthogonal",
    "For rectifiers",
    "Mean-field theory",
    "Deterministic patterns",
}
COLUMNS, WIDTH, HEIGHT = 4, 2.15, 1.65
BLUE, ORANGE = "#0072b2", "#d55e00"
DEPTH = 10
OPTIONS = {"metainit": {"steps": 100}}


def main() -> None:
    """Draw all pictures."""
    FOLDER.mkdir(exist_ok=True)
    for family in FAMILIES:
        if schemes := pictured(family):
            (FOLDER / file_name(family)).write_bytes(picture(family, schemes))


def file_name(family: str) -> str:
    """Return what a family's picture is called."""
    return f"{family.lower().replace(' ', '_')}.png"


def pictured(family: str) -> list[Initializer]:
    """Return the schemes of a family that draw something by themselves."""
    schemes = [scheme for scheme in INITIALIZERS.values() if scheme.family == family]
    return [
        scheme for scheme in schemes if all(o.default is not None for o in scheme.options.values())
    ]


def picture(family: str, schemes: Sequence[Initializer]) -> bytes:
    """Return the PNG of a family."""
    kinds = [histogram, singular_values] if family in WITH_SINGULAR_VALUES else [histogram]
    width, height, columns = WIDTH, HEIGHT, min(COLUMNS, len(schemes))
    if schemes[0].adapt is not None:
        kinds, width, height = [deviations], 2 * WIDTH, 1.5 * HEIGHT
    rows = math.ceil(len(schemes) / columns) * len(kinds)
    with house_style():
        figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes in grid.flat:
            axes.set_visible(False)
        for place, scheme in enumerate(schemes):
            row, column = divmod(place, columns)
            for offset, draw in enumerate(kinds):
                axes = grid[row * len(kinds) + offset, column]
                axes.set_visible(True)
                draw(axes, scheme)
            grid[row * len(kinds), column].set_title(scheme.name)
        return render(figure, "png")


def histogram(axes: Axes, scheme: Initializer) -> None:
    """Draw how the weights of one layer are distributed."""
    weights = drawn(scheme, 64, 256).ravel()
    reach = float(np.abs(weights).max()) or 1.0
    axes.hist(weights, bins=41, range=(-1.1 * reach, 1.1 * reach), color=BLUE)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(3, symmetric=True))
    axes.set_xlabel("weight")


def singular_values(axes: Axes, scheme: Initializer) -> None:
    """Draw the singular values of a square layer, from the largest on."""
    values = np.linalg.svd(drawn(scheme, 128, 128), compute_uv=False)
    axes.plot(np.arange(1, 129), values, color=ORANGE)
    axes.set_ylim(0.0, 1.15 * float(values.max()) or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.set_xlabel("singular values")


def drawn(scheme: Initializer, fan_in: int, fan_out: int) -> np.ndarray:
    """Return the weights of a layer between hidden ones, in a network that the scheme is for."""
    activation = (*scheme.requires.activations, "relu")[0]
    residual = {"branches": 8, "branch_layers": 2} if scheme.requires.residual else {}
    layer = LayerSpec(fan_in, fan_out, 1, 20, activation, activation, **residual)
    [(weights, _)] = bind(scheme.name).draw([layer], seed=0)
    return weights


def deviations(axes: Axes, scheme: Initializer) -> None:
    """Draw the standard deviation of each layer's outputs on digits, as drawn and as adapted."""
    split = prepare(
        load_dataset("digits"), test_fraction=0.25, scaling="standard", seed=0, dtype=np.float64
    )
    task = make_task({"train": (split.X_train, split.y_train)}, 10, loss_for(10), np.float64)
    architecture = Architecture((64, *[64] * DEPTH, 10), bind_activation("relu"))
    schemes = [bind(scheme.name, **OPTIONS.get(scheme.name, {}))]
    network = initial_network(architecture, schemes, [0], np.float64)
    inputs = task.parts["train"].inputs[np.newaxis]
    layers = np.arange(1, DEPTH + 2)
    axes.semilogy(layers, spreads(network, inputs), "--", color=FAINT_INK, label="as drawn")
    adapt_network(network, schemes, [0], task)
    axes.semilogy(layers, spreads(network, inputs), "o-", color=BLUE, ms=3, label="adapted")
    axes.yaxis.set_major_locator(LogLocator(numticks=5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("layer")
    axes.set_ylabel("deviation of its outputs")
    axes.legend()


def spreads(network: StackedMLP, inputs: np.ndarray) -> list[float]:
    """Return the standard deviation of the outputs of each layer."""
    pairs = zip(network.given(inputs), network.layers, strict=True)
    return [float(np.matmul(layer.mT, given).std()) for given, layer in pairs]


if __name__ == "__main__":
    main()
