"""Simulate how often two schemes that differ are found to differ, for docs/statistics.md.

python docs/build_power.py
"""  # noqa: INP001  # a script, not a package

from pathlib import Path

import numpy as np

from initbench.stats.comparisons import ALPHA, holm, p_values

PAGE = Path(__file__).parent / "statistics.md"
BEGIN, END = "<!-- power -->\n", "<!-- end of power -->"
CELLS = 2_000
SETTINGS = ((2, 5), (2, 10), (4, 5), (4, 10), (7, 10), (8, 10), (10, 10), (10, 20))
EFFECTS = (1.0, 1.5, 2.0, 3.0)
TESTS = {"permutation": "permutation", "student": "Student's"}


def power(schemes: int, seeds: int, effect: float) -> tuple[float, str | None]:
    """Return how often the best scheme of a cell differs significantly from another, and the test.

    Scores are normal. One scheme leads; the others are equal. Differences from the leader have a
    mean of `effect` and a standard deviation of 1.
    """
    rng = np.random.default_rng([schemes, seeds])
    first, second = np.triu_indices(schemes, 1)
    found, test = 0, None
    for _ in range(CELLS):
        scores = rng.normal(0, np.sqrt(0.5), (schemes, seeds))
        scores[0] += effect
        p, test = p_values(list(scores[first] - scores[second]))
        found += bool(holm(p)[0] <= ALPHA)  # the first pair is the leader and the next
    return found / CELLS, test


def main() -> None:
    """Write the table between its marks."""
    header = ["schemes", "pairs", "seeds", "test", *(f"effect {effect:g}" for effect in EFFECTS)]
    rows = [header, ["---:", "---:", "---:", "---", *["---:"] * len(EFFECTS)]]
    for schemes, seeds in SETTINGS:
        shares, tests = zip(*(power(schemes, seeds, effect) for effect in EFFECTS), strict=True)
        sizes = [str(schemes), str(schemes * (schemes - 1) // 2), str(seeds)]
        rows.append([*sizes, TESTS[tests[0]], *(f"{100 * share:.0f}" for share in shares)])
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    head, rest = PAGE.read_text("utf-8").split(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}{table}\n{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
