"""Lines to paste: one that initializes one layer in a framework, or the command that exports it."""

import json
import shlex
from collections.abc import Mapping
from typing import Final

from initbench.errors import UsageError
from initbench.initializers import Initialization
from initbench.initializers.spellings import FRAMEWORKS
from initbench.registry import did_you_mean

_STATEMENTS: Final[Mapping[str, str]] = {
    "torch": "{}",
    "keras": "w.assign({}(w.shape))",
    "jax": "w = {}(key, w.shape)",
}
"""What makes a line of an initializer."""


def paste_line(scheme: Initialization, framework: str) -> str:
    """Return one line that initializes a layer's weight `w` in a framework.

    It draws from the scheme's law by an initializer of the framework's own. Where the framework has
    none, it is the command that exports the weights, with dots for what the scheme does not know.

    Parameters
    ----------
    scheme : Initialization
    framework : {"torch", "keras", "jax"}

    Raises
    ------
    UsageError
        There is no such framework here.

    Examples
    --------
    >>> from initbench.initializers import bind
    >>> paste_line(bind("random", std=0.05), "torch")
    'torch.nn.init.normal_(w, std=0.05)'
    >>> paste_line(bind("lsuv", tolerance=0.1), "jax")
    "initbench export --init '{name: lsuv, tolerance: 0.1}' --layers … --activation … --format jax"
    """
    if framework not in FRAMEWORKS:
        advice = did_you_mean(str(framework), FRAMEWORKS) or f"Known: {', '.join(FRAMEWORKS)}."
        raise UsageError(f"unknown framework {framework!r}. {advice}")
    spelling = scheme.spellings.get(framework)
    if spelling is not None:
        return _STATEMENTS[framework].format(spelling)
    words = ["initbench export --init", shlex.quote(_choice(scheme)), "--layers … --activation …"]
    if not scheme.is_of_the_catalogue:
        words.append("--plugin …")
    return " ".join([*words, "--format", framework])


def _choice(scheme: Initialization) -> str:
    """Return a scheme as a config names it, with those options that are not at their default."""
    entry = scheme.initializer
    options = {
        name: value
        for name, value in scheme.options.items()
        if value != entry.options[name].default
    }
    if not options:
        return entry.name
    parts = [f"name: {entry.name}"]
    parts += [f"{name}: {json.dumps(value)}" for name, value in options.items()]
    return f"{{{', '.join(parts)}}}"
