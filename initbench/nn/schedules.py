r"""Schedules: a factor on the learning rate for each step of a training.

Factors are computed once, before training. Options count in epochs. Each schedule except
`one_cycle`, which rises by itself, can begin with a warm-up: a linear rise over W steps,
(t + 1) / (W + 1), after which the schedule starts as if the training began there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import numpy as np

from initbench.arrays import FloatArray
from initbench.options import (
    Bound,
    NonNegative,
    OpenFraction,
    Option,
    PositiveInt,
    bind_entry,
    options_of,
)
from initbench.registry import Registry

Fraction: TypeAlias = Annotated[float, Bound(0, 1)]
PositiveFraction: TypeAlias = Annotated[float, Bound(0, 1, open_minimum=True)]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule of the learning rate.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    function : callable (total_steps, steps_per_epoch, *, options…) -> ndarray (total_steps,)
        Factors on the learning rate. Its keyword-only parameters are the schedule's options.
    """

    name: str
    summary: str
    reference: str
    function: Callable[..., FloatArray]
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """The options of the schedule, with types, ranges and defaults."""
        return options_of(self.function)

    def factors(self, total_steps: int, steps_per_epoch: int, **options: Any) -> FloatArray:
        """Return the factor on the learning rate for each step, ``(total_steps,)``.

        Options that are not given have their defaults.

        Raises
        ------
        UsageError
            The schedule does not take these options.

        Examples
        --------
        >>> SCHEDULES["step"].factors(5, 1, every=1, factor=0.5, warmup=1)
        array([0.5  , 1.   , 0.5  , 0.25 , 0.125])
        """
        bound = bind_entry("schedule", self, options)
        return self.function(total_steps, steps_per_epoch, **bound)


def constant(total_steps: int, steps_per_epoch: int, *, warmup: NonNegative = 0.0) -> FloatArray:
    """Keep the learning rate constant."""
    ramp = _warm_up(total_steps, steps_per_epoch, warmup)
    return np.concatenate([ramp, np.ones(total_steps - len(ramp))])


def step(
    total_steps: int,
    steps_per_epoch: int,
    *,
    every: PositiveInt = 30,
    factor: PositiveFraction = 0.1,
    warmup: NonNegative = 0.0,
) -> FloatArray:
    """Multiply the learning rate by `factor` after every `every` epochs."""
    ramp = _warm_up(total_steps, steps_per_epoch, warmup)
    drops = np.arange(total_steps - len(ramp)) // (every * steps_per_epoch)
    return np.concatenate([ramp, factor**drops])


def exponential(
    total_steps: int,
    steps_per_epoch: int,
    *,
    factor: PositiveFraction = 0.95,
    warmup: NonNegative = 0.0,
) -> FloatArray:
    """Multiply the learning rate by `factor` over each epoch, in equal parts in each step."""
    ramp = _warm_up(total_steps, steps_per_epoch, warmup)
    epochs = np.arange(total_steps - len(ramp)) / steps_per_epoch
    return np.concatenate([ramp, factor**epochs])


def cosine(
    total_steps: int,
    steps_per_epoch: int,
    *,
    minimum: Fraction = 0.0,
    warmup: NonNegative = 0.0,
) -> FloatArray:
    """Lower the learning rate to the fraction `minimum` along half a cosine."""
    ramp = _warm_up(total_steps, steps_per_epoch, warmup)
    steps = total_steps - len(ramp)
    return np.concatenate([ramp, _half_cosine(np.arange(steps) / max(steps, 1), 1.0, minimum)])


def one_cycle(
    total_steps: int,
    _steps_per_epoch: int,
    *,
    rise: OpenFraction = 0.3,
    start: PositiveFraction = 0.04,
    end: PositiveFraction = 4e-6,
) -> FloatArray:
    """Raise the factor from `start` to 1, then lower it to `end`, each along half a cosine.

    The peak is one step before the fraction `rise` of the training is over.
    """
    steps, peak = np.arange(total_steps), rise * total_steps - 1
    up = _half_cosine(steps / max(peak, 1.0), start, 1.0)
    down = _half_cosine((steps - peak) / (total_steps - 1 - peak), 1.0, end)
    return np.asarray(np.where(steps < peak, up, down))


def _warm_up(total_steps: int, steps_per_epoch: int, epochs: float) -> FloatArray:
    """Return the factors of the warm-up, which rise linearly to the first step after it."""
    steps = round(epochs * steps_per_epoch)
    return np.arange(1, min(steps, total_steps) + 1) / (steps + 1)


def _half_cosine(progress: FloatArray, start: float, end: float) -> FloatArray:
    return np.asarray(end + (start - end) / 2 * (1.0 + np.cos(np.pi * progress)))


SCHEDULES = Registry(
    "schedule",
    [
        Schedule(
            name="constant",
            summary="a constant learning rate",
            reference="PyTorch, ConstantLR with a factor of 1",
            function=constant,
        ),
        Schedule(
            name="step",
            summary="multiplies by a factor after every given number of epochs",
            reference="PyTorch, StepLR; tenfold every 30 epochs: He et al. (2016)",
            function=step,
        ),
        Schedule(
            name="exponential",
            summary="multiplies by a factor in each epoch, step by step",
            reference="PyTorch, ExponentialLR, whose factors it has where an epoch begins",
            function=exponential,
        ),
        Schedule(
            name="cosine",
            summary="decreases to the minimum along half a cosine",
            reference="Loshchilov & Hutter (2017), eq. 5, without restarts",
            function=cosine,
        ),
        Schedule(
            name="one_cycle",
            summary="one cycle: rises, then falls far below the initial value",
            reference="Smith & Topin (2018); PyTorch, OneCycleLR",
            function=one_cycle,
        ),
    ],
)
