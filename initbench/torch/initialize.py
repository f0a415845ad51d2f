"""Initialize: draw the weights of a module in place, with any scheme that applies to it.

Weights are drawn in double precision, matrix by matrix, and rounded to the type of the parameter. A
chain of linear layers has the streams of the NumPy engine, so that its weights are the same to the
last bit. Every other weight has a stream of its own that depends on the seed and on the name of the
parameter alone: the order of the modules does not matter, and neither does what else the model has.
"""

import fnmatch
import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, get_args

import numpy as np
import torch
from torch import nn
from torch.nn.utils import parametrize

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers import Initialization, Initializer, LayerSpec, bind
from initbench.initializers.entry import OptimizerFamily
from initbench.nn import BoundActivation
from initbench.tables import as_lines, plain, table_of
from initbench.torch.adapting import ADAPTING
from initbench.torch.modules import Parameter, Weight, parameters_of, require_model
from initbench.torch.network import Network, network_of, spec_of_parameter
from initbench.torch.passes import Loss, batch_of, call, seeded

Scheme: TypeAlias = str | Mapping[str, Any] | Initialization | Initializer | Callable[..., Any]
"""A name, a mapping with ``name`` and options, or a user-defined scheme."""

INDEPENDENT: Final = frozenset({"normal", "uniform", "truncated_normal", "constant"})
"""Laws of independent entries, which keep their family when they are scaled."""

CENTRED: Final = frozenset({"identity", "zero_hadamard"})
"""Schemes whose matrix is placed at the centre of a convolution's kernel, which is zero elsewhere.

An identity passes each channel on there, as `torch.nn.init.dirac_` does, and so does ZerO's matrix
(Zhao, Schäfer, Anandkumar, "ZerO initialization", TMLR 2022).
"""

_FLAT: Final = frozenset({"normal", "uniform", "truncated_normal", "mixture"})
"""Laws that a convolution's kernel can have whatever the order of its entries."""


