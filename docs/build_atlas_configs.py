"""Write the configs of the atlas: ``python docs/build_atlas_configs.py [FOLDER]``.

``docs/atlas.md`` gives the reasons for all that is fixed here. The cells are a covering design:
each pair of levels of two factors occurs in at least one cell. Every activation meets every depth
once. The other factors are chosen by exchanging levels as long as that makes pairs more equally
frequent, or the design cheaper. Held-out cells are drawn at random from the rest of the product.

Without a folder, the configs go to ``configs/atlas`` with every scheme that applies. With one, they
go there with the core schemes alone, which are the first slice of the atlas.
"""  # noqa: INP001  # a script, not a package

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from initbench.config.experiment import InitConfig
from initbench.errors import ConfigError
from initbench.initializers import INITIALIZERS
from initbench.recommending.candidates import applicable, read_question

FOLDER: Final = Path(__file__).parents[1] / "configs" / "atlas"

FACTORS: Final[Mapping[str, tuple[Any, ...]]] = {
    "activation": ("relu", "leaky_relu", "tanh", "sigmoid", "gelu", "selu", "silu", "sin"),
    "depth": (1, 2, 5, 10, 20, 50),
    "width": (16, 64, 256),
    "structure": ("plain", "layer", "residual"),
    "optimizer": ("sgd", "momentum", "adam"),
    "dataset": ("digits", "spirals", "friedman1"),
}

DATASETS: Final = {
    "digits": ("digits", 10),
    "spirals": ("{name: spirals, arms: 3, turns: 1.5}", 30),
    "friedman1": ("friedman1", 30),
}
"""The data set as a config writes it, and epochs: each has about 350 steps."""

RATES: Final = {
    "sgd": "[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]",
    "momentum": "[0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3]",
    "adam": "[0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1]",
}
BATCH, TRIAL_SEEDS, SEEDS, MARGIN = 32, 2, 5, 0.02

HELD_OUT: Final = 12
CHEAP: Final = 250_000
"""Weights of a network up to which a held-out cell is cheap."""

SWEEPS: Final = 40
WEIGHT: Final = 6e-6
"""What a weight of a network costs, in squared counts of pairs."""

CORE: Final = (
    "zeros",
    "random",
    "lecun_normal",
    "glorot_uniform",
    "he_normal",
    "orthogonal",
    "torch:linear",
    "random_walk",
    "selu_lecun",
    "kumar",
    "siren",
    "autoinit",
    "tanh_fixed_point",
    "looks_linear",
    "rai",
    "critical",
    "dynamical_isometry",
    "sinusoidal",
    "fixup",
    "mup",
    "spectral",
    "lsuv",
    "krahenbuhl",
)
"""The schemes that are measured first, where they apply."""

Cell = tuple[Any, ...]
"""One level of each factor, in the order of `FACTORS`."""


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
def main(folder: Path | None) -> None:
    """Write all configs to configs/atlas, or those of the core schemes to FOLDER."""
    only = CORE if folder else tuple(INITIALIZERS)
    folder = folder or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    design = covering_design()
    cells = [("", cell) for cell in sorted(design, key=weights)]
    cells += [("held-out-", cell) for cell in held_out_cells(design)]
    texts = {f"{name_of(cell, kind)}.yaml": config_of(cell, kind, only) for kind, cell in cells}
    for path in FOLDER.glob("*.yaml"):
        if path.name not in texts:  # no longer in the design
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


def is_possible(cell: Cell) -> bool:
    """Return whether a network of these levels exists: one hidden layer holds no residual block."""
    return not (cell[1] == 1 and cell[3] == "residual")


def weights(cell: Cell) -> int:
    """Return about how many weights the hidden layers of a cell's network have: its cost."""
    return int(cell[1] * (cell[2] ** 2 + 10 * cell[2]))


def pairs_of(cell: Cell) -> Iterator[tuple[int, Any, int, Any]]:
    """Yield the pairs of levels that a cell covers, with the places of their factors."""
    for a, b in combinations(range(len(cell)), 2):
        yield a, cell[a], b, cell[b]


def possible_pairs() -> set[tuple[int, Any, int, Any]]:
    """Return all pairs of levels that some network has."""
    return {
        pair for cell in product(*FACTORS.values()) if is_possible(cell) for pair in pairs_of(cell)
    }


