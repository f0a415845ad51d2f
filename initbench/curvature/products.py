r"""Exact products of vectors with the Hessian, the Gauss–Newton matrix and the Jacobian of a stack.

A network is a list of steps. At given parameters each step is a linear map of changes, of its input
and of its parameters, to changes of its output (`tangent`), and the transposed maps take the loss's
derivative by the output back to the derivatives by input and parameters (`below`, `gradients`). The
Jacobian of the outputs is all tangents in order, its transpose all transposed maps in reverse. With
J for it, and H_L for the Hessian of the loss by the outputs, the Gauss–Newton matrix is

.. math::
    G = J^T H_L J .

The Hessian has a second term, the change of the transposed maps themselves: `second` is the
derivative of a transposed map along the latest tangent. That is forward-mode differentiation of the
backward pass, so products are exact up to rounding (Pearlmutter, "Fast exact multiplication by the
Hessian", Neural Computation 6, 1994; Schraudolph, "Fast curvature matrix-vector products for
second-order gradient descent", Neural Computation 14, 2002).

At a kink of an activation or a loss the second derivative counts as zero, as that of ReLU does in
every framework. Signals are ``(R, units + 1, B)`` with a last row of ones, as in `nn.layers`, and
their changes have a last row of zeros; derivatives by signals have no such row.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.nn import StackedMLP
from initbench.nn.activations import BoundActivation
from initbench.nn.layers import (
    EPSILON,
    Activate,
    Dense,
    Fork,
    InputDense,
    Join,
    Normalize,
    ScalarBias,
    norms_of,
)
from initbench.nn.losses import BoundLoss

Product: TypeAlias = Callable[[FloatArray], FloatArray]
"""A symmetric matrix for each run, as its product with vectors ``(R, P)``."""

Views: TypeAlias = Sequence[FloatArray]


class Linearization:
    """The first and second derivatives of a stack's outputs and loss, at its parameters.

    Batch normalization uses the moments of the batch, and dropout drops nothing.

    `network`: its parameters must not change while this object is used.
    `inputs`: shape (B, D + 1); from `with_ones`.
    `targets`: shape (B, K).

    Attributes
    ----------
    outputs : ndarray of shape (R, K, B)
    gradient : ndarray of shape (R, P)
        Of the mean loss.
    """

    def __init__(
        self, network: StackedMLP, inputs: FloatArray, targets: FloatArray, loss: BoundLoss
    ) -> None:
        self._network, self._loss, self._targets = network, loss, targets.T
        self._rules = _rules_of(network)
        signal = np.ascontiguousarray(inputs.T, network.dtype)[np.newaxis]
        for rule in self._rules:
            signal = rule.forward(signal)
        self.outputs: FloatArray = signal[:, :-1]
        delta = np.empty_like(self.outputs)
        loss.gradient(self.outputs, self._targets, delta)
        self._loss_deltas = delta
        self.gradient: FloatArray = np.zeros_like(network.parameters)
        views = network.views(self.gradient)
        for rule, own in zip(self._rules[::-1], views[::-1], strict=True):
            rule.keep(delta, own)
            delta = rule.below(delta)

    def losses(self) -> FloatArray:
        """Return the mean loss of each run, ``(R,)``."""
        return np.asarray(self._loss.values(self.outputs, self._targets).mean(axis=-1))

    def hessian_product(self, vectors: FloatArray) -> FloatArray:
        """Return the product of the loss's Hessian with vectors ``(R, P)``."""
        delta = self._curved(self.jacobian_product(vectors))
        return self._backward(delta, "second")

    def gauss_newton_product(self, vectors: FloatArray) -> FloatArray:
        """Return the product of the Gauss–Newton matrix with vectors ``(R, P)``."""
        delta = self._curved(self.jacobian_product(vectors))
        return self._backward(delta, "transposed")

    def jacobian_product(self, vectors: FloatArray) -> FloatArray:
        """Return the change of the outputs ``(R, K, B)`` along vectors ``(R, P)``."""
        signal: FloatArray = vectors[:, :0]  # the first layer reads inputs, which do not change
        for rule, own in zip(self._rules, self._network.views(vectors), strict=True):
            signal = rule.tangent(signal, own)
        return signal[:, :-1]

    def transposed_product(self, deltas: FloatArray) -> FloatArray:
        """Return the gradient ``(R, P)`` of the outputs' sum weighted by deltas ``(R, K, B)``."""
        return self._backward(deltas, "transposed")

    def gradient_products(self, deltas: FloatArray | None = None) -> FloatArray:
        """Return the inner products of the gradients of all pairs of samples, ``(R, B, B)``.

        `deltas`: shape (R, K, B); the derivative by the outputs of what the gradient of each sample
        is taken of; by default that of the sample's loss.

        Notes
        -----
        With batch normalization samples have no gradients of their own.
        """
        if deltas is None:
            deltas = self._loss_deltas * self._loss_deltas.shape[-1]
        found = np.zeros((self._network.runs, *2 * deltas.shape[-1:]), deltas.dtype)
        for rule in reversed(self._rules):
            rule.add_products(deltas, found)
            deltas = rule.below(deltas)
        return found

    def _curved(self, change: FloatArray) -> FloatArray:
        return self._loss.hessian_product(self.outputs, self._targets, change)

    def _backward(self, delta: FloatArray, kind: str) -> FloatArray:
        found = np.zeros_like(self._network.parameters)
        views = self._network.views(found)
        for rule, own in zip(self._rules[::-1], views[::-1], strict=True):
            if kind == "second":
                delta = rule.second(delta, own)
            else:
                rule.gradients(delta, own)
                delta = rule.below(delta)
        return found