@dataclass(frozen=True)
class Initialized:
    """What became of one parameter.

    Attributes
    ----------
    name : str
    shape : tuple of int
    kind : str
        As in `Weight.kind`, or the role of a parameter that is no weight.
    fan_in, fan_out : int
        Both 0 for parameters that are no weights.
    scheme : str
        What it was drawn from; empty if it was left alone.
    std : float
        Standard deviation of its entries now.
    why : str
        Why it was left alone, or how it was drawn.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    fan_in: int
    fan_out: int
    scheme: str
    std: float
    why: str = ""

    @property
    def is_left_alone(self) -> bool:
        """Whether the parameter has not been changed."""
        return not self.scheme


@dataclass(frozen=True)
class Report:
    """What each parameter of a model got, and which were left alone.

    Attributes
    ----------
    scheme : str
    seed : int
    activation : str
        Of the hidden layers, as the scheme was told.
    is_assumed : bool
        Whether the activation is an assumption.
    branches : tuple of tuple of str
        Modules of each residual branch.
    parameters : tuple of Initialized
    """

    scheme: str
    seed: int
    activation: str
    is_assumed: bool
    branches: tuple[tuple[str, ...], ...]
    parameters: tuple[Initialized, ...]
    factors: Mapping[str, Callable[[OptimizerFamily], float]]

    @property
    def left_alone(self) -> tuple[str, ...]:
        """Names of the parameters that have not been changed."""
        return tuple(each.name for each in self.parameters if each.is_left_alone)

    def parameter_groups(
        self, model: nn.Module, learning_rate: float, optimizer: OptimizerFamily = "sgd"
    ) -> list[dict[str, Any]]:
        """Return groups for an optimizer of PyTorch, with the learning rate that the scheme states.

        Parameters
        ----------
        model : nn.Module
            The model that was initialized.
        learning_rate : float
        optimizer : {"sgd", "adam"}
            Whether a step is proportional to the gradient, or not.

        Raises
        ------
        UsageError
            The optimizer is unknown, or the scheme states no rates for it.
        """
        require_model(model)
        if optimizer not in get_args(OptimizerFamily):
            listed = ", ".join(get_args(OptimizerFamily))
            raise UsageError(f"optimizer must be one of {listed}, not {optimizer!r}")
        groups: dict[float, list[nn.Parameter]] = {}
        for name, parameter in model.named_parameters():
            factor = self.factors.get(name)
            rate = learning_rate * (1.0 if factor is None else factor(optimizer))
            groups.setdefault(rate, []).append(parameter)
        return [{"params": params, "lr": rate} for rate, params in groups.items()]

    def __str__(self) -> str:
        """Return a table with a line for each parameter."""
        rows = []
        for each in self.parameters:
            fans = (str(each.fan_in), str(each.fan_out)) if each.fan_in else ("–", "–")
            what = each.scheme or "left alone"
            note = f"{what}: {each.why}" if each.why else what
            shape = "×".join(map(str, each.shape))
            rows.append((each.name, shape, each.kind, *fans, f"{each.std:.3g}", note))
        names = ("parameter", "shape", "kind", "fan_in", "fan_out", "std", "")
        lines, _ = as_lines(table_of(names, rows, left=(0, 1, 2, 6)))
        found = "assumed" if self.is_assumed else "found"
        heading = f"{self.scheme}, seed {self.seed}; {self.activation} ({found})"
        return f"{heading}\n{plain(lines)}"


def initialize_(
    model: nn.Module,
    scheme: Scheme = "he",
    *,
    seed: int = 0,
    batch: Any = None,
    loss: Loss = None,
    activation: str | BoundActivation | None = None,
    overrides: Mapping[str, Scheme | None] | None = None,
    branches: Sequence[str] | None = None,
    branch_scales: str | None = None,
    force: bool = False,
) -> Report:
    """Initialize a model in place, and return what each parameter got.

    Weights are drawn from the scheme, with the fans of their layer; biases as the source of the
    scheme says, at zero for most; normalizations get the factor 1, the shift 0 and fresh running
    statistics. Frozen parameters, and parameters of modules that are unknown, are left alone.

    Parameters
    ----------
    model : nn.Module
    scheme : str, mapping or user-defined scheme
        ``"he"``, or with options, ``{"name": "random", "std": 0.1}``.
    seed : int
    batch : Tensor, tuple or mapping, optional
        Inputs, or ``(inputs, target)``. Schemes that look at data need it. It also tells the order
        of the layers, their activations and the residual branches, and gives lazy modules their
        shapes.
    loss : str or callable, optional
        For schemes that look at gradients: ``cross_entropy``, ``binary_cross_entropy``, ``mse``, or
        a function of output and target. The default follows from the target.
    activation : str, optional
        Of the hidden layers, if it cannot be found.
    overrides : mapping of str to scheme or None, optional
        From patterns of parameter names to another scheme, the first that matches: ``{"head.*":
        "zeros", "*.pos_embed": {"name": "normal", "std": 0.02}}``. None leaves a parameter alone.
    branches : sequence of str, optional
        Patterns of the names of modules that are residual branches, if no batch can tell.
    branch_scales : str, optional
        Pattern of the learned factors of the residual branches, for schemes such as ``rezero``.
    force : bool
        Use the scheme even if its source excludes such networks.

    Returns
    -------
    Report

    Raises
    ------
    UsageError
        The scheme does not apply to the model, needs a batch, or is unknown; or a pattern matches
        nothing.

    References
    ----------
    The sources of each scheme are in the catalogue: ``initbench explain he``.
    """
    require_model(model)
    if not isinstance(overrides, Mapping | None):
        raise UsageError(f"overrides must be a mapping from patterns to schemes, not {overrides!r}")
    if isinstance(branches, str) or not isinstance(branches, Sequence | None):
        raise UsageError(f"branches must be a list of patterns, not {branches!r}")
    bound = scheme_of(scheme)
    data = None if batch is None else batch_of(batch)
    lazy = nn.parameter.UninitializedParameter
    if data is not None and any(isinstance(each, lazy) for each in model.parameters()):
        with seeded(0), torch.no_grad():
            call(model, data.inputs)
    network = network_of(
        model,
        data,
        activation=activation,
        branches=branches,
        scaled_branches=branch_scales is not None,
    )
    weights, others = parameters_of(model)
    if not [*weights, *others]:
        raise UsageError("the model has no parameters, so there is nothing to initialize")
    bound = bound.for_activation(network.activation)
    chosen = _overridden([*weights, *others], overrides or {})
    _check(bound, network, chosen, force=force)
    adapt = ADAPTING.get(bound.initializer.name)
    if bound.initializer.adapt is not None:
        if adapt is None:
            raise UsageError(
                f"{bound.initializer.name} adapts its weights to data, and is not available for"
                f" PyTorch modules; of such schemes, {', '.join(ADAPTING)} are"
            )
        if data is None:
            raise UsageError(
                f"{bound.initializer.name} adapts its weights to data: pass a batch of inputs"
            )
    found: list[Initialized] = []
    biases: dict[str, FloatArray] = {}
    with torch.no_grad():
        for weight in network.weights:
            own = chosen.get(weight.name, bound)
            found.append(_initialize_weight(weight, own, network, seed, biases))
        drawn: Any = {"chosen": chosen, "seed": seed, "biases": biases}
        found += [
            _initialize_other(each, bound, branch_scales=branch_scales, **drawn) for each in others
        ]
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._NormBase):
                module.reset_running_stats()
    if adapt is not None and data is not None:
        options = {name: bound.options[name] for name in bound.initializer.adapt_options}
        left = {each.name for each in found if each.is_left_alone}
        kept = [weight for weight in network.weights if weight.name not in left | set(chosen)]
        adapt(model, kept, data, loss, seed, **options)
        now: list[Weight | Parameter] = [*weights, *others]
        stds = {each.name: _std(each.tensor) for each in now}
        found = [replace(each, std=stds[each.name]) for each in found]
    order = {name: place for place, (name, _) in enumerate(model.named_parameters())}
    return Report(
        scheme=described(bound),
        seed=seed,
        activation=network.activation.name,
        is_assumed=network.is_assumed,
        branches=tuple(branch.owners for branch in network.branches),
        parameters=tuple(sorted(found, key=lambda each: order.get(each.name, len(order)))),
        factors=_factors(bound, network, chosen, others),
    )


def scheme_of(scheme: Scheme) -> Initialization:
    """Return a scheme with its options bound."""
    if isinstance(scheme, Initialization):
        return scheme
    if isinstance(scheme, Mapping):
        options = {str(name): value for name, value in scheme.items() if name != "name"}
        if "name" not in scheme:
            raise UsageError(f"a scheme must have a name: {dict(scheme)!r}")
        return bind(scheme["name"], **options)
    return bind(scheme)


def described(scheme: Initialization) -> str:
    """Return a scheme's name, with the options that are not defaults in brackets."""
    name = scheme.initializer.name
    options = [f"{option}={value}" for option, value in scheme.changed_options.items()]
    return f"{name}({', '.join(options)})" if options else name


