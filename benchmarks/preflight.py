"""Calibrate the thresholds of the pre-flight checks on small networks, and measure what they see.

python -m benchmarks.preflight measure 0 240 > networks.jsonl     some half an hour of one core
python -m benchmarks.preflight check networks.jsonl > new.jsonl   the checks again, without training
python -m benchmarks.preflight report networks.jsonl              thresholds and ROC, as Markdown

Networks are drawn at random: perceptrons, convolutional networks and transformers of several
depths, widths, activations, normalizations and residual connections, healthy and broken in many
ways. Each is checked, and then trained on the digits with three learning rates of Adam and one of
gradient descent. A network *does not train* if with none of them the loss falls below `LEARNED` of
the entropy of the labels. Thresholds come from the networks with even numbers alone, and the area
under the ROC curve is that of the networks with odd numbers.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from initbench.data.real import digits
from initbench.torch import initialize_, preflight
from initbench.torch.preflight import RANGES, THRESHOLDS, features, outlook

STEPS = 120
BATCH = 64
RATES = (("adam", 1e-3), ("adam", 1e-2), ("adam", 1e-4), ("sgd", 0.1))
LEARNED = 0.85
"""Share of the entropy of the labels that the loss of a network that trains falls below."""

HEALTHY = 0.02
"""Share of the networks that train which a check may call broken."""

ACTIVATIONS = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "selu": nn.SELU,
    "silu": nn.SiLU,
    "leaky_relu": nn.LeakyReLU,
    "softplus": nn.Softplus,
}
SCHEMES = ("he", "lecun_normal", "glorot_uniform", "torch:linear", "orthogonal", "")
FAULTS = (
    "zeros",
    "constant",
    "small",
    "large",
    "unit",
    "detached",
    "dead biases",
    "large biases",
    "copied units",
    "scaled head",
    "zero head",
)


class Block(nn.Module):
    """A layer with its normalization and activation, and perhaps a residual connection."""

    def __init__(self, layer: nn.Module, norm: nn.Module, act: nn.Module, *, skip: bool) -> None:
        super().__init__()
        self.layer, self.norm, self.act, self.skip = layer, norm, act, skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the output of the block."""
        made = self.act(self.norm(self.layer(x)))
        return x + made if self.skip and made.shape == x.shape else made


class Transformer(nn.Module):
    """Rows of an image as tokens."""

    def __init__(self, width: int, depth: int, *, norm_first: bool) -> None:
        super().__init__()
        self.embed = nn.Linear(8, width)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, 2, 2 * width, dropout=0.0, batch_first=True, norm_first=norm_first
            )
            for _ in range(depth)
        )
        self.head = nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits."""
        x = self.embed(x[:, 0])
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(dim=1))


class Cut(nn.Module):
    """Lets no gradient pass."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the input as a constant."""
        return x.detach()


def network(number: int) -> tuple[nn.Module, dict[str, object]]:
    """Return the network of a number, and what it is."""
    rng = np.random.default_rng([17, number])
    torch.manual_seed(number)
    family = str(rng.choice(["perceptron", "perceptron", "convolutional", "transformer"]))
    activation = str(rng.choice(list(ACTIVATIONS)))
    scheme = str(rng.choice(SCHEMES))
    fault = str(rng.choice(FAULTS)) if rng.random() < 0.45 else ""
    norm = str(rng.choice(["", "", "", "layer", "batch"]))
    skip = bool(rng.random() < 0.3)
    act = ACTIVATIONS[activation]
    if family == "perceptron":
        depth = int(rng.choice([2, 3, 5, 8, 12, 16, 24, 32]))
        width = int(rng.choice([8, 16, 32, 64]))
        norms = {"": nn.Identity, "layer": nn.LayerNorm, "batch": nn.BatchNorm1d}
        blocks: list[nn.Module] = [nn.Flatten()]
        for k in range(depth):
            layer = nn.Linear(64 if k == 0 else width, width)
            blocks.append(Block(layer, norms[norm](width), act(), skip=skip))
        model: nn.Module = nn.Sequential(*blocks, nn.Linear(width, 10))
    elif family == "convolutional":
        depth, width = int(rng.choice([2, 4, 8, 14])), int(rng.choice([8, 16]))
        blocks = []
        for k in range(depth):
            conv = nn.Conv2d(1 if k == 0 else width, width, 3, padding=1)
            normed = nn.BatchNorm2d(width) if norm else nn.Identity()
            blocks.append(Block(conv, normed, act(), skip=skip))
        model = nn.Sequential(
            *blocks, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * width, 10)
        )
    else:
        depth, width = int(rng.choice([1, 2, 4, 6])), int(rng.choice([16, 32]))
        model = Transformer(width, depth, norm_first=bool(rng.random() < 0.5))
    if scheme:
        initialize_(model, scheme, seed=number, activation="relu")
    with torch.no_grad():
        broken = break_(model, fault, rng)
    kind = {
        "number": number,
        "family": family,
        "activation": activation,
        "scheme": scheme,
        "fault": fault,
        "norm": norm,
        "skip": skip,
        "depth": depth,
        "width": width,
    }
    return broken, kind


