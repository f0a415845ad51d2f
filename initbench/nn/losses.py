r"""Losses: the functions that training minimizes. Arrays are ``(…, K, B)``, one column per sample.

`LOSSES` lists them; `loss_for` chooses the one that fits the data and binds its options;
`outputs_for` says how many outputs a network needs, and `predict` reads those of a classifier.

Cross-entropies take logits and never a probability: :math:`\log(1 + e^z)` and the log of a sum of
exponentials are finite however large the logits are, so an initialization that is far too large
shows as a loss of hundreds, not as infinity. Losses of regressions are means over outputs as well
as over samples, as in PyTorch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from initbench.arrays import Array, FloatArray, IntArray
from initbench.errors import UsageError
from initbench.options import Option, OptionValue, Positive, bind_entry, options_of
from initbench.registry import Registry

TaskKind: TypeAlias = Literal["classification", "regression"]


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A loss: the value for each sample, and the derivative of the mean over a batch.

    `values`, `gradient` and `hessian_product` take the same keyword-only parameters, the loss's
    options.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    task : str
        ``classification`` or ``regression``.
    encode : callable (y, classes or None) -> ndarray (N, K)
        Targets of the network's K outputs, for labels (N,) or numbers (N,) or (N, K).
    values : callable (outputs (…, K, B), targets (…, K, B), *, options…) -> ndarray (…, B)
        Loss of each sample.
    gradient : callable (outputs (…, K, B), targets (…, K, B), out (…, K, B), *, options…) -> None
        Write the derivative of the mean over the batch by each output to `out`.
    hessian_product : callable (outputs, targets, direction, *, options…) -> ndarray (…, K, B)
        The derivative of `gradient` along a change of the outputs, which has their shape. A kink
        counts as no curvature.
    probabilities : callable (logits (…, K, B)) -> ndarray (…, K, B), or None in a regression
        Class probabilities; with one output, that of class 1.
    """

    name: str
    summary: str
    reference: str
    task: TaskKind
    encode: Callable[[Array, int | None], FloatArray]
    values: Callable[..., FloatArray]
    gradient: Callable[..., None]
    hessian_product: Callable[..., FloatArray]
    probabilities: Callable[[FloatArray], FloatArray] | None = None
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """The options of the loss, with types, ranges and defaults."""
        return options_of(self.values)


@dataclass(frozen=True)
class BoundLoss:
    """A loss and all of its options; made by `loss_for`.

    Attributes
    ----------
    entry : Loss
    options : mapping of str to value
    """

    entry: Loss
    options: Mapping[str, OptionValue]

    @property
    def name(self) -> str:
        """Name of the loss."""
        return self.entry.name

    @property
    def task(self) -> TaskKind:
        """``classification`` or ``regression``."""
        return self.entry.task

    @property
    def encode(self) -> Callable[[Array, int | None], FloatArray]:
        """Targets of the network's outputs: ``(y, classes or None)``."""
        return self.entry.encode

    @cached_property
    def values(self) -> Callable[[FloatArray, FloatArray], FloatArray]:
        """Loss of each sample: ``(outputs, targets)``."""
        return partial(self.entry.values, **self.options)

    @cached_property
    def gradient(self) -> Callable[[FloatArray, FloatArray, FloatArray], None]:
        """Write the derivative of the mean over the batch: ``(outputs, targets, out)``."""
        return partial(self.entry.gradient, **self.options)

    @cached_property
    def hessian_product(self) -> Callable[[FloatArray, FloatArray, FloatArray], FloatArray]:
        """Return the derivative of the gradient: ``(outputs, targets, direction)``."""
        return partial(self.entry.hessian_product, **self.options)

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """Return class probabilities ``(…, K, B)``; with one output, that of class 1.

        Raises
        ------
        UsageError
            The loss is for a regression.
        """
        if self.entry.probabilities is None:
            raise UsageError(f"loss {self.name!r} is for numbers: there are no classes to tell")
        return self.entry.probabilities(logits)


