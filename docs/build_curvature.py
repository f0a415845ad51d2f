"""Compare predicted and observed limits of the learning rate, and write the table of a page.

``python docs/build_curvature.py RESULTS`` reads the results of ``configs/curvature.yaml`` and
writes the table into ``docs/curvature.md``.

A run is unstable if its training loss ever exceeds its first value, or is not finite. Of one seed,
the observed limit is the geometric mean of the lowest unstable rate and the rate below; that of a
scheme at a setting is the geometric mean over seeds, as is the predicted one, 2 / λ. In a second
reading a run counts as diverged if its loss ends above its first value or is not finite: a catapult
comes back below it.
"""  # noqa: INP001  # a script, not a package

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from initbench.results import Results
from initbench.results.results import load_results

PAGE = Path(__file__).parent / "curvature.md"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"
RATE = "training.optimizer.learning_rate"
FACTOR = 1.5


def main(folder: str) -> None:
    """Write the table of a results folder into the page."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{table(load_results(folder))}\n{END}{after}", "utf-8")


def table(results: Results) -> str:
    """Return the comparison as sentences and a table of Markdown."""
    settings: dict[tuple[str, int], dict[float, int]] = defaultdict(dict)
    for cell, planned in enumerate(results.outline.cells):
        key = (str(planned.settings["network.activation"]), int(planned.settings["network.depth"]))
        settings[key][float(planned.settings[RATE])] = cell
    depths = sorted({depth for _, depth in settings})
    lines = [
        "| activation | scheme | " + " | ".join(f"depth {depth}" for depth in depths) + " |",
        "| --- | --- |" + " ---: |" * len(depths),
    ]
    ratios, catapults, missing = [], [], []
    for activation in dict.fromkeys(name for name, _ in settings):
        for label in results.outline.labels:
            row = []
            for depth in depths:
                cells = settings[activation, depth]
                predicted = results.probe(label, cells[min(cells)]).curvature.limit().values
                observed = limits(results, label, cells, last=False)
                diverged = limits(results, label, cells, last=True)
                ratio = geometric_mean(observed / predicted)
                ratios.append(ratio)
                catapults.append(geometric_mean(diverged / predicted))
                mark = "" if 1 / FACTOR <= ratio <= FACTOR else " **"
                if not 1 / FACTOR <= ratio <= FACTOR:
                    missing.append(f"{label}, {activation}, depth {depth} (×{ratio:.2g})")
                found = f"{geometric_mean(predicted):.2g} → {geometric_mean(observed):.2g}"
                row.append(f"{found}{mark}{'**' if mark else ''}".replace(" ****", " (!)"))
            lines.append(f"| {activation} | {label} | " + " | ".join(row) + " |")
    hits = sum(1 / FACTOR <= ratio <= FACTOR for ratio in ratios)
    low, high = min(ratios), max(ratios)
    ends = np.array([each for each in catapults if np.isfinite(each)])
    summary = (
        f"In {hits} of {len(ratios)} cells ({hits / len(ratios):.0%}) the observed limit agrees"
        f" with the predicted one within a factor of {FACTOR:g}; the ratio of the two lies between"
        f" {low:.2f} and {high:.2f}, its median is {np.median(ratios):.2f}."
        f" Cells beyond that factor: {'; '.join(missing) or 'none'}. The rate at which training"
        f" ends above its first loss is {np.median(ends):.2g} times the prediction (median;"
        f" {ends.min():.2g} to {ends.max():.2g})."
    )
    return "\n".join([summary, "", *lines])


def limits(results: Results, label: str, cells: dict[float, int], *, last: bool) -> np.ndarray:
    """Return the observed limit of each seed, NaN where no rate is unstable, or the first is."""
    rates = sorted(cells)
    unstable = []
    for rate in rates:
        losses = results.curves(label, "train_loss", cells[rate])
        later = losses[:, -1:] if last else losses[:, 1:]
        unstable.append(~(later <= losses[:, :1]).all(axis=1))
    first = np.argmax(unstable, axis=0)
    found = [
        np.sqrt(rates[place] * rates[place - 1]) if unstable[place][seed] and place else np.nan
        for seed, place in enumerate(first)
    ]
    return np.array(found)


def geometric_mean(values: np.ndarray) -> float:
    """Return the geometric mean of the values that are finite."""
    return float(np.exp(np.nanmean(np.log(values))))


if __name__ == "__main__":
    main(*sys.argv[1:])