def break_(model: nn.Module, fault: str, rng: np.random.Generator) -> nn.Module:
    """Return the network with a fault; some networks train in spite of theirs."""
    layers = [each for each in model.modules() if isinstance(each, nn.Linear | nn.Conv2d)]
    scale = float(rng.choice([3.0, 10.0, 30.0]))
    for layer in layers:
        if fault == "zeros":
            layer.weight.zero_()
        elif fault == "constant":
            layer.weight.fill_(1.0 / layer.weight[0].numel())
        elif fault == "small":
            layer.weight.mul_(1.0 / scale)
        elif fault == "large":
            layer.weight.mul_(scale)
        elif fault == "unit":
            layer.weight.normal_()
        elif fault == "dead biases" and layer.bias is not None and layer is not layers[-1]:
            layer.bias.fill_(-scale)
        elif fault == "large biases" and layer.bias is not None:
            layer.bias.normal_(std=scale)
        elif fault == "copied units" and layer is not layers[-1]:
            layer.weight.copy_(layer.weight[:1].expand_as(layer.weight))
    if fault == "scaled head":
        layers[-1].weight.mul_(10.0 * scale)
    if fault == "zero head":
        layers[-1].weight.zero_()
    if fault == "detached":
        if isinstance(model, nn.Sequential):
            return nn.Sequential(*model[:-1], Cut(), model[-1])
        model.embed = nn.Sequential(model.embed, Cut())
    return model


def final_loss(
    number: int, optimizer: str, rate: float, images: torch.Tensor, labels: torch.Tensor
) -> float:
    """Return the mean loss of the last batches of a short training."""
    model, _ = network(number)
    kind = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimizer]
    steps = kind(model.parameters(), lr=rate)
    draw = torch.Generator().manual_seed(number)
    losses = []
    for _ in range(STEPS):
        rows = torch.randint(len(images), (BATCH,), generator=draw)
        loss = F.cross_entropy(model(images[rows]), labels[rows])
        if not torch.isfinite(loss):
            return math.inf
        steps.zero_grad()
        loss.backward()
        steps.step()
        losses.append(float(loss.detach()))
    return float(np.mean(losses[-20:]))


def measure(first: int, last: int) -> Iterator[dict[str, object]]:
    """Yield what is measured of each network."""
    images, labels = load()
    entropy = math.log(10.0)
    for number in range(first, last):
        model, kind = network(number)
        found = preflight(model, (images[:128], labels[:128]))
        best = math.inf
        for optimizer, rate in RATES:
            best = min(best, final_loss(number, optimizer, rate, images, labels))
            if best < LEARNED * entropy:
                break
        yield {
            **kind,
            "values": {check.name: check.value for check in found.checks},
            "trains": best < LEARNED * entropy,
            "loss": best,
        }


def check(path: Path) -> Iterator[dict[str, object]]:
    """Yield networks that were measured, with the values of the checks as they are now."""
    images, labels = load()
    for line in path.read_text("utf-8").splitlines():
        known = json.loads(line)
        found = preflight(network(known["number"])[0], (images[:128], labels[:128]))
        yield {**known, "values": {check.name: check.value for check in found.checks}}


def load() -> tuple[torch.Tensor, torch.Tensor]:
    """Return standardized images (N, 1, 8, 8) and labels of the digits, shuffled."""
    inputs, labels = digits(np.random.default_rng(0))
    order = np.random.default_rng(0).permutation(len(labels))
    scaled = (inputs - inputs.mean()) / inputs.std()
    images = torch.from_numpy(scaled[order].astype(np.float32)).reshape(-1, 1, 8, 8)
    return images, torch.from_numpy(np.asarray(labels)[order]).long()