class _Rule(Protocol):
    """The derivatives of one step."""

    def forward(self, signal: FloatArray) -> FloatArray:
        """Compute the output, and keep what the derivatives need."""

    def tangent(self, signal: FloatArray, parameters: Views) -> FloatArray:
        """Return the change of the output for changes of the input and the parameters."""

    def below(self, delta: FloatArray) -> FloatArray:
        """Return the derivative by the input, given that by the output."""

    def gradients(self, delta: FloatArray, out: Views) -> None:
        """Write the derivatives by the parameters, given that by the output."""

    def keep(self, delta: FloatArray, out: Views) -> None:
        """Do as `gradients`, and keep the derivative of the loss for `second`."""

    def second(self, delta: FloatArray, out: Views) -> FloatArray:
        """Return `below`, and write `gradients`, both with their changes along the last tangent."""

    def add_products(self, delta: FloatArray, out: FloatArray) -> None:
        """Add the inner products of the samples' derivatives by the parameters, ``(R, B, B)``."""


class _Dense:
    """z = Wᵀ a, the bias being the last row of W."""

    def __init__(self, part: InputDense | Dense, parameters: Views, fan_in: int) -> None:
        self._weights, self._fan_in = part.weights, fan_in
        self._is_first = isinstance(part, InputDense)
        self._norm = _Lengths(parameters, fan_in) if len(parameters) > 1 else None

    def forward(self, signal: FloatArray) -> FloatArray:
        runs, rows, units = self._weights.shape
        self._given = signal[:, :rows]
        self._change = np.zeros((runs, units + 1, signal.shape[-1]), signal.dtype)
        made = np.ones_like(self._change)
        np.matmul(self._weights.mT, self._given, out=made[:, :-1])
        return made

    def tangent(self, signal: FloatArray, parameters: Views) -> FloatArray:
        weights = self._norm.tangent(parameters) if self._norm else parameters[0]
        change = self._change[:, :-1]
        np.matmul(weights.mT, self._given, out=change)
        if not self._is_first:
            self._given_change = signal[:, : weights.shape[1]]
            change += np.matmul(self._weights.mT, self._given_change)
        self._weights_change = weights
        return self._change

    def below(self, delta: FloatArray) -> FloatArray:
        if self._is_first:
            return delta
        return np.asarray(np.matmul(self._weights[:, : self._fan_in], delta))

    def gradients(self, delta: FloatArray, out: Views) -> None:
        if self._norm:
            self._norm.gradients(np.matmul(self._given, delta.mT), out)
        else:
            np.matmul(self._given, delta.mT, out=out[0])

    def keep(self, delta: FloatArray, out: Views) -> None:
        self._delta = delta
        if self._norm:
            self._norm.by_weights = np.matmul(self._given, delta.mT)
        self.gradients(delta, out)

    def second(self, delta: FloatArray, out: Views) -> FloatArray:
        change = np.matmul(self._given, delta.mT)
        if not self._is_first:
            change += np.matmul(self._given_change, self._delta.mT)
        if self._norm:
            self._norm.second(change, out)
        else:
            out[0][:] = change
        if self._is_first:
            return delta
        below = self.below(delta)
        below += np.matmul(self._weights_change[:, : self._fan_in], self._delta)
        return below

    def add_products(self, delta: FloatArray, out: FloatArray) -> None:
        if self._norm:
            self._norm.add_products(self._given, self._given_products, delta, out)
        else:
            out += self._given_products * np.matmul(delta.mT, delta)

    @cached_property
    def _given_products(self) -> FloatArray:
        """The inner products of the inputs of all pairs of samples, ``(R, B, B)``."""
        return np.asarray(np.matmul(self._given.mT, self._given))


