"""The parameters of a module: which are weights of linear maps, and with which fans.

A *weight* is a parameter that multiplies a signal: of a linear layer, a convolution, an embedding,
an attention or a recurrent module. A fused parameter holds several matrices, such as the three
projections of attention, which are drawn one by one.

Fans count connections: `fan_in` is the number of inputs that one output sums, and `fan_out` the
number of outputs that one input reaches. They are those of `torch.nn.init` for linear layers and
for convolutions of one group. They differ where `torch.nn.init` reads the shape alone: a
convolution with groups reaches the outputs of its own group only, and a transposed convolution sums
``channels * positions / stride`` inputs. An embedding is a linear map of a vector with a single
one, so its fan-in is 1, unless its weight is tied to an output layer, whose fans count then.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import torch
from torch import nn
from torch.nn.utils import parametrize

from initbench.errors import UsageError

_COMPILED: Final = "_orig_mod."
"""What `torch.compile` puts before the names of parameters."""


@dataclass(frozen=True)
class Weight:
    """A parameter that multiplies a signal.

    Attributes
    ----------
    name : str
        As in `named_parameters`, or of the parametrized tensor, ``0.weight``.
    owner : str
        Name of the module.
    attribute : str
        Of the module, such as ``in_proj_weight``.
    kind : str
        ``linear``, ``convolution``, ``transposed convolution``, ``embedding``, ``attention`` or
        ``recurrent``.
    fan_in, fan_out : int
        Of one of its matrices.
    inputs, units : int
        Shape of one of its matrices.
    matrices : int
        Number of matrices that the parameter holds.
    positions : tuple of int
        Of a convolution's kernel; empty for others.
    is_in_out : bool
        Whether the first axis is that of the inputs, as in transposed convolutions.
    bias : str
        Attribute of the bias; empty where there is none.
    names : tuple of str
        All names of the parameter; more than one if it is tied.
    """

    name: str
    owner: str
    module: nn.Module = field(repr=False)
    attribute: str
    kind: str
    fan_in: int
    fan_out: int
    inputs: int
    units: int
    matrices: int = 1
    positions: tuple[int, ...] = ()
    is_in_out: bool = False
    bias: str = ""
    names: tuple[str, ...] = ()

    @property
    def tensor(self) -> torch.Tensor:
        """The weight; computed if it is parametrized."""
        return getattr(self.module, self.attribute)

    def matrix_of(self, tensor: torch.Tensor, place: int) -> torch.Tensor:
        """Return one of the matrices in a tensor of the weight's shape, (inputs, units)."""
        if not self.is_in_out:
            part = tensor[place * self.units : (place + 1) * self.units]
            return part.reshape(self.units, -1).T
        rows = tensor.shape[0] // self.matrices
        part = tensor[place * rows : (place + 1) * rows]
        return part.movedim(1, -1).reshape(-1, self.units)

    def assemble(self, matrices: list[torch.Tensor]) -> torch.Tensor:
        """Return the tensor that holds these matrices, each (inputs, units)."""
        rows = self.tensor.shape[0] // self.matrices
        parts = [
            matrix.reshape(rows, *self.positions, self.units).movedim(-1, 1)
            if self.is_in_out
            else matrix.T
            for matrix in matrices
        ]
        return (parts[0] if len(parts) == 1 else torch.cat(parts)).reshape(self.tensor.shape)


@dataclass(frozen=True)
class Parameter:
    """A parameter that is no weight: a bias, the factor or shift of a normalization, or another.

    Attributes
    ----------
    role : str
        ``bias``, ``normalization`` (factor), ``shift`` (of a normalization) or ``other``.
    of : str
        For a bias, the name of the weight that it belongs to.
    """

    name: str
    module: nn.Module = field(repr=False)
    attribute: str
    role: str
    of: str = ""

    @property
    def tensor(self) -> torch.Tensor:
        """The parameter."""
        return getattr(self.module, self.attribute)


def require_model(model: object, *, or_maker: bool = False) -> None:
    """Raise a `UsageError` unless this is a model or, with `or_maker`, a function."""
    if isinstance(model, nn.Module) or (or_maker and callable(model)):
        return
    wanted = "a torch.nn.Module or a function that makes one" if or_maker else "a torch.nn.Module"
    given = type(model).__name__
    if isinstance(model, type):
        given = f"the class {model.__name__}"
    raise UsageError(f"model must be {wanted}, not {given}")


def plain_name(name: str) -> str:
    """Return the name of a parameter or module without what wrappers put into it.

    >>> plain_name("_orig_mod.0.parametrizations.weight.original")
    '0.weight'
    """
    name = name.replace(_COMPILED, "").replace("parametrizations.", "")
    head, dot, last = name.rpartition(".")
    return head if dot and last.startswith("original") else name