def loss_for(classes: int | None, name: str = "auto", /, **options: Any) -> BoundLoss:
    """Return a loss for a number of classes, or for a regression.

    Parameters
    ----------
    classes : int or None
        None for a regression.
    name : str
        A name or alias of `LOSSES`, or ``auto`` for the usual one: the binary cross-entropy for two
        classes, the softmax cross-entropy for more, the mean squared error for a regression.
    **options
        Options of the loss, such as ``delta=0.5``.

    Raises
    ------
    UsageError
        The loss is unknown, does not fit the data, or does not take these options.

    Examples
    --------
    >>> loss_for(2).name, loss_for(10).name, loss_for(None).name
    ('binary_cross_entropy', 'softmax_cross_entropy', 'mean_squared_error')
    """
    entry = LOSSES["mean_squared_error" if name == "auto" else name]
    if classes is None:
        usual, data = LOSSES["mean_squared_error"], "a regression"
        fitting = [loss.name for loss in LOSSES.values() if loss.task == "regression"]
    else:
        usual = LOSSES["binary_cross_entropy" if classes == 2 else "softmax_cross_entropy"]
        fitting = [usual.name, "class_squared_error"]
        data = f"a classification of {classes} classes"
        if entry.name == "mean_squared_error":
            entry = LOSSES["class_squared_error"]
    entry = usual if name == "auto" else entry
    if entry.name not in fitting:
        known = ", ".join(fitting)
        raise UsageError(f"loss {entry.name!r} does not fit {data}. Known for it: {known}.")
    return BoundLoss(entry, bind_entry("loss", entry, options))


def outputs_for(classes: int | None, y: Array) -> int:
    """Return the number of outputs: one for two classes, else one per class or per target.

    Parameters
    ----------
    classes : int or None
        None for a regression.
    y : ndarray of shape (N,) or (N, K)
    """
    if classes is None:
        return 1 if y.ndim == 1 else y.shape[1]
    return 1 if classes == 2 else classes


def predict(logits: FloatArray) -> IntArray:
    """Return the most probable class of each sample, ``(…, K, B)`` to ``(…, B)``."""
    if logits.shape[-2] == 1:
        return (logits[..., 0, :] > 0.0).astype(np.intp)
    return np.asarray(np.argmax(logits, axis=-2))


def _encode_binary(labels: Array, _classes: int | None) -> FloatArray:
    return labels[:, np.newaxis].astype(np.float64)


def _binary_probabilities(logits: FloatArray) -> FloatArray:
    from scipy.special import expit

    return np.asarray(expit(logits))


def _binary_values(logits: FloatArray, targets: FloatArray) -> FloatArray:
    values: FloatArray = np.logaddexp(0.0, logits) - targets * logits
    return np.asarray(values[..., 0, :])


def _binary_gradient(logits: FloatArray, targets: FloatArray, out: FloatArray) -> None:
    from scipy.special import expit

    expit(logits, out=out)
    np.subtract(out, targets, out=out)
    np.multiply(out, 1.0 / logits.shape[-1], out=out)


def _binary_hessian(logits: FloatArray, _targets: FloatArray, along: FloatArray) -> FloatArray:
    from scipy.special import expit

    return np.asarray(expit(logits) * expit(-logits) * along / logits.shape[-1])


def _encode_one_hot(labels: Array, classes: int | None) -> FloatArray:
    return np.asarray(np.eye(classes or 0)[labels])


def _softmax_values(logits: FloatArray, targets: FloatArray) -> FloatArray:
    highest = logits.max(axis=-2)
    shifted = logits - highest[..., np.newaxis, :]
    log_sum = np.log(np.exp(shifted).sum(axis=-2))
    return np.asarray(log_sum - (targets * shifted).sum(axis=-2))


def _softmax_gradient(logits: FloatArray, targets: FloatArray, out: FloatArray) -> None:
    np.subtract(logits, logits.max(axis=-2, keepdims=True), out=out)
    np.exp(out, out=out)
    np.divide(out, out.sum(axis=-2, keepdims=True), out=out)
    np.subtract(out, targets, out=out)
    np.multiply(out, 1.0 / logits.shape[-1], out=out)


def _softmax_hessian(logits: FloatArray, _targets: FloatArray, along: FloatArray) -> FloatArray:
    probabilities = _softmax_probabilities(logits)
    mean = (probabilities * along).sum(axis=-2, keepdims=True)
    return np.asarray(probabilities * (along - mean) / logits.shape[-1])


def _softmax_probabilities(logits: FloatArray) -> FloatArray:
    exponentials = np.exp(logits - logits.max(axis=-2, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-2, keepdims=True))


def _encode_numbers(numbers: Array, _classes: int | None) -> FloatArray:
    return numbers.reshape(len(numbers), -1).astype(np.float64)


