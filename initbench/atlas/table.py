"""The table of the atlas: one row for each scheme in each cell, in ``atlas.csv``.

`adding` derives rows from results folders, in a module of its own: `initbench recommend` reads the
table, and answers before the modules that read results could be imported.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from importlib.resources import files as resources
from pathlib import Path
from statistics import geometric_mean
from typing import Any, Final, get_type_hints

from initbench.config.experiment import Experiment
from initbench.errors import UsageError
from initbench.results import files

TABLE: Final = "atlas.csv"

STRUCTURES: Final = ("plain", "layer", "residual")

Numbers = tuple[float, ...]

FAILURES: Final[Mapping[str, str]] = {
    "": "learns",
    "diverged": "most of its runs diverge",
    "dead": "a hidden layer is dead before training",
    "vanished": "signal or gradient vanishes in the untrained network",
    "exploded": "signal or gradient explodes in the untrained network",
    "other": "does not learn, though the untrained network looks sound",
}


@dataclass(frozen=True)
class Row:
    """One scheme in one cell.

    Attributes
    ----------
    cell : str
        Name of the experiment.
    held_out : bool
        Whether the cell serves to test recommendations, and is not used for any.
    activation, structure, optimizer, dataset : str
    depth, width : int
        Hidden layers, and units of each.
    score : str
        ``accuracy`` or ``r2``.
    baseline : float
        The score of the best constant prediction.
    scheme : str
    rate : float
        The learning rate with the best validation score.
    low, high : float
        The working band of rates.
    rates, validation : tuple of float
        All rates, and their mean validation scores.
    scores : tuple of float
        Test scores of fresh seeds at the own rate, by seed; diverged runs and negative scores
        count as 0.
    default_scores : tuple of float
        The same at the catalogue's default rate.
    diverged : int
        How many runs at the own rate diverged.
    xi_c : float
        Depth scale of mean-field theory; NaN where theory has no prediction.
    failure : str
        Why the scheme does not learn, one of `FAILURES`; empty if it learns.
    """

    cell: str
    held_out: bool
    activation: str
    depth: int
    width: int
    structure: str
    optimizer: str
    dataset: str
    score: str
    baseline: float
    scheme: str
    rate: float
    low: float
    high: float
    rates: Numbers
    validation: Numbers
    scores: Numbers
    default_scores: Numbers
    diverged: int
    xi_c: float
    failure: str

    @property
    def mean(self) -> float:
        """The mean test score."""
        return sum(self.scores) / len(self.scores)


@dataclass(frozen=True)
class AtlasCell:
    """One cell of the atlas.

    Attributes
    ----------
    rows : tuple of Row
        Of all schemes that are measured, by scheme.
    """

    rows: tuple[Row, ...]

    @property
    def first(self) -> Row:
        """A row, for what all rows share."""
        return self.rows[0]

    @cached_property
    def by_scheme(self) -> Mapping[str, Row]:
        """The rows by scheme."""
        return {row.scheme: row for row in self.rows}


@lru_cache(maxsize=1)
def read_atlas() -> tuple[AtlasCell, ...]:
    """Return the cells of the atlas that comes with the package."""
    return cells_of(read_rows(resources("initbench.atlas").joinpath(TABLE).read_text("utf-8")))


def read_table(folder: Path) -> tuple[AtlasCell, ...]:
    """Return the cells of the table in a folder.

    Raises
    ------
    UsageError
        There is no such table.
    """
    table = files.read(folder / TABLE)
    if table is None:
        raise UsageError(f"{folder} holds no {TABLE}")
    return cells_of(read_rows(table.decode()))


def cells_of(rows: Iterable[Row]) -> tuple[AtlasCell, ...]:
    """Return the cells that rows belong to, in the order in which they first occur."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.cell, []).append(row)
    return tuple(AtlasCell(tuple(rows)) for rows in found.values())


def read_rows(text: str) -> list[Row]:
    """Return the rows of a table that `write_rows` wrote.

    Raises
    ------
    UsageError
        The text is no such table.
    """
    hints = get_type_hints(Row)
    parse: dict[Any, Any] = {
        bool: lambda text: text == "1",
        Numbers: lambda text: tuple(map(float, text.split())),
    }
    rows = []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
        try:
            values = {name: parse.get(hints[name], hints[name])(row[name]) for name in row}
            rows.append(Row(**values))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UsageError(
                f"line {number} of the table is damaged ({error}): restore the file, or remove it"
                " and add the results again"
            ) from None
    return rows


def write_rows(rows: Iterable[Row]) -> str:
    """Return the text of a table, its numbers with five digits."""

    def text(value: Any) -> str:
        if isinstance(value, tuple):
            return " ".join(map(text, value))
        return (
            str(int(value))
            if isinstance(value, bool)
            else (f"{value:.5g}" if isinstance(value, float) else str(value))
        )

    names = [field.name for field in fields(Row)]
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(names)
    for row in sorted(rows, key=lambda row: (row.held_out, row.cell, row.scheme)):
        writer.writerow([text(getattr(row, name)) for name in names])
    return target.getvalue()


def factors_of(experiment: Experiment, *, one_width: bool = True) -> dict[str, Any]:
    """Return the levels of the atlas's factors in an experiment.

    Parameters
    ----------
    experiment : Experiment
    one_width : bool
        Whether all hidden layers must have the same width, as in the atlas; otherwise the width is
        their geometric mean.

    Raises
    ------
    UsageError
        The network is of another kind than those of the atlas.
    """
    network, optimizer = experiment.network, experiment.training.optimizer
    is_even = len(set(network.widths)) == 1
    structure = "plain"
    if network.residual is not None:
        structure = "residual"
    elif network.normalization != "none":
        structure = network.normalization
    has_both = network.residual is not None and network.normalization != "none"
    if structure not in STRUCTURES or has_both or (one_width and not is_even):
        raise UsageError(
            "the atlas has networks whose hidden layers have one width, without normalization, with"
            " layer normalization, or residual"
        )
    return {
        "activation": network.activation.name,
        "depth": len(network.widths),
        "width": network.widths[0] if is_even else geometric_mean(network.widths),
        "structure": structure,
        "optimizer": optimizer.name,
        "dataset": experiment.dataset.name,
    }