def _overridden(
    parameters: Sequence[Weight | Parameter], overrides: Mapping[str, Scheme | None]
) -> dict[str, Initialization | None]:
    """Return the schemes of the parameters whose names match a pattern."""
    found: dict[str, Initialization | None] = {}
    for pattern, scheme in overrides.items():
        names = [
            each.name
            for each in parameters
            for name in (each.names if isinstance(each, Weight) else (each.name,))
            if fnmatch.fnmatchcase(name, pattern)
        ]
        if not names:
            raise UsageError(f"overrides: {pattern!r} matches no parameter")
        own = None if scheme is None else scheme_of(scheme)
        if own is not None and own.initializer.adapt is not None:
            raise UsageError(f"overrides: {own.initializer.name} adapts whole networks to data")
        for name in names:
            found.setdefault(name, own)
    return found


def _check(
    scheme: Initialization,
    network: Network,
    chosen: Mapping[str, Initialization | None],
    *,
    force: bool,
) -> None:
    """See that a scheme applies to the weights that it would draw."""
    drawn = [each for each in network.weights if each.name not in chosen]
    specs = [network.specs[each.name] for each in drawn if each.kind != "embedding"]
    if not specs:
        return
    try:
        scheme.check(specs, force=force)
    except UsageError as error:
        text = str(error).replace("Say 'force: true'", "Pass force=True")
        if scheme.initializer.requires.residual and not network.branches:
            text += ". Residual branches are found with a batch, or named with branches=[…]"
        if scheme.initializer.requires.scaled_branches:
            text += ". Name the learned factors with branch_scales='…'"
        raise UsageError(text) from None
    name = scheme.initializer.name
    for weight in drawn:
        if math.prod(weight.positions) == 1 or name in CENTRED:
            continue
        kind = scheme.distribution(network.specs[weight.name])
        if kind == "deterministic" and not force:
            raise UsageError(
                f"initializer {name!r} sets a fixed matrix, which has no meaning for the kernel of"
                f" {weight.name}; override it, or use another scheme"
            )


