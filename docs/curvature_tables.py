"""Compare predicted and observed limits of the learning rate, and write the tables of a page.

``python docs/curvature_tables.py FOLDER`` reads the results of ``configs/curvature.yaml`` and
writes the tables into ``docs/curvature.md``.

At each rate a run is read in several ways: whether its training loss rises from one step to the
next within a number of steps, whether it ever exceeds its first value, and whether it ends above
that value, all of which include a loss that is not finite. Of one seed, the observed limit is the
geometric mean of the lowest rate at which that is so and the rate below; that of a scheme at a
setting is the geometric mean over seeds of its ratio to the predicted one, 2 / λ.
"""  # noqa: INP001  # a script, not a package

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import numpy as np

from initbench.arrays import BoolArray, FloatArray
from initbench.errors import InitbenchError
from initbench.results import Results, RunStore

PAGE = Path(__file__).parent / "curvature.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
RATE = "training.optimizer.learning_rate"
FACTOR = 1.5

Reading = Callable[[FloatArray], BoolArray]
"""From training losses ``(S, T)`` to whether each run is unstable, ``(S,)``."""


def rises_within(steps: int) -> Reading:
    """Return the reading by which a run is unstable if its loss rises in one of its first steps."""

    def read(losses: FloatArray) -> BoolArray:
        early = losses[:, : steps + 1]
        return ~(np.diff(early, axis=1) <= ROUNDING * losses[:, :1]).all(axis=1)

    return read


ROUNDING = 1e-7
"""Share of the first loss by which rounding in single precision may raise it."""

READINGS: Mapping[str, Reading] = {
    "rises in one of 5 steps": rises_within(5),
    "rises in one of 10 steps": rises_within(10),
    "rises in one of 40 steps": rises_within(40),
    "exceeds its first value in 40 steps": lambda losses: ~(losses <= losses[:, :1]).all(axis=1),
    "ends above its first value": lambda losses: ~(losses[:, -1] <= losses[:, 0]),
}
"""What counts as unstable; the first is that of the table of cells."""


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Write the tables of the results in FOLDER into the page."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    try:
        found = tables(read(folder))
    except InitbenchError as error:
        raise click.ClickException(str(error)) from None
    PAGE.write_text(f"{before}{BEGIN}\n{found}\n\n{END}{after}", "utf-8")


def read(folder: Path) -> Results:
    """Return the runs and probes of a folder, without metrics, which would take minutes."""
    store = RunStore(folder)
    outline = store.read_outline()
    records = store.read_runs(outline.keys | outline.probe_keys, outline)
    runs = {key: records[key] for key in outline.keys if key in records}
    probes = {key: records[key] for key in outline.probe_keys if key in records}
    return Results(folder, outline, {"cells": []}, runs, {}, probes)


def tables(results: Results) -> str:
    """Return the table of readings and the table of cells, in Markdown."""
    settings: dict[tuple[str, int], dict[float, int]] = defaultdict(dict)
    for cell, planned in enumerate(results.outline.cells):
        key = (str(planned.settings["network.activation"]), int(planned.settings["network.depth"]))
        settings[key][float(planned.settings[RATE])] = cell
    predicted = {
        (setting, label): results.probe(label, min(cells.values())).curvature.limit().values
        for setting, cells in settings.items()
        for label in results.outline.labels
    }
    ratios = {
        name: {
            (setting, label): mean(
                limits(results, label, settings[setting], reading) / predicted[setting, label]
            )
            for setting, label in predicted
        }
        for name, reading in READINGS.items()
    }
    names = ("unstable if the loss …", "within a factor of 1.5", "below", "above", "median ratio")
    lines = [f"| {' | '.join(names)} | 5 % to 95 % |", "| --- |" + " ---: |" * 5]
    for name, found in ratios.items():
        values = np.array(list(found.values()))
        values = values[np.isfinite(values)]
        low, high = int((values < 1 / FACTOR).sum()), int((values > FACTOR).sum())
        hits = len(values) - low - high
        ends = "{:.2f} to {:.2f}".format(*np.quantile(values, (0.05, 0.95)))
        lines.append(
            f"| {name} | {hits} of {len(values)} ({hits / len(values):.0%}) | {low} | {high} |"
            f" {np.median(values):.2f} | {ends} |"
        )
    depths = sorted({depth for _, depth in settings})
    first = ratios[next(iter(READINGS))]
    by_depth = [
        f"{sum(is_near(ratio) for ((_, depth), _), ratio in first.items() if depth == each)}"
        f" at depth {each}"
        for each in depths
    ]
    cells = len(first) // len(depths)
    lines += ["", f"By the first reading, of {cells} cells each: {', '.join(by_depth)}."]
    lines += [
        "",
        "| activation | scheme | " + " | ".join(f"depth {depth}" for depth in depths) + " |",
        "| --- | --- |" + " ---: |" * len(depths),
    ]
    for activation in dict.fromkeys(name for name, _ in settings):
        for label in results.outline.labels:
            row = []
            for depth in depths:
                ratio = first[(activation, depth), label]
                mark = "" if is_near(ratio) else " (!)"
                row.append(f"{mean(predicted[(activation, depth), label]):.2g} × {ratio:.2f}{mark}")
            lines.append(f"| {activation} | {label} | " + " | ".join(row) + " |")
    return "\n".join(lines)


def is_near(ratio: float) -> bool:
    """Return whether a ratio is within `FACTOR` of one."""
    return 1 / FACTOR <= ratio <= FACTOR


def limits(
    results: Results, label: str, cells: Mapping[float, int], reading: Reading
) -> FloatArray:
    """Return the observed limit of each seed; NaN if no rate is unstable, or the lowest is."""
    rates = sorted(cells)
    unstable = [reading(results.curves(label, "train_loss", cells[rate])) for rate in rates]
    return np.array(
        [
            np.sqrt(rates[place] * rates[place - 1]) if unstable[place][seed] and place else np.nan
            for seed, place in enumerate(np.argmax(unstable, axis=0))
        ]
    )


def mean(values: FloatArray) -> float:
    """Return the geometric mean of the values that are finite; NaN if none is."""
    logs = np.log(values[np.isfinite(values)])
    return float(np.exp(logs.mean())) if len(logs) else np.nan


if __name__ == "__main__":
    main()
