r"""Activations that are shaped for the depth of a network: DKS and TAT.

.. math::
    \hat\varphi(z) = \gamma \, (\varphi(\alpha z + \beta) + \delta)

The constants follow from the number of hidden layers, and rest on weights of variance 1 / fan_in
and biases of zero, as ``scaled_orthogonal`` and ``lecun_normal`` draw them: see
`initbench.theory.kernel_shaping`. The bases are those whose derivative follows from their output.
"""

import functools
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn.activations.entry import Activation, BoundActivation
from initbench.nn.activations.exponential import EXPONENTIAL
from initbench.nn.activations.piecewise import PIECEWISE
from initbench.nn.activations.saturating import SATURATING
from initbench.options import Bound, OpenFraction, Positive, PositiveInt

if TYPE_CHECKING:
    from initbench.theory.kernel_shaping import Constants

Base: TypeAlias = Literal["tanh", "softplus", "leaky_relu"]
AboveOne: TypeAlias = Annotated[float, Bound(minimum=1, open_minimum=True)]

_BASES: Final = {entry.name: entry for entry in (*PIECEWISE, *EXPONENTIAL, *SATURATING)}


def dks(
    preactivations: FloatArray,
    out: FloatArray,
    scratch: FloatArray,
    *,
    base: Base = "tanh",
    depth: PositiveInt = 10,
    slope: AboveOne = 1.5,
) -> None:
    """Write `base`, transformed so that `depth` layers multiply small distances by `slope`."""
    _write(*_dks_constants(base, depth, slope), preactivations, out, scratch)


def _dks_derivative(
    activations: FloatArray, out: FloatArray, scratch: FloatArray, **options: Any
) -> None:
    _write_slope(*_dks_constants(**options), activations, out, scratch)


def _dks_second_derivative(z: FloatArray, **options: Any) -> FloatArray:
    return _second_derivative(*_dks_constants(**options), z)


def tat(
    preactivations: FloatArray,
    out: FloatArray,
    scratch: FloatArray,
    *,
    base: Base = "tanh",
    depth: PositiveInt = 10,
    curvature: Positive = 0.3,
    similarity: OpenFraction = 0.9,
) -> None:
    """Write `base`, transformed so that `depth` layers are a little curved, and no more.

    Together they have `curvature` for smooth activations; for leaky_relu, uncorrelated inputs have
    a correlation of `similarity` behind them.
    """
    _write(*_tat_constants(base, depth, curvature, similarity), preactivations, out, scratch)


def _tat_derivative(
    activations: FloatArray, out: FloatArray, scratch: FloatArray, **options: Any
) -> None:
    _write_slope(*_tat_constants(**options), activations, out, scratch)


def _tat_second_derivative(z: FloatArray, **options: Any) -> FloatArray:
    return _second_derivative(*_tat_constants(**options), z)


def transformation(activation: BoundActivation) -> "tuple[BoundActivation, Constants] | None":
    """Return what a shaped activation transforms, and by which constants; None for any other.

    Raises
    ------
    UsageError
        The base has no such constants.
    """
    if activation.name not in _CONSTANTS:
        return None
    return _CONSTANTS[activation.name](**activation.options)


@functools.cache
def _dks_constants(base: str, depth: int, slope: float) -> "tuple[BoundActivation, Constants]":
    from initbench.theory.kernel_shaping import dks_constants, leaky_dks

    per_layer = slope ** (1.0 / depth)
    if base == "leaky_relu":
        negative, constants = leaky_dks(per_layer)
        return BoundActivation(_BASES[base], {"slope": negative}), constants
    bound = BoundActivation(_BASES[base], {})
    return bound, dks_constants(bound, per_layer)


@functools.cache
def _tat_constants(
    base: str, depth: int, curvature: float, similarity: float
) -> "tuple[BoundActivation, Constants]":
    from initbench.theory.kernel_shaping import leaky_tat, tat_constants

    if base == "leaky_relu":
        negative, constants = leaky_tat(similarity, depth)
        return BoundActivation(_BASES[base], {"slope": negative}), constants
    bound = BoundActivation(_BASES[base], {})
    return bound, tat_constants(bound, curvature / depth)


def _kinks(*, base: str, **_options: float) -> tuple[float, ...]:
    kinks = _BASES[base].kinks
    return kinks if isinstance(kinks, tuple) else ()


_CONSTANTS: Final = {"dks": _dks_constants, "tat": _tat_constants}


def _write(
    base: BoundActivation,
    constants: "Constants",
    z: FloatArray,
    out: FloatArray,
    scratch: FloatArray,
) -> None:
    np.multiply(z, constants.input_scale, out=out)
    np.add(out, constants.input_shift, out=out)
    base.function(out, out, scratch)
    np.add(out, constants.output_shift, out=out)
    np.multiply(out, constants.output_scale, out=out)


def _write_slope(
    base: BoundActivation,
    constants: "Constants",
    activations: FloatArray,
    out: FloatArray,
    scratch: FloatArray,
) -> None:
    """Write the derivative, from the output of the base, which its derivative is computed from."""
    np.divide(activations, constants.output_scale, out=scratch)
    np.subtract(scratch, constants.output_shift, out=scratch)
    base.derivative(scratch, out, scratch)  # reads what it is given before it writes
    np.multiply(out, constants.input_scale * constants.output_scale, out=out)


def _second_derivative(base: BoundActivation, constants: "Constants", z: FloatArray) -> FloatArray:
    """Return the second derivative; zeros for leaky_relu, which has none but at its kink."""
    found = base.second_derivative(constants.input_scale * z + constants.input_shift)
    if found is None:
        return np.zeros_like(z)
    return np.asarray(constants.output_scale * constants.input_scale**2 * found)


SHAPED = (
    Activation(
        name="dks",
        summary="tanh, softplus or leaky_relu, shaped for the number of hidden layers",
        reference="Martens et al. (2021)",
        function=dks,
        derivative=_dks_derivative,
        second_derivative=_dks_second_derivative,
        kinks=_kinks,
        check=_dks_constants,
    ),
    Activation(
        name="tat",
        summary="tanh, softplus or leaky_relu, made more linear the deeper the network is",
        reference="Zhang, Botev & Martens (2022)",
        function=tat,
        derivative=_tat_derivative,
        second_derivative=_tat_second_derivative,
        kinks=_kinks,
        check=_tat_constants,
    ),
)
