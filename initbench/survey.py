"""Surveys: a data set described and drawn, before anything is trained on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from initbench.config.experiment import DatasetConfig
from initbench.config.loading import make_dataset
from initbench.data import DATASETS, Dataset, Description, describe
from initbench.data.files import FILE
from initbench.data.moments import Moments
from initbench.errors import UsageError
from initbench.experiment.settings import dataset_settings
from initbench.report.formatting import compact, count_of, printable
from initbench.results import files
from initbench.stats.summaries import number_or_none
from initbench.training.samples import load_samples

PICTURES: Final = Path("results", "datasets")
"""Where pictures go that nobody has named a place for."""

FORMATS: Final = (".png", ".svg")
MOST_ROWS: Final = 20
"""Classes, features or targets that are listed one by one."""


@dataclass(frozen=True)
class Survey:
    """What a data set holds.

    Attributes
    ----------
    name, summary : str
        What it is called, and what it is.
    description : Description
    picture : Path or None
        Where its picture is, if one was drawn.
    """

    name: str
    summary: str
    description: Description
    picture: Path | None

    @property
    def title(self) -> str:
        """What it is called and what it is; of a file, where it is."""
        is_file = self.name == FILE.name
        return self.description.name if is_file else f"{self.name}: {self.summary}"


def survey(
    dataset: str | Mapping[str, object], *, picture: Path | None = None, plots: bool = True
) -> Survey:
    """Describe a data set, and draw it.

    Parameters
    ----------
    dataset : str or mapping
        As in a config: a name, or a mapping with options. How samples would be split and scaled
        makes no difference.
    picture : Path, optional
        Where the picture goes, a PNG or an SVG; ``results/datasets/<name>.png`` by default.
    plots : bool
        Whether to draw.

    Raises
    ------
    UsageError
        There is no such data set, it cannot be read, or the picture can be of no such kind.
    StorageError
        The picture cannot be written.
    """
    if picture is not None and picture.suffix not in FORMATS:
        raise UsageError(f"{picture}: a picture must end in one of {', '.join(FORMATS)}")
    config = make_dataset(dataset)
    samples = load_samples(dataset_settings(config))
    made = Survey(
        config.name,
        DATASETS[config.name].summary,
        describe(samples),
        (picture or _default_picture(config)) if plots else None,
    )
    if made.picture is not None:
        _draw(made, samples, made.picture)
    return made


def survey_text(survey: Survey) -> str:
    """Return a survey as a reader wants it, in lines."""
    seen = survey.description
    targets = seen.target_moments
    blocks = [
        survey.title,
        _shape(seen),
        _columns("feature", seen.feature_moments),
        _classes(seen) if targets is None else _columns("target", targets),
        f"Picture  {survey.picture}" if survey.picture else "",
    ]
    return "\n\n".join(filter(None, blocks))


def survey_document(survey: Survey) -> dict[str, Any]:
    """Return a survey as plain values, null for what is not finite."""
    seen = survey.description
    named = zip(seen.class_names, seen.class_counts, strict=True)
    return {
        "name": survey.name,
        "summary": survey.summary,
        "samples": seen.samples,
        "test_samples": seen.test_samples,
        "dtype": seen.dtype,
        "constant_features": seen.constant_features,
        "features": _as_records(seen.feature_moments),
        "classes": [{"name": name, "samples": count} for name, count in named],
        "balance": seen.balance,
        "targets": [] if seen.target_moments is None else _as_records(seen.target_moments),
        "picture": None if survey.picture is None else str(survey.picture),
    }


def _default_picture(config: DatasetConfig) -> Path:
    """Return where a picture goes: a file's is called as the file is."""
    path = config.options.get("path")
    name = Path(str(path)).stem if config.name == FILE.name else config.name
    return PICTURES / f"{name.replace(':', '-')}.png"


def _draw(survey: Survey, samples: Dataset, picture: Path) -> None:
    from initbench.plots import dataset_picture, render

    figure = dataset_picture(
        samples.X,
        samples.y,
        survey.description.class_names,
        title=survey.title,
    )
    data = render(figure, picture.suffix.removeprefix("."))
    files.prepare_folder(picture.parent)
    files.write_atomically(picture, data)


def _shape(seen: Description) -> str:
    test = f", and {seen.test_samples} to test on" if seen.test_samples else ""
    constant = f", {seen.constant_features} of them constant" if seen.constant_features else ""
    features = f"{count_of(seen.features, 'feature')} ({seen.dtype}){constant}"
    return f"{count_of(seen.samples, 'sample')}{test}\n{features}"


def _classes(seen: Description) -> str:
    """Say how many samples each class has, or, of many classes, what they range over."""
    counts, total = seen.class_counts, sum(seen.class_counts)
    balance = f"balance {compact(seen.balance)}, the smallest class by the largest"
    if len(counts) > MOST_ROWS:
        return f"{len(counts)} classes of {min(counts)} to {max(counts)} samples; {balance}"
    rows = [
        (printable(name), str(count), f"{count / total:.1%}")
        for name, count in zip(seen.class_names, counts, strict=True)
    ]
    return f"{_table([('class', 'samples', 'share'), *rows])}\n{balance}"


def _columns(kind: str, moments: Moments) -> str:
    """Say what each column holds, or, of many, what they range over."""
    statistics = _statistics(moments)
    count = len(moments.mean)
    if count > MOST_ROWS:
        rows = [
            (name, *(compact(float(end)) for end in (values.min(), values.max())))
            for name, values in statistics.items()
        ]
        return _table([(f"over {count} {kind}s", "lowest", "highest"), *rows])
    rows = [
        (str(place), *(compact(number_or_none(value)) for value in values))
        for place, values in enumerate(zip(*statistics.values(), strict=True), 1)
    ]
    return _table([(kind, *statistics), *rows])


def _statistics(moments: Moments) -> dict[str, Any]:
    return {
        "minimum": moments.minimum,
        "maximum": moments.maximum,
        "mean": moments.mean,
        "std": moments.std,
    }


def _as_records(moments: Moments) -> list[dict[str, float | None]]:
    statistics = _statistics(moments)
    return [
        dict(zip(statistics, map(number_or_none, values), strict=True))
        for values in zip(*statistics.values(), strict=True)
    ]


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows, the first column to the left and numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if place else text.ljust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