def _squared_values(outputs: FloatArray, targets: FloatArray) -> FloatArray:
    return np.asarray(np.square(outputs - targets).mean(axis=-2))


def _squared_gradient(outputs: FloatArray, targets: FloatArray, out: FloatArray) -> None:
    np.subtract(outputs, targets, out=out)
    np.multiply(out, 2.0 / _entries(outputs), out=out)


def _squared_hessian(outputs: FloatArray, _targets: FloatArray, along: FloatArray) -> FloatArray:
    return np.asarray(2.0 / _entries(outputs) * along)


def _encode_signs(labels: Array, classes: int | None) -> FloatArray:
    """Return one-hot targets; for two classes, which have one output, -1 and 1."""
    if classes == 2:
        return 2.0 * _encode_binary(labels, classes) - 1.0
    return _encode_one_hot(labels, classes)


def _clipped_probabilities(outputs: FloatArray) -> FloatArray:
    """Return outputs as probabilities: clipped to the range of the targets, with sum one."""
    if outputs.shape[-2] == 1:
        return np.asarray(np.clip((outputs + 1.0) / 2.0, 0.0, 1.0))
    clipped = np.clip(outputs, 0.0, 1.0)
    total = clipped.sum(axis=-2, keepdims=True)
    even = np.full_like(clipped, 1.0 / outputs.shape[-2])
    return np.asarray(np.divide(clipped, total, out=even, where=total > 0.0))


def _absolute_values(outputs: FloatArray, targets: FloatArray) -> FloatArray:
    return np.asarray(np.abs(outputs - targets).mean(axis=-2))


def _absolute_gradient(outputs: FloatArray, targets: FloatArray, out: FloatArray) -> None:
    """Write the derivative, which is taken to be 0 where the output equals the target."""
    np.subtract(outputs, targets, out=out)
    np.sign(out, out=out)
    np.multiply(out, 1.0 / _entries(outputs), out=out)


def _absolute_hessian(outputs: FloatArray, _targets: FloatArray, along: FloatArray) -> FloatArray:
    return np.zeros_like(np.broadcast_arrays(outputs, along)[0])


def _huber_values(outputs: FloatArray, targets: FloatArray, *, delta: Positive = 1.0) -> FloatArray:
    distance = np.abs(outputs - targets)
    near = np.minimum(distance, delta)
    return np.asarray((near * (distance - 0.5 * near)).mean(axis=-2))


def _huber_gradient(
    outputs: FloatArray, targets: FloatArray, out: FloatArray, *, delta: Positive
) -> None:
    np.subtract(outputs, targets, out=out)
    np.clip(out, -delta, delta, out=out)
    np.multiply(out, 1.0 / _entries(outputs), out=out)


def _huber_hessian(
    outputs: FloatArray, targets: FloatArray, along: FloatArray, *, delta: Positive
) -> FloatArray:
    near = np.abs(outputs - targets) < delta
    return np.asarray(np.where(near, along, 0.0) / _entries(outputs))


def _entries(outputs: FloatArray) -> int:
    """Return how many numbers the mean over outputs and batch has."""
    return int(outputs.shape[-2] * outputs.shape[-1])


LOSSES: Registry[Loss] = Registry(
    "loss",
    [
        Loss(
            name="binary_cross_entropy",
            summary="log(1 + exp(z)) - y z with one logit, for two classes",
            reference="Bishop (2006), eq. 4.90",
            task="classification",
            encode=_encode_binary,
            values=_binary_values,
            gradient=_binary_gradient,
            hessian_product=_binary_hessian,
            probabilities=_binary_probabilities,
        ),
        Loss(
            name="softmax_cross_entropy",
            summary="log(sum(exp(z))) - z_y with one logit per class, for more than two classes",
            reference="Bishop (2006), eq. 4.108",
            task="classification",
            encode=_encode_one_hot,
            values=_softmax_values,
            gradient=_softmax_gradient,
            hessian_product=_softmax_hessian,
            probabilities=_softmax_probabilities,
        ),
        Loss(
            name="mean_squared_error",
            summary="mean of (z - y)² over outputs and samples",
            reference="PyTorch, MSELoss",
            task="regression",
            encode=_encode_numbers,
            values=_squared_values,
            gradient=_squared_gradient,
            hessian_product=_squared_hessian,
            aliases=("mse",),
        ),
        Loss(
            name="class_squared_error",
            summary="(z - y)² for classes: one-hot targets, or -1 and 1 for two classes",
            reference="PyTorch, MSELoss",
            task="classification",
            encode=_encode_signs,
            values=_squared_values,
            gradient=_squared_gradient,
            hessian_product=_squared_hessian,
            probabilities=_clipped_probabilities,
        ),
        Loss(
            name="mean_absolute_error",
            summary="mean of |z - y| over outputs and samples: less sensitive to outliers",
            reference="PyTorch, L1Loss",
            task="regression",
            encode=_encode_numbers,
            values=_absolute_values,
            gradient=_absolute_gradient,
            hessian_product=_absolute_hessian,
            aliases=("mae",),
        ),
        Loss(
            name="huber",
            summary="half the squared error up to delta, linear beyond",
            reference="Huber (1964); PyTorch, HuberLoss",
            task="regression",
            encode=_encode_numbers,
            values=_huber_values,
            gradient=_huber_gradient,
            hessian_product=_huber_hessian,
        ),
    ],
)


