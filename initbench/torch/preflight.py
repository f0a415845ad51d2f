"""Pre-flight: checks of a module before training, each with a threshold and a likely cause.

A check is a number and the threshold from which on it is a finding. The thresholds were calibrated
on small networks, healthy and broken, that were trained briefly (`benchmarks/preflight.py`). The
*outlook* is a logistic function of several numbers together, fitted to the same networks: how often
networks with such numbers did not train.
"""

import inspect
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from initbench.arrays import FloatArray
from initbench.auditing import tensors_of
from initbench.auditing.checks import check_facts, check_repeats, trace_of
from initbench.auditing.layouts import place, read_sample
from initbench.errors import UsageError
from initbench.formatting import count_of, listing
from initbench.initializers import LayerSpec, bind
from initbench.probing.report import WIDTH
from initbench.tables import as_lines, plain, table_of
from initbench.torch.modules import parameters_of
from initbench.torch.passes import Loss
from initbench.torch.probe import Maker, model_for, probe, rms_of
from initbench.torch.report import Layer, ModelProbe

THRESHOLDS: Final[Mapping[str, float]] = {
    "loss": 4.0,
    "gradients": 0.5,
    "gradient size": 2.0,
    "gradient range": 6.0,
    "collapse": 6.0,
    "symmetry": 0.9,
    "dead units": 0.99,
    "outlook": 0.8,
}
"""The number of each calibrated check from which on it is a finding."""

_FIXED: Final[Mapping[str, float]] = {"tensors": 0.0, "widths": 0.25}
"""Those of the others: no tensor, and half the exponent with which a signal changes with the width
if weights are not scaled."""

RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "loss": (-0.5, 2.0),
    "gradients": (0.0, 1.0),
    "gradient size": (-2.0, 4.0),
    "gradient range": (0.0, 6.0),
    "collapse": (0.0, 6.0),
}
"""Limits of the numbers that the outlook depends on; that of the loss is its logarithm."""

WEIGHTS: Final[Mapping[str, float]] = {
    "loss": 2.8,
    "gradients": 1.946,
    "gradient size": 0.456,
    "gradient range": 0.701,
    "collapse": 0.373,
}
INTERCEPT: Final = -4.834
"""The log-odds that a network does not train, as a linear function of these numbers."""

WOKEN: Final = 0.01
"""Size, relative to LeCun's, of the values that zero weights get to look for gradients."""

TINY: Final = 1e-15
"""Below this, a number counts as zero."""

WIDTHS: Final = (1, 2, 4)
"""Multiples of the width at which signals are compared."""


@dataclass(frozen=True)
class Check:
    """One check of a model.

    Attributes
    ----------
    value : float
        A value above the threshold is a finding.
    finding : str
        What was measured, in words.
    cause : str
        The likely cause if it is a finding.
    """

    name: str
    value: float
    finding: str
    cause: str = ""

    @property
    def threshold(self) -> float:
        """The largest value that is no finding."""
        return {**THRESHOLDS, **_FIXED}[self.name]

    @property
    def is_finding(self) -> bool:
        """Whether the value is above the threshold, or not a number."""
        return not self.value <= self.threshold


@dataclass(frozen=True)
class Preflight:
    """The checks of a model.

    Attributes
    ----------
    checks : tuple of Check
    probe : ModelProbe
        The measurements that they rest on.
    """

    checks: tuple[Check, ...]
    probe: ModelProbe

    @property
    def findings(self) -> tuple[Check, ...]:
        """The checks that found something."""
        return tuple(check for check in self.checks if check.is_finding)

    @property
    def passed(self) -> bool:
        """Whether there is no finding."""
        return not self.findings

    @property
    def score(self) -> float:
        """The log-odds that the network will not train, as they were calibrated."""
        return outlook({check.name: check.value for check in self.checks})

    def __str__(self) -> str:
        """Return a table of the checks, and a paragraph for each finding."""
        rows = []
        for each in self.checks:
            verdict = "FINDING" if each.is_finding else "ok"
            rows.append((each.name, f"{each.value:.3g}", f"{each.threshold:.3g}", verdict))
        lines, _ = as_lines(table_of(("check", "value", "limit", ""), rows, left=(0, 3)))
        blocks = [
            f"{self.probe.name}: {count_of(len(self.findings), 'finding')}",
            textwrap.indent(plain(lines), "  "),
        ]
        blocks += [
            textwrap.fill(f"{check.name}: {check.finding}. Likely cause: {check.cause}.", WIDTH)
            for check in self.findings
        ]
        return "\n\n".join(blocks)