def _initialize_weight(
    weight: Weight,
    scheme: Initialization | None,
    network: Network,
    seed: int,
    biases: dict[str, FloatArray],
) -> Initialized:
    """Draw a weight, and remember the biases that were drawn with it."""
    spec = network.specs[weight.name]
    reason = ""
    if scheme is None:
        reason = "by request"
    elif not _is_trained(weight):
        reason = "frozen (requires_grad is False)"
    elif not weight.tensor.is_floating_point():
        reason = f"its type is {weight.tensor.dtype}"
    elif weight.kind == "embedding" and scheme.distribution(spec) not in INDEPENDENT:
        reason = f"{scheme.initializer.name} has no law for a look-up table"
    if scheme is None or reason:
        return _outcome(weight, "", reason)
    key = (spec.index,) if network.is_perceptron else _key(weight.name)
    matrices = []
    for place in range(weight.matrices):
        part = key if weight.matrices == 1 else (*key, place)
        matrix, bias = _draw(scheme, weight, spec, seed, part)
        matrices.append(torch.from_numpy(np.ascontiguousarray(matrix)))
        if weight.bias:
            name = f"{weight.owner}.{weight.bias}".removeprefix(".")
            biases[name] = np.concatenate([biases.get(name, bias[:0]), bias])
    problem = _set(weight.module, weight.attribute, weight.assemble(matrices))
    if problem:
        return _outcome(weight, "", problem)
    padding = getattr(weight.module, "padding_idx", None)
    if weight.kind == "embedding" and padding is not None:
        weight.tensor[padding] = 0.0
    notes = []
    if weight.matrices > 1:
        notes.append(f"{weight.matrices} matrices")
    if len(weight.names) > 1:
        notes.append(f"tied with {', '.join(name for name in weight.names if name != weight.name)}")
    return _outcome(weight, described(scheme), "; ".join(notes))


