r"""Optimizers: rules that move all parameters of a stack at once.

An optimizer is two functions: `buffers` says how many arrays of state it keeps, and `rule` makes
one step. Parameters, gradients and state are flat, ``(R, P)``, so a rule is a handful of array
operations whatever the depth, and writes into arrays that exist already.

Hyper-parameters are one number where all runs agree, and a column ``(R, 1)`` where they do not.
What a rule derives from them is computed in float64 and cast to the parameters' precision before
it meets an array, so a run moves by the same bits whether its numbers came as a scalar or as a row
of a column.

Running sums are kept without their factors, :math:`M = \beta M + g`. The factors that make means of
them are numbers, not arrays, and go into the step and into epsilon; that saves passes over the
parameters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn import fast
from initbench.options import Bound, NonNegative, Option, Positive, options_of
from initbench.registry import Registry

Hyperparameter: TypeAlias = float | FloatArray
"""A float, or a float64 array of shape (R, 1); a learning rate also of shape (R, P)."""

Decay: TypeAlias = Annotated[float, Bound(0, 1, open_maximum=True)]
"""The factor on a running sum in each step, in [0, 1)."""

_SOFTENING: Final = 1e-6
"""Added to a norm before dividing by it, as PyTorch's ``clip_grad_norm_`` does."""


