"""Simulate how often the interval of a mean covers the mean, for the table in docs/statistics.md.

python docs/build_coverage.py
"""  # noqa: INP001  # a script, not a package

from collections.abc import Callable
from pathlib import Path

import numpy as np

from initbench.arrays import FloatArray
from initbench.stats.intervals import mean_intervals
from initbench.stats.summaries import caution

PAGE = Path(__file__).parent / "statistics.md"
BEGIN, END = "<!-- coverage -->\n", "<!-- end of coverage -->"
EXPERIMENTS = 10_000
SIZES = (3, 5, 10, 20, 30)


Law = Callable[[np.random.Generator, tuple[int, int]], FloatArray]


def accuracies(mean: float, spread: float) -> Law:
    """Return accuracies on 150 samples, of networks whose own accuracy varies a little."""
    return lambda rng, shape: rng.binomial(150, rng.normal(mean, spread, shape).clip(0, 1)) / 150


def failing(share: float) -> Law:
    """Return scores of which a share stays at chance."""
    return lambda rng, shape: np.where(
        rng.random(shape) < share, 0.5, rng.normal(0.95, 0.01, shape)
    )


LAWS: dict[str, tuple[Law, float]] = {
    "normal": (lambda rng, shape: rng.standard_normal(shape), 0.0),
    "Student's t with 3 degrees of freedom": (lambda rng, shape: rng.standard_t(3, shape), 0.0),
    "gamma of skewness 1": (lambda rng, shape: rng.gamma(4, 1, shape), 4.0),
    "accuracies about 0.85 on 150 samples": (accuracies(0.85, 0.02), 0.85),
    "accuracies about 0.95 on 150 samples": (accuracies(0.95, 0.005), 0.95),
    "accuracies about 0.96, heavily skewed": (
        lambda rng, shape: 1 - rng.gamma(1.5, 0.04 / 1.5, shape),
        0.96,
    ),
    "exponential, skewness 2": (lambda rng, shape: rng.exponential(1, shape), 1.0),
    "a tenth of runs fail": (failing(0.1), 0.9 * 0.95 + 0.1 * 0.5),
    "at chance: 85 % of runs have one value": (
        lambda rng, shape: np.where(rng.random(shape) < 0.85, 0.5, 0.5 + 0.05 * rng.random(shape)),
        0.5 + 0.15 * 0.025,
    ),
}


def main() -> None:
    """Write the table between its marks."""
    header = ["law of the seeds", *(f"n = {n}" for n in SIZES)]
    rows = [header, ["---"] * len(header)]
    for name, (draw, mean) in LAWS.items():
        cells = []
        for n in SIZES:
            samples = draw(np.random.default_rng(n), (EXPERIMENTS, n))
            cautions = [caution(row) for row in np.sort(samples, axis=1)]
            given = np.array([why not in {"tied", "mixture"} for why in cautions])
            low, high = mean_intervals(samples[given]).T
            covered = 100 * ((low <= mean) & (mean <= high)).mean()
            kept = 100 * given.mean()
            cells.append(f"{covered:.1f}" if kept > 99.5 else f"{covered:.1f} (of {kept:.0f})")
        rows.append([name, *cells])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    page = PAGE.read_text("utf-8")
    head, rest = page.split(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}{table}\n{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
