"""Metrics: every number that is recorded or derived of a run, and how a reader is to take it.

One table, `METRICS`, holds a record for each name under which a number is stored. JSON, tables,
figures, claims and ``initbench diff`` read it, so that a metric's label, unit and limits, and which
direction is better, are written once. To add a metric, add a row to the table and record its array.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Final, Literal

Better = Literal["higher", "lower"]
When = Literal["epoch", "final", "layer"]
Bounds = tuple[float, float]

PARTS: Final = ("train", "validation", "test")
"""The parts of the data of which a metric can be measured."""

LAYER_PREFIX: Final = "layer_"
"""How the names of arrays begin that hold a statistic of every layer."""

SHARPNESS: Final = "sharpness"
"""The curve of the largest eigenvalue of the loss's Hessian, where it is recorded."""

STABLE_SHARPNESS: Final = "stable_sharpness"
"""The sharpness up to which the optimizer is stable at a run's learning rate."""

UNBOUNDED: Final = (-inf, inf)
POSITIVE: Final = (0.0, inf)
SHARE: Final = (0.0, 1.0)

BASELINES: Final = {"accuracy": "majority-class baseline", "r2": "baseline of the mean"}
"""What the best constant prediction is called, by the score of the task."""


@dataclass(frozen=True)
class Metric:
    """A number that runs have."""

    name: str  # under which it is stored: ``test_accuracy``
    label: str  # what a reader sees: ``test accuracy``
    # one of "higher", "lower": which direction is better; None for a description that is neither
    better: Better | None = None
    bounds: Bounds = UNBOUNDED  # (low, high): between what it lies in every run
    part: str = ""  # the part of the data, one of `PARTS`; empty where it is not measured on data
    quantity: str = ""  # the name without the part: ``accuracy``
    # one of "epoch", "final", "layer": ``epoch``: at every recorded point; ``final``: once a run;
    # ``layer``: at every recorded point, for each layer
    when: When = "final"
    unit: str = ""  # empty for a number without a unit
    # values are written with at most the decimals that this number has in a table; 0 for as many as
    # their own size asks for
    written_like: float = 0.0

    @property
    def title(self) -> str:
        """The label as a heading or an axis begins: ``Test accuracy``."""
        return f"{self.label[:1].upper()}{self.label[1:]}"

    @property
    def axis(self) -> str:
        """The title with the unit, for the axis of a figure: ``Test log loss (nats)``."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is, 0 where neither is."""
        return {"higher": 1, "lower": -1, None: 0}[self.better]

    @property
    def worst(self) -> float | None:
        """What a diverged run counts as: the worse bound; None where no direction is better."""
        return None if self.better is None else self.bounds[self.better == "lower"]

    @property
    def is_share(self) -> bool:
        """Whether it lies between 0 and 1."""
        return self.bounds == SHARE


def metric_of(name: str) -> Metric:
    """Return the record of a stored name or of a quantity.

    A name that is in no table has its words as a label, and no direction is better.

    >>> metric_of("test_accuracy").better, metric_of("r2").label
    ('higher', 'R²')
    >>> metric_of("sharpness_at_end").label, metric_of("sharpness_at_end").better
    ('sharpness at end', None)
    """
    known = METRICS.get(name) or QUANTITIES.get(name)
    return known or Metric(name, name.replace("_", " "), quantity=name)


# What is measured of each part of the data. Losses of training have the unit of the task, so theirs
# is left open; the log loss is always in nats.
_OF_PARTS: Final = (
    Metric("loss", "loss", "lower", POSITIVE, when="epoch"),
    Metric("accuracy", "accuracy", "higher", SHARE, when="epoch", written_like=1.0),
    Metric("r2", "R²", "higher", (-inf, 1.0), when="epoch", written_like=1.0),
    Metric("balanced_accuracy", "balanced accuracy", "higher", SHARE, written_like=1.0),
    Metric("log_loss", "log loss", "lower", POSITIVE, unit="nats"),
    Metric("ece", "calibration error", "lower", SHARE, written_like=1.0),
    Metric("rmse", "RMSE", "lower", POSITIVE),
)

# What a curve of the test part is summarised by, beside its last value.
_OF_CURVES: Final = {"best": "best {}", "area": "{} area"}

_OF_LAYERS: Final = (
    Metric("preactivation_mean", "preactivation mean"),
    Metric("preactivation_std", "preactivation standard deviation", bounds=POSITIVE),
    Metric("activation_mean", "activation mean"),
    Metric("activation_std", "activation standard deviation", bounds=POSITIVE),
    Metric("dead_fraction", "dead fraction", "lower", SHARE),
    Metric("saturated_fraction", "saturated fraction", bounds=SHARE),
    Metric("delta_rms", "delta RMS", bounds=POSITIVE),
    Metric("gradient_rms", "gradient RMS", bounds=POSITIVE),
    Metric("weight_norm", "weight norm", bounds=POSITIVE),
    Metric("update_ratio", "update ratio", bounds=POSITIVE),
)

_OF_RUNS: Final = (
    Metric("epochs_to_target", "epochs to target", "lower", POSITIVE, unit="epochs"),
    Metric("steps_to_target", "steps to target", "lower", POSITIVE, unit="steps"),
    Metric("initialization_epochs", "initialization", "lower", POSITIVE, unit="epochs"),
    Metric("diverged", "diverged", "lower", SHARE, written_like=1.0),
    Metric(SHARPNESS, "sharpness", when="epoch"),
    Metric(STABLE_SHARPNESS, "largest stable sharpness", bounds=POSITIVE),
    Metric("distinct_units", "distinct hidden units", "higher", POSITIVE, when="layer"),
)


def _table() -> Iterator[Metric]:
    for row in _OF_PARTS:
        for part in PARTS:
            full = replace(
                row,
                name=f"{part}_{row.name}",
                label=f"{part} {row.label}",
                part=part,
                quantity=row.name,
            )
            yield full
            if part == "test" and row.when == "epoch":
                for kind, words in _OF_CURVES.items():
                    name, label = f"{full.name}_{kind}", words.format(full.label)
                    yield replace(full, name=name, label=label, when="final")
    for row in _OF_LAYERS:
        name = f"{LAYER_PREFIX}{row.name}"
        yield replace(row, name=name, quantity=row.name, when="layer")
    for row in _OF_RUNS:
        yield replace(row, quantity=row.name)


METRICS: Final[Mapping[str, Metric]] = {metric.name: metric for metric in _table()}
"""Every metric by the name under which it is stored."""

QUANTITIES: Final[Mapping[str, Metric]] = {
    metric.name: replace(metric, quantity=metric.name) for metric in (*_OF_PARTS, *_OF_LAYERS)
}
"""What is measured of any part or any layer, by the name without the part: ``accuracy``."""
