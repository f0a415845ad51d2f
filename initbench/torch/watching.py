"""Watching a forward pass: which weights are used, in which order, and what follows each of them.

A pass is watched in two ways: by hooks on the modules that own weights or are activations, and by
a function mode, which sees every call of a PyTorch function. Together they tell which weights each
tensor depends on, so that residual branches are found without knowing the architecture: an addition
of two tensors, one of which depends on more weights than the other, ends a branch of these weights.

Dropout is left out, so that two passes with the same weights are equal.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakIdKeyDictionary

from initbench.torch.modules import Weight, plain_name

ROOT: Final = ""
"""Stands for the inputs of the model among the weights that a tensor depends on."""

_DROPOUTS: Final = frozenset(
    {F.dropout, F.dropout1d, F.dropout2d, F.dropout3d, F.alpha_dropout, F.feature_alpha_dropout}
    | {torch.dropout}
)
_ADDITIONS: Final = frozenset({"add", "add_", "__add__", "__radd__", "__iadd__"})
_FUNCTIONS: Final[Mapping[str, str]] = {
    **{name: name for name in ("gelu", "softplus", "softsign", "sin", "abs")},
    **{name: name for name in ("relu", "leaky_relu", "elu", "selu", "silu", "mish")},
    **{f"{name}_": name for name in ("relu", "leaky_relu", "elu", "selu", "silu", "mish")},
    "tanh": "tanh",
    "tanh_": "tanh",
    "sigmoid": "sigmoid",
    "hardtanh": "hard_tanh",
    "hardtanh_": "hard_tanh",
    # Elementwise functions that are not in the catalogue of activations.
    **dict.fromkeys(("relu6", "hardswish", "hardsigmoid", "celu", "prelu", "rrelu"), ""),
    "logsigmoid": "",
}
MODULES: Final[Mapping[str, str]] = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "SELU": "selu",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Hardtanh": "hard_tanh",
    # With those of the package transformers, which are written in terms of other functions.
    **dict.fromkeys(("GELU", "GELUActivation", "NewGELUActivation", "FastGELUActivation"), "gelu"),
    **dict.fromkeys(("QuickGELUActivation", "GELUTanh", "PytorchGELUTanh"), "gelu"),
    "SiLU": "silu",
    "SiLUActivation": "silu",
    "Mish": "mish",
    "MishActivation": "mish",
    # Elementwise modules that are not in the catalogue.
    **dict.fromkeys(("ReLU6", "Hardswish", "Hardsigmoid", "CELU", "PReLU", "RReLU"), ""),
    **dict.fromkeys(("LogSigmoid", "Tanhshrink", "Hardshrink", "Softshrink", "Threshold"), ""),
    "ReLUSquaredActivation": "",
}
_OPTIONS: Final[Mapping[str, tuple[str, str, float]]] = {
    "leaky_relu": ("slope", "negative_slope", 0.01),
    "elu": ("alpha", "alpha", 1.0),
}
"""From an activation to its option, what PyTorch calls it, and PyTorch's default."""


@dataclass
class Call:
    """One use of the weights of a module.

    Attributes
    ----------
    owner : str
        Name of the module.
    activation : str or None
        What is applied to the output, as far as it is known: a name of the catalogue, an empty
        string for an elementwise function that the catalogue has not, None for none.
    options : mapping
        Of the activation.
    given, made, slopes : Tensor or None
        The values that the activation received and returned, and its derivative there; without an
        activation, `given` is the output. Only if values are kept.
    delta : Tensor or None
        After the backward pass, the derivative of the loss by `given`; only if values are kept.
    is_image : bool
        Whether the units of the output are along its second axis, as those of convolutions.
    is_changed : bool
        Whether the activation receives something else than the output, such as a normalized output.
    source : int
        Identity of the tensor that `given` is a copy of.
    """

    owner: str
    inputs: torch.Tensor | None
    output: torch.Tensor
    activation: str | None = None
    options: Mapping[str, float] = field(default_factory=dict)
    given: torch.Tensor | None = None
    made: torch.Tensor | None = None
    slopes: torch.Tensor | None = None
    delta: torch.Tensor | None = None
    is_image: bool = False
    is_changed: bool = False
    source: int = 0


@dataclass(frozen=True)
class Branch:
    """A residual branch: the modules between a signal and the addition that returns to it."""

    owners: tuple[str, ...]