def parameters_of(model: nn.Module) -> tuple[list[Weight], list[Parameter]]:
    """Return the weights and the other parameters of a module, in the order of registration.

    A tied parameter is listed once: as the weight of the layer that is no embedding, if there is
    one.
    """
    names: dict[int, list[str]] = {}
    for name, tensor in model.named_parameters(remove_duplicate=False):
        if isinstance(tensor, nn.parameter.UninitializedParameter):
            raise UsageError(
                f"{name} has no shape before the first batch: pass a batch, or call the model once"
            )
        if tensor.is_meta:
            raise UsageError(
                f"{name} is on the device 'meta' and has no data: call model.to_empty(device=…)"
            )
        names.setdefault(id(tensor), []).append(plain_name(name))
    weights: dict[int, Weight] = {}
    others: dict[int, Parameter] = {}
    claimed: set[str] = set()
    for owner, module in model.named_modules():
        head = f"{plain_name(owner)}." if plain_name(owner) else ""
        for weight in _weights_of(module):
            found = replace(weight, name=f"{head}{weight.attribute}", owner=plain_name(owner))
            claimed |= {found.name, f"{head}{found.bias}"}
            key = _identity(module, weight.attribute)
            earlier = weights.get(key)
            if earlier is None or (earlier.kind == "embedding" != weight.kind):
                weights[key] = replace(found, names=tuple(names.get(key, [found.name])))
            bias = _identity(module, weight.bias) if weight.bias else 0
            if bias:
                others[bias] = Parameter(
                    f"{head}{weight.bias}", module, weight.bias, "bias", found.name
                )
    for owner, module in model.named_modules():
        if isinstance(module, parametrize.ParametrizationList):
            continue
        head = f"{plain_name(owner)}." if plain_name(owner) else ""
        for attribute, tensor in module._parameters.items():
            if tensor is None or id(tensor) in others or f"{head}{attribute}" in claimed:
                continue
            if id(tensor) not in weights:
                role = "bias" if attribute.endswith("bias") and tensor.ndim == 1 else "other"
                kind = type(module).__name__
                if kind.endswith(("Norm", "Norm1d", "Norm2d", "Norm3d")):
                    role = {"weight": "normalization", "bias": "shift"}.get(attribute, role)
                others[id(tensor)] = Parameter(f"{head}{attribute}", module, attribute, role)
    return list(weights.values()), list(others.values())


def _identity(module: nn.Module, attribute: str) -> int:
    """Return what tells a parameter from others: two names of one tensor have the same."""
    if parametrize.is_parametrized(module, attribute):
        return id(module.parametrizations[attribute])
    return id(getattr(module, attribute))


def _weights_of(module: nn.Module) -> Iterator[Weight]:
    """Yield the weights that a module itself holds, without their names."""

    def weight(attribute: str, kind: str, fans: tuple[int, int], **more: Any) -> Weight:
        shape = {"inputs": fans[0], "units": fans[1], **more}
        return Weight("", "", module, attribute, kind, *fans, **shape)

    bias = "bias" if getattr(module, "bias", None) is not None else ""
    if isinstance(module, nn.MultiheadAttention):
        size = module.embed_dim
        of_inputs = "in_proj_bias" if module.in_proj_bias is not None else ""
        if module._qkv_same_embed_dim:
            fans = (size, size)
            yield weight("in_proj_weight", "attention", fans, matrices=3, bias=of_inputs)
        else:
            yield weight("q_proj_weight", "attention", (size, size), bias=of_inputs)
            yield weight("k_proj_weight", "attention", (module.kdim, size))
            yield weight("v_proj_weight", "attention", (module.vdim, size))
    elif isinstance(module, nn.RNNBase | nn.RNNCellBase):
        for attribute, tensor in module.named_parameters(recurse=False):
            if attribute.startswith("weight"):
                gates = {"LSTM": 4, "GRU": 3}.get(type(module).__name__.removesuffix("Cell"), 1)
                matrices = 1 if attribute.startswith("weight_hr") else gates
                fans = (tensor.shape[1], tensor.shape[0] // matrices)
                of_layer = attribute.replace("weight", "bias")
                has_bias = getattr(module, of_layer, None) is not None
                own = of_layer if has_bias else ""
                yield weight(attribute, "recurrent", fans, matrices=matrices, bias=own)
    elif isinstance(module, nn.modules.conv._ConvNd):
        positions = tuple(module.kernel_size)
        size, groups = math.prod(positions), module.groups
        inputs, units = module.in_channels // groups, module.out_channels // groups
        more: dict[str, Any] = {"positions": positions, "bias": bias}
        if module.transposed:
            summed = max(1, round(inputs * size / math.prod(module.stride)))
            more |= {"inputs": inputs * size, "units": units, "matrices": groups, "is_in_out": True}
            yield weight("weight", "transposed convolution", (summed, units * size), **more)
        else:
            fans = (inputs * size, units * size)
            yield weight("weight", "convolution", fans, units=module.out_channels, **more)
    elif isinstance(module, nn.Embedding | nn.EmbeddingBag):
        count, size = module.num_embeddings, module.embedding_dim
        yield weight("weight", "embedding", (1, size), inputs=count, is_in_out=True)
    elif isinstance(module, nn.Bilinear):
        fans = (module.in1_features * module.in2_features, module.out_features)
        yield weight("weight", "linear", fans, bias=bias)
    elif isinstance(module, nn.Linear):
        yield weight("weight", "linear", (module.in_features, module.out_features), bias=bias)
    elif type(module).__name__ == "Conv1D" and hasattr(module, "nf"):
        # The linear layer of GPT-2 in transformers, whose weight is (in, out).
        fans = tuple(module.weight.shape)
        yield weight("weight", "linear", fans, is_in_out=True, bias=bias)