def covering_design() -> list[Cell]:
    """Return cells that cover all possible pairs, by deterministic exchange of levels."""
    rng = np.random.default_rng(0)
    free = list(FACTORS.values())[2:]
    cells: list[Cell] = []
    for first in product(FACTORS["activation"], FACTORS["depth"]):
        while not is_possible(cell := (*first, *(levels[rng.integers(3)] for levels in free))):
            pass
        cells.append(cell)
    counts = Counter(pair for cell in cells for pair in pairs_of(cell))
    goal = possible_pairs()
    options = list(product(*free))

    def loss(counts: Counter[Any], cells: Sequence[Cell]) -> float:
        missing = sum(counts[pair] == 0 for pair in goal)
        uneven = sum(count * count for count in counts.values())
        return 1000.0 * missing + uneven + WEIGHT * sum(map(weights, cells))

    least = loss(counts, cells)
    for _ in range(SWEEPS):
        before = least
        for place in rng.permutation(len(cells)).tolist():
            old = cells[place]
            for choice in rng.permutation(len(options)).tolist():
                new = (*old[:2], *options[choice])
                if not is_possible(new):
                    continue
                counts.subtract(pairs_of(cells[place]))
                counts.update(pairs_of(new))
                kept, cells[place] = cells[place], new
                if (now := loss(counts, cells)) < least:
                    least = now
                else:
                    counts.subtract(pairs_of(new))
                    counts.update(pairs_of(kept))
                    cells[place] = kept
        if least == before:
            break
    return cells


def held_out_cells(design: Sequence[Cell]) -> list[Cell]:
    """Return random cells outside of a design whose networks are cheap."""
    rest = [
        cell
        for cell in product(*FACTORS.values())
        if is_possible(cell) and cell not in design and weights(cell) <= CHEAP
    ]
    places = np.random.default_rng(1).choice(len(rest), HELD_OUT, replace=False)
    return sorted((rest[place] for place in places.tolist()), key=weights)


def name_of(cell: Cell, kind: str = "") -> str:
    """Return the name of a cell's experiment, and of its results folder."""
    activation, depth, width, structure, optimizer, dataset = cell
    return f"atlas-{kind}{dataset}-{activation}-{depth}x{width}-{structure}-{optimizer}"


def network_of(cell: Cell) -> dict[str, Any]:
    """Return the section ``network`` of a cell."""
    activation, depth, width, structure, _, _ = cell
    more: dict[str, dict[str, Any]] = {
        "plain": {},
        "layer": {"normalization": "layer"},
        "residual": {"residual": True},
    }
    # The first layer leads into blocks of two, so a residual network has an odd number of layers.
    layers = depth + 1 if structure == "residual" and depth % 2 == 0 else depth
    return {"depth": layers, "width": width, "activation": activation, **more[structure]}


def schemes_of(cell: Cell, only: Sequence[str]) -> list[str]:
    """Return those of some schemes that apply; of those that draw the same, the first core one.

    What applies, and what draws the same, does not depend on the depth from five layers on.
    """
    network = network_of(cell)
    names = []
    for name in sorted(INITIALIZERS, key=lambda name: name not in CORE):
        if name not in only:
            continue
        try:
            InitConfig.model_validate(name)
        except (ConfigError, ValueError):
            continue  # it has an option that must be given
        names.append(name)
    question = read_question(
        network | {"depth": min(network["depth"], 5)},
        dataset=_dataset(cell),
        optimizer=cell[4],
        inits=names,
        config=None,
        overrides=(),
    )
    schemes, _ = applicable(question.experiment, question.architecture)
    return [name for name in INITIALIZERS if name in schemes]


def config_of(cell: Cell, kind: str, only: Sequence[str]) -> str:
    """Return the text of a cell's config."""
    activation, depth, width, structure, optimizer, dataset = cell
    text, epochs = DATASETS[dataset]
    rate = 0.001 if optimizer == "adam" else 0.1  # the catalogue's default
    network = ", ".join(f"{key}: {str(value).lower()}" for key, value in network_of(cell).items())
    schemes = textwrap.fill(
        ", ".join(f'"{name}"' if ":" in name else name for name in schemes_of(cell, only)),
        98,
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"""# yaml-language-server: $schema=../experiment.schema.json
# Made by docs/build_atlas_configs.py: a cell of the atlas, whose design is in docs/atlas.md.
# Every scheme that applies is compared, each at its own best of seven learning rates.
name: {name_of(cell, kind)}
description: >-
  A cell of the atlas{", held out to test recommendations" if kind else ""}: {dataset}, {optimizer},
  {depth} {structure} {activation} layers of {width} units.
dataset: {text}
network: {{{network}}}
training:
  optimizer: {{name: {optimizer}, learning_rate: {rate}}}
  epochs: {epochs}
  batch_size: {BATCH}
record: {{every: {epochs // 2}}}
probe: true
inits: [
{schemes},
]
tune: {{values: {RATES[optimizer]}, seeds: {TRIAL_SEEDS}}}
seeds: {SEEDS}
equivalence_margin: {MARGIN}
"""


def _dataset(cell: Cell) -> Any:
    return {"name": "spirals", "arms": 3, "turns": 1.5} if cell[5] == "spirals" else cell[5]


if __name__ == "__main__":
    main()
