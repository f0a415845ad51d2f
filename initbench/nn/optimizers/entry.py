"""What an optimizer is: a rule that moves all parameters of a stack at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from initbench.options import Option, options_of


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An update rule.

    Attributes
    ----------
    name, summary, reference, aliases
        As listed.
    rule : callable (parameters, gradients, state, scratch, step, *, hyper-parameters…) -> None
        Move `parameters` (R, P) in place. `gradients` and `scratch` are of that shape too and may
        be overwritten; `state` is (buffers, R, P), zero before the first step, and `step` counts
        from 1. The arrays may be column blocks of larger ones. The keyword-only parameters are
        the optimizer's options; each is a float, or an array (R, 1) where runs differ.
    buffers : callable (*, hyper-parameters…) -> int
        How many arrays of state the rule keeps.
    normalizes : bool
        Whether the size of a step does not depend on that of the gradients.
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
        """What the optimizer can be given, with defaults."""
        return options_of(self.rule)
