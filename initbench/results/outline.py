"""The outline: what was asked for, as far as a reader of the results has to know it.

It is stored beside the raw runs, and it says of every scheme what the catalogue said when the
experiment ran, so that a folder can be read without the catalogue, the data or the network.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from initbench.claims import Claim
from initbench.errors import StorageError
from initbench.options import OptionValue
from initbench.results.decoding import decode

FORMAT_VERSION = 3
"""Of all that is stored under ``runs/``; raised when an older initbench could not read it."""

PARTS = ("train", "test")
"""The parts of the data that are always recorded, and that tables and pictures show."""


class DamagedOutlineError(StorageError):
    """A stored outline that cannot be understood; it can be written anew."""


@dataclass(frozen=True)
class Scheme:
    """An initialization as it stood in the experiment.

    Attributes
    ----------
    label : str
        What it is called in tables and plots; unique in an experiment.
    name : str
        Canonical name in the catalogue.
    options : mapping of str to value
        Its options, with their values.
    formula, reference, summary : str
        What the catalogue says of it.
    bibtex : str
        Its source for a bibliography; empty where there is none.
    """

    label: str
    name: str
    options: Mapping[str, OptionValue]
    formula: str
    reference: str
    summary: str
    bibtex: str = ""


@dataclass(frozen=True)
class RunId:
    """One run: its seed, and the key under which its numbers are stored."""

    seed: int
    key: str


@dataclass(frozen=True)
class Setup:
    """What all runs of a cell have in common, as far as a reader of them has to know it.

    Attributes
    ----------
    dataset, scaling : str
    classes : int or None
        K of the data; None for a regression.
    features : int
        D of the data.
    hidden : tuple of int
        Units of each hidden layer.
    network, training : str
        The rest of what there is to say about either, in a few words.
    epochs : int
    score : str
        What is recorded beside the loss: ``accuracy`` or ``r2``.
    parts : tuple of str
        The parts of the data that are recorded: `PARTS` and, if there is one, ``validation``.
    """

    dataset: str
    scaling: str
    classes: int | None
    features: int
    hidden: tuple[int, ...]
    network: str
    training: str
    epochs: int
    score: str
    parts: tuple[str, ...] = PARTS

    @property
    def chance(self) -> float:
        """The score of a constant answer, where all classes are as frequent."""
        return 0.0 if self.classes is None else 1.0 / self.classes

    @property
    def curves(self) -> tuple[str, ...]:
        """What is recorded at every point."""
        return tuple(f"{part}_{name}" for name in ("loss", self.score) for part in self.parts)


@dataclass(frozen=True)
class Cell:
    r"""One point of a sweep; an experiment without a sweep has one, with no settings.

    Attributes
    ----------
    settings : mapping of str to value
        What the sweep sets at this point, by its path in the config; in a trial, the value that is
        tried too.
    setup : Setup
    runs : mapping of str to tuple of RunId
        By the scheme's label.
    role : str
        ``point``, or, where a key is tuned, ``trial`` for a value that is tried, ``fixed`` for the
        config's own value, and ``tuned`` for each scheme at the best of its trials.
    chosen : mapping of str to value
        By label, the value of the tuned key; empty elsewhere.
    probes : mapping of str to tuple of str
        By label, the key under which each of its untrained networks was measured, in the order of
        the runs; empty where that was not asked for.
    correlation_factors : mapping of str to float
        By label, what the distance of two inputs' correlation from where it settles is multiplied
        by in each layer of a wide network at the start, :math:`e^{-1 / \xi_c}`: 1 where the network
        is critical. Only of schemes and networks that mean-field theory has something to say of.
    """

    settings: Mapping[str, OptionValue]
    setup: Setup
    runs: Mapping[str, tuple[RunId, ...]]
    role: str = "point"
    chosen: Mapping[str, OptionValue] = field(default_factory=dict)
    probes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    correlation_factors: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Outline:
    """An experiment as a reader of its results sees it.

    Attributes
    ----------
    name, description : str
    target : float
        The test score that counts as having learned.
    schemes : tuple of Scheme
        In the order of the config.
    cells : tuple of Cell
    claims : tuple of Claim
    tuned_key : str
        The path of the key that is tuned; empty where none is.
    """

    name: str
    description: str
    target: float
    schemes: tuple[Scheme, ...]
    cells: tuple[Cell, ...]
    claims: tuple[Claim, ...] = ()
    tuned_key: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The schemes' labels, in the order of the config."""
        return tuple(scheme.label for scheme in self.schemes)

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all runs that were asked for."""
        return frozenset(
            run.key for cell in self.cells for runs in cell.runs.values() for run in runs
        )

    @property
    def probe_keys(self) -> frozenset[str]:
        """The keys of all untrained networks that were to be measured."""
        return frozenset(
            key for cell in self.cells for keys in cell.probes.values() for key in keys
        )

    def to_json(self) -> bytes:
        """Return the outline as it is stored."""
        document = {"format_version": FORMAT_VERSION, **vars(self)}
        text = json.dumps(document, default=_plain, indent=1, sort_keys=True, allow_nan=False)
        return text.encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes, source: str = "outline.json") -> "Outline":
        """Return the outline that `to_json` wrote.

        Parameters
        ----------
        data : bytes
        source : str
            Where they are from, for messages.

        Raises
        ------
        DamagedOutlineError
            They are not an outline, or no longer.
        StorageError
            A newer initbench wrote them.
        """
        try:
            document = json.loads(data)
            refuse_newer(source, _version_of(document))
            outline: Outline = decode(cls, document, "outline")
            _check_labels(outline)
        except (ValueError, RecursionError) as error:
            raise DamagedOutlineError(
                f"{source} is damaged ({error}): run the experiment again to write it anew;"
                " finished runs are kept"
            ) from error
        return outline


def refuse_newer(source: str, version: int) -> None:
    """Raise a `StorageError` if a newer initbench wrote what is to be read."""
    if version > FORMAT_VERSION:
        raise StorageError(
            f"{source} has format {version}, but this initbench reads formats up to"
            f" {FORMAT_VERSION}: it was written by a newer one, so update initbench"
        )


def _plain(value: Any) -> dict[str, Any]:
    """Return a mapping or a record as what JSON can hold."""
    return dict(value) if isinstance(value, Mapping) else vars(value)


def _version_of(document: Any) -> int:
    version = document.get("format_version") if isinstance(document, dict) else None
    if type(version) is not int:
        raise ValueError("it states no format_version")
    return version


def _check_labels(outline: Outline) -> None:
    labels = outline.labels
    if len(set(labels)) < len(labels):
        raise ValueError("two schemes have one label")
    if any(set(cell.runs) != set(labels) for cell in outline.cells):
        raise ValueError("the labels of its cells are not those of its schemes")
