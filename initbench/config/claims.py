"""Claims of a config: read, and checked against what the experiment has, before it is run."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from initbench.arrays import FloatArray
from initbench.config.axes import as_setting, axes_of, combinations
from initbench.config.field_types import Problems
from initbench.config.sections import Section
from initbench.config.wording import show_value
from initbench.errors import UsageError
from initbench.results import Cell, Claim
from initbench.results.claims import (
    ClaimError,
    Kind,
    Vocabulary,
    metrics_of,
    parse_claim,
    resolve,
)
from initbench.results.claims.syntax import TUNE, Metric, Quantity
from initbench.results.outline import PARTS
from initbench.training.layer_statistics import LAYER_STATISTICS

_KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("loss", "accuracy", "r2"), Kind.CURVE),
    **dict.fromkeys(("log_loss", "ece", "rmse"), Kind.RUN),
}
"""What may be recorded of each part of the data."""


class ClaimConfig(Section):
    """What an experiment says will come of it: a claim alone, or with where it is from."""

    claim: str = Field(description="A comparison, as test_accuracy(he) > 0.9.")
    source: str = Field(default="", description="Citation, and the figure or table.")
    published: float | str | None = Field(default=None, description="What was published.")
    margin: float | None = Field(
        default=None,
        gt=0,
        description="How far from that a quantity may lie; for a claim that compares nothing.",
    )
    note: str = Field(default="", description="What a reader of the verdict has to know.")

    @field_validator("published", mode="before")
    @classmethod
    def _check_published(cls, given: object) -> object:
        if given is None or isinstance(given, str):
            return given
        if isinstance(given, int | float) and type(given) is not bool and math.isfinite(given):
            return given
        raise ValueError(f"must be a number or text, not {show_value(given)}")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> object:
        if isinstance(given, dict | ClaimConfig):
            return given
        if isinstance(given, str):
            return {"claim": given}
        raise ValueError(f"must be a claim, or a mapping with one, not {show_value(given)}")

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_form(self.claim, self.published, self.margin)
        return self


def vocabulary(
    labels: Sequence[str], sweep: Mapping[str, Any], *, layers: bool, is_tuned: bool
) -> Vocabulary:
    """Return the names that claims of an experiment can use.

    Parameters
    ----------
    labels : sequence of str
    sweep : mapping
        As the config gives it.
    layers : bool
        Whether statistics of layers are recorded.
    is_tuned : bool
        Whether there is each scheme at its own best value of a key beside the config's.
    """
    of_parts = {f"{part}_{name}": kind for part in PARTS for name, kind in _KINDS.items()}
    of_layers = [f"layer_{name}" for name in LAYER_STATISTICS] if layers else []
    metrics = {
        **of_parts,
        "epochs_to_target": Kind.RUN,
        **dict.fromkeys(["distinct_units", *of_layers], Kind.LAYERS),
    }
    roles = [{TUNE: "fixed"}, {TUNE: "tuned"}] if is_tuned else [{}]
    cells: list[dict[str, Any]] = [
        {**{key: as_setting(value) for key, value in settings.items()}, **role}
        for settings in combinations(axes_of(sweep))
        for role in roles
    ]
    return Vocabulary(labels, metrics, cells)


def problems_of(texts: Sequence[str], words: Vocabulary) -> Problems:
    """Return what is wrong with the names of claims, by their place."""
    problems: dict[tuple[str | int, ...], str] = {}
    for index, text in enumerate(texts):
        try:
            resolve(parse_claim(text), words)
        except ClaimError as error:
            problems[index,] = str(error)
    return problems


def check_claims(
    claims: Sequence[Claim],
    words: Vocabulary,
    cells: Sequence[Cell],
    points: Sequence[FloatArray],
) -> None:
    """Raise a `UsageError` if a claim speaks of what the runs of a cell will not have.

    Parameters
    ----------
    claims : sequence of Claim
    words : Vocabulary
    cells : sequence of Cell
        Those of the sweep, without what is tuned.
    points : sequence of ndarray of shape (T,)
        The epochs at which the runs of each cell are recorded.
    """
    copies = len(words.cells) // len(cells)
    problems = [
        f"expect[{index}]: {problem}"
        for index, claim in enumerate(claims)
        for metric, place in metrics_of(resolve(parse_claim(claim.claim), words), words)
        if (problem := _problem(metric, cells[place // copies], points[place // copies]))
    ]
    if problems:
        raise UsageError("\n".join(dict.fromkeys(problems)))


def _problem(metric: Metric, cell: Cell, points: FloatArray) -> str:
    name, where = metric.name, dict(metric.where)
    score, hidden = cell.setup.score, cell.setup.hidden
    if name.endswith(("_accuracy", "_r2")) and not name.endswith(f"_{score}"):
        return f"{name} is not recorded here: the score is {score}"
    last = len(hidden) + (name != "distinct_units")
    if int(where.get("layer", 1)) > last:
        return f"{name} has {last} layers, and no layer {where['layer']}"
    epoch = float(where.get("epoch", points[-1]))
    if not np.isclose(points, epoch, rtol=1e-6, atol=1e-9).any():
        near = points[np.abs(points - epoch).argmin()]
        return f"{name} is not recorded at epoch {epoch:g}; the nearest is {near:.6g}"
    return ""


def _check_form(text: str, published: float | str | None, margin: float | None) -> None:
    """Raise unless a claim can be read, and has a margin where it needs one.

    Raises
    ------
    ValueError
        It cannot, or it has not; the message says why.
    """
    is_quantity = isinstance(parse_claim(text), Quantity)
    if is_quantity and (margin is None or not isinstance(published, float)):
        raise ValueError(
            "compares nothing: write a comparison, as in a > b, or give what was published, as a"
            " number, and a margin"
        )
    if margin is not None and not is_quantity:
        raise ValueError(
            "compares by itself and takes no margin: write the margin into the threshold"
        )