def preflight(
    model: Maker | Callable[..., nn.Module],
    batch: Any,
    loss: Loss = None,
    *,
    seeds: int = 3,
    widths: Sequence[int] | None = None,
) -> Preflight:
    """Check a model before training: signals, gradients, loss, symmetry and tensors.

    Parameters
    ----------
    model : nn.Module or callable
        As in `probe`. If it is a function with a parameter `width`, signals are compared over
        widths too.
    batch, loss
        As in `probe`. With targets, the loss is compared with the entropy of the class shares.
    seeds : int
        Number of networks, if `model` is a function.
    widths : sequence of int, optional
        For `model(width)`; by default one, two and four times its default width.

    Returns
    -------
    Preflight

    Raises
    ------
    UsageError
        The model fails with this batch.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> _ = torch.manual_seed(0)
    >>> model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
    >>> for layer in (model[0], model[2]):
    ...     _ = nn.init.ones_(layer.weight), nn.init.zeros_(layer.bias)
    >>> found = preflight(model, (torch.randn(32, 4), torch.arange(32) % 2))
    >>> found.passed, "symmetry" in [check.name for check in found.findings]
    (False, True)
    """
    found = probe(model, batch, loss, seeds=seeds, halves=())
    awake = found
    if found.without_gradient:
        awake = probe(partial(_awake, model, found), batch, loss, seeds=found.seeds, halves=())
    checks = [
        *_loss_checks(found),
        _gradient_check(awake, model),
        _size_check(awake),
        _range_check(awake),
        _collapse_check(awake),
        _share_check(
            found,
            "symmetry",
            found.repeated,
            "have the weights and the gradients of another",
            "weights that are constant or were copied: equal units stay equal",
        ),
        _share_check(
            found,
            "dead units",
            found.measured.layers["dead_fraction"],
            "have no slope for any input",
            "negative biases, inputs that are not centred, or a deep and narrow network; try 'rai'"
            " or a wider layer",
        ),
        _tensor_check(model_for(model, found.seeds[0])),
    ]
    checks.append(_outlook_check(checks))
    if not isinstance(model, nn.Module) and "width" in inspect.signature(model).parameters:
        checks.append(_width_check(model, batch, loss, seeds, widths))
    elif widths is not None:
        raise UsageError("widths needs a function with a parameter named width")
    return Preflight(tuple(checks), found)


def _loss_checks(found: ModelProbe) -> list[Check]:
    """Compare the loss before training with that of the best constant output."""
    if not math.isfinite(found.guess) or found.guess <= 0.0:
        return []
    ratio = found.initial_loss / found.guess
    return [
        Check(
            "loss",
            ratio,
            f"the loss starts at {found.initial_loss:.3g}, and a constant prediction by the class"
            f" shares has {found.guess:.3g}",
            "weights that are too large, above all those of the output layer; or a loss, or"
            " targets, that do not fit the outputs",
        )
    ]


def _awake(model: Maker, found: ModelProbe) -> nn.Module:
    """Return a model whose zero weights have small values, if they have a gradient.

    Behind a weight that is zero on purpose, such as that of an output layer, gradients begin with
    the second step; that is no fault.
    """
    made = model_for(model, found.seeds[0])
    for weight in parameters_of(made)[0]:
        if weight.name not in found.without_gradient and not weight.tensor.any():
            layer = LayerSpec(weight.matrices * weight.inputs, weight.units)
            values = bind("lecun_normal").draw([layer], found.seeds[0])[0][0]
            woken = torch.from_numpy(WOKEN * values).reshape(weight.tensor.shape)
            weight.tensor.data.copy_(woken)
    return made


def _gradient_check(found: ModelProbe, model: Maker) -> Check:
    """Return the share of the trainable tensors that receive no gradient."""
    made = model_for(model, found.seeds[0])
    total = sum(parameter.requires_grad for parameter in made.parameters())
    silent = found.without_gradient
    shown = listing(list(silent[:4])) + (", …" if len(silent) > 4 else "")
    share, cause = len(silent) / total, "dead units or zero weights in the layers behind them"
    dead = np.median(found.measured.layers["dead_fraction"], axis=0)
    has_zeros = any(not weight.tensor.any() for weight in parameters_of(made)[0])
    if dead.max() <= THRESHOLDS["dead units"] and not has_zeros:
        cause = "a function without slope behind them, such as round(), or a loss that is saturated"
    if found.unused:  # a fault in the code, however few tensors it concerns
        share = max(share, 2.0 * THRESHOLDS["gradients"])
        cause = (
            f"{found.unused[0]} is not used in the forward pass, or detach(), no_grad() or argmax"
            " stands behind it"
        )
    return Check(
        "gradients",
        share,
        f"no gradient reaches {len(silent)} of {count_of(total, 'parameter tensor')}: {shown}",
        cause,
    )


