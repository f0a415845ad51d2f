"""Choose initializations for thirty tasks, and hold each choice to the module's own on new seeds.

python -m benchmarks.choosing 0 30 > tasks.jsonl     an hour or so of one core
python -m benchmarks.choosing report tasks.jsonl     the table, as Markdown

A task is a module and data that are in this package. The race has the smallest budget that is
allowed. Its pick and the module's own initialization are then trained with ten seeds that the race
has not seen, each at the rate that the race chose for it, and compared in pairs.
"""

import json
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.preflight import Block
from initbench.data import DATASETS
from initbench.stats.comparisons import permutation_p
from initbench.torch import recommend
from initbench.torch.recommend import DEFAULT, _batch_of_data, _Race, _split

SEEDS = range(1000, 1010)
INITS = ("he", "glorot_uniform", "lecun_normal", "orthogonal", "lsuv")
ALPHA = 0.05


def perceptron(
    features: int, width: int, depth: int, outputs: int, act: type[nn.Module], *, kind: str = ""
) -> Callable[[], nn.Module]:
    """Return a maker of perceptrons, plain, normalized or residual."""

    def make() -> nn.Module:
        norms = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}
        blocks: list[nn.Module] = []
        for k in range(depth):
            layer = nn.Linear(features if k == 0 else width, width)
            norm = norms[kind](width) if kind in norms else nn.Identity()
            blocks.append(Block(layer, norm, act(), skip=kind == "residual"))
        return nn.Sequential(*blocks, nn.Linear(width, outputs))

    return make


def convolutional(
    width: int, depth: int, act: type[nn.Module], *, normalized: bool = False
) -> Callable[[], nn.Module]:
    """Return a maker of convolutional networks for the digits."""

    def make() -> nn.Module:
        blocks: list[nn.Module] = [nn.Unflatten(1, (1, 8, 8))]
        for k in range(depth):
            conv = nn.Conv2d(1 if k == 0 else width, width, 3, padding=1)
            norm = nn.BatchNorm2d(width) if normalized else nn.Identity()
            blocks.append(Block(conv, norm, act(), skip=False))
        return nn.Sequential(
            *blocks, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * width, 10)
        )

    return make


class Rows(nn.Module):
    """The rows of an image as a sequence, for a recurrent module or an encoder."""

    def __init__(self, core: nn.Module, width: int) -> None:
        super().__init__()
        self.embed, self.core, self.head = nn.Linear(8, width), core, nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits."""
        states = self.core(self.embed(x.unflatten(1, (8, 8))))
        return self.head((states[0] if isinstance(states, tuple) else states).mean(dim=1))


def encoder(depth: int) -> Callable[[], nn.Module]:
    """Return a maker of transformers."""

    def make() -> nn.Module:
        layers = [
            nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
            for _ in range(depth)
        ]
        return Rows(nn.Sequential(*layers), 16)

    return make


DEEP = {
    "relu": nn.ReLU,
    "leaky relu": nn.LeakyReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "selu": nn.SELU,
    "elu": nn.ELU,
    "mish": nn.Mish,
    "softplus": nn.Softplus,
}
TASKS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    **{
        f"digits, {name} 8×32": ("digits", perceptron(64, 32, 8, 10, act))
        for name, act in DEEP.items()
    },
    "digits, relu 14×32": ("digits", perceptron(64, 32, 14, 10, nn.ReLU)),
    "digits, tanh 16×32": ("digits", perceptron(64, 32, 16, 10, nn.Tanh)),
    "digits, relu 1×64": ("digits", perceptron(64, 64, 1, 10, nn.ReLU)),
    "digits, tanh 2×64": ("digits", perceptron(64, 64, 2, 10, nn.Tanh)),
    "digits, relu 8×32, layer norm": ("digits", perceptron(64, 32, 8, 10, nn.ReLU, kind="layer")),
    "digits, relu 8×32, batch norm": ("digits", perceptron(64, 32, 8, 10, nn.ReLU, kind="batch")),
    "digits, relu 8×32, residual": ("digits", perceptron(64, 32, 8, 10, nn.ReLU, kind="residual")),
    "digits, linear": ("digits", lambda: nn.Linear(64, 10)),
    "digits, 2 convolutions": ("digits", convolutional(8, 2, nn.ReLU)),
    "digits, 6 convolutions": ("digits", convolutional(8, 6, nn.ReLU)),
    "digits, 6 convolutions, tanh": ("digits", convolutional(8, 6, nn.Tanh)),
    "digits, 6 convolutions, batch norm": ("digits", convolutional(8, 6, nn.ReLU, normalized=True)),
    "digits, transformer of 2 blocks": ("digits", encoder(2)),
    "digits, LSTM": ("digits", lambda: Rows(nn.LSTM(16, 16, batch_first=True), 16)),
    "moons, relu 2×16": ("moons", perceptron(2, 16, 2, 2, nn.ReLU)),
    "moons, relu 10×16": ("moons", perceptron(2, 16, 10, 2, nn.ReLU)),
    "spirals, tanh 8×32": ("spirals", perceptron(2, 32, 8, 2, nn.Tanh)),
    "circles, gelu 8×16": ("circles", perceptron(2, 16, 8, 2, nn.GELU)),
    "friedman1, relu 2×32": ("friedman1", perceptron(10, 32, 2, 1, nn.ReLU)),
    "friedman1, relu 8×32": ("friedman1", perceptron(10, 32, 8, 1, nn.ReLU)),
}


def data_of(name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return standardized inputs, and labels or standardized targets."""
    entry = DATASETS[name]
    inputs, targets = entry.make(np.random.default_rng(0))
    scaled = (inputs - inputs.mean(axis=0)) / np.maximum(inputs.std(axis=0), 1e-6)
    x = torch.from_numpy(scaled.astype(np.float32))
    y = np.asarray(targets)
    if y.dtype.kind == "f":
        y = (y - y.mean()) / y.std()
        return x, torch.from_numpy(y.astype(np.float32)).reshape(len(y), -1)
    return x, torch.from_numpy(y).long()