class _Lengths:
    """Weight normalization, w = g u with u = v / ‖v‖; the gradients are those of `nn.weight_norm`.

    Attributes
    ----------
    by_weights : ndarray of shape (R, fan_in + bias, fan_out)
        The loss's derivative by w.
    """

    by_weights: FloatArray

    def __init__(self, parameters: Views, fan_in: int) -> None:
        directions, self._lengths = parameters
        self._rows, self._norms = fan_in, norms_of(directions, fan_in)
        self._units = directions[:, :fan_in] / self._norms
        self._scale = self._lengths / self._norms

    def tangent(self, parameters: Views) -> FloatArray:
        directions, self._length_change = parameters
        rows = directions[:, : self._rows]
        along = self._along(rows)
        self._unit_change = (rows - self._units * along) / self._norms
        self._scale_change = self._length_change / self._norms - self._scale * along / self._norms
        weights = directions.copy()
        weights[:, : self._rows] = (
            self._units * self._length_change + self._unit_change * self._lengths
        )
        return weights

    def gradients(self, by_weights: FloatArray, out: Views) -> None:
        rows, (directions, lengths) = by_weights[:, : self._rows], out
        lengths[:] = self._along(rows)
        directions[:, : self._rows] = self._scale * (rows - self._units * lengths)
        directions[:, self._rows :] = by_weights[:, self._rows :]

    def second(self, change: FloatArray, out: Views) -> None:
        self.gradients(change, out)
        rows, (directions, lengths) = self.by_weights[:, : self._rows], out
        length = self._along(rows)
        turned = (rows * self._unit_change).sum(axis=1, keepdims=True)
        lengths += turned
        directions[:, : self._rows] += self._scale_change * (rows - self._units * length)
        directions[:, : self._rows] -= self._scale * (
            self._unit_change * length + self._units * turned
        )

    def add_products(
        self, given: FloatArray, signals: FloatArray, delta: FloatArray, out: FloatArray
    ) -> None:
        rows = given[:, : self._rows]
        scaled = delta * self._scale.mT
        along = np.matmul(self._units.mT, rows)
        has_bias = given.shape[1] > self._rows
        out += (signals - has_bias) * np.matmul(scaled.mT, scaled)
        for factor, sign in ((scaled * along, -1.0), (delta * along, 1.0)):
            out += sign * np.matmul(factor.mT, factor)
        if has_bias:
            out += np.matmul(delta.mT, delta)

    def _along(self, rows: FloatArray) -> FloatArray:
        return np.asarray((rows * self._units).sum(axis=1, keepdims=True))


class _Free:
    """A step without parameters; by itself it changes nothing, as dropout outside of training."""

    def forward(self, signal: FloatArray) -> FloatArray:
        return signal

    def tangent(self, signal: FloatArray, parameters: Views) -> FloatArray:
        return signal

    def below(self, delta: FloatArray) -> FloatArray:
        return delta

    def gradients(self, delta: FloatArray, out: Views) -> None:
        pass

    keep = gradients

    def second(self, delta: FloatArray, out: Views) -> FloatArray:
        return self.below(delta)

    def add_products(self, delta: FloatArray, out: FloatArray) -> None:
        pass