@dataclass(frozen=True)
class Block:
    """Arrays of a stack that a rule reads and writes: all of them, or some rows and columns.

    Attributes
    ----------
    parameters : ndarray of shape (R, P)
        Moved in place.
    gradients, scratch : ndarray of shape (R, P)
        May be overwritten.
    state : ndarray of shape (buffers, R, P)
        Kept from step to step; zero before the first.
    """

    parameters: FloatArray
    gradients: FloatArray
    state: FloatArray
    scratch: FloatArray


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An update rule.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    rule : callable (block, step, *, hyper-parameters…) -> None
        Move the parameters of a `Block`; `step` counts from 1. The keyword-only parameters are the
        optimizer's options; each is a float, or an array (R, 1) where runs differ.
    buffers : callable (*, hyper-parameters…) -> int
        Return the number of arrays of state that the rule keeps.
    normalizes : bool
        Whether the size of a step is independent of the size of the gradients.
    """

    name: str
    summary: str
    reference: str
    rule: Callable[..., None]
    buffers: Callable[..., int]
    normalizes: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """The hyper-parameters, with types, ranges and defaults."""
        return options_of(self.rule)


def sgd(
    block: Block,
    _step: int,
    *,
    learning_rate: Positive = 0.1,
    momentum: Decay = 0.0,
    weight_decay: NonNegative = 0.0,
) -> None:
    r"""Take a step of gradient descent, along a velocity if there is any momentum.

    .. math::
        g \leftarrow g + \lambda w, \qquad
        v \leftarrow \mu v + g, \qquad
        w \leftarrow w - \eta v

    The learning rate stands outside the velocity, as in PyTorch: a schedule that lowers it acts at
    once on all that has been accumulated.

    Parameters
    ----------
    learning_rate : float > 0
        :math:`\eta`.
    momentum : float in [0, 1)
        :math:`\mu`. Where it is zero for all runs, there is no velocity, and no state.
    weight_decay : float >= 0
        :math:`\lambda`.
    """
    _add_decay(block, weight_decay)
    parameters, gradients = block.parameters, block.gradients
    if _is_zero(momentum):
        if not fast.step("descend", (parameters, gradients), (learning_rate,)):
            _descend(block, gradients, learning_rate)
        return
    velocity = block.state[0]
    arrays = (parameters, gradients, velocity)
    if not fast.step("descend_with_momentum", arrays, (momentum, learning_rate)):
        _accumulate(velocity, gradients, momentum)
        _descend(block, velocity, learning_rate)


def heavy_ball(
    block: Block,
    step: int,
    *,
    learning_rate: Positive = 0.1,
    momentum: Decay = 0.9,
    weight_decay: NonNegative = 0.0,
) -> None:
    """Take a step of `sgd` with a momentum of 0.9 by default."""
    rates = {"learning_rate": learning_rate, "momentum": momentum, "weight_decay": weight_decay}
    sgd(block, step, **rates)


def nesterov(
    block: Block,
    _step: int,
    *,
    learning_rate: Positive = 0.1,
    momentum: Decay = 0.9,
    weight_decay: NonNegative = 0.0,
) -> None:
    r"""Take a step of gradient descent with Nesterov's momentum, which looks one step ahead.

    .. math::
        g \leftarrow g + \lambda w, \qquad
        v \leftarrow \mu v + g, \qquad
        w \leftarrow w - \eta (g + \mu v)

    Ranges are those of `sgd`.
    """
    _add_decay(block, weight_decay)
    velocity = block.state[0]
    _accumulate(velocity, block.gradients, momentum)
    np.multiply(velocity, cast(momentum, velocity), out=block.scratch)
    np.add(block.gradients, block.scratch, out=block.gradients)
    _descend(block, block.gradients, learning_rate)


def rmsprop(
    block: Block,
    _step: int,
    *,
    learning_rate: Positive = 0.01,
    alpha: Decay = 0.99,
    epsilon: Positive = 1e-8,
    weight_decay: NonNegative = 0.0,
) -> None:
    r"""Divide the gradient by the root of the running mean of its square.

    .. math::
        g \leftarrow g + \lambda w, \qquad
        V \leftarrow \alpha V + g^2, \qquad
        w \leftarrow w - \frac{\eta}{c} \cdot \frac{g}{\sqrt V + \epsilon / c}, \qquad
        c = \sqrt{1 - \alpha}

    Parameters
    ----------
    learning_rate : float > 0
        :math:`\eta`.
    weight_decay : float >= 0
        :math:`\lambda`.
    """
    _add_decay(block, weight_decay)
    root = np.sqrt(np.subtract(1.0, alpha))
    rate, softening = learning_rate / root, epsilon / root
    arrays = (block.parameters, block.gradients, block.state[0])
    if not fast.step("rmsprop", arrays, (alpha, rate, softening)):
        np.square(block.gradients, out=block.scratch)
        _accumulate(block.state[0], block.scratch, alpha)
        _descend_by_roots(block, block.gradients, rate, softening)


def adagrad(
    block: Block,
    _step: int,
    *,
    learning_rate: Positive = 0.01,
    epsilon: Positive = 1e-10,
    weight_decay: NonNegative = 0.0,
) -> None:
    r"""Divide the gradient by the root of the sum of all its squares.

    .. math::
        g \leftarrow g + \lambda w, \qquad
        V \leftarrow V + g^2, \qquad
        w \leftarrow w - \eta\, \frac{g}{\sqrt V + \epsilon}

    Parameters
    ----------
    learning_rate : float > 0
        :math:`\eta`.
    weight_decay : float >= 0
        :math:`\lambda`.
    """
    _add_decay(block, weight_decay)
    np.square(block.gradients, out=block.scratch)
    np.add(block.state[0], block.scratch, out=block.state[0])
    _descend_by_roots(block, block.gradients, learning_rate, epsilon)


def adam(
    block: Block,
    step: int,
    *,
    learning_rate: Positive = 0.001,
    beta1: Decay = 0.9,
    beta2: Decay = 0.999,
    epsilon: Positive = 1e-8,
    weight_decay: NonNegative = 0.0,
) -> None:
    r"""Divide the running mean of the gradient by the root of the running mean of its square.

    .. math::
        g \leftarrow g + \lambda w, \qquad
        M \leftarrow \beta_1 M + g, \qquad
        V \leftarrow \beta_2 V + g^2, \qquad
        w \leftarrow w - \frac{\eta a}{c} \cdot \frac{M}{\sqrt V + \epsilon / c}

    in step t with the corrections of bias

    .. math::
        a = \frac{1 - \beta_1}{1 - \beta_1^t}, \qquad c^2 = \frac{1 - \beta_2}{1 - \beta_2^t}

    Parameters
    ----------
    learning_rate : float > 0
        :math:`\eta`.
    weight_decay : float >= 0
        :math:`\lambda`, added to the gradient; `adamw` shrinks the weights instead.
    """
    _add_decay(block, weight_decay)
    second, first = block.state
    mean = (1.0 - beta1) / (1.0 - power(beta1, step))
    root = np.sqrt((1.0 - beta2) / (1.0 - power(beta2, step)))
    rate, softening = learning_rate * mean / root, epsilon / root
    arrays = (block.parameters, block.gradients, first, second)
    if not fast.step("adam", arrays, (beta1, beta2, rate, softening)):
        _accumulate(first, block.gradients, beta1)
        np.square(block.gradients, out=block.gradients)
        _accumulate(second, block.gradients, beta2)
        _descend_by_roots(block, first, rate, softening)


def adamw(
    block: Block,
    step: int,
    *,
    learning_rate: Positive = 0.001,
    beta1: Decay = 0.9,
    beta2: Decay = 0.999,
    epsilon: Positive = 1e-8,
    weight_decay: NonNegative = 0.01,
) -> None:
    r"""Multiply the weights by :math:`1 - \eta \lambda`, then take a step of `adam` without decay.

    Ranges are those of `adam`.
    """
    _shrink(block, learning_rate, weight_decay)
    options = {"learning_rate": learning_rate, "beta1": beta1, "beta2": beta2, "epsilon": epsilon}
    adam(block, step, **options)


def lion(
    block: Block,
    _step: int,
    *,
    learning_rate: Positive = 0.0001,
    beta1: Decay = 0.9,
    beta2: Decay = 0.99,
    weight_decay: NonNegative = 0.0,
) -> None:
    r"""Step by the sign of a mixture of momentum and gradient, so that all steps have one size.

    .. math::
        w \leftarrow (1 - \eta \lambda)\, w
        - \eta \operatorname{sign}\left(\frac{\beta_1 (1 - \beta_2)}{1 - \beta_1} M + g\right),
        \qquad M \leftarrow \beta_2 M + g

    Parameters
    ----------
    learning_rate : float > 0
        :math:`\eta`.
    weight_decay : float >= 0
        :math:`\lambda`.
    """
    _shrink(block, learning_rate, weight_decay)
    mixture = beta1 * (1.0 - beta2) / (1.0 - beta1)
    arrays = (block.parameters, block.gradients, block.state[0])
    if fast.step("lion", arrays, (beta2, mixture, learning_rate)):
        return
    np.multiply(block.state[0], cast(mixture, block.scratch), out=block.scratch)
    np.add(block.scratch, block.gradients, out=block.scratch)
    _accumulate(block.state[0], block.gradients, beta2)
    np.sign(block.scratch, out=block.gradients)  # in place it would take ten times as long
    _descend(block, block.gradients, learning_rate)


def clip_by_norm(gradients: FloatArray, limit: Hyperparameter) -> None:
    """Scale each row of `gradients` (R, P) that is longer than `limit` to that length.

    A row with NaN or infinity stays without meaning and leaves the other rows as they are. The
    norm is a dot product per row, whose square overflows in float32 from 1e19 on; the norms of
    such rows are computed again in float64.

    Parameters
    ----------
    limit : float or ndarray of shape (R, 1)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        norms: FloatArray = np.sqrt(np.vecdot(gradients, gradients).astype(np.float64))
    for run in np.flatnonzero(~np.isfinite(norms)):
        norms[run] = np.linalg.norm(gradients[run].astype(np.float64))
    factors = np.minimum(limit / (norms[:, np.newaxis] + _SOFTENING), 1.0)
    np.multiply(gradients, cast(factors, gradients), out=gradients)


