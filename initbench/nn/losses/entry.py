"""What a loss is: the value of each sample, and the derivative of the mean over a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, TypeAlias

from initbench.arrays import Array, FloatArray
from initbench.errors import UsageError
from initbench.options import Option, OptionValue, options_of

Task: TypeAlias = Literal["classification", "regression"]


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What training makes small, averaged over a batch.

    `values` and `gradient` take the same keyword-only parameters, the loss's options.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    task : str
        What it is for: ``classification`` or ``regression``.
    encode : callable (y, classes or None) -> ndarray (N, K)
        Targets of the network's K outputs, for labels (N,) or numbers (N,) or (N, K).
    values : callable (outputs (…, K, B), targets (…, K, B), *, options…) -> ndarray (…, B)
        Loss of each sample.
    gradient : callable (outputs (…, K, B), targets (…, K, B), out (…, K, B), *, options…) -> None
        Write the derivative of the mean over the batch by each output to `out`.
    probabilities : callable (logits (…, K, B)) -> ndarray (…, K, B), or None in a regression
        Class probabilities; with one output, that of class 1.
    """

    name: str
    summary: str
    reference: str
    task: Task
    encode: Callable[[Array, int | None], FloatArray]
    values: Callable[..., FloatArray]
    gradient: Callable[..., None]
    probabilities: Callable[[FloatArray], FloatArray] | None = None
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """What the loss can be given, with defaults."""
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
        """The entry's."""
        return self.entry.name

    @property
    def task(self) -> Task:
        """What it is for."""
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

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """Return class probabilities ``(…, K, B)``; with one output, that of class 1.

        Raises
        ------
        UsageError
            The loss is a regression's.
        """
        if self.entry.probabilities is None:
            raise UsageError(f"loss {self.name!r} is for numbers: there are no classes to tell")
        return self.entry.probabilities(logits)