class _Activate(_Free):
    """a = φ(z)."""

    def __init__(self, activation: BoundActivation) -> None:
        self._activation = activation

    def forward(self, signal: FloatArray) -> FloatArray:
        z = signal[:, :-1]
        made, self._change = np.ones_like(signal), np.zeros_like(signal)
        self._slope = np.empty_like(z)
        self._activation.function(z, made[:, :-1], scratch := np.empty_like(z))
        kept = made[:, :-1] if self._activation.keeps == "output" else z
        self._activation.derivative(kept, self._slope, scratch)
        self._bend = self._activation.second_derivative(z)
        return made

    def tangent(self, signal: FloatArray, parameters: Views) -> FloatArray:
        self._given_change = signal[:, :-1]
        np.multiply(self._slope, self._given_change, out=self._change[:, :-1])
        return self._change

    def below(self, delta: FloatArray) -> FloatArray:
        return np.asarray(delta * self._slope)

    def keep(self, delta: FloatArray, out: Views) -> None:
        self._bending = None if self._bend is None else self._bend * delta

    def second(self, delta: FloatArray, out: Views) -> FloatArray:
        below = self.below(delta)
        if self._bending is not None:
            below += self._bending * self._given_change
        return below


class _Normalize:
    """y = γ x̂ + β with x̂ = (z - μ) s and s = (σ² + ε)^(-1/2), over units or over the batch."""

    def __init__(self, part: Normalize, parameters: Views) -> None:
        self._axis = 2 if part.is_batch else 1
        [both] = parameters
        self._gain, self._shift = both[:, 0, :, np.newaxis], both[:, 1, :, np.newaxis]

    def forward(self, signal: FloatArray) -> FloatArray:
        z = signal[:, :-1]
        centred = z - self._mean(z)
        self._scale = 1.0 / np.sqrt(self._mean(np.square(centred)) + EPSILON)
        self._hat = centred * self._scale
        made = np.ones_like(signal)
        made[:, :-1] = self._hat * self._gain + self._shift
        return made

    def tangent(self, signal: FloatArray, parameters: Views) -> FloatArray:
        [both], z = parameters, signal[:, :-1]
        self._gain_change = both[:, 0, :, np.newaxis]
        self._along = self._mean(self._hat * z)
        self._hat_change = self._scale * (z - self._mean(z) - self._hat * self._along)
        change = np.zeros_like(signal)
        change[:, :-1] = self._gain * self._hat_change + self._gain_change * self._hat
        change[:, :-1] += both[:, 1, :, np.newaxis]
        return change

    def below(self, delta: FloatArray) -> FloatArray:
        by_hat = self._gain * delta
        by_hat = by_hat - self._mean(by_hat) - self._hat * self._mean(by_hat * self._hat)
        return np.asarray(self._scale * by_hat)

    def gradients(self, delta: FloatArray, out: Views) -> None:
        out[0][:, 0] = (delta * self._hat).sum(axis=-1)
        out[0][:, 1] = delta.sum(axis=-1)

    def keep(self, delta: FloatArray, out: Views) -> None:
        self._delta, self._below = delta, self.below(delta)
        self.gradients(delta, out)

    def second(self, delta: FloatArray, out: Views) -> FloatArray:
        self.gradients(delta, out)
        out[0][:, 0] += (self._delta * self._hat_change).sum(axis=-1)
        by_hat = self._gain * self._delta
        change = self._gain_change * self._delta
        change = change - self._mean(change) - self._hat * self._mean(change * self._hat)
        change -= self._hat_change * self._mean(by_hat * self._hat)
        change -= self._hat * self._mean(by_hat * self._hat_change)
        change -= self._below * self._along
        return np.asarray(self.below(delta) + self._scale * change)

    def add_products(self, delta: FloatArray, out: FloatArray) -> None:
        for each in (delta * self._hat, delta):
            out += np.matmul(each.mT, each)

    def _mean(self, values: FloatArray) -> FloatArray:
        return np.asarray(values.mean(axis=self._axis, keepdims=True))


