"""Biases as an option of every scheme: one value, or a law.

``{name: he, bias: 0.1}`` starts all biases at 0.1. A text names a law: ``normal(0.1)`` is
N(0, 0.1²), ``uniform(0.1)`` is U(±0.1), and ``fan_in`` is U(±1 / sqrt(fan_in)), which PyTorch's
layers draw from. Biases are drawn from a stream of their own, so they move no weight.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from initbench.initializers.entry import Bias
from initbench.options import Option, OptionValue

FORMS = "a number, normal(std), uniform(bound) or fan_in"


@dataclass(frozen=True)
class BiasOption(Option):
    """The option ``bias``: a number, or the text of a law, in its shortest form."""

    def check(self, value: object) -> OptionValue:
        """Return the value as a number or as the text of a law.

        Raises `ValueError` if it is neither.
        """
        given = value.item() if isinstance(value, np.generic) else value
        if isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given):
            return float(given)
        if given == "fan_in":
            return given
        number = r"\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?"
        found = re.fullmatch(rf"(normal|uniform)\s*\(\s*({number})\s*\)", str(given))
        if found is None or not math.isfinite(float(found[2])):
            raise ValueError(f"must be {FORMS}, not {given!r}")
        return f"{found[1]}({float(found[2]):g})"


def bias_of(given: OptionValue) -> Bias:
    """Return how biases start for a checked value of the option ``bias``."""
    if not isinstance(given, str):
        value = float(given)
        return Bias(
            draw=lambda _rng, layer, **_: np.full(layer.fan_out, value),
            mean=lambda _layer, **_: value,
            distribution="constant",
            formula=f"{value:g}",
        )
    if given == "fan_in":
        return Bias(
            draw=lambda rng, layer, **_: (
                rng.uniform(-1.0, 1.0, layer.fan_out) / math.sqrt(layer.fan_in)
            ),
            variance=lambda layer, **_: 1.0 / (3.0 * layer.fan_in),
            distribution="uniform",
            formula="U(±1 / sqrt(fan_in))",
        )
    kind, scale = given.removesuffix(")").split("(")
    size = float(scale)
    if kind == "normal":
        return Bias(
            draw=lambda rng, layer, **_: size * rng.standard_normal(layer.fan_out),
            variance=lambda _layer, **_: size * size,
            distribution="normal",
            formula=f"N(0, {size:g}²)",
        )
    return Bias(
        draw=lambda rng, layer, **_: size * rng.uniform(-1.0, 1.0, layer.fan_out),
        variance=lambda _layer, **_: size * size / 3.0,
        distribution="uniform",
        formula=f"U(±{size:g})",
    )


SHARED: Final[Mapping[str, Option]] = {
    "bias": BiasOption("bias", float),
    "zero_output": Option("zero_output", bool, False),
}
"""Options that every scheme takes; they belong to a run only where they are given."""


def shared_options(names: set[str]) -> dict[str, Option]:
    """Return the shared options that a scheme with options of these names takes."""
    return {name: option for name, option in SHARED.items() if name not in names}
