"""Claims: which scheme is said to have drawn which tensors.

One scheme speaks of all weights of linear, convolutional and attention layers and of their biases.
A mapping speaks of the tensors whose names match its patterns, the first that matches:

.. code-block:: yaml

    "*.mlp.c_proj.weight": {name: normal, std: 0.02, divide_by: sqrt(2L)}
    "*wte*": {name: normal, std: 0.02}
    "*.bias": zeros

`divide_by` divides what the scheme draws, by a number or by ``L``, ``2L``, ``sqrt(L)`` or
``sqrt(2L)``, L being the number of blocks, which is counted in the names of the checkpoint.
"""

import fnmatch
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from initbench.auditing.layouts import KERNELS, Placed
from initbench.errors import UsageError
from initbench.initializers import Initialization, bind

DIVISORS: Final = ("sqrt(2L)", "sqrt(L)", "L", "2L")
_BLOCK: Final = re.compile(
    r"(?:^|[./_])(?:h|layers?|blocks?|resblocks|encoder_layer|layer)[._/](\d+)[./_]"
)


@dataclass(frozen=True)
class Claim:
    """A scheme that is said to have drawn some tensors.

    Attributes
    ----------
    scheme : Initialization
    pattern : str
        Of names; empty for all weights and biases.
    divide_by : float or str
        A number, or one of `DIVISORS`.
    """

    scheme: Initialization
    pattern: str = ""
    divide_by: float | str = 1.0

    def __str__(self) -> str:
        options = self.scheme.changed_options
        parts = [f"{name}: {value}" for name, value in options.items()]
        parts += [f"divide_by: {self.divide_by}"] if self.divide_by != 1.0 else []
        name = self.scheme.initializer.name
        return f"{{name: {name}, {', '.join(parts)}}}" if parts else name

    def divisor(self, depth: int) -> float:
        """Return the number that `divide_by` stands for in a network of so many blocks."""
        return divisor_of(self.divide_by, depth)


def divisor_of(text: float | str, depth: int) -> float:
    """Return the number that a divisor stands for, L being the number of blocks."""
    if not isinstance(text, str):
        return float(text)
    value = (2.0 if "2L" in text else 1.0) * depth
    return math.sqrt(value) if text.startswith("sqrt") else value


class ClaimsError(UsageError):
    """Claims that cannot be read or tested.

    `problems`: messages by pattern; the pattern is empty for a claim without one.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems: dict[str, str] = dict(problems)
        lines = (f"{f'{name!r}: ' if name else ''}{what}" for name, what in self.problems.items())
        super().__init__("\n".join(f"claims: {line}" for line in lines))

    def __reduce__(self) -> tuple[Any, ...]:
        """Return the call that makes the error again in another process."""
        return type(self), (self.problems,)


def read_claims(value: Any) -> tuple[Claim, ...]:
    """Return claims as a config's plain values state them.

    Parameters
    ----------
    value : str or mapping
        A scheme's name, a mapping with ``name`` and options, or one from patterns to these.

    Raises
    ------
    ClaimsError
        With everything that is wrong.
    """
    by_pattern = value if isinstance(value, Mapping) and "name" not in value else {"": value}
    if not by_pattern:
        raise ClaimsError({"": "there is no pattern: write PATTERN: SCHEME"})
    claims, problems = [], {}
    for pattern, scheme in by_pattern.items():
        try:
            claims.append(_claim(scheme, str(pattern)))
        except UsageError as error:
            problems[str(pattern)] = str(error)
    if problems:
        raise ClaimsError(problems)
    return tuple(claims)


def _claim(value: Any, pattern: str) -> Claim:
    divide_by: Any = 1.0
    if isinstance(value, Mapping) and isinstance(value.get("name"), str):
        options = {str(key): each for key, each in value.items() if key != "name"}
        divide_by = options.pop("divide_by", 1.0)
        scheme = bind(value["name"], **options)
    elif isinstance(value, str):
        scheme = bind(value)
    elif isinstance(value, Initialization):
        scheme = value
    else:
        raise UsageError(f"must be a scheme's name, or a mapping with one, not {value!r}")
    if isinstance(divide_by, str):
        divide_by = divide_by.replace(" ", "")
    is_number = isinstance(divide_by, int | float) and not isinstance(divide_by, bool)
    if not (is_number and 0.0 < divide_by < math.inf) and divide_by not in DIVISORS:
        listed = ", ".join(DIVISORS)
        raise UsageError(
            f"divide_by must be a positive number or one of {listed}, not {divide_by!r}"
        )
    name = scheme.initializer.name
    if not scheme.states_law:
        raise UsageError(
            f"initializer {name!r} states no law, so weights cannot be tested against it: give it"
            " a variance and a distribution"
        )
    if scheme.initializer.adapt is not None:
        raise UsageError(
            f"initializer {name!r} changes what it draws by looking at data, so there is no law to"
            " test weights against"
        )
    return Claim(scheme, pattern, divide_by)


def claim_for(placed: Placed, claims: Sequence[Claim]) -> Claim | None:
    """Return the first claim that speaks of a tensor, or None."""
    for claim in claims:
        if claim.pattern:
            if fnmatch.fnmatchcase(placed.tensor.name, claim.pattern):
                return claim
        elif placed.role in KERNELS or placed.of:
            return claim
    return None


def blocks_of(names: Sequence[str]) -> int:
    """Return the number of blocks that names count, at least 1: ``h.0.mlp…``, ``layers.11.…``."""
    numbers = [int(match[1]) for name in names for match in _BLOCK.finditer(name)]
    return max(numbers, default=0) + 1