class _ScalarBias:
    """y = x + b."""

    def __init__(self, parameters: Views) -> None:
        [bias] = parameters
        self._bias = bias[..., np.newaxis]

    def forward(self, signal: FloatArray) -> FloatArray:
        made = signal + self._bias
        made[:, -1] = 1.0
        return made

    def tangent(self, signal: FloatArray, parameters: Views) -> FloatArray:
        change = signal + parameters[0][..., np.newaxis]
        change[:, -1] = 0.0
        return change

    def below(self, delta: FloatArray) -> FloatArray:
        return delta

    def gradients(self, delta: FloatArray, out: Views) -> None:
        out[0][:, 0] = delta.sum(axis=(1, 2))

    keep = gradients

    def second(self, delta: FloatArray, out: Views) -> FloatArray:
        self.gradients(delta, out)
        return delta

    def add_products(self, delta: FloatArray, out: FloatArray) -> None:
        sums = delta.sum(axis=1, keepdims=True)
        out += sums.mT * sums


class _Fork(_Free):
    """The beginning of a residual block; its `_Join` keeps what comes back beside the block."""

    def forward(self, signal: FloatArray) -> FloatArray:
        self.signal = signal
        return signal

    def tangent(self, signal: FloatArray, parameters: Views) -> FloatArray:
        self.change = signal
        return signal

    def below(self, delta: FloatArray) -> FloatArray:
        return delta + self.delta

    delta: FloatArray


class _Join:
    """y = x + m s f, with x from the fork, m fixed and s learned or 1."""

    def __init__(self, fork: _Fork, parameters: Views, multiplier: float) -> None:
        self._fork, self._multiplier = fork, multiplier
        self._is_learned = bool(parameters)
        self._factor = multiplier * parameters[0][..., np.newaxis] if parameters else multiplier

    def forward(self, signal: FloatArray) -> FloatArray:
        self._branch = signal[:, :-1]
        made = self._fork.signal + self._factor * signal
        made[:, -1] = 1.0
        return made

    def tangent(self, signal: FloatArray, parameters: Views) -> FloatArray:
        self._branch_change = signal[:, :-1]
        change = self._fork.change + self._factor * signal
        if self._is_learned:
            self._factor_change = self._multiplier * parameters[0][..., np.newaxis]
            change[:, :-1] += self._factor_change * self._branch
        return change

    def below(self, delta: FloatArray) -> FloatArray:
        self._fork.delta = delta
        return np.asarray(delta * self._factor)

    def gradients(self, delta: FloatArray, out: Views) -> None:
        if self._is_learned:
            out[0][:, 0] = self._multiplier * (delta * self._branch).sum(axis=(1, 2))

    def keep(self, delta: FloatArray, out: Views) -> None:
        self._delta = delta
        self.gradients(delta, out)

    def second(self, delta: FloatArray, out: Views) -> FloatArray:
        self.gradients(delta, out)
        below = self.below(delta)
        if self._is_learned:
            along = (self._delta * self._branch_change).sum(axis=(1, 2))
            out[0][:, 0] += self._multiplier * along
            below += self._factor_change * self._delta
        return below

    def add_products(self, delta: FloatArray, out: FloatArray) -> None:
        if self._is_learned:
            sums = self._multiplier * (delta * self._branch).sum(axis=1, keepdims=True)
            out += sums.mT * sums


def _rules_of(network: StackedMLP) -> list[_Rule]:
    """Return the rule of each of the network's parts."""
    architecture = network.architecture
    fans = iter(architecture.layers)
    rules: list[_Rule] = []
    fork = _Fork()
    for part, parameters in zip(network.parts, network.views(network.parameters), strict=True):
        if isinstance(part, InputDense | Dense):
            rules.append(_Dense(part, parameters, next(fans)[0]))
        elif isinstance(part, Activate):
            rules.append(_Activate(architecture.activation))
        elif isinstance(part, Normalize):
            rules.append(_Normalize(part, parameters))
        elif isinstance(part, ScalarBias):
            rules.append(_ScalarBias(parameters))
        elif isinstance(part, Fork):
            rules.append(fork := _Fork())
        elif isinstance(part, Join):
            rules.append(_Join(fork, parameters, architecture.multiplier))
        else:
            rules.append(_Free())
    return rules
