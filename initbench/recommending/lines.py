"""Lines to paste: what a scheme is called in other frameworks, with its options filled in.

A stand-in: the package that exports weights has a function of its own for this, which is to take
its place.
"""

import re
from collections.abc import Mapping
from typing import Final

from initbench.initializers import Initialization
from initbench.options import OptionValue

FRAMEWORKS: Final = ("torch", "keras", "jax")


def paste_lines(scheme: Initialization) -> dict[str, str]:
    """Return a line for each framework: its own initializer or, without one, how to export.

    >>> from initbench.initializers import bind
    >>> paste_lines(bind("orthogonal", gain=1.414))["torch"]
    'torch.nn.init.orthogonal_(w, 1.414)'
    """
    entry = scheme.initializer
    return {
        framework: _filled(entry.spellings[framework], scheme.options)
        if framework in entry.spellings
        else f"initbench export {entry.name} --framework {framework}"
        for framework in FRAMEWORKS
    }


def _filled(call: str, options: Mapping[str, OptionValue]) -> str:
    """Put values in the place of the options' names, keywords aside."""
    names = "|".join(map(re.escape, options)) or "(?!)"
    return re.sub(rf"\b({names})\b(?!=)", lambda found: repr(options[found[1]]), call)
