"""Lines to paste: one that initializes a layer in a framework, or the command that exports it."""

import json
import shlex
from collections.abc import Mapping
from typing import Final

from initbench.errors import UsageError
from initbench.initializers import Initialization
from initbench.initializers.spellings import FRAMEWORKS
from initbench.nn import Architecture
from initbench.options import Option, OptionValue
from initbench.registry import did_you_mean

_STATEMENTS: Final[Mapping[str, str]] = {
    "torch": "{}",
    "keras": "w.assign({}(w.shape))",
    "jax": "w = {}(key, w.shape)",
}
"""The statement that applies an initializer to the weight `w` of a layer."""


def paste_line(scheme: Initialization, framework: str, network: Architecture | None = None) -> str:
    """Return one line that initializes a layer's weight `w` in a framework.

    The line draws from the scheme's law with the framework's own initializer. If the framework has
    none, the line is the command that exports the weights.

    Parameters
    ----------
    scheme : Initialization
    framework : {"torch", "keras", "jax"}
    network : Architecture, optional
        The network to export; without it, the command has placeholders (``…``).

    Raises
    ------
    UsageError
        The framework is unknown.

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
    own = _named(scheme.initializer.name, scheme.options, scheme.initializer.options)
    layers, activation = "…", "…"
    if network is not None:
        bound = network.activation
        layers = ",".join(map(str, network.sizes))
        activation = shlex.quote(_named(bound.name, bound.options, bound.entry.options))
    words = ["initbench export --init", shlex.quote(own)]
    words += ["--layers", layers, "--activation", activation]
    if not scheme.is_of_the_catalogue:
        words.append("--plugin …")
    return " ".join([*words, "--format", framework])


def _named(name: str, options: Mapping[str, OptionValue], known: Mapping[str, Option]) -> str:
    """Return an entry as it is written in a config, with the options that are not defaults."""
    parts = [
        f"{option}: {json.dumps(value)}"
        for option, value in options.items()
        if option not in known or value != known[option].default
    ]
    return f"{{{', '.join([f'name: {name}', *parts])}}}" if parts else name