def area(values: np.ndarray, is_broken: np.ndarray) -> float:
    """Return the area under the ROC curve: how often a broken network has the higher value."""
    broken, healthy = values[is_broken], values[~is_broken]
    wins = (broken[:, None] > healthy).mean()
    return float(wins + 0.5 * (broken[:, None] == healthy).mean())


def fitted(networks: list[dict]) -> tuple[dict[str, float], float]:
    """Return weights and intercept of the outlook, by logistic regression.

    Both classes have the same weight, and the weights of standardized numbers a penalty of 1 / 2
    of their square, so that few networks do not decide.
    """
    rows = np.array([list(features(each["values"]).values()) for each in networks])
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    x = np.column_stack([(rows - mean) / std, np.ones(len(rows))])
    y = np.array([not each["trains"] for each in networks], float)
    importance = np.where(y == 1.0, 0.5 / y.mean(), 0.5 / (1.0 - y.mean()))
    penalty = np.diag([1.0] * rows.shape[1] + [0.0])
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-x @ beta))
        slope = x.T @ (importance * (p - y)) + penalty @ beta
        curvature = (x * (importance * p * (1.0 - p))[:, np.newaxis]).T @ x + penalty
        beta -= np.linalg.solve(curvature, slope)
    weights = beta[:-1] / std
    return dict(zip(RANGES, weights.tolist(), strict=True)), float(beta[-1] - weights @ mean)


def report(path: Path) -> str:
    """Return the tables of the calibration as Markdown."""
    networks = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    even = [each for each in networks if each["number"] % 2 == 0]
    odd = [each for each in networks if each["number"] % 2 == 1]
    weights, intercept = fitted(even)
    healthy = [each for each in even if each["trains"]]
    is_broken = np.array([not each["trains"] for each in odd])
    lines = [
        f"{len(networks)} networks: {sum(not each['trains'] for each in networks)} do not train.",
        f"Fitted: intercept {intercept:.3f}, "
        + ", ".join(f"{name} {weight:.3f}" for name, weight in weights.items()),
        "",
        "| check | 98 % of healthy networks are below | limit | area under the ROC curve |",
        "|---|---|---|---|",
    ]
    for name, used in THRESHOLDS.items():
        if name == "outlook":
            continue
        values, known = (np.array([_value(each, name) for each in part]) for part in (odd, healthy))
        lines.append(
            f"| {name} | {np.quantile(known, 1.0 - HEALTHY):.3g} | {used:g} |"
            f" {area(values, is_broken):.3f} |"
        )
    found = np.array([outlook(each["values"]) for each in odd])
    limit = math.log(THRESHOLDS["outlook"] / (1.0 - THRESHOLDS["outlook"]))
    is_found = found > limit
    any_found = is_found | np.array(
        [
            any(_value(each, name) > used for name, used in THRESHOLDS.items() if name != "outlook")
            for each in odd
        ]
    )
    known = np.array([outlook(each["values"]) for each in healthy])
    highest = 1.0 / (1.0 + math.exp(-float(np.quantile(known, 0.95))))
    sentence = (
        f"Outlook on the other half, {len(odd)} networks: area {area(found, is_broken):.3f}. The"
        f" limit {THRESHOLDS['outlook']:g} finds {is_found[is_broken].mean():.0%} of those that do"
        f" not train and {is_found[~is_broken].mean():.0%} of the others; with the other checks,"
        f" {any_found[is_broken].mean():.0%} and {any_found[~is_broken].mean():.0%}. 95 % of"
        f" healthy networks of the first half are below {highest:.2f}."
    )
    return "\n".join([*lines, "", sentence])


def _value(network: dict, name: str) -> float:
    value = network["values"].get(name, 0.0)
    return value if math.isfinite(value) else math.inf


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "report":
        print(report(Path(sys.argv[2])))
    else:
        is_new = sys.argv[1] == "measure"
        given = measure(int(sys.argv[2]), int(sys.argv[3])) if is_new else check(Path(sys.argv[2]))
        for each in given:
            print(json.dumps(each), flush=True)