def _size_check(found: ModelProbe) -> Check:
    """Return how many decades the gradient by the weights is smaller than the loss."""
    with np.errstate(all="ignore"):
        sizes = found.gradient_size / np.abs(found.measured.loss)
    size = float(np.median(sizes))
    return Check(
        "gradient size",
        -math.log10(max(size, 1e-30)) if math.isfinite(size) else math.nan,
        f"a step of Adam of size 0.001 in each weight changes the loss by {0.1 * size:.1g} %",
        "a signal that vanishes between the inputs and the outputs, or units that are saturated",
    )


def _range_check(found: ModelProbe) -> Check:
    """Return by how many decades gradients change from the last layer to the first ones.

    Of the first quarter of the layers, four at most, the largest counts: queries and keys of
    attention have small gradients in sound models, but not values.
    """
    places = [
        place
        for place, layer in enumerate(found.layers)
        if layer.kind != "embedding" or len(found.layers) == 1
    ]
    sizes = np.median(found.measured.layers["delta_rms"], axis=0)
    head = places[: min(4, max(1, len(places) // 4))]
    first, last = max(head, key=lambda place: float(sizes[place])), places[-1]
    ends = max(float(sizes[first]), TINY), max(float(sizes[last]), TINY)
    decades = abs(math.log10(ends[0] / ends[1]))
    return Check(
        "gradient range",
        decades,
        f"gradients have size {ends[1]:.2g} at {found.layers[last].name} and {ends[0]:.2g} at"
        f" {found.layers[first].name}",
        "a signal that shrinks or grows from layer to layer; initialize_(model, 'he') for ReLU or"
        " 'lecun_normal' for tanh keeps it, and so do normalization and residual connections",
    )


def _collapse_check(found: ModelProbe) -> Check:
    """Return how many decades the smallest effective rank of a hidden layer is above one."""
    # The output may be zero on purpose, and what a table holds need not depend on the inputs.
    hidden = np.array([layer.kind != "embedding" for layer in found.layers])
    hidden[-1] = len(hidden) == 1
    ranks = np.median(found.measured.layers["effective_rank"], axis=0)
    is_zero = np.median(found.measured.layers["activation_rms"], axis=0) == 0.0
    # A rank is not known where the samples do not lie along the first axis.
    ranks = np.where(is_zero, 1.0, np.where(np.isnan(ranks) | ~hidden, np.inf, ranks))
    ranks = np.where(hidden, ranks, np.inf)
    place = int(np.argmin(ranks))
    above = max(float(ranks[place]) - 1.0, TINY)
    return Check(
        "collapse",
        -math.log10(above) if math.isfinite(above) else 0.0,
        f"at {found.layers[place].name} all inputs look alike: the effective rank of the"
        f" activations is {1.0 + above:.6g}",
        "weights that are too small beside the biases, or an activation that is saturated or far"
        " from zero, so that only biases can learn",
    )


def outlook(values: Mapping[str, float]) -> float:
    """Return the log-odds that a network does not train, from the numbers of its checks.

    Parameters
    ----------
    values : mapping of str to float
        By check; those that are missing, as the loss without targets, count as sound.
    """
    return INTERCEPT + sum(WEIGHTS[name] * each for name, each in features(values).items())


def features(values: Mapping[str, float]) -> dict[str, float]:
    """Return the numbers that the outlook depends on, within their ranges."""
    found = {}
    for name, (low, high) in RANGES.items():
        value = values.get(name, 1.0 if name == "loss" else 0.0)
        if name == "loss":
            value = math.log10(max(value, TINY)) if value < math.inf else high
        found[name] = min(max(value, low), high) if not math.isnan(value) else high
    return found


def _outlook_check(checks: Sequence[Check]) -> Check:
    """Return the probability that the network does not train."""
    values = {each.name: each.value for each in checks}
    probability, parts = 1.0 / (1.0 + math.exp(-outlook(values))), features(values)
    worst = max(parts, key=lambda name: WEIGHTS[name] * (parts[name] - RANGES[name][0]))
    return Check(
        "outlook",
        probability,
        f"{probability:.0%} of the small networks with such numbers did not train, in a sample"
        " half of which did not",
        f"above all the check {worst!r}",
    )


def _share_check(found: ModelProbe, name: str, shares: FloatArray, what: str, cause: str) -> Check:
    """Return the largest share of the units of a layer, a median over seeds of ``(S, L)``."""
    medians = np.median(shares, axis=0)
    place = int(np.argmax(medians))
    finding = f"{medians[place]:.0%} of the units of {found.layers[place].name} {what}"
    return Check(name, float(medians[place]), finding, cause)


def _tensor_check(model: nn.Module) -> Check:
    """Return the number of weights that are not finite, absurd, or copies of others."""
    weights, _ = parameters_of(model)
    arrays: dict[str, FloatArray] = {}
    for weight in weights:
        for number in range(weight.matrices):
            name = weight.name if weight.matrices == 1 else f"{weight.name}[{number}]"
            matrix = weight.matrix_of(weight.tensor.detach().float(), number)
            arrays[name] = np.ascontiguousarray(matrix.numpy())
    problems, traces = [], []
    for placed in place(tensors_of(arrays), "in_out"):
        sample = read_sample(placed)
        facts = check_facts(sample, is_kernel=False)
        problems += [
            f"{placed.tensor.name}: {fact.finding}" for fact in facts if fact.p_value == 0.0
        ]
        traces.append(trace_of(placed, sample))
    repeats = check_repeats(traces)
    problems += [f"{name} {check.finding}" for name, check in repeats]
    return Check(
        "tensors",
        float(len(problems)),
        "; ".join(problems[:3]) or "all weights are finite and differ",
        "memory that was never initialized, or layers that were copied or drawn from a generator"
        " that was seeded again",
    )


def _width_check(
    model: Callable[..., nn.Module],
    batch: Any,
    loss: Loss,
    seeds: int,
    widths: Sequence[int] | None,
) -> Check:
    """Return the largest exponent with which the signal of a layer changes with the width."""
    default = inspect.signature(model).parameters["width"].default
    if widths is None:
        if not isinstance(default, int):
            raise UsageError("name widths, since the parameter width has no default")
        widths = [default * factor for factor in WIDTHS]
    if len(widths) < 2:
        raise UsageError("widths must name at least two widths")
    sizes, facts = [], []
    layers: tuple[Layer, ...] = ()
    for width in widths:
        make = partial(model, width=width)
        found = probe(make, batch, loss, seeds=seeds, halves=())
        layers = found.layers
        sizes.append(np.median(found.measured.layers["preactivation_rms"], axis=0))
        facts.append([_sizes_of(model_for(make, seed)) for seed in found.seeds])
    if len({len(each) for each in sizes}) > 1:
        raise UsageError("the number of layers changes with the width")
    x = np.log(np.array(widths, np.float64))

    def exponents(values: FloatArray) -> FloatArray:
        """Return the exponents of the width in values whose first axis is that of the widths."""
        with np.errstate(all="ignore"):
            logs = np.log(values)
            slopes = (x - x.mean()) @ (logs - logs.mean(axis=0)) / np.square(x - x.mean()).sum()
        return np.where(np.isfinite(slopes), slopes, 0.0)

    slopes = exponents(np.stack(sizes))
    hidden = np.abs(slopes)[:-1]
    if not hidden.size:
        return Check("widths", 0.0, "there is no hidden layer")
    place = int(np.argmax(hidden))
    # A cause is a fact of the parameters of this layer or of one before it.
    causes: dict[str, str] = {}
    for number, layer in enumerate(layers[: place + 1]):
        if any(layer.weight not in each for row in facts for each in row):
            continue  # a module that holds several weights
        medians = np.median([[each[layer.weight] for each in row] for row in facts], axis=1)
        by_weights, by_biases = exponents(medians)
        # Biases smaller than the rest of the signal hardly change it.
        outweigh = 2.0 * medians[0, 1] ** 2 > sizes[0][number] ** 2
        if abs(by_weights) > _FIXED["widths"]:
            causes["weights"] = (
                f"weights whose size does not change with the fan-in as 1 / sqrt(fan_in), such as"
                f" {layer.weight}; scale them so"
            )
        if abs(by_biases) > _FIXED["widths"] and outweigh:
            causes["biases"] = (
                f"biases that outweigh the signal of the weights and change with the width, as"
                f" width^{by_biases:.2f} in {layer.name}; set them to zero, and use weights that"
                " keep the signal, 'he' for ReLU or 'lecun_normal' for tanh"
            )
    return Check(
        "widths",
        float(hidden[place]),
        f"the signal of {layers[place].name} changes as width^{slopes[place]:.2f} from width"
        f" {widths[0]} to {widths[-1]}",
        causes.get("weights")
        or causes.get("biases")
        or "not the size of the weights or biases, but a factor in the forward pass that depends on"
        " the width, or chance in narrow layers; compare larger widths and more seeds",
    )


def _sizes_of(model: nn.Module) -> dict[str, tuple[float, float]]:
    """Return for each weight its root mean square × sqrt(fan_in), and that of its bias."""
    return {
        each.name: (
            rms_of(each.tensor) * math.sqrt(each.fan_in),
            rms_of(getattr(each.module, each.bias, None)),
        )
        for each in parameters_of(model)[0]
    }
