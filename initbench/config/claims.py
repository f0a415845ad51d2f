"""Claims of a config, checked by the rules of `initbench.claims` before anything is trained."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from initbench.arrays import FloatArray
from initbench.claims import (
    Claim,
    ClaimError,
    Kind,
    Vocabulary,
    check_form,
    metrics_of,
    parse_claim,
    resolve,
)
from initbench.claims.expressions import EPOCH, LAYER, TUNE, Metric
from initbench.claims.vocabulary import layer_of, point_of
from initbench.config.sections import Section
from initbench.config.validation import show_value
from initbench.errors import UsageError
from initbench.metric import METRICS, SHARPNESS, STABLE_SHARPNESS
from initbench.options import OptionValue
from initbench.results import Cell, Setup

_OF_PARTS: Final[Mapping[str, Kind]] = {
    metric.name: Kind.CURVE if metric.when == "epoch" else Kind.RUN
    for metric in METRICS.values()
    if metric.name == f"{metric.part}_{metric.quantity}"
}
"""Metrics of the parts of the data, with their kinds."""


class ClaimConfig(Section):
    """A statement about the results: a claim alone, or with its source."""

    claim: str = Field(description="A comparison, for example test_accuracy(he) > 0.9.")
    source: str = Field(default="", description="Citation, with the figure or table.")
    published: float | str | None = Field(default=None, description="Published value.")
    margin: float | None = Field(
        default=None,
        gt=0,
        description=(
            "Greatest distance from the published number; of ==, <= and >=, the largest difference"
            " that makes no practical difference."
        ),
    )
    note: str = Field(default="", description="Remark for readers of the verdict.")

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
        check_form(Claim(**self.model_dump()))
        return self


def vocabulary(
    labels: Sequence[str],
    cells: Iterable[Mapping[str, OptionValue]],
    *,
    layers: bool,
    sharpness: bool,
    probe: bool,
    curvature: bool,
    is_tuned: bool,
) -> Vocabulary:
    """Return the names that claims of an experiment can use.

    `cells`: the swept keys with their values in each cell, as results store them.
    `layers`: whether statistics of layers are recorded.
    `sharpness`: whether the sharpness is.
    `probe`: whether untrained networks are measured.
    `curvature`: whether the curvature of their loss is.
    `is_tuned`: whether each cell exists twice: with the config's value of the tuned key, and with
    the best.
    """
    metrics = {**_OF_PARTS, "epochs_to_target": Kind.RUN, "distinct_units": Kind.LAYERS}
    if layers:
        from initbench.training.layer_statistics import LAYER_STATISTICS

        metrics |= {f"layer_{name}": Kind.LAYERS for name in LAYER_STATISTICS}
    if sharpness:
        metrics |= {SHARPNESS: Kind.CURVE, STABLE_SHARPNESS: Kind.RUN}
    if probe:
        from initbench.results.claims import PROBE_METRICS

        metrics |= PROBE_METRICS
    if curvature:
        from initbench.results.claims import CURVATURE_METRICS

        metrics |= CURVATURE_METRICS
    roles = [{TUNE: "fixed"}, {TUNE: "tuned"}] if is_tuned else [{}]
    return Vocabulary(labels, metrics, [{**cell, **role} for cell in cells for role in roles])


def check_claims(
    claims: Sequence[Claim],
    words: Vocabulary,
    cells: Sequence[Cell],
    points: Sequence[FloatArray],
) -> None:
    """Raise a `UsageError` if a claim needs a number that will not be recorded.

    `cells`: the planned cells of the sweep, without tuned ones.
    `points`: shape (T,); the epochs at which the runs of each cell are recorded.
    """
    copies = len(words.cells) // len(cells)
    problems = []
    for index, claim in enumerate(claims):
        for metric, place in metrics_of(resolve(parse_claim(claim.claim), words), words):
            try:
                _check_recorded(metric, cells[place // copies].setup, points[place // copies])
            except ClaimError as error:
                problems.append(f"expect[{index}]: {error}")
    if problems:
        raise UsageError("\n".join(dict.fromkeys(problems)))


def _check_recorded(metric: Metric, setup: Setup, epochs: FloatArray) -> None:
    """Raise a `ClaimError` if runs of this set-up will not have a metric."""
    scores = ("_accuracy", "_r2")
    if metric.name.endswith(scores) and not metric.name.endswith(f"_{setup.score}"):
        message = f"{metric.name} is not recorded here: the score is {setup.score}"
        raise ClaimError(message, metric.at)
    if LAYER in dict(metric.where):
        layer_of(metric, len(setup.hidden) + (metric.name != "distinct_units"))
    if EPOCH in dict(metric.where):
        point_of(metric, epochs)