# --- Metrics of trained networks, one number per run ----------------------------------------------


CALIBRATION_BINS: Final = 15
"""Number of bins in the experiments of Guo et al. (2017)."""


def balanced_accuracy(logits: FloatArray, labels: IntArray) -> FloatArray:
    """Return the mean over classes of the share of a class's samples that are predicted right.

    A constant answer has 1 / K, however unequal the K classes are; classes without a sample do not
    count.

    Parameters
    ----------
    logits : ndarray of shape (…, K, N)
    labels : ndarray of shape (N,)

    Returns
    -------
    ndarray of shape (…)
        NaN for a run whose outputs are not finite.
    """
    is_right = np.equal(predict(logits), labels)
    recalls = [is_right[..., labels == each].mean(axis=-1) for each in np.unique(labels)]
    is_finite = np.isfinite(logits).all(axis=(-2, -1))
    return np.where(is_finite, np.mean(recalls, axis=0), np.nan)


def log_loss(logits: FloatArray, labels: IntArray) -> FloatArray:
    """Return the mean negative log-probability of the true labels.

    Parameters
    ----------
    logits : ndarray of shape (…, K, N)
    labels : ndarray of shape (N,)

    Returns
    -------
    ndarray of shape (…)
    """
    loss = loss_for(max(logits.shape[-2], 2))  # one logit for two classes, else one per class
    targets = loss.encode(labels, logits.shape[-2]).T
    return np.asarray(loss.values(logits, targets).mean(axis=-1))


def expected_calibration_error(logits: FloatArray, labels: IntArray) -> FloatArray:
    r"""Return the expected calibration error: the mean gap between confidence and accuracy.

    Samples are binned by the probability of their predicted class, in bins
    :math:`((m - 1) / M, m / M]`. A bin of :math:`|B_m|` of the n samples contributes

    .. math:: \frac{|B_m|}{n} \left|\operatorname{acc}(B_m) - \operatorname{conf}(B_m)\right|

    Parameters
    ----------
    logits : ndarray of shape (…, K, N)
    labels : ndarray of shape (N,)

    Returns
    -------
    ndarray of shape (…)
        NaN for a run whose probabilities are NaN.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017, eq. 3.
    """
    likely = loss_for(max(logits.shape[-2], 2)).probabilities(logits)
    if logits.shape[-2] == 1:
        likely = np.maximum(likely, 1.0 - likely)
    confidence = np.asarray(likely.max(axis=-2))
    surplus = np.equal(predict(logits), labels) - confidence
    edges = np.arange(1, CALIBRATION_BINS) / CALIBRATION_BINS
    bins = np.searchsorted(edges, confidence)
    gaps = [
        np.abs(np.where(bins == index, surplus, 0.0).sum(axis=-1))
        for index in range(CALIBRATION_BINS)
    ]
    return np.asarray(np.sum(gaps, axis=0) / logits.shape[-1])


def rmse(outputs: FloatArray, targets: FloatArray) -> FloatArray:
    """Return the root of the mean squared error over outputs and samples.

    Parameters
    ----------
    outputs : ndarray of shape (…, K, N)
    targets : ndarray of shape (K, N)

    Returns
    -------
    ndarray of shape (…)
    """
    squares = np.square(outputs - targets).sum(axis=-1).sum(axis=-1)
    return np.asarray(np.sqrt(squares / targets.size))
