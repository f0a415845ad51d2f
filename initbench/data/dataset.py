"""What a data set is: samples, labels, and the function that makes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from initbench.arrays import FloatArray, IntArray
from initbench.options import Option, options_of


@dataclass(frozen=True)
class Dataset:
    """Samples with their labels.

    Attributes
    ----------
    name : str
    X : ndarray of shape (N, D)
    y : ndarray of shape (N,)
        From 0 to ``classes - 1``, each of them present.
    classes : int
    """

    name: str
    X: FloatArray
    y: IntArray
    classes: int


@dataclass(frozen=True, kw_only=True)
class DatasetEntry:
    """A data set of the registry.

    Attributes
    ----------
    name, aliases, summary, reference
        As listed.
    make : callable (rng, *, options…) -> (X (N, D), y (N,))
        Its keyword-only parameters are the data set's options.
    """

    name: str
    make: Callable[..., tuple[FloatArray, IntArray]]
    summary: str
    reference: str
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> Mapping[str, Option]:
        """What the data set can be given, with defaults."""
        return options_of(self.make)