def measure(first: int, last: int) -> Iterator[dict[str, object]]:
    """Yield the choice for each task, and how it compares with the module's own."""
    for name, (data, make) in list(TASKS.items())[first:last]:
        whole = data_of(data)
        per_epoch = math.ceil(int(0.6 * len(whole[0])) / 32)
        least = (1 + len(INITS)) * 16 * math.ceil(100 / per_epoch) * per_epoch
        found = recommend(make, whole, budget=f"{least} steps", inits=INITS)
        rates = {each.label: each.learning_rate for each in found.ranking}
        row: dict[str, object] = {"task": name, "pick": found.pick, "tied": list(found.tied)}
        row |= {"epochs": found.epochs, "rates": rates}
        if found.pick:
            schemes = {DEFAULT: None, found.pick: None if found.pick == DEFAULT else found.pick}
            race = _Race(
                make, _split(_batch_of_data(whole)), None, "adam", 32, schemes, steps=found.steps
            )
            scores = {
                label: [race.run(label, rates[label], seed).test or 0.0 for seed in SEEDS]
                for label in schemes
            }
            gain = np.subtract(scores[found.pick], scores[DEFAULT])
            p = float(permutation_p(gain[np.newaxis])[0]) if gain.any() else 1.0
            row |= {
                "own": float(np.mean(scores[DEFAULT])),
                "picked": float(np.mean(scores[found.pick])),
                "p": p,
            }
        yield row


def report(path: Path) -> str:
    """Return the table as Markdown, and what it comes to."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    lines = [
        "| task | epochs | pick | its own initialization | pick | p |",
        "|---|---|---|---|---|---|",
    ]
    better = worse = 0
    for row in rows:
        if not row["pick"]:
            lines.append(f"| {row['task']} | {row['epochs']} | none learns | – | – | – |")
            continue
        gain = row["picked"] - row["own"]
        is_significant = row["p"] <= ALPHA
        better += is_significant and gain > 0
        worse += is_significant and gain < 0
        p = "–" if row["pick"] == DEFAULT else f"{row['p']:.3f}"
        lines.append(
            f"| {row['task']} | {row['epochs']} | {row['pick']} | {row['own']:.3f} |"
            f" {row['picked']:.3f} | {p} |"
        )
    own = sum(row["pick"] == DEFAULT for row in rows)
    sentence = (
        f"Of {len(rows)} tasks, the pick is significantly better in {better} and worse in {worse};"
        f" in {own} it is the module's own initialization."
    )
    return "\n".join([*lines, "", sentence])


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "report":
        print(report(Path(sys.argv[2])))
    else:
        for each in measure(int(sys.argv[1]), int(sys.argv[2])):
            print(json.dumps(each), flush=True)