def cast(value: Hyperparameter, like: FloatArray) -> FloatArray:
    """Return a hyper-parameter in the precision of `like`, ready to be an operand."""
    return np.asarray(value, like.dtype)


def power(base: Hyperparameter, exponent: int) -> Hyperparameter:
    """Return ``base ** exponent`` by repeated squaring.

    Products round alike for a scalar and within an array; NumPy's and C's powers do not.
    """
    result: Hyperparameter = 1.0
    while exponent:
        if exponent & 1:
            result = result * base
        base = base * base
        exponent >>= 1
    return result


def _is_zero(value: Hyperparameter) -> bool:
    """Return whether a hyper-parameter is zero for all runs, so that its part can be skipped."""
    return isinstance(value, float) and value == 0.0


def _accumulate(running: FloatArray, values: FloatArray, decay: Hyperparameter) -> None:
    """Multiply a running sum by `decay` and add `values`."""
    np.multiply(running, cast(decay, running), out=running)
    np.add(running, values, out=running)


def _add_decay(block: Block, weight_decay: Hyperparameter) -> None:
    """Add the gradient of half the squared parameters times `weight_decay`."""
    if not _is_zero(weight_decay):
        np.multiply(block.parameters, cast(weight_decay, block.parameters), out=block.scratch)
        np.add(block.gradients, block.scratch, out=block.gradients)


