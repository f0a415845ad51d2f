"""An initialization: a scheme with its options, which draws the weights of a whole network.

Layer l of seed s is always drawn from the stream that belongs to (s, l), so two schemes that scale
a normal draw scale the same draw, and what one scheme takes from a stream moves no other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers.catalogue import INITIALIZERS
from initbench.initializers.entry import Initializer, LayerSpec
from initbench.options import OptionError, OptionValue, bind_options
from initbench.seeding import Stream, generator


@dataclass(frozen=True)
class Initialization:
    """A scheme and all of its options; made by `bind`.

    Attributes
    ----------
    initializer : Initializer
    options : mapping of str to value
    """

    initializer: Initializer
    options: Mapping[str, OptionValue]

    @property
    def distribution(self) -> str:
        """The family of the law that an entry obeys."""
        return str(self.options.get("distribution", self.initializer.distribution))

    def mean(self, layer: LayerSpec) -> float:
        """Return the mean that the scheme states for an entry of `layer`."""
        return self.initializer.mean(layer, **self.options)

    def variance(self, layer: LayerSpec) -> float:
        """Return the variance that the scheme states for an entry of `layer`."""
        return self.initializer.variance(layer, **self.options)

    def draw(self, layers: Sequence[LayerSpec], seed: int) -> list[tuple[FloatArray, FloatArray]]:
        """Draw the initial weights and biases of a network.

        Returns
        -------
        list of (W (fan_in, fan_out), b (fan_out,))
            In float64; biases are zero.

        Raises
        ------
        UsageError
            The scheme drew another shape, or numbers that are not finite.
        """
        return [(self._weights(layer, seed), np.zeros(layer.fan_out)) for layer in layers]

    def _weights(self, layer: LayerSpec, seed: int) -> FloatArray:
        weights = self._draw(layer, generator(seed, Stream.WEIGHTS, layer.index))
        if weights.shape != layer.shape:
            raise UsageError(
                f"initializer {self.initializer.name!r} drew shape {weights.shape} for a layer"
                f" that takes {layer.shape}, (fan_in, fan_out)"
            )
        if not np.isfinite(weights).all():
            raise UsageError(
                f"initializer {self.initializer.name!r} drew NaN or infinite weights"
                f" for layer {layer.index}, {layer.fan_in} × {layer.fan_out}"
            )
        return weights

    def _draw(self, layer: LayerSpec, rng: np.random.Generator) -> FloatArray:
        """Draw, and say whose error it is where a scheme of one's own raises one."""
        try:
            with np.errstate(all="ignore"):  # the check for finite weights says it better
                return np.asarray(self.initializer.draw(rng, layer, **self.options), np.float64)
        except Exception as error:
            error.add_note(f"initializer {self.initializer.name!r} raised it, drawing {layer}")
            raise


def bind(initializer: str | Initializer, /, **options: Any) -> Initialization:
    """Return a scheme with its options, those that are not given at their defaults.

    Parameters
    ----------
    initializer : str or Initializer
        A name or alias of the catalogue, or a scheme of one's own.
    **options
        As the scheme's drawing function takes them.

    Raises
    ------
    UsageError
        There is no such scheme, or it does not take these options.

    Examples
    --------
    >>> bind("random", std=10).options
    {'std': 10.0}
    """
    entry = initializer if isinstance(initializer, Initializer) else INITIALIZERS[initializer]
    try:
        return Initialization(entry, bind_options(entry.draw, options))
    except OptionError as error:
        raise UsageError(f"initializer {entry.name!r}: {error}") from None