class NoDropout(TorchFunctionMode):
    """Lets nothing be dropped, whatever mode the model is in."""

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call a function; dropout returns its input."""
        kwargs = kwargs or {}
        if func in _DROPOUTS:
            return args[0] if args else kwargs["input"]
        return func(*args, **kwargs)


class Watch(NoDropout):
    """Records the calls of a forward pass.

    Parameters
    ----------
    keep : bool
        Whether the values before and after activations are kept.
    """

    def __init__(self, model: nn.Module, weights: Sequence[Weight], *, keep: bool = False) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.branches: list[Branch] = []
        self._model, self._keep = model, keep
        self._owners = {id(weight.module): weight for weight in weights}
        self._tables = {weight.owner for weight in weights if weight.kind == "embedding"}
        self._ancestors: Any = WeakIdKeyDictionary()
        self._open: list[Call | None] = []

    @contextmanager
    def hooked(self, inputs: Any) -> Iterator[None]:
        """Watch what happens to these inputs of the model."""
        for tensor in tensors_in(inputs):
            self._ancestors[tensor] = frozenset({ROOT})
        with ExitStack() as stack:
            for name, module in self._model.named_modules():
                if id(module) in self._owners:
                    after = self._after_weight(plain_name(name))
                    handles = [module.register_forward_hook(after)]
                elif type(module).__name__ in MODULES:
                    handles = [
                        module.register_forward_pre_hook(self._before_activation),
                        module.register_forward_hook(self._after_activation),
                    ]
                else:
                    continue
                for handle in handles:
                    stack.callback(handle.remove)
            stack.enter_context(self)
            yield

    def ancestors(self, tensor: torch.Tensor) -> frozenset[str]:
        """Return the owners of the weights that a tensor depends on, and `ROOT` for the inputs."""
        found: frozenset[str] = self._ancestors.get(tensor, frozenset())
        return found

    def __torch_function__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call a function, and note what its result depends on."""
        kwargs = kwargs or {}
        given = list(tensors_in((args, kwargs)))
        if not given or func in _DROPOUTS:
            return super().__torch_function__(func, _types, args, kwargs)
        name = getattr(func, "__name__", "")
        sets = [self.ancestors(tensor) for tensor in given]
        call = None
        if name in _FUNCTIONS and not self._open:
            plain = _FUNCTIONS[name]
            options = {}
            if plain in _OPTIONS:
                option, theirs, default = _OPTIONS[plain]
                options[option] = float(kwargs.get(theirs, args[1] if len(args) > 1 else default))
            call = self._begin(given[0], plain, options, lambda x: func(x, *args[1:], **kwargs))
        if name in _ADDITIONS and len(given) > 1:
            self._end_branch(*sets[:2])
        result = func(*args, **kwargs)
        union = frozenset[str]().union(*sets)
        for tensor in tensors_in(result):
            self._ancestors[tensor] = union
        if call is not None:
            call.made = result
        return result

    def _after_weight(self, owner: str) -> Callable[..., None]:
        def after(module: nn.Module, args: Any, output: Any) -> None:
            found = next(tensors_in(output), None)
            if found is None or not found.is_floating_point():
                return
            call = Call(owner, next(tensors_in(args), None), found)
            call.is_image = bool(self._owners[id(module)].positions)
            self.calls.append(call)
            self._keep_values(call, found)
            sources = [self.ancestors(tensor) for tensor in tensors_in(args)]
            for tensor in tensors_in(output):
                known = self.ancestors(tensor).union(*sources)
                self._ancestors[tensor] = known | {owner}

        return after

    def _before_activation(self, module: nn.Module, args: Any) -> None:
        if self._open or not args:
            self._open.append(None)
            return
        name = MODULES[type(module).__name__]
        option = _OPTIONS.get(name)
        options = {option[0]: float(getattr(module, option[1]))} if option else {}
        if name == "hard_tanh" and (module.min_val, module.max_val) != (-1.0, 1.0):
            name = ""
        if name == "softplus" and module.beta != 1:
            name = ""
        function = type(module).forward.__get__(module)
        self._open.append(self._begin(args[0], name, options, function))

    def _after_activation(self, _module: nn.Module, _args: Any, output: Any) -> None:
        call = self._open.pop()
        if call is not None:
            call.made = output

    def _begin(
        self,
        given: torch.Tensor,
        name: str,
        options: Mapping[str, float],
        function: Callable[[Any], Any],
    ) -> Call | None:
        """Note that an activation follows the latest call; return the call, if it does."""
        if not self.calls or self.calls[-1].activation is not None:
            return None
        call = self.calls[-1]
        if call.owner not in self.ancestors(given):
            return None
        call.activation, call.options = name, options
        call.is_changed = given is not call.output
        if self._keep:
            self._keep_values(call, given)
            # The activation may overwrite its inputs, so its derivative is taken before.
            with torch._C.DisableTorchFunction(), torch.enable_grad():
                leaf = given.detach().clone().requires_grad_()
                call.slopes = torch.autograd.grad(function(leaf.clone()).sum(), leaf)[0]
        return call

    def _keep_values(self, call: Call, given: torch.Tensor) -> None:
        if not self._keep:
            return
        call.given, call.delta = given.detach().clone(), None

        def remember(delta: torch.Tensor, call: Call = call, number: int = id(given)) -> None:
            if call.source == number:
                call.delta = delta.detach().clone()

        call.source = id(given)
        if given.requires_grad:
            given.register_hook(remember)

    def _end_branch(self, one: frozenset[str], other: frozenset[str]) -> None:
        """Note a branch where a signal that depends on more weights is added to another."""
        if ROOT not in one or ROOT not in other:
            return  # a bias, or positions that do not depend on the inputs
        more, fewer = sorted((one - other, other - one), key=len, reverse=True)
        known = {owner for branch in self.branches for owner in branch.owners}
        order = dict.fromkeys(call.owner for call in self.calls)
        owners = tuple(owner for owner in order if owner in more - self._tables - known)
        if owners and len(fewer) <= 1:  # one weight may adapt the shape of the other signal
            self.branches.append(Branch(owners))


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors in nested tuples, lists, mappings and records."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from tensors_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from tensors_in(each)
