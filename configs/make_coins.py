"""Write coins.csv: euro coins that were never weighed, from what the law says they weigh.

Diameter and thickness in millimetres, weight in grams: Council Regulation (EC) No 975/98. The
numbers are drawn from NumPy's frozen legacy stream, so that the file is the same whoever makes it.
"""  # noqa: INP001  # a script, not a package

from pathlib import Path
from typing import Final

import numpy as np

COINS: Final = {
    "1 cent": (16.25, 1.67, 2.30),
    "2 cent": (18.75, 1.67, 3.06),
    "5 cent": (21.25, 1.67, 3.92),
    "10 cent": (19.75, 1.93, 4.10),
    "20 cent": (22.25, 2.14, 5.74),
    "50 cent": (24.25, 2.38, 7.80),
    "1 euro": (23.25, 2.33, 7.50),
    "2 euro": (25.75, 2.20, 8.50),
}
EACH: Final = 30
BLUR: Final = (0.35, 0.12, 0.25)
"""Standard deviations of a careless measurement, in the units of the columns."""


def coins_csv() -> str:
    """Return the table, coins in random order."""
    random = np.random.RandomState(0)
    rows = [
        ",".join([*(f"{value:.2f}" for value in random.normal(size, BLUR)), coin])
        for coin, size in COINS.items()
        for _ in range(EACH)
    ]
    order = random.permutation(len(rows))
    return "\n".join(["diameter,thickness,weight,coin", *(rows[row] for row in order), ""])


if __name__ == "__main__":
    Path(__file__).with_name("coins.csv").write_text(coins_csv(), "utf-8", newline="\n")
