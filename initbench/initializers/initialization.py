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
        rng = generator(seed, Stream.WEIGHTS, layer.index)
        weights = np.asarray(self.initializer.draw(rng, layer, **self.options), np.float64)
        if weights.shape != (layer.fan_in, layer.fan_out):
            raise UsageError(
                f"initializer {self.initializer.name!r} drew shape {weights.shape} for a layer"
                f" that takes {(layer.fan_in, layer.fan_out)}, (fan_in, fan_out)"
            )
        if not np.isfinite(weights).all():
            raise UsageError(
                f"initializer {self.initializer.name!r} drew NaN or infinite weights"
                f" for layer {layer.index}, {layer.fan_in} × {layer.fan_out}"
            )
        return weights


def bind(initializer: str | Initializer, **options: Any) -> Initialization:
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
    entry = INITIALIZERS[initializer] if isinstance(initializer, str) else initializer
    try:
        return Initialization(entry, bind_options(entry.draw, options))
    except OptionError as error:
        raise UsageError(f"initializer {entry.name!r}: {error}") from None