def _draw(
    scheme: Initialization, weight: Weight, spec: LayerSpec, seed: int, key: tuple[int, ...]
) -> tuple[FloatArray, FloatArray]:
    """Return one matrix (inputs, units) of a weight and the biases of its units.

    A scheme draws a matrix of fan_in × fan_out. Where the fans count more connections than the
    matrix has rows and columns, as in convolutions, a law of independent entries is scaled to the
    variance that it has for the fans.
    """
    positions = math.prod(weight.positions)
    shape = (weight.inputs, weight.units)
    if positions > 1 and scheme.initializer.name in CENTRED:
        channels = replace(spec, fan_in=shape[0] // positions, fan_out=shape[1])
        middle, bias = scheme.draw_layer(channels, seed, key)
        kernel = np.zeros((shape[0] // positions, positions, shape[1]))
        centre = np.ravel_multi_index([size // 2 for size in weight.positions], weight.positions)
        kernel[:, int(centre)] = middle
        return kernel.reshape(shape), bias
    matrix_spec = replace(spec, fan_in=shape[0], fan_out=shape[1])
    matrix, bias = scheme.draw_layer(matrix_spec, seed, key)
    if spec.shape != shape and scheme.states_law and scheme.distribution(spec) in _FLAT:
        drawn, wanted = scheme.variance(matrix_spec), scheme.variance(spec)
        if drawn > 0.0 and scheme.mean(matrix_spec) == 0.0 and wanted != drawn:
            matrix = matrix * math.sqrt(wanted / drawn)
    return matrix, bias


def _initialize_other(
    parameter: Parameter,
    scheme: Initialization,
    *,
    chosen: Mapping[str, Initialization | None],
    seed: int,
    biases: Mapping[str, FloatArray],
    branch_scales: str | None,
) -> Initialized:
    """Set a parameter that is no weight."""
    tensor, name, role = parameter.tensor, parameter.name, parameter.role

    def filled(value: float, what: str, why: str = "") -> Initialized:
        tensor.fill_(value)
        return _outcome(parameter, what, why)

    if not tensor.requires_grad:
        return _outcome(parameter, "", "frozen (requires_grad is False)")
    if name in chosen:
        own = chosen[name]
        if own is None:
            return _outcome(parameter, "", "by request")
        drawn, _ = own.draw_layer(spec_of_parameter(tensor), seed, _key(name))
        _set(parameter.module, parameter.attribute, torch.from_numpy(drawn.T.copy()))
        return _outcome(parameter, described(own), "")
    if branch_scales is not None and fnmatch.fnmatchcase(name, branch_scales):
        factor = scheme.initializer.branch_scale
        return filled(factor, described(scheme), f"branch factor {factor:g}")
    if role == "normalization":
        return filled(1.0, "ones")
    if role == "bias" and parameter.of and name not in biases:
        return _outcome(parameter, "", f"as {parameter.of} was")
    # Of the projections of attention with different sizes, one states the bias of all.
    if role == "bias" and parameter.of and len(biases[name]) == tensor.numel():
        _set(parameter.module, parameter.attribute, torch.from_numpy(biases[name]))
        return _outcome(parameter, described(scheme) if biases[name].any() else "zeros", "")
    if role in {"bias", "shift"}:
        return filled(0.0, "zeros")
    return _outcome(parameter, "", "no weight of a layer that is known; use overrides")


def _set(module: nn.Module, attribute: str, values: torch.Tensor) -> str:
    """Write values to a parameter; return why that is not possible, or an empty string."""
    if parametrize.is_parametrized(module, attribute):
        current = getattr(module, attribute)
        wanted = values.to(dtype=current.dtype, device=current.device).reshape(current.shape)
        try:
            setattr(module, attribute, wanted)
        except (NotImplementedError, RuntimeError, ValueError) as error:
            kind = type(module.parametrizations[attribute][0]).__name__
            return f"its parametrization {kind} cannot be set: {str(error).splitlines()[0]}"
        return ""
    parameter = getattr(module, attribute)
    parameter.copy_(values.reshape(parameter.shape))
    return ""


def _is_trained(weight: Weight) -> bool:
    if parametrize.is_parametrized(weight.module, weight.attribute):
        parametrization = weight.module.parametrizations[weight.attribute]
        return any(each.requires_grad for each in parametrization.parameters(recurse=False))
    return bool(weight.tensor.requires_grad)


def _outcome(parameter: Weight | Parameter, scheme: str, why: str) -> Initialized:
    kind, fans = "", (0, 0)
    if isinstance(parameter, Weight):
        kind, fans = parameter.kind, (parameter.fan_in, parameter.fan_out)
    else:
        kind = parameter.role
    tensor = parameter.tensor
    return Initialized(parameter.name, tuple(tensor.shape), kind, *fans, scheme, _std(tensor), why)


def _std(tensor: torch.Tensor) -> float:
    if not tensor.is_floating_point() or not tensor.numel():
        return math.nan
    return float(tensor.detach().double().std(correction=0))


def _key(name: str) -> tuple[int, ...]:
    """Return the key of a parameter's random stream, which depends on its name alone."""
    digest = hashlib.sha256(name.encode()).digest()
    return (int.from_bytes(digest[:8], "big"),)


def _factors(
    scheme: Initialization,
    network: Network,
    chosen: Mapping[str, Initialization | None],
    others: Sequence[Parameter],
) -> dict[str, Callable[[OptimizerFamily], float]]:
    """Return the factor of a scheme on the learning rate of each parameter, as a function."""

    def factor(spec: LayerSpec, part: Any) -> Callable[[OptimizerFamily], float]:
        return lambda optimizer: scheme.learning_rate_factor(spec, optimizer, part)

    found = {}
    for weight in network.weights:
        if weight.name not in chosen:
            for name in weight.names:
                found[name] = factor(network.specs[weight.name], "weights")
    for parameter in others:
        if parameter.role == "bias" and parameter.of and parameter.of not in chosen:
            found[parameter.name] = factor(network.specs[parameter.of], "biases")
    return found
