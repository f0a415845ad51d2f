"""The outline: what was asked for, stored beside the runs that answer it.

It holds all that a report says of an experiment and that the numbers do not: which schemes there
were, under which laws, in which cells, and by which key each run is found. Old results can
therefore be read whatever becomes of the schemes.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from initbench.errors import StorageError
from initbench.options import OptionValue

FORMAT = 1


@dataclass(frozen=True)
class Scheme:
    """One line of `inits`, and what the catalogue said of it at the time."""

    label: str
    name: str
    options: Mapping[str, OptionValue]
    formula: str
    reference: str
    summary: str


@dataclass(frozen=True)
class RunId:
    """A run of a scheme: its seed, and the key under which it is stored."""

    seed: int
    key: str


@dataclass(frozen=True)
class Cell:
    """One point of a sweep: its settings, and the runs of each scheme by label."""

    settings: Mapping[str, OptionValue]
    runs: Mapping[str, tuple[RunId, ...]]


@dataclass(frozen=True)
class Outline:
    """What an experiment asked for.

    Attributes
    ----------
    name, description, dataset, scaling : str
    classes, features : int
        K and D.
    hidden : tuple of int
    activation : str
    epochs : int
    target : float
        Test accuracy that counts as learned.
    schemes : tuple of Scheme
        In the order of the config, which is that of their colours.
    cells : tuple of Cell
    """

    name: str
    description: str
    dataset: str
    scaling: str
    classes: int
    features: int
    hidden: tuple[int, ...]
    activation: str
    epochs: int
    target: float
    schemes: tuple[Scheme, ...]
    cells: tuple[Cell, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The schemes' labels."""
        return tuple(scheme.label for scheme in self.schemes)

    @property
    def chance(self) -> float:
        """Accuracy of a guess, where classes are balanced."""
        return 1.0 / self.classes

    def to_json(self) -> bytes:
        """Return the outline as a file holds it."""
        document = {"format_version": FORMAT, **asdict(self)}
        return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def outline_from_json(data: bytes, source: str) -> Outline:
    """Return the outline that `Outline.to_json` wrote.

    Raises
    ------
    StorageError
        It is damaged, or of a newer format than this version of initbench reads.
    """
    try:
        document = json.loads(data)
        version = document.pop("format_version")
        if version == FORMAT:
            return _outline(document)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StorageError(
            f"{source}: is damaged ({error}); run the experiment again to write it anew"
        ) from error
    raise StorageError(
        f"{source}: has format {version}, and this initbench reads format {FORMAT};"
        " use the version that wrote it, or a newer one"
    )


def _outline(document: dict[str, Any]) -> Outline:
    document["hidden"] = tuple(document["hidden"])
    document["schemes"] = tuple(Scheme(**scheme) for scheme in document["schemes"])
    document["cells"] = tuple(
        Cell(
            cell["settings"],
            {label: tuple(RunId(**run) for run in runs) for label, runs in cell["runs"].items()},
        )
        for cell in document["cells"]
    )
    return Outline(**document)