def _shrink(block: Block, learning_rate: Hyperparameter, weight_decay: Hyperparameter) -> None:
    """Multiply the parameters by ``1 - learning_rate * weight_decay``."""
    if not _is_zero(weight_decay):
        factor = cast(1.0 - learning_rate * weight_decay, block.parameters)
        np.multiply(block.parameters, factor, out=block.parameters)


def _descend(block: Block, direction: FloatArray, rate: Hyperparameter) -> None:
    """Subtract ``rate * direction`` from the parameters."""
    np.multiply(direction, cast(rate, direction), out=block.scratch)
    np.subtract(block.parameters, block.scratch, out=block.parameters)


def _descend_by_roots(
    block: Block, direction: FloatArray, rate: Hyperparameter, epsilon: Hyperparameter
) -> None:
    """Subtract ``rate * direction / (sqrt(V) + epsilon)``; V is the first array of state."""
    roots = block.scratch
    np.sqrt(block.state[0], out=roots)
    np.add(roots, cast(epsilon, roots), out=roots)
    np.divide(direction, roots, out=roots)
    _descend(block, roots, rate)


def _velocities(momentum: Hyperparameter, **_others: Hyperparameter) -> int:
    """Return the number of velocities: none if the momentum is zero for all runs."""
    return 0 if _is_zero(momentum) else 1


OPTIMIZERS: Registry[Optimizer] = Registry(
    "optimizer",
    [
        Optimizer(
            name="sgd",
            summary="w <- w - learning_rate g: gradient descent, with momentum if given",
            reference="Robbins & Monro (1951)",
            rule=sgd,
            buffers=_velocities,
        ),
        Optimizer(
            name="momentum",
            summary="v <- momentum v + g; w <- w - learning_rate v: the heavy-ball method",
            reference="Polyak (1964); the rate outside the velocity, as in PyTorch",
            rule=heavy_ball,
            buffers=_velocities,
            aliases=("heavy_ball",),
        ),
        Optimizer(
            name="nesterov",
            summary="v <- momentum v + g; w <- w - learning_rate (g + momentum v): Nesterov",
            reference="Nesterov (1983); Sutskever et al. (2013), as PyTorch writes it",
            rule=nesterov,
            buffers=lambda **_: 1,
            aliases=("nag",),
        ),
        Optimizer(
            name="rmsprop",
            summary="divides the gradient by the root of a running mean of its square",
            reference="Tieleman & Hinton (2012), lecture 6.5, with PyTorch's epsilon outside the"
            " root",
            rule=rmsprop,
            buffers=lambda **_: 1,
            normalizes=True,
        ),
        Optimizer(
            name="adagrad",
            summary="divides the gradient by the root of the sum of all its squares so far",
            reference="Duchi, Hazan & Singer (2011)",
            rule=adagrad,
            buffers=lambda **_: 1,
            normalizes=True,
        ),
        Optimizer(
            name="adam",
            summary="running mean of gradients, divided by the root of that of their squares",
            reference="Kingma & Ba (2015), algorithm 1",
            rule=adam,
            buffers=lambda **_: 2,
            normalizes=True,
        ),
        Optimizer(
            name="adamw",
            summary="Adam with decoupled weight decay",
            reference="Loshchilov & Hutter (2019), algorithm 2; decay times the rate, as in"
            " PyTorch",
            rule=adamw,
            buffers=lambda **_: 2,
            normalizes=True,
        ),
        Optimizer(
            name="lion",
            summary="the sign of a mix of momentum and gradient: all steps have the same size",
            reference="Chen et al. (2023), algorithm 2",
            rule=lion,
            buffers=lambda **_: 1,
            normalizes=True,
        ),
    ],
)
