"""What networks a scheme is for, and the refusal of the others in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from initbench.errors import UsageError
from initbench.initializers.layers import LayerSpec


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """The networks that a scheme is made for.

    Attributes
    ----------
    activations : tuple of str
        Of hidden layers; empty where any will do.
    residual : bool
        Whether the network has to have residual branches.
    scaled_branches : bool
        Whether it has to multiply each of them by a learned factor.
    why : str
        What the scheme rests on, as the end of a sentence.
    """

    activations: tuple[str, ...] = ()
    residual: bool = False
    scaled_branches: bool = False
    why: str = ""


ANY_NETWORK: Final = Requirement()
"""What most schemes are for."""


def check_requirement(
    name: str, requirement: Requirement, layers: Sequence[LayerSpec], *, force: bool = False
) -> None:
    """See that a network is one that a scheme is for.

    Parameters
    ----------
    name : str
        The scheme's, for the message.
    requirement : Requirement
    layers : sequence of LayerSpec
        Of the whole network.
    force : bool
        Use the scheme all the same.

    Raises
    ------
    UsageError
        The network is another, and `force` is not given.
    """
    missing = _missing(requirement, layers)
    if missing and not force:
        raise UsageError(
            f"initializer {name!r} is for {missing}: {requirement.why}."
            " Say 'force: true' to use it all the same"
        )


def _missing(requirement: Requirement, layers: Sequence[LayerSpec]) -> str:
    hidden = {layer.hidden_activation for layer in layers if not layer.is_last}
    unfit = sorted(hidden - set(requirement.activations)) if requirement.activations else []
    if unfit:
        return f"networks of {', '.join(requirement.activations)}, not of {', '.join(unfit)}"
    if requirement.residual and not any(layer.branches for layer in layers):
        return "residual networks, and this one has no residual branches"
    if requirement.scaled_branches and not any(layer.scaled_branches for layer in layers):
        return "residual networks with 'learned_scale: true', which this one has not"
    return ""
